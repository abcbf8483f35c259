/**
 * `log:`, which shows what passes.
 *
 * @module
 */
import type { Batch } from "../lib/core/batch.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { type Env, overPeer } from "../lib/core/opener.ts";
import { flag, type Option } from "../lib/core/option.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { trait, withOverlayBelowLines } from "../lib/core/specifier.ts";
import { derivePeer, mapReadable, mapWritable } from "../lib/core/streams.ts";

/** `--log-traffic`. */
export const logTraffic: Option<boolean> = flag({
  long: "log-traffic",
  group: "output",
  help:
    "Show on standard error what passes, as log: does. READ is what comes from the WebSocket, or else from the right side.",
});

/** `--log-hex`. */
export const logHex: Option<boolean> = flag({
  long: "log-hex",
  group: "output",
  advanced: true,
  conflicts: ["log-omit-content"],
  help: "In the lines of log:, show bytes in hexadecimal instead of as escaped text.",
});

/** `--log-omit-content`. */
export const logOmitContent: Option<boolean> = flag({
  long: "log-omit-content",
  group: "output",
  advanced: true,
  help: "In the lines of log:, show lengths only.",
});

/** `--log-timestamps`. */
export const logTimestamps: Option<boolean> = flag({
  long: "log-timestamps",
  group: "output",
  advanced: true,
  help: "Begin each line of log: with the time since the start of the program, in seconds.",
});

/** `--log-verbose`. */
export const logVerbose: Option<boolean> = flag({
  long: "log-verbose",
  group: "output",
  advanced: true,
  help:
    "In the lines of log:, tell text from binary messages, mark parts of long ones with a plus sign, and show when writing is shut down.",
});

/** A peer whose traffic is shown on `env.log`. */
async function logged(peer: Peer, { options, log }: Env): Promise<Peer> {
  const [{ formatElapsed, shownMessages, trafficLines }, { HeadMask }] = await Promise.all([
    import("../lib/overlay/traffic_log.ts"),
    import("../lib/overlay/masked_head.ts"),
  ]);
  const stamped = options.get(logTimestamps);
  const stamp = (line: string) => stamped ? `${formatElapsed(performance.now())} ${line}` : line;
  const hex = options.get(logHex);
  const omitContent = options.get(logOmitContent);
  const verbose = options.get(logVerbose);
  const masks = { READ: new HeadMask(), WRITE: new HeadMask() };
  const show = (word: keyof typeof masks, batch: Batch) => {
    const shown = shownMessages(batch, masks[word]);
    log.line(trafficLines(batch, stamp(word), { hex, omitContent, verbose }, shown).join("\n"));
    if (log.verbosity < 3 || hex) return;
    for (const line of trafficLines(batch, word, { hex: true }, shown)) log.debug(line);
  };
  return derivePeer(peer, {
    readable: mapReadable(peer.readable, {
      batch(batch) {
        if (batch.length > 0) show("READ", batch);
        return batch;
      },
      end() {
        log.line(stamp(hex || omitContent ? "READ 0" : 'READ 0 ""'));
        return undefined;
      },
    }),
    writable: mapWritable(peer.writable, {
      batch(batch) {
        if (batch.length > 0) show("WRITE", batch);
        return batch;
      },
      end() {
        if (verbose) log.line(stamp("WRITE shutdown"));
        return undefined;
      },
    }),
  });
}

/** `log:`. */
export const log: OverlayType = {
  kind: "overlay",
  names: ["log"],
  summary: "Show what passes on standard error.",
  doc: 'A line for each message or chunk: READ 6 "hello\\n" for what comes from below, WRITE for ' +
    'what goes there, with the length in bytes; READ 0 "" is the end. With -vv each is followed ' +
    "by the same bytes in hexadecimal. --log-traffic puts this overlay in by itself.",
  examples: ["ws-l:127.0.0.1:8080 log:tcp:127.0.0.1:22"],
  orientation: "bytes",
  opener: (inner, env) => overPeer(inner, (peer) => logged(peer, env), env.log),
};

/**
 * `--log-traffic`: one look at everything that passes, where messages are still messages. That is
 * at the WebSocket if there is one; from there `READ` is what it receives and `WRITE` what it sends.
 */
const insertLog: Fixup = {
  when: "after",
  apply({ left, right }, { options, registry }) {
    if (!options.get(logTraffic)) return { left, right };
    const overlay = registry.overlay("log");
    if (trait(right, "websocket") === undefined && trait(left, "websocket") !== undefined) {
      return { left: withOverlayBelowLines(left, overlay), right };
    }
    return { left, right: withOverlayBelowLines(right, overlay) };
  },
};

/** The overlay and its options. */
export const family: SpecFamily = {
  specifiers: [log],
  options: [logTraffic, logHex, logOmitContent, logTimestamps, logVerbose],
  fixups: [insertLog],
};
