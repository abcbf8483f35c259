/**
 * Connecting with the native engine.
 *
 * @module
 */
import { durationText } from "../core/duration.ts";
import { WirecatError } from "../core/errors.ts";
import type { Peer } from "../core/peer.ts";
import type { HeaderField } from "../http/head.ts";
import type { ConnectionOptions } from "./connection.ts";
import { protocolList } from "./handshake.ts";
import { refusalHint } from "./hints.ts";
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

const ENGINE_HINT = "leave out --engine native: wirecat's own engine tells more";

/** From what the runtime says, which is little, to an error. */
function failure(name: string, said: string): WirecatError {
  const status = /Invalid status code: (\d{3})/.exec(said)?.[1];
  if (status !== undefined) {
    return new WirecatError("upgrade", `${name} refused the upgrade with ${status}`, {
      hint: refusalHint(Number(status), { version: null, retryAfter: null }),
    });
  }
  const why = said.replace(/^NetworkError: /, "").replace(/^failed to connect to WebSocket: /, "");
  const kind = why.startsWith("dns error") ? "resolution" : "connection";
  return new WirecatError(kind, `cannot connect to ${name}: ${why}`, { hint: ENGINE_HINT });
}

/** Connects. Throws `connection`, `resolution`, `upgrade` or `timeout`, and tells little more. */
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
  const stopTimer = after(
    timeout,
    () =>
      giveUp(
        new WirecatError("timeout", `cannot connect to ${name} within ${durationText(timeout)}`, {
          hint: ENGINE_HINT,
        }),
      ),
  );
  socket.onopen = () => opened.resolve();
  socket.onerror = (event) => opened.reject(failure(name, (event as ErrorEvent).message));
  try {
    await opened.promise;
  } finally {
    stopTimer();
    signal.removeEventListener("abort", abort);
  }
  const protocol = socket.protocol === "" ? undefined : socket.protocol;
  return nativePeer(socket, { name, protocol }, settings.connection);
}
