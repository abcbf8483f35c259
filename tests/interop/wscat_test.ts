/**
 * wscat as a client of ours, and as a server. Skipped where it is absent.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { freePort } from "../free_port.ts";
import { echo, serve } from "../websocket/endpoints.ts";
import { has } from "./command.ts";
import { accepting, Program, wirecat } from "./programs.ts";

const ignore = !await has("wscat", "--version");
const skipped = ignore ? " (skipped: wscat not installed)" : "";

Deno.test({
  name: "wscat: its message comes back, and its Close frame ends the session" + skipped,
  ignore,
  async fn() {
    using server = await serve();
    const args = ["--no-color", "-c", server.url, "-s", "chat", "-x", "hello κόσμε", "-w", "0.3"];
    const child = new Deno.Command("wscat", { args, stdin: "piped", stdout: "piped" }).spawn();
    const peer = await server.next();
    await echo(peer);
    const { stdout, success } = await child.output();
    await child.stdin.close().catch(() => {}); // It ends by itself.
    assertEquals([new TextDecoder().decode(stdout).includes("hello κόσμε"), success], [true, true]);
    assertEquals(peer.info.protocol, "chat");
  },
});

Deno.test({
  name: "wscat as the server: lines go both ways, and its end is one" + skipped,
  ignore,
  async fn() {
    const port = freePort();
    await using server = new Program("wscat", ["--no-color", "-l", String(port)]);
    await accepting(port, server);
    await using client = wirecat([`ws://127.0.0.1:${port}/`]);
    await client.write("hello κόσμε\n");
    await server.waitFor(/hello κόσμε/);
    await server.write("welcome κόσμε\n");
    await client.waitFor(/^welcome κόσμε\n/);
    server.kill("SIGKILL");
    assertEquals(await client.ended(), 8);
  },
});
