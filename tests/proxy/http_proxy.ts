/** An HTTP proxy that knows CONNECT only, and that a test looks into. */
import { readHead } from "../../lib/http/read_head.ts";
import { parseRequestHead, type RequestHead } from "../../lib/http/head.ts";
import { ListeningProxy } from "../listening_proxy.ts";

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

export class TestHttpProxy extends ListeningProxy {
  /** The heads of the requests. */
  readonly requests: RequestHead[] = [];
  readonly #settings: HttpProxySettings;

  constructor(settings: HttpProxySettings = {}) {
    super(settings.tls);
    this.#settings = settings;
  }

  /** What was asked for. */
  get targets(): string[] {
    return this.requests.map(({ method, target }) => `${method} ${target}`);
  }

  protected override async serve(conn: Deno.Conn): Promise<void> {
    const { answer, early = "", silent, target } = this.#settings;
    const { head } = await readHead(conn, { from: "the client" });
    const request = parseRequestHead(head);
    this.requests.push(request);
    this.wasAsked();
    if (silent) return void await conn.read(new Uint8Array(1));
    if (answer !== undefined) return void await conn.write(new TextEncoder().encode(answer));
    const [, hostname, port] = /^\[?(.*?)\]?:(\d+)$/.exec(request.target)!;
    const other = await Deno.connect(
      target === undefined
        ? { hostname, port: Number(port) }
        : { hostname: "127.0.0.1", port: target },
    );
    this.open.add(other);
    await conn.write(
      new TextEncoder().encode(
        `HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n${early}`,
      ),
    );
    await this.relay(conn, other);
  }
}
