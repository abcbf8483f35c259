/**
 * `random:`: random bytes.
 *
 * @module
 */
import { bufferSize } from "../lib/cli/options.ts";
import { connector } from "../lib/core/opener.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** Random bytes as an endpoint. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "endpoint",
    names: ["random"],
    advanced: true,
    summary: "random bytes without end, in messages of 64 KiB or -B bytes if that is less",
    doc: "The messages are binary. What is written to it is thrown away.",
    examples: ["-b random: ws://127.0.0.1:8080/"],
    orientation: "messages",
    opener: (_, env) =>
      connector(async () => {
        const { randomPeer } = await import("../lib/local/random.ts");
        return randomPeer("random:", env.options.get(bufferSize));
      }),
  }],
};
