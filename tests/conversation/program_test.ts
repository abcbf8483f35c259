/** Conversations as a script runs them: the program, no terminal, other people's clients. */
import { assert, assertEquals, assertMatch } from "@std/assert";
// deno-lint-ignore no-import-prefix -- in an import map every task would download it
import { type RawData, WebSocket } from "npm:ws@8.18.3";
import {
  COMMAND,
  nativeServer,
  type Outcome,
  type Program,
  run,
  serve,
  start,
} from "../cli/program.ts";
import { runCommand } from "../checkout.ts";
import { freePort } from "../free_port.ts";
import { findProgram } from "../interop/programs.ts";
import { certPath } from "../tls/fixture.ts";
import { Wait } from "../peers.ts";

async function inFolder(
  files: Record<string, string>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${name}`.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A server that sends back what comes to it. */
function echo() {
  return nativeServer((socket) => socket.onmessage = ({ data }) => socket.send(data));
}

/** The address that a mock says it listens on. */
async function addressOf(mock: Program): Promise<string> {
  const line = await mock.stderr.line();
  const address = /Listening on (wss?:.*)$/.exec(line ?? "")?.[1];
  if (address === undefined) throw new Error(`no address but ${line}`);
  return address;
}

/** The outcome of a program that is told to end. */
async function ended(program: Program): Promise<Outcome> {
  program.kill("SIGTERM");
  return await program.outcome();
}

Deno.test("--send and --expect: played in the order they are written, matches on stdout", async () => {
  await using server = echo();
  const { code, stdout, stderr } = await run([
    ...["--send", "one", "--send", '{"a": 1}'],
    ...["--expect", "/^o(?<rest>.*)/", "--expect", '{"a": integer}'],
    ...["--step", "send binary 00 ff", "--step", "expect binary 00 ff"],
    ...["--send", "${rest}!", "--expect", "ne!", "--within", "30s", server.url],
  ]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout, 'one\n{"a": 1}\n\x00\ufffdne!\n');
});

Deno.test("--expect: what is not as expected is told on stderr, with status 10", async () => {
  await using server = echo();
  const { code, stdout, stderr } = await run(
    ["--send", '{"a":1}', "--expect", '{"a":2}', "--within", "30s", server.url],
  );
  assertEquals([code, stdout], [10, ""]);
  assertMatch(stderr, /^wirecat: error: expect \{"a":2\}: other JSON came\n {2}expected: /);
  assertMatch(stderr, /at \.a: expected 2, came 1\n/);
});

Deno.test("--expect: a silent server ends it after --within", async () => {
  await using server = nativeServer(() => {});
  const { code, stderr } = await run(["--expect", "x", "--within", "100ms", server.url]);
  assertEquals(code, 10);
  assertMatch(stderr, /it did not come within 100 ms/);
});

Deno.test("--expect: no connection is no failed expectation", async () => {
  const { code, stderr } = await run(["--expect", "x", `ws://127.0.0.1:${freePort()}/`]);
  assertEquals(code, 4);
  assertMatch(stderr, /connection refused/);
});

Deno.test("--send: without --expect, what comes is printed until it is silent", async () => {
  await using server = echo();
  const { code, stdout } = await run([
    "--send",
    "a",
    "--send",
    "b",
    "--linger",
    "2s",
    server.url,
  ]);
  assertEquals([code, stdout], [0, "a\nb\n"]);
});

Deno.test("--send: other steps that expect nothing change nothing about that", async () => {
  await using server = nativeServer((socket) => {
    socket.onmessage = ({ data }) => {
      socket.send(data);
      if (data === "b") socket.close();
    };
  });
  const words = ["--send", "a", "--step", "wait 10ms", "--send", "b", "--linger", "forever"];
  const { code, stdout } = await run([...words, server.url]);
  assertEquals([code, stdout], [0, "a\nb\n"]);
});

