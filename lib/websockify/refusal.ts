/**
 * Requests that are answered with an error.
 *
 * @module
 */
import { formatResponse, type HeaderField, STATUS_TEXT } from "../http/head.ts";

/** Why a request is refused, and what it is answered. */
export class HttpRefusal extends Error {
  /** The response's status. */
  readonly status: number;
  /** The response's own header fields. */
  readonly headers: readonly HeaderField[];

  /** `message` is told to the client. */
  constructor(status: number, message: string, headers: readonly HeaderField[] = []) {
    super(message);
    this.name = "HttpRefusal";
    this.status = status;
    this.headers = headers;
  }
}

/** The response's bytes. They say that the connection ends with it. */
export function refusalBytes(refusal: HttpRefusal, method = "GET"): Uint8Array<ArrayBuffer> {
  const { status, message } = refusal;
  const reason = STATUS_TEXT[status] ?? REASONS[status] ?? "Refused";
  const body = new TextEncoder().encode(`${status} ${reason}: ${message}\n`);
  return formatResponse({
    status,
    reason,
    headers: [
      ...refusal.headers,
      ["Content-Type", "text/plain; charset=utf-8"],
      ["Content-Length", String(body.length)],
      ["Connection", "close"],
    ],
    body: method === "HEAD" ? undefined : body,
  });
}

/** Those of RFC 9110 that only this server sends. */
const REASONS: Record<number, string> = {
  401: "Unauthorized",
  416: "Range Not Satisfiable",
};
