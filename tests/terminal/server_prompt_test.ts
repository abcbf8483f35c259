import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { closed, connect, message } from "../cli/program.ts";
import { Wait } from "../peers.ts";
import { serverPrompt } from "./fake_terminal.ts";

const ENTER = "\r";

Deno.test("server prompt: clients are named, and what is typed goes to all", async () => {
  await using prompt = await serverPrompt();
  const { terminal, url } = prompt;
  const one = await connect(`${url}chat`);
  await terminal.shows(/^\* 1 connected from 127\.0\.0\.1:\d+, \/chat$/);
  const two = await connect(url);
  await terminal.shows(/^\* 2 connected from 127\.0\.0\.1:\d+$/);
  two.send("from two");
  await terminal.shows("2< from two");
  const heard = [message(one), message(two)];
  terminal.type(`to all${ENTER}`);
  assertEquals(await Promise.all(heard), ["to all", "to all"]);
  assert(terminal.screen.lines.includes("> to all"));
});

Deno.test("server prompt: /to sends to one, /kick closes one", async () => {
  await using prompt = await serverPrompt();
  const { terminal, url } = prompt;
  const one = await connect(url);
  await terminal.shows(/^\* 1 connected/);
  const two = await connect(url);
  await terminal.shows(/^\* 2 connected/);
  const events = new Wait<string>();
  one.onmessage = ({ data }) => events.put(`one ${data}`);
  two.onmessage = ({ data }) => events.put(`two ${data}`);
  terminal.type(`/to 2 only you${ENTER}`);
  assertEquals(await events.take(), "two only you");
  await terminal.shows("2> only you");
  terminal.type(`/to 7 x${ENTER}/to${ENTER}`);
  await terminal.shows("! no client 7: there is 1, 2");
  await terminal.shows("! which client? there is 1, 2");
  const gone = closed(one);
  terminal.type(`/kick 1 4000 go away${ENTER}`);
  const { code, reason } = await gone;
  assertEquals([code, reason], [4000, "go away"]);
  await terminal.shows(/^\* 1 left: 4000/);
  terminal.type(`/clients${ENTER}`);
  await terminal.shows(/^\* 2 {2}127\.0\.0\.1:\d+, \/, for \d+ s, 0 in, 1 out$/);
  assertEquals(events.size, 0);
});

Deno.test("server prompt: with nobody there, what is typed is not sent", async () => {
  await using prompt = await serverPrompt();
  const { terminal } = prompt;
  terminal.type(`hello${ENTER}`);
  await terminal.shows("! nobody is connected: this was not sent");
  terminal.type(`/clients${ENTER}`);
  await terminal.shows("* nobody is connected");
});

Deno.test("server prompt: a client says how it left", async () => {
  await using prompt = await serverPrompt();
  const { terminal, url } = prompt;
  const socket = await connect(url);
  socket.close(1000, "bye\u202e");
  await terminal.shows("* 1 left: 1000 (normal closure): bye\\u202e");
});

Deno.test("server prompt: /ping, /stats, /headers and /close", async () => {
  await using prompt = await serverPrompt();
  const { terminal, url } = prompt;
  const socket = await connect(`${url}path`);
  await terminal.shows(/^\* 1 connected/);
  terminal.type(`/ping${ENTER}`);
  await terminal.shows(/^\* 1: pong after [\d.]+ ms$/);
  terminal.type(`/stats 1${ENTER}`);
  await terminal.shows("* 1: sent 0 messages, 0 bytes");
  terminal.type(`/headers 1${ENTER}`);
  await terminal.shows("* < GET /path HTTP/1.1");
  await terminal.shows(/^\* < sec-websocket-version: 13$/i);
  const gone = closed(socket);
  terminal.type(`/close 4001${ENTER}`);
  assertEquals((await gone).code, 4001);
  await connect(url).then((again) => again.close());
  await terminal.shows(/^\* 2 connected/);
});

Deno.test("server prompt: /headers leaves logins out", async () => {
  await using prompt = await serverPrompt();
  const { terminal, url } = prompt;
  const socket = new WebSocket(url, { headers: { Authorization: "Bearer hush", "X-A": "b" } });
  await terminal.shows(/^\* 1 connected/);
  terminal.type(`/headers 1${ENTER}`);
  await terminal.shows(/^\* < authorization: Bearer \*\*\*$/i);
  await terminal.shows(/^\* < x-a: b$/i);
  socket.close();
});

Deno.test("server prompt: -P goes to each client, --conncap turns others away", async () => {
  const lines: string[] = [];
  await using prompt = await serverPrompt({
    rules: { preambleReverse: ["welcome"] },
    conncap: 1,
    onLog: (line) => void lines.push(line),
  });
  const { terminal, url } = prompt;
  const socket = new WebSocket(url);
  assertEquals(await message(socket), "welcome");
  await terminal.shows("1> welcome");
  await assertRejects(() => connect(url));
  assertMatch(lines.join(), /turned away/);
});

Deno.test("server prompt: --oneshot ends with its client", async () => {
  await using prompt = await serverPrompt({ options: { oneshot: true } });
  const { terminal, url, done } = prompt;
  const socket = await connect(url);
  await terminal.shows(/^\* 1 connected/);
  await assertRejects(() => connect(url));
  socket.close();
  assertEquals(await done, 0);
});

Deno.test("server prompt: Ctrl-D ends with 0 and tells the clients, Ctrl-C with 130", async () => {
  for (const [key, status] of [["\x04", 0], ["\x03", 130], [`/quit${ENTER}`, 0]] as const) {
    await using prompt = await serverPrompt();
    const { terminal, url, done } = prompt;
    const socket = await connect(url);
    await terminal.shows(/^\* 1 connected/);
    const gone = closed(socket);
    terminal.type(key);
    assertEquals(await done, status);
    assertEquals((await gone).code, 1001);
  }
});

Deno.test("server prompt: a client that is slow keeps no other one waiting", async () => {
  await using prompt = await serverPrompt();
  const { terminal, url } = prompt;
  const { port } = new URL(url);
  const slow = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await slow.write(
    new TextEncoder().encode(
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ),
  );
  await terminal.shows(/^\* 1 connected/);
  const fast = await connect(url);
  await terminal.shows(/^\* 2 connected/);
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, new Uint8Array(8 * 1024 * 1024));
    for (let i = 0; i < 6; i++) {
      const heard = message(fast);
      terminal.type(`/binary @${path}${ENTER}`);
      assertEquals((await heard as ArrayBuffer).byteLength, 8 * 1024 * 1024);
    }
    await terminal.shows("! 1 does not take what is sent: it was dropped");
  } finally {
    await Deno.remove(path);
    slow.close();
  }
  fast.close();
  await terminal.shows(/^\* 2 left/);
});
