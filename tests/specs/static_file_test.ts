import { assertEquals, assertThrows } from "@std/assert";
import { staticFile } from "../../lib/cli/http_options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { OptionValues } from "../../lib/core/option.ts";
import { staticFiles } from "../../lib/http/static_file.ts";
import { family } from "../../specs/static_file.ts";

Deno.test("-F: is an option without a specifier, and may be given many times", () => {
  assertEquals([family.specifiers.length, family.options], [0, [staticFile]]);
  assertEquals([staticFile.short, staticFile.long, staticFile.many], ["F", "static-file", true]);
});

Deno.test("-F: the values given are the files served", () => {
  const files = (...values: string[]) =>
    staticFiles(new OptionValues(new Map([[staticFile.long, staticFile.parse(values)]])));
  assertEquals(staticFiles(new OptionValues()).size, 0);
  assertEquals(files("/a:text/html:a", "/b:text/html:b").size, 2);
  assertThrows(() => files("/a:text/html:a", "/b"), WirecatError, "-F: '/b' is not URI:TYPE:FILE");
});
