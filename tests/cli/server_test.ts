import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { closed, connect, message, nativeServer, run, serve, start } from "./program.ts";

const encoder = new TextEncoder();

/** The head of a valid upgrade request. */
const UPGRADE = encoder.encode(
  "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);

/** Checks that a server still echoes. */
async function assertServes(url: string): Promise<void> {
  assertEquals((await run(["-1", url], { input: "alive\n" })).stdout, "alive\n");
}

/** Reads to the end, or to a reset. */
async function drain(conn: Deno.Conn): Promise<number> {
  let length = 0;
  try {
    for (;;) {
      const count = await conn.read(new Uint8Array(4096));
      if (count === null) return length;
      length += count;
    }
  } catch {
    return length;
  }
}

Deno.test("-s: lines of the input go to all clients, theirs come out as lines", async () => {
  await using server = await serve(["-s", "127.0.0.1:0"]);
  await server.program.stderr.contains(`Listening on ws://127.0.0.1:${server.port}/\n`);
  const [one, two] = await Promise.all([connect(server.url), connect(server.url)]);
  one.send("from one");
  assertEquals(await server.program.stdout.line(), "from one");
  two.send("from two");
  assertEquals(await server.program.stdout.line(), "from two");
  const got = Promise.all([message(one), message(two)]);
  await server.program.write("to both\n");
  assertEquals(await got, ["to both\n", "to both\n"]);
  const closings = Promise.all([closed(one), closed(two)]);
  one.close();
  two.close();
  await closings;
});

Deno.test("-s: after the end of the input clients stay, and new ones are served", async () => {
  await using server = await serve(["-s", "127.0.0.1:0"]);
  const socket = await connect(server.url);
  await server.program.endInput();
  socket.send("one");
  assertEquals(await server.program.stdout.line(), "one");
  socket.send("two");
  assertEquals(await server.program.stdout.line(), "two");
  const later = await connect(server.url);
  later.send("three");
  assertEquals(await server.program.stdout.line(), "three");
  const closings = Promise.all([closed(socket), closed(later)]);
  socket.close();
  later.close();
  await closings;
});

Deno.test("-s: when nobody reads the output any more the server ends quietly", async () => {
  await using server = await serve(["-s", "127.0.0.1:0"]);
  const socket = await connect(server.url);
  const closing = closed(socket);
  await server.program.closeOutput();
  // The pipe is gone some time after its end was closed: a first message may still fit in.
  const sending = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) socket.send("x".repeat(100));
  }, 5);
  assertEquals((await closing).code, 1001);
  clearInterval(sending);
  const { code, stderr } = await server.program.outcome();
  assertEquals(code, 0);
  assertEquals(stderr, `wirecat: Listening on ${server.url}\n`);
});

Deno.test("--oneshot: one client is served, then the program ends", async () => {
  await using server = await serve(["--oneshot", "-t", "ws-l:127.0.0.1:0", "mirror:"]);
  await assertServes(server.url);
  assertEquals((await server.program.outcome()).code, 0);
});

Deno.test("--oneshot: a client that does not get through its handshake is not the one", async () => {
  await using server = await serve(["--oneshot", "-t", "ws-l:127.0.0.1:0", "mirror:"]);
  const conn = await Deno.connect({ port: server.port });
  await conn.write(encoder.encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await drain(conn);
  conn.close();
  await assertServes(server.url);
  assertEquals((await server.program.outcome()).code, 0);
});

Deno.test("--conncap: one client too many sees its connection end, without a byte", async () => {
  await using server = await serve(["--conncap", "1", "-t", "ws-l:127.0.0.1:0", "mirror:"]);
  const socket = await connect(server.url);
  using conn = await Deno.connect({ port: server.port });
  assertEquals(await drain(conn), 0);
  await server.program.stderr.contains("--conncap 1");
  const closing = closed(socket);
  socket.close();
  await closing;
  // The place is free again when the session is over.
  for (;;) {
    const { code } = await run(["-1", server.url], { input: "alive\n" });
    if (code === 0) break;
  }
});

Deno.test("survival: garbage is told in one line and answered, and others are served", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  const garbage = crypto.getRandomValues(new Uint8Array(3000));
  const kinds = [
    garbage.filter((byte) => byte !== 10),
    new Uint8Array([...garbage, 10, 10]), // This is a head, such as it is.
    encoder.encode("SSH-2.0-OpenSSH_9.0\r\n\r\n"),
    encoder.encode("GET / HTTP/1.1\r\n" + "X: y\r\n".repeat(20_000)),
    encoder.encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    encoder.encode("\r\n\r\n\r\n"),
  ];
  for (const bytes of kinds) {
    using conn = await Deno.connect({ port: server.port });
    await conn.write(bytes).catch(() => {});
    await conn.closeWrite().catch(() => {});
    await drain(conn);
  }
  await assertServes(server.url);
  server.program.kill("SIGTERM");
  const { stderr } = await server.program.outcome();
  const lines = stderr.trimEnd().split("\n").filter((line) => !line.startsWith("  "));
  assert(lines.length <= kinds.length, stderr);
  for (const line of lines) assertMatch(line, /^wirecat: (error|warning): \P{Cc}+$/u);
});

