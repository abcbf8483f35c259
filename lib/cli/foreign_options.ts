/**
 * Options of curl, wget, wscat and netcat that people type here, and what does the same.
 * Loaded only where an option is not known.
 *
 * @module
 */

/** One such option, or several that mean the same. */
export interface ForeignOption {
  /** As it is typed: `--listen`, `-l`. */
  readonly names: readonly string[];
  /** What to write here. */
  readonly hint: string;
}

/** None of them is an option of ours. */
export const foreignOptions: readonly ForeignOption[] = [
  {
    names: ["--timeout", "-m"],
    hint: "--max-time limits the whole run, --connect-timeout the connecting: --max-time 10s",
  },
  {
    names: ["--retries", "--tries"],
    hint: "--retry N tries N times more, --retry-delay says how long after",
  },
  {
    names: ["--listen", "-l", "--serve", "--server"],
    hint: "-s PORT serves: wirecat -s 8080",
  },
  { names: ["--port"], hint: "the port is in the address: ws://HOST:PORT/; -s PORT serves" },
  {
    names: ["--connect", "-c", "--url"],
    hint: "the address needs no option: wirecat ws://HOST:PORT/",
  },
  {
    names: ["--execute", "--data", "-d", "--message"],
    hint: "--send TEXT sends a message, --expect PATTERN waits for its answer",
  },
  { names: ["--auth"], hint: "--user USER:PASSWORD logs in, --bearer TOKEN too" },
  { names: ["--no-check"], hint: "-k takes any certificate" },
  { names: ["--ca"], hint: "--cacert FILE trusts those who are in it" },
  {
    names: ["--passphrase", "--pass"],
    hint: "--client-pkcs12-passwd opens the key of --cert; without it the terminal asks",
  },
  { names: ["--wait"], hint: "--linger SECONDS waits for more at the end" },
  { names: ["--subprotocol"], hint: "--protocol NAME asks for a subprotocol" },
  { names: ["--show-ping-pong"], hint: "-v shows Pings and Pongs at the prompt" },
  { names: ["--slash"], hint: "the prompt always has commands: /help lists them" },
  {
    names: ["--no-color"],
    hint: "NO_COLOR=1 in the environment does without colours",
  },
  { names: ["--host"], hint: "-H 'Host: NAME' asks for another host" },
  { names: ["--user-agent", "-A"], hint: "--ua TEXT says who asks" },
  {
    names: ["--staticdir", "--web"],
    hint: "--static-dir FOLDER serves files beside the WebSocket",
  },
  { names: ["--silent"], hint: "-q says only what ends the program" },
  {
    names: ["--include", "--head", "-i", "-I"],
    hint: "wirecat probe shows the server's answer, and /headers at the prompt",
  },
];

/** What to do in the place of an option of another program, if it is one that is known. */
export function foreignHint(name: string): string | undefined {
  return foreignOptions.find(({ names }) => names.includes(name))?.hint;
}
