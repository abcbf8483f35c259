import { assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT_STATUS } from "../../lib/core/errors.ts";
import { freePort } from "../free_port.ts";
import { assertOneLine, COMMAND, nativeServer, run, serve, start } from "./program.ts";

/** A TCP server that sends `reply` to whoever connects, and closes. */
function answering(reply: string | Uint8Array<ArrayBuffer>): { port: number } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const bytes = typeof reply === "string" ? new TextEncoder().encode(reply) : reply;
  const serving = (async () => {
    for await (const conn of listener) {
      try {
        await conn.read(new Uint8Array(4096));
        await conn.write(bytes);
        await conn.closeWrite();
        while (await conn.read(new Uint8Array(4096)) !== null);
      } catch {
        // The client went first.
      }
      conn.close();
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {});
    },
  };
}

/** Runs it and checks the status, one line of diagnostics, and that no data came. */
async function fails(
  args: readonly string[],
  kind: keyof typeof EXIT_STATUS,
  pattern: RegExp,
  input = "",
): Promise<string> {
  const { code, stdout, stderr } = await run(args, { input });
  assertOneLine(stderr, pattern);
  assertEquals({ code, stdout }, { code: EXIT_STATUS[kind], stdout: "" }, stderr);
  return stderr;
}

Deno.test("exit status: the table is stable", () => {
  assertEquals(EXIT_STATUS, {
    other: 1,
    usage: 2,
    resolution: 3,
    connection: 4,
    tls: 5,
    upgrade: 6,
    protocol: 7,
    abnormal: 8,
    timeout: 9,
    assertion: 10,
  });
});

Deno.test("exit status: 0 for help, version and every proper end", async () => {
  assertEquals((await run(["--version"])).code, 0);
  assertEquals((await run(["--help"])).code, 0);
  for (const code of [1000, 1001, 3000, 4321]) {
    await using server = nativeServer((socket) =>
      socket.onopen = () => socket.close(closable(code))
    );
    await using program = start([server.url]);
    assertEquals((await program.outcome()).code, 0, `close code ${code}`);
  }
});

/** Deno's own servers cannot send 1001. */
function closable(code: number): number {
  return code === 1001 ? 1000 : code;
}

Deno.test("exit status: 1 where there is no better one", async () => {
  const { code } = await run([
    "-t",
    "literal:x",
    "crypto:mirror:",
    "--crypto-key",
    "file:/nonexistent/a/b",
  ]);
  assertEquals(code === EXIT_STATUS.other || code === EXIT_STATUS.usage, true);
});

Deno.test("exit status: 2 for a wrong command line, with a hint", async () => {
  assertStringIncludes(
    await fails(["--binry", "ws://x/"], "usage", /there is no option --binry/),
    "did you mean --binary?",
  );
  assertStringIncludes(await fails(["-", "wss-listn:1"], "usage", /wss-listn/), "did you mean");
  await fails([], "usage", /nothing to connect/);
  await fails(["-t", "-b", "-", "mirror:"], "usage", /cannot be given together/);
  await fails(["-", "mirror:", "x"], "usage", /two specifiers/);
  await fails(["http://x/"], "usage", /http:/);
});

Deno.test("exit status: 3 for a name that cannot be resolved", async () => {
  await fails(["ws://no-such-host.invalid/"], "resolution", /no-such-host\.invalid/);
});

Deno.test("exit status: 4 for a connection that is refused, a port that is taken, a file that is not there", async () => {
  const port = freePort();
  assertStringIncludes(
    await fails([`ws://127.0.0.1:${port}/`], "connection", /refused/),
    `is a server listening on port ${port}?`,
  );
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = (listener.addr as Deno.NetAddr).port;
  await fails(["-s", `127.0.0.1:${taken}`], "connection", /already in use/);
  await fails(["-u", "readfile:/nonexistent/a/b", "-"], "connection", /nonexistent/);
  await fails(["-", "exec:/nonexistent/a/b"], "connection", /no such program/);
});

Deno.test("exit status: 5 for a server that speaks no TLS", async () => {
  await using server = answering("HTTP/1.1 400 Bad Request\r\n\r\n");
  await fails([`wss://127.0.0.1:${server.port}/`], "tls", /TLS/i);
});

Deno.test("exit status: 6 for a refused upgrade, with the status and what the body says", async () => {
  await using server = answering(
    "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 18\r\n\r\n" +
      "no guests\nare let\n",
  );
  const stderr = await fails([`ws://127.0.0.1:${server.port}/`], "upgrade", /403 Forbidden/);
  assertStringIncludes(stderr, "no guests are let");
});

Deno.test("exit status: 7 for bytes that are no HTTP, and for frames that break the protocol", async () => {
  await using garbage = answering(new Uint8Array([0x15, 3, 3, 0, 2, 2, 40]));
  await fails([`ws://127.0.0.1:${garbage.port}/`], "protocol", /127\.0\.0\.1/);
  await using server = answering(new Uint8Array([0x8f, 0]));
  await fails(["-t", "-", `ws-ll-c:tcp:127.0.0.1:${server.port}`], "protocol", /opcode|reserved/i);
});

Deno.test("exit status: 8 for a connection that ends without a Close frame, or with a code of failure", async () => {
  await using server = answering("");
  await fails([`ws://127.0.0.1:${server.port}/`], "abnormal", /ended|closed/);
  await using failing = await serve(["-t", "ws-l:127.0.0.1:0", "exec:/nonexistent/a/b"]);
  await using program = start([failing.url]);
  const { code, stderr } = await program.outcome();
  assertEquals(code, EXIT_STATUS.abnormal);
  assertOneLine(stderr, /1011/);
});

Deno.test("exit status: 9 for a handshake that takes too long", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  await fails(["--handshake-timeout", "0.2", `ws://127.0.0.1:${port}/`], "timeout", /in 200 ms/);
});

Deno.test("exit status: 10 for other data than assert: or assert2: wants", async () => {
  for (const name of ["assert", "assert2"]) {
    await fails(["-t", "literal:apple", `${name}:pear`], "assertion", /assert/);
    assertEquals((await run(["-t", "literal:apple", `${name}:apple`])).code, 0);
  }
});

Deno.test("exit status: a stack trace only with -vv", async () => {
  const url = `ws://127.0.0.1:${freePort()}/`;
  for (const [option, shown] of [["-q", false], ["-v", false], ["-vv", true]] as const) {
    const { code, stderr } = await run([option, url]);
    assertEquals({ code, shown: /\n\s+at /.test(stderr) }, { code: 4, shown });
  }
});

Deno.test("exit status: -q leaves the error that ends the program", async () => {
  const { stderr } = await run(["-q", "ws://no-such-host.invalid/"]);
  assertOneLine(stderr, /no-such-host\.invalid/);
});

Deno.test("exit status: diagnostics never come on standard output", async () => {
  await using server = await serve(["-v", "-t", "ws-l:127.0.0.1:0", "exec:/nonexistent/a/b"]);
  await run([server.url]);
  await server.program.stderr.contains("cannot start");
  assertEquals(server.program.stdout.text.split("\n").length, 2); // The LISTEN line.
});

Deno.test({
  name: "exit status: a shell sees the status of a signal as 128 and its number",
  ignore: Deno.build.os === "windows",
  async fn() {
    const script = '"$@" & sleep 0.3; kill -TERM $!; wait $!; echo $?';
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", script, "sh", ...COMMAND, "-s", "127.0.0.1:0"],
      stdin: "null",
      stderr: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "143\n");
  },
});
