import { assertEquals } from "@std/assert";
import { isAscii, isUtf8, UTF8_ACCEPT, UTF8_REJECT, utf8State } from "../../lib/websocket/utf8.ts";

function isValid(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

Deno.test("RFC 3629: every character is valid, and every surrogate is not", () => {
  const bytes = new Uint8Array(4);
  for (let code = 0x80; code <= 0x10ffff; code += code < 0x11000 ? 1 : 37) {
    if (code >= 0xd800 && code < 0xe000) {
      bytes.set([0xed, 0x80 | (code >> 6) & 0x3f, 0x80 | code & 0x3f]);
      assertEquals(isUtf8(bytes, 0, 3), false);
      continue;
    }
    const { written } = new TextEncoder().encodeInto(String.fromCodePoint(code), bytes);
    assertEquals(isUtf8(bytes, 0, written), true);
  }
});

Deno.test("RFC 3629: every pair of bytes, and the edges of longer ones, are judged as by TextDecoder", () => {
  const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  const firsts = Array.from({ length: 256 }, (_, i) => i);
  for (const a of firsts) {
    for (const b of firsts) {
      const pair = Uint8Array.of(a, b);
      assertEquals(isUtf8(pair, 0, 2), isValid(pair), String(pair));
    }
  }
  for (const a of firsts.slice(0xc0)) {
    for (const b of edges) {
      for (const c of edges) {
        for (const d of edges) {
          const bytes = Uint8Array.of(a, b, c, d);
          if (isUtf8(bytes, 0, 4) !== isValid(bytes)) assertEquals("judged wrongly", String(bytes));
        }
      }
    }
  }
});

Deno.test("utf8: the state carries a character over a cut", () => {
  const bytes = new TextEncoder().encode("aß水🍺z");
  for (let cut = 0; cut <= bytes.length; cut++) {
    const state = utf8State(UTF8_ACCEPT, bytes, 0, cut);
    assertEquals(state === UTF8_REJECT, false);
    assertEquals(utf8State(state, bytes, cut, bytes.length), UTF8_ACCEPT);
  }
});

Deno.test("utf8: one byte beyond ASCII is seen at every place", () => {
  for (let start = 0; start < 4; start++) {
    for (let end = start; end < 40; end++) {
      for (let at = 0; at < 40; at++) {
        const bytes = new Uint8Array(40);
        bytes[at] = 0x80;
        const words = new Int32Array(bytes.buffer);
        assertEquals(isAscii(bytes, words, start, end), at < start || at >= end);
      }
    }
  }
});
