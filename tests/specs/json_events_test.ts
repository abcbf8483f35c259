import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Validator } from "@cfworker/json-schema";
import {
  closed,
  COMMAND,
  connect,
  message,
  nativeServer,
  type Program,
  run,
  serve,
  start,
} from "../cli/program.ts";
import { upgrading } from "../cli/provoking.ts";
import { freePort } from "../free_port.ts";
import { certPath } from "../tls/fixture.ts";

// deno-lint-ignore no-explicit-any -- an event, whose keys depend on its type
type Event = any;

const validator = new Validator(
  JSON.parse(await Deno.readTextFile(new URL("../../docs/json.schema.json", import.meta.url))),
  "2020-12",
);

/** There are no signals on Windows that a program could take. */
const UNIX = { ignore: Deno.build.os === "windows" };

/** What the schema has against a value. */
const faults = (value: unknown) => validator.validate(value).errors;

/** An event of a line, which the schema has to allow. */
function eventOf(line: string): Event {
  const event = JSON.parse(line);
  assertEquals(faults(event), [], line);
  return event;
}

const eventsOf = (stdout: string): Event[] => stdout.trimEnd().split("\n").map(eventOf);

const next = async ({ stdout }: Program) => eventOf((await stdout.line())!);

/** What matters of events, in short. */
function short(events: Event[]): string[] {
  return events.map(({ type, direction, data, code, id, step }) =>
    [id, direction, type, data, code, step].filter((part) => part !== undefined).join(" ")
  );
}

const echo = () => nativeServer((socket) => socket.onmessage = ({ data }) => socket.send(data));

Deno.test("--json: what happens is told as lines of JSON, in both directions", async () => {
  await using server = echo();
  await using program = start(["--json", "--linger", "0", server.url]);
  await program.write(
    '{"type":"message","data":"hi"}\n{"hex":"00ff"}\n{"type":"ping","data":"p"}\n',
  );
  for (let told = 0; told < 7; told++) await program.stdout.line(); // All but the end.
  await program.endInput();
  const { code, stdout, stderr } = await program.outcome();
  assertEquals([code, stderr], [0, ""]);
  const events = eventsOf(stdout);
  const order = short(events);
  assertEquals(order[0], "open");
  assertEquals(order.at(-1), "close 1005");
  assertEquals(
    order.slice(1, -1).sort(),
    [
      "in message AP8=",
      "in message hi",
      "in pong p",
      "out message AP8=",
      "out message hi",
      "out ping p",
    ],
  );
  const [open] = events;
  assertEquals([open.v, open.name, open.status], [1, server.url, 101]);
  assertEquals(open.address, `127.0.0.1:${server.port}`);
  assertEquals(open.headers.upgrade, ["websocket"]);
  assert(open.timings_ms.connect <= open.timings_ms.upgrade);
  const binary = events.find(({ kind }) => kind === "binary");
  assertEquals(binary.size, 2);
  assert(events.find(({ type }) => type === "pong").rtt_ms >= 0);
  assertEquals(events.at(-1).by, "local");
});

Deno.test("--json: a line that is no command is told with its number, and the next one is done", async () => {
  await using server = nativeServer((socket) => {
    let heard = 0;
    socket.onmessage = ({ data }) => {
      socket.send(data);
      if (++heard === 2) socket.close();
    };
  });
  const { code, stdout, stderr } = await run(["--json", "--linger", "forever", server.url], {
    input: '{"text":"a"}\nhello\n\n{"typ":"x"}\n{"text":"b"}',
  });
  assertEquals(code, 2, "the status tells");
  const events = eventsOf(stdout);
  const errors = events.filter(({ type }) => type === "error");
  assertEquals(errors.map(({ line, step, kind }) => [line, step, kind]), [
    [2, "input", "usage"],
    [4, "input", "usage"],
  ]);
  assertMatch(stderr, /^wirecat: error: line 2 of the input: not JSON/);
  assertStringIncludes(stderr, "line 4 of the input");
  assertEquals(events.filter(({ direction }) => direction === "in").map((e) => e.data), ["a", "b"]);
});

