/**
 * `jsonrpc:`, for trying out JSON-RPC services by hand.
 *
 * @module
 */
import { TEXT } from "../lib/core/batch.ts";
import { maxMessageLength } from "../lib/cli/websocket_options.ts";
import { usageError } from "../lib/core/errors.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { type Env, overPeer } from "../lib/core/opener.ts";
import { flag, type Option } from "../lib/core/option.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { withOverlayAboveLines } from "../lib/core/specifier.ts";
import { derivePeer, mapReadable } from "../lib/core/streams.ts";

/** `--jsonrpc`. */
export const jsonRpc: Option<boolean> = flag({
  long: "jsonrpc",
  group: "messages",
  advanced: true,
  help:
    "Send what is typed as JSON-RPC 2.0 requests: the first word is the method, the rest its parameters, as JSON.",
});

/** `--jsonrpc-omit-jsonrpc`. */
export const omitVersion: Option<boolean> = flag({
  long: "jsonrpc-omit-jsonrpc",
  group: "messages",
  advanced: true,
  help: "Leave the jsonrpc member out of JSON-RPC requests, as Chromium wants it.",
});

async function requests(peer: Peer, { options, log }: Env): Promise<Peer> {
  const { jsonRpcRequest } = await import("../lib/overlay/json_rpc.ts");
  const { BatchBuilder } = await import("../lib/overlay/batch_builder.ts");
  const { WholeMessages } = await import("../lib/overlay/whole.ts");
  const whole = new WholeMessages(options.get(maxMessageLength));
  const format = { omitVersion: options.get(omitVersion) };
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const out = new BatchBuilder();
  let id = 0;
  return derivePeer(peer, {
    readable: mapReadable(peer.readable, {
      batch(batch) {
        const typed = whole.add(batch);
        out.clear();
        for (let i = 0; i < typed.length; i++) {
          const request = jsonRpcRequest(decoder.decode(typed.message(i)), ++id, format);
          if (!request.valid) {
            log.warn(
              `jsonrpc: the parameters of ${JSON.stringify(request.method)} are not JSON`,
              'write texts in double quotes, and commas between parameters: method 1, "two"',
            );
          }
          out.add(encoder.encode(request.text), TEXT);
        }
        return out.batch;
      },
    }),
  });
}

/** `jsonrpc:`. */
export const overlay: OverlayType = {
  kind: "overlay",
  names: ["jsonrpc"],
  advanced: true,
  summary: "Turn each message that is read into a JSON-RPC 2.0 request.",
  doc: 'The message add 1,2 becomes {"jsonrpc":"2.0","id":1, "method":"add", "params":[1,2]}. ' +
    "Parameters that begin with a brace or a bracket are taken as they are. Requests are " +
    "numbered from 1. Over a byte stream, write jsonrpc:line2msg: so that each line is a message; " +
    "--jsonrpc does so for what is typed.",
  examples: ["-t jsonrpc:line2msg:- ws://127.0.0.1:8080/"],
  orientation: "messages",
  opener: (inner, env) => overPeer(inner, (peer) => requests(peer, env), env.log),
};

/** `--jsonrpc`: what is typed passes through `jsonrpc:`, a line a request. */
const insertJsonRpc: Fixup = {
  when: "after",
  apply({ left, right }, { options, registry, simple }) {
    if (!options.get(jsonRpc)) return { left, right };
    if (!simple) {
      throw usageError("--jsonrpc goes with one address only", "write jsonrpc:line2msg:- instead");
    }
    const overlay = registry.overlay("jsonrpc");
    const typedLeft = left.endpoint.singleton === "stdio";
    return typedLeft
      ? { left: withOverlayAboveLines(left, overlay), right }
      : { left, right: withOverlayAboveLines(right, overlay) };
  },
};

/** The overlay and its options. */
export const family: SpecFamily = {
  specifiers: [overlay],
  options: [jsonRpc, omitVersion],
  fixups: [insertJsonRpc],
};
