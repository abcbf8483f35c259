/** What test proxies of all protocols have in common: taking clients, copying, and closing all. */
export abstract class ListeningProxy implements AsyncDisposable {
  readonly port: number;
  /** Resolves when the first client has asked for something. */
  readonly asked: Promise<void>;
  /** Says that a client has asked. */
  protected readonly wasAsked: () => void;
  /** Closed at the end. */
  protected readonly open: Set<{ close(): void }> = new Set();
  readonly #listener: Deno.Listener;
  readonly #done: Promise<void>;

  constructor(tls?: { cert: string; key: string }) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.wasAsked = resolve;
    const address = { hostname: "127.0.0.1", port: 0 };
    this.#listener = tls ? Deno.listenTls({ ...address, ...tls }) : Deno.listen(address);
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#done = this.#run();
  }

  /** Serves one client; its connection is closed afterwards. */
  protected abstract serve(conn: Deno.Conn): Promise<void>;

  /** Copies both ways until both have ended. */
  protected async relay(conn: Deno.Conn, target: Deno.Conn): Promise<void> {
    await Promise.all([copy(conn, target), copy(target, conn)]);
    close(target);
  }

  async #run(): Promise<void> {
    const serving: Promise<void>[] = [];
    try {
      for (;;) {
        const conn = await this.#listener.accept();
        this.open.add(conn);
        serving.push(this.serve(conn).catch(() => {}).finally(() => close(conn)));
      }
    } catch {
      await Promise.all(serving);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.open) close(conn);
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
