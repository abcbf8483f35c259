import { assert, assertEquals, assertMatch } from "@std/assert";
import { inCheckout } from "../checkout.ts";
import { nativeServer } from "../cli/program.ts";
import { tcpServer, untilEnd } from "../cli/provoking.ts";
import { processNumber } from "../process_number.ts";
import { noPty, OnTerminal, quoted, skippedWithoutPty, wirecat } from "./pty.ts";

/** Says whether the terminal is as a shell wants it. */
const STTY =
  "stty -a | tr ' ;' '\\n\\n' | grep -x -e '-*icanon' -e '-*echo' -e '-*isig' | tr '\\n' ' '";
const SANE = /isig icanon echo/;

function onPty(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `prompt on a terminal: ${name}${skippedWithoutPty}`, ignore: noPty, fn });
}

function echo() {
  return nativeServer((socket) => {
    socket.onmessage = ({ data }) => {
      if (String(data).startsWith("close ")) socket.close(Number(String(data).slice(6)), "said so");
      else socket.send(data);
    };
  });
}

onPty("talks, ends with Ctrl-D, and leaves the terminal as it was", async () => {
  await using server = echo();
  const line = `${wirecat(server.url)}; echo status $?; ${STTY}`;
  await using terminal = new OnTerminal(line);
  await terminal.shows(/^\* connected to /);
  await terminal.type("hellx\x7fo\r");
  await terminal.shows(/^< hello$/);
  assert(terminal.screen.pasteBrackets);
  await terminal.type("\x04");
  await terminal.shows(/^status 0$/);
  await terminal.end();
  assertMatch(terminal.screen.lines.at(-1)!, SANE);
  assertEquals(terminal.screen.pasteBrackets, false);
  assertEquals(terminal.screen.lines.filter((line) => line === "> hello").length, 1);
});

onPty("SIGTERM leaves it as it was, and so do SIGHUP and SIGQUIT", async () => {
  await using server = echo();
  for (const [signal, status] of [["TERM", 143], ["HUP", 129], ["QUIT", 131]] as const) {
    const pid = await Deno.makeTempFile();
    const line = `sh -c 'echo $$ > "$0"; exec "$@"' ${quoted(pid)} ${wirecat(server.url)}; ` +
      `echo status $?; ${STTY}`;
    await using terminal = new OnTerminal(line);
    await terminal.shows(/^\* connected to /);
    await terminal.type("half a line");
    await terminal.shows(/^> half a line$/);
    Deno.kill(processNumber(await Deno.readTextFile(pid)), `SIG${signal}`);
    await terminal.shows(new RegExp(`^status ${status}$`));
    await terminal.end();
    assertMatch(terminal.screen.lines.at(-1)!, SANE);
    assertEquals(terminal.screen.pasteBrackets, false);
    if (signal !== "QUIT") assert(!terminal.screen.lines.includes("> half a line"));
    await Deno.remove(pid);
  }
});

