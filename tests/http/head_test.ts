import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import {
  canBeginHead,
  findHeadEnd,
  formatRequest,
  formatResponse,
  HeadError,
  listTokens,
  parseRequestHead,
  parseResponseHead,
} from "../../lib/http/head.ts";

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const request = (text: string) => parseRequestHead(bytes(text));
const response = (text: string) => parseResponseHead(bytes(text));

function refused(status: number, text: string, parse: (text: string) => unknown = request): void {
  const error = assertThrows(() => parse(text), HeadError);
  assertEquals((error as HeadError).status, status);
  assertEquals((error as HeadError).message.includes("\n"), false);
}

Deno.test("head: the end is just behind the empty line, however the bytes arrive", () => {
  const all = bytes("GET / HTTP/1.1\r\nA: b\r\n\r\nrest\r\n\r\n");
  const end = all.length - "rest\r\n\r\n".length;
  assertEquals(findHeadEnd(all, 0, all.length), end);
  for (let to = 0; to <= all.length; to++) {
    assertEquals(findHeadEnd(all, 0, to), to < end ? -1 : end);
    assertEquals(findHeadEnd(all, Math.max(0, end - 4), to), to < end ? -1 : end);
  }
});

Deno.test("head: lines may end with a bare LF", () => {
  assertEquals(findHeadEnd(bytes("GET / HTTP/1.1\n\nx"), 0, 17), 16);
  assertEquals(findHeadEnd(bytes("GET / HTTP/1.1\n\r\nx"), 0, 18), 17);
  assertEquals(request("GET /a HTTP/1.0\nHost: h\n\n").headers.get("host"), "h");
});

Deno.test("head: a request is read into its parts", () => {
  const head = request("GET /chat?a=1 HTTP/1.1\r\nHost: h:80\r\nx-A:  v \r\nX-a: w\r\n\r\n");
  assertEquals([head.method, head.target, head.version], ["GET", "/chat?a=1", "1.1"]);
  assertEquals(head.headers.get("Host"), "h:80");
  assertEquals(head.headers.get("x-a"), "v, w");
});

Deno.test("head: one empty line before the request is skipped", () => {
  assertEquals(request("\r\nGET / HTTP/1.1\r\n\r\n").method, "GET");
});

Deno.test("head: bytes above 127 in a value are Latin-1, all of them", () => {
  const value = String.fromCharCode(...Array.from({ length: 128 }, (_, i) => 128 + i));
  assertEquals(request(`GET / HTTP/1.1\r\nX: a${value}b\r\n\r\n`).headers.get("x"), `a${value}b`);
});

Deno.test("head: a later minor version counts as 1.1, another major one is refused", () => {
  assertEquals(request("GET / HTTP/1.7\r\n\r\n").version, "1.1");
  refused(505, "PRI * HTTP/2.0\r\n\r\n");
  refused(400, "GET / HTTP/11\r\n\r\n");
  refused(400, "GET / http/1.1\r\n\r\n");
});

Deno.test("head: request lines that are not three words are refused", () => {
  refused(400, "\r\n\r\n");
  refused(400, "GET /\r\n\r\n");
  refused(400, "GET  / HTTP/1.1\r\n\r\n");
  refused(400, "GET /a b HTTP/1.1\r\n\r\n");
  refused(400, "G@T / HTTP/1.1\r\n\r\n");
  refused(400, "GET /\x01 HTTP/1.1\r\n\r\n");
});

Deno.test("head: what smuggles a second request is refused", () => {
  refused(400, "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n");
  refused(400, "GET / HTTP/1.1\r\r\n\r\n");
  refused(400, "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n");
  refused(400, "GET / HTTP/1.1\r\nA : b\r\n\r\n");
  refused(400, "GET / HTTP/1.1\r\n: b\r\n\r\n");
  refused(400, "GET / HTTP/1.1\r\nno colon\r\n\r\n");
  refused(400, "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n");
  refused(400, "GET / HTTP/1.1\r\n A: b\r\n\r\n");
  refused(400, "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n");
});

Deno.test("head: a response is read into its parts, with every Set-Cookie", () => {
  const head = response(
    "HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: a=1, b\r\nSet-Cookie: c=2\r\n\r\n",
  );
  assertEquals([head.status, head.reason, head.version], [101, "Switching Protocols", "1.1"]);
  assertEquals(head.headers.getSetCookie(), ["a=1, b", "c=2"]);
});

Deno.test("head: the reason of a response may be empty or missing", () => {
  assertEquals(response("HTTP/1.1 200 \r\n\r\n").reason, "");
  assertEquals(response("HTTP/1.0 200\r\n\r\n").reason, "");
  assertEquals(response("HTTP/1.1 404 Nicht da\xdf\r\n\r\n").reason, "Nicht da\xdf");
});

Deno.test("head: a folded field of a response is joined by a space", () => {
  const head = response("HTTP/1.1 200 OK\r\nA: b\r\n\t  c\r\nD: e\r\n\r\n");
  assertEquals([head.headers.get("a"), head.headers.get("d")], ["b c", "e"]);
});

Deno.test("head: status lines that are none are refused", () => {
  refused(400, "SSH-2.0-OpenSSH_9.9\r\n\r\n", response);
  refused(400, "HTTP/1.1 20 OK\r\n\r\n", response);
  refused(400, "HTTP/1.1 600 OK\r\n\r\n", response);
  refused(505, "HTTP/2.0 200 OK\r\n\r\n", response);
});

Deno.test("head: a request is written with its fields in order", () => {
  const written = formatRequest({
    method: "GET",
    target: "/x",
    headers: [["Host", "h"], ["X", "é"], ["X", "2"]],
  });
  assertEquals(textOf(written), "GET /x HTTP/1.1\r\nHost: h\r\nX: é\r\nX: 2\r\n\r\n");
});

Deno.test("head: a response with a body says how long it is, unless it says so itself", () => {
  assertEquals(
    textOf(formatResponse({ status: 404, headers: [["A", "b"]], body: "né" })),
    "HTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 3\r\n\r\nné",
  );
  assertEquals(
    textOf(formatResponse({ status: 200, headers: [["content-length", "9"]] })),
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
  );
  assertEquals(textOf(formatResponse({ status: 299 })), "HTTP/1.1 299 \r\n\r\n");
});

Deno.test("head: line breaks and NUL are not written into a head", () => {
  const write = (name: string, value: string) => () =>
    formatRequest({ method: "GET", target: "/", headers: [[name, value]] });
  for (const bad of ["a\r\nB: c", "a\nb", "a\0", "a\r"]) {
    assertThrows(write("A", bad), WirecatError, "control character");
    assertThrows(write(bad, "v"), WirecatError, "name");
    assertThrows(() => formatRequest({ method: bad, target: "/", headers: [] }), WirecatError);
    assertThrows(() => formatRequest({ method: "GET", target: bad, headers: [] }), WirecatError);
    assertThrows(() => formatResponse({ status: 200, headers: [["A", bad]] }), WirecatError);
  }
});

Deno.test("head: a list-valued field is split into tokens in lower case", () => {
  assertEquals(listTokens("keep-alive, Upgrade ,,"), ["keep-alive", "upgrade"]);
  assertEquals(listTokens(null), []);
});

Deno.test("head: a TLS record or a zero byte cannot begin a head", () => {
  assertEquals([..."G\r\nH"].map((c) => canBeginHead(c.charCodeAt(0))), [true, true, true, true]);
  assertEquals([0, 21, 22, 32, 127, 200].some(canBeginHead), false);
});
