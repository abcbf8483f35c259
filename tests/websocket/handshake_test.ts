import { assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseRequestHead, parseResponseHead } from "../../lib/http/head.ts";
import { HttpRefusal } from "../../lib/http/refusal.ts";
import {
  acceptFor,
  acceptResponse,
  checkRequest,
  checkResponse,
  chooseProtocol,
  clientRequest,
  generateKey,
  isKey,
  protocolList,
  refusalResponse,
  wantsUpgrade,
} from "../../lib/websocket/handshake.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The key and the answer of RFC 6455, section 1.3. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const GOOD_REQUEST: Record<string, string | undefined> = {
  "Host": "example.org",
  "Connection": "Upgrade",
  "Upgrade": "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": KEY,
};

const GOOD_RESPONSE: Record<string, string | undefined> = {
  "Upgrade": "websocket",
  "Connection": "Upgrade",
  "Sec-WebSocket-Accept": ACCEPT,
};

function lines(start: string, fields: Record<string, string | undefined>): Uint8Array {
  const rows = Object.entries(fields).filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return encoder.encode(`${start}\r\n${rows.join("")}\r\n`);
}

function requestHead(changes: Record<string, string | undefined> = {}, start = "GET /x HTTP/1.1") {
  return parseRequestHead(lines(start, { ...GOOD_REQUEST, ...changes }));
}

function responseHead(
  changes: Record<string, string | undefined> = {},
  start = "HTTP/1.1 101 Switching Protocols",
) {
  return parseResponseHead(lines(start, { ...GOOD_RESPONSE, ...changes }));
}

function refused(changes: Record<string, string | undefined>, start?: string): HttpRefusal {
  return assertThrows(() => checkRequest(requestHead(changes, start)), HttpRefusal);
}

const EXPECTED = { accept: ACCEPT, name: "ws://x/" };

function wrong(changes: Record<string, string | undefined>, protocols?: string): string {
  const check = () => checkResponse(responseHead(changes), { ...EXPECTED, protocols });
  const error = assertThrows(check, WirecatError);
  assertEquals(error.kind, "upgrade");
  return error.message;
}

function sentRequest(changes: Partial<Parameters<typeof clientRequest>[0]> = {}): string {
  return decoder.decode(clientRequest({
    target: "/chat?room=1",
    host: "example.org:8080",
    key: KEY,
    version: "13",
    headers: [],
    ...changes,
  }));
}

// --- 4.1, what a client sends ---

