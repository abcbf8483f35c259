/** What only a real terminal shows: its own wrapping, a changed size, job control. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { nativeServer } from "../cli/program.ts";
import { findProgram } from "../interop/programs.ts";
import { wirecat } from "./pty.ts";

const ignore = Deno.build.os === "windows" || findProgram("tmux") === undefined ||
  findProgram("bash") === undefined;
const skipped = ignore ? " (skipped: no tmux)" : "";

/** How long a screen may take to be as it should, in milliseconds. */
const PATIENCE = 30_000;

/** What `look` sees, as soon as that is `expected`, or when it has not become so in time. */
async function equal<T>(look: () => Promise<T>, expected: T): Promise<T> {
  for (const until = Date.now() + PATIENCE;;) {
    const seen = await look();
    if (seen === expected || Date.now() > until) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A shell in tmux. */
class Pane implements AsyncDisposable {
  readonly #socket = `wirecat-test-${crypto.randomUUID()}`;

  async #tmux(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-L", this.#socket, "-f", "/dev/null", ...args],
      env: { SHELL: "/bin/sh" }, // It takes the user's own otherwise.
    }).output();
    if (code !== 0) throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }

  async open(columns: number, rows: number): Promise<void> {
    const shell = "env NO_COLOR=1 XDG_STATE_HOME=/dev/null PS1='$ ' bash --norc --noprofile";
    await this.#tmux("new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, "-s", "t", shell);
    await this.shows(/^\$/);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-t", "t", "-x", `${columns}`, "-y", `${rows}`);
    // tmux tells the programs in it a little later.
    const tty = (await this.#tmux("display", "-p", "-t", "t", "#{pane_tty}")).trim();
    const is = async () => {
      const { stdout } = await new Deno.Command("sh", { args: ["-c", `stty size < ${tty}`] })
        .output();
      return new TextDecoder().decode(stdout).trim();
    };
    if (await equal(is, `${rows} ${columns}`) !== `${rows} ${columns}`) {
      throw new Error("the pane did not change its size");
    }
  }

  /** Types a text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-t", "t", "-l", text);
  }

  /** Presses keys by name. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", "-t", "t", ...keys);
  }

  /** Pastes as a terminal does, in brackets where that was asked for. */
  async paste(text: string): Promise<void> {
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, text);
    await this.#tmux("load-buffer", path);
    await this.#tmux("paste-buffer", "-p", "-t", "t");
    await Deno.remove(path);
  }

  /** What is on the screen. */
  async screen(): Promise<string[]> {
    const lines = (await this.#tmux("capture-pane", "-p", "-t", "t")).split("\n");
    while (lines.at(-1)?.trim() === "") lines.pop();
    return lines.map((line) => line.trimEnd());
  }

  /** Where the cursor is: column and row. */
  async cursor(): Promise<[number, number]> {
    const said = await this.#tmux("display", "-p", "-t", "t", "#{cursor_x} #{cursor_y}");
    const [column, row] = said.trim().split(" ").map(Number);
    return [column, row];
  }

  /** Resolves when the last lines of the screen match, joined with newlines. */
  async shows(pattern: RegExp): Promise<void> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      const screen = (await this.screen()).join("\n");
      if (pattern.test(screen)) return;
      if (Date.now() > until) throw new Error(`no ${pattern} in:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
  }
}

function inTmux(name: string, fn: (pane: Pane) => Promise<void>): void {
  Deno.test({
    name: `prompt in tmux: ${name}${skipped}`,
    ignore,
    async fn() {
      await using pane = new Pane();
      await pane.open(40, 20);
      await fn(pane);
    },
  });
}

inTmux("a line that wraps is drawn anew when the pane changes its size", async (pane) => {
  const sockets: WebSocket[] = [];
  await using server = nativeServer((socket) => void sockets.push(socket));
  await pane.type(wirecat(server.url));
  await pane.press("Enter");
  await pane.shows(/^> *$|^>$/m);
  await pane.type("a long line with 日本語 and 👍 that goes on in the next row");
  await pane.shows(/next row$/);
  for (const columns of [25, 60, 33, 80, 20]) {
    await pane.resize(columns, 20);
    const mark = `came at ${columns}`;
    sockets[0].send(mark);
    await pane.shows(new RegExp(`< ${mark}\n> a long`));
    const line = ">alonglinewith日本語and👍thatgoesoninthenextrow";
    let screen: string[] = [];
    const drawn = async () => {
      screen = await pane.screen();
      const from = screen.findLastIndex((line) => line.startsWith("> "));
      // What wraps at a blank has lost it at the end of the row.
      return screen.slice(from).join("").replaceAll(" ", "");
    };
    assertEquals(await equal(drawn, line), line); // It may be half drawn.
    assertEquals(screen.filter((line) => line.startsWith("> a")).length, 1, screen.join("\n"));
  }
  await pane.press("C-c");
  await pane.press("C-d");
  await pane.shows(/\$$/);
});

inTmux("the cursor is where it is said to be, among wide characters too", async (pane) => {
  await using server = nativeServer(() => {});
  await pane.type(wirecat(server.url));
  await pane.press("Enter");
  await pane.shows(/^>$/m);
  await pane.type("日本e\u0301語 x");
  await pane.shows(/語 x$/);
  const at = async () => (await pane.cursor())[0];
  const moves: number[] = [];
  for (let i = 0; i < 6; i++) {
    await pane.press("Left");
    moves.push(await equal(at, [10, 9, 7, 6, 4, 2][i]));
  }
  assertEquals(moves, [10, 9, 7, 6, 4, 2]);
});

inTmux("Ctrl-Z stops it, fg brings the line back", async (pane) => {
  const sockets: WebSocket[] = [];
  await using server = nativeServer((socket) => void sockets.push(socket));
  await pane.resize(100, 20);
  await pane.type(wirecat(server.url));
  await pane.press("Enter");
  await pane.shows(/^>$/m);
  await pane.type("half a line");
  await pane.shows(/^> half a line$/m);
  await pane.press("C-z");
  await pane.shows(/Stopped[^]*\$$/);
  sockets[0].send("meanwhile");
  await pane.type("stty -a | grep -o ' icanon'; clear; echo in the shell");
  await pane.press("Enter");
  await pane.shows(/^in the shell$/m);
  await pane.type("fg");
  await pane.press("Enter");
  await pane.shows(/^< meanwhile\n> half a line$/m);
  const screen = await pane.screen();
  assertEquals(screen.filter((line) => line.startsWith("> half")).length, 1);
  await pane.press("C-c");
  await pane.press("C-d");
  await pane.shows(/\$$/);
});

inTmux("Ctrl-Z stops it while it asks for a password, fg has it ask anew", async (pane) => {
  await using server = nativeServer(() => {});
  await pane.resize(100, 20);
  await pane.type(`clear; ${wirecat("--user", "ann", server.url)}`);
  await pane.press("Enter");
  await pane.shows(/^Password of ann[^\n]*:$/m);
  await pane.type("wrong");
  await pane.press("C-z");
  await pane.shows(/Stopped[^]*\$$/);
  await pane.type("clear; stty -a | grep -o ' icanon'");
  await pane.press("Enter");
  await pane.shows(/^ icanon$/m);
  await pane.type("clear; fg");
  await pane.press("Enter");
  await pane.shows(/^Password of ann[^\n]*:$/m);
  await pane.type("hush");
  await pane.press("Enter");
  await pane.shows(/^\* connected to /m);
  await pane.press("C-d");
  await pane.shows(/\$$/);
});

inTmux("a flood from the server does not keep one from typing", async (pane) => {
  const sockets: WebSocket[] = [];
  const heard = Promise.withResolvers<string>();
  await using server = nativeServer((socket) => {
    sockets.push(socket);
    socket.onmessage = ({ data }) => heard.resolve(data);
  });
  await pane.type(wirecat(server.url));
  await pane.press("Enter");
  await pane.shows(/^>$/m);
  let sent = 0;
  const flood = setInterval(() => {
    if (sockets[0].readyState !== WebSocket.OPEN) return;
    for (let i = 0; i < 100; i++) sockets[0].send(`message ${sent++}`);
  }, 10);
  try {
    while (sent < 1000) await new Promise((resolve) => setTimeout(resolve, 10));
    await pane.type("stop now");
    await pane.shows(/^> stop now$/m);
    await pane.press("Enter");
    assertEquals(await heard.promise, "stop now");
  } finally {
    clearInterval(flood);
  }
  await pane.shows(new RegExp(`< message ${sent - 1}\n(> stop now\n)?>$`));
});

inTmux("a paste of many lines is one message", async (pane) => {
  const heard = Promise.withResolvers<string>();
  await using server = nativeServer((socket) => {
    socket.onmessage = ({ data }) => heard.resolve(data);
  });
  await pane.type(wirecat(server.url));
  await pane.press("Enter");
  await pane.shows(/^>$/m);
  const text = Array.from({ length: 3000 }, (_, i) => `line ${i}`).join("\n");
  await pane.paste(text);
  await pane.shows(/^> \[3000 lines, \d+\.\d kB\]$/m);
  await pane.press("Enter");
  assertEquals(await heard.promise, text);
});

inTmux("what a server sends does nothing to the pane", async (pane) => {
  const sockets: WebSocket[] = [];
  await using server = nativeServer((socket) => void sockets.push(socket));
  await pane.type(wirecat(server.url));
  await pane.press("Enter");
  await pane.shows(/^>$/m);
  sockets[0].send("\x1b[2J\x1b]0;owned\x07\u009b5A\r> spoofed\x1b[?1049h");
  await pane.shows(/^< \\x1b\[2J/m);
  assertMatch((await pane.screen()).join("\n"), /Enter sends/);
  assert(!(await pane.screen()).includes("> spoofed"));
});
