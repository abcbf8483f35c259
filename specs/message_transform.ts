/**
 * Options that change the messages of WebSocket connections, and what applies them.
 *
 * @module
 */
import { asBinary, asText } from "../lib/cli/options.ts";
import {
  base64,
  base64Text,
  binaryPrefix,
  compression,
  dropsEmpty,
  textPrefix,
  transformOptions,
  transformsIncoming,
  transformsOutgoing,
  uncompression,
} from "../lib/cli/transform_options.ts";
import { maxMessageLength } from "../lib/cli/websocket_options.ts";
import type { Env } from "../lib/core/opener.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { derivePeer, mapReadable, mapWritable } from "../lib/core/streams.ts";

/**
 * A WebSocket peer with its messages transformed as the options say; `peer` itself if they
 * say nothing. What `peer` sends has to keep kinds where `transformsOutgoing` holds.
 */
export function transformPeer(peer: Peer, env: Pick<Env, "options" | "log">): Peer | Promise<Peer> {
  const incoming = transformsIncoming(env.options);
  const outgoing = transformsOutgoing(env.options);
  if (dropsEmpty(env.options)) return withoutEmpty(peer, env, incoming, outgoing);
  return incoming || outgoing ? transformed(peer, env, incoming, outgoing) : peer;
}

async function withoutEmpty(
  peer: Peer,
  env: Pick<Env, "options" | "log">,
  incoming: boolean,
  outgoing: boolean,
): Promise<Peer> {
  const { dropEmpty } = await import("../lib/overlay/drop_empty.ts");
  const filled = derivePeer(peer, { readable: mapReadable(peer.readable, { batch: dropEmpty }) });
  return incoming || outgoing ? await transformed(filled, env, incoming, outgoing) : filled;
}

async function transformed(
  peer: Peer,
  { options, log }: Pick<Env, "options" | "log">,
  incoming: boolean,
  outgoing: boolean,
): Promise<Peer> {
  const { Incoming, Outgoing } = await import("../lib/overlay/transform.ts");
  const { WholeMessages } = await import("../lib/overlay/whole.ts");
  const limit = options.get(maxMessageLength);
  const packed = compression(options);
  const unpacked = uncompression(options);
  const codec = packed || unpacked ? await import("../lib/overlay/codec.ts") : undefined;
  const both = {
    textPrefix: options.get(textPrefix),
    binaryPrefix: options.get(binaryPrefix),
    base64: options.get(base64),
    base64Text: options.get(base64Text),
  };
  let readable = peer.readable;
  let writable = peer.writable;
  if (incoming) {
    const whole = new WholeMessages(limit);
    const transform = new Incoming({
      ...both,
      uncompress: unpacked && ((bytes) => codec!.uncompress(unpacked, bytes, limit)),
    });
    readable = mapReadable(readable, { batch: (batch) => transform.batch(whole.add(batch)) });
  }
  if (outgoing) {
    const whole = new WholeMessages(limit);
    const transform = new Outgoing({
      ...both,
      kind: options.get(asText) ? "text" : options.get(asBinary) ? "binary" : "keep",
      compress: packed && ((bytes) => codec!.compress(packed, bytes)),
      warn: (message) => log.warn(message),
    });
    writable = mapWritable(writable, { batch: (batch) => transform.batch(whole.add(batch)) });
  }
  return derivePeer(peer, { readable, writable });
}

/** The options. */
export const family: SpecFamily = { specifiers: [], options: transformOptions };
