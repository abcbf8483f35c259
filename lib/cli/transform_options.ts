/**
 * Options that change the messages of WebSocket connections.
 *
 * @module
 */
import { flag, type Option, type OptionValues, text } from "../core/option.ts";

/** `--text-prefix`. */
export const textPrefix: Option<string | undefined> = text({
  long: "text-prefix",
  value: "TEXT",
  group: "messages",
  advanced: true,
  help:
    "Put this before each text message that comes from a WebSocket, and send what begins with it as text, without it.",
});

/** `--binary-prefix`. */
export const binaryPrefix: Option<string | undefined> = text({
  long: "binary-prefix",
  value: "TEXT",
  group: "messages",
  advanced: true,
  help:
    "Put this before each binary message that comes from a WebSocket, and send what begins with it as binary, without it.",
});

/** `--base64`. */
export const base64: Option<boolean> = flag({
  long: "base64",
  group: "messages",
  advanced: true,
  help:
    "Turn binary messages that come from a WebSocket into a line of base64, and decode what is sent as binary.",
});

/** `--base64-text`. */
export const base64Text: Option<boolean> = flag({
  long: "base64-text",
  group: "messages",
  advanced: true,
  help: "As --base64, but for text messages.",
});

/** `--websocket-ignore-zeromsg`. */
export const ignoreZeromsg: Option<boolean> = flag({
  long: "websocket-ignore-zeromsg",
  group: "messages",
  advanced: true,
  help: "Leave out empty messages that come from a WebSocket.",
});

/** `--no-exit-on-zeromsg`. */
export const noExitOnZeromsg: Option<boolean> = flag({
  long: "no-exit-on-zeromsg",
  group: "messages",
  advanced: true,
  help:
    "The same as --websocket-ignore-zeromsg, under another name of websocat's. An empty message ends nothing anyway.",
});

/** How messages can be compressed, each by itself: `deflate` is raw (RFC 1951). */
const COMPRESSIONS = ["deflate", "gzip", "zlib"] as const;

/** A way to compress messages. */
export type Compression = typeof COMPRESSIONS[number];

function perFormat(verb: "compress" | "uncompress", help: string) {
  return COMPRESSIONS.map((format) =>
    flag({
      long: `${verb}-${format}`,
      group: "messages",
      advanced: true,
      conflicts: COMPRESSIONS.filter((other) => other !== format).map((o) => `${verb}-${o}`),
      help: help.replace("FORMAT", format === "deflate" ? "raw deflate" : format),
    })
  );
}

const compressions: readonly Option<boolean>[] = perFormat(
  "compress",
  "Compress each binary message that is sent to a WebSocket, as FORMAT.",
);

const uncompressions: readonly Option<boolean>[] = perFormat(
  "uncompress",
  "Uncompress each binary message that comes from a WebSocket, as FORMAT.",
);

/** The rows above, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const transformOptions: readonly Option<any>[] = [
  base64,
  base64Text,
  textPrefix,
  binaryPrefix,
  ...compressions,
  ...uncompressions,
  ignoreZeromsg,
  noExitOnZeromsg,
];

/** How binary messages are compressed before they are sent, if at all. */
export function compression(options: OptionValues): Compression | undefined {
  return COMPRESSIONS.find((_, i) => options.get(compressions[i]));
}

/** How binary messages that arrive have been compressed, if at all. */
export function uncompression(options: OptionValues): Compression | undefined {
  return COMPRESSIONS.find((_, i) => options.get(uncompressions[i]));
}

/**
 * Whether outgoing messages are transformed by their kind. The transformation has then
 * applied `-t` and `-b`, and what sends the messages has to keep their kinds.
 */
export function transformsOutgoing(options: OptionValues): boolean {
  return addsPrefixOrBase64(options) || compression(options) !== undefined;
}

/** Whether empty messages that come in are left out. */
export function dropsEmpty(options: OptionValues): boolean {
  return options.get(ignoreZeromsg) || options.get(noExitOnZeromsg);
}

/** Whether incoming messages are transformed. */
export function transformsIncoming(options: OptionValues): boolean {
  return addsPrefixOrBase64(options) || uncompression(options) !== undefined;
}

function addsPrefixOrBase64(options: OptionValues): boolean {
  return options.get(textPrefix) !== undefined || options.get(binaryPrefix) !== undefined ||
    options.get(base64) || options.get(base64Text);
}