Deno.test("--json: many lines that are no commands are told as events, and not all twice", async () => {
  await using server = echo();
  const { code, stdout, stderr } = await run(["--json", "--linger", "0", server.url], {
    input: "y\n".repeat(100),
  });
  assertEquals(code, 2);
  assertEquals(short(eventsOf(stdout)).filter((event) => event === "error input").length, 100);
  assertStringIncludes(stderr, "line 10 of the input: not JSON");
  assertEquals(stderr.includes("line 11 of the input"), false);
  assertStringIncludes(stderr, "wirecat: warning: more lines of the input are wrong");
});

Deno.test("--json: how a server closes is told, and its code decides the status", async () => {
  await using server = nativeServer((socket) => socket.onopen = () => socket.close(4001, "enough"));
  const good = await run(["--json", "--linger", "forever", server.url]);
  const { code, name, reason, by, clean } = eventsOf(good.stdout).at(-1);
  assertEquals([good.code, code, name, reason, by, clean], [
    0,
    4001,
    undefined,
    "enough",
    "remote",
    true,
  ]);
  await using failing = nativeServer((socket) => socket.onopen = () => socket.close(1011, "oops"));
  const bad = await run(["--json", "--linger", "forever", failing.url]);
  assertEquals(bad.code, 8);
  assertEquals(short(eventsOf(bad.stdout)).slice(1), ["close 1011", "error session"]);
});

Deno.test("--json: a failure before there is a connection is an event, too", async () => {
  const { code, stdout, stderr } = await run(["--json", `ws://127.0.0.1:${freePort()}/`]);
  const [{ type, kind, step, message, hint }, ...more] = eventsOf(stdout);
  assertEquals([code, type, kind, step, more], [4, "error", "connection", "connect", []]);
  assertStringIncludes(message, "connection refused");
  assertStringIncludes(stderr, message);
  assertStringIncludes(stderr, hint);
  await using refusing = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status: 403 }),
  );
  const refused = await run(["--json", `ws://127.0.0.1:${refusing.addr.port}/`]);
  const [event] = eventsOf(refused.stdout);
  assertEquals([refused.code, event.step, event.status], [6, "upgrade", 403]);
  const again = ["--retry=1", "--retry-delay=1ms", "--retry-all-errors"];
  const tried = await run(["--json", ...again, `ws://127.0.0.1:${refusing.addr.port}/`]);
  assertEquals(eventsOf(tried.stdout).map(({ status }) => status), [403], "the last one's status");
});

Deno.test("--json: a failure on the connection is told once, then its end", async () => {
  await using server = nativeServer(() => {});
  const { code, stdout } = await run(
    ["--json", "--linger", "forever", "--idle-timeout", "50ms", server.url],
  );
  assertEquals(code, 9);
  const events = eventsOf(stdout);
  assertEquals(short(events), ["open", "error session", "close 1001"]);
  assertEquals(events[1].kind, "timeout");
});

Deno.test("--json: closing with a code, as a command", async () => {
  const ending = Promise.withResolvers<CloseEvent>();
  await using server = nativeServer((socket) => socket.onclose = ending.resolve);
  const { code, stdout } = await run(["--json", "--linger", "forever", server.url], {
    input: '{"type":"close","code":4002,"reason":"done"}\n',
  });
  const { code: said, reason } = await ending.promise;
  assertEquals([code, said, reason], [0, 4002, "done"]);
  assertEquals(short(eventsOf(stdout)).at(-1), "close 4002");
});

Deno.test("--json: nothing is said to be sent after the connection was closed", async () => {
  await using server = echo();
  const { code, stdout, stderr } = await run(["--json", "--linger", "forever", server.url], {
    input: '{"type":"close","code":4001}\n"late"\n{"type":"ping"}\n',
  });
  assertEquals(code, 2);
  assertEquals(short(eventsOf(stdout)), ["open", "error input", "error input", "close 4001"]);
  assertStringIncludes(stderr, "line 2 of the input: nothing can be sent after the connection was");
  const bytes = await run(["-", "json-events:mirror:"], {
    input: '{"type":"close","code":4001}\n"on"\n',
  });
  assertStringIncludes(bytes.stdout, '"data":"on"');
});

