/**
 * `lengthprefixed:`, messages in a byte stream.
 *
 * @module
 */
import { bufferSize } from "../lib/cli/options.ts";
import { maxMessageLength } from "../lib/cli/websocket_options.ts";
import type { Batch } from "../lib/core/batch.ts";
import { warnOnce } from "../lib/core/log.ts";
import { type Env, type OpenRequest, overPeer } from "../lib/core/opener.ts";
import { flag, integer, type Option } from "../lib/core/option.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { derivePeer, mapWritable } from "../lib/core/streams.ts";

/** `--lengthprefixed-nbytes`. */
export const headerBytes: Option<number> = integer<number>({
  long: "lengthprefixed-nbytes",
  value: "N",
  initial: 4,
  min: 1,
  max: 8,
  group: "overlay",
  advanced: true,
  help: "How many bytes the header of lengthprefixed: has.",
});

/** `--lengthprefixed-little-endian`. */
export const littleEndian: Option<boolean> = flag({
  long: "lengthprefixed-little-endian",
  group: "overlay",
  advanced: true,
  help: "The header of lengthprefixed: has its least significant byte first.",
});

/** `--lengthprefixed-skip-read-direction`. */
export const skipRead: Option<boolean> = flag({
  long: "lengthprefixed-skip-read-direction",
  group: "overlay",
  advanced: true,
  help: "What is read through lengthprefixed: has no headers.",
});

/** `--lengthprefixed-skip-write-direction`. */
export const skipWrite: Option<boolean> = flag({
  long: "lengthprefixed-skip-write-direction",
  group: "overlay",
  advanced: true,
  help: "What is written through lengthprefixed: gets no headers.",
});

async function prefixed(
  peer: Peer,
  { options, log }: Env,
  { shared }: OpenRequest,
): Promise<Peer> {
  const { LengthPrefixReader, LengthPrefixWriter } = await import(
    "../lib/overlay/length_prefix.ts"
  );
  const header = { bytes: options.get(headerBytes), littleEndian: options.get(littleEndian) };
  let readable = peer.readable;
  let writable: WritableStream<Batch> | undefined;
  if (!options.get(skipRead)) {
    const { byteSource } = await import("../lib/overlay/byte_source.ts");
    const source = byteSource(peer);
    writable = source.writable;
    const limit = options.get(bufferSize);
    const reader = limit === undefined
      ? new LengthPrefixReader(header, options.get(maxMessageLength), "--max-ws-message-length")
      : new LengthPrefixReader(header, limit, "-B");
    readable = new ReadableStream<Batch>({
      async pull(controller) {
        for (;;) {
          const length = await source.read(reader.room());
          if (length === null) {
            const cut = reader.end();
            if (cut > 0) {
              log.warn(`lengthprefixed: the input ended after ${cut} bytes of a header`);
            }
            controller.close();
            return;
          }
          const batch = reader.received(length);
          if (batch.length > 0) {
            controller.enqueue(batch);
            return;
          }
        }
      },
      cancel: () => source.cancel(),
    }, { highWaterMark: 0 });
  }
  if (!options.get(skipWrite)) {
    const { WholeMessages } = await import("../lib/overlay/whole.ts");
    const whole = new WholeMessages(options.get(maxMessageLength));
    const writer = new LengthPrefixWriter(header, shared ? warnOnce(log) : undefined);
    writable = mapWritable(writable ?? peer.writable, {
      batch: (batch) => writer.write(whole.add(batch)),
    });
  }
  return derivePeer(peer, { readable, writable });
}

/** `lengthprefixed:`. */
export const lengthPrefixed: OverlayType = {
  kind: "overlay",
  names: ["lengthprefixed"],
  advanced: true,
  summary: "Keep message bounds on a byte stream: a length before each message.",
  doc:
    "The header is a big-endian number of 4 bytes, the length of the message without the header. " +
    "Options change its size and byte order, and leave one direction as it is. A message over -B " +
    "or --max-ws-message-length is an error.",
  examples: [
    "-u -b udp-l:127.0.0.1:1234 lengthprefixed:writefile:datagrams",
    "-b lengthprefixed:- ws://127.0.0.1:8080/ --binary-prefix=B --text-prefix=T",
  ],
  orientation: "messages",
  opener: (inner, env) => overPeer(inner, (peer, request) => prefixed(peer, env, request), env.log),
};

/** The overlay and its options. */
export const family: SpecFamily = {
  specifiers: [lengthPrefixed],
  options: [headerBytes, littleEndian, skipRead, skipWrite],
};
