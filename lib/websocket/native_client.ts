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
  const name = `${url.protocol}//${url.host}${url.pathname}`;
  const socket = new WebSocket(url, {
    headers: settings.headers.map(([name, value]): [string, string] => [name, value]),
    protocols: protocolList(settings.protocols ?? null),
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = () => socket.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) =>
        reject(
          new WirecatError(
            "connection",
            `cannot connect to ${name}: ${(event as ErrorEvent).message}`,
          ),
        );
      if (timeout === Infinity) return;
      timer = setTimeout(() => {
        reject(new WirecatError("timeout", `cannot connect to ${name} in ${timeout} seconds`));
        socket.close();
      }, timeout * 1000);
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
  signal.throwIfAborted();
  const protocol = socket.protocol === "" ? undefined : socket.protocol;
  return nativePeer(socket, { name, protocol }, settings.connection);
}