Deno.test("wirecat run: what --max-time has cut short is in the report", async () => {
  await using server = echo();
  const text = 'send "a"\nexpect "a"\nexpect "b" within forever\nexpect "c"';
  await inFolder({ "a.conv": text }, async (folder) => {
    const words = ["run", "--report", "junit", "--max-time", "4s", `${folder}/a.conv`];
    const { code, stdout, stderr } = await run([...words, server.url]);
    assertEquals(code, 9);
    assertMatch(stderr, /the 4 s of --max-time are over/);
    assertMatch(stdout, /<testsuites name="wirecat" tests="3" failures="0" errors="1" skipped="1"/);
    assertMatch(stdout, /<error message="the 4 s of --max-time are over" type="timeout">/);
  });
});

Deno.test("wirecat run: --max-time is told once to whoever reads the report", async () => {
  await using server = echo();
  await inFolder({ "a.conv": 'expect "a" within forever', "b.conv": "ping" }, async (folder) => {
    const words = ["run", "--max-time", "300ms", `${folder}/a.conv`, `${folder}/b.conv`];
    const { code, stdout, stderr } = await run([...words, server.url]);
    assertEquals([code, stderr], [9, ""]);
    assertMatch(stdout, /the 0\.3 s of --max-time are over/);
    assertMatch(stdout, /1 conversations?: 0 ok, 1 failed|FAIL/);
    assertEquals(stdout.includes("b.conv"), false);
  });
});

Deno.test("--send and --expect: --output and --max-time", async () => {
  await using server = echo();
  await inFolder({}, async (folder) => {
    const path = `${folder}/out`;
    const { code, stdout } = await run(["--send", "a", "--expect", "a", "-o", path, server.url]);
    assertEquals([code, stdout, await Deno.readTextFile(path)], [0, "", "a\n"]);
  });
  const late = await run([
    "--expect",
    "a",
    "--within",
    "forever",
    "--max-time",
    "300ms",
    server.url,
  ]);
  assertEquals([late.code, late.stdout], [9, ""]);
});

Deno.test("wirecat run: a server that refuses can be what is expected", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status: 403, headers: { "X-Why": "because" } }),
  );
  const text = 'expect status 403\nexpect header X-Why "because"';
  await inFolder({ "a.conv": text, "b.conv": 'expect "a"' }, async (folder) => {
    const url = `ws://127.0.0.1:${server.addr.port}/`;
    const { code, stdout } = await run(["run", `${folder}/a.conv`, url]);
    assertEquals(code, 0, stdout);
    const other = await run(["run", `${folder}/b.conv`, url]);
    assertEquals(other.code, 6);
    assertMatch(other.stdout, /b\.conv:1:1: connect\n.* refused the upgrade with 403 Forbidden/);
  });
});

Deno.test("wirecat run: a server that never stops talking is heard no longer than --within", async () => {
  await using server = nativeServer((socket) => {
    const more = () => {
      if (socket.readyState !== WebSocket.OPEN) return;
      for (let i = 0; i < 100; i++) socket.send("noise");
      setTimeout(more, 0);
    };
    socket.onopen = more;
  });
  const began = performance.now();
  const { code, stderr } = await run([
    ...["--step", "ignore /^noise/", "--expect", "signal", "--within", "2s", server.url],
  ]);
  assertEquals(code, 10);
  assertMatch(stderr, /it did not come within 2 s\n(.*\n)* {4}\d+ ignored messages/);
  assert(performance.now() - began < 30_000);
});

Deno.test("wirecat run --help: says how it is called and what its options are", async () => {
  const { code, stdout } = await run(["run", "--help"]);
  assertEquals(code, 0);
  assertMatch(stdout, /wirecat run \[OPTIONS\] FILE… URL/);
  for (const option of ["serve", "once", "report", "report-file", "within", "set", "set-secret"]) {
    assertMatch(stdout, new RegExp(`^  --${option}\\b`, "m"));
  }
  assertEquals(stdout.split("\n").filter((line) => line.length > 100), []);
});

