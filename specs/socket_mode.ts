/**
 * `--chmod-owner`, `--chmod-group` and `--chmod-everyone`, for all listeners on a UNIX socket with a path.
 *
 * @module
 */
import { flag, type Option, type OptionValues } from "../lib/core/option.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import type { SocketModeOptions } from "../lib/net/socket_mode.ts";

/** `--chmod-owner`. */
export const chmodOwner: Option<boolean> = flag({
  long: "chmod-owner",
  group: "listen",
  advanced: true,
  conflicts: ["chmod-group", "chmod-everyone"],
  help: "Let only the file's owner connect to a listening UNIX socket (mode 600).",
});

/** `--chmod-group`. */
export const chmodGroup: Option<boolean> = flag({
  long: "chmod-group",
  group: "listen",
  advanced: true,
  conflicts: ["chmod-owner", "chmod-everyone"],
  help: "Let the file's owner and group connect to a listening UNIX socket (mode 660).",
});

/** `--chmod-everyone`. */
export const chmodEveryone: Option<boolean> = flag({
  long: "chmod-everyone",
  group: "listen",
  advanced: true,
  conflicts: ["chmod-owner", "chmod-group"],
  help: "Let every user connect to a listening UNIX socket (mode 666).",
});

/** What `applySocketMode` is to be told. */
export function socketModeOptions(options: OptionValues): SocketModeOptions {
  return {
    owner: options.get(chmodOwner),
    group: options.get(chmodGroup),
    everyone: options.get(chmodEveryone),
  };
}

/** The rows; the specifiers that read them are in other families. */
export const family: SpecFamily = {
  specifiers: [],
  options: [chmodOwner, chmodGroup, chmodEveryone],
};
