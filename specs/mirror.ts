/**
 * `mirror:`: what goes in comes out.
 *
 * @module
 */
import { connector } from "../lib/core/opener.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** An echo as an endpoint. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "endpoint",
    names: ["mirror"],
    summary: "gives back each message that is written to it",
    examples: ["ws-l:127.0.0.1:8080 mirror:"],
    orientation: "messages",
    opener: () =>
      connector(async () => {
        const { mirrorPeer } = await import("../lib/local/mirror.ts");
        return mirrorPeer("mirror:");
      }),
  }],
};
