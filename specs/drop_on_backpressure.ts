/**
 * `drop_on_backpressure:`.
 *
 * @module
 */
import { overPeer } from "../lib/core/opener.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { derivePeer } from "../lib/core/streams.ts";
import { queueLength } from "./broadcast.ts";

/** How many batches may wait, unless `--queue-len` says it. */
const DEFAULT_QUEUE = 16;

/** The overlay. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "overlay",
    names: ["drop_on_backpressure"],
    orientation: "inherit",
    advanced: true,
    summary: "Never wait when writing: drop messages that the other end cannot take.",
    doc:
      "While one message is being written, up to --queue-len (16) more wait; what comes then is dropped, whole messages only. That is said when it begins, with a count at the end. At the end it waits a second for what is still to be written. Reading is as without it.",
    examples: ["-b -u - drop_on_backpressure:autoreconnect:ws-l:127.0.0.1:1234"],
    opener: (inner, env) =>
      overPeer(inner, async (peer) => {
        const { dropOnBackpressure } = await import("../lib/overlay/drop_on_backpressure.ts");
        return derivePeer(peer, {
          writable: dropOnBackpressure(peer.writable, {
            queueLength: env.options.get(queueLength) ?? DEFAULT_QUEUE,
            name: peer.info.name,
            log: env.log,
          }),
        });
      }, env.log),
  }],
};
