/** Whether this machine tells who waits for a descriptor. */
export function tellsWatches(): boolean {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].some(({ name }) => {
      try {
        return Deno.readTextFileSync(`/proc/self/fdinfo/${name}`).includes("tfd:");
      } catch {
        return false; // That of the folder itself.
      }
    });
  } catch {
    return false;
  }
}
