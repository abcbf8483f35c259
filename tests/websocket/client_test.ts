import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { type ClientSettings, upgradeClient } from "../../lib/websocket/client.ts";
import { acceptFor } from "../../lib/websocket/handshake.ts";
import { bytesOf, concat, unmasked } from "./frames.ts";
import { MemoryConn } from "./memory_conn.ts";

const decoder = new TextDecoder();
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

function settings(changes: Partial<ClientSettings> = {}): ClientSettings {
  return {
    url: new URL("ws://example.org:81/chat?x=1"),
    headers: [],
    version: "13",
    timeout: 5,
    signal: new AbortController().signal,
    ...changes,
  };
}

const ACCEPTED =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  `Sec-WebSocket-Accept: ${await acceptFor(KEY)}\r\n`;

/** The example key, so that answers can be written beforehand. */
const WITH_KEY = [["Sec-WebSocket-Key", KEY]] as const;

/** Asks a server that says just this. */
async function ask(response: string, changes: Partial<ClientSettings> = {}, ended = true) {
  const conn = new MemoryConn();
  conn.push(bytesOf(response));
  if (ended) conn.end();
  const headers = [...WITH_KEY, ...changes.headers ?? []];
  return await upgradeClient(conn, settings({ ...changes, headers }));
}

async function refusal(response: string, changes: Partial<ClientSettings> = {}, ended = true) {
  const error = await assertRejects(() => ask(response, changes, ended), WirecatError);
  return { kind: error.kind, message: error.message, hint: error.hint };
}

Deno.test("RFC 6455 4.1: a client asks for its URL's path and query at its URL's host", async () => {
  for (
    const [url, start, host] of [
      ["ws://example.org:81/chat?x=1#frag", "GET /chat?x=1 HTTP/1.1", "example.org:81"],
      ["ws://example.org:80", "GET / HTTP/1.1", "example.org"],
      ["wss://example.org:443/?", "GET / HTTP/1.1", "example.org"],
      ["ws://[::1]:8080/a b/é", "GET /a%20b/%C3%A9 HTTP/1.1", "[::1]:8080"],
    ]
  ) {
    const conn = new MemoryConn();
    conn.end();
    await assertRejects(() => upgradeClient(conn, settings({ url: new URL(url) })), WirecatError);
    const request = decoder.decode(conn.written);
    assertEquals(request.split("\r\n")[0], start);
    assertStringIncludes(request, `\r\nHost: ${host}\r\n`);
  }
});

Deno.test("client: what comes right behind the response is kept", async () => {
  const conn = new MemoryConn();
  const frame = unmasked(1, "early");
  conn.push(concat(bytesOf(ACCEPTED + "\r\n"), frame));
  const { rest, protocol } = await upgradeClient(conn, settings({ headers: WITH_KEY }));
  assertEquals([Uint8Array.from(rest), protocol], [frame, undefined]);
});

Deno.test("client: a response may come byte by byte", async () => {
  const conn = new MemoryConn();
  for (const byte of bytesOf(ACCEPTED + "\r\n")) conn.push(Uint8Array.of(byte));
  assertEquals((await upgradeClient(conn, settings({ headers: WITH_KEY }))).rest.length, 0);
});

Deno.test("client: a subprotocol may be offered as a header field, too", async () => {
  const response = `${ACCEPTED}Sec-WebSocket-Protocol: b\r\n\r\n`;
  assertEquals((await ask(response, { protocols: "a, b" })).protocol, "b");
  const headers = [["sec-websocket-protocol", "a"], ["Sec-WebSocket-Protocol", "b"]] as const;
  assertEquals((await ask(response, { headers })).protocol, "b");
  assertStringIncludes(
    (await refusal(response, { protocols: "a" })).message,
    '"b", which was not offered',
  );
});

Deno.test("RFC 9110 15.2: responses before the last one are passed over", async () => {
  const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  assertEquals((await ask(`${interim}${ACCEPTED}\r\n`)).rest.length, 0);
});

Deno.test("client: a refusal tells the status and what its body says", async () => {
  const response =
    "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n" +
    "no\x1b[31m\nentry\n";
  assertEquals(
    (await refusal(response, {}, false)).message,
    "ws://example.org:81/chat refused the upgrade with 403 Forbidden: no [31m entry",
  );
});

