/**
 * `broadcast:`, also known as `reuse:`.
 *
 * @module
 */
import { maxMessageLength } from "../lib/cli/websocket_options.ts";
import { lazyOpener } from "../lib/core/opener.ts";
import { integer, type Option } from "../lib/core/option.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** `--queue-len`. */
export const queueLength: Option<number | undefined> = integer({
  long: "queue-len",
  value: "N",
  initial: undefined,
  defaultText: "16; for broadcast: as many as 16 MiB",
  min: 1,
  group: "overlay",
  advanced: true,
  help:
    "How many messages may wait for a slow client of broadcast:, or behind drop_on_backpressure:, before others are dropped. What arrives at once counts as one.",
});

/** The overlay and its option. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "overlay",
    names: ["broadcast", "reuse", "reuse-broadcast", "broadcast-reuse"],
    orientation: "inherit",
    single: true,
    reuser: true,
    summary: "Share one connection among all sessions; each gets everything that comes from it.",
    doc:
      "The connection is opened for the first client and stays open while the program runs: a client that ends does not end it, and after its end clients stay connected and may still write. Messages from the clients go to it one after another, a long one when all of it has come: nobody waits for a client that stops in the middle, and what never gets complete is dropped. If it fails, all sessions fail, and the next client opens it anew. It is read at the pace of the fastest client: a lone client that reads slowly slows the source down and loses nothing. A client that is more than 16 MiB behind the fastest, or --queue-len messages where that is given, misses messages, whole ones only, and never the rest of one that has begun; that is said when it begins, with a count when the client leaves. What comes while no client is connected is dropped, and said too.",
    examples: [
      "-E ws-l:127.0.0.1:8800 broadcast:mirror:",
      "-t ws-l:127.0.0.1:8800 broadcast:ws://127.0.0.1:9000/feed",
    ],
    opener: (inner, env) =>
      lazyOpener(async () => {
        const { broadcast } = await import("../lib/overlay/broadcast.ts");
        return broadcast(inner, {
          queueLength: env.options.get(queueLength),
          maxMessage: env.options.get(maxMessageLength),
          signal: env.signal,
          track: env.track,
          log: env.log,
        });
      }),
  }],
  options: [queueLength],
};
