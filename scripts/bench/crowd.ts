/**
 * Load by the number of connections: idle ones, short ones, and receivers of a broadcast.
 *
 * @module
 */
import { frame, upgrade, writeAll } from "./frames.ts";
import type { ConnectJob, FanOutJob, IdleJob, Result } from "./job.ts";
import { listen } from "./stream.ts";
import { say, Stopwatch } from "./stopwatch.ts";

/** How many handshakes are under way at once. */
const AT_ONCE = 50;

/** Connects, says so, and holds the connections until the process is ended. */
export async function idle(job: IdleJob, port: Promise<number>): Promise<Result> {
  if (job.relay) holdAll(listen());
  const to = await port;
  say({ is: "begin" });
  const watch = new Stopwatch();
  await inParallel(job.connections, async () => {
    held.push(await open(to));
  });
  return { seconds: watch.seconds, busy: watch.busy };
}

const held: Deno.Conn[] = [];

async function holdAll(listener: Deno.TcpListener): Promise<void> {
  for await (const conn of listener) held.push(conn);
}

/** Connects and leaves again. */
export async function connectRate(job: ConnectJob, port: Promise<number>): Promise<Result> {
  holdAll(listen());
  const to = await port;
  say({ is: "begin" });
  const watch = new Stopwatch();
  await inParallel(job.connections, async () => {
    held.push(await open(to));
  });
  return { connections: job.connections / watch.seconds, busy: watch.busy };
}

async function open(port: number): Promise<Deno.Conn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await upgrade(conn);
  return conn;
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  let started = 0;
  const worker = async () => {
    while (started++ < count) await work();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** How many messages are sent before their arrival is waited for: fewer than any queue holds. */
const BURST = 8;
/** How long a burst may take, in milliseconds, before what is missing counts as lost. */
const PATIENCE = 1000;

/** Sends bursts from one client; the next goes when all clients have got the one before. */
export async function fanOut(job: FanOutJob): Promise<Result> {
  const message = frame(job.size, true, true);
  const length = frame(job.size, true, false).length;
  const burst = new Uint8Array(BURST * message.length);
  for (let i = 0; i < BURST; i++) burst.set(message, i * message.length);
  let due = 0;
  let got = 0;
  let wake: (() => void) | undefined;
  const receive = async (conn: Deno.Conn) => {
    const into = new Uint8Array(4096);
    for (let read; (read = await conn.read(into)) !== null;) {
      got += read;
      if (got >= due) wake?.();
    }
  };
  await inParallel(job.clients, async () => {
    const conn = await open(job.port);
    held.push(conn);
    receive(conn).catch(() => {});
  });
  const sender = held[0];
  const began = performance.now();
  const from = began + job.warmUp * 1000;
  const until = from + job.seconds * 1000;
  let counted: { got: number; due: number; watch: Stopwatch } | undefined;
  while (performance.now() < until) {
    if (counted === undefined && performance.now() >= from) {
      say({ is: "begin" });
      counted = { got, due, watch: new Stopwatch() };
    }
    due = got + BURST * length * job.clients;
    const expected = due;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const arrived = new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, PATIENCE);
    });
    await writeAll(sender, burst);
    await arrived;
    clearTimeout(timer);
    lost += Math.max(0, expected - got);
  }
  const { watch, got: before } = counted!;
  const bytes = got - before;
  return {
    messages: bytes / length / watch.seconds,
    delivered: bytes / (bytes + lost),
    busy: watch.busy,
  };
}

let lost = 0;