Deno.test("client: a refusal's body is told up to its end, and no web page is", async () => {
  const open = await refusal("HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\n\r\nbroken");
  assertStringIncludes(open.message, "500 Oops: broken");
  const page = await refusal("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", {}, false);
  assertEquals(page.message.includes("<html>"), false);
  assertEquals(page.hint, "this is a web page, not a WebSocket: is the path right?");
});

Deno.test("client: the hint at a redirect is the address to try", async () => {
  for (
    const [location, hint] of [
      ["https://a/", "it redirects: try wss://a/, or --follow-redirects"],
      ["/new?y", "it redirects: try ws://example.org:81/new?y, or --follow-redirects"],
      ["wss://b:1/c", "it redirects: try wss://b:1/c, or --follow-redirects"],
      ["mailto:me", "it redirects to mailto:me"],
      ["http://", "it redirects to http://"],
    ]
  ) {
    const moved = await refusal(`HTTP/1.1 301 Moved\r\nLocation: ${location}\r\n\r\n`);
    assertEquals(moved.hint, hint);
  }
});

Deno.test("client: a refused login is told from a missing one", async () => {
  const response = "HTTP/1.1 401 Unauthorized\r\n\r\n";
  assertStringIncludes((await refusal(response)).hint!, "--user NAME");
  const { hint } = await refusal(response, { headers: [["Authorization", "Basic Og=="]] });
  assertStringIncludes(hint!, "did not accept the login");
});

Deno.test("client: a chunked refusal is told without the chunks' sizes", async () => {
  const response = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n" +
    "Transfer-Encoding: chunked\r\n\r\n4\r\nnot \r\n5\r\ntoday\r\n0\r\n\r\n";
  assertStringIncludes((await refusal(response, {}, false)).message, "400 Bad Request: not today");
});

Deno.test("client: a refusal's body of any length is told in one short line", async () => {
  const response = "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\n\r\n" +
    "long ".repeat(100_000);
  const { message } = await refusal(response);
  assertEquals(message.length < 300, true);
});

Deno.test("client: an end before the response is told", async () => {
  assertEquals((await refusal("")).kind, "abnormal");
  assertEquals((await refusal("HTTP/1.1 101 Swi")).kind, "abnormal");
});

Deno.test("client: something else than HTTP is told", async () => {
  const { kind, hint } = await refusal("\x15\x03\x01\x00\x02\x02\x46");
  assertEquals(kind, "protocol");
  assertStringIncludes(hint!, "wss:");
});

Deno.test("client: who does not answer as an HTTP server is named", async () => {
  const { kind, message } = await refusal("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals(kind, "protocol");
  assertEquals(
    message,
    'ws://example.org:81/chat answered no HTTP response but "GET / HTTP/1.1"',
  );
});

Deno.test("client: a head of more than 64 KiB is refused", async () => {
  const { kind, message } = await refusal(`${ACCEPTED}X: ${"x".repeat(65536)}\r\n\r\n`);
  assertEquals(kind, "protocol");
  assertStringIncludes(message, "more than 65536 bytes");
});

Deno.test("client: a silent server is given up in time", async () => {
  assertEquals((await refusal("HTTP/1.1 101", { timeout: 0.02 }, false)).kind, "timeout");
});

Deno.test("client: a server that does not take the request is given up in time", async () => {
  const conn = new MemoryConn();
  conn.block();
  const upgrade = upgradeClient(conn, settings({ timeout: 0.02 }));
  const error = await assertRejects(() => upgrade, WirecatError);
  assertEquals(
    [error.kind, error.message],
    ["timeout", "ws://example.org:81/chat did not take the request within 20 ms"],
  );
});

Deno.test("client: an abort ends the handshake with its reason", async () => {
  for (const blocked of [false, true]) {
    const conn = new MemoryConn();
    if (blocked) conn.block();
    const controller = new AbortController();
    const upgrade = upgradeClient(conn, settings({ signal: controller.signal }));
    await conn.until(() => conn.reading === 1 || conn.writing === 1);
    controller.abort(new Error("enough"));
    await assertRejects(() => upgrade, Error, "enough");
  }
});
