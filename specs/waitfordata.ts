/**
 * `waitfordata:`.
 *
 * @module
 */
import { lazyOpener } from "../lib/core/opener.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** The overlay. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "overlay",
    names: ["waitfordata", "wait-for-data"],
    orientation: "inherit",
    single: true,
    advanced: true,
    summary: "Connect only when there is something to write.",
    doc:
      "The connection is made at the first message, or at a preamble. Without any it is never made, and the session ends when the other side has ended.",
    examples: ["-b tcp:127.0.0.1:1234 waitfordata:tcp:127.0.0.1:1235"],
    opener: (inner) =>
      lazyOpener(async () => {
        const { waitForData } = await import("../lib/overlay/waitfordata.ts");
        return waitForData(inner);
      }),
  }],
};
