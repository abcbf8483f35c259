import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { Answered, LoginRefused } from "../../lib/core/opener.ts";
import { parseResponseHead } from "../../lib/http/head.ts";
import { HttpRefusal } from "../../lib/http/refusal.ts";
import { type ServerSettings, upgradeServer } from "../../lib/websocket/server.ts";
import { bytesOf, concat, masked } from "./frames.ts";
import { MemoryConn } from "./memory_conn.ts";

const decoder = new TextDecoder();

function settings(changes: Partial<ServerSettings> = {}): ServerSettings {
  return {
    client: "127.0.0.1:5000",
    headers: [],
    timeout: 5,
    signal: new AbortController().signal,
    ...changes,
  };
}

function request(start = "GET /chat?a=1 HTTP/1.1", ...fields: string[]): string {
  return [
    start,
    "Host: example.org",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...fields,
    "",
    "",
  ].join("\r\n");
}

/** Serves a client that says just this, and reads the answer. */
async function refuse(text: string, changes: Partial<ServerSettings> = {}) {
  const conn = new MemoryConn();
  conn.push(bytesOf(text));
  conn.end();
  const error = await assertRejects(() => upgradeServer(conn, settings(changes)), WirecatError);
  const [head, body] = decoder.decode(conn.written).split("\r\n\r\n");
  const { status, headers } = parseResponseHead(bytesOf(`${head}\r\n\r\n`));
  return { error, status, headers, body, ended: conn.writeClosed };
}

Deno.test("RFC 6455 4.2.2: a request is answered with 101 and the example's accept", async () => {
  const conn = new MemoryConn();
  conn.push(bytesOf(request()));
  const accepted = await upgradeServer(conn, settings({ headers: [["X-Mine", "1"]] }));
  assertEquals(accepted!.target, "/chat?a=1");
  assertEquals(accepted!.protocol, undefined);
  const { status, headers } = parseResponseHead(conn.written);
  assertEquals(status, 101);
  assertEquals(headers.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assertEquals(headers.get("X-Mine"), "1");
});

Deno.test("server: what comes right behind the request is kept", async () => {
  const conn = new MemoryConn();
  const frame = masked(1, "early");
  conn.push(concat(bytesOf(request()), frame));
  const accepted = await upgradeServer(conn, settings());
  assertEquals(Uint8Array.from(accepted!.rest), frame);
});

Deno.test("server: a request may come byte by byte", async () => {
  const conn = new MemoryConn();
  for (const byte of bytesOf(request())) conn.push(Uint8Array.of(byte));
  assertEquals((await upgradeServer(conn, settings()))!.rest.length, 0);
});

Deno.test("RFC 6455 4.2.2: permessage-deflate is offered in vain", async () => {
  const conn = new MemoryConn();
  conn.push(bytesOf(request(undefined, "Sec-WebSocket-Extensions: permessage-deflate")));
  await upgradeServer(conn, settings());
  assertEquals(parseResponseHead(conn.written).headers.get("Sec-WebSocket-Extensions"), null);
});

Deno.test("RFC 6455 4.2.2: the subprotocol agreed on stands in the response", async () => {
  for (
    const [offer, wanted, chosen, warning] of [
      ["a, b", undefined, "a", "offers the subprotocols a, b: the first was taken"],
      ["a", undefined, "a", undefined],
      ["a, b", "b", "b", undefined],
      [undefined, "b", null, "offers no subprotocol: --server-protocol b was left out"],
    ] as const
  ) {
    const conn = new MemoryConn();
    const fields = offer === undefined ? [] : [`Sec-WebSocket-Protocol: ${offer}`];
    conn.push(bytesOf(request(undefined, ...fields)));
    const warnings: string[] = [];
    const onWarning = (message: string) => void warnings.push(message);
    const accepted = await upgradeServer(conn, settings({ protocol: wanted, onWarning }));
    assertEquals(accepted!.protocol, chosen ?? undefined);
    assertEquals(parseResponseHead(conn.written).headers.get("Sec-WebSocket-Protocol"), chosen);
    assertEquals(warnings.length, warning === undefined ? 0 : 1);
    if (warning !== undefined) assertStringIncludes(warnings[0], warning);
  }
});

Deno.test("RFC 6455 4.2.2: a client without the subprotocol that is wanted gets 400 and its name", async () => {
  const text = request(undefined, "Sec-WebSocket-Protocol: a");
  const { status, headers, body, ended } = await refuse(text, { protocol: "b" });
  assertEquals([status, headers.get("Sec-WebSocket-Protocol"), ended], [400, "b", true]);
  assertStringIncludes(body, '"b"');
});

Deno.test("server: another path than --restrict-uri is a 404, and the query counts", async () => {
  const { status, body, error } = await refuse(request(), { restrictUri: "/chat" });
  assertEquals([status, body], [404, "There is no WebSocket at /chat?a=1.\n"]);
  assertEquals([error.kind, error.message], [
    "upgrade",
    "refused GET /chat?a=1 from 127.0.0.1:5000 with 404: There is no WebSocket at /chat?a=1.",
  ]);
  const conn = new MemoryConn();
  conn.push(bytesOf(request()));
  await upgradeServer(conn, settings({ restrictUri: "/chat?a=1" }));
});

Deno.test("RFC 6455 4.2.1: a request may name the whole address, whose path counts", async () => {
  for (
    const [target, path] of [
      ["http://example.org/chat?a=1", "/chat?a=1"],
      ["HTTPS://example.org:8080/", "/"],
      ["http://example.org", "/"],
      ["http://example.org?a=1", "/?a=1"],
    ]
  ) {
    const conn = new MemoryConn();
    conn.push(bytesOf(request(`GET ${target} HTTP/1.1`)));
    const accepted = await upgradeServer(conn, settings({ restrictUri: path }));
    assertEquals(accepted!.target, path);
  }
  for (const target of ["*", "example.org:80", "chat", "ftp://example.org/"]) {
    const { status } = await refuse(request(`GET ${target} HTTP/1.1`));
    assertEquals([target, status], [target, 400]);
  }
});

Deno.test("server: a refusal has the server's header fields and ends the connection", async () => {
  const { status, headers, body, ended } = await refuse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", {
    headers: [["X-Mine", "1"]],
  });
  assertEquals([status, headers.get("X-Mine"), headers.get("Connection")], [426, "1", "close"]);
  assertEquals([body, ended], ["Only WebSocket clients are served here.\n", true]);
  assertEquals(headers.get("Content-Length"), String(body.length));
});

