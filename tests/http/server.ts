/** An HTTP server that says exactly what a test wants it to say. */
import { writeAll } from "../../lib/core/conn.ts";
import { readHead } from "../../lib/http/read_head.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One client of the server. */
export class Client {
  readonly conn: Deno.Conn;
  /** The head of its request, as text. */
  readonly head: string;
  #received: string;

  constructor(conn: Deno.Conn, head: string, rest: string) {
    this.conn = conn;
    this.head = head;
    this.#received = rest;
  }

  /** Sends a text, or a text a write. */
  async say(...texts: string[]): Promise<void> {
    for (const text of texts) await writeAll(this.conn, encoder.encode(text));
  }

  /** What comes behind the head up to a text, or to the end of the connection. */
  async hear(until?: string): Promise<string> {
    const bytes = new Uint8Array(65_536);
    while (until === undefined || !this.#received.includes(until)) {
      const count = await this.conn.read(bytes);
      if (count === null) return this.#received;
      this.#received += decoder.decode(bytes.subarray(0, count));
    }
    const end = this.#received.indexOf(until) + until.length;
    const heard = this.#received.slice(0, end);
    this.#received = this.#received.slice(end);
    return heard;
  }
}

/** Serves each client with `handler`, then closes its connection. */
export class TestHttpServer implements AsyncDisposable {
  readonly port: number;
  /** The heads of all requests. */
  readonly heads: string[] = [];
  readonly #listener: Deno.Listener;
  readonly #done: Promise<void>;

  /** `identity`, a certificate and key in PEM, makes it an HTTPS server. */
  constructor(
    handler: (client: Client) => Promise<unknown>,
    identity?: { cert: string; key: string },
  ) {
    const address = { hostname: "127.0.0.1", port: 0 };
    this.#listener = identity === undefined
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, ...identity });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#done = this.#run(handler);
  }

  async #run(handler: (client: Client) => Promise<unknown>): Promise<void> {
    const serving: Promise<void>[] = [];
    try {
      for (;;) serving.push(this.#serve(await this.#listener.accept(), handler));
    } catch {
      await Promise.all(serving);
    }
  }

  async #serve(conn: Deno.Conn, handler: (client: Client) => Promise<unknown>): Promise<void> {
    try {
      const { head, rest } = await readHead(conn, { from: "the client" });
      this.heads.push(decoder.decode(head));
      await handler(new Client(conn, decoder.decode(head), decoder.decode(rest)));
    } catch {
      // The client went away.
    } finally {
      conn.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}
