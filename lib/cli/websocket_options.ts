/**
 * Options of WebSocket connections.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import {
  bytes,
  flag,
  integer,
  type Option,
  type OptionValues,
  seconds,
  text,
  texts,
} from "../core/option.ts";
import type { HeaderField } from "../http/head.ts";
import type { DeflateParameters } from "../websocket/deflate_negotiation.ts";

/** `-H`. */
export const header: Option<readonly string[]> = texts({
  long: "header",
  short: "H",
  value: "NAME:VALUE",
  oneWord: true,
  group: "http",
  help: "Add a header field to the WebSocket client's request; takes exactly one value.",
});

/** `--server-header`. */
export const serverHeader: Option<readonly string[]> = texts({
  long: "server-header",
  value: "NAME:VALUE",
  oneWord: true,
  group: "http",
  advanced: true,
  help: "Add a header field to the WebSocket server's responses.",
});

/** `--origin`. */
export const origin: Option<string | undefined> = text({
  long: "origin",
  value: "URL",
  group: "http",
  help: "Send this Origin header as a WebSocket client.",
});

/** `--protocol`. */
export const protocol: Option<string | undefined> = text({
  long: "protocol",
  value: "NAMES",
  group: "websocket",
  help: "Offer these subprotocols, apart by commas (Sec-WebSocket-Protocol).",
});

/** `--server-protocol`. */
export const serverProtocol: Option<string | undefined> = text({
  long: "server-protocol",
  value: "NAME",
  group: "websocket",
  advanced: true,
  help: "Speak only this subprotocol as a server; without it the first one offered is taken.",
});

/** `--websocket-version`. */
export const websocketVersion: Option<string> = {
  ...text({
    long: "websocket-version",
    value: "N",
    group: "websocket",
    advanced: true,
    defaultText: "13",
    help: "Send this Sec-WebSocket-Version as a client.",
  }),
  initial: "13",
  parse: ([word]) => word,
};

/** `--restrict-uri`. */
export const restrictUri: Option<string | undefined> = text({
  long: "restrict-uri",
  value: "PATH",
  group: "http",
  advanced: true,
  help: "Serve WebSockets at this path only, such as /ws; its query counts.",
});

/** `--ws-c-uri`. */
export const wsClientUri: Option<string> = {
  ...text({
    long: "ws-c-uri",
    value: "URL",
    group: "websocket",
    advanced: true,
    defaultText: "ws://0.0.0.0/",
    help: "The address that ws-c: tells the server; where it connects is written after the colon.",
  }),
  initial: "ws://0.0.0.0/",
  parse: ([word]) => word,
};

/** `--close-status-code`. */
export const closeStatusCode: Option<number | undefined> = integer({
  long: "close-status-code",
  value: "CODE",
  initial: undefined,
  min: 1000,
  max: 4999,
  group: "websocket",
  advanced: true,
  help: "Put this code into the Close frame; without it there is none.",
});

/** `--close-reason`. */
export const closeReason: Option<string | undefined> = text({
  long: "close-reason",
  value: "TEXT",
  group: "websocket",
  advanced: true,
  help: "Put this reason into the Close frame, after the --close-status-code.",
});

/** `--ping-interval`. */
export const pingInterval: Option<number | undefined> = seconds({
  long: "ping-interval",
  value: "SECONDS",
  initial: undefined,
  min: 0.001,
  group: "websocket",
  help: "Send a Ping this often.",
});

/** `--ping-timeout`. */
export const pingTimeout: Option<number | undefined> = seconds({
  long: "ping-timeout",
  value: "SECONDS",
  initial: undefined,
  min: 0.001,
  group: "websocket",
  help: "End a connection on which no Pong has come for so long.",
});

/** `--max-sent-pings`. */
export const maxSentPings: Option<number | undefined> = integer({
  long: "max-sent-pings",
  value: "N",
  initial: undefined,
  group: "websocket",
  advanced: true,
  help: "Send no more than N Pings.",
});

/** `--print-ping-rtts`. */
export const printPingRtts: Option<boolean> = flag({
  long: "print-ping-rtts",
  group: "websocket",
  advanced: true,
  help: "Print the time between each Ping and its Pong to standard error.",
});

/** `--inhibit-pongs`. */
export const inhibitPongs: Option<number | undefined> = integer({
  long: "inhibit-pongs",
  value: "N",
  initial: undefined,
  group: "websocket",
  advanced: true,
  help: "Answer only the first N Pings, to try out what the other end does then.",
});

const MIB = 1024 * 1024;

/** `--max-ws-frame-length`. */
export const maxFrameLength: Option<number> = bytes<number>({
  long: "max-ws-frame-length",
  value: "BYTES",
  initial: 64 * MIB,
  defaultText: "64M",
  group: "websocket",
  advanced: true,
  help: "Refuse a longer WebSocket frame.",
});

