/**
 * Connecting with the native engine.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import type { Peer } from "../core/peer.ts";
import type { HeaderField } from "../http/head.ts";
import type { ConnectionOptions } from "./connection.ts";
import { protocolList } from "./handshake.ts";
import { after } from "./keepalive.ts";
import { nativePeer } from "./native.ts";

/** What a native client is told. */
export interface NativeClientSettings {
  /** Where to connect. */
  readonly url: URL;
  /** Further header fields. */
  readonly headers: readonly HeaderField[];
  /** `Sec-WebSocket-Protocol`. */
  readonly protocols?: string;
  /** How many seconds it may take. */
  readonly timeout: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How the connection behaves. */
  readonly connection: ConnectionOptions;
}

/** Connects. Throws `connection`, or `timeout`: the runtime tells no more than that it failed. */
export async function connectNative(settings: NativeClientSettings): Promise<Peer> {
  const { url, signal, timeout } = settings;
  signal.throwIfAborted();
  const name = `${url.protocol}//${url.host}${url.pathname}`;
  const socket = new WebSocket(url, {
    headers: settings.headers.map(([name, value]): [string, string] => [name, value]),
    protocols: protocolList(settings.protocols ?? null),
  });
  const opened = Promise.withResolvers<void>();
  const giveUp = (reason: unknown) => {
    opened.reject(reason);
    socket.close();
  };
  const abort = () => giveUp(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = after(
    timeout,
    () => giveUp(new WirecatError("timeout", `cannot connect to ${name} in ${timeout} seconds`)),
  );
  socket.onopen = () => opened.resolve();
  socket.onerror = (event) =>
    opened.reject(
      new WirecatError("connection", `cannot connect to ${name}: ${(event as ErrorEvent).message}`),
    );
  try {
    await opened.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
  const protocol = socket.protocol === "" ? undefined : socket.protocol;
  return nativePeer(socket, { name, protocol }, settings.connection);
}
