import { assertEquals } from "@std/assert";
import { durationText } from "../../lib/core/duration.ts";

Deno.test("durationText: a second is one, less is in milliseconds, and none is forever", () => {
  assertEquals(
    [1, 2, 1.5, 90, 0.5, 0.7, 0.0005, 0, Infinity, undefined].map(durationText),
    [
      "1 second",
      "2 seconds",
      "1.5 seconds",
      "90 seconds",
      "500 ms",
      "700 ms",
      "0.5 ms",
      "0 seconds",
      "forever",
      "forever",
    ],
  );
});
