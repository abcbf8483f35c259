import { assertEquals, assertNotEquals } from "@std/assert";
import { maskCopy, maskInPlace, randomKey, readKey, rotateKey } from "../../lib/websocket/mask.ts";

const KEY_BYTES = Uint8Array.of(0x37, 0xfa, 0x21, 0xbd);
const KEY = readKey(KEY_BYTES, 0);

/** Section 5.3: octet i of the data is XORed with octet i modulo 4 of the key. */
function expected(data: Uint8Array, start: number, end: number): Uint8Array {
  return data.map((byte, i) => i < start || i >= end ? byte : byte ^ KEY_BYTES[(i - start) % 4]);
}

const LENGTHS = [...Array.from({ length: 70 }, (_, i) => i), 125, 126, 1000];

Deno.test("RFC 6455 5.3: masking in place does what the RFC says, at every start and length", () => {
  for (let start = 0; start < 8; start++) {
    for (const length of LENGTHS) {
      const data = Uint8Array.from({ length: 1012 }, (_, i) => i * 11);
      const want = expected(data, start, start + length);
      const ascii = maskInPlace(data, new Int32Array(data.buffer), start, start + length, KEY);
      assertEquals(data, want);
      assertEquals(ascii, want.subarray(start, start + length).every((byte) => byte < 0x80));
    }
  }
});

Deno.test("mask: one byte beyond ASCII is seen at every place", () => {
  for (let length = 1; length < 40; length++) {
    for (let at = 0; at < length; at++) {
      const data = new Uint8Array(48);
      for (let i = 0; i < 48; i++) data[i] = KEY_BYTES[(i - 3) & 3];
      const words = new Int32Array(data.buffer);
      assertEquals(maskInPlace(data.slice(), words.slice(), 3, 3 + length, KEY), true);
      data[3 + at] ^= 0x80;
      assertEquals(maskInPlace(data, words, 3, 3 + length, KEY), false);
    }
  }
});

Deno.test("RFC 6455 5.3: masking twice gives the data back", () => {
  const data = Uint8Array.from({ length: 64 }, (_, i) => i);
  const words = new Int32Array(data.buffer);
  maskInPlace(data, words, 1, 60, KEY);
  maskInPlace(data, words, 1, 60, KEY);
  assertEquals(data, Uint8Array.from({ length: 64 }, (_, i) => i));
});

Deno.test("RFC 6455 5.3: the key turns along where a payload is cut", () => {
  for (let cut = 0; cut < 20; cut++) {
    const data = Uint8Array.from({ length: 20 }, (_, i) => i * 5);
    const want = expected(data, 0, 20);
    const words = new Int32Array(data.buffer);
    maskInPlace(data, words, 0, cut, KEY);
    maskInPlace(data, words, cut, 20, rotateKey(KEY, cut));
    assertEquals(data, want);
  }
});

Deno.test("RFC 6455 5.3: masking while copying does the same, at every alignment of both ends", () => {
  for (let start = 0; start < 4; start++) {
    for (let at = 0; at < 4; at++) {
      for (const length of LENGTHS) {
        const from = Uint8Array.from({ length: 1012 }, (_, i) => i * 11);
        const to = new Uint8Array(1012);
        maskCopy(
          new DataView(to.buffer),
          at,
          new DataView(from.buffer),
          start,
          start + length,
          KEY,
        );
        const want = expected(from, start, start + length).subarray(start, start + length);
        assertEquals(to.subarray(at, at + length), want);
        assertEquals(to.subarray(at + length).every((byte) => byte === 0), true);
      }
    }
  }
});

Deno.test("RFC 6455 5.3: keys are fresh each time, also across the pool's end", () => {
  const keys = new Set(Array.from({ length: 10_000 }, randomKey));
  assertEquals(keys.size > 9_990, true);
  assertNotEquals(randomKey(), randomKey());
});
