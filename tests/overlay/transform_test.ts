import { assertEquals, assertThrows } from "@std/assert";
import { Batch, BINARY, BYTES, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { compress, uncompress } from "../../lib/overlay/codec.ts";
import {
  Incoming,
  type IncomingTransform,
  Outgoing,
  type OutgoingTransform,
} from "../../lib/overlay/transform.ts";
import { batchOf, type Message, messagesOf } from "../peers.ts";

type Result = [text: string, kind: number];

function results(batch: Batch): Result[] {
  return messagesOf(batch).map((text, i) => [text, batch.flags(i)]);
}

function incoming(transform: IncomingTransform, ...messages: Message[]): Result[] {
  return results(new Incoming(transform).batch(batchOf(...messages)));
}

function outgoing(transform: Partial<OutgoingTransform>, ...messages: Message[]): Result[] {
  return results(new Outgoing({ kind: "keep", ...transform }).batch(batchOf(...messages)));
}

const PREFIXES = { textPrefix: "T:", binaryPrefix: "B" };

Deno.test("--text-prefix, --binary-prefix: incoming messages get them in front", () => {
  assertEquals(
    incoming(PREFIXES, ["one", TEXT], ["two", BINARY], ["", TEXT]),
    [["T:one", TEXT], ["Btwo", BINARY], ["T:", TEXT]],
  );
  assertEquals(incoming({ binaryPrefix: "B" }, ["one", TEXT]), [["one", TEXT]]);
});

Deno.test("--text-prefix, --binary-prefix: outgoing messages lose them and are sent so", () => {
  for (const kind of ["keep", "text", "binary"] as const) {
    assertEquals(
      outgoing({ ...PREFIXES, kind }, "T:one", "Btwo", ["T:", TEXT], "BB"),
      [["one", BYTES], ["two", BINARY], ["", TEXT], ["B", BINARY]],
    );
  }
});

Deno.test("--text-prefix, --binary-prefix: what has none follows -t and -b", () => {
  const messages: Message[] = ["x", ["y", TEXT], ["z", BINARY]];
  const kinds = (kind: OutgoingTransform["kind"]) =>
    outgoing({ ...PREFIXES, kind }, ...messages).map(([, kind]) => kind);
  assertEquals(kinds("keep"), [BYTES, TEXT, BINARY]);
  assertEquals(kinds("text"), [BYTES, TEXT, BYTES]);
  assertEquals(kinds("binary"), [BINARY, BINARY, BINARY]);
});

Deno.test("--text-prefix, --binary-prefix: text that begins with the other prefix stays text", () => {
  const [[text]] = incoming(PREFIXES, ["Bob", TEXT]);
  assertEquals(outgoing(PREFIXES, text), [["Bob", BYTES]]);
});

Deno.test("--base64: incoming binary messages become a line of base64, text stays", () => {
  assertEquals(
    incoming({ base64: true }, ["a", BINARY], ["hello", TEXT], ["", BINARY], ["abc", BINARY]),
    [["YQ==\n", TEXT], ["hello", TEXT], ["\n", TEXT], ["YWJj\n", TEXT]],
  );
});

Deno.test("--base64: outgoing binary messages are decoded, without their newline", () => {
  assertEquals(
    outgoing({ base64: true, kind: "binary" }, "YQ==\n", "YWJj\r\n", "YWJj", "\n"),
    [["a", BINARY], ["abc", BINARY], ["abc", BINARY], ["", BINARY]],
  );
  assertEquals(outgoing({ base64: true }, "YQ==\n"), [["YQ==\n", BYTES]]);
});

Deno.test("--base64: what is not base64 is sent as it is, without its newline, with one warning", () => {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  assertEquals(
    outgoing({ base64: true, kind: "binary", warn }, "no base64!\n", "Y*\n"),
    [["no base64!", BINARY], ["Y*", BINARY]],
  );
  assertEquals(warnings.length, 1);
});

Deno.test("--base64-text: the same for text", () => {
  assertEquals(
    incoming({ base64Text: true }, ["a", TEXT], ["b", BINARY]),
    [["YQ==\n", TEXT], ["b", BINARY]],
  );
  assertEquals(
    outgoing({ base64Text: true }, ["YQ==\n", TEXT], ["YQ==", BINARY]),
    [["a", BYTES], ["YQ==", BINARY]],
  );
});

Deno.test("--base64 with prefixes: bytes survive the way to lines and back", () => {
  const bytes = new Uint8Array(256).map((_, i) => i);
  const options = { ...PREFIXES, base64: true };
  const line = new Incoming(options).batch(Batch.of(bytes, BINARY));
  assertEquals(messagesOf(line)[0].startsWith("BAAEC"), true);
  const back = new Outgoing({ ...options, kind: "text" }).batch(line);
  assertEquals([back.message(0), back.kind(0)], [bytes, BINARY]);
});

Deno.test("--compress: binary messages are compressed after base64 is decoded, text is not", () => {
  for (const format of ["deflate", "gzip", "zlib"] as const) {
    const sent = new Outgoing({
      kind: "keep",
      base64: true,
      compress: (bytes) => compress(format, bytes),
    }).batch(batchOf(["YWJj\n", BINARY], ["text", TEXT], ["", BINARY]));
    assertEquals(messagesOf(sent)[1], "text");
    assertEquals(new TextDecoder().decode(uncompress(format, sent.message(0), 10)), "abc");
    const back = new Incoming({ uncompress: (bytes) => uncompress(format, bytes, 10) }).batch(sent);
    assertEquals(results(back), [["abc", BINARY], ["text", TEXT], ["", BINARY]]);
  }
});

Deno.test("--compress: the formats are the ones of their names", () => {
  const bytes = new Uint8Array(100);
  assertEquals([...compress("gzip", bytes).subarray(0, 2)], [0x1f, 0x8b]);
  assertEquals(compress("zlib", bytes)[0], 0x78);
  assertEquals(compress("deflate", bytes).length + 6, compress("zlib", bytes).length);
});

Deno.test("--uncompress: a message that grows over the limit is an error, and so is a broken one", () => {
  const bomb = compress("gzip", new Uint8Array(1_000_000));
  assertEquals(uncompress("gzip", bomb, 1_000_000).length, 1_000_000);
  const over = assertThrows(() => uncompress("gzip", bomb, 999_999), WirecatError, "999999");
  assertEquals(over.hint?.includes("--max-ws-message-length"), true);
  const broken = assertThrows(() => uncompress("gzip", bomb.subarray(2), 10), WirecatError);
  assertEquals(broken.kind, "protocol");
  assertThrows(() => uncompress("gzip", bomb.subarray(0, 30), 10_000_000), WirecatError);
});
