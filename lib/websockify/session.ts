/**
 * One WebSocket session: from the request to the last byte.
 *
 * @module
 */
import { type ByteConn, closeQuietly, writeAll } from "../core/conn.ts";
import type { CloseStatus, Peer } from "../core/peer.ts";
import type { RequestHead } from "../http/head.ts";
import { CLOSE } from "../websocket/close.ts";
import { webSocketPeer } from "../websocket/connection.ts";
import { acceptResponse } from "../websocket/handshake.ts";
import { formatTarget, type Target } from "./command_line.ts";
import { dialTarget } from "./dial.ts";
import type { Observer } from "./observer.ts";
import { relay } from "./relay.ts";
import type { Client, Service } from "./service.ts";
import { agree, type Payload } from "./upgrade.ts";

/** A client that asks for a session. */
export interface SessionRequest {
  /** The request. */
  readonly head: RequestHead;
  /** What came behind it. */
  readonly rest: Uint8Array;
  /** The client's connection. */
  readonly conn: ByteConn;
  /** Where the session is to go. */
  readonly target: Target;
  /** Whether the client speaks TLS. */
  readonly secure: boolean;
}

/** Bounds of the closing handshake, in seconds. */
const CLOSE_TIMEOUT = 10;

/**
 * Answers the handshake, connects to the target and copies until either side ends. Throws an
 * `HttpRefusal` for a handshake that is refused, before anything was sent.
 */
export async function runSession(
  request: SessionRequest,
  client: Client,
  service: Service,
): Promise<void> {
  const { head, rest, conn, target, secure } = request;
  const { journal } = client;
  const { key, protocol, payload } = agree(head);
  await writeAll(conn, await acceptResponse(key, protocol, []));
  journal.info(
    `${secure ? "wss" : "ws"} session for ${head.target}` +
      (payload === "base64" ? ", messages in base64" : ""),
  );
  let status: CloseStatus = { code: CLOSE.normal, reason: "" };
  const peer = webSocketPeer(conn, rest, { name: "the client" }, {
    role: "server",
    kind: payload === "base64" ? "keep" : "binary",
    maxFrame: Infinity,
    maxMessage: Infinity,
    sendClose: true,
    get closeStatus() {
      return status;
    },
    closeTimeout: CLOSE_TIMEOUT,
    maxPongs: Infinity,
    keepalive: { interval: service.heartbeat },
  });
  await connectAndRelay(peer, target, payload, client, service, (next) => status = next);
}

/** Connects a client that has shaken hands to its target, and copies. */
export async function connectAndRelay(
  peer: Peer,
  target: Target,
  payload: Payload,
  client: Client,
  service: Service,
  closing: (status: CloseStatus) => void,
): Promise<void> {
  const { journal } = client;
  journal.info(`connecting to ${formatTarget(target)}${service.tlsTarget ? " with TLS" : ""}`);
  let conn: ByteConn;
  try {
    conn = await dialTarget(target, service.tlsTarget, service.signal);
  } catch (error) {
    journal.failure(error);
    closing({ code: CLOSE.internalError, reason: "Failed to connect to downstream server" });
    await peer.writable.close().catch(() => {});
    await peer.close();
    return;
  }
  let observers: readonly Observer[];
  try {
    observers = await observersOf(client, service);
  } catch (error) {
    closeQuietly(conn);
    journal.failure(error);
    closing({ code: CLOSE.internalError, reason: "The session cannot be recorded" });
    await peer.writable.close().catch(() => {});
    await peer.close();
    return;
  }
  const ending = await relay({
    client: peer,
    target: conn,
    base64: payload === "base64",
    observers,
    closing,
    signal: service.signal,
  });
  journal.info(`the session has ended: ${ending}`);
}

async function observersOf(client: Client, service: Service): Promise<readonly Observer[]> {
  const observers: Observer[] = [];
  if (service.record !== undefined) {
    const { startRecording } = await import("./recording.ts");
    const path = `${service.record}.${client.number}`;
    observers.push(startRecording(path, (error) => client.journal.failure(error)));
    client.journal.info(`recording to ${path}`);
  }
  if (service.traffic !== undefined) {
    const { TRAFFIC_LEGEND, trafficSigns } = await import("./traffic.ts");
    service.traffic(TRAFFIC_LEGEND);
    observers.push(trafficSigns(service.traffic));
  }
  return observers;
}