/** `--max-ws-message-length`. */
export const maxMessageLength: Option<number> = bytes<number>({
  long: "max-ws-message-length",
  value: "BYTES",
  initial: 64 * MIB,
  defaultText: "64M",
  group: "websocket",
  advanced: true,
  help: "Refuse a longer WebSocket message, all its fragments together.",
});

/** `--compress`. */
export const compress: Option<DeflateParameters | undefined> = {
  long: "compress",
  value: "PARAMS",
  valueOptional: true,
  group: "websocket",
  help: "Compress messages (permessage-deflate), if the other end does too. PARAMS limit it: " +
    "server_no_context_takeover, client_no_context_takeover, server_max_window_bits=8 to 15, " +
    "client_max_window_bits=8 to 15, separated by commas.",
  initial: undefined,
  parse: ([words]) => deflateParameters(words),
};

const TAKEOVER_PARAMETERS: Record<string, keyof DeflateParameters> = {
  server_no_context_takeover: "serverNoContextTakeover",
  client_no_context_takeover: "clientNoContextTakeover",
};

const WINDOW_PARAMETERS: Record<string, keyof DeflateParameters> = {
  server_max_window_bits: "serverMaxWindowBits",
  client_max_window_bits: "clientMaxWindowBits",
};

function deflateParameters(words: string): DeflateParameters {
  const parameters: Record<string, boolean | number> = {};
  for (const word of words.split(/[,;]/).map((word) => word.trim()).filter(Boolean)) {
    const [, name, value] = /^([^=]*?)\s*(?:=\s*(.*))?$/.exec(word)!;
    if (Object.hasOwn(TAKEOVER_PARAMETERS, name)) {
      if (value !== undefined) throw usageError(`--compress: ${name} takes no value`);
      parameters[TAKEOVER_PARAMETERS[name]] = true;
    } else if (Object.hasOwn(WINDOW_PARAMETERS, name)) {
      if (!/^([89]|1[0-5])$/.test(value ?? "")) {
        throw usageError(
          `--compress: ${word} is no number from 8 to 15`,
          `write ${name}=12 for windows of 2^12 bytes`,
        );
      }
      parameters[WINDOW_PARAMETERS[name]] = Number(value);
    } else {
      const known = [...Object.keys(TAKEOVER_PARAMETERS), ...Object.keys(WINDOW_PARAMETERS)];
      throw usageError(`--compress: '${name}' is none of ${known.join(", ")}`);
    }
  }
  return parameters;
}

/** `--compress-level`. */
export const compressLevel: Option<number> = integer<number>({
  long: "compress-level",
  value: "N",
  initial: 4,
  min: 1,
  max: 9,
  group: "websocket",
  advanced: true,
  help: "How hard --compress tries, from 1 (fast) to 9 (small).",
});

/** `--compress-threshold`. */
export const compressThreshold: Option<number | undefined> = bytes({
  long: "compress-threshold",
  value: "BYTES",
  initial: undefined,
  defaultText: "32, or 1024 without context takeover",
  group: "websocket",
  advanced: true,
  help: "Send shorter messages as they are with --compress.",
});

/** `--just-generate-key`. */
export const justGenerateKey: Option<boolean> = flag({
  long: "just-generate-key",
  group: "mode",
  advanced: true,
  help: "Print a fresh Sec-WebSocket-Key and do nothing else.",
});

/** `--just-generate-accept`. */
export const justGenerateAccept: Option<string | undefined> = text({
  long: "just-generate-accept",
  value: "KEY",
  group: "mode",
  advanced: true,
  help: "Print the Sec-WebSocket-Accept for a Sec-WebSocket-Key and do nothing else.",
});

/** The rows above, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const webSocketOptions: readonly Option<any>[] = [
  justGenerateKey,
  justGenerateAccept,
  protocol,
  serverProtocol,
  pingInterval,
  pingTimeout,
  maxSentPings,
  printPingRtts,
  inhibitPongs,
  closeStatusCode,
  closeReason,
  maxMessageLength,
  maxFrameLength,
  compress,
  compressLevel,
  compressThreshold,
  websocketVersion,
  wsClientUri,
  header,
  serverHeader,
  origin,
  restrictUri,
];

/** Header fields as written after `-H`: the value without one space after the colon. */
export function headerFields(
  values: OptionValues,
  option: Option<readonly string[]>,
): HeaderField[] {
  // What comes after the first word may be a password.
  const shown = (text: string) => `--${option.long}: '${text.replace(/[\s=].*$/s, "…")}'`;
  return values.get(option).map((field) => {
    const colon = field.indexOf(":");
    if (colon < 1) {
      throw usageError(`${shown(field)} is not NAME:VALUE`, "write for example -H 'X-Token: abc'");
    }
    const name = field.slice(0, colon).trim();
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
      throw usageError(
        `${shown(name)} is not the name of a header field`,
        "it is one word, such as X-Token",
      );
    }
    return [name, field.slice(colon + 1).replace(/^ /, "")] as const;
  });
}
