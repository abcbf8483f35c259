/**
 * The byte connection inside TLS, over the runtime's own implementation.
 *
 * @module
 */
import { type ByteConn, closeQuietly } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import { dropUnshaken } from "./drop.ts";
import { tlsFailure, type TlsRole } from "./failure.ts";

/**
 * What an end of the connection without `close_notify` is (RFC 8446, section 6.1): an error,
 * because data may have been cut off, or an end like any other, for a protocol such as
 * WebSocket that says by itself where its data ends.
 */
export type Truncation = "error" | "end";

/** What reading gives when the connection ends without `close_notify`. */
export function truncated(name: string, truncation: Truncation, cause?: unknown): null {
  if (truncation === "end") return null;
  throw new WirecatError("abnormal", `${name} ended without closing TLS: data may be missing`, {
    cause,
  });
}

/** A `Deno.TlsConn` that has shaken hands, with errors in our words. */
export class SecureConn implements ByteConn {
  readonly #conn: Deno.TlsConn;
  readonly #name: string;
  readonly #truncation: Truncation;

  /** `name` is the other side, for errors. */
  constructor(conn: Deno.TlsConn, name: string, truncation: Truncation = "error") {
    this.#conn = conn;
    this.#name = name;
    this.#truncation = truncation;
  }

  /** Reads decrypted bytes. */
  read(into: Uint8Array): Promise<number | null> {
    return this.#conn.read(into).catch((error) => {
      if (error instanceof Deno.errors.UnexpectedEof) {
        return truncated(this.#name, this.#truncation, error);
      }
      if (error instanceof Deno.errors.InvalidData) {
        throw tlsFailure(`cannot read from ${this.#name}`, error);
      }
      throw error;
    });
  }

  /** Writes bytes to be encrypted. */
  write(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes);
  }

  /** Sends `close_notify`; reading goes on. */
  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  /** Ends both directions. */
  close(): void {
    this.#conn.close();
  }
}

/**
 * Shakes hands on `conn`, and closes it if that fails. `attempt` begins the error's message.
 * Resolves to what was agreed on.
 */
export async function handshake(
  conn: Deno.TlsConn,
  attempt: string,
  { signal, role }: { signal?: AbortSignal; role?: TlsRole } = {},
): Promise<Deno.TlsHandshakeInfo> {
  const abort = () => dropUnshaken(conn);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    if (signal?.aborted) abort();
    signal?.throwIfAborted();
    const agreed = await conn.handshake();
    signal?.throwIfAborted();
    return agreed;
  } catch (error) {
    closeQuietly(conn);
    signal?.throwIfAborted();
    throw tlsFailure(attempt, error, role);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