Deno.test("server: a refused client's unread bytes are taken, so that it sees the answer", async () => {
  for (const start of ["POST / HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(65536), "\x16\x03"]) {
    const conn = new MemoryConn();
    conn.push(bytesOf(start));
    const refused = assertRejects(() => upgradeServer(conn, settings()), WirecatError);
    await conn.until(() => conn.writeClosed);
    conn.push(new Uint8Array(100_000));
    conn.end();
    await refused;
    assertEquals(await conn.read(new Uint8Array(1)), null);
  }
});

Deno.test("server: a head that is no HTTP, too long or of another version has its own answer", async () => {
  assertEquals((await refuse("\x16\x03\x01")).status, 400);
  assertEquals((await refuse("GET /\r\n\r\n")).status, 400);
  assertEquals((await refuse("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")).status, 400);
  assertEquals((await refuse("GET / HTTP/1.1\r\n Host: a\r\n\r\n")).status, 400);
  assertEquals((await refuse("GET / HTTP/2.0\r\n\r\n")).status, 505);
  assertEquals((await refuse(`GET / HTTP/1.1\r\nX: ${"x".repeat(65536)}\r\n\r\n`)).status, 431);
  const long = request(undefined, `X: ${"x".repeat(65536 - request().length - 5)}`);
  const conn = new MemoryConn();
  conn.push(bytesOf(long));
  assertEquals(long.length, 65536);
  await upgradeServer(conn, settings());
});

Deno.test("server: a slow head is answered with 408", async () => {
  const conn = new MemoryConn();
  conn.push(bytesOf("GET / HTTP/1.1\r\n"));
  const upgrade = upgradeServer(conn, settings({ timeout: 0.02 }));
  const error = await assertRejects(() => upgrade, WirecatError);
  assertEquals(error.kind, "timeout");
  assertEquals(parseResponseHead(conn.written).status, 408);
  assertEquals(conn.writeClosed, true);
  conn.close();
});

Deno.test("server: a client that leaves before its head is whole gets no answer", async () => {
  const conn = new MemoryConn();
  conn.push(bytesOf("GET / HT"));
  conn.end();
  const error = await assertRejects(() => upgradeServer(conn, settings()), WirecatError);
  assertEquals([error.kind, conn.written.length], ["abnormal", 0]);
});

Deno.test("server: an abort ends the handshake with its reason", async () => {
  const conn = new MemoryConn();
  const controller = new AbortController();
  const upgrade = upgradeServer(conn, settings({ signal: controller.signal }));
  await conn.until(() => conn.reading === 1);
  controller.abort(new Error("enough"));
  await assertRejects(() => upgrade, Error, "enough");
  assertEquals(conn.written.length, 0);
});

Deno.test("server: a request for something else may be answered by someone else", async () => {
  const text = "GET /file HTTP/1.1\r\nHost: a\r\n\r\n";
  const conn = new MemoryConn();
  conn.push(bytesOf(text));
  const targets: string[] = [];
  const respond: ServerSettings["respond"] = ({ target }) => {
    targets.push(target);
    return Promise.resolve(true);
  };
  assertEquals(await upgradeServer(conn, settings({ respond })), undefined);
  assertEquals(targets, ["/file"]);
  const nothing = () => Promise.resolve(false);
  assertEquals((await refuse(text, { respond: nothing })).status, 426);
});

Deno.test("server: who is not admitted gets the refusal, before a path or a file is looked at", async () => {
  const admit = () => Promise.reject(new HttpRefusal(401, "Log in.", [["WWW-Authenticate", "X"]]));
  const respond = () => Promise.reject(new Error("was asked"));
  for (const start of ["GET /elsewhere HTTP/1.1", "POST / HTTP/1.1"]) {
    const text = request(start, "Authorization: Basic x");
    const { status, headers, body, error } = await refuse(text, {
      admit,
      respond,
      restrictUri: "/",
    });
    assertEquals([status, headers.get("WWW-Authenticate"), body], [401, "X", "Log in.\n"]);
    assertInstanceOf(error, LoginRefused);
    assertStringIncludes(error.message, "from 127.0.0.1:5000 with 401: Log in.");
  }
});

Deno.test("server: a client that was only told to log in is no failure", async () => {
  const conn = new MemoryConn();
  conn.push(bytesOf(request()));
  conn.end();
  const admit = () => Promise.reject(new HttpRefusal(401, "Log in."));
  await assertRejects(() => upgradeServer(conn, settings({ admit })), Answered, "with 401");
});

Deno.test("server: the name that a client has logged in with is known", async () => {
  const conn = new MemoryConn();
  conn.push(bytesOf(request()));
  const admit = () => Promise.resolve("ann");
  assertEquals((await upgradeServer(conn, settings({ admit })))!.user, "ann");
});
