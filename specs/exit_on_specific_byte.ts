/**
 * `exit_on_specific_byte:`, a way out of a raw terminal.
 *
 * @module
 */
import { overPeer } from "../lib/core/opener.ts";
import { integer, type Option } from "../lib/core/option.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { derivePeer } from "../lib/core/streams.ts";

/** `--byte-to-exit-on`. */
export const byteToExitOn: Option<number> = integer<number>({
  long: "byte-to-exit-on",
  value: "BYTE",
  initial: 28,
  max: 255,
  group: "overlay",
  advanced: true,
  help: "The byte, as a number, that exit_on_specific_byte: takes for the end of input.",
});

/** `exit_on_specific_byte:`. */
export const exitOnByte: OverlayType = {
  kind: "overlay",
  names: ["exit_on_specific_byte"],
  advanced: true,
  summary: "Take a certain byte for the end of what is read.",
  doc:
    "For a terminal in raw mode, where Ctrl-C and Ctrl-D are ordinary bytes. The byte is 28, which " +
    "Ctrl-\\ sends, unless --byte-to-exit-on says another. What is written passes as it is.",
  examples: ["-b -E exit_on_specific_byte:- tcp:127.0.0.1:23"],
  orientation: "bytes",
  opener: (inner, env) =>
    overPeer(inner, async (peer) => {
      const { untilByte } = await import("../lib/overlay/exit_byte.ts");
      return derivePeer(peer, {
        readable: untilByte(peer.readable, env.options.get(byteToExitOn)),
      });
    }, env.log),
};

/** The overlay and its option. */
export const family: SpecFamily = { specifiers: [exitOnByte], options: [byteToExitOn] };
