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
  const { withTimeLimit } = await import("../lib/tls/time_limit.ts");
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
