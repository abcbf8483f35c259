import { assertEquals } from "@std/assert";
import { maskAddress, secretsIn } from "../../lib/core/secrets.ts";

Deno.test("secrets: the password and the tokens of an address are not for other eyes", () => {
  assertEquals(
    maskAddress("ws://me:pw@h/?a=1&access_token=x&b=2;sig=y#f"),
    "ws://me:***@h/?a=1&access_token=***&b=2;sig=***#f",
  );
  assertEquals(maskAddress("ws://h/?next=ws://h/?token=x"), "ws://h/?next=ws://h/?token=***");
  assertEquals(secretsIn("/?a=1&token=xyz&b=2"), [[12, 15]]);
});

Deno.test("secrets: a long address takes no longer than its length is worth", () => {
  // Minutes, where each of these words is taken for a beginning.
  for (const word of ["sig", "?auth", ";token"]) {
    assertEquals(secretsIn(`/?${word.repeat(400_000)}`), []);
  }
});
