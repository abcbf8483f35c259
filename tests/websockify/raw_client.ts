/** A client of raw bytes, and the server that it is to talk to. */
import { Program, type ProgramOptions, WIRECAT } from "../interop/programs.ts";

/** The websockify personality, listening on a free port. */
export class Websockify extends Program {
  /** The port. */
  port = 0;

  /** Starts it with options, and what else stands before and behind the source. */
  static async start(
    options: readonly string[],
    target: readonly string[],
    settings?: ProgramOptions,
  ): Promise<Websockify> {
    const args = [...WIRECAT.slice(1), "websockify", ...options, "127.0.0.1:0", ...target];
    const server = new Websockify(WIRECAT[0], args, settings);
    try {
      server.port = Number((await server.waitFor(/Listen on 127\.0\.0\.1:(\d+)/))[1]);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }
}

/** How long a client waits for what should come, in milliseconds. */
const PATIENCE = 30_000;

/** A frame of a client, masked with a key of zeros (RFC 6455, section 5.2). */
export function frame(opcode: number, payload: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof payload === "string" ? latin1(payload) : payload;
  const length = bytes.length < 126
    ? [0x80 | bytes.length]
    : [0xfe, bytes.length >> 8, bytes.length & 255];
  return new Uint8Array([0x80 | opcode, ...length, 0, 0, 0, 0, ...bytes]);
}

/** One character a byte. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** The request of the example in RFC 6455, section 1.3. */
export function upgrade(target = "/", ...fields: string[]): string {
  return [
    `GET ${target} HTTP/1.1`,
    "Host: example.com",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...fields,
    "",
    "",
  ].join("\r\n");
}

/** A connection whose bytes are told one character each. */
export class RawClient implements Disposable {
  /** What has come and was not taken yet. */
  #text = "";
  #ended = false;
  readonly #conn: Deno.Conn;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects. */
  static async connect(port: number): Promise<RawClient> {
    return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Connects and sends a request; resolves when its answer has come. */
  static async upgraded(port: number, request = upgrade()): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.send(request);
    const head = await client.head();
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(`refused: ${head}`);
    return client;
  }

  /** Sends bytes. */
  async send(bytes: string | Uint8Array): Promise<void> {
    const all = typeof bytes === "string" ? latin1(bytes) : bytes;
    for (let at = 0; at < all.length;) at += await this.#conn.write(all.subarray(at));
  }

  async #more(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const tell = () => {
        reject(new Error(`nothing more came behind ${JSON.stringify(this.#text)}`));
        this.#conn.close();
      };
      timer = setTimeout(tell, PATIENCE);
    });
    const reading = this.#conn.read(buffer).catch(() => null);
    const length = await Promise.race([reading, late]).finally(() => clearTimeout(timer));
    if (length === null) this.#ended = true;
    else for (const byte of buffer.subarray(0, length)) this.#text += String.fromCharCode(byte);
  }

  /** The next `length` characters. */
  async take(length: number): Promise<string> {
    while (this.#text.length < length && !this.#ended) await this.#more();
    const text = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return text;
  }

  /** The head of a response, its empty line included. */
  async head(): Promise<string> {
    while (!this.#text.includes("\r\n\r\n") && !this.#ended) await this.#more();
    return await this.take(this.#text.indexOf("\r\n\r\n") + 4 || this.#text.length);
  }

  /** All that comes until the connection ends. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#more();
    return await this.take(this.#text.length);
  }

  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // Closed already.
    }
  }
}

/** A TCP server that sends back what it gets, and closes when it gets `bye`. */
export class EchoTarget implements Disposable {
  /** Its port. */
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #conns = new Set<Deno.Conn>();

  constructor() {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#run();
  }

  async #run(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        this.#conns.add(conn);
        this.#echo(conn).catch(() => {}).finally(() => this.#close(conn));
      }
    } catch {
      // Closed.
    }
  }

  async #echo(conn: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (let length; (length = await conn.read(buffer)) !== null;) {
      const bytes = buffer.subarray(0, length);
      if (new TextDecoder().decode(bytes) === "bye") return;
      for (let at = 0; at < length;) at += await conn.write(bytes.subarray(at));
    }
  }

  #close(conn: Deno.Conn): void {
    if (this.#conns.delete(conn)) conn.close();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const conn of [...this.#conns]) this.#close(conn);
  }
}
