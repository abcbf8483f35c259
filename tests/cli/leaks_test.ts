import { assert, assertEquals } from "@std/assert";
import { closed, connect, serve, type Server } from "./program.ts";

const ignore = Deno.build.os !== "linux";

const measured = decodeURIComponent(new URL("measured.ts", import.meta.url).pathname);

const encoder = new TextEncoder();
const UPGRADE = encoder.encode(
  "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);
/** `hi` as text and an empty Close frame, masked with zeros. */
const HI_AND_CLOSE = new Uint8Array([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69, 0x88, 0x80, 0, 0, 0, 0]);

/** How many descriptors a process has. */
function descriptors({ program }: Server): number {
  return [...Deno.readDirSync(`/proc/${program.pid}/fd`)].length;
}

/** Process ids of the children of a process, zombies too. */
async function children({ program }: Server): Promise<string[]> {
  const found: string[] = [];
  for (const task of Deno.readDirSync(`/proc/${program.pid}/task`)) {
    let list: string;
    try {
      list = await Deno.readTextFile(`/proc/${program.pid}/task/${task.name}/children`);
    } catch {
      continue; // A thread that has just ended.
    }
    found.push(...list.split(" ").filter((pid) => pid !== ""));
  }
  return found;
}

/** Resolves when `done` says so; checks until then. */
async function until(
  done: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(typeof what === "string" ? what : what());
}

/** How many the runtime may open by itself meanwhile: it starts a thread of its own under load. */
const OF_THE_RUNTIME = 8;

/** Resolves when a process has no more descriptors than `before`, but for the runtime's own. */
async function untilFreed(server: Server, before: number): Promise<void> {
  const open = () => {
    const { pid } = server.program;
    return [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => {
      return `${name} ${Deno.readLinkSync(`/proc/${pid}/fd/${name}`)}`;
    });
  };
  await until(
    () => descriptors(server) <= before + OF_THE_RUNTIME,
    () => `${before} descriptors became ${open().length}: ${open().join(", ")}`,
  );
}

/** The live memory of a server's objects, in bytes. */
async function memory({ program }: Server): Promise<number> {
  const before = program.stderr.text.length;
  program.kill("SIGUSR1");
  const told = () => /HEAP (\d+)\n/.exec(program.stderr.text.slice(before));
  await until(() => told() !== null, "no word of the memory");
  return Number(told()![1]);
}

/** How clients come and go: in order, at once, without a handshake, in the middle of one. */
async function visit(port: number, i: number, buffer: Uint8Array<ArrayBuffer>): Promise<void> {
  const conn = await Deno.connect({ port });
  try {
    const way = i % 8;
    if (way === 6) return;
    await conn.write(way === 7 ? UPGRADE.subarray(0, 30) : UPGRADE);
    if (way === 7) return;
    await conn.read(buffer);
    if (way === 5) return;
    await conn.write(HI_AND_CLOSE);
    while (await conn.read(buffer) !== null);
  } finally {
    conn.close();
  }
}

async function visits(port: number, count: number): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    const buffer = new Uint8Array(1024);
    for (let i = next++; i < count; i = next++) await visit(port, i, buffer);
  }));
}

/** So many connections take seconds, and on a busy machine minutes: as milliseconds. */
const TIME_LIMIT = 300_000;

for (const right of ["mirror:", "broadcast:mirror:"]) {
  Deno.test({
    name: `leaks: 10,000 short connections to ${right} leave no descriptor and no memory behind`,
    ignore,
    timeout: TIME_LIMIT,
    async fn() {
      await using server = await serve(["-q", "-t", "ws-l:127.0.0.1:0", right], {
        program: ["--v8-flags=--expose-gc", measured],
        timeout: TIME_LIMIT,
      });
      await visits(server.port, 500);
      await until(() => descriptors(server) < 60, "the first connections stayed");
      const openBefore = descriptors(server);
      const before = await memory(server);
      await visits(server.port, 10_000);
      await untilFreed(server, openBefore);
      const grown = await memory(server) - before;
      assert(grown < 1.5e6, `${grown} bytes more after 10,000 connections`);
    },
  });
}

Deno.test({
  name: "leaks: 200 sessions with a program leave no child, not even a dead one",
  ignore,
  async fn() {
    await using server = await serve(["-q", "-t", "ws-l:127.0.0.1:0", "cmd:cat"]);
    await visits(server.port, 8);
    await until(async () => (await children(server)).length === 0, "the first children stayed");
    const openBefore = descriptors(server);
    await visits(server.port, 200);
    await until(async () => (await children(server)).length === 0, "children stayed");
    await untilFreed(server, openBefore);
  },
});

Deno.test({
  name: "leaks: a relay to another server closes what it opened for each client",
  ignore,
  async fn() {
    await using target = await serve(["-q", "-t", "ws-l:127.0.0.1:0", "mirror:"]);
    await using relay = await serve(["-q", "ws-l:127.0.0.1:0", target.url]);
    await visits(relay.port, 100);
    const idle = () => descriptors(relay);
    await until(() => idle() < 40, "the first connections stayed");
    const openBefore = idle();
    const targetBefore = descriptors(target);
    await visits(relay.port, 500);
    await untilFreed(relay, openBefore);
    await untilFreed(target, targetBefore);
    const socket = await connect(relay.url);
    const closing = closed(socket);
    socket.close();
    assertEquals((await closing).wasClean, true);
  },
});