onPty("an error that nobody catches leaves it as it was", async () => {
  const module = `import { RawTerminal } from ${
    JSON.stringify(`file://${inCheckout("lib/terminal/raw_terminal.ts")}`)
  };
    new RawTerminal().enter(() => {});
    setTimeout(() => { throw new Error("nobody catches this") }, 1);`;
  for (
    const text of [
      module,
      module.replace("throw", "return Promise.reject(")
        .replace(") }, 1)", ")) }, 1)"),
      module.replace("throw new", "Deno.exit(3); new"),
    ]
  ) {
    const path = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(path, text);
    const run = [Deno.execPath(), "run", "-q", "-A", "--no-check", path].map(quoted).join(" ");
    await using terminal = new OnTerminal(`${run} 2>/dev/null; ${STTY}`);
    await terminal.end();
    assert(terminal.raw.includes("\x1b[?2004h") && terminal.raw.includes("\x1b[?2004l"));
    assertMatch(terminal.screen.lines.at(-1)!, SANE);
    await Deno.remove(path);
  }
});

onPty("there is none with --no-tty, --raw, --json, TERM=dumb, or half a terminal", async () => {
  await using server = echo();
  const raw = async (line: string, env: Record<string, string> = {}) => {
    await using terminal = new OnTerminal(line, env);
    await terminal.shows(/connected|"type":"open"|done/);
    await terminal.type("\x04").catch(() => {}); // It may have ended by itself.
    await terminal.end();
    assert(!terminal.raw.includes("\x1b"), line);
  };
  await Promise.all([
    raw(wirecat("--no-tty", server.url)),
    raw(wirecat("--raw", server.url)),
    raw(wirecat("--json", server.url)),
    raw(wirecat(server.url), { TERM: "dumb" }),
    raw(`${wirecat(server.url)} > /dev/null`),
    raw(`echo x | ${wirecat(server.url)}; echo done`),
  ]);
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

async function holds(path: string, text: string): Promise<boolean> {
  return (await Deno.readTextFile(path).catch(() => "")).includes(text);
}

onPty("the history is there in the next run", async () => {
  await using server = echo();
  const state = await Deno.makeTempDir();
  try {
    for (const typed of ["remember me\r", "\x1b[A\r"]) {
      await using terminal = new OnTerminal(wirecat(server.url), { XDG_STATE_HOME: state });
      await terminal.shows(/^\* Enter sends/);
      await terminal.type(typed);
      await terminal.shows(/^< remember me$/);
      // The end waits for a slow disk, but not for long.
      while (!await holds(`${state}/wirecat/history`, "remember me")) await pause();
      await terminal.type("\x04");
      assertEquals(await terminal.end(), 0);
    }
    const { mode } = await Deno.stat(`${state}/wirecat/history`);
    assertEquals(mode! & 0o777, 0o600);
    await using terminal = new OnTerminal(wirecat("--no-history", server.url), {
      XDG_STATE_HOME: state,
    });
    await terminal.shows(/^\* Enter sends/);
    await terminal.type("\x1b[Anothing\r");
    await terminal.shows(/^< nothing$/);
  } finally {
    await Deno.remove(state, { recursive: true });
  }
});

onPty("the exit status is that of the plain client, the error comes once", async () => {
  await using server = echo();
  for (const [code, status] of [[1000, 0], [4000, 0], [1011, 8]]) {
    await using terminal = new OnTerminal(wirecat(server.url));
    await terminal.shows(/^\* connected to /);
    await terminal.type(`close ${code}\r`);
    assertEquals(await terminal.end(), status, String(code));
    const told = terminal.screen.lines.filter((line) => line.includes("said so"));
    assertEquals(told.length, 1);
    assertMatch(
      told[0],
      status === 0 ? /^\* closed by the server: / : /^wirecat: error: .* closed: /,
    );
  }
});

onPty("-1, -p and --max-time keep their meaning", async () => {
  await using server = echo();
  // It has to be connected by then.
  await using late = new OnTerminal(wirecat("--max-time", "6s", server.url));
  await using one = new OnTerminal(wirecat("-1", "-p", "first", server.url));
  await one.shows(/^< first$/);
  await one.type("second\r");
  assertEquals(await one.end(), 0);
  await late.shows(/^\* connected to /);
  assertEquals(await late.end(), 9);
  assertMatch(late.screen.lines.join("\n"), /--max-time/);
});

onPty("-s has one, where clients are named", async () => {
  await using terminal = new OnTerminal(wirecat("-s", "127.0.0.1:0"));
  await terminal.shows(/^wirecat: Listening on ws:\S+\/$/);
  const url = /ws:\S+/.exec(terminal.raw)![0];
  const socket = new WebSocket(url);
  const heard = new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
  socket.onopen = () => socket.send("hi");
  await terminal.shows(/^1< hi$/);
  await terminal.type("hello\r");
  assertEquals(await heard, "hello");
  const gone = new Promise((resolve) => socket.onclose = ({ code }) => resolve(code));
  await terminal.type("\x04");
  assertEquals(await terminal.end(), 0);
  assertEquals(await gone, 1001);
});

onPty("a name in colour only where colours are wanted", async () => {
  await using server = echo();
  for (const NO_COLOR of ["", "1"]) {
    await using terminal = new OnTerminal(wirecat(server.url), { NO_COLOR });
    await terminal.shows(/^\* Enter sends/);
    // deno-lint-ignore no-control-regex -- that is what colours are
    assertEquals(/\x1b\[\d+m/.test(terminal.raw.replaceAll("\x1b[0m", "")), NO_COLOR === "");
    await terminal.type("\x04");
    await terminal.end();
  }
});

onPty("a password that is missing is asked for without being shown: of a login", async () => {
  const logins: (string | null)[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    logins.push(request.headers.get("Authorization"));
    return Deno.upgradeWebSocket(request).response;
  });
  const url = `ws://127.0.0.1:${server.addr.port}/`;
  await using terminal = new OnTerminal(wirecat("--user", "ann", url));
  await terminal.shows(/^Password of ann at 127\.0\.0\.1/);
  await terminal.type("hunter2\r");
  await terminal.shows(/^\* connected to /);
  assertEquals(logins, [`Basic ${btoa("ann:hunter2")}`]);
  assert(!terminal.raw.includes("hunter2"));
});

onPty("a password that is missing is asked for without being shown: of a key", async () => {
  const certs = inCheckout("tests/tls/certs");
  const words = ["--cert", `${certs}/server.pem`, "--key", `${certs}/server-encrypted.key`];
  await using terminal = new OnTerminal(wirecat("-s", "127.0.0.1:0", ...words));
  await terminal.shows(/^Password of .*server-encrypted\.key/);
  await terminal.type("sesame\r");
  await terminal.shows(/^\* what you type goes to all clients/);
  assertMatch(terminal.raw, /Listening on wss:/);
  assert(!terminal.raw.includes("sesame"));
});

