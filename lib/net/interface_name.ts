/**
 * Network interfaces by index.
 *
 * @module
 */

/**
 * The name of the network interface with an index, as `if_indextoname` has it; `undefined` if
 * there is none or the system does not tell. Needed as the runtime's IPv6 memberships take names.
 */
export function interfaceName(index: number): string | undefined {
  return fromSysfs(index) ?? fromLinkLocal(index);
}

/** Linux: each interface has a directory with its index in it. */
function fromSysfs(index: number): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const root = "/sys/class/net";
  try {
    for (const { name } of Deno.readDirSync(root)) {
      const path = `${root}/${name}/ifindex`;
      if (readNumber(path) === index) return name;
    }
  } catch {
    // No sysfs here; the addresses may still tell.
  }
  return undefined;
}

function readNumber(path: string): number | undefined {
  try {
    return Number(Deno.readTextFileSync(path));
  } catch {
    return undefined; // Not an interface's directory.
  }
}

/** Elsewhere: a link-local address carries the index of its interface as its scope. */
function fromLinkLocal(index: number): string | undefined {
  const found = Deno.networkInterfaces().find((one) =>
    one.family === "IPv6" && one.scopeid === index && one.scopeid !== 0
  );
  return found?.name;
}
