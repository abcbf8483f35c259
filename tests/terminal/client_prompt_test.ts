import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { inCheckout } from "../checkout.ts";
import { nativeServer } from "../cli/program.ts";
import { freePort } from "../free_port.ts";
import { Wait } from "../peers.ts";
import { clientPrompt, type Prompted, type PromptOptions, serverPrompt } from "./fake_terminal.ts";

/** What a server has heard: `text …`, `binary …`, `closed …`. */
interface Heard extends AsyncDisposable {
  readonly url: string;
  readonly events: Wait<string>;
  readonly sockets: WebSocket[];
  /** Resolves when the first of them is open: that is a moment later here than at the client. */
  readonly open: Promise<void>;
}

/** A server that answers with what `answer` makes of a message. */
function server(answer: (text: string, socket: WebSocket) => void = echo): Heard {
  const events = new Wait<string>();
  const sockets: WebSocket[] = [];
  const open = Promise.withResolvers<void>();
  const { url, [Symbol.asyncDispose]: end } = nativeServer((socket) => {
    sockets.push(socket);
    socket.onopen = () => open.resolve();
    socket.onmessage = ({ data }) => {
      const text = typeof data === "string" ? data : new Uint8Array(data).toHex();
      events.put(`${typeof data === "string" ? "text" : "binary"} ${text}`);
      answer(text, socket);
    };
    socket.onclose = ({ code, reason }) => events.put(`closed ${code} ${reason}`.trim());
  });
  return { url, events, sockets, open: open.promise, [Symbol.asyncDispose]: end };
}

function echo(text: string, socket: WebSocket): void {
  socket.send(text);
}

/** A prompt that is connected to a server. */
async function talk(
  run: (prompt: Prompted, heard: Heard) => Promise<void>,
  given: PromptOptions = {},
  answer?: (text: string, socket: WebSocket) => void,
): Promise<void> {
  await using heard = server(answer);
  await using prompt = clientPrompt(heard.url, given);
  await prompt.terminal.shows(/^\* connected to |^<|^>/);
  await heard.open;
  await run(prompt, heard);
}

const ENTER = "\r";
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_Q = "\x11";
const CTRL_S = "\x13";

Deno.test("client prompt: what is typed is sent without a newline, what comes is shown", async () => {
  await talk(async ({ terminal, done }, { events, url }) => {
    terminal.type(`hello 日本${ENTER}`);
    assertEquals(await events.take(), "text hello 日本");
    await terminal.shows("< hello 日本");
    terminal.type(CTRL_D);
    assertEquals(await done, 0);
    assertEquals(await events.take(), "closed 1005");
    const { lines } = terminal.screen;
    assertMatch(lines[0], new RegExp(`^\\* connected to ${url}.*, in [\\d.]+ m?s$`));
    assertEquals(lines.slice(1), [
      "* Enter sends, /help lists commands, Ctrl-D ends",
      "> hello 日本",
      "< hello 日本",
      "* closed by us: 1005 (no code given)",
    ]);
  });
});

Deno.test("client prompt: what comes does not disturb what is being typed", async () => {
  await talk(async ({ terminal }, { sockets }) => {
    terminal.type("half a li");
    await terminal.shows("> half a li");
    sockets[0].send("something");
    await terminal.shows("< something");
    assertEquals(terminal.screen.atCursor, "> half a li|");
    terminal.type("ne");
    await terminal.shows("> half a line");
  });
});

Deno.test("client prompt: ten thousand messages at once are all shown, in order, while one types", async () => {
  await talk(async ({ terminal }, { sockets }) => {
    for (let i = 0; i < 10_000; i++) sockets[0].send(`message ${i}`);
    terminal.type("typing");
    await terminal.shows("< message 9999");
    await terminal.shows("> typing");
    const shown = terminal.screen.lines.filter((line) => line.startsWith("<"));
    assertEquals(shown, Array.from({ length: 10_000 }, (_, i) => `< message ${i}`));
  });
});

Deno.test("client prompt: a paste is one message", async () => {
  await talk(
    async ({ terminal }, { events }) => {
      terminal.type(`\x1b[200~one\rtwo\r\x1b[201~${ENTER}`);
      assertEquals(await events.take(), "text one\ntwo");
      await terminal.shows("< one");
      const big = "0123456789abcdef\r".repeat(60_000);
      terminal.type(`\x1b[200~${big}\x1b[201~`);
      await terminal.shows("> [60000 lines, 1.0 MB]");
      terminal.type(ENTER);
      assertEquals((await events.take()).length, 5 + big.length - 1);
    },
    {},
    (text, socket) => void (text.length < 100 && socket.send(text)),
  );
});