Deno.test("wirecat run: files and folders, one report, the status of what failed first", async () => {
  await using server = echo();
  const files = {
    "all/a.conv": 'send "a"\nexpect "a"',
    "all/deeper/b.conv": 'send "b"\nexpect "c"\nexpect "d"',
    "all/notes.txt": "not one",
    "last.conv": 'set n = 1\nsend {"n": $n}\nexpect {"n": $n}\nclose 1000\nexpect close 1000',
  };
  await inFolder(files, async (folder) => {
    const report = `${folder}/report.xml`;
    const { code, stdout, stderr } = await run([
      ...["run", "--report-file", report, "--within", "30s"],
      ...[`${folder}/all`, `${folder}/last.conv`, server.url],
    ]);
    assertEquals([code, stderr], [10, ""]);
    assertMatch(stdout, /^ok {4}.+a\.conv .*\nFAIL {2}.+b\.conv .*0 of 2 expectations/);
    assertMatch(stdout, /b\.conv:2:1: expect "c"\n {4}another text came\n/);
    assertMatch(stdout, /ok {4}.+last\.conv [^\n]*\n3 conversations: 2 ok, 1 failed\n$/);
    const xml = await Deno.readTextFile(report);
    assertMatch(xml, /<testsuites name="wirecat" tests="5" failures="1" errors="0" skipped="1"/);
    const xmllint = findProgram("xmllint");
    if (xmllint !== undefined) {
      assertEquals((await runCommand(xmllint, ["--noout", report])).code, 0);
    }
  });
});

Deno.test("wirecat run: a mistake in a file is told with its place, and nothing is connected", async () => {
  await inFolder({ "a.conv": "ping\nexpct close\n" }, async (folder) => {
    const { code, stdout, stderr } = await run(["run", `${folder}/a.conv`, "ws://127.0.0.1:9/"]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, /a\.conv:2:1: there is no step 'expct'\n {2}did you mean 'expect'\?/);
  });
});

Deno.test("wirecat run: a report without a folder for it is told before anything is connected", async () => {
  await inFolder({ "a.conv": "ping\n" }, async (folder) => {
    const words = ["run", `--report-file=${folder}/none/report.tap`, `${folder}/a.conv`];
    const { code, stdout, stderr } = await run([...words, "ws://127.0.0.1:9/"]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(
      stderr,
      /^wirecat: error: --report-file: cannot write .+report\.tap: no such file/,
    );
  });
});

Deno.test({
  name: "wirecat run: a full disk is told, and is no mistake of the command line",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = echo();
    const words = ["--send", "a", "--expect", "a", server.url];
    await inFolder({ "a.conv": 'send "a"\nexpect "a"\n' }, async (folder) => {
      const report = ["run", "--report-file=/dev/full", `${folder}/a.conv`, server.url];
      const { code, stdout, stderr } = await run(report);
      assertEquals([code, stdout.startsWith("ok ")], [1, true], stderr);
      assertMatch(stderr, /--report-file: cannot write \/dev\/full: no space left on device/);
    });
    const [program, ...rest] = COMMAND;
    const child = new Deno.Command("sh", {
      args: ["-c", '"$@" > /dev/full', "sh", program, ...rest, ...words],
      env: { WIRECAT_CONFIG: "/dev/null" },
      stdin: "null",
    });
    const { code, stderr } = await child.output();
    assertEquals(code, 1);
    assertMatch(new TextDecoder().decode(stderr), /cannot write to standard output: no space left/);
  },
});

Deno.test("wirecat run: secrets are sent and never shown", async () => {
  await using server = echo();
  const text = 'send {"password": $pw}\nexpect {"password": $pw, "more": true}';
  await inFolder({ "a.conv": text }, async (folder) => {
    for (const report of ["text", "tap", "junit"]) {
      const { code, stdout, stderr } = await run(
        ["run", "--report", report, "--set-secret", "pw", `${folder}/a.conv`, server.url],
        { env: { pw: 'deep"secret' } },
      );
      assertEquals([code, stderr], [10, ""]);
      assert(!/deep|secret/.test(stdout), stdout);
      assertMatch(stdout, /‹pw›/);
    }
  });
});

const MOCK = `
expect subprotocol chat
expect header X-Mock "yes"
send {"op": "login", "user": "ann"}
expect {"op": "welcome", "token": $token} example {"op": "welcome", "token": "t-1"}
send {"op": "bye", "token": $token}
expect close 4001 "done"
`;

