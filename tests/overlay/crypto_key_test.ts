import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { checkKeyOption, loadKey } from "../../lib/overlay/crypto_key.ts";

Deno.test("crypto: a password becomes the key that websocat makes of it", async () => {
  const key = await loadKey("pwd:correct horse");
  assertEquals(key.toHex(), "739c43789018aac243c1249d8dcb1b31d9dbe444f77ee0369b802e3c5beb165a");
});

Deno.test("crypto: a key in base64", async () => {
  const key = new Uint8Array(32).map((_, i) => i);
  const option = `base64:${key.toBase64()}`;
  assertEquals(checkKeyOption(option), option);
  assertEquals(await loadKey(option), key);
});

Deno.test("crypto: a key in a file, which must be the key and nothing else", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, new Uint8Array(32).fill(7));
    assertEquals(await loadKey(checkKeyOption(`file:${path}`)), new Uint8Array(32).fill(7));
    await Deno.writeFile(path, new Uint8Array(33));
    await assertRejects(() => loadKey(`file:${path}`), WirecatError, "33 bytes instead of 32");
  } finally {
    await Deno.remove(path);
  }
  await assertRejects(() => loadKey(`file:${path}`), WirecatError, "cannot read the key file");
});

Deno.test("crypto: a missing or malformed key is a usage error", () => {
  for (const value of [undefined, "", "secret", "hex:00", "base64:AAAA", "base64:???"]) {
    assertEquals(assertThrows(() => checkKeyOption(value), WirecatError).kind, "usage", value);
  }
});
