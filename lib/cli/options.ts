/**
 * The option table: what the program and its sessions read. Specifiers bring the
 * rows that only they read; {@linkcode Registry} has those.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import {
  bytes,
  choice,
  counter,
  flag,
  integer,
  type Option,
  seconds,
  text,
  texts,
} from "../core/option.ts";
import { terminalOptions } from "./terminal_options.ts";
import { conversationOptions } from "./conversation_options.ts";
import { scriptOptions } from "./script_options.ts";

/** `-h`: handled before all others. */
export const help: Option<string | undefined> = text({
  long: "help",
  short: "h",
  aliases: ["?"],
  value: "short|long|doc",
  valueOptional: true,
  group: "mode",
  help:
    "Print help: the everyday part, all options and specifiers, or all with descriptions and examples.",
});

/** `--long-help`. */
export const longHelp: Option<boolean> = flag({
  long: "long-help",
  group: "mode",
  advanced: true,
  help: "The same as --help=long.",
});

/** `-V`. */
export const version: Option<boolean> = flag({
  long: "version",
  short: "V",
  group: "mode",
  help: "Print the version.",
});

/** `--completions`. */
export const completions: Option<string | undefined> = text({
  long: "completions",
  value: "bash|zsh|fish|powershell",
  group: "mode",
  advanced: true,
  help: "Print a script that makes this shell complete wirecat's options and specifiers.",
});

/** `-s`. */
export const serverMode: Option<boolean> = flag({
  long: "server-mode",
  short: "s",
  group: "mode",
  help: "Simple server: listen on PORT or ADDRESS:PORT, the only argument.",
});

/** `--dump-spec`. */
export const dumpSpec: Option<boolean> = flag({
  long: "dump-spec",
  group: "mode",
  advanced: true,
  help:
    "Print what the specifiers were understood as, and the options that were given, and run nothing.",
});

/** `--print-curl`. */
export const printCurl: Option<string | undefined> = {
  ...text({
    long: "print-curl",
    value: "secrets",
    valueOptional: true,
    group: "mode",
    advanced: true,
    help:
      "Print the curl command that asks the server for the same, and connect nothing. Passwords and tokens are left out of it unless the word secrets is given.",
  }),
  parse([word]) {
    if (word === "" || word === "secrets") return word;
    throw usageError(`--print-curl: '${word}' is not 'secrets', the only word it takes`);
  },
};

/** `--config`. */
export const configFile: Option<string | undefined> = text({
  long: "config",
  value: "FILE",
  group: "mode",
  advanced: true,
  env: "WIRECAT_CONFIG",
  help: "Read defaults and profiles from this file instead of the usual one.",
});

/** `--no-config`. */
export const noConfig: Option<boolean> = flag({
  long: "no-config",
  group: "mode",
  advanced: true,
  help: "Read no file of defaults and profiles.",
});

/** `--config` and `--no-config`. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const configOptions: readonly Option<any>[] = [configFile, noConfig];

/** `--engine`. */
export const engine: Option<"stream" | "native"> = choice({
  long: "engine",
  choices: ["stream", "native"],
  group: "websocket",
  advanced: true,
  help: "Which WebSocket implementation to use: wirecat's own, or the runtime's.",
});

/** `-t`. */
export const asText: Option<boolean> = flag({
  long: "text",
  short: "t",
  group: "messages",
  conflicts: ["binary"],
  help: "Send all WebSocket messages as text.",
});

/** `-b`. */
export const asBinary: Option<boolean> = flag({
  long: "binary",
  short: "b",
  group: "messages",
  help:
    "Send all WebSocket messages as binary, and take bytes as they come instead of line by line.",
});

/** `-u`. */
export const unidirectional: Option<boolean> = flag({
  long: "unidirectional",
  short: "u",
  group: "session",
  help: "Copy nothing from the right side to the left.",
});

/** `-U`. */
export const unidirectionalReverse: Option<boolean> = flag({
  long: "unidirectional-reverse",
  short: "U",
  group: "session",
  help: "Copy nothing from the left side to the right.",
});

/** `-E`. */
export const exitOnEof: Option<boolean> = flag({
  long: "exit-on-eof",
  short: "E",
  group: "session",
  help: "End a session as soon as one side has ended.",
});

/** `-n`. */
export const noClose: Option<boolean> = flag({
  long: "no-close",
  short: "n",
  group: "session",
  help: "Send no Close frame when the other side has ended.",
});

/** `-1`. */
export const oneMessage: Option<boolean> = flag({
  long: "one-message",
  short: "1",
  group: "session",
  help: "Copy one message in each direction, then end.",
});

/** `--max-messages`. */
export const maxMessages: Option<number | undefined> = integer({
  long: "max-messages",
  value: "N",
  initial: undefined,
  group: "session",
  advanced: true,
  help: "Copy at most N messages from the left side to the right.",
});

/** `--max-messages-rev`. */
export const maxMessagesReverse: Option<number | undefined> = integer({
  long: "max-messages-rev",
  value: "N",
  initial: undefined,
  group: "session",
  advanced: true,
  help: "Copy at most N messages from the right side to the left.",
});

/** `--linger`. */
export const linger: Option<number> = seconds({
  long: "linger",
  value: "SECONDS",
  initial: 0.5,
  group: "session",
  help:
    "After the end of standard input, the simple client closes when nothing has come for so long; 0 closes at once, 'forever' waits for the server. With -1 it waits for the answer, unless this is given.",
});

