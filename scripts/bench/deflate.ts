/**
 * Load for an echo server that compresses (RFC 7692): JSON that no two messages share.
 *
 * @module
 */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { concat } from "../../lib/core/concat.ts";
import { messageFrame, readFull, upgrade, writeAll } from "./frames.ts";
import type { DeflateJob, Result } from "./job.ts";
import { Counter, measure, say } from "./stopwatch.ts";

/** How much JSON goes round before it begins anew: more than a window of 32 KiB remembers. */
const ROUND = 512 * 1024;
/** How many messages may be on their way, in bytes of JSON. */
const IN_FLIGHT = 512 * 1024;
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

/** Keeps one connection busy and counts the messages that come back. */
export async function deflateEcho(job: DeflateJob): Promise<Result> {
  const texts = documents(job.size, Math.max(4, ROUND / job.size));
  const frames = texts.map((text) => messageFrame(compress(text), 0xc1, true));
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: job.port });
  conn.setNoDelay(true);
  await upgrade(conn, "permessage-deflate" + (job.kept ? "" : NO_TAKEOVER));
  await check(conn, frames[0], texts[0]);
  const counter = new Counter();
  keepBusy(conn, frames, Math.max(4, IN_FLIGHT / job.size), counter);
  return await measure(job, counter, 1, job.size);
}

const NO_TAKEOVER = "; server_no_context_takeover; client_no_context_takeover";

/** JSON texts of exactly `size` bytes. */
function documents(size: number, count: number): Uint8Array<ArrayBuffer>[] {
  let state = 1;
  const number = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const names = "alice bob carol dave erin frank grace heidi ivan judy".split(" ");
  const words = "the order was shipped to a new address and will be there on time".split(" ");
  const record = () =>
    JSON.stringify({
      id: number(1e9),
      user: names[number(names.length)],
      price: number(1e5) / 100,
      active: number(2) === 1,
      note: Array.from({ length: 8 }, () => words[number(words.length)]).join(" "),
      tags: [`t${number(100)}`, `t${number(100)}`],
      at: new Date(1.7e12 + number(1e9) * 100).toISOString(),
    });
  return Array.from({ length: count }, () => {
    let text = "[";
    while (text.length < size) text += record() + ",";
    return new TextEncoder().encode(text.slice(0, size - 1) + "]");
  });
}

/** A payload that stands for itself, so that it can be sent again and again. */
function compress(text: Uint8Array): Uint8Array {
  return deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** Sends one message: what comes back has to be the same, compressed. */
async function check(conn: Deno.Conn, frame: Uint8Array, text: Uint8Array): Promise<void> {
  await writeAll(conn, frame);
  const head = new Uint8Array(4);
  await readFull(conn, head.subarray(0, 2));
  if (head[0] !== 0xc1) throw new Error("the echo is not compressed");
  let length = head[1];
  if (length === 126) {
    await readFull(conn, head.subarray(2));
    length = head[2] << 8 | head[3];
  }
  const payload = new Uint8Array(length + TAIL.length);
  payload.set(TAIL, length);
  await readFull(conn, payload.subarray(0, length));
  const came = inflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  if (came.length !== text.length || came.some((byte, i) => byte !== text[i])) {
    throw new Error("the echo is another message");
  }
}

function keepBusy(
  conn: Deno.Conn,
  frames: readonly Uint8Array[],
  window: number,
  counter: Counter,
): void {
  let outstanding = 0;
  let wake: (() => void) | undefined;
  const block = Math.max(1, Math.floor(window / 4));
  const send = async () => {
    for (let next = 0;;) {
      if (outstanding + block > window) await new Promise<void>((resolve) => wake = resolve);
      outstanding += block;
      const some = Array.from({ length: block }, (_, i) => frames[(next + i) % frames.length]);
      next = (next + block) % frames.length;
      await writeAll(conn, concat(some));
    }
  };
  const receive = async () => {
    const into = new Uint8Array(256 * 1024);
    let held = 0;
    for (;;) {
      const length = await conn.read(into.subarray(held));
      if (length === null) throw new Error("the program closed the connection");
      let at = 0;
      const end = held + length;
      for (let next; (next = frameEnd(into, at, end)) <= end; at = next) {
        counter.bytes++;
        outstanding--;
      }
      into.copyWithin(0, at, end);
      held = end - at;
      if (wake !== undefined && outstanding + block <= window) {
        const go = wake;
        wake = undefined;
        go();
      }
    }
  };
  Promise.all([send(), receive()]).catch((error) => {
    say({ is: "failed", why: String(error instanceof Error ? error.message : error) });
    Deno.exit(1);
  });
}

/** Where a server's frame that begins at `at` ends; behind `end` if it is not all there. */
function frameEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return Infinity;
  const length = bytes[at + 1];
  if (length < 126) return at + 2 + length;
  if (end - at < 10) return Infinity;
  if (length === 126) return at + 4 + (bytes[at + 2] << 8 | bytes[at + 3]);
  return at + 10 + new DataView(bytes.buffer, at + 6).getUint32(0);
}
