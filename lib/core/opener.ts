/**
 * What an endpoint is before it is live.
 *
 * @module
 */
import type { ByteConn } from "./conn.ts";
import { WirecatError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { OptionValues } from "./option.ts";
import type { Peer, PeerInfo } from "./peer.ts";
import type { Registry } from "./registry.ts";
import type { Trace } from "./trace.ts";

/** What everything in a run shares. */
export interface Env {
  /** The options of the command line. */
  readonly options: OptionValues;
  /** Where diagnostics go. */
  readonly log: Log;
  /** What specifiers there are, for one that takes others in its options. */
  readonly registry: Registry;
  /** Aborted when the run ends; what outlives single sessions frees what it holds then. */
  readonly signal: AbortSignal;
  /** Takes what is still being closed, for the run to wait for at its end. */
  readonly track?: (closing: Promise<unknown>) => void;
  /** Takes a failure that was told and has ended nothing, but decides the exit status. */
  readonly noteFailure?: (error: unknown) => void;
  /** Called with what a listener is bound to, when it is. */
  readonly onListening?: (address: ListenAddress) => void;
}

/** What a listener is bound to; `--stdout-announce-listening-ports` prints it. */
export type ListenAddress =
  | { readonly proto: "tcp" | "udp"; readonly ip: string; readonly port: number }
  | { readonly proto: "unix" | "unix_seqpacket"; readonly path: string }
  | { readonly proto: "abstract"; readonly name: Uint8Array };

/** Not a failure: a client wanted something else than a session, and has got its answer. */
export class Answered extends Error {}

/** A client that showed a wrong login, of which there may be many. */
export class LoginRefused extends WirecatError {
  /** The client, without its port. */
  readonly address: string;
  /** What it was answered. */
  readonly status = 401;

  /** `client` is `IP:PORT` or `IP`; `message` is one line without a full stop. */
  constructor(client: string, message: string) {
    super("upgrade", message);
    this.address = client.replace(/^(\[.*\]|[^:]*):\d+$/, "$1");
  }
}

/** What is known when a peer is to be opened. */
export interface OpenRequest {
  /** Aborted when the run ends: opening must stop then. */
  readonly signal: AbortSignal;
  /** What the left side is connected to, while the right side is opened for it. */
  readonly left?: PeerInfo;
  /** Where to note what is learned on the way, if somebody wants to know. */
  readonly trace?: Trace;
  /** Whether whoever asks says itself that it is connected, so that `-v` need not. */
  readonly tells?: boolean;
  /**
   * Whether many sessions are to write to the peer. It then drops a message that it cannot take,
   * and says so: one session's mistake ends nobody else's.
   */
  readonly shared?: boolean;
}

/** A TCP address to connect to or to listen on. */
export interface TcpAddress {
  /** A host name or an address, without brackets. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** Opens peers: a connector if it has no {@linkcode listen}, else a listener. */
export interface Opener {
  /** Opens one peer. A listener waits for the first client and then stops listening. */
  open(request: OpenRequest): Promise<Peer>;
  /** Starts to listen. */
  listen?(request: OpenRequest): Promise<Listener>;
  /** Set where it does TCP and nothing else, so that the runtime can do TCP and TLS in one. */
  readonly tcp?: TcpAddress;
  /** Connects to {@linkcode tcp}, where that is more than TCP, as through a proxy. */
  readonly dial?: (request: OpenRequest) => Promise<ByteConn>;
}

/** Clients as they come: each is an opener, so that no handshake waits for another client's. */
export interface Listener extends AsyncIterable<Opener> {
  /** Stops listening; the iteration ends. Connections that were accepted live on. */
  close(): void;
}

/** An opener of one peer. */
export function connector(open: (request: OpenRequest) => Promise<Peer>): Opener {
  return { open };
}

/** A connector that loads another one at the first request, and asks it from then on. */
export function lazyOpener(load: () => Promise<Opener>): Opener {
  let loading: Promise<Opener> | undefined;
  return connector(async (request) => (await (loading ??= load())).open(request));
}

/** An opener that listens. */
export function listener(
  listen: (request: OpenRequest) => Promise<Listener>,
  log?: Log,
): Opener {
  return { listen, open: (request) => openFirst(listen, request, log) };
}

/** An overlay's opener: what `inner` opens, each peer passed through `wrap`. */
export function overPeer(
  inner: Opener,
  wrap: (peer: Peer, request: OpenRequest) => Peer | Promise<Peer>,
  log?: Log,
): Opener {
  const open = async (opener: Opener, request: OpenRequest) => {
    const peer = await opener.open(request);
    try {
      return await wrap(peer, request);
    } catch (error) {
      await peer.close();
      throw error;
    }
  };
  if (inner.listen === undefined) return connector((request) => open(inner, request));
  return listener(async (request) => {
    const listening = await inner.listen!(request);
    return {
      close: () => listening.close(),
      async *[Symbol.asyncIterator]() {
        for await (const client of listening) {
          yield connector((request) => open(client, request));
        }
      },
    };
  }, log);
}

/** The first client that gets through its handshake; the others before it only failed. */
async function openFirst(
  listen: (request: OpenRequest) => Promise<Listener>,
  request: OpenRequest,
  log?: Log,
): Promise<Peer> {
  const listening = await listen(request);
  const stop = () => listening.close();
  request.signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const client of listening) {
      try {
        return await client.open(request);
      } catch (error) {
        if (request.signal.aborted) throw error;
        if (error instanceof Answered) log?.info(error.message);
        else log?.failure(error);
      }
    }
  } finally {
    request.signal.removeEventListener("abort", stop);
    stop();
  }
  request.signal.throwIfAborted();
  throw new WirecatError("connection", "the listener was closed before a client came");
}
