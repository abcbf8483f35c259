import { assertEquals, assertThrows } from "@std/assert";
import { parseRequestHead } from "../../lib/http/head.ts";
import {
  HixieDecoder,
  HixieError,
  hixieFrame,
  hixieResponse,
  keyNumber,
} from "../../lib/websockify/hixie.ts";
import { HttpRefusal } from "../../lib/http/refusal.ts";

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

// The example of draft-ietf-hybi-thewebsocketprotocol-00, section 1.2.
const REQUEST = [
  "GET /demo HTTP/1.1",
  "Host: example.com",
  "Connection: Upgrade",
  "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00",
  "Sec-WebSocket-Protocol: base64",
  "Upgrade: WebSocket",
  "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5",
  "Origin: http://example.com",
  "",
  "",
].join("\r\n");

Deno.test("hixie-76: the draft's own example is answered as the draft does", () => {
  const response = latin1(
    hixieResponse(parseRequestHead(bytes(REQUEST)), bytes("^n:ds[4U"), false),
  );
  assertEquals(response.split("\r\n"), [
    "HTTP/1.1 101 WebSocket Protocol Handshake",
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Origin: http://example.com",
    "Sec-WebSocket-Location: ws://example.com/demo",
    "Sec-WebSocket-Protocol: base64",
    "",
    "8jKS'y:G*Co,Wxa-",
  ]);
});

Deno.test("hixie-75: without keys the header fields have no Sec-", () => {
  const request = REQUEST.replace(/Sec-WebSocket-Key.*\r\n/g, "").replace("Sec-", "");
  const response = latin1(hixieResponse(parseRequestHead(bytes(request)), bytes(""), true));
  assertEquals(response.split("\r\n").slice(3), [
    "WebSocket-Origin: http://example.com",
    "WebSocket-Location: wss://example.com/demo",
    "WebSocket-Protocol: base64",
    "",
    "",
  ]);
});

Deno.test("hixie-76: a key without spaces, or one that they do not divide, is refused", () => {
  assertEquals(keyNumber("18x 6]8vM;54 *(5:  {   U1]8  z [  8"), 155712099);
  for (const key of ["12345", "1 0 0 1", ""]) assertThrows(() => keyNumber(key), HttpRefusal);
});

Deno.test("hixie: frames come in any pieces", () => {
  const all = new Uint8Array([...hixieFrame(bytes("one")), ...hixieFrame(bytes("")), 0xff, 0x00]);
  for (let cut = 0; cut <= all.length; cut++) {
    const decoder = new HixieDecoder();
    const texts = [...decoder.decode(all.subarray(0, cut)), ...decoder.decode(all.subarray(cut))];
    assertEquals([...texts.map(latin1), decoder.closed], ["one", "", true]);
  }
});

Deno.test("hixie: other frames are refused", () => {
  assertThrows(() => new HixieDecoder().decode(new Uint8Array([0x81, 0])), HixieError);
  assertThrows(() => new HixieDecoder().decode(new Uint8Array([0xff, 1])), HixieError);
});
