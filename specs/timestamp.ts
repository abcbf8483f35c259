/**
 * `timestamp:`, which says when messages came.
 *
 * @module
 */
import { CONTINUED } from "../lib/core/batch.ts";
import { type Env, overPeer } from "../lib/core/opener.ts";
import { flag, type Option } from "../lib/core/option.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { derivePeer, mapReadable } from "../lib/core/streams.ts";

/** `--timestamp-monotonic`. */
export const monotonic: Option<boolean> = flag({
  long: "timestamp-monotonic",
  group: "overlay",
  advanced: true,
  help: "timestamp: counts from the opening of the connection, by a clock that is never set.",
});

/** A time in milliseconds as seconds, to the microsecond, as short as can be: `1.5`. */
export function formatSeconds(milliseconds: number): string {
  return String(Number((milliseconds / 1000).toFixed(6)));
}

/** Milliseconds since now. */
function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}

/** Milliseconds since 1970, with more digits than `Date` has; follows when the clock is set. */
function timeOfDay(): () => number {
  let origin = performance.timeOrigin;
  return () => {
    const now = performance.now();
    const date = Date.now();
    if (Math.abs(origin + now - date) > 10) origin = date - now;
    return origin + now;
  };
}

async function stamped(peer: Peer, { options }: Env): Promise<Peer> {
  const { BatchBuilder } = await import("../lib/overlay/batch_builder.ts");
  const clock = options.get(monotonic) ? stopwatch() : timeOfDay();
  const encoder = new TextEncoder();
  const out = new BatchBuilder();
  return derivePeer(peer, {
    readable: mapReadable(peer.readable, {
      batch(batch) {
        const stamp = encoder.encode(`${formatSeconds(clock())} `);
        out.clear(batch.byteLength + stamp.length * batch.length);
        for (let i = 0; i < batch.length; i++) {
          const flags = batch.flags(i);
          const stampLength = (flags & CONTINUED) === 0 ? stamp.length : 0;
          const length = batch.end(i) - batch.start(i);
          const bytes = out.room(stampLength + length);
          if (stampLength > 0) bytes.set(stamp, out.at);
          bytes.set(batch.message(i), out.at + stampLength);
          out.push(stampLength + length, flags);
        }
        return out.batch;
      },
    }),
  });
}

/** `timestamp:`. */
export const timestamp: OverlayType = {
  kind: "overlay",
  names: ["timestamp"],
  advanced: true,
  summary: "Put the time before each message that is read.",
  doc: "The time is in seconds since 1970 with up to six decimals, and a space follows it. " +
    "Messages that arrive at once have the same time. Over a byte stream, write " +
    "timestamp:line2msg: so that each line is a message.",
  examples: ["-t - timestamp:ws://127.0.0.1:8080/"],
  orientation: "messages",
  opener: (inner, env) => overPeer(inner, (peer) => stamped(peer, env), env.log),
};

/** The overlay and its option. */
export const family: SpecFamily = { specifiers: [timestamp], options: [monotonic] };
