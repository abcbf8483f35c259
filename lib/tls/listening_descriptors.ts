/**
 * The descriptors of listening sockets, which the runtime does not tell.
 *
 * @module
 */
import type { Libc } from "../ffi/libc.ts";
import { platform } from "../ffi/numbers.ts";
import { openDescriptors } from "../ffi/open_descriptors.ts";
import { parseIp, unmapped } from "../net/cidr.ts";

/** The sockets of this process that listen at an address. */
export function listeningDescriptors(
  { hostname, port }: Pick<Deno.NetAddr, "hostname" | "port">,
  library: Libc,
): number[] {
  const ip = `${parseIp(hostname)}`;
  return [...openDescriptors()].filter((fd) =>
    library.localPort(fd) === port && `${unmapped(library.localIp(fd) ?? [])}` === ip &&
    library.socketOption(fd, platform.SO_ACCEPTCONN) === 1
  );
}
