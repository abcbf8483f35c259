/**
 * Measuring within a generator: a counter, and how busy the process was meanwhile.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import type { Answer, Result, Timed } from "./job.ts";

/** Tells the bench something. */
export function say(answer: Answer): void {
  const line = new TextEncoder().encode(JSON.stringify(answer) + "\n");
  for (let at = 0; at < line.length;) at += Deno.stdout.writeSync(line.subarray(at));
}

/** Waits. */
function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Bytes that have come, counted by whoever reads them. */
export class Counter {
  /** The sum so far. */
  bytes = 0;
}

/**
 * Lets the load warm up, then counts for the job's seconds. `length` is what one message
 * takes on the wire, of which `size` are payload.
 */
export async function measure(
  job: Timed,
  counter: Counter,
  length: number,
  size: number,
): Promise<Result> {
  await sleep(job.warmUp);
  say({ is: "begin" });
  const before = counter.bytes;
  const watch = new Stopwatch();
  await sleep(job.seconds);
  const messages = (counter.bytes - before) / length / watch.seconds;
  return { messages, bytes: messages * size, busy: watch.busy };
}

/** Time that has passed, and how much of it this process worked. */
export class Stopwatch {
  readonly #began = performance.now();
  readonly #usage = cpuUsage();

  /** Since the start. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** The processor time since the start as a share of one processor. */
  get busy(): number {
    const { user, system } = cpuUsage(this.#usage);
    return (user + system) / 1e6 / this.seconds;
  }
}
