/**
 * Overlays between lines and messages.
 *
 * @module
 */
import { bufferSize, nullTerminated, strict, stripNewlines } from "../lib/cli/options.ts";
import { type Env, overPeer } from "../lib/core/opener.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { derivePeer, mapReadable } from "../lib/core/streams.ts";

function lineOptions(env: Env) {
  return {
    stripNewlines: env.options.get(stripNewlines),
    nullTerminated: env.options.get(nullTerminated),
    strict: env.options.get(strict),
    limit: env.options.get(bufferSize),
    warn: (message: string, hint?: string) => env.log.warn(message, hint),
  };
}

/** `line2msg:`. */
export const lineToMessage: OverlayType = {
  kind: "overlay",
  names: ["line2msg"],
  advanced: true,
  summary: "Turn each line that is read into a message.",
  doc: "The newline stays in the message, unless --linemode-strip-newlines is given. " +
    "With -0 lines end with a NUL byte, which is not part of the message. What is written passes " +
    "as it is. It is put in by itself where a byte stream meets messages in text mode; " +
    "--no-line prevents that.\n\n" +
    "A line may have any length; -B splits longer ones, and with -S they are dropped, as is a last " +
    "line without its newline.",
  examples: ["-b line2msg:readfile:lines.txt ws://127.0.0.1:8080/"],
  orientation: "messages",
  opener: (inner, env) =>
    overPeer(inner, async (peer) => {
      const { lineStream } = await import("../lib/overlay/lines.ts");
      const { byteSource } = await import("../lib/overlay/byte_source.ts");
      const source = byteSource(peer);
      return derivePeer(peer, {
        readable: lineStream(source, lineOptions(env)),
        writable: source.writable,
      });
    }, env.log),
};

/** `msg2line:`. */
export const messageToLine: OverlayType = {
  kind: "overlay",
  names: ["msg2line"],
  advanced: true,
  summary: "Turn each message that is read into a line.",
  doc:
    "A newline at the end of a message is not doubled, and other newlines and carriage returns in " +
    "it become spaces. With -0 lines end with a NUL byte instead, and newlines stay. What is " +
    "written passes as it is. It is put in by itself where messages meet a byte stream in text " +
    "mode; --no-line prevents that.\n\n" +
    "-B splits longer messages into several lines; with -S they are dropped.",
  examples: ["-b - msg2line:ws://127.0.0.1:8080/"],
  orientation: "bytes",
  opener: (inner, env) =>
    overPeer(inner, async (peer) => {
      const { LineWriter } = await import("../lib/overlay/message_lines.ts");
      const writer = new LineWriter(lineOptions(env));
      return derivePeer(peer, {
        readable: mapReadable(peer.readable, { batch: (batch) => writer.lines(batch) }),
      });
    }, env.log),
};

/** `line2msg:` and `msg2line:`. */
export const family: SpecFamily = { specifiers: [lineToMessage, messageToLine] };
