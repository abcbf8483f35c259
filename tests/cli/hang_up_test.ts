import { assertEquals } from "@std/assert";
import { onHangUp, readAgain } from "../../lib/cli/hang_up.ts";

Deno.test("SIGHUP: ends the program where nothing reads files again", () => {
  assertEquals(readAgain(), false);
});

Deno.test("SIGHUP: everything that has files reads them again, until it is gone", () => {
  const read: string[] = [];
  const stops = ["a", "b"].map((name) => onHangUp(() => void read.push(name)));
  assertEquals(readAgain(), true);
  assertEquals(read, ["a", "b"]);
  stops[0]();
  assertEquals(readAgain(), true);
  assertEquals(read, ["a", "b", "b"]);
  stops[1]();
  assertEquals(readAgain(), false);
});
