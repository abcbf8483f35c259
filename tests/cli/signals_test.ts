import { assert, assertEquals, assertRejects } from "@std/assert";
import { freePort } from "../free_port.ts";
import { processNumber } from "../process_number.ts";
import { closed, connect, serve, start } from "./program.ts";

const ignore = Deno.build.os === "windows";

/** Whether a process lives. */
function alive(pid: number): boolean {
  try {
    const state = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1];
    return !state.startsWith("Z");
  } catch {
    return false;
  }
}

for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test({
    name: `signals: on ${signal} clients get a Close frame with 1001, and the status is ${status}`,
    ignore,
    async fn() {
      // Nobody else is given this port when it is free again.
      const port = freePort();
      await using server = await serve(["-t", `ws-l:127.0.0.1:${port}`, "clogged:"]);
      const sockets = await Promise.all([connect(server.url), connect(server.url)]);
      const closings = Promise.all(sockets.map(closed));
      server.program.kill(signal);
      assertEquals((await closings).map(({ code, wasClean }) => [code, wasClean]), [
        [1001, true],
        [1001, true],
      ]);
      const { code, stderr } = await server.program.outcome();
      assertEquals({ code, stderr }, { code: status, stderr: "" });
      await assertRejects(() => Deno.connect({ port }));
    },
  });
}

Deno.test({
  name: "signals: a client says 1001 to its server",
  ignore,
  async fn() {
    await using server = await serve(["-v", "-t", "ws-l:127.0.0.1:0", "mirror:"]);
    await using client = start([server.url]);
    await client.write("a\n");
    assertEquals(await client.stdout.line(), "a");
    client.kill("SIGINT");
    assertEquals((await client.outcome()).code, 130);
    await server.program.stderr.contains("1001");
  },
});

Deno.test({
  name: "signals: programs get SIGTERM, and SIGKILL when they do not heed it",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const trap = `trap 'echo TERM >${folder}/signal' TERM; echo $$; while :; do sleep 0.1; done`;
    await using program = start(["-", `cmd:${trap}`]);
    const pid = processNumber(await program.stdout.line());
    assert(alive(pid));
    program.kill("SIGTERM");
    assertEquals((await program.outcome()).code, 143);
    assertEquals(await Deno.readTextFile(`${folder}/signal`), "TERM\n");
    assert(!alive(pid));
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "signals: the files of UNIX sockets are removed",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/socket`;
    await using program = start([
      "-t",
      "--stdout-announce-listening-ports",
      `l-ws-unix:${path}`,
      "mirror:",
    ]);
    assertEquals(await program.stdout.line(), `LISTEN proto=unix,path="${path}"`);
    await Deno.lstat(path);
    program.kill("SIGTERM");
    assertEquals((await program.outcome()).code, 143);
    await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "signals: a second one ends the program at once",
  ignore,
  async fn() {
    // A program that ignores SIGTERM keeps the end waiting.
    await using program = start(["-", `cmd:trap "" TERM; echo $$; while :; do sleep 0.1; done`]);
    const pid = processNumber(await program.stdout.line());
    program.kill("SIGINT");
    // One that comes too soon is taken for the same. Without the second the status is the first's.
    const again = setInterval(() => program.kill("SIGTERM"), 200);
    assertEquals((await program.status).code, 143);
    clearInterval(again);
    Deno.kill(pid, "SIGKILL");
  },
});

Deno.test({
  name: "signals: two within a moment are one, as deno task hands Ctrl-C on",
  ignore,
  async fn() {
    await using server = await serve(["-t", "ws-l:127.0.0.1:0", "clogged:"]);
    const socket = await connect(server.url);
    const closing = closed(socket);
    server.program.kill("SIGINT");
    server.program.kill("SIGINT");
    assertEquals((await closing).code, 1001);
    assertEquals((await server.program.outcome()).code, 130);
  },
});

Deno.test({
  name: "signals: Ctrl-C ends a handshake that is under way",
  ignore,
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    await using program = start([`ws://127.0.0.1:${port}/`]);
    using conn = await listener.accept();
    await conn.read(new Uint8Array(1024));
    program.kill("SIGINT");
    const { code, stderr } = await program.outcome();
    assertEquals({ code, stderr }, { code: 130, stderr: "" });
  },
});

Deno.test({
  name: "signals: Ctrl-C ends a server's opening of its right side, and the client is told",
  ignore,
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    await using server = await serve(["-t", "ws-l:127.0.0.1:0", `ws://127.0.0.1:${port}/`]);
    const socket = await connect(server.url);
    const closing = closed(socket);
    using conn = await listener.accept();
    await conn.read(new Uint8Array(1024));
    server.program.kill("SIGINT");
    assertEquals((await closing).code, 1001);
    const { code, stderr } = await server.program.outcome();
    assertEquals({ code, stderr }, { code: 130, stderr: "" });
  },
});

Deno.test({
  name: "signals: Ctrl-C while clients are in the middle of their handshake says nothing",
  ignore,
  async fn() {
    await using server = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
    using conn = await Deno.connect({ port: server.port });
    await conn.write(new TextEncoder().encode("GET / HTTP/1.1\r\n"));
    const socket = await connect(server.url); // Now the first has been accepted.
    const closing = closed(socket);
    server.program.kill("SIGINT");
    await closing;
    const { code, stderr } = await server.program.outcome();
    assertEquals({ code, stderr }, { code: 130, stderr: "" });
  },
});

Deno.test({
  name: "signals: while one waits with --oneshot for a client it ends at once",
  ignore,
  async fn() {
    await using server = await serve(["--oneshot", "-t", "ws-l:127.0.0.1:0", "mirror:"]);
    server.program.kill("SIGTERM");
    const { code, stderr } = await server.program.outcome();
    assertEquals({ code, stderr }, { code: 143, stderr: "" });
  },
});

Deno.test({
  name: "signals: a client that never reads does not hold up the end for long",
  ignore,
  async fn() {
    await using server = await serve(["-u", "-b", "random:", "ws-u:tcp-l:127.0.0.1:0"]);
    using conn = await Deno.connect({ port: server.port });
    await conn.write(new TextEncoder().encode(
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ));
    await conn.read(new Uint8Array(16));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const began = performance.now();
    server.program.kill("SIGINT");
    assertEquals((await server.program.outcome()).code, 130);
    assert(performance.now() - began < 20_000);
  },
});

Deno.test({
  name: "signals: under nohup SIGHUP changes nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { COMMAND } = await import("./program.ts");
    const script = 'trap "" HUP; exec "$@"';
    const child = new Deno.Command("sh", {
      args: ["-c", script, "sh", ...COMMAND, "-t", "-", "mirror:"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    const reader = child.stdout.getReader();
    const say = async (text: string) => {
      await writer.write(new TextEncoder().encode(text));
      return new TextDecoder().decode((await reader.read()).value);
    };
    assertEquals(await say("one\n"), "one\n");
    child.kill("SIGHUP");
    assertEquals(await say("two\n"), "two\n");
    await writer.close();
    assertEquals((await child.status).code, 0);
    await reader.cancel();
  },
});
