/** An HTTP proxy that knows CONNECT only, and that a test looks into. */
import { readHead } from "../../lib/http/read_head.ts";
import { parseRequestHead, type RequestHead } from "../../lib/http/head.ts";

/** How the proxy behaves. */
export interface HttpProxySettings {
  /** Says this instead of connecting, and closes. */
  readonly answer?: string;
  /** Comes in the same write as the answer to a request that it grants. */
  readonly early?: string;
  /** Never answers. */
  readonly silent?: boolean;
  /** Speaks TLS with this. */
  readonly tls?: { cert: string; key: string };
  /** Where it connects to instead of what it is asked for. */
  readonly target?: number;
}

export class TestHttpProxy implements AsyncDisposable {
  readonly port: number;
  /** The heads of the requests. */
  readonly requests: RequestHead[] = [];
  /** Resolves when the first request has come. */
  readonly asked: Promise<void>;
  readonly #asked: () => void;
  readonly #listener: Deno.Listener;
  readonly #settings: HttpProxySettings;
  readonly #open = new Set<{ close(): void }>();
  readonly #done: Promise<void>;

  constructor(settings: HttpProxySettings = {}) {
    this.#settings = settings;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#asked = resolve;
    const address = { hostname: "127.0.0.1", port: 0 };
    const listener = settings.tls
      ? Deno.listenTls({ ...address, ...settings.tls })
      : Deno.listen(address);
    this.#listener = listener;
    this.port = (listener.addr as Deno.NetAddr).port;
    this.#done = this.#run();
  }

  /** What was asked for. */
  get targets(): string[] {
    return this.requests.map(({ method, target }) => `${method} ${target}`);
  }

  async #run(): Promise<void> {
    const serving: Promise<void>[] = [];
    try {
      for (;;) {
        const conn = await this.#listener.accept();
        this.#open.add(conn);
        serving.push(this.#serve(conn).catch(() => {}).finally(() => close(conn)));
      }
    } catch {
      await Promise.all(serving);
    }
  }

  async #serve(conn: Deno.Conn): Promise<void> {
    const { answer, early = "", silent, target } = this.#settings;
    const { head } = await readHead(conn, { from: "the client" });
    const request = parseRequestHead(head);
    this.requests.push(request);
    this.#asked();
    if (silent) return void await conn.read(new Uint8Array(1));
    if (answer !== undefined) return void await conn.write(new TextEncoder().encode(answer));
    const [, hostname, port] = /^\[?(.*?)\]?:(\d+)$/.exec(request.target)!;
    const other = await Deno.connect(
      target === undefined
        ? { hostname, port: Number(port) }
        : { hostname: "127.0.0.1", port: target },
    );
    this.#open.add(other);
    await conn.write(
      new TextEncoder().encode(
        `HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n${early}`,
      ),
    );
    await Promise.all([copy(conn, other), copy(other, conn)]);
    close(other);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) close(conn);
    await this.#done;
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  try {
    await from.readable.pipeTo(to.writable);
  } catch {
    // One of them was closed.
  }
}

function close(conn: { close(): void }): void {
  try {
    conn.close();
  } catch {
    // It is already.
  }
}
