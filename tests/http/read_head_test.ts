import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import type { HeadError } from "../../lib/http/head.ts";
import { readHead } from "../../lib/http/read_head.ts";

const encoder = new TextEncoder();
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const from = "the client 192.0.2.1:5";

/** A connection that gives these pieces, one a read, then its end or nothing at all. */
function source(pieces: (string | Uint8Array)[], endless = false) {
  const queue = pieces.map((piece) => typeof piece === "string" ? encoder.encode(piece) : piece);
  return {
    reads: 0,
    async read(into: Uint8Array): Promise<number | null> {
      this.reads++;
      if (queue.length === 0) return endless ? await new Promise<null>(() => {}) : null;
      const count = Math.min(queue[0].length, into.length);
      into.set(queue[0].subarray(0, count));
      queue[0] = queue[0].subarray(count);
      if (queue[0].length === 0) queue.shift();
      return count;
    },
  };
}

async function fails(kind: string, promise: Promise<unknown>, text: string): Promise<WirecatError> {
  const error = await assertRejects(() => promise, WirecatError, text);
  assertEquals((error as WirecatError).kind, kind);
  return error as WirecatError;
}

Deno.test("readHead: the bytes behind the head are handed on", async () => {
  const { head, rest } = await readHead(source(["GET / HTTP/1.1\r\n\r\n\x81\x05hello"]), { from });
  assertEquals(textOf(head), "GET / HTTP/1.1\r\n\r\n");
  assertEquals(rest, encoder.encode("\x81\x05hello"));
});

Deno.test("readHead: a head that comes byte by byte is read no further than its end", async () => {
  const conn = source([..."GET / HTTP/1.1\r\nA: b\r\n\r\n", "next"]);
  const { head, rest } = await readHead(conn, { from });
  assertEquals(textOf(head), "GET / HTTP/1.1\r\nA: b\r\n\r\n");
  assertEquals(rest.length, 0);
  assertEquals(conn.reads, head.length);
});

Deno.test("readHead: the buffer grows up to the limit", async () => {
  const long = `GET / HTTP/1.1\r\nA: ${"x".repeat(60_000)}\r\n\r\n`;
  const { head, rest } = await readHead(source([long + "z"]), { from });
  assertEquals([textOf(head) === long, textOf(rest)], [true, "z"]);
});

Deno.test("readHead: a head over the limit is refused with status 431", async () => {
  const long = `GET / HTTP/1.1\r\nA: ${"x".repeat(65_536)}\r\n\r\n`;
  const error = await fails("protocol", readHead(source([long]), { from }), "more than 65536");
  assertEquals((error as HeadError).status, 431);
  const initial = encoder.encode("GET / HTTP/1.1\r\n\r\n");
  await fails("protocol", readHead(source([]), { from, limit: 17, initial }), "more than 17");
});

Deno.test("readHead: bytes that were read before come first", async () => {
  const initial = encoder.encode("GET / HTTP/1.1\r");
  const { head, rest } = await readHead(source(["\n\r\nrest"]), { from, initial });
  assertEquals([textOf(head), textOf(rest)], ["GET / HTTP/1.1\r\n\r\n", "rest"]);
});

Deno.test("readHead: an end before the first byte and one in the middle are told apart", async () => {
  await fails("abnormal", readHead(source([]), { from }), `${from} closed the connection without`);
  await fails("abnormal", readHead(source(["GET /"]), { from }), "after 5 bytes of an HTTP head");
});

Deno.test("readHead: a TLS handshake is recognized at its first byte", async () => {
  const error = await fails(
    "protocol",
    readHead(source([Uint8Array.of(22, 3, 1)], true), { from }),
    "bytes that are not HTTP",
  );
  assertEquals(error.hint?.includes("TLS"), true);
});

Deno.test("readHead: silence ends with a timeout", async () => {
  const reading = readHead(source(["GET"], true), { from, timeout: 0.01 });
  await fails("timeout", reading, "no complete HTTP head within 10 ms");
});

Deno.test("readHead: an abort ends it with the signal's reason", async () => {
  const abort = new AbortController();
  const reading = readHead(source([], true), { from, timeout: 60, signal: abort.signal });
  abort.abort(new Error("over"));
  await assertRejects(() => reading, Error, "over");
  await assertRejects(() => readHead(source([]), { from, signal: abort.signal }), Error, "over");
});

Deno.test("readHead: a failing read says from whom nothing came", async () => {
  const conn = { read: () => Promise.reject(new Deno.errors.ConnectionReset("Connection reset")) };
  await fails("abnormal", readHead(conn, { from }), `no HTTP head from ${from}: connection reset`);
});