Deno.test("RFC 6455 4.1: the request is a GET of HTTP/1.1 with all that is required", () => {
  assertEquals(
    sentRequest(),
    "GET /chat?room=1 HTTP/1.1\r\nHost: example.org:8080\r\nConnection: Upgrade\r\n" +
      `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
  );
});

Deno.test("RFC 6455 4.1: the key is 16 bytes in base64, new for each connection", () => {
  const keys = Array.from({ length: 50 }, generateKey);
  for (const key of keys) assertEquals([atob(key).length, key.length, isKey(key)], [16, 24, true]);
  assertEquals(new Set(keys).size, 50);
  assertNotEquals(keys[0], keys[1]);
});

Deno.test("RFC 6455 4.1: the request may have an Origin, subprotocols and more fields", () => {
  const request = sentRequest({
    origin: "https://example.org",
    protocols: "a, b",
    headers: [["X-One", "1"], ["X-One", "2"]],
  });
  assertStringIncludes(request, "\r\nX-One: 1\r\nX-One: 2\r\nOrigin: https://example.org\r\n");
  assertStringIncludes(request, "\r\nSec-WebSocket-Protocol: a, b\r\n");
});

Deno.test("RFC 6455 4.1: a field that is given replaces ours, so that none is sent twice", () => {
  const request = sentRequest({
    protocols: "a",
    headers: [["host", "other"], ["SEC-WEBSOCKET-PROTOCOL", "b"], ["sec-websocket-key", "c"]],
  });
  for (const name of ["host", "sec-websocket-protocol", "sec-websocket-key"]) {
    assertEquals(request.toLowerCase().split(`\r\n${name}:`).length, 2, name);
  }
});

Deno.test("RFC 6455 4.1: no extension is offered", () => {
  assertEquals(sentRequest().includes("Extensions"), false);
});

Deno.test("handshake: nothing can be put into the request's head that is not a field", () => {
  for (
    const changes of [
      { headers: [["X", "a\r\nEvil: 1"]] },
      { headers: [["X\r\nEvil", "1"]] },
      { headers: [["X Y", "1"]] },
      { headers: [["", "1"]] },
      { headers: [["X", "a\nb"]] },
      { headers: [["X", "a\0b"]] },
      { origin: "a\r\nEvil: 1" },
      { protocols: "a\r\nEvil: 1" },
      { version: "13\r\nEvil: 1" },
      { key: "k\r\nEvil: 1" },
      { host: "h\r\nEvil: 1" },
      { target: "/ HTTP/1.1\r\nEvil: 1" },
      { target: "/a b" },
    ] as Partial<Parameters<typeof clientRequest>[0]>[]
  ) {
    assertEquals(assertThrows(() => sentRequest(changes), WirecatError).kind, "usage");
  }
});

// --- 4.1, what a client checks ---

Deno.test("RFC 6455 4.1: a good response is taken", () => {
  assertEquals(checkResponse(responseHead(), EXPECTED).protocol, undefined);
});

Deno.test("RFC 6455 4.1: another status than 101 is no upgrade", () => {
  const head = responseHead({}, "HTTP/1.1 200 OK");
  const error = assertThrows(() => checkResponse(head, EXPECTED), WirecatError);
  assertStringIncludes(error.message, "status 200 OK");
});

Deno.test("RFC 6455 4.1: nothing is asked of the version of an answer, as by browsers and websocat", () => {
  for (const version of ["HTTP/1.0", "HTTP/1.1", "HTTP/1.2"]) {
    checkResponse(responseHead({}, `${version} 101 Switching Protocols`), EXPECTED);
  }
  const error = assertThrows(() => responseHead({}, "HTTP/2.0 101 OK"), WirecatError);
  assertEquals(
    [error.kind, error.message],
    ["protocol", "HTTP/2.0 is not spoken here, only HTTP/1.1"],
  );
});

Deno.test("RFC 6455 4.1: Upgrade must be websocket, in any case", () => {
  checkResponse(responseHead({ Upgrade: "WebSocket" }), EXPECTED);
  assertStringIncludes(wrong({ Upgrade: undefined }), "Upgrade is missing");
  assertStringIncludes(wrong({ Upgrade: "h2c" }), 'Upgrade is "h2c"');
});

Deno.test("RFC 6455 4.1: Connection must have Upgrade, in any case and place", () => {
  checkResponse(responseHead({ Connection: "keep-alive, upgrade" }), EXPECTED);
  assertStringIncludes(wrong({ Connection: undefined }), "Connection is missing");
  assertStringIncludes(wrong({ Connection: "keep-alive" }), 'Connection is "keep-alive"');
  assertStringIncludes(wrong({ Connection: "NotUpgrade" }), "Connection");
});

Deno.test("RFC 6455 4.1: Sec-WebSocket-Accept must be the answer to the key, in this very case", () => {
  checkResponse(responseHead({ "Sec-WebSocket-Accept": `  ${ACCEPT}  ` }), EXPECTED);
  assertStringIncludes(wrong({ "Sec-WebSocket-Accept": undefined }), "missing");
  for (const accept of ["", "x", ACCEPT.toLowerCase(), `${ACCEPT}, ${ACCEPT}`]) {
    assertStringIncludes(wrong({ "Sec-WebSocket-Accept": accept }), "Sec-WebSocket-Accept");
  }
});

Deno.test("RFC 6455 4.1: an extension that was not offered is refused", () => {
  const message = wrong({ "Sec-WebSocket-Extensions": "permessage-deflate" });
  assertStringIncludes(message, 'the extension "permessage-deflate", which was not offered');
  checkResponse(responseHead({ "Sec-WebSocket-Extensions": "" }), EXPECTED);
});

Deno.test("RFC 6455 4.1: a subprotocol that was not offered is refused", () => {
  const field = { "Sec-WebSocket-Protocol": "chat" };
  const choose = (protocols: string) =>
    checkResponse(responseHead(field), { ...EXPECTED, protocols }).protocol;
  assertEquals(choose("superchat, chat"), "chat");
  assertEquals(choose("chat"), "chat");
  for (const offered of [undefined, "superchat", "Chat", "superchat, cha"]) {
    assertStringIncludes(wrong(field, offered), 'the subprotocol "chat", which was not offered');
  }
  wrong({ "Sec-WebSocket-Protocol": "a, b" }, "a, b");
  wrong({ "Sec-WebSocket-Protocol": "" }, "a");
});

Deno.test("RFC 6455 4.1: a server need not choose any of the subprotocols", () => {
  const { protocol } = checkResponse(responseHead(), { ...EXPECTED, protocols: "a, b" });
  assertEquals(protocol, undefined);
});

// --- 4.2.1, what a server checks ---

Deno.test("RFC 6455 4.2.1: a good request is taken, with its subprotocols in order", () => {
  assertEquals(checkRequest(requestHead()), { key: KEY, protocols: [] });
  const head = requestHead({ "Sec-WebSocket-Protocol": " b,a ,, c" });
  assertEquals(checkRequest(head).protocols, ["b", "a", "c"]);
});

Deno.test("RFC 6455 4.2.1: only GET upgrades", () => {
  for (const method of ["POST", "HEAD", "get", "OPTIONS"]) {
    const error = refused({}, `${method} / HTTP/1.1`);
    assertEquals([error.status, error.headers], [405, [["Allow", "GET"]]]);
  }
});

Deno.test("RFC 6455 4.2.1: HTTP/1.1 or later is needed", () => {
  assertEquals(refused({}, "GET / HTTP/1.0").status, 400);
  checkRequest(requestHead({}, "GET / HTTP/1.2"));
  assertThrows(() => requestHead({}, "GET / HTTP/2.0"));
});

Deno.test("RFC 6455 4.2.1: Host is needed", () => {
  assertStringIncludes(refused({ Host: undefined }).message, "Host");
});

Deno.test("RFC 9112 6: a request for a WebSocket that says it has a body is refused", () => {
  for (
    const fields of [
      { "Content-Length": "5" },
      { "Content-Length": "0, 5" },
      { "Transfer-Encoding": "chunked" },
      { "Content-Length": "0", "Transfer-Encoding": "chunked" },
    ]
  ) assertEquals(refused(fields).status, 400, JSON.stringify(fields));
});

Deno.test("RFC 6455 4.2.1: Upgrade must have websocket, in any case", () => {
  for (const upgrade of ["WebSocket", "h2c, websocket"]) {
    checkRequest(requestHead({ Upgrade: upgrade }));
  }
  for (const upgrade of [undefined, "h2c", "websockets"]) {
    const error = refused({ Upgrade: upgrade });
    assertEquals(error.status, 426);
    assertEquals(error.headers[0], ["Upgrade", "websocket"]);
    assertEquals(wantsUpgrade(requestHead({ Upgrade: upgrade })), false);
  }
});

Deno.test("RFC 6455 4.2.1: Connection must have Upgrade, in any case and place", () => {
  for (const connection of ["upgrade", "keep-alive, Upgrade", "UPGRADE,close"]) {
    checkRequest(requestHead({ Connection: connection }));
  }
  for (const connection of [undefined, "close", "NotUpgrade"]) {
    assertStringIncludes(refused({ Connection: connection }).message, "Connection");
  }
});

Deno.test("RFC 6455 4.2.1: the key must be 16 bytes in base64", () => {
  for (
    const key of [
      undefined,
      "",
      "dGhlIHNhbXBsZSBub25jZQ",
      "dGhlIHNhbXBsZSBub25jZQ=",
      "dGhlIHNhbXBsZSBub25jZTE=",
      "dGhlIHNhbXBsZSBub25j",
      "dGhlIHNhbXBs ZSBub25jZQ==",
      "dGhlIHNhbXBsZSBub25j*Q==",
      `${KEY}, ${KEY}`,
    ]
  ) {
    assertEquals(refused({ "Sec-WebSocket-Key": key }).status, 400, key);
  }
  checkRequest(requestHead({ "Sec-WebSocket-Key": `  ${KEY}  ` }));
});

Deno.test("RFC 6455 4.4: another version is refused with 426 and the version that is spoken", () => {
  for (const version of [undefined, "8", "12", "14", "013", "13, 8", ""]) {
    const error = refused({ "Sec-WebSocket-Version": version });
    assertEquals(error.status, 426);
    assertEquals(error.headers, [["Upgrade", "websocket"], ["Sec-WebSocket-Version", "13"]]);
  }
});

Deno.test("RFC 6455 4.2.1: extensions that a client offers are no error", () => {
  const offer = "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame";
  checkRequest(requestHead({ "Sec-WebSocket-Extensions": offer }));
});

// --- 4.2.2, what a server sends ---

Deno.test("RFC 6455 1.3 and 4.2.2: the answer to the RFC's example key", async () => {
  assertEquals(await acceptFor(KEY), ACCEPT);
});

Deno.test("RFC 6455 4.2.2: the response is a 101 with all that is required, and no extension", async () => {
  assertEquals(
    decoder.decode(await acceptResponse(KEY, "chat", [["X-Mine", "1"]])),
    "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: chat\r\nX-Mine: 1\r\n" +
      `Sec-WebSocket-Accept: ${ACCEPT}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  const bare = decoder.decode(await acceptResponse(KEY, undefined, []));
  assertEquals(bare.includes("Protocol:"), false);
});

Deno.test("RFC 6455 11.3: no field of the response is there twice", async () => {
  const given = [["sec-websocket-protocol", "mine"], ["CONNECTION", "Upgrade, X"]] as const;
  const response = decoder.decode(await acceptResponse(KEY, "chat", given)).toLowerCase();
  for (const name of ["sec-websocket-protocol", "connection", "sec-websocket-accept"]) {
    assertEquals(response.split(`\r\n${name}:`).length, 2, name);
  }
});

Deno.test("RFC 6455 4.2.2: a response is what our client takes", async () => {
  const head = parseResponseHead(await acceptResponse(KEY, "b", []));
  assertEquals(checkResponse(head, { ...EXPECTED, protocols: "a,b" }).protocol, "b");
});

Deno.test("handshake: nothing can be put into a response's head that is not a field", () => {
  const refusal = new HttpRefusal(400, "no");
  for (const field of [["X", "a\r\nEvil: 1"], ["X\r\n", "a"], ["X:", "a"]] as const) {
    assertThrows(() => refusalResponse(refusal, [field]), WirecatError);
  }
});

Deno.test("RFC 6455 4.2.2: the first subprotocol offered is taken, or the one that is wanted", () => {
  assertEquals(chooseProtocol([], undefined), undefined);
  assertEquals(chooseProtocol(["a", "b"], undefined), "a");
  assertEquals(chooseProtocol(["a", "b"], "b"), "b");
  assertEquals(chooseProtocol([], "b"), undefined);
  const error = assertThrows(() => chooseProtocol(["a", "B"], "b"), HttpRefusal);
  assertEquals([error.status, error.headers], [400, [["Sec-WebSocket-Protocol", "b"]]]);
});

Deno.test("handshake: a list of subprotocols may have spaces and empty places", () => {
  assertEquals(protocolList(null), []);
  assertEquals(protocolList(" a , b,,c,"), ["a", "b", "c"]);
});

Deno.test("handshake: a refusal says why in its body", () => {
  const refusal = new HttpRefusal(404, "There is no WebSocket at /x.", [["X-Why", "1"]]);
  assertEquals(
    decoder.decode(refusalResponse(refusal, [["X-Mine", "2"]])),
    "HTTP/1.1 404 Not Found\r\nX-Mine: 2\r\nX-Why: 1\r\nContent-Type: text/plain\r\n" +
      "Connection: close\r\nContent-Length: 29\r\n\r\nThere is no WebSocket at /x.\n",
  );
});
