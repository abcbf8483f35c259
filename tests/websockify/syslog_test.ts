import { assertEquals } from "@std/assert";
import { SEVERITY } from "../../lib/websockify/journal.ts";
import { syslogMessage } from "../../lib/websockify/syslog.ts";

Deno.test("syslog: the form of RFC 5424, and of RFC 3164", () => {
  const date = new Date(2026, 0, 5, 3, 4, 6);
  const about = { date, host: "box", pid: 7, legacy: false };
  assertEquals(
    syslogMessage("hello", SEVERITY.info, about),
    `<30>1 ${date.toISOString()} box websockify 7 - - hello`,
  );
  assertEquals(
    syslogMessage("no", SEVERITY.error, { ...about, legacy: true }),
    "<27>Jan  5 03:04:06 websockify[7]: no",
  );
});
