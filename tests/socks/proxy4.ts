/** A SOCKS4 proxy that knows names (SOCKS4a), into which a test looks. */
import { ListeningProxy } from "../listening_proxy.ts";
import { readExactly } from "./read_exactly.ts";

/** How the proxy behaves. */
export interface Proxy4Settings {
  /** What it answers instead of doing it. */
  readonly answer?: readonly number[];
  /** Bytes that come in the same write as the reply. */
  readonly early?: string;
  /** Where it connects to, whatever was asked for. */
  readonly target?: number;
  /** Never answers. */
  readonly silent?: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class TestProxy4 extends ListeningProxy {
  /** What was asked for: `user 127.0.0.1:80`, or `user 0.0.0.1 name:80`. */
  readonly requests: string[] = [];
  readonly #settings: Proxy4Settings;

  constructor(settings: Proxy4Settings = {}) {
    super();
    this.#settings = settings;
  }

  protected override async serve(conn: Deno.Conn): Promise<void> {
    const { answer, early = "", target, silent } = this.#settings;
    const [version, command, high, low] = await readExactly(conn, 4);
    const address = (await readExactly(conn, 4)).join(".");
    const user = await readText(conn);
    const host = address.startsWith("0.0.0.") ? `${address} ${await readText(conn)}` : address;
    const port = high << 8 | low;
    this.requests.push(`${version} ${command} '${user}' ${host}:${port}`);
    this.wasAsked();
    if (silent) return void await conn.read(new Uint8Array(1));
    if (answer !== undefined) return void await conn.write(Uint8Array.from(answer));
    const there = await Deno.connect({ hostname: "127.0.0.1", port: target ?? port });
    this.open.add(there);
    await conn.write(Uint8Array.of(0, 90, 0, 0, 0, 0, 0, 0, ...encoder.encode(early)));
    await this.relay(conn, there);
  }
}

async function readText(conn: Deno.Conn): Promise<string> {
  const bytes: number[] = [];
  for (;;) {
    const [byte] = await readExactly(conn, 1);
    if (byte === 0) return decoder.decode(Uint8Array.from(bytes));
    bytes.push(byte);
  }
}