Deno.test("client prompt: an empty line is nothing, /text alone an empty message", async () => {
  await talk(async ({ terminal }, { events }) => {
    terminal.type(ENTER + ENTER + `/text${ENTER}`);
    assertEquals(await events.take(), "text ");
    await terminal.shows("< (empty text message)");
  });
});

Deno.test("client prompt: a doubled slash sends one", async () => {
  await talk(async ({ terminal }, { events }) => {
    terminal.type(`//etc/passwd${ENTER}`);
    assertEquals(await events.take(), "text /etc/passwd");
    await terminal.shows("> /etc/passwd");
  });
});

Deno.test("client prompt: /binary sends hexadecimal digits and files, /text files", async () => {
  const path = await Deno.makeTempFile();
  try {
    await talk(async ({ terminal }, { events }) => {
      terminal.type(`/binary de ad${ENTER}`);
      assertEquals(await events.take(), "binary dead");
      await Deno.writeTextFile(path, "a\nb\n");
      terminal.type(`/binary @${path}${ENTER}`);
      assertEquals(await events.take(), "binary 610a620a");
      terminal.type(`/text @${path}${ENTER}`);
      assertEquals(await events.take(), "text a\nb\n");
      await Deno.writeFile(path, new Uint8Array([0xff]));
      terminal.type(`/text @${path}${ENTER}`);
      await terminal.shows(/^! .* is no UTF-8: \/binary @/);
      terminal.type(`/text @/nosuch/file${ENTER}`);
      await terminal.shows(/^! cannot read \/nosuch\/file: no such file/i);
      terminal.type(`/binary xyz${ENTER}`);
      await terminal.shows(/^! \/binary takes an even number/);
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("client prompt: /ping shows how long its Pong takes", async () => {
  await talk(async ({ terminal }) => {
    terminal.type(`/ping abc${ENTER}/ping${ENTER}`);
    await terminal.shows(/^\* pong 'abc' after [\d.]+ ms$/);
    await terminal.shows(/^\* pong after [\d.]+ ms$/);
    terminal.type(`/ping ${"x".repeat(126)}${ENTER}`);
    await terminal.shows("! a Ping has room for 125 bytes");
  });
});

Deno.test("client prompt: /close sends code and reason and ends", async () => {
  await talk(async ({ terminal, done }, { events }) => {
    terminal.type(`/close 1005${ENTER}`);
    await terminal.shows(/^! 1005 cannot be sent/);
    terminal.type(`/close 4001 see you${ENTER}`);
    assertEquals(await done, 0);
    assertEquals(await events.take(), "closed 4001 see you");
    await terminal.shows(/^\* closed by us: 4001.*: see you$/);
  });
});

Deno.test("client prompt: /headers, /stats and /help tell what they should", async () => {
  await talk(async ({ terminal }) => {
    terminal.type(`hi${ENTER}`);
    await terminal.shows("< hi");
    terminal.type(`/headers${ENTER}`);
    await terminal.shows("* > GET / HTTP/1.1");
    await terminal.shows("* > X-Token: ***");
    await terminal.shows(/^\* < HTTP\/1.1 101/);
    await terminal.shows(/^\* < sec-websocket-accept: /i);
    terminal.type(`/stats${ENTER}`);
    await terminal.shows("* sent 1 message, 2 bytes");
    await terminal.shows("* received 1 message, 2 bytes");
    terminal.type(`/help${ENTER}`);
    await terminal.shows(/^\* \/binary HEX\|@FILE {2}/);
  }, { options: { header: ["X-Token: secret"] } });
});

Deno.test("client prompt: /save writes the last message, and nothing over another file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await talk(async ({ terminal }, { sockets }) => {
      terminal.type(`/save ${folder}/x${ENTER}`);
      await terminal.shows("! no message has come yet");
      sockets[0].send(new Uint8Array([1, 2, 3]));
      await terminal.shows("< binary, 3 bytes");
      terminal.type(`/save ${folder}/x${ENTER}`);
      await terminal.shows(/^\* the last message, binary, 3 bytes, is in /);
      assertEquals(await Deno.readFile(`${folder}/x`), new Uint8Array([1, 2, 3]));
      terminal.type(`/save ${folder}/x${ENTER}`);
      await terminal.shows(/is there already; it was left as it is$/);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("client prompt: what is cut tells its number, by which it is found later", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await talk(async ({ terminal }, { sockets }) => {
      const long = "x".repeat(20_000);
      for (const text of ["first", long, "third"]) sockets[0].send(text);
      await terminal.shows("  … 20.0 kB in all: /show #2 shows it, /save #2 FILE keeps it");
      await terminal.shows("< third");
      terminal.type(`/save #2 ${folder}/x${ENTER}`);
      await terminal.shows(/^\* message #2, text, 20\.0 kB, is in /);
      assertEquals(await Deno.readTextFile(`${folder}/x`), long);
      terminal.type(`/save #4 ${folder}/y${ENTER}`);
      await terminal.shows("! there is no message #4: #1 to #3 are kept");
      terminal.type(`/show it${ENTER}`);
      await terminal.shows("! /show takes no more than a number, such as #12");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "client prompt: /pipe has a command of the shell read a message",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await talk(async ({ terminal }, { sockets }) => {
        sockets[0].send("a\nb\n");
        await terminal.shows("  b\\n");
        terminal.type(`/pipe cat > "${folder}/x"; exit 3${ENTER}typed meanwhile`);
        await terminal.shows("! it ended with status 3");
        assertEquals(await Deno.readTextFile(`${folder}/x`), "a\nb\n");
        await terminal.shows("> typed meanwhile");
        assertEquals(terminal.lent, false);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "client prompt: what was typed ahead waits until the other program has ended",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await talk(async ({ terminal }, { sockets }) => {
        sockets[0].send("a");
        await terminal.shows("< a");
        const first = `/pipe (echo begun; sleep 0.2; echo ended) >> "${folder}/x"`;
        terminal.type(`${first}${ENTER}/pipe echo second >> "${folder}/x"; exit 3${ENTER}third`);
        await terminal.shows("! it ended with status 3");
        assertEquals(await Deno.readTextFile(`${folder}/x`), "begun\nended\nsecond\n");
        await terminal.shows("> third");
        assertEquals(terminal.lent, false);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("client prompt: /filter shows only messages with a pattern, or without it", async () => {
  await talk(async ({ terminal }, { sockets }) => {
    const send = (...texts: string[]) => texts.forEach((text) => sockets[0].send(text));
    terminal.type(`/filter err\\w+${ENTER}`);
    await terminal.shows("* only messages with 'err\\w+' are shown; /filter alone shows all");
    send("tick 1", "Error 1", "tick 2");
    await terminal.shows("< Error 1");
    terminal.type(`/filter !ERR${ENTER}`);
    await terminal.shows(/without 'ERR'/);
    send("ERR 1", "tick 3");
    await terminal.shows("< tick 3");
    terminal.type(`/filter${ENTER}`);
    await terminal.shows("* all messages are shown; 1 was hidden");
    send("tick 4");
    await terminal.shows("< tick 4");
    terminal.type(`/filter [${ENTER}`);
    await terminal.shows(/^! '\[' is no regular expression: /);
    const shown = terminal.screen.lines.filter((line) => line.startsWith("<"));
    assertEquals(shown, ["< Error 1", "< tick 3", "< tick 4"]);
  });
});

Deno.test("client prompt: /timestamps is the time, or how long something took", async () => {
  await talk(async ({ terminal }) => {
    terminal.type(`/timestamps${ENTER}x${ENTER}`);
    await terminal.shows(/^\d\d:\d\d:\d\d\.\d{3} < x$/);
    terminal.type(`/timestamps delta${ENTER}y${ENTER}`);
    await terminal.shows(/^ *\+\d+\.\d{3} < y$/);
    terminal.type(`/timestamps off${ENTER}z${ENTER}`);
    await terminal.shows("< z");
    terminal.type(`/timestamps soon${ENTER}`);
    await terminal.shows("! /timestamps takes nothing, delta, or off");
  });
});

Deno.test("client prompt: /bell rings when a message comes, once where many do", async () => {
  await talk(async ({ terminal }, { sockets }) => {
    sockets[0].send("silent");
    await terminal.shows("< silent");
    assertEquals(terminal.screen.bells, 0);
    terminal.type(`/bell${ENTER}`);
    await terminal.shows(/^\* the bell rings/);
    // A slow machine takes several drawings for them, and each of those rings.
    for (let i = 0; i < 500; i++) sockets[0].send(`loud ${i}`);
    await terminal.shows("< loud 499");
    assert(terminal.screen.bells > 0 && terminal.screen.bells < 250);
    terminal.type(`/bell off${ENTER}`);
    await terminal.shows("* the bell is off");
  });
});

Deno.test("client prompt: Ctrl-S holds what comes until Ctrl-Q, and sending goes on, too", async () => {
  await talk(async ({ terminal, done }, { sockets }) => {
    terminal.type(CTRL_S);
    await terminal.shows("(held, 0 lines wait, Ctrl-Q) >");
    sockets[0].send("one");
    sockets[0].send("two");
    await terminal.shows("(held, 2 lines wait, Ctrl-Q) >");
    assertEquals(terminal.screen.lines.includes("< one"), false);
    terminal.type(CTRL_Q);
    await terminal.shows("< two");
    terminal.type(CTRL_S);
    await terminal.shows(/^\(held/);
    terminal.type(`three${ENTER}`);
    await terminal.shows("< three");
    // More comes than is kept waiting; the end is not held.
    terminal.type(CTRL_S);
    await terminal.shows(/^\(held/);
    for (let i = 0; i < 200; i++) sockets[0].send("x".repeat(1000));
    await terminal.shows(/^\(held, (6[5-9]|[7-9]\d|1\d\d) lines/);
    terminal.type(CTRL_D);
    assertEquals(await done, 0);
  });
});

Deno.test("client prompt: an unknown command is one line, and keeps the session", async () => {
  await talk(async ({ terminal }, { events }) => {
    terminal.type(`/nosuch x${ENTER}after${ENTER}`);
    await terminal.shows(
      "! there is no command /nosuch: /help lists what there is, and // sends a slash",
    );
    assertEquals(await events.take(), "text after");
  });
});

Deno.test("client prompt: /reconnect makes a new connection, and tries again when told", async () => {
  const first = server();
  await using prompt = clientPrompt(first.url);
  const { terminal, done } = prompt;
  await terminal.shows(/^\* connected/);
  terminal.type(`/reconnect${ENTER}`);
  await terminal.shows(`* reconnecting to ${first.url}`);
  assertEquals(await first.events.take(), "closed 1000");
  terminal.type(`again${ENTER}`);
  assertEquals(await first.events.take(), "text again");
  await terminal.shows("< again");
  assertEquals(terminal.screen.lines.filter((line) => line.startsWith("* connected")).length, 2);
  terminal.type(`/reconnect${ENTER}`);
  assertEquals(await first.events.take(), "closed 1000");
  const disposed = first[Symbol.asyncDispose]();
  first.sockets.at(-1)!.close();
  terminal.type(CTRL_D);
  await disposed;
  await done;
});

Deno.test("client prompt: where connecting anew fails the prompt stays", async () => {
  const heard = server();
  await using prompt = clientPrompt(heard.url);
  const { terminal, done } = prompt;
  await terminal.shows(/^\* connected/);
  heard.sockets[0].onclose = null;
  terminal.type(`/reconnect${ENTER}`);
  await terminal.shows(/^\* reconnecting/);
  await heard[Symbol.asyncDispose]();
  terminal.type(`/reconnect${ENTER}`);
  await terminal.shows(/^! .*refused/);
  await terminal.shows("* not connected: /reconnect tries again, Ctrl-D ends");
  terminal.type(`lost${ENTER}`);
  await terminal.shows("! not connected: /reconnect tries again, Ctrl-D ends");
  terminal.type(CTRL_D);
  assertEquals(await done, 0);
});

Deno.test("client prompt: the server's code decides how it ends", async () => {
  const closing = (code: number, reason: string) =>
    talk(
      async ({ terminal, done }) => {
        terminal.type(`x${ENTER}`);
        assertEquals(await done, 0);
      },
      {},
      (_, socket) => socket.close(code, reason),
    );
  await closing(1000, "bye");
  await closing(4000, "");
  const error = await assertRejects(() => closing(1011, "boom\x1b[2J"), WirecatError);
  assertEquals(error.kind, "abnormal");
  assertMatch(error.message, /closed: 1011 \(internal error\): boom/);
});

Deno.test("client prompt: the server's reason is shown, made harmless", async () => {
  await talk(
    async ({ terminal, done }) => {
      terminal.type(`x${ENTER}`);
      await done;
      await terminal.shows("* closed by the server: 1000 (normal closure): bye\\x1b[2J\\u202e");
    },
    {},
    (_, socket) => socket.close(1000, "bye\x1b[2J\u202e"),
  );
});

Deno.test("client prompt: Ctrl-C clears the line, then ends with 130 and a Close frame", async () => {
  await talk(async ({ terminal, done }, { events }) => {
    terminal.type("some text");
    await terminal.shows("> some text");
    terminal.type(CTRL_C);
    await terminal.shows(">");
    terminal.type(CTRL_C);
    assertEquals(await done, 130);
    assertEquals(await events.take(), "closed 1001");
  });
});

Deno.test("client prompt: a signal ends it in order and gives the terminal back", async () => {
  await talk(async ({ terminal, done, abort }, { events }) => {
    terminal.type("some text");
    await terminal.shows("> some text");
    abort();
    await assertRejects(() => done, Error, "interrupted");
    assertEquals(await events.take(), "closed 1001");
    assertEquals(terminal.entered, false);
    assert(!terminal.screen.lines.includes("> some text"));
  });
});

Deno.test("client prompt: when the terminal is gone it ends as with Ctrl-D", async () => {
  await talk(async ({ terminal, done }, { events }) => {
    terminal.end();
    assertEquals(await done, 0);
    assertEquals(await events.take(), "closed 1005");
  });
});

Deno.test("client prompt: Ctrl-Z takes the line off the screen, and it comes back", async () => {
  await talk(async ({ terminal }, { sockets }) => {
    terminal.type("half");
    await terminal.shows("> half");
    terminal.type("\x1a");
    while (terminal.suspensions === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assertEquals(terminal.screen.atCursor, "|");
    sockets[0].send("meanwhile");
    terminal.resume();
    await terminal.shows("< meanwhile");
    assertEquals(terminal.screen.atCursor, "> half|");
  });
});

// --- Options ---

Deno.test("client prompt: -b sends binary and refuses /text, -t the reverse", async () => {
  await talk(async ({ terminal }, { events }) => {
    terminal.type(`ab${ENTER}`);
    assertEquals(await events.take(), "binary 6162");
    await terminal.shows("> ab");
    terminal.type(`/text x${ENTER}`);
    await terminal.shows("! -b sends all messages as binary");
  }, { options: { binary: true } });
  await talk(async ({ terminal }) => {
    terminal.type(`/binary 00${ENTER}`);
    await terminal.shows("! -t sends all messages as text");
  }, { options: { text: true } });
});

Deno.test("client prompt: -p goes first, -P is shown first", async () => {
  await talk(async ({ terminal }, { events }) => {
    assertEquals(await events.take(), "text subscribe");
    await terminal.shows("> subscribe");
    await terminal.shows("< to me");
  }, { rules: { preamble: ["subscribe"], preambleReverse: ["to me"] } });
});

Deno.test("client prompt: -1 ends after one message each way", async () => {
  await talk(async ({ terminal, done }, { events }) => {
    terminal.type(`one${ENTER}two${ENTER}`);
    assertEquals(await done, 0);
    assertEquals(await events.take(), "text one");
    assertMatch(await events.take(), /^closed/);
    assertEquals(terminal.screen.lines.filter((line) => line.startsWith("<")), ["< one"]);
  }, { rules: { maxForward: 1, maxReverse: 1, linger: Infinity } });
});

Deno.test("client prompt: --max-messages-rev shows so many", async () => {
  await talk(async ({ terminal, done }, { events }) => {
    terminal.type(`one${ENTER}two${ENTER}three${ENTER}`);
    for (const text of ["one", "two", "three"]) assertEquals(await events.take(), `text ${text}`);
    await terminal.shows("< two");
    terminal.type(CTRL_D);
    await done;
    assertEquals(terminal.screen.lines.filter((line) => line.startsWith("<")), ["< one", "< two"]);
  }, { rules: { maxReverse: 2 } });
});

Deno.test("client prompt: -U sends nothing that is typed, -u shows nothing that comes", async () => {
  await talk(async ({ terminal }, { sockets }) => {
    terminal.type(`x${ENTER}`);
    await terminal.shows("! -U is given: nothing is sent");
    sockets[0].send("seen");
    await terminal.shows("< seen");
  }, { rules: { skipForward: true } });
  await talk(async ({ terminal }, { events }) => {
    terminal.type(`x${ENTER}/ping${ENTER}`);
    assertEquals(await events.take(), "text x");
    await terminal.shows(/^\* pong/);
    assertEquals(terminal.screen.lines.some((line) => line.startsWith("<")), false);
  }, { rules: { skipReverse: true } });
});

Deno.test("client prompt: -n sends no Close frame at Ctrl-D and waits for the server's", async () => {
  await talk(async ({ terminal, done }, { events, sockets }) => {
    terminal.type(CTRL_D);
    await terminal.shows(/^\* -n: no Close frame is sent/);
    terminal.type(`x${ENTER}`);
    await terminal.shows("! no more is sent on this connection");
    sockets[0].send("still here");
    await terminal.shows("< still here");
    sockets[0].close(1000, "server");
    assertEquals(await done, 0);
    assertEquals(await events.take(), "closed 1000"); // A Close frame of its own would say 1005.
    await terminal.shows("* closed by the server: 1000 (normal closure): server");
  }, { options: { "no-close": true }, rules: { linger: undefined } });
});

Deno.test("docs/terminal.md: all commands of both prompts are in its table", async () => {
  const page = await Deno.readTextFile(inCheckout("docs/terminal.md"));
  const named = new Set(Array.from(page.matchAll(/^\| `\/(\w+)/gm), ([, name]) => name));
  const listed = new Set<string>();
  await using server = await serverPrompt();
  await using client = clientPrompt(server.url);
  for (const { terminal } of [server, client]) {
    terminal.type(`/help${ENTER}`);
    await terminal.shows(/^\* \/quit/);
    for (const line of terminal.screen.lines) {
      const name = /^\* \/(\w+)/.exec(line)?.[1];
      if (name !== undefined) listed.add(name);
    }
  }
  assertEquals([...named].sort(), [...listed].sort());
});

Deno.test("client prompt: --linger is kept where it is given", async () => {
  await talk(
    async ({ terminal, done }, { events }) => {
      terminal.type(`x${ENTER}`);
      await events.take();
      terminal.type(CTRL_D);
      await terminal.shows("< late");
      assertEquals(await done, 0);
      assertEquals(await events.take(), "closed 1005");
    },
    { options: { linger: 0.6 }, rules: { linger: 600 } },
    (_, socket) => setTimeout(() => socket.send("late"), 50),
  );
});

Deno.test("client prompt: --close-status-code and --close-reason are what Ctrl-D sends", async () => {
  await talk(async ({ terminal, done }, { events }) => {
    terminal.type(CTRL_D);
    await done;
    assertEquals(await events.take(), "closed 4002 why");
  }, { options: { "close-status-code": 4002, "close-reason": "why" } });
});

Deno.test("client prompt: transforms of messages are done to what is typed and shown", async () => {
  await talk(async ({ terminal }, { events }) => {
    terminal.type(`Thi there${ENTER}Bxyz${ENTER}`);
    assertEquals(await events.take(), "text hi there");
    await terminal.shows("< Thi there");
    assertEquals(await events.take(), "binary 78797a");
  }, { options: { "text-prefix": "T", "binary-prefix": "B" } });
});

Deno.test("client prompt: keepalive Pings are shown under -v only", async () => {
  const options = { "ping-interval": 0.02 };
  await talk(({ terminal }) => terminal.shows(/^\* pong/), { options, verbosity: 2 });
  await talk(async ({ terminal }) => {
    const has = (pattern: RegExp) => terminal.screen.lines.some((line) => pattern.test(line));
    while (!has(/^\* \d+ round trips?: /)) {
      terminal.type(`/stats${ENTER}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert(!has(/pong/));
  }, { options });
});

Deno.test("client prompt: -q says nothing of the connection", async () => {
  await using heard = server();
  await using prompt = clientPrompt(heard.url, { options: { quiet: true }, verbosity: 0 });
  await prompt.terminal.shows(">");
  prompt.terminal.type(`x${ENTER}`);
  await prompt.terminal.shows("< x");
  assertEquals(prompt.terminal.screen.lines, ["> x", "< x", ">"]);
});

Deno.test("client prompt: --timestamps and --no-json-pretty", async () => {
  await talk(async ({ terminal }) => {
    terminal.type(`{"a":1}${ENTER}`);
    await terminal.shows(/^\d\d:\d\d:\d\d\.\d{3} > \{"a":1\}$/);
    await terminal.shows(/^\d\d:\d\d:\d\d\.\d{3} < \{"a":1\}$/);
  }, { options: { timestamps: true, "no-json-pretty": true } });
});

Deno.test("client prompt: a connection that cannot be made leaves the terminal alone", async () => {
  await using prompt = clientPrompt(`ws://127.0.0.1:${freePort()}/`);
  await assertRejects(() => prompt.done, WirecatError, "refused");
  assertEquals(prompt.terminal.screen.lines, []);
});
