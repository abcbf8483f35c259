/**
 * Load by the number of connections: idle ones, short ones, and receivers of a broadcast.
 *
 * @module
 */
import { frame, repeat, upgrade, writeAll } from "./frames.ts";
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

/** How many messages go out with one write. */
const BURST = 8;
/** How many messages are on their way to a client at most: fewer than its queue holds. */
const IN_FLIGHT = 64;
/** How long to wait for what is due, in milliseconds, before it counts as lost. */
const PATIENCE = 1000;

/** Sends bursts from one client; the next goes when there is room for it on average. */
export async function fanOut(job: FanOutJob): Promise<Result> {
  const message = frame(job.size, true, true);
  const length = frame(job.size, true, false).length;
  const burst = repeat(message, BURST * message.length);
  const most = (IN_FLIGHT - BURST) * length * job.clients;
  let due = 0;
  let got = 0;
  let wake: (() => void) | undefined;
  const receive = async (conn: Deno.Conn) => {
    const into = new Uint8Array(16 * 1024);
    for (let read; (read = await conn.read(into)) !== null;) {
      got += read;
      if (due - got <= most) wake?.();
    }
  };
  await inParallel(job.clients, async () => {
    const conn = await open(job.port);
    held.push(conn);
    receive(conn).catch(() => {});
  });
  const from = performance.now() + job.warmUp * 1000;
  const until = from + job.seconds * 1000;
  let lost = 0;
  let begun: { got: number; lost: number; watch: Stopwatch } | undefined;
  while (performance.now() < until) {
    if (begun === undefined && performance.now() >= from) {
      say({ is: "begin" });
      begun = { got, lost, watch: new Stopwatch() };
    }
    due += BURST * length * job.clients;
    await writeAll(held[0], burst);
    if (due - got <= most) continue;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, PATIENCE);
    });
    wake = undefined;
    clearTimeout(timer);
    if (due - got <= most) continue;
    lost += due - got;
    due = got;
  }
  const { watch } = begun!;
  const bytes = got - begun!.got;
  return {
    messages: bytes / length / watch.seconds,
    delivered: bytes / (bytes + lost - begun!.lost),
    busy: watch.busy,
  };
}
