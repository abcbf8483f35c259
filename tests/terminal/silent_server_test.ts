/** The prompt of a client whose server neither reads nor answers. */
import { assertEquals } from "@std/assert";
import { acceptFor } from "../../lib/websocket/handshake.ts";
import { clientPrompt } from "./fake_terminal.ts";

const ENTER = "\r";
const CTRL_C = "\x03";
const CTRL_D = "\x04";

interface SilentServer extends Disposable {
  readonly url: string;
  /** Resolves when the connection is there that is taken no notice of. */
  readonly reached: Promise<void>;
  /** Resolves when that has ended. */
  readonly left: Promise<void>;
}

/**
 * A server that agrees to speak WebSocket and never says anything again. Of connection number
 * `mute`, counted from 1, it takes no notice at all.
 */
function silentServer(mute?: number): SilentServer {
  const reached = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns: Deno.Conn[] = [];
  const serve = async (conn: Deno.Conn) => {
    const number = conns.push(conn);
    const buffer = new Uint8Array(4096);
    const length = await conn.read(buffer);
    if (number === mute) {
      reached.resolve();
      // It ends with an error where it is broken off.
      await conn.read(buffer).catch(() => {});
      return left.resolve();
    }
    const head = new TextDecoder().decode(buffer.subarray(0, length!));
    const key = /^Sec-WebSocket-Key: (.*)\r$/im.exec(head)![1];
    const lines = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${await acceptFor(key)}`,
    ];
    await conn.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
  };
  (async () => {
    for await (const conn of listener) serve(conn);
  })().catch(() => {});
  return {
    url: `ws://127.0.0.1:${listener.addr.port}/`,
    reached: reached.promise,
    left: left.promise,
    [Symbol.dispose]() {
      listener.close();
      for (const conn of conns) conn.close();
    },
  };
}

Deno.test("client prompt: -E does not wait for the answer to the Close frame", async () => {
  using silent = silentServer();
  await using prompt = clientPrompt(silent.url, { rules: { exitOnEof: true } });
  await prompt.terminal.shows(/^\* connected/);
  prompt.terminal.type(CTRL_D);
  assertEquals(await prompt.done, 0);
});

Deno.test("client prompt: who has no patience with a silent server presses Ctrl-C", async () => {
  using silent = silentServer();
  await using prompt = clientPrompt(silent.url);
  const { terminal, done } = prompt;
  await terminal.shows(/^\* connected/);
  terminal.type(CTRL_D);
  await terminal.shows(/has not answered the Close frame yet; Ctrl-C ends at once$/);
  terminal.type(CTRL_C);
  assertEquals(await done, 130);
});

Deno.test("client prompt: where nothing is taken any more, /reconnect and Ctrl-D still work", async () => {
  const path = await Deno.makeTempFile();
  using silent = silentServer();
  try {
    await Deno.writeFile(path, new Uint8Array(16 * 1024 * 1024));
    const stalled = async () => {
      const prompt = clientPrompt(silent.url);
      await prompt.terminal.shows(/^\* connected/);
      prompt.terminal.type(`/binary @${path}${ENTER}after${ENTER}`);
      await prompt.terminal.shows(/^> binary, 16\.8 MB$/);
      return prompt;
    };
    await using one = await stalled();
    one.terminal.type(`/reconnect${ENTER}`);
    await one.terminal.shows(/^\* reconnecting/);
    await using two = await stalled();
    two.terminal.type(CTRL_D);
    two.terminal.type(CTRL_D);
    assertEquals(await two.done, 0);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("client prompt: a /reconnect that hangs can be given up for another one", async () => {
  using silent = silentServer(2);
  await using prompt = clientPrompt(silent.url);
  const { terminal } = prompt;
  await terminal.shows(/^\* connected/);
  terminal.type(`/reconnect${ENTER}typed meanwhile${ENTER}`);
  await silent.reached;
  terminal.type(`${CTRL_D}/rec${ENTER}`); // Who asks for a connection does not want to end.
  await terminal.shows("! this was not sent: the connection was given up before");
  while (terminal.screen.lines.filter((line) => line.startsWith("* connected")).length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await silent.left;
  terminal.type(`/stats${ENTER}`);
  await terminal.shows("* sent 0 messages, 0 bytes");
});

Deno.test("client prompt: Ctrl-D tells what it waits for, once more ends at once", async () => {
  using silent = silentServer(2);
  await using prompt = clientPrompt(silent.url);
  const { terminal, done } = prompt;
  await terminal.shows(/^\* connected/);
  terminal.type(`/reconnect${ENTER}`);
  await silent.reached;
  terminal.type(CTRL_D);
  await terminal.shows("* still at what was typed before; Ctrl-D again ends at once");
  terminal.type(CTRL_D);
  assertEquals(await done, 0);
  await silent.left;
});
