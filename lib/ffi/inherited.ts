/**
 * Descriptors that this process was started with.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import { descriptorOf } from "../net/listen_fds.ts";
import { type Libc, libc } from "./libc.ts";
import { platform } from "./numbers.ts";

/**
 * Throws if `fd` was not inherited. What the runtime opened itself is closed on
 * exec, what was inherited cannot be: so nobody gets at the runtime's by a wrong number.
 * From here on it is kept from children.
 */
export function takeInherited(fd: number, shown: string, calls: Libc): void {
  const closeOnExec = calls.closeOnExec(fd);
  if (closeOnExec === 0) {
    if (fd > 2) calls.setCloseOnExec(fd);
    return;
  }
  throw new WirecatError("connection", `${shown}: no descriptor ${fd} was inherited`, {
    hint: `a shell hands one over with ${fd}<>FILE after the command`,
  });
}

/**
 * The inherited listening socket that `argument` means (a number, `systemd`, or a name),
 * non-blocking. Throws if it is something else than a listening socket of `type`.
 */
export function inheritedListener(argument: string, shown: string, type: number): number {
  const calls = libc("--accept-from-fd");
  const fd = descriptorOf(argument);
  takeInherited(fd, shown, calls);
  if (
    calls.socketOption(fd, platform.SO_TYPE) !== type ||
    calls.socketOption(fd, platform.SO_ACCEPTCONN) <= 0
  ) {
    throw new WirecatError(
      "connection",
      `${shown}: descriptor ${fd} is not a listening socket of this kind`,
    );
  }
  calls.setNonBlocking(fd);
  return fd;
}
