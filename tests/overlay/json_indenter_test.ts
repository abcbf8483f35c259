import { assertEquals } from "@std/assert";
import { JsonIndenter } from "../../lib/overlay/json_indenter.ts";
import { TEXT } from "../../lib/core/batch.ts";
import { run } from "../cli/program.ts";
import { batchOf, messagesOf } from "../peers.ts";

Deno.test("json-pretty: objects and arrays are indented, and keep the end of their line", () => {
  const batch = batchOf('{"a":1.0}\n', "[]\r\n", "{}", "plain\n", "{bad}\n", '["\u202e"]');
  assertEquals(messagesOf(new JsonIndenter().batch(batch)), [
    '{\n  "a": 1.0\n}\n',
    "[]\r\n",
    "{}",
    "plain\n",
    "{bad}\n",
    '[\n  "\u202e"\n]',
  ]);
});

Deno.test("json-pretty: kinds stay, and parts of a message are left alone", () => {
  const batch = batchOf(["[1]", TEXT], ["{", TEXT | 4], ["}", TEXT | 8]);
  const indented = new JsonIndenter().batch(batch);
  assertEquals(messagesOf(indented), ["[\n  1\n]", "{>", "<}"]);
  assertEquals(indented.flags(0), TEXT);
});

Deno.test("json-pretty: a batch without JSON passes as it is", () => {
  const batch = batchOf("a", "b");
  assertEquals(new JsonIndenter().batch(batch), batch);
});

Deno.test("json-pretty: --json-pretty does it to standard output, its option only", async () => {
  const args = ["-u", "-", 'literal:{"a":[1,2]}'];
  const reverse = ["-U", "-", 'literal:{"a":[1,2]}'];
  assertEquals(
    (await run(["--json-pretty", ...reverse])).stdout,
    '{\n  "a": [\n    1,\n    2\n  ]\n}\n',
  );
  assertEquals((await run(reverse)).stdout, '{"a":[1,2]}\n');
  assertEquals((await run(args)).stdout, "");
});
