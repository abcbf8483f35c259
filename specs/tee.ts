/**
 * `tee:` and `--tee`.
 *
 * @module
 */
import type { Fixup } from "../lib/core/fixups.ts";
import { type Opener, overPeer } from "../lib/core/opener.ts";
import { flag, type Option, texts } from "../lib/core/option.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { opener, parseSpecifier, withOverlay } from "../lib/core/specifier.ts";

/** `--tee`. */
export const tee: Option<readonly string[]> = texts({
  long: "tee",
  value: "SPECIFIER",
  group: "overlay",
  advanced: true,
  help:
    "Send what goes to the right side to this specifier too, and take what comes from it. tee: says which side it is for, if it is not the right one.",
});

/** `--tee-propagate-failures`. */
export const propagateFailures: Option<boolean> = flag({
  long: "tee-propagate-failures",
  group: "overlay",
  advanced: true,
  help: "A failure of one end of tee: is a failure of all. Otherwise the others go on.",
});

/** `--tee-propagate-eof`. */
export const propagateEof: Option<boolean> = flag({
  long: "tee-propagate-eof",
  group: "overlay",
  advanced: true,
  help: "Reading from tee: ends with the first of its ends, not with the last.",
});

/** `--tee-tolerate-torn-msgs`. */
export const tolerateTornMessages: Option<boolean> = flag({
  long: "tee-tolerate-torn-msgs",
  group: "overlay",
  advanced: true,
  help:
    "When an end of tee: is lost in the middle of a message, cut the message short instead of failing.",
});

/** `--tee` without `tee:` is for the right side. */
const insertTee: Fixup = {
  when: "before",
  apply(pair, { options, registry }) {
    const overlays = [...pair.left.overlays, ...pair.right.overlays];
    if (options.get(tee).length === 0 || overlays.some((o) => o.names[0] === "tee")) return pair;
    return { ...pair, right: withOverlay(pair.right, registry.overlay("tee")) };
  },
};

/** The overlay and its options. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "overlay",
    names: ["tee"],
    orientation: "inherit",
    advanced: true,
    summary: "Write to several places at once, and read from all of them.",
    doc:
      "The other ends are given with --tee, one each; they are opened for each session. Writing goes at the pace of the slowest. Messages from all ends are read as they come, and no message comes between the parts of another. An end that fails is left out, with a warning. Lines are not turned into messages for the other ends by themselves: write --tee=line2msg:- where that is wanted.",
    examples: ["-t - ws://127.0.0.1:8080/ --tee=appendfile:sent.txt"],
    opener(inner, env) {
      const others: Opener[] = env.options.get(tee)
        .map((text) => opener(parseSpecifier(text, env.registry), env));
      return overPeer(inner, async (peer, request) => {
        const { openAll, teePeer } = await import("../lib/overlay/tee.ts");
        const peers = await openAll(others, request);
        return teePeer([peer, ...peers], {
          propagateFailures: env.options.get(propagateFailures),
          propagateEof: env.options.get(propagateEof),
          tolerateTornMessages: env.options.get(tolerateTornMessages),
          log: env.log,
        });
      }, env.log);
    },
  }],
  options: [tee, propagateFailures, propagateEof, tolerateTornMessages],
  fixups: [insertTee],
};
