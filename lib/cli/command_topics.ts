/**
 * What `wirecat help` says of commands beyond their one sentence.
 *
 * @module
 */

/** What there is to say of a command. */
export interface CommandTopic {
  /** Sentences. */
  readonly doc: string;
  /** Command lines. */
  readonly examples: readonly string[];
}

/** By the command's name. */
export const COMMAND_TOPICS: Readonly<Record<string, CommandTopic>> = {
  probe: {
    doc: "Finds the address, connects, does TLS, asks for the upgrade, sends --pings N Pings (3) " +
      "and closes, and says how each step went. Where one fails, a second look may say why. The " +
      "address may also be that of a web page, or a profile. All options that connect apply; " +
      "--json prints one object instead of the text. The exit status is 0 if all went well, " +
      "else that of the failure.",
    examples: ["wirecat probe wss://example.org/chat", "wirecat probe --json --pings 10 @staging"],
  },
  curl: {
    doc: "In the network tab of a browser's tools choose Copy as cURL for a WebSocket, type " +
      "wirecat and paste: it connects with the same header fields and cookies. Options that mean " +
      "nothing here are named in a warning. --print-curl is the way back.",
    examples: ["wirecat curl 'wss://example.org/chat' -H 'Origin: https://example.org'"],
  },
  config: {
    doc: "The file has options that hold for every run, and profiles: names for an address with " +
      "its options, which stand on a command line as @NAME. show prints what was understood, " +
      "path where the file is, profiles their names, schema a JSON Schema for an editor.",
    examples: ["wirecat config path", "wirecat @staging"],
  },
  "hash-password": {
    doc: "The password is asked for twice, or is the first line of standard input if that is no " +
      "terminal.",
    examples: ["wirecat hash-password ann >>logins.txt"],
  },
  run: {
    doc: 'A file has one step a line, such as send {"op": "hello"} or expect /^welcome/. The ' +
      "exit status is 10 if something else comes, or nothing. All options of connections apply; " +
      "wirecat run --help has its own.",
    examples: [
      "wirecat run login.conv wss://example.org/chat",
      "wirecat run --serve 8080 login.conv",
      "wirecat run --report-file results.xml tests/ wss://example.org/chat",
    ],
  },
  help: {
    doc: "A topic is an option (--header, -H), a specifier (ws-listen:), a command (probe), a " +
      "group of options (tls), environment, files, or exit-status.",
    examples: ["wirecat help tls", "wirecat help ws-listen", "wirecat help -k"],
  },
  man: {
    doc: "It is in the language of man(7).",
    examples: [
      "wirecat man | man -l -",
      "wirecat man | sudo install -D -m 644 /dev/stdin /usr/local/share/man/man1/wirecat.1",
    ],
  },
  completions: {
    doc: "bash and zsh read it with source, fish and PowerShell from a file.",
    examples: [
      "source <(wirecat completions bash)",
      "mkdir -p ~/.config/fish/completions",
      "wirecat completions fish >~/.config/fish/completions/wirecat.fish",
    ],
  },
};
