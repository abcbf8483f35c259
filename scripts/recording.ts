/**
 * `deno run -A scripts/recording.ts`: writes docs/terminal.svg, a picture of wirecat's prompt. It
 * types into a terminal (tmux), where the real program talks to a real server on port 8080, and
 * draws what then stands there.
 *
 * @module
 */
import { screenLines } from "./recording/screen.ts";
import { svgOf } from "./recording/svg.ts";

const COLUMNS = 80;
const ROWS = 40;
const PORT = 8080;
const OUTPUT = "docs/terminal.svg";

/** The server of the picture, which wirecat plays, too. */
const CONVERSATION = `side server
within forever
expect {"subscribe": "EUR/USD"}
send {"pair": "EUR/USD", "bid": 1.0870, "ask": 1.0872}
send binary "wirecat\\u0000\\u0001\\n"
expect "bye"
close 1001 "back at noon"
`;

/** What is typed, and what has to be there before the next line is. */
const TYPED: readonly [line: string, awaited: string][] = [
  [`wirecat ws://127.0.0.1:${PORT}/`, "/help lists commands"],
  ['{"subscribe": "EUR/USD"}', "|wirecat"],
  ["/ping", "* pong after"],
  ["bye", "back at noon"],
];

class Terminal {
  /** A tmux server of its own. */
  readonly #socket: string;

  constructor(folder: string) {
    this.#socket = `${folder}/tmux`;
  }

  /** Runs a command of tmux; resolves to its output. Throws with what it says if it fails. */
  async tmux(...words: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-S", this.#socket, "-f", "/dev/null", ...words],
    }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`tmux ${words[0]}: ${decoder.decode(stderr).trim()}`);
    return decoder.decode(stdout);
  }

  /** What stands on the screen, with escape sequences for its colours. */
  capture(): Promise<string> {
    return this.tmux("capture-pane", "-p", "-e");
  }

  /** Resolves when a text stands on the screen. Throws after ten seconds without it. */
  async shows(text: string): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if ((await this.tmux("capture-pane", "-p")).includes(text)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`nowhere on the screen: ${text}\n${await this.capture()}`);
  }
}

/** Types everything; resolves to the screen. */
async function record(folder: string): Promise<string> {
  const main = `${Deno.cwd()}/main.ts`;
  const map = `${Deno.cwd()}/scripts/npm/imports.json`;
  const program = [Deno.execPath(), "run", "-q", "-A", `--import-map=${map}`, main];
  await Deno.writeTextFile(`${folder}/wirecat`, `#!/bin/sh\nexec ${program.join(" ")} "$@"\n`, {
    mode: 0o755,
  });
  await Deno.writeTextFile(`${folder}/server.conv`, CONVERSATION);
  await using server = new Deno.Command(`${folder}/wirecat`, {
    args: ["run", "--serve", `${PORT}`, `${folder}/server.conv`],
    stderr: "piped",
    stdout: "null",
  }).spawn();
  const { value: said } = await server.stderr.getReader().read();
  const line = new TextDecoder().decode(said);
  if (!line.includes("Listening")) throw new Error(line.trim());

  const terminal = new Terminal(folder);
  const environment = [
    ...[`PATH=${folder}:${Deno.env.get("PATH")}`, "PS1=$ ", "COLORTERM=truecolor"],
    ...[`XDG_CONFIG_HOME=${folder}`, `XDG_STATE_HOME=${folder}`],
  ];
  const size = ["-x", `${COLUMNS}`, "-y", `${ROWS}`];
  await terminal.tmux("new-session", "-d", ...size, "env", ...environment, "bash", "--norc");
  try {
    await terminal.shows("$");
    for (const [typed, awaited] of TYPED) {
      await terminal.tmux("send-keys", "-l", typed);
      await terminal.tmux("send-keys", "Enter");
      await terminal.shows(awaited);
    }
    await terminal.shows("noon\n$");
    return await terminal.capture();
  } finally {
    await terminal.tmux("kill-server").catch(() => {});
  }
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  try {
    const title = "wirecat's prompt: JSON that came is indented, binary data dumped, a ping timed";
    await Deno.writeTextFile(OUTPUT, svgOf(screenLines(await record(folder)), COLUMNS, title));
    console.log(OUTPUT);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
