/**
 * The opening handshake as websockify does it: which versions and subprotocols it takes.
 *
 * @module
 */
import type { RequestHead } from "../http/head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import { isKey, protocolList } from "../websocket/handshake.ts";

/** How the bytes of a session are put into messages. */
export type Payload = "binary" | "base64";

/** What was agreed on. */
export interface Agreement {
  /** `Sec-WebSocket-Key`. */
  readonly key: string;
  /** The subprotocol that the answer names. */
  readonly protocol?: string;
  /** How bytes are put into messages. */
  readonly payload: Payload;
}

/** RFC 6455, and the two drafts before it that differ in their number only. */
const VERSIONS = ["13", "8", "7"];

/**
 * Checks a request for a WebSocket. Binary messages are chosen where the client offers them or
 * offers nothing. Throws a {@linkcode HttpRefusal}.
 */
export function agree({ headers }: RequestHead): Agreement {
  const version = headers.get("Sec-WebSocket-Version")?.trim();
  if (version === undefined) throw new HttpRefusal(400, "Missing Sec-WebSocket-Version header");
  if (!VERSIONS.includes(version)) {
    throw new HttpRefusal(400, `Unsupported protocol version ${version}`, [
      ["Sec-WebSocket-Version", VERSIONS.join(", ")],
    ]);
  }
  const key = headers.get("Sec-WebSocket-Key")?.trim();
  if (key === undefined) throw new HttpRefusal(400, "Missing Sec-WebSocket-Key header");
  if (!isKey(key)) throw new HttpRefusal(400, "Sec-WebSocket-Key is not 16 bytes in base64");
  const offered = protocolList(headers.get("Sec-WebSocket-Protocol"));
  if (offered.length === 0) return { key, payload: "binary" };
  for (const payload of ["binary", "base64"] as const) {
    if (offered.includes(payload)) return { key, protocol: payload, payload };
  }
  throw new HttpRefusal(400, "Invalid protocol selected");
}
