import { assertEquals } from "@std/assert";
import { closedText } from "../../lib/terminal/status_text.ts";

Deno.test("status: who closed, and with what", () => {
  assertEquals(
    closedText({ code: 1000, reason: "bye\x1b" }),
    "closed by the server: 1000 (normal closure): bye\\x1b",
  );
});

Deno.test("status: what we closed with stays when the answer leaves it out", () => {
  const said = { code: 1001, reason: "see you" };
  const text = "closed by us: 1001 (going away): see you";
  assertEquals(closedText({ code: 1001, reason: "" }, said), text);
  assertEquals(closedText(said, said), text);
  assertEquals(
    closedText({ code: 1000, reason: "" }, said),
    `${text}, answered with 1000 (normal closure)`,
  );
});