Deno.test("survival: a protocol error is one line, its sender gets 1002, others are served", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  using conn = await Deno.connect({ port: server.port });
  await conn.write(UPGRADE);
  await conn.write(new Uint8Array([0x81, 0x01, 0x61])); // Not masked.
  const all = new Uint8Array(await new Response(conn.readable).arrayBuffer());
  const text = Array.from(all, (byte) => String.fromCharCode(byte)).join("");
  assertStringIncludes(text, "\x03\xea"); // 1002
  await assertServes(server.url);
  server.program.kill("SIGTERM");
  const { stderr } = await server.program.outcome();
  assertMatch(stderr, /^wirecat: error: the client 127\.0\.0\.1:\d+: .*mask.*\n$/);
});

Deno.test("survival: a client that vanishes is told of under -v only", async () => {
  for (const option of ["-t", "-tv"]) {
    await using server = await serve([option, "ws-l:127.0.0.1:0", "mirror:"]);
    // In its handshake, before a byte, and after the upgrade.
    for (const bytes of [UPGRADE.subarray(0, 20), UPGRADE.subarray(0, 0), UPGRADE]) {
      const conn = await Deno.connect({ port: server.port });
      if (bytes.length > 0) await conn.write(bytes);
      if (bytes === UPGRADE) await conn.read(new Uint8Array(12));
      conn.close();
    }
    await assertServes(server.url);
    if (option === "-tv") await server.program.stderr.contains("1006");
    server.program.kill("SIGTERM");
    const { stderr } = await server.program.outcome();
    if (option === "-t") assertEquals(stderr, "");
  }
});

Deno.test("survival: half a handshake times out", async () => {
  await using server = await serve([
    "--handshake-timeout",
    "2",
    "-t",
    "ws-l:127.0.0.1:0",
    "mirror:",
  ]);
  using conn = await Deno.connect({ port: server.port });
  await conn.write(UPGRADE.subarray(0, 50));
  await drain(conn);
  await assertServes(server.url);
});

Deno.test({
  name: "survival: clients that never read keep nobody else waiting, and cost bounded memory",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using many = await serve(["-b", "ws-l:127.0.0.1:0", "random:"]);
    const stuck: Deno.Conn[] = [];
    for (let i = 0; i < 20; i++) {
      const conn = await Deno.connect({ port: many.port });
      await conn.write(UPGRADE);
      await conn.read(new Uint8Array(16));
      stuck.push(conn);
    }
    const socket = await connect(many.url);
    let bytes = 0;
    await new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => {
        bytes += data.byteLength;
        if (bytes > 10e6) resolve();
      };
    });
    const closing = closed(socket);
    socket.close();
    await closing;
    const status = await Deno.readTextFile(`/proc/${many.program.pid}/status`);
    const resident = Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
    assert(resident < 300, `${resident} MB`);
    for (const conn of stuck) conn.close();
  },
});

Deno.test("broadcast: a client that never reads does not keep others from what is sent", async () => {
  await using server = await serve(["-s", "127.0.0.1:0"]);
  using stuck = await Deno.connect({ port: server.port });
  await stuck.write(UPGRADE);
  await stuck.read(new Uint8Array(16));
  const socket = await connect(server.url);
  let last = "";
  const done = new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      last = data;
      if (data === "end\n") resolve();
    };
  });
  for (let i = 0; i < 300; i++) await server.program.write("z".repeat(65_000) + "\n");
  await server.program.write("end\n");
  await done;
  assertEquals(last, "end\n");
  const closing = closed(socket);
  socket.close();
  await closing;
});

Deno.test("right side: one that cannot be opened is told to the client with 1011", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "tcp:127.0.0.1:1"]);
  const socket = new WebSocket(server.url);
  assertEquals((await closed(socket)).code, 1011);
  await server.program.stderr.contains("cannot connect to tcp:127.0.0.1:1");
});

Deno.test("bridge: when the target closes, the client gets a proper end, too", async () => {
  await using target = nativeServer((socket) => {
    socket.onmessage = () => socket.close(4000, "over");
  });
  await using bridge = await serve(["-t", "ws-l:127.0.0.1:0", target.url]);
  const socket = await connect(bridge.url);
  const closing = closed(socket);
  socket.send("go");
  assertEquals((await closing).wasClean, true);
});

Deno.test("listening: every announced port can be connected to, port 0 is never named", async () => {
  await using server = await serve(["-v", "-t", "ws-l:127.0.0.1:0", "mirror:"]);
  assert(server.port > 0);
  await assertServes(server.url);
  await using plain = start(["-v", "-t", "ws-l:127.0.0.1:0", "mirror:"]);
  await plain.stderr.contains("listening on ws://127.0.0.1:");
  assertEquals(plain.stdout.text, "");
});
