import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort } from "../free_port.ts";
import { assertOneLine, connect, nativeServer, run, serve, start } from "./program.ts";

const echo = () => nativeServer((socket) => socket.onmessage = ({ data }) => socket.send(data));

/** A TCP port that takes connections and says nothing. */
function silent(): { port: number } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns: Deno.Conn[] = [];
  (async () => {
    for await (const conn of listener) conns.push(conn);
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    [Symbol.dispose]() {
      listener.close();
      for (const conn of conns) conn.close();
    },
  };
}

/** A server that refuses so often, with this status, before it is one. */
function refusing(times: number, status: number, headers: HeadersInit = {}) {
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (requests++ < times) return new Response("not yet", { status, headers });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => {
      socket.send("ready");
      socket.close(1000);
    };
    return response;
  });
  return {
    url: `ws://127.0.0.1:${server.addr.port}/`,
    requests: () => requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

// --- Limits in time ---

Deno.test("--connect-timeout: a server that does not shake hands is told by the step that is missing", async () => {
  using server = silent();
  for (
    const address of [[`wss://127.0.0.1:${server.port}/`], [
      "-",
      `tls:tcp:127.0.0.1:${server.port}`,
    ]]
  ) {
    const { code, stderr } = await run(["--connect-timeout", "1500ms", ...address]);
    assertEquals(code, 9);
    assertOneLine(stderr, /no TLS handshake within 1\.5 seconds/);
    assertStringIncludes(stderr, "--connect-timeout sets how long to wait");
  }
});

Deno.test("--connect-timeout: the opening handshake has its own limit", async () => {
  using server = silent();
  const url = `ws://127.0.0.1:${server.port}/`;
  const { code, stderr } = await run([
    "--connect-timeout",
    "1200ms",
    "--handshake-timeout",
    "1500ms",
    url,
  ]);
  assertEquals(code, 9);
  assertOneLine(stderr, /within 1\.5 seconds/);
});

Deno.test("--idle-timeout: ends a connection over which nothing goes, and no other", async () => {
  await using server = nativeServer((socket) => {
    socket.onopen = () => {
      const timer = setInterval(() => socket.send("x"), 20);
      setTimeout(() => clearInterval(timer), 2500);
      socket.onclose = () => clearInterval(timer);
    };
  });
  const began = performance.now();
  const words = ["--idle-timeout", "2s", "--linger", "forever", server.url];
  const { code, stdout, stderr } = await run(words);
  assertEquals(code, 9);
  assertOneLine(stderr, /no data either way for 2 seconds/);
  assert(stdout.length > 5, "as long as something comes it goes on");
  assert(performance.now() - began > 4400);
});

Deno.test("--idle-timeout -s: ends clients one by one, and the server goes on", async () => {
  await using server = await serve(["--idle-timeout", "500ms", "-s", "127.0.0.1:0"]);
  const socket = await connect(server.url);
  await new Promise((resolve) => socket.onclose = resolve);
  await server.program.stderr.contains("no data either way for 500 ms");
  (await connect(server.url)).close();
});

Deno.test("--max-time: ends the program, and says what it was waiting for", async () => {
  using server = silent();
  await using living = echo();
  const retrying = ["--retry", "1", "--retry-delay", "1m", `ws://127.0.0.1:${freePort()}/`];
  const [late, open, paused] = await Promise.all([
    run(["--max-time", "4s", `ws://127.0.0.1:${server.port}/`]),
    run(["--max-time", "4s", "--linger", "forever", living.url]),
    run(["-q", "--max-time", "4s", ...retrying]),
  ]);
  assertEquals(late.code, 9);
  assertOneLine(late.stderr, /4 s of --max-time are over: still waiting for the answer/);
  assertEquals(open.code, 9);
  assertOneLine(open.stderr, /--max-time are over: ws:.* is still open/);
  assertEquals(paused.code, 9);
  assertOneLine(paused.stderr, /--max-time are over: still waiting to try again$/);
  const quick = await run(["--max-time", "1m", "-1", living.url], { input: "hi\n" });
  assertEquals([quick.code, quick.stdout], [0, "hi\n"]);
});

// --- Trying again ---

Deno.test("--retry: waits for a server that is not there yet", async () => {
  const port = freePort();
  const url = `ws://127.0.0.1:${port}/`;
  const words = ["--retry", "2000", "--retry-delay", "50ms", "-1", url];
  await using waiting = start(words, { input: "hi\n" });
  await waiting.stderr.contains("trying again");
  await using _server = await serve(["ws-l:127.0.0.1:" + port, "mirror:"]);
  const { code, stdout, stderr } = await waiting.outcome();
  assertEquals([code, stdout], [0, "hi\n"]);
  assertMatch(stderr, /connection refused; trying again in 0\.05 s, \d+ tries left\n/);
});

Deno.test("--retry: an answer that may change is asked for again, with the pause that it names", async () => {
  await using server = refusing(2, 503, { "Retry-After": "0" });
  const words = ["--retry", "5", "--retry-delay", "1ms", "-w", "%{num_retries}\\n"];
  const { code, stdout } = await run([...words, "--linger=forever", server.url]);
  assertEquals([code, stdout, server.requests()], [0, "ready\n2\n", 3]);
  await using asking = refusing(1, 429, { "Retry-After": "1" });
  const began = performance.now();
  assertEquals((await run(["--retry", "1", "--retry-delay", "1ms", asking.url])).code, 0);
  assert(performance.now() - began >= 1000);
});

Deno.test("--retry: another answer stays, unless --retry-all-errors", async () => {
  await using server = refusing(1, 404);
  assertEquals((await run(["--retry", "5", "--retry-delay", "1ms", server.url])).code, 6);
  assertEquals(server.requests(), 1);
  await using all = refusing(1, 404);
  const words = ["--retry", "5", "--retry-delay", "1ms", "--retry-all-errors", all.url];
  assertEquals((await run(words)).code, 0);
});

Deno.test("--retry: the status is that of the last failure", async () => {
  const url = `ws://127.0.0.1:${freePort()}/`;
  const { code, stderr } = await run(["-q", "--retry", "2", "--retry-delay", "1ms", url]);
  assertEquals(code, 4);
  assertOneLine(stderr, /gave up after 3 tries in .*: cannot connect .*connection refused/);
  const timed = await run(["-q", "--retry-max-time", "80ms", "--retry-delay", "50ms", url]);
  assertEquals(timed.code, 4);
  const wrong = await run(["--retry-delay", "1", url]);
  assertEquals(wrong.code, 2);
});

// --- What is written where ---

Deno.test("--output: takes what would go to standard output, and only that", async () => {
  await using server = echo();
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "what was there before");
  const words = ["-o", path, "-w", "%{messages_received}\\n", "-1", server.url];
  const { code, stdout } = await run(words, { input: "hi\n" });
  assertEquals([code, stdout, await Deno.readTextFile(path)], [0, "1\n", "hi\n"]);
  const failed = await run(["--output", path, `ws://127.0.0.1:${freePort()}/`]);
  assertEquals(failed.code, 4);
  assertEquals(await Deno.readTextFile(path), "hi\n", "a failure to connect takes nothing away");
  const json = await run(["--json", "-o", path, `ws://127.0.0.1:${freePort()}/`]);
  assertEquals([json.stdout, JSON.parse(await Deno.readTextFile(path)).type], ["", "error"]);
  await using quiet = nativeServer((socket) => socket.onopen = () => socket.close(1000));
  assertEquals((await run(["-o", path, quiet.url])).code, 0);
  assertEquals(await Deno.readTextFile(path), "", "nothing came");
  await Deno.remove(path);
  const missing = await run(["-o", `${path}/no/such`, server.url]);
  assertOneLine(missing.stderr, /--output: cannot write .*no\/such: /);
  const nowhere = await run(["-o", path, "mirror:", "mirror:"]);
  assertEquals(nowhere.code, 2);
});

