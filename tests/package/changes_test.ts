import { assertEquals, assertThrows } from "@std/assert";
import { changesOf, versionOf } from "../../scripts/release/changes.ts";
import { WIRECAT_VERSION } from "../../lib/version.ts";
import { inCheckout } from "../checkout.ts";

const CHANGELOG = "# Changelog\n\n## 0.2.0, 2030-01-01\n\n- New.\n\n## 0.1.0\n\n- First.\n";

Deno.test("release: the notes are the entry of the version", () => {
  assertEquals(changesOf("0.2.0", CHANGELOG), "- New.\n");
  assertEquals(changesOf("0.1.0", CHANGELOG), "- First.\n");
  assertThrows(() => changesOf("0.1", CHANGELOG), Error, "no entry for 0.1");
});

Deno.test("release: a tag has to be the version of deno.json", () => {
  assertEquals(versionOf("v0.1.0", "0.1.0"), "0.1.0");
  assertThrows(() => versionOf("v0.2.0", "0.1.0"), Error, "deno.json has the version 0.1.0");
});

Deno.test("release: the version of now has an entry", () => {
  changesOf(WIRECAT_VERSION, Deno.readTextFileSync(inCheckout("CHANGELOG.md")));
});
