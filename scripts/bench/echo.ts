/**
 * Load for an echo server, and one message there and back at a time.
 *
 * @module
 */
import { frame, readFull, repeat, upgrade, writeAll } from "./frames.ts";
import type { EchoJob, Result, RoundTripJob } from "./job.ts";
import { Counter, measure, say, Stopwatch } from "./stopwatch.ts";

/** How much is on its way at once, over all connections. */
const IN_FLIGHT = 512 * 1024;
/** How much one connection has on its way at least. */
const LEAST_IN_FLIGHT = 32 * 1024;

/** Keeps all connections busy and counts what comes back. */
export async function echo(job: EchoJob): Promise<Result> {
  const message = frame(job.size, job.text, true);
  const reply = job.raw ? message : frame(job.size, job.text, false);
  const share = Math.max(LEAST_IN_FLIGHT, IN_FLIGHT / job.connections);
  const block = repeat(message, share / 4);
  const window = Math.max(4, share / block.length) * block.length / message.length * reply.length;
  const counter = new Counter();
  for (let i = 0; i < job.connections; i++) {
    const conn = await connect(job);
    if (!job.raw) await upgrade(conn);
    if (i === 0) await check(conn, message, reply);
    keepBusy(conn, block, block.length / message.length * reply.length, window, counter);
  }
  return await measure(job, counter, reply.length, job.size);
}

async function connect(job: EchoJob): Promise<Deno.Conn> {
  const { port, certificate } = job;
  if (certificate !== undefined) {
    const caCerts = [await Deno.readTextFile(certificate)];
    return await Deno.connectTls({ hostname: "localhost", port, caCerts });
  }
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  return conn;
}

/** Sends one message: what comes back has to be the frame that is counted on. */
async function check(conn: Deno.Conn, message: Uint8Array, reply: Uint8Array): Promise<void> {
  await writeAll(conn, message);
  const came = new Uint8Array(reply.length);
  await readFull(conn, came);
  if (came.some((byte, i) => byte !== reply[i])) throw new Error("the echo is another message");
}

/** Writes blocks as long as no more than `window` bytes of replies are due; `due` are for one block. */
function keepBusy(
  conn: Deno.Conn,
  block: Uint8Array,
  due: number,
  window: number,
  counter: Counter,
): void {
  let outstanding = 0;
  let wake: (() => void) | undefined;
  const send = async () => {
    for (;;) {
      if (outstanding + due > window) await new Promise<void>((resolve) => wake = resolve);
      outstanding += due;
      await writeAll(conn, block);
    }
  };
  const receive = async () => {
    const into = new Uint8Array(256 * 1024);
    for (;;) {
      const length = await conn.read(into);
      if (length === null) throw new Error("the program closed the connection");
      counter.bytes += length;
      outstanding -= length;
      if (wake !== undefined && outstanding + due <= window) {
        const go = wake;
        wake = undefined;
        go();
      }
    }
  };
  Promise.all([send(), receive()]).catch(fail);
}

function fail(error: unknown): never {
  say({ is: "failed", why: String(error instanceof Error ? error.message : error) });
  Deno.exit(1);
}

/** One message at a time; `port` is the program's. */
export async function roundTrip(job: RoundTripJob, port: number): Promise<Result> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  const message = frame(job.size, false, true);
  const reply = job.raw ? message : frame(job.size, false, false);
  if (!job.raw) await upgrade(conn);
  const into = new Uint8Array(reply.length);
  const times: number[] = [];
  const end = performance.now() + (job.warmUp + job.seconds) * 1000;
  const from = performance.now() + job.warmUp * 1000;
  let watch = new Stopwatch();
  for (let now = performance.now(); now < end;) {
    const began = now;
    await writeAll(conn, message);
    await readFull(conn, into);
    now = performance.now();
    if (began < from) {
      if (now >= from) {
        say({ is: "begin" });
        watch = new Stopwatch();
        now = performance.now();
      }
      continue;
    }
    times.push(now - began);
  }
  const busy = watch.busy;
  conn.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] / 1000;
  return { p50: at(0.5), p99: at(0.99), busy };
}
