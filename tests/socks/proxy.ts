/** A SOCKS5 proxy (RFC 1928 and 1929) that a test looks into. */
import { ListeningProxy } from "../listening_proxy.ts";
import { readExactly } from "./read_exactly.ts";

/** How the proxy behaves. */
export interface ProxySettings {
  /** The login that it wants: `user:password`. */
  readonly login?: string;
  /** The reply code instead of doing it. */
  readonly refuse?: number;
  /** Bytes that come in the same write as the (last) reply. */
  readonly early?: string;
  /** Never answers. */
  readonly silent?: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class TestProxy extends ListeningProxy {
  /** What was asked for: `connect name:80`. */
  readonly requests: string[] = [];
  readonly #settings: ProxySettings;

  constructor(settings: ProxySettings = {}) {
    super();
    this.#settings = settings;
  }

  protected override async serve(conn: Deno.Conn): Promise<void> {
    const { login, refuse, early = "", silent } = this.#settings;
    const [, count] = await readExactly(conn, 2);
    const methods = await readExactly(conn, count);
    this.wasAsked();
    if (silent) return void await conn.read(new Uint8Array(1));
    const method = login === undefined ? 0 : 2;
    if (!methods.includes(method)) return void await conn.write(Uint8Array.of(5, 0xff));
    await conn.write(Uint8Array.of(5, method));
    if (login !== undefined && !await this.#login(conn, login)) return;
    const [, command, , type] = await readExactly(conn, 4);
    const host = await readHost(conn, type);
    const [high, low] = await readExactly(conn, 2);
    this.requests.push(`${command === 1 ? "connect" : "bind"} ${host}:${high << 8 | low}`);
    if (refuse !== undefined) return void await conn.write(reply(refuse, 0));
    const target = command === 1
      ? await Deno.connect({ hostname: host, port: high << 8 | low })
      : await this.#bind(conn);
    this.open.add(target);
    await conn.write(new Uint8Array([...reply(0, 7), ...encoder.encode(early)]));
    await this.relay(conn, target);
  }

  async #login(conn: Deno.Conn, wanted: string): Promise<boolean> {
    const [, userLength] = await readExactly(conn, 2);
    const user = decoder.decode(await readExactly(conn, userLength));
    const [length] = await readExactly(conn, 1);
    const password = decoder.decode(await readExactly(conn, length));
    const granted = `${user}:${password}` === wanted;
    await conn.write(Uint8Array.of(1, granted ? 0 : 1));
    return granted;
  }

  async #bind(conn: Deno.Conn): Promise<Deno.Conn> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.open.add(listener);
    await conn.write(reply(0, (listener.addr as Deno.NetAddr).port));
    return await listener.accept();
  }
}

function reply(code: number, port: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(5, code, 0, 1, 127, 0, 0, 1, port >> 8, port & 255);
}

async function readHost(conn: Deno.Conn, type: number): Promise<string> {
  if (type === 1) return (await readExactly(conn, 4)).join(".");
  const [length] = await readExactly(conn, 1);
  return decoder.decode(await readExactly(conn, length));
}
