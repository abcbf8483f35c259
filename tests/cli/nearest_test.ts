import { assertEquals } from "@std/assert";
import { nearestName } from "../../lib/cli/nearest.ts";

const NAMES = ["binary", "buffer-size", "linger", "header", "server-header", "k"];

Deno.test("nearest: a name with a slip of the pen is found", () => {
  for (const typed of ["binry", "bianry", "binaryy", "bimary"]) {
    assertEquals(nearestName(typed, NAMES), "binary", typed);
  }
  assertEquals(nearestName("lingr", new Set(NAMES).keys()), "linger");
});

Deno.test("nearest: the beginning of one name only is found", () => {
  assertEquals(nearestName("buff", NAMES), "buffer-size");
  assertEquals(nearestName("b", NAMES), "k"); // One letter is wrong.
});

Deno.test("nearest: what is like no name gets none", () => {
  for (const typed of ["frobnicate", "xyzzy", "json"]) {
    assertEquals(nearestName(typed, NAMES), undefined, typed);
  }
  assertEquals(nearestName("a", []), undefined);
});
