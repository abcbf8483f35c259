import { assertEquals } from "@std/assert";
import { Log } from "../../lib/core/log.ts";

Deno.test("log: addresses are told back without their passwords and tokens", () => {
  const lines: string[] = [];
  const log = new Log(1, (line) => lines.push(line));
  log.warn("ws://me:pw@h/ wss//me:pw@h/ ws://me@h/?a=b&access_token=pw&c=d 'ws://h/?x-auth=pw'");
  log.warn("ws://h/?a=1 is 12:30 @ noon // not:a@login");
  assertEquals(lines.map((line) => line.replace(/^.*?warning: /, "")), [
    "ws://me:***@h/ wss//me:***@h/ ws://me@h/?a=b&access_token=***&c=d 'ws://h/?x-auth=***'",
    "ws://h/?a=1 is 12:30 @ noon // not:a@login",
  ]);
});
