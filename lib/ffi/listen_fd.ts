/**
 * Listening on a stream socket that was inherited: `--accept-from-fd`.
 *
 * @module
 */
import { peerFromConn } from "../core/conn.ts";
import type { Env, Listener } from "../core/opener.ts";
import { acceptClients, type ListeningSocket } from "../net/accept.ts";
import { addressRules } from "../net/address_rules.ts";
import { type Accepted, Acceptor } from "./acceptor.ts";
import { FdConn } from "./fd.ts";
import { inheritedListener } from "./inherited.ts";
import { READ_WRITE, STREAM } from "./numbers.ts";
import { poller } from "./poller.ts";

/**
 * The inherited listening stream socket (UNIX or TCP) that `argument` means: a number,
 * `systemd`, or a name of `LISTEN_FDNAMES`. `shown` is the specifier, for errors.
 */
export function listenerFromFd(argument: string, shown: string): ListeningSocket<Accepted> {
  const fd = inheritedListener(argument, shown, STREAM);
  return new Acceptor(fd, poller(shown));
}

/** What a listening specifier's `listen` returns for {@linkcode listenerFromFd}. */
export async function listenOnInherited(
  argument: string,
  shown: string,
  env: Env,
  maxRead?: number,
): Promise<Listener> {
  const rules = await addressRules(env);
  const listening = listenerFromFd(argument, shown);
  env.log.info(`listening on the inherited socket ${argument}`);
  return acceptClients(
    listening,
    ({ fd, client }) => {
      const traits = { socket: true, nonBlocking: true, access: READ_WRITE };
      const conn = new FdConn(fd, poller(shown), traits);
      return peerFromConn(conn, { name: shown, client }, { maxRead });
      // A client without an address is one of a UNIX socket.
    },
    env.log,
    rules && (({ client }) => client === undefined || rules(ipOf(client))),
  );
}

/** The address of `IP:PORT`. */
function ipOf(client: string): string {
  return client.slice(0, client.lastIndexOf(":"));
}
