import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseTokenFile } from "../../lib/auth/token_file.ts";

const OF_SECRET = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

Deno.test("token file: tokens as they are, and by their SHA-256", async () => {
  const tokens = await parseTokenFile(`# ours\n\n  abc.def \r\nsha256:${OF_SECRET}\n`, "t");
  const right = ["abc.def", "secret"];
  const wrong = ["", "abc", "abc.deg", OF_SECRET, `sha256:${OF_SECRET}`, "# ours"];
  for (const token of right) assertEquals(await tokens.verify(token), true, token);
  for (const token of wrong) assertEquals(await tokens.verify(token), false, token);
});

const BAD: readonly [text: string, says: string][] = [
  ["", "--require-bearer: t has no token"],
  ["\n# none\n", "--require-bearer: t has no token"],
  ["ok\nBearer hidden\n", "--require-bearer: t, line 2: a token has no spaces"],
  ["hidden€\n", "--require-bearer: t, line 1: a token has no spaces and only ASCII"],
  ["sha256:hidden\n", "--require-bearer: t, line 1: 'sha256:' is not followed by 64"],
  ["sha256:\n", "--require-bearer: t, line 1: 'sha256:' is not followed by 64"],
];

for (const [text, says] of BAD) {
  Deno.test(`token file: ${JSON.stringify(text)} is refused, without its text`, async () => {
    const { message } = await assertRejects(() => parseTokenFile(text, "t"), WirecatError, says);
    assertEquals(message.includes("hidden"), false);
  });
}
