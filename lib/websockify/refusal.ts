/**
 * The answers to requests that are refused.
 *
 * @module
 */
import { formatResponse, STATUS_TEXT } from "../http/head.ts";
import type { HttpRefusal } from "../http/refusal.ts";

/** The response's bytes. They say that the connection ends with it. */
export function refusalBytes(refusal: HttpRefusal, method = "GET"): Uint8Array<ArrayBuffer> {
  const { status, message } = refusal;
  const reason = STATUS_TEXT[status];
  const body = new TextEncoder().encode(`${status} ${reason}: ${message}\n`);
  return formatResponse({
    status,
    headers: [
      ...refusal.headers,
      ["Content-Type", "text/plain; charset=utf-8"],
      ["Content-Length", String(body.length)],
      ["Connection", "close"],
    ],
    body: method === "HEAD" ? undefined : body,
  });
}
