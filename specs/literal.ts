/**
 * `literal:` and `literalreply:`: a fixed text.
 *
 * @module
 */
import { connector } from "../lib/core/opener.ts";
import type { EndpointType, SpecFamily } from "../lib/core/registry.ts";

const literal: EndpointType = {
  kind: "endpoint",
  names: ["literal"],
  advanced: true,
  summary: "one message with this text; what is written to it is thrown away",
  doc: "The text may be empty: that is one empty message.",
  examples: [`ws-l:127.0.0.1:8080 literal:'{"hello":"world"}'`],
  argument: "TEXT",
  orientation: "messages",
  opener: (text) =>
    connector(async () => {
      const { literalPeer } = await import("../lib/local/literal.ts");
      return literalPeer("literal:", text);
    }),
};

const literalreply: EndpointType = {
  kind: "endpoint",
  names: ["literalreply"],
  summary: "this text as the answer to each message",
  examples: [`ws-l:127.0.0.1:8080 literalreply:'{"status":"ok"}'`],
  argument: "TEXT",
  orientation: "messages",
  opener: (text) =>
    connector(async () => {
      const { literalReplyPeer } = await import("../lib/local/literal.ts");
      return literalReplyPeer("literalreply:", text);
    }),
};

/** Fixed texts as endpoints. */
export const family: SpecFamily = { specifiers: [literal, literalreply] };