Deno.test("--json -s: clients have numbers, and a command is for one of them or for all", async () => {
  await using server = await serve(["--json", "-s", "127.0.0.1:0"]);
  const { program } = server;
  const first = await connect(server.url);
  const opened = await next(program);
  assertEquals([opened.id, opened.uri], [1, "/"]);
  assertMatch(opened.client, /^127\.0\.0\.1:\d+$/);
  assertEquals(opened.headers.upgrade, ["websocket"]);
  const second = await connect(server.url);
  assertEquals((await next(program)).id, 2);
  second.send("from two");
  assertEquals(short([await next(program)]), ["2 in message from two"]);
  const toFirst = message(first);
  await program.write('{"id":1,"text":"to one"}\n');
  assertEquals(await toFirst, "to one");
  assertEquals(short([await next(program)]), ["1 out message to one"]);
  const both = Promise.all([message(first), message(second)]);
  await program.write('{"text":"to all"}\n');
  assertEquals(await both, ["to all", "to all"]);
  await next(program);
  await next(program);
  await program.write('{"id":7,"text":"to nobody"}\n');
  assertEquals(short([await next(program)]), ["error input"]);
  const gone = closed(first);
  await program.write('{"id":1,"type":"close","code":4000}\n');
  assertEquals((await gone).code, 4000);
  assertEquals(short([await next(program)]), ["1 close 4000"]);
  await program.write('{"id":1,"text":"too late"}\n');
  const late = await next(program);
  assertEquals([late.message, late.kind], ["client 1 has left", "abnormal"]);
  await program.endInput();
  second.send("still here");
  assertEquals(short([await next(program)]), ["2 in message still here"]);
  program.kill("SIGTERM");
  assertEquals((await closed(second)).code, 1001);
});

Deno.test("--json: the end of the connection is told whatever ends the program", UNIX, async () => {
  await using server = echo();
  const url = server.url;
  await using program = start(["--json", url]);
  assertEquals((await next(program)).type, "open");
  program.kill("SIGTERM");
  const killed = await program.outcome();
  assertEquals(killed.code, 143);
  assertEquals(short(eventsOf(killed.stdout)), ["open", "close 1001"]);
  const late = await run(["--json", "--linger", "forever", "--max-time", "500ms", url]);
  assertEquals(late.code, 9);
  const events = short(eventsOf(late.stdout));
  // On a busy machine the time may be over before there is a connection.
  if (events.length > 1) assertEquals(events, ["open", "close 1001", "error session"]);
  const ended = await run(["--json", "-E", url]);
  assertEquals([ended.code, short(eventsOf(ended.stdout)).length], [0, 2]);
  assertEquals(short(eventsOf(ended.stdout))[1].slice(0, 5), "close");
});

Deno.test(
  "--json: a server that does not answer the Close frame has not closed properly",
  UNIX,
  async () => {
    await using server = upgrading(new Uint8Array());
    await using program = start(["--json", `ws://127.0.0.1:${server.port}/`]);
    assertEquals((await next(program)).type, "open");
    program.kill("SIGTERM");
    const { stdout } = await program.outcome();
    const [, { code, by, clean }] = eventsOf(stdout);
    assertEquals([code, by, clean], [1006, "local", false]);
  },
);

