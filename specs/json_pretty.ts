/**
 * `json-pretty:`, which indents the JSON that is written to it.
 *
 * @module
 */
import { jsonPretty } from "../lib/cli/terminal_options.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { overPeer } from "../lib/core/opener.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { trait, withOverlay } from "../lib/core/specifier.ts";
import { derivePeer, mapWritable } from "../lib/core/streams.ts";

async function indenting(peer: Peer): Promise<Peer> {
  const { JsonIndenter } = await import("../lib/overlay/json_indenter.ts");
  const indenter = new JsonIndenter();
  return derivePeer(peer, {
    writable: mapWritable(peer.writable, { batch: (batch) => indenter.batch(batch) }),
  });
}

/** `--json-pretty` is about what a person or a program reads on standard output. */
const overStdout: Fixup = {
  when: "after",
  apply({ left, right }, { options, registry }) {
    if (!options.get(jsonPretty)) return { left, right };
    const overlay = registry.overlay("json-pretty");
    if (trait(left, "singleton") === "stdio") left = withOverlay(left, overlay);
    if (trait(right, "singleton") === "stdio") right = withOverlay(right, overlay);
    return { left, right };
  },
};

/** The overlay. */
export const family: SpecFamily = {
  fixups: [overStdout],
  specifiers: [{
    kind: "overlay",
    names: ["json-pretty"],
    orientation: "inherit",
    advanced: true,
    summary: "Indent JSON objects and arrays that are written to it.",
    doc: "Each message, or line, that is a JSON object or array of at most 4 MiB goes on in many " +
      "lines, its numbers and strings as they came; all others go on as they are. " +
      "`--json-pretty` puts it over standard output.",
    examples: ["json-pretty:- ws://127.0.0.1:8080/"],
    opener: (inner, env) => overPeer(inner, indenting, env.log),
  }],
};
