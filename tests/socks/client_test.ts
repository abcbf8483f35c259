import { assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../lib/core/conn.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { dialThroughSocks5 } from "../../lib/socks/client.ts";
import { TestProxy } from "./proxy.ts";
import { readExactly } from "./read_exactly.ts";

const signal = new AbortController().signal;
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

Deno.test("dialThroughSocks5: bytes go both ways, and the proxy gets the name as it is", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const greeting = greet(server);
  await using proxy = new TestProxy({ login: "me:se:cret", early: "early" });
  const address = `localhost:${proxy.port}`;
  const conn = await dialThroughSocks5(address, "localhost", port, "me:se:cret", signal, 5);
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

Deno.test("dialThroughSocks5: a wrong password, and none", async () => {
  await using proxy = new TestProxy({ login: "me:secret" });
  const dial = (login?: string) =>
    dialThroughSocks5(`127.0.0.1:${proxy.port}`, "h", 80, login, signal);
  await fails("connection", "cannot connect to h:80: the SOCKS5 proxy refused name", dial("me:x"));
  const hint = await fails("connection", "the SOCKS5 proxy wants a login", dial());
  assertEquals(hint, "give --socks5-user-pass USER:PASSWORD");
  assertEquals(proxy.requests, []);
});

Deno.test("dialThroughSocks5: a refusal says what was asked for and why not", async () => {
  await using proxy = new TestProxy({ refuse: 5 });
  const dialling = dialThroughSocks5(`127.0.0.1:${proxy.port}`, "[::1]", 80);
  await fails(
    "connection",
    "cannot connect to [::1]:80: the SOCKS5 proxy refused: connection refused",
    dialling,
  );
});

Deno.test("dialThroughSocks5: a proxy that hangs up, or is not there", async () => {
  const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const accepted = server.accept().then(async (conn) => {
    await readExactly(conn, 3);
    conn.close();
  });
  const dialling = dialThroughSocks5(`127.0.0.1:${port}`, "h", 80);
  await fails("abnormal", "cannot connect to h:80: the SOCKS5 proxy closed", dialling);
  await accepted;
  server.close();
  await fails(
    "connection",
    `cannot connect to the SOCKS5 proxy 127.0.0.1:${port}: connection refused`,
    dialThroughSocks5(`127.0.0.1:${port}`, "h", 80),
  );
});

Deno.test("dialThroughSocks5: silence ends with a timeout, an abort with its reason", async () => {
  await using proxy = new TestProxy({ silent: true });
  const address = `127.0.0.1:${proxy.port}`;
  await fails(
    "timeout",
    "the SOCKS5 proxy did not answer",
    dialThroughSocks5(address, "h", 80, undefined, signal, 0.05),
  );
  const abort = new AbortController();
  const dialling = dialThroughSocks5(address, "h", 80, undefined, abort.signal);
  abort.abort(new Error("over"));
  await assertRejects(() => dialling, Error, "over");
});
