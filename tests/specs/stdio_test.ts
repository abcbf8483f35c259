import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { orientation, parseSpecifier, trait } from "../../lib/core/specifier.ts";
import { Registry } from "../../lib/core/registry.ts";
import { asyncStdio, family, noAsyncStdio } from "../../specs/stdio.ts";
import { openSpecifier } from "./endpoint.ts";

const registry = new Registry([family]);

for (const text of ["-", "stdio:", "asyncstdio:", "threadedstdio:", "inetd:"]) {
  Deno.test(`stdio: ${text} is bytes, there is one of it, and it takes no argument`, () => {
    const specifier = parseSpecifier(text, registry);
    assertEquals(orientation(specifier), "bytes");
    assertEquals(trait(specifier, "singleton"), "stdio");
    const more = text === "-" ? "-:x" : `${text}x`;
    assertThrows(() => parseSpecifier(more, registry), WirecatError, "takes no argument");
  });
}

Deno.test("stdio: - and stdio: are one specifier, the other names are specifiers of their own", () => {
  const names = registry.specifiers.map((type) => type.names.join(" "));
  assertEquals(names, ["- stdio", "asyncstdio", "threadedstdio", "inetd"]);
});

Deno.test("stdio: opening reads nothing, and closing twice does no harm", async () => {
  const peer = await openSpecifier(family, "-");
  assertEquals(peer.info, { name: "stdio" });
  await peer.close();
  await peer.close();
});

Deno.test("stdio: an aborted run opens nothing", async () => {
  const controller = new AbortController();
  controller.abort(new Error("the run ends"));
  await assertRejects(() => openSpecifier(family, "-", { controller }), Error, "the run ends");
});

Deno.test("stdio: --async-stdio and --no-async-stdio exclude each other", () => {
  assertEquals(asyncStdio.conflicts, [noAsyncStdio.long]);
  assertEquals(noAsyncStdio.conflicts, [asyncStdio.long]);
  assertEquals(family.options, [asyncStdio, noAsyncStdio]);
});
