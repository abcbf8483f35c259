/**
 * Sockets that a service manager hands over: `sd_listen_fds(3)`.
 *
 * @module
 */
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";

/** A socket that was handed over. */
export interface HandedSocket {
  /** The descriptor. */
  readonly fd: number;
  /** Its name in the service manager's configuration; `unknown` without one. */
  readonly name: string;
}

/** The environment variables that tell of handed sockets. */
export interface ListenVariables {
  /** The process that they are meant for. */
  readonly LISTEN_PID?: string;
  /** How many there are. */
  readonly LISTEN_FDS?: string;
  /** Their names, with colons between. */
  readonly LISTEN_FDNAMES?: string;
}

/** The first descriptor that is handed over. */
const FIRST = 3;

/** What the variables say to the process `pid`. Throws if they say nothing to it. */
export function handedSockets(variables: ListenVariables, pid: number): HandedSocket[] {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = variables;
  if (LISTEN_FDS === undefined) {
    throw new WirecatError("connection", "no sockets were handed over: LISTEN_FDS is not set", {
      hint: "start wirecat from a .socket unit, or try it with systemd-socket-activate",
    });
  }
  if (LISTEN_PID !== undefined && Number(LISTEN_PID) !== pid) {
    throw new WirecatError(
      "connection",
      `the sockets were handed to process ${LISTEN_PID}, not to this one (${pid})`,
      { hint: "start wirecat itself from the service, or with exec if a shell starts it" },
    );
  }
  const count = /^\d{1,4}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : 0;
  if (count === 0) {
    throw new WirecatError("connection", `no sockets were handed over: LISTEN_FDS=${LISTEN_FDS}`);
  }
  const names = LISTEN_FDNAMES?.split(":") ?? [];
  return Array.from({ length: count }, (_, i) => ({ fd: FIRST + i, name: names[i] || "unknown" }));
}

/** The socket that `word` means: `systemd` for the only one, else a name. */
export function chooseSocket(word: string, sockets: readonly HandedSocket[]): number {
  const chosen = word === "systemd" ? sockets : sockets.filter(({ name }) => name === word);
  if (chosen.length === 1) return chosen[0].fd;
  const list = sockets.map(({ fd, name }) => `${name} (${fd})`).join(", ");
  throw chosen.length === 0
    ? usageError(`no socket called '${word}' was handed over`, `there are: ${list}`)
    : usageError(
      `'${word}' is not clear: ${chosen.length} sockets were handed over`,
      `give a name or a number: ${list}`,
    );
}

let taken: HandedSocket[] | undefined;

/**
 * The descriptor that an argument under `--accept-from-fd` means: a number,
 * `systemd`, or a name of `LISTEN_FDNAMES`. For the latter two the variables are
 * read and removed, so that programs started from here do not take them as theirs.
 */
export function descriptorOf(word: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  if (word === "") {
    throw usageError("--accept-from-fd: the specifier needs a descriptor's number after its colon");
  }
  return chooseSocket(word, taken ??= takeSockets());
}

function takeSockets(): HandedSocket[] {
  const names = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] as const;
  try {
    const variables = Object.fromEntries(names.map((name) => [name, Deno.env.get(name)]));
    const sockets = handedSockets(variables, Deno.pid);
    for (const name of names) Deno.env.delete(name);
    return sockets;
  } catch (error) {
    if (error instanceof WirecatError) throw error;
    throw new WirecatError("connection", `cannot read LISTEN_FDS: ${reasonOf(error)}`, {
      hint: "run wirecat with --allow-env (or -A)",
      cause: error,
    });
  }
}
