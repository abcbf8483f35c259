import { assertEquals, assertRejects } from "@std/assert";
import { type ByteConn, closeQuietly, writeAll } from "../../lib/core/conn.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { dialTcp } from "../../lib/net/dial.ts";
import { requestSocks5, type Socks5Request } from "../../lib/socks/client.ts";
import { parseCredentials } from "../../lib/socks/destination.ts";
import { TestProxy } from "./proxy.ts";
import { readExactly } from "./read_exactly.ts";

const encoder = new TextEncoder();

/** Greets one client, then sends back what it says. */
async function greet(listener: Deno.Listener): Promise<void> {
  using conn = await listener.accept();
  await conn.write(encoder.encode("hello"));
  await conn.write(await readExactly(conn, 4));
}

async function fails(kind: string, text: string, dialling: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => dialling, WirecatError, text) as WirecatError;
  assertEquals(error.kind, kind);
  return error.hint ?? "";
}

const NAME = "the SOCKS5 proxy p:1080";

/** Has the proxy on a port connect to a host. */
async function connect(
  proxy: number,
  hostname: string,
  port: number,
  { login, ...more }: Partial<Socks5Request> & { login?: string } = {},
): Promise<ByteConn> {
  const conn = await dialTcp("127.0.0.1", proxy);
  try {
    await requestSocks5(conn, {
      name: NAME,
      command: "connect",
      destination: { hostname, port },
      credentials: login === undefined ? undefined : parseCredentials(login, "--login"),
      ...more,
    });
    return conn;
  } catch (error) {
    closeQuietly(conn);
    throw error;
  }
}

Deno.test("requestSocks5: bytes go both ways, and the proxy gets the name as it is", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const greeting = greet(server);
  await using proxy = new TestProxy({ login: "me:se:cret", early: "early" });
  const conn = await connect(proxy.port, "localhost", port, { login: "me:se:cret", timeout: 60 });
  try {
    assertEquals(await readExactly(conn as Deno.Conn, 10), encoder.encode("earlyhello"));
    await writeAll(conn, encoder.encode("ping"));
    assertEquals(await readExactly(conn as Deno.Conn, 4), encoder.encode("ping"));
  } finally {
    conn.close();
  }
  assertEquals(proxy.requests, [`connect localhost:${port}`]);
  await greeting;
});

Deno.test("requestSocks5: a wrong password, and none", async () => {
  await using proxy = new TestProxy({ login: "me:secret" });
  const dial = (login?: string) => connect(proxy.port, "h", 80, { login });
  await fails("connection", `cannot connect to h:80: ${NAME} refused name`, dial("me:x"));
  const hint = await fails("connection", `${NAME} wants a login`, dial());
  assertEquals(hint, "give --proxy-user USER:PASSWORD, or --socks5-user-pass with --socks5");
  assertEquals(proxy.requests, []);
});

Deno.test("requestSocks5: a refusal says what was asked for and why not", async () => {
  await using proxy = new TestProxy({ refuse: 5 });
  await fails(
    "connection",
    `cannot connect to [::1]:80: ${NAME} refused: connection refused`,
    connect(proxy.port, "::1", 80),
  );
});

Deno.test("requestSocks5: a proxy that hangs up", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const accepted = server.accept().then(async (conn) => {
    await readExactly(conn, 3);
    conn.close();
  });
  const hint = await fails(
    "abnormal",
    `cannot connect to h:80: ${NAME} closed the connection during the greeting`,
    connect(port, "h", 80),
  );
  assertEquals(hint, "does it speak SOCKS5? an HTTP proxy is written --proxy http://HOST:PORT");
  await accepted;
});

Deno.test("requestSocks5: silence ends with a timeout, an abort with its reason", async () => {
  await using proxy = new TestProxy({ silent: true });
  const hint = await fails(
    "timeout",
    `cannot connect to h:80: ${NAME} did not answer within 50 ms`,
    connect(proxy.port, "h", 80, { timeout: 0.05 }),
  );
  assertEquals(hint, "--handshake-timeout sets how long to wait");
  const abort = new AbortController();
  const dialling = connect(proxy.port, "h", 80, { signal: abort.signal });
  abort.abort(new Error("over"));
  await assertRejects(() => dialling, Error, "over");
});

Deno.test("requestSocks5: a connection that breaks is told with the step it was at", async () => {
  const broken = (at: number): ByteConn => {
    const answers = [[5, 2], [1, 0]];
    let reads = 0;
    return {
      read(into) {
        if (reads === at) return Promise.reject(new Error("reset"));
        into.set(answers[reads++]);
        return Promise.resolve(2);
      },
      write: (bytes) => Promise.resolve(bytes.length),
      closeWrite: () => Promise.resolve(),
      close() {},
    };
  };
  const ask = (conn: ByteConn) =>
    requestSocks5(conn, {
      name: NAME,
      command: "connect",
      destination: { hostname: "h", port: 80 },
      credentials: { user: "me", password: "x" },
    });
  const steps = ["the greeting", "the login", "the request"];
  for (const [at, step] of steps.entries()) {
    const said = `cannot connect to h:80: ${NAME} did not answer ${step}: reset`;
    await fails("abnormal", said, ask(broken(at)));
  }
  const deaf = { ...broken(0), write: () => Promise.reject(new Error("broken pipe")) };
  const said = `cannot connect to h:80: ${NAME} did not take the greeting: broken pipe`;
  await fails("abnormal", said, ask(deaf));
});
