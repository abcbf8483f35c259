import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Batch, BINARY } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { OVERHEAD, Sealer } from "../../lib/overlay/seal.ts";
import { batchOf, messagesOf } from "../peers.ts";

const KEY = Uint8Array.fromHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");

Deno.test("crypto: opens ciphertext, tag and nonce in this order", () => {
  // Made with two other implementations, without associated data.
  const sealed = Uint8Array.fromHex(
    "0dd3579c1b136b585b50c9d9a33299b343bd0b8727" + "000102030405060708090a0b",
  );
  const opened = new Sealer(KEY).open(Batch.of(sealed));
  assertEquals(messagesOf(opened), ["hello"]);
});

Deno.test("crypto: what was sealed can be opened, and is 28 bytes longer", () => {
  const messages = ["", "a", "x".repeat(5000)];
  const sealed = new Sealer(KEY).seal(batchOf(...messages)).copy();
  assertEquals(sealed.length, 3);
  messages.forEach((message, i) => {
    assertEquals(sealed.end(i) - sealed.start(i), message.length + OVERHEAD);
    assertEquals(sealed.flags(i), BINARY);
  });
  assertEquals(OVERHEAD, 28);
  assertEquals(messagesOf(new Sealer(KEY).open(sealed)), messages);
});

Deno.test("crypto: each message has a nonce of its own", () => {
  const sealed = new Sealer(KEY).seal(batchOf("same", "same"));
  assertNotEquals(sealed.message(0), sealed.message(1));
});

Deno.test("crypto: a changed, cut or foreign message is an error", () => {
  const sealed = new Sealer(KEY).seal(batchOf("hello")).copy();
  for (let i = 0; i < sealed.bytes.length; i++) {
    const changed = sealed.bytes.slice();
    changed[i] ^= 1;
    assertThrows(() => new Sealer(KEY).open(Batch.of(changed)), WirecatError, "cannot be opened");
  }
  for (let length = 0; length < sealed.bytes.length; length++) {
    const cut = sealed.bytes.slice(0, length);
    assertThrows(() => new Sealer(KEY).open(Batch.of(cut)), WirecatError, `${length} bytes`);
  }
  assertThrows(() => new Sealer(new Uint8Array(32)).open(sealed), WirecatError);
});
