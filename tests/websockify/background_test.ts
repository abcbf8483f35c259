/** The program as a whole: a wrapped program, and -D. */
import { assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../free_port.ts";
import { findProgram, Program, run, TempFolder, testWith, WIRECAT } from "../interop/programs.ts";
import { processNumber } from "../process_number.ts";
import { EchoTarget, frame, RawClient, upgrade } from "./raw_client.ts";

const LINUX = Deno.build.os === "linux";
const WORDS = [...WIRECAT, "websockify"];

/** A program that echoes on the port of its first argument; `bind()` is the system's. */
const ECHO = `
const listener = Deno.listen({ hostname: Deno.args[1] ?? "0.0.0.0", port: Number(Deno.args[0]) });
console.log("echo on " + JSON.stringify(listener.addr));
for await (const conn of listener) conn.readable.pipeTo(conn.writable).catch(() => {});
`;

async function echoed(port: number): Promise<string> {
  using client = await RawClient.upgraded(port);
  await client.send(frame(2, "hello"));
  return await client.take(7);
}

/** Ends a server in order after `body`, so that it ends its program, too. */
async function ending(server: Program, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } finally {
    server.kill("SIGTERM");
    await server.ended();
  }
}

const compiler = findProgram("cc", "gcc", "clang");

Deno.test({
  name: "wrap: the program's port is moved to another one of this machine" +
    (LINUX && compiler ? "" : " (skipped: no Linux with a C compiler)"),
  ignore: !(LINUX && compiler),
  async fn(t) {
    using folder = new TempFolder();
    const script = folder.file("echo.js", ECHO);
    for (const address of ["0.0.0.0", "127.0.0.1", "::"]) {
      await t.step(address, async () => {
        const port = freePort();
        await using server = new Program(WORDS[0], [
          ...[...WORDS.slice(1), `127.0.0.1:${port}`, "--"],
          ...[Deno.execPath(), "run", "--allow-net", script, String(port), address],
        ], { env: { XDG_CACHE_HOME: folder.path } });
        await ending(server, async () => {
          const [, bound] = await server.waitFor(/echo on (.*)/);
          assertMatch(bound, /"hostname":"(127\.0\.0\.1|::ffff:127\.0\.0\.1)"/);
          assertEquals(await echoed(port), "\x82\x05hello");
        });
      });
    }
  },
});

Deno.test("wrap: without a compiler the port is in {port} and PORT, and that is said", async () => {
  using folder = new TempFolder();
  const script = folder.file("echo.js", ECHO);
  const env = { XDG_CACHE_HOME: folder.path, PATH: folder.path, CC: "" };
  const port = freePort();
  await using server = new Program(WORDS[0], [
    ...[...WORDS.slice(1), `127.0.0.1:${port}`, "--"],
    ...[Deno.execPath(), "run", "--allow-net", script, "{port}"],
  ], { env });
  await ending(server, async () => {
    await server.waitFor(/echo on /);
    assertEquals(await echoed(port), "\x82\x05hello");
  });
  const line = [...WORDS, `127.0.0.1:${freePort()}`, "--", "/bin/sh", "-c", "echo PORT=$PORT"];
  const { stdout, stderr, status } = await run(line, "", { env });
  assertEquals(status, 0);
  assertMatch(stdout, /^PORT=\d+\n$/);
  assertMatch(stderr, /port cannot be moved: .*let it listen on the port of the variable PORT/);
});

Deno.test("wrap: the exit status is the program's, or 127", async () => {
  const wrap = (...words: string[]) => run([...WORDS, `127.0.0.1:${freePort()}`, "--", ...words]);
  assertEquals((await wrap("/bin/sh", "-c", "exit 3")).status, 3);
  const missing = await wrap("/nowhere/at/all");
  assertEquals(missing.status, 127);
  assertMatch(missing.stderr, /cannot start \/nowhere\/at\/all/);
});

