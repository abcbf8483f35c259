import { assertEquals, assertRejects } from "@std/assert";
import { authorizationOf, basicAuth, basicAuthFile } from "../../lib/cli/http_options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { OptionValues } from "../../lib/core/option.ts";

const none = new OptionValues();

Deno.test("--basic-auth: the header has name and password in base64 of their UTF-8", async () => {
  assertEquals(await authorizationOf(none), undefined);
  assertEquals(await authorizationOf(none.with(basicAuth, "a:b")), "Basic YTpi");
  assertEquals(await authorizationOf(none.with(basicAuth, "ü:€")), "Basic w7w64oKs");
});

Deno.test("--basic-auth-file: space around the content does not count", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, " a:b\n");
  assertEquals(await authorizationOf(none.with(basicAuthFile, path)), "Basic YTpi");
  await Deno.remove(path);
  await assertRejects(
    () => authorizationOf(none.with(basicAuthFile, path)),
    WirecatError,
    `--basic-auth-file: cannot read ${path}`,
  );
});

Deno.test("--basic-auth and --basic-auth-file do not go together", async () => {
  const both = none.with(basicAuth, "a:b").with(basicAuthFile, "/nonexistent");
  await assertRejects(() => authorizationOf(both), WirecatError, "cannot be given together");
});
