/**
 * Who may connect to a listening UNIX socket: the permission bits of its file.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";

/** What can be asked for; the widest that is set counts. */
export interface SocketModeOptions {
  /** Only the owner may connect: `--chmod-owner`. */
  readonly owner: boolean;
  /** The owner's group may too: `--chmod-group`. */
  readonly group: boolean;
  /** Everybody may: `--chmod-everyone`. */
  readonly everyone: boolean;
}

/** The permission bits that are asked for, or undefined to leave them as they are. */
export function socketMode({ owner, group, everyone }: SocketModeOptions): number | undefined {
  if (everyone) return 0o666;
  if (group) return 0o660;
  return owner ? 0o600 : undefined;
}

/** Sets the permission bits of the socket file at `path`, if any are asked for. */
export async function applySocketMode(path: string, options: SocketModeOptions): Promise<void> {
  const mode = socketMode(options);
  if (mode === undefined) return;
  try {
    await Deno.chmod(path, mode);
  } catch (error) {
    throw new WirecatError(
      "connection",
      `cannot set the mode of ${path} to ${mode.toString(8)}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}