Deno.test("wrap: --wrap-mode=ignore serves on, respawn starts it again", async () => {
  for (
    const [mode, said] of [["ignore", /still served/], ["respawn", /started again in [1-5] sec/]]
  ) {
    await using server = new Program(WORDS[0], [
      ...[...WORDS.slice(1), `--wrap-mode=${mode}`, `127.0.0.1:${freePort()}`],
      ...["--", "/bin/sh", "-c", "exit 1"],
    ]);
    await server.waitFor(said as RegExp);
    server.kill("SIGTERM");
    assertEquals(await server.ended(), 143);
  }
});

Deno.test({
  name: "daemon: it goes on in the background, with a file of its number and a log",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    const port = freePort();
    const line = [
      ...[...WORDS, "-D", "--pid-file", folder.file("pid"), "--log-file", folder.file("log")],
      ...[`127.0.0.1:${port}`, "127.0.0.1:1"],
    ];
    const { status, stdout, stderr } = await run(line);
    assertEquals([status, stdout, stderr], [0, "", ""]);
    const pid = processNumber(await Deno.readTextFile(folder.file("pid")));
    try {
      using client = await RawClient.upgraded(port);
      assertEquals((await client.take(4)).slice(0, 1), "\x88");
      // The port is taken now, which whoever starts another one is told.
      const second = await run([...WORDS, "-D", `127.0.0.1:${port}`, "127.0.0.1:1"]);
      assertEquals(second.status, 4);
      assertMatch(second.stderr, /the port is already in use/);
    } finally {
      Deno.kill(pid, "SIGTERM");
    }
    while (await Deno.stat(folder.file("pid")).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const log = await Deno.readTextFile(folder.file("log"));
    assertMatch(log, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d Listen on 127\.0\.0\.1:/);
    assertMatch(log, /cannot connect to 127\.0\.0\.1:1/);
  },
});

/** Starts its arguments with a listening socket as standard input, as inetd does. */
const INETD = `
import socket, subprocess, sys
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen()
child = subprocess.Popen(sys.argv[1:], stdin=listening.fileno())
print("port", listening.getsockname()[1], "child", child.pid, flush=True)
sys.exit(child.wait())
`;

testWith(["python3"], "--inetd: the listening socket is standard input", async () => {
  using target = new EchoTarget();
  const words = [...WORDS, "--inetd", `127.0.0.1:${target.port}`];
  await using inetd = new Program("python3", ["-c", INETD, ...words]);
  const [, port, child] = await inetd.waitFor(/port (\d+) child (\d+)/);
  try {
    await inetd.waitFor(/Listen on/);
    assertEquals(await echoed(Number(port)), "\x82\x05hello");
  } finally {
    Deno.kill(processNumber(child), "SIGTERM");
    await inetd.ended();
  }
});

Deno.test({
  name: "--unix-listen and --syslog: a socket instead of a port, a server instead of a terminal",
  ignore: Deno.build.os === "windows",
  async fn() {
    using target = new EchoTarget();
    using folder = new TempFolder();
    const { createSocket } = await import("node:dgram");
    const log = createSocket("udp4");
    await new Promise<void>((resolve) => log.bind(0, "127.0.0.1", () => resolve()));
    const { promise, resolve } = Promise.withResolvers<string>();
    log.on("message", (bytes) => resolve(String(bytes)));
    await using server = new Program(WORDS[0], [
      ...[...WORDS.slice(1), "--unix-listen", folder.file("socket")],
      ...["--syslog", `127.0.0.1:${log.address().port}`, `127.0.0.1:${target.port}`],
    ]);
    assertMatch(await promise, /^<30>1 \S+Z \S+ websockify \d+ - - Listen on unix socket /);
    using client = new RawClient(
      await Deno.connect({ transport: "unix", path: folder.file("socket") }),
    );
    await client.send(upgrade());
    assertMatch(await client.head(), /^HTTP\/1\.1 101 /);
    await client.send(frame(2, "hello"));
    assertEquals(await client.take(7), "\x82\x05hello");
    assertEquals(server.stderr, "");
    await new Promise<void>((resolve) => log.close(() => resolve()));
  },
});
