/**
 * UNIX sockets of the type `SOCK_SEQPACKET`: connections that keep message bounds.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import type { Env, Listener, OpenRequest } from "../core/opener.ts";
import type { Peer } from "../core/peer.ts";
import { acceptClients } from "../net/accept.ts";
import { applySocketMode, type SocketModeOptions } from "../net/socket_mode.ts";
import { Acceptor } from "./acceptor.ts";
import { inheritedListener } from "./inherited.ts";
import { SEQPACKET } from "./numbers.ts";
import { type PacketLimits, packetPeer } from "./packets.ts";
import { type Poller, poller } from "./poller.ts";
import { formatUnixName, unixName } from "./sockaddr_un.ts";
import { bindSocket, connectSocket, newSocket } from "./unix_socket.ts";

/** Connects to `path`; a leading `@` marks an abstract name. */
export async function connectSeqpacket(
  path: string,
  limits: PacketLimits,
  env: Env,
  request: OpenRequest,
): Promise<Peer> {
  const shown = `seqpacket:${path}`;
  const waits = poller("seqpacket:");
  const fd = newSocket(waits.libc, SEQPACKET, shown);
  try {
    await connectSocket(waits, fd, unixName(path), shown, request.signal);
  } catch (error) {
    waits.libc.close(fd);
    throw error;
  }
  return connected(fd, waits, shown, limits, env);
}

function connected(
  fd: number,
  poller: Poller,
  shown: string,
  { maxMessage, dropLong, dropUnsendable }: PacketLimits,
  { log }: Env,
): Peer {
  const info = { name: shown };
  const limits = { maxMessage, dropLong, dropUnsendable };
  return packetPeer({ fd, poller, info, log, connected: true, ...limits });
}

/** What {@linkcode listenSeqpacket} is told beside the path. */
export interface SeqpacketListenOptions extends PacketLimits {
  /** Whether a stale socket file is removed before. */
  readonly unlink: boolean;
  /** Who may connect. */
  readonly mode: SocketModeOptions;
  /** Whether the path is an inherited descriptor in fact. */
  readonly inherited: boolean;
}

const BACKLOG = 511;

/** Listens on `path`; a leading `@` marks an abstract name. The socket file goes when listening ends. */
export async function listenSeqpacket(
  path: string,
  options: SeqpacketListenOptions,
  env: Env,
): Promise<Listener> {
  const shown = `seqpacket-listen:${path}`;
  const waits = poller("seqpacket-listen:");
  const { fd, removeFile } = options.inherited
    ? { fd: inheritedListener(path, shown, SEQPACKET), removeFile: () => {} }
    : await bound(waits, path, shown, options, env);
  if (options.inherited) env.log.info(`listening on the inherited socket ${path}`);
  return acceptClients(
    new Acceptor(fd, waits, removeFile),
    ({ fd }) => connected(fd, waits, shown, options, env),
    env.log,
  );
}

async function bound(
  { libc }: Poller,
  path: string,
  shown: string,
  { unlink, mode }: SeqpacketListenOptions,
  env: Env,
): Promise<{ fd: number; removeFile: () => void }> {
  const name = unixName(path);
  const fd = newSocket(libc, SEQPACKET, shown);
  let removeFile = () => {};
  try {
    const file = bindSocket(libc, fd, name, { unlink, shown });
    removeFile = () => file?.remove();
    if (!name.abstract) await applySocketMode(name.text, mode);
    const result = libc.listen(fd, BACKLOG);
    if (result < 0) {
      throw new WirecatError(
        "connection",
        `cannot listen on ${shown}: ${libc.error(result).message}`,
      );
    }
  } catch (error) {
    libc.close(fd);
    removeFile();
    throw error;
  }
  env.onListening?.({ proto: "unix_seqpacket", path: formatUnixName(name) });
  return { fd, removeFile };
}
