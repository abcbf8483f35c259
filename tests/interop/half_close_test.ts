/** A server whose program answers at the end of its input, and clients that close when theirs ends. */
import { assertEquals } from "@std/assert";
import { run, Server, testWith, WIRECAT } from "./programs.ts";

for (const [client, words] of [["wirecat", WIRECAT], ["websocat", ["websocat"]]] as const) {
  const programs = client === "wirecat" ? ["sort"] : ["sort", client];
  testWith(programs, `--half-close: ${client} gets what comes after its Close frame`, async () => {
    await using server = await Server.start(["--half-close", "ws-l:127.0.0.1:0", "cmd:sort"]);
    const url = `ws://127.0.0.1:${server.port}/`;
    for (const way of [["-t", "-", url], [url]]) {
      const { stdout, status } = await run([...words, ...way], "b\na\n");
      assertEquals([stdout, status], ["a\nb\n", 0], way.join(" "));
    }
  });
}
