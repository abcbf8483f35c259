/**
 * wscat as a client of ours. Skipped where it is absent.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { echo, serve } from "../websocket/endpoints.ts";
import { has } from "./command.ts";

const ignore = !await has("wscat", "--version");

Deno.test({
  name: "wscat: its message comes back, and its Close frame ends the session",
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