Deno.test("-w: is printed when all is over, whatever has happened", async () => {
  await using server = nativeServer((socket) => {
    socket.onmessage = () => {
      socket.send("answer");
      socket.close(4001, "enough");
    };
  });
  const format = "%{http_code} %{close_code} %{close_reason} %{messages_sent} " +
    "%{messages_received} %{bytes_received} %{exitcode} [%{errormsg}]\\n";
  const good = await run(["-w", format, "--linger=forever", server.url], { input: "hi\n" });
  assertEquals(good.stdout, "answer\n101 4001 enough 1 1 6 0 []\n");
  const closed = `ws://127.0.0.1:${freePort()}/`;
  const bad = await run(["-w", `%{url}%{stderr}${format}`, closed]);
  assertEquals([bad.code, bad.stdout], [4, closed], "the address is known, whatever happened");
  assertMatch(bad.stderr, /000 0 {2}0 0 0 4 \[cannot connect .*refused\]\n/);
  const slip = await run(["-w", "%{nothing}", server.url]);
  assertEquals(slip.code, 2);
});

Deno.test("-w: tells times in the order of the steps", async () => {
  await using server = nativeServer((socket) => socket.onopen = () => socket.close(1000));
  const { stdout } = await run(["-w", "%{json}", server.url]);
  const told = JSON.parse(stdout);
  const times = ["time_namelookup", "time_connect", "time_upgrade", "time_total"];
  const values = times.map((name) => told[name]);
  assertEquals(values, values.toSorted((a, b) => a - b));
  assert(told.time_upgrade > told.time_connect);
  assertEquals([told.remote_ip, told.remote_port], ["127.0.0.1", server.port]);
});

Deno.test("-w -s: a line for each client, as a log of accesses", async () => {
  await using server = await serve([
    "-w",
    "%{remote_ip} %{path} %{messages_received} %{close_code}\\n",
    "ws-l:127.0.0.1:0",
    "mirror:",
  ]);
  const socket = await connect(server.url + "chat");
  socket.send("hi");
  await new Promise((resolve) => socket.onmessage = resolve);
  socket.close(1000);
  assertEquals(await server.program.stdout.line(), "127.0.0.1 /chat 1 1000");
});

Deno.test({
  name: "--output: a full disk is an error with its place, not a loss in silence",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { code, stdout, stderr } = await run(["-b", "-o", "/dev/full", "-", "mirror:"], {
      input: "data",
    });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^wirecat: error: --output: cannot write \/dev\/full: no space left/);
  },
});
