/**
 * A request that is answered with an error.
 *
 * @module
 */
import type { HeaderField } from "./head.ts";

/** Why a request is refused, and what it is answered. */
export class HttpRefusal extends Error {
  /** The response's status. */
  readonly status: number;
  /** The response's own header fields. */
  readonly headers: readonly HeaderField[];

  /** `message` is told to the client in the response's body. */
  constructor(status: number, message: string, headers: readonly HeaderField[] = []) {
    super(message);
    this.name = "HttpRefusal";
    this.status = status;
    this.headers = headers;
  }
}