Deno.test("wirecat run --serve: plays the other side with clients of npm's ws", async () => {
  await inFolder({ "mock.conv": MOCK }, async (folder) => {
    await using mock = start(["run", "--serve", "0", `${folder}/mock.conv`]);
    const url = await addressOf(mock);
    const talk = async (...messages: string[]): Promise<string[]> => {
      const seen: string[] = [];
      const came = new Wait<void>();
      const socket = new WebSocket(url, ["chat"]);
      socket.on("upgrade", (response: { headers: Record<string, string> }) => {
        seen.push(`X-Mock: ${response.headers["x-mock"]}`);
      });
      socket.on("message", (data: RawData) => {
        seen.push(String(data));
        came.put();
      });
      const closed = new Promise<string>((resolve) =>
        socket.on(
          "close",
          (code: number, reason: Uint8Array) =>
            resolve(`${code} ${new TextDecoder().decode(reason)}`),
        )
      );
      await new Promise((resolve) => socket.once("open", resolve));
      seen.push(socket.protocol);
      for (const [i, message] of messages.entries()) {
        if (i > 0) await came.take();
        socket.send(message);
      }
      return [...seen, await closed];
    };
    assertEquals(await talk('{"user":"ann","op":"login"}', '{"op":"bye","token":"t-1"}'), [
      ...["X-Mock: yes", "chat", '{"op":"welcome","token":"t-1"}', "4001 done"],
    ]);
    assertEquals(await talk('{"op":"logout"}'), [
      ...["X-Mock: yes", "chat", "1008 not what was expected"],
    ]);
    const { code, stdout } = await ended(mock);
    assertEquals(code, 10);
    assertMatch(stdout, /^ok .*\nFAIL .*\n.*:4:1: send \{"op": "login", "user": "ann"\}\n/);
  });
});

Deno.test("wirecat run --serve --once: over TLS, with wirecat run as its client", async () => {
  await inFolder({ "mock.conv": MOCK }, async (folder) => {
    await using mock = start([
      ...["run", "--serve", "127.0.0.1:0", "--once", `${folder}/mock.conv`],
      ...["--tls-cert", certPath("server.pem"), "--tls-key", certPath("server.key")],
    ]);
    const url = await addressOf(mock);
    assertMatch(url, /^wss:/);
    const client = await run(["run", "-k", "--protocol", "chat", `${folder}/mock.conv`, url]);
    assertEquals([client.code, client.stderr], [0, ""], client.stdout);
    const { code, stdout } = await mock.outcome();
    assertEquals(code, 0, stdout);
  });
});

Deno.test("wirecat run --serve: with nobody's conversation wrong, a signal has its own status", async () => {
  await inFolder({ "a.conv": "ping" }, async (folder) => {
    await using mock = start(["run", "--serve", "0", `${folder}/a.conv`]);
    await addressOf(mock);
    assertEquals((await ended(mock)).code, 143);
  });
});

Deno.test("wirecat run: a server's file is played the other way round with a server", async () => {
  const text =
    'side server\nexpect header X-Token "1"\nsend "welcome"\nexpect "thanks"\nclose 1000';
  await inFolder({ "server.conv": text }, async (folder) => {
    await using mock = start(["run", "--serve", "0", "--once", `${folder}/server.conv`]);
    const { code, stdout } = await run(["run", `${folder}/server.conv`, await addressOf(mock)]);
    assertEquals(code, 0, stdout);
    assertEquals((await mock.outcome()).code, 0);
  });
});

Deno.test("wirecat run: an end from outside leaves nothing behind", async () => {
  await using server = await serve(["ws-l:127.0.0.1:0", "mirror:"]);
  await inFolder({ "a.conv": 'expect "a" within forever' }, async (folder) => {
    await using client = start(["run", "-v", `${folder}/a.conv`, server.url]);
    await client.stderr.contains("connected to");
    assertEquals((await ended(client)).code, 143);
  });
});
