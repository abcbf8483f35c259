/**
 * Clients of a listening socket, one after another.
 *
 * @module
 */
import { closeQuietly } from "../core/conn.ts";
import { isGone, reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { connector, type Listener, type Opener } from "../core/opener.ts";
import type { Peer } from "../core/peer.ts";

/** A listening socket, as far as it matters here. `Deno.Listener` has this shape. */
export interface ListeningSocket<C> {
  /** Resolves to the next client. */
  accept(): Promise<C>;
  /** Stops listening; a pending `accept` rejects. */
  close(): void;
}

/** The pauses after failures grow from the first to the last of these, in milliseconds. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 1000;

/** Connections as they come. */
export interface Arrivals<C> extends AsyncIterable<C> {
  /** Stops listening; the iteration ends. */
  close(): void;
}

/**
 * The connections of `socket`. Passes over one that is gone before it is accepted, and outlives a
 * shortage of descriptors or memory: then it waits a little and goes on. `onFailure` is told of the
 * first failure of several in a row.
 */
export function acceptAll<C>(
  socket: ListeningSocket<C>,
  onFailure: (error: unknown) => void,
): Arrivals<C> {
  let closed = false;
  let endPause: (() => void) | undefined;
  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    close() {
      if (closed) return;
      closed = true;
      endPause?.();
      closeQuietly(socket);
    },
    async *[Symbol.asyncIterator]() {
      let waited = 0;
      while (!closed) {
        let conn: C;
        try {
          conn = await socket.accept();
        } catch (error) {
          if (closed) return;
          if (error instanceof Deno.errors.BadResource) throw error;
          // The next one is there already. To pause would let more of them pile up, without an end
          // where something such as a health check connects and resets faster than that.
          if (isGone(error)) continue;
          if (waited === 0) onFailure(error);
          waited = Math.min(LONGEST_PAUSE, waited * 2 || FIRST_PAUSE);
          await pause(waited);
          continue;
        }
        waited = 0;
        yield conn;
      }
    },
  };
}

/**
 * The clients of `socket`, each made a peer by `peerOf` when it is opened; see {@linkcode acceptAll}.
 * A client that `admits` does not want is closed at once.
 */
export function acceptClients<C extends { close(): void }>(
  socket: ListeningSocket<C>,
  peerOf: (conn: C) => Peer,
  log: Log,
  admits?: (conn: C) => boolean,
): Listener {
  const arrivals = acceptAll(socket, (error) => warn(error, log));
  return {
    close: () => arrivals.close(),
    async *[Symbol.asyncIterator]() {
      for await (const conn of arrivals) {
        if (admits?.(conn) === false) closeQuietly(conn);
        else yield client(conn, peerOf);
      }
    },
  };
}

function client<C extends { close(): void }>(conn: C, peerOf: (conn: C) => Peer): Opener {
  return connector(({ signal, trace }) => {
    try {
      signal.throwIfAborted();
      const peer = peerOf(conn);
      if (trace !== undefined) trace.remote = peer.info.client;
      return Promise.resolve(peer);
    } catch (error) {
      closeQuietly(conn);
      return Promise.reject(error);
    }
  });
}

function warn(error: unknown, log: Log): void {
  const code = (error as { code?: unknown } | null)?.code;
  const shortage = code === "EMFILE" || code === "ENFILE";
  log.warn(
    `cannot accept a client now: ${reasonOf(error)}`,
    shortage ? "raise the limit (ulimit -n), or serve fewer at once with --conncap" : undefined,
  );
}