onPty("Ctrl-C while it connects ends the line that shows it", async () => {
  const accepted = Promise.withResolvers<void>();
  await using server = tcpServer((conn) => {
    accepted.resolve();
    return untilEnd(conn);
  });
  // No shell stays above it: some end with their own status, of the same Ctrl-C.
  await using terminal = new OnTerminal(`exec ${wirecat(`ws://127.0.0.1:${server.port}/`)}`);
  await accepted.promise;
  await terminal.type("\x03");
  assertEquals(await terminal.end(), 130);
  assertMatch(terminal.raw, /\n$/);
});

onPty("Ctrl-X Ctrl-E has the line changed in an editor, which gets the keys", async () => {
  await using server = echo();
  // An editor of one line: what is typed at it goes behind what is there.
  const editor = `sh -c 'case $1 in *.json) ;; *) exit 4;; esac; printf "edit? "; ` +
    `read line; printf "%s\\n" "$line" >> "$1"' sh`;
  const env = { VISUAL: "", EDITOR: editor };
  await using terminal = new OnTerminal(wirecat(server.url), env);
  await terminal.shows(/^\* Enter sends/);
  await terminal.type('{"a":1}\x18\x05');
  await terminal.shows(/^edit\?/);
  assertEquals(terminal.screen.pasteBrackets, false);
  await terminal.type(" second\r");
  await terminal.shows(/^> \{"a":1\}second$/);
  assert(terminal.screen.pasteBrackets);
  await terminal.type("\r");
  await terminal.shows(/^< \{"a":1\}second$/);
  await terminal.type("no JSON\x18\x05");
  await terminal.shows(/ ended with status 4: the line is as it was$/);
  await terminal.shows(/^> no JSON$/);
});

onPty("/show has a pager show all of a message; Ctrl-C there is the pager's", async () => {
  await using server = echo();
  const pager = `sh -c 'tail -n 1; sleep 60 & trap "kill $!; echo caught; exit" INT; ` +
    "echo paging; wait'";
  // No shell stays above it: some end with their own status, of the same Ctrl-C.
  await using terminal = new OnTerminal(`exec ${wirecat(server.url)}`, { PAGER: pager });
  await terminal.shows(/^\* Enter sends/);
  await terminal.type(`[${Array.from({ length: 1000 }, (_, i) => i).join()},"last"]\r`);
  await terminal.shows(/^ {2}… .* in all: \/show #1 shows it/);
  await terminal.type("/show\r");
  await terminal.shows(/^paging$/);
  await terminal.type("\x03");
  await terminal.shows(/caught$/);
  await terminal.type("after\r");
  await terminal.shows(/^< after$/);
  await terminal.type("\x04");
  assertEquals(await terminal.end(), 0);
  await using without = new OnTerminal(wirecat(server.url), { PAGER: "/nosuch/pager" });
  await without.shows(/^\* Enter sends/);
  await without.type(`${"x".repeat(17_000)}END\r`);
  await without.shows(/in all: \/show #1/);
  await without.type("/show\r");
  await without.shows(/xEND$/);
});

onPty("an editor that is killed leaves nothing behind on the terminal", async () => {
  await using server = echo();
  // As full-screen editors do: each key at once, a screen of its own, keys of another kind.
  const editor =
    `sh -c 'stty raw -echo; printf "\\033[?1049h\\033[?1h\\033=\\033[?1002h"; kill -KILL $$' sh`;
  const line = `${wirecat(server.url)}; ${STTY}`;
  await using terminal = new OnTerminal(line, { VISUAL: "", EDITOR: editor });
  await terminal.shows(/^\* Enter sends/);
  await terminal.type("text\x18\x05");
  await terminal.shows(/ ended with status 137: the line is as it was$/);
  await terminal.shows(/^> text$/);
  await terminal.type("\r");
  await terminal.shows(/^< text$/);
  await terminal.type("\x04");
  await terminal.end();
  assert(terminal.raw.includes("\x1b[?1049h"));
  assertEquals([...terminal.screen.modes], []);
  assertMatch(terminal.screen.lines.at(-1)!, SANE);
});

onPty("with -v it says once that it is connected, and that no subprotocol was chosen", async () => {
  await using server = nativeServer(() => {});
  await using terminal = new OnTerminal(wirecat("-v", "--protocol", "chat", server.url));
  await terminal.shows(/^\* connected to /);
  await terminal.type("\x04");
  assertEquals(await terminal.end(), 0);
  assertEquals(terminal.raw.match(/connected to ws:/g)?.length, 1);
  assertMatch(terminal.raw, /the server chose none of the subprotocols that were offered \(chat\)/);
});
