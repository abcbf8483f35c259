import { assertEquals } from "@std/assert";
import { Log } from "../../lib/core/log.ts";

Deno.test("log: addresses are told back without their passwords and tokens", () => {
  const lines: string[] = [];
  const log = new Log(1, (line) => lines.push(line));
  log.warn("ws://me:pw@h/ wss//me:pw@h/ ws://me@h/?a=b&access_token=pw&c=d 'ws://h/?x-auth=pw'");
  log.warn("ws://h/?a=1 is 12:30 @ noon // not:a@login");
  log.warn("ws://h/?next=ws://h/?token=pw&a=token");
  assertEquals(lines.map((line) => line.replace(/^.*?warning: /, "")), [
    "ws://me:***@h/ wss//me:***@h/ ws://me@h/?a=b&access_token=***&c=d 'ws://h/?x-auth=***'",
    "ws://h/?a=1 is 12:30 @ noon // not:a@login",
    "ws://h/?next=ws://h/?token=***&a=token",
  ]);
});

Deno.test("log: a long line of a client's takes no longer than its length is worth", () => {
  const lines: string[] = [];
  const log = new Log(1, (line) => lines.push(line));
  // Minutes, where each of these words is taken for a beginning.
  for (const word of ["sig", "?auth", "&token"]) log.warn(`/?${word.repeat(400_000)} is refused`);
  assertEquals(lines.length, 3);
});
