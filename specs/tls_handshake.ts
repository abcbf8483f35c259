/**
 * What both ends of TLS do about a handshake: a limit in time, and the peer that comes of it.
 *
 * @module
 */
import { bufferSize, handshakeTimeout } from "../lib/cli/options.ts";
import { peerFromConn } from "../lib/core/conn.ts";
import type { Env } from "../lib/core/opener.ts";
import type { Peer, PeerInfo } from "../lib/core/peer.ts";
import type { SecureClient } from "../lib/tls/server.ts";

/** The peer inside TLS, if hands are shaken in time. Closing it closes `below`. */
export async function agreed(
  env: Env,
  signal: AbortSignal,
  attempt: string,
  info: PeerInfo,
  step: (signal: AbortSignal) => Promise<SecureClient>,
  below?: Peer,
): Promise<Peer> {
  const { withTimeLimit } = await import("../lib/net/time_limit.ts");
  const { conn, certificate } = await withTimeLimit(
    env.options.get(handshakeTimeout),
    signal,
    attempt,
    step,
  );
  env.log.info(`TLS with ${info.name}${certificate ? ` (${certificate.subject})` : ""}`);
  return peerFromConn(conn, certificate === undefined ? info : { ...info, certificate }, {
    maxRead: env.options.get(bufferSize),
    onClose: () => below?.close(),
  });
}

/**
 * What warns, once, that `SSLKEYLOGFILE` does not get the keys of a connection; nothing where there
 * is no such variable. The runtime's own TLS writes it, and `node:tls` in its place does not.
 */
export function keyLogWarning(log: Env["log"]): (() => void) | undefined {
  try {
    if (!Deno.env.get("SSLKEYLOGFILE")) return undefined;
  } catch {
    return undefined; // What may not be read is not used.
  }
  let told = false;
  return () => {
    if (told) return;
    told = true;
    log.warn(
      "SSLKEYLOGFILE gets no keys of this connection",
      "that is so with -k, --pin, --tls-min 1.3, --verify-client, --json, at the prompt, and over " +
        "anything but TCP",
    );
  };
}