Deno.test(
  "--json: where nobody takes the events, a signal still ends the program",
  UNIX,
  async () => {
    await using server = nativeServer((socket) => {
      socket.onopen = () => {
        for (let i = 0; i < 100; i++) socket.send("x".repeat(60_000));
      };
    });
    // Its standard output is a pipe whose other end reads nothing.
    const child = new Deno.Command(COMMAND[0], {
      args: [...COMMAND.slice(1), "--json", server.url],
      env: { WIRECAT_CONFIG: "/dev/null" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read(); // It is connected.
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 143);
    await reader.cancel();
    await child.stdin.close().catch(() => {});
  },
);

Deno.test("--json: the certificates of a TLS server are told", async () => {
  await using server = await serve([
    "wss-l:127.0.0.1:0",
    "mirror:",
    `--tls-cert=${certPath("server-chain.pem")}`,
    `--tls-key=${certPath("server.key")}`,
  ]);
  const url = server.url.replace("ws:", "wss:");
  const { stdout } = await run([
    "--json",
    `--cacert=${certPath("root.pem")}`,
    "-1",
    "-p",
    "x",
    url,
  ]);
  const [{ tls }] = eventsOf(stdout);
  assertEquals([tls.version, tls.verified], ["TLSv1.3", true]);
  const [own, issuer] = tls.certificates;
  assertEquals(own.issuer, issuer.subject);
  assert(own.names.includes("127.0.0.1"), `${own.names}`);
  assert(own.valid_to > own.valid_from && own.days_left > 0, JSON.stringify(own));
  assertEquals(own.self_signed, false);
});

Deno.test("--json -s: what is known of the TLS session of a client is told", async () => {
  const toldOf = async (server: string[], client: string[] = []): Promise<Event> => {
    await using serving = await serve([
      ...["--json", "-s", "127.0.0.1:0", `--tls-cert=${certPath("server-chain.pem")}`],
      ...[`--tls-key=${certPath("server.key")}`, ...server],
    ]);
    const url = serving.url.replace("ws:", "wss:");
    const { code, stderr } = await run(
      ["-q", `--cacert=${certPath("root.pem")}`, ...client, url],
      { input: "" },
    );
    assertEquals([code, stderr], [0, ""]);
    return await next(serving.program);
  };
  // The runtime's own TLS tells only what ALPN came to.
  assertEquals((await toldOf([])).tls, {});
  const alpn = "--alpn=http/1.1";
  assertEquals((await toldOf([alpn], [alpn])).tls, { alpn: "http/1.1" });
  const { tls } = await toldOf(["--tls-min=1.3"]);
  assertEquals(tls.version, "TLSv1.3");
  assertMatch(tls.cipher, /^TLS_/);
  assertEquals([tls.verified, tls.certificates], [undefined, undefined]);
  const shown = await toldOf(
    ["--verify-client", `--cafile=${certPath("clients-root.pem")}`],
    [
      `--client-cert=${certPath("chained-client.pem")}`,
      `--client-key=${certPath("chained-client.key")}`,
    ],
  );
  assertEquals([shown.tls.version, shown.tls.verified], ["TLSv1.3", true]);
  const [own] = shown.tls.certificates;
  assertEquals(own.subject, shown.client_certificate.subject);
  assertEquals(
    own.fingerprint.replaceAll(":", "").toLowerCase(),
    shown.client_certificate.fingerprint,
  );
});

Deno.test({
  name: "--json: the status that a program has ended with",
  ...UNIX,
  async fn() {
    const last = async (command: string, ...words: string[]) => {
      const { code, stdout } = await run(["--json", ...words, "-", `sh-c:${command}`]);
      const { type, exit_status, clean } = eventsOf(stdout).at(-1);
      return [type, exit_status, clean, code];
    };
    assertEquals(await last("exit 3"), ["close", 3, false, 0]);
    assertEquals(await last("exit 3", "--exec-status"), ["close", 3, false, 3]);
    assertEquals(await last("cat"), ["close", 0, true, 0]);
    assertEquals(await last("kill -KILL $$"), ["close", 137, false, 0]);
  },
});

Deno.test("--json -s: who does not get in is told of with the address", async () => {
  await using server = await serve(["--json", "--conncap", "1", "-s", "127.0.0.1:0"]);
  const { program } = server;
  const response = await fetch(server.url.replace("ws:", "http:"));
  assertEquals((await response.text(), response.status), 426);
  const page = await next(program);
  assertEquals([page.type, page.kind, page.step, page.status, page.id], [
    "error",
    "upgrade",
    "upgrade",
    426,
    undefined,
  ]);
  assertMatch(page.client, /^127\.0\.0\.1:\d+$/);
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await conn.write(new TextEncoder().encode("SSH-2.0-x\r\n\r\n"));
  const other = await next(program);
  conn.close();
  assertEquals([other.kind, other.status], ["protocol", 400]);
  assertStringIncludes(other.message, `refused a request from ${other.client} with 400`);
  const first = await connect(server.url);
  assertEquals((await next(program)).id, 1);
  await assertRejects(() => connect(server.url));
  assertStringIncludes((await next(program)).message, "turned away: --conncap 1");
  const gone = closed(first);
  first.close();
  await gone;
});

Deno.test("json-events: over a listener, one program speaks with all clients", async () => {
  const answer = `while read -r line; do case "$line" in *'"direction":"in"'*) ` +
    `echo '{"text":"heard"}';; esac; done`;
  await using server = await serve(["json-events:ws-l:127.0.0.1:0", `sh-c:${answer}`]);
  const [one, two] = [await connect(server.url), await connect(server.url)];
  const heard = Promise.all([message(one), message(two)]);
  one.send("hello");
  assertEquals(await heard, ["heard", "heard"]);
  one.close();
  two.close();
});

Deno.test("json-events: over bytes the data are messages, and there are no Pings", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const serving = (async () => {
    using conn = await listener.accept();
    const buffer = new Uint8Array(100);
    await conn.write(buffer.subarray(0, (await conn.read(buffer))!));
  })();
  const { code, stdout } = await run(["-", `json-events:tcp:127.0.0.1:${port}`], {
    input: '{"type":"ping"}\n{"text":"hi"}\n',
  });
  await serving;
  listener.close();
  assertEquals(code, 2);
  assertEquals(short(eventsOf(stdout)).sort(), [
    "close",
    "error input",
    "in message hi",
    "open",
    "out message hi",
  ]);
});

Deno.test("--json: where answers are counted, the last one is the end, however late it comes", async () => {
  await using server = nativeServer((socket) => {
    socket.onmessage = () => setTimeout(() => socket.send("late"), 800);
  });
  for (const counting of [["-1"], ["--max-messages-rev", "1", "--linger", "forever"]]) {
    const { stdout } = await run(["--json", ...counting, server.url], { input: '{"text":"a"}' });
    assertEquals(short(eventsOf(stdout)).slice(1), [
      "out message a",
      "in message late",
      "close 1005",
    ]);
  }
});

Deno.test("--json: -1, -p, -b, -u and -U mean messages, not lines", async () => {
  await using server = echo();
  const patient = ["--json", "-1", "--linger", "forever"];
  const one = await run([...patient, server.url], { input: '{"text":"a"}\n{"text":"b"}\n' });
  assertEquals(short(eventsOf(one.stdout)).filter((event) => event.includes("message")), [
    "out message a",
    "in message a",
  ]);
  const greeting = await run(["--json", "-1", "-U", "-p", "hello", server.url]);
  assertEquals(short(eventsOf(greeting.stdout)), [
    "open",
    "out message hello",
    "in message hello",
    "close 1005",
  ]);
  const binary = await run([...patient, "-b", server.url], { input: '{"text":"a"}\n' });
  assertEquals(
    eventsOf(binary.stdout).filter(({ kind }) => kind).map(({ kind, data }) => [kind, data]),
    [["binary", "YQ=="], ["binary", "YQ=="]],
  );
  const silent = await run(["--json", "-u", "--linger", "50ms", server.url], {
    input: '{"text":"a"}\n',
  });
  assertEquals([silent.code, silent.stdout], [0, ""]);
});

Deno.test("--json: needs standard input and output on one side", async () => {
  const { code, stderr } = await run(["--json", "tcp-l:127.0.0.1:0", "mirror:"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "write json-events: before");
  const fixups = await run(["--json", "--no-fixups", "-", "mirror:"]);
  assertEquals(fixups.code, 2);
});

Deno.test("the schema allows nothing that is not told of", () => {
  const head = { v: 1, time: "2026-01-01T00:00:00.000Z" };
  const message = { ...head, type: "message", direction: "in", kind: "text", size: 1, data: "a" };
  assertEquals(faults(message), []);
  for (
    const wrong of [
      { ...message, v: 2 },
      { ...message, more: 1 },
      { ...message, direction: "up" },
      { ...message, kind: "binary", data: "?" },
      { ...message, size: undefined },
      { ...head, type: "close" },
      { ...head, type: "other" },
    ]
  ) {
    assert(faults(JSON.parse(JSON.stringify(wrong))).length > 0, JSON.stringify(wrong));
  }
});
