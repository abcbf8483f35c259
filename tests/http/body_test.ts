import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { type BodyDecoder, ChunkedBody, requestBody, responseBody } from "../../lib/http/body.ts";
import { ChunkWriter } from "../../lib/http/chunk_writer.ts";
import { HeadError, parseRequestHead, parseResponseHead } from "../../lib/http/head.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a decoder makes of a text that comes in pieces of `size` bytes; `|` ends a chunk. */
function decode(body: BodyDecoder, text: string, size = Infinity): { data: string; rest: string } {
  const bytes = encoder.encode(text);
  let data = "";
  const sink = {
    data(from: Uint8Array, start: number, end: number, last: boolean) {
      data += decoder.decode(from.subarray(start, end)) + (last ? "|" : "");
    },
  };
  let at = 0;
  while (at < bytes.length && !body.done) {
    const to = Math.min(bytes.length, at + size);
    const end = body.decode(bytes, at, to, sink);
    assertEquals(end === to || body.done, true);
    at = end;
  }
  return { data, rest: decoder.decode(bytes.subarray(at)) };
}

const response = (head: string, method = "GET") =>
  responseBody(parseResponseHead(encoder.encode(`HTTP/1.1 ${head}\r\n\r\n`)), method);
const request = (fields: string, version = "1.1") =>
  requestBody(parseRequestHead(encoder.encode(`POST / HTTP/${version}\r\n${fields}\r\n\r\n`)));

Deno.test("body: chunks are put together however they arrive", () => {
  const text = '4\r\nWiki\r\n00A;x="y"\r\npedia in\r\n\r\n1 \r\n!\r\n0\r\nTrailer: a\r\n\r\nnext';
  for (const size of [Infinity, 7, 3, 2, 1]) {
    const body = new ChunkedBody();
    const { data, rest } = decode(body, text, size);
    assertEquals([data.replaceAll("|", ""), rest], ["Wikipedia in\r\n!", "next"]);
    assertEquals(body.done, true);
    body.end();
  }
  assertEquals(decode(new ChunkedBody(), text).data, "Wiki|pedia in\r\n|!|");
});

Deno.test("body: malformed chunks are refused", () => {
  for (
    const bad of [
      "\r\n",
      "g\r\n",
      "-1\r\n",
      "0x1\r\na",
      "1\na\r\n",
      "1\r\nab\r\n",
      "1\r\na\n",
      "1\rxa",
      "1;a\nb\r\n",
      "10000000000000\r\n",
      "0\r\n\rx",
      `1;${"a".repeat(17_000)}\r\n`,
      `0\r\n${"a: b\r\n".repeat(5_000)}`,
    ]
  ) assertThrows(() => decode(new ChunkedBody(), bad), WirecatError, "chunked body is malformed");
});

Deno.test("body: an end in the middle of a body is an error", () => {
  const chunked = new ChunkedBody();
  decode(chunked, "5\r\nabc");
  assertThrows(() => chunked.end(), WirecatError, "in the middle of the chunked body");
  const sized = response("200 OK\r\nContent-Length: 5");
  decode(sized, "abc");
  assertThrows(() => sized.end(), WirecatError, "after 3 of 5 bytes");
});

Deno.test("body: a length that is known ends it", () => {
  const body = response("200 OK\r\nContent-Length: 5, 5");
  assertEquals(decode(body, "helloHTTP/1.1", 2), { data: "hello|", rest: "HTTP/1.1" });
  assertEquals(body.done, true);
});

Deno.test("body: without a length it ends with the connection", () => {
  const body = response("200 OK");
  assertEquals(decode(body, "anything"), { data: "anything|", rest: "" });
  assertEquals(body.done, false);
  body.end();
  assertEquals(body.done, true);
});

Deno.test("body: some responses have none whatever their fields say", () => {
  assertEquals(response("200 OK\r\nContent-Length: 5", "HEAD").done, true);
  assertEquals(response("204 No Content\r\nTransfer-Encoding: chunked").done, true);
  assertEquals(response("304 Not Modified\r\nContent-Length: 5").done, true);
});

Deno.test("body: chunks count more than a length in a response, and are refused in a request", () => {
  const body = response("200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 1");
  assertEquals(decode(body, "2\r\nhi\r\n0\r\n\r\n").data, "hi|");
  for (
    const fields of [
      "Transfer-Encoding: chunked\r\nContent-Length: 5",
      "Transfer-Encoding: gzip, chunked",
      "Transfer-Encoding: chunked, gzip",
      "Content-Length: 5\r\nContent-Length: 6",
      "Content-Length: +5",
      "Content-Length: 0x5",
      "Content-Length: ",
    ]
  ) assertThrows(() => request(fields), HeadError);
  assertThrows(() => request("Transfer-Encoding: chunked", "1.0"), HeadError);
});

Deno.test("body: a request without a length has no body", () => {
  assertEquals(request("A: b").done, true);
  assertEquals(request("Content-Length: 1").done, false);
});

Deno.test("ChunkWriter: what it writes is read back, long or short", async () => {
  const written: number[] = [];
  const chunks = new ChunkWriter({
    write(bytes) {
      const taken = Math.min(bytes.length, 5000); // A connection may take less than all.
      written.push(...bytes.subarray(0, taken));
      return Promise.resolve(taken);
    },
  });
  const pieces = ["a", "", "b".repeat(16_384), "c".repeat(100_000)];
  for (const piece of pieces) await chunks.write(encoder.encode(piece));
  await chunks.end();
  const body = new ChunkedBody();
  const { data, rest } = decode(body, decoder.decode(Uint8Array.from(written)));
  assertEquals(data === `a|${pieces[2]}|${pieces[3]}|`, true);
  assertEquals([rest, body.done], ["", true]);
});
