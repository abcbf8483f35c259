/**
 * `clogged:`: an endpoint that hangs.
 *
 * @module
 */
import { connector } from "../lib/core/opener.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** A hanging connection as an endpoint. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "endpoint",
    names: ["clogged"],
    advanced: true,
    summary: "takes nothing, says nothing and never ends",
    doc: "For trying out time limits and back pressure.",
    examples: ["ws-l:127.0.0.1:8080 clogged:"],
    orientation: "messages",
    opener: () =>
      connector(async () => {
        const { cloggedPeer } = await import("../lib/local/clogged.ts");
        return cloggedPeer("clogged:");
      }),
  }],
};
