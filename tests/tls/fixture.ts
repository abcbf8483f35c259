/** Certificates, servers and connections that the tests of TLS share. */
import type { ByteConn } from "../../lib/core/conn.ts";
import { writeAll } from "../../lib/core/conn.ts";

// What the tests trust shall not depend on where they run.
Deno.env.delete("SSL_CERT_FILE");
Deno.env.delete("SSL_CERT_DIR");

/** The path of a file in `certs/`. */
export function certPath(name: string): string {
  return decodeURIComponent(new URL(`./certs/${name}`, import.meta.url).pathname)
    .replace(/^\/(?=[A-Z]:)/, "");
}

/** The text of a file in `certs/`. */
export function cert(name: string): string {
  return Deno.readTextFileSync(certPath(name));
}

/** The certificate with its key. */
export function identity(chain = "server-chain", key = "server"): { cert: string; key: string } {
  return { cert: cert(`${chain}.pem`), key: cert(`${key}.key`) };
}

/** A server on a free port that hands each connection to `serve` and closes it after. */
export class TestServer<C extends Deno.Conn> implements AsyncDisposable {
  readonly port: number;
  /** What went wrong with single clients. */
  readonly failures: unknown[] = [];
  readonly #listener: Deno.Listener<C>;
  readonly #done: Promise<void>;
  readonly #serving = new Set<Promise<void>>();
  readonly #conns = new Set<C>();

  constructor(listener: Deno.Listener<C>, serve: (conn: C) => Promise<unknown>) {
    this.#listener = listener;
    this.port = (listener.addr as Deno.NetAddr).port;
    this.#done = this.#run(serve);
  }

  async #run(serve: (conn: C) => Promise<unknown>): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        this.#conns.add(conn);
        const serving = this.#serve(conn, serve);
        serving.finally(() => this.#serving.delete(serving));
        this.#serving.add(serving);
      }
    } catch {
      // Closed.
    }
  }

  async #serve(conn: C, serve: (conn: C) => Promise<unknown>): Promise<void> {
    try {
      await serve(conn);
    } catch (error) {
      this.failures.push(error);
    } finally {
      this.#close(conn);
    }
  }

  #close(conn: C): void {
    this.#conns.delete(conn);
    try {
      conn.close();
    } catch {
      // By `serve`.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) this.#close(conn);
    await this.#done;
    await Promise.all(this.#serving);
  }
}

/** A TLS server that `serve`s, with the certificate of `who`. */
export function tlsServer(
  serve: (conn: Deno.TlsConn) => Promise<unknown>,
  who: { cert: string; key: string } = identity(),
): TestServer<Deno.TlsConn> {
  return new TestServer(Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...who }), serve);
}

/** Sends all that comes back, and ends when the client does. */
export async function echo(conn: ByteConn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const length = await conn.read(buffer);
    if (length === null) break;
    await writeAll(conn, buffer.subarray(0, length));
  }
  await conn.closeWrite();
}

/** Everything until the end. */
export async function readAll(conn: Pick<ByteConn, "read">): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(16 * 1024);
  for (;;) {
    const length = await conn.read(buffer);
    if (length === null) break;
    parts.push(buffer.slice(0, length));
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/** Everything until the end, as text. */
export async function readText(conn: Pick<ByteConn, "read">): Promise<string> {
  return new TextDecoder().decode(await readAll(conn));
}

/** Writes a text. */
export function write(conn: Pick<ByteConn, "write">, text: string): Promise<void> {
  return writeAll(conn, new TextEncoder().encode(text));
}

/** The two ends of a TCP connection. */
export async function tcpPair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [left, right] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: (listener.addr as Deno.NetAddr).port }),
    listener.accept(),
  ]);
  return [left, right];
}

/** The same bytes without the extras of `Deno.TcpConn`: a transport that is not TCP. */
export function opaque(conn: ByteConn): ByteConn {
  return {
    read: (into) => conn.read(into),
    write: (bytes) => conn.write(bytes),
    closeWrite: () => conn.closeWrite(),
    close: () => conn.close(),
  };
}

/**
 * Runs `body` with variables of the environment set or unset for this test file: the process's
 * own environment is that of all files that run at the same time.
 */
export async function withEnv(
  variables: Record<string, string | undefined>,
  body: () => Promise<void>,
): Promise<void> {
  const { get } = Deno.env;
  Deno.env.get = (name) => name in variables ? variables[name] : get.call(Deno.env, name);
  try {
    await body();
  } finally {
    Deno.env.get = get;
  }
}
