/**
 * Other programs that may be there or not.
 *
 * @module
 */

/** Whether a command is there and succeeds. */
export async function has(command: string, ...args: string[]): Promise<boolean> {
  try {
    const made = new Deno.Command(command, { args, stdout: "null", stderr: "null" });
    return (await made.output()).success;
  } catch {
    return false;
  }
}
