/** Programs that websocketd serves. */
import { assertEquals } from "@std/assert";
import { freePort } from "../free_port.ts";
import { accepting, Program, run, testWith, WIRECAT, wirecat } from "./programs.ts";

/** websocketd with a program for each client. */
async function websocketd(...command: string[]): Promise<{ url: string; program: Program }> {
  const port = freePort();
  const program = new Program("websocketd", [
    ...["--address=127.0.0.1", `--port=${port}`],
    ...command,
  ]);
  await accepting(port, program);
  return { url: `ws://127.0.0.1:${port}/`, program };
}

testWith(["websocketd"], "websocketd: a program answers line by line", async () => {
  const { url, program } = await websocketd("sed", "-u", "s/^/you said: /");
  await using _ = program;
  const { stdout, status } = await run(
    [
      ...[...WIRECAT, "--linemode-strip-newlines", "--proxy=", "--linger", "forever"],
      ...["--max-messages-rev", "2", url],
    ],
    "one\ntwo\n",
  );
  assertEquals([stdout, status], ["you said: one\nyou said: two\n", 0]);
});

testWith(["websocketd"], "websocketd: a program sees the request", async () => {
  const { url, program } = await websocketd(
    ...["sh", "-c", 'echo "$QUERY_STRING $HTTP_X_TOKEN"; exec cat'],
  );
  await using _ = program;
  const { stdout, status } = await run(
    [...WIRECAT, "-1", "-U", "--proxy=", "-H", "X-Token: abc", "-", `${url}?room=1`],
  );
  assertEquals([stdout, status], ["room=1 abc\n", 0]);
});

testWith(["websocketd"], "websocketd: bytes pass as they are, a read a message", async () => {
  const { url, program } = await websocketd("--binary=true", "cat");
  await using _ = program;
  // Much more at once would have to wait in websocketd, which does not read on meanwhile.
  const text = "0123456789".repeat(3000);
  await using client = wirecat(["-b", "--proxy=", url]);
  await client.write(text);
  await client.waitFor(/^(?:0123456789){3000}$/);
  await client.end();
  assertEquals(await client.ended(), 0);
});