/** `--half-close`. */
export const halfClose: Option<boolean> = flag({
  long: "half-close",
  group: "session",
  advanced: true,
  conflicts: ["exit-on-eof", "server-mode", "json"],
  help:
    "A Close frame that comes ends its direction only, as the end of a TCP direction does: it is answered when there is nothing more to send. For tunnels; both ends need it.",
});

/** `--close-timeout`. */
export const closeTimeout: Option<number> = seconds({
  long: "close-timeout",
  value: "SECONDS",
  initial: 60,
  group: "websocket",
  advanced: true,
  help: "After sending a Close frame, give up on a peer that neither sends anything nor closes.",
});

/** `--handshake-timeout`. */
export const handshakeTimeout: Option<number> = seconds({
  long: "handshake-timeout",
  value: "SECONDS",
  initial: 30,
  group: "websocket",
  advanced: true,
  help:
    "How long the opening handshake may take; so long has the connection below it, too, unless --connect-timeout says otherwise.",
});

/** `-q`. */
export const quiet: Option<boolean> = flag({
  long: "quiet",
  short: "q",
  group: "output",
  help: "Print no diagnostics but the error that ends the program.",
});

/** `-v`. */
export const verbose: Option<number> = counter({
  long: "verbose",
  short: "v",
  group: "output",
  help: "Tell what happens; twice: in detail, with stack traces.",
});

/** `-0`. */
export const nullTerminated: Option<boolean> = flag({
  long: "null-terminated",
  short: "0",
  group: "messages",
  help: "Lines end with a NUL byte instead of a newline.",
});

/** `-S`. */
export const strict: Option<boolean> = flag({
  long: "strict",
  short: "S",
  group: "messages",
  advanced: true,
  help:
    "Drop lines and messages that are too long instead of splitting them, and incomplete last lines.",
});

/** `-B`. */
export const bufferSize: Option<number | undefined> = bytes({
  long: "buffer-size",
  short: "B",
  value: "BYTES",
  initial: undefined,
  min: 1,
  group: "messages",
  advanced: true,
  defaultText: "no limit but --max-ws-message-length",
  help: "Split lines, messages and reads that are longer than this.",
});

/** `--no-line`. */
export const noLine: Option<boolean> = flag({
  long: "no-line",
  group: "messages",
  advanced: true,
  help: "Do not turn lines into messages and back by itself.",
});

/** `--no-fixups`. */
export const noFixups: Option<boolean> = flag({
  long: "no-fixups",
  group: "messages",
  advanced: true,
  help: "Take the specifiers as they are written: add no overlays, check no combinations.",
});

/** `--linemode-strip-newlines`. */
export const stripNewlines: Option<boolean> = flag({
  long: "linemode-strip-newlines",
  group: "messages",
  advanced: true,
  help: "Leave the newline at the end of a line out of the message.",
});

/** `-p`. */
export const preamble: Option<readonly string[]> = texts({
  long: "preamble",
  short: "p",
  value: "TEXT",
  group: "session",
  help: "Send this message to the right side before anything else.",
});

/** `-P`. */
export const preambleReverse: Option<readonly string[]> = texts({
  long: "preamble-reverse",
  short: "P",
  value: "TEXT",
  group: "session",
  advanced: true,
  help: "Send this message to the left side before anything else.",
});

/** `--oneshot`. */
export const oneshot: Option<boolean> = flag({
  long: "oneshot",
  group: "listen",
  help: "Serve one client, then exit.",
});

/** `--conncap`. */
export const conncap: Option<number | undefined> = integer({
  long: "conncap",
  value: "N",
  initial: undefined,
  min: 1,
  group: "listen",
  advanced: true,
  help: "Serve at most N clients at once; others are turned away.",
});

/** `--unlink`. */
export const unlink: Option<boolean> = flag({
  long: "unlink",
  group: "listen",
  advanced: true,
  help: "Remove the file of a listening UNIX socket before binding to it.",
});

/** `--stdout-announce-listening-ports`. */
export const announceListening: Option<boolean> = flag({
  long: "stdout-announce-listening-ports",
  group: "listen",
  advanced: true,
  help: "Print a LISTEN line to standard output for each socket that is listened on.",
});

/** `-k`. */
export const insecure: Option<boolean> = flag({
  long: "insecure",
  short: "k",
  group: "tls",
  help: "Accept any certificate and host name when connecting with TLS.",
});

/** The rows above, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const coreOptions: readonly Option<any>[] = [
  help,
  longHelp,
  version,
  completions,
  serverMode,
  dumpSpec,
  printCurl,
  ...configOptions,
  asText,
  asBinary,
  nullTerminated,
  strict,
  bufferSize,
  noLine,
  noFixups,
  stripNewlines,
  unidirectional,
  unidirectionalReverse,
  exitOnEof,
  noClose,
  oneMessage,
  maxMessages,
  maxMessagesReverse,
  linger,
  halfClose,
  preamble,
  preambleReverse,
  oneshot,
  conncap,
  unlink,
  announceListening,
  engine,
  closeTimeout,
  handshakeTimeout,
  insecure,
  ...scriptOptions,
  ...conversationOptions,
  ...terminalOptions,
  quiet,
  verbose,
];
