import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertOneLine, COMMAND, nativeServer, run, serve, start } from "./program.ts";

/** Waits for so many answers, however long they take. */
const answers = (count: number) => ["--linger=forever", `--max-messages-rev=${count}`];

/** A server that sends every message back. */
const echo = () => nativeServer((socket) => socket.onmessage = (event) => socket.send(event.data));

Deno.test("client: a line goes out, the reply comes back, and the end of the input ends it", async () => {
  await using server = echo();
  await using program = start([server.url]);
  await program.write("hello\n");
  assertEquals(await program.stdout.line(), "hello");
  await program.endInput();
  assertEquals(await program.outcome(), { code: 0, stdout: "hello\n", stderr: "" });
});

Deno.test("client: a last line without a newline is a message, too", async () => {
  await using server = echo();
  const { stdout } = await run([...answers(2), server.url], { input: "one\ntwo" });
  assertEquals(stdout, "one\ntwo\n");
});

Deno.test("client: 20 MB of lines come back whole and in order", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  let input = "";
  let lines = 0;
  for (; input.length < 20e6; lines++) input += `${lines} ${"x".repeat(lines % 200)}\n`;
  const { code, stdout, stderr } = await run([...answers(lines), server.url], { input });
  assertEquals(stderr, "");
  assertEquals(code, 0);
  assertEquals(stdout.length, input.length);
  assert(stdout === input);
});

Deno.test("client: a line of 10 MB stays one message", async () => {
  const lengths: number[] = [];
  await using server = nativeServer((socket) => {
    socket.onmessage = (event) => {
      lengths.push(event.data.length);
      socket.send("got it");
    };
  });
  const input = "y".repeat(10_000_000) + "\nlast\n";
  const { code, stdout } = await run([...answers(2), server.url], { input });
  assertEquals({ code, stdout, lengths }, {
    code: 0,
    stdout: "got it\ngot it\n",
    lengths: [10_000_001, 5],
  });
});

Deno.test("client: what is not text comes and goes with -b as it is", async () => {
  await using server = echo();
  const input = new Uint8Array([0, 255, 10, 254, 13]);
  await using program = start(["-b", ...answers(1), server.url], { input });
  await program.status;
  // The helper decodes UTF-8: bytes that are none show as U+FFFD.
  assertEquals((await program.outcome()).stdout, "\0\uFFFD\n\uFFFD\r");
});

Deno.test("client: when the server closes it ends at once, though the input is open", async () => {
  await using server = nativeServer((socket) => {
    socket.onopen = () => {
      socket.send("bye");
      socket.close(1000, "enough");
    };
  });
  await using program = start([server.url]);
  assertEquals(await program.outcome(), { code: 0, stdout: "bye\n", stderr: "" });
});

Deno.test("client: -v says that the server has chosen no subprotocol", async () => {
  await using server = nativeServer((socket) => socket.onopen = () => socket.close());
  for (const engine of ["stream", "native"]) {
    const words = ["-v", "--engine", engine, "--protocol", "chat, talk", server.url];
    const { stderr } = await run(words);
    assertMatch(stderr, /the server chose none of the subprotocols .* offered \(chat, talk\)\n/);
    assertEquals((await run(words.slice(1))).stderr, "");
    assertEquals(/chose/.test((await run(["-v", "--engine", engine, server.url])).stderr), false);
  }
});

Deno.test("client: -v says why the server closed", async () => {
  await using server = nativeServer((socket) => {
    socket.onopen = () => socket.close(1000, "enough for\ntoday");
  });
  await using program = start(["-v", server.url]);
  const { stderr } = await program.outcome();
  assertStringIncludes(stderr, "closed: 1000");
  assertStringIncludes(stderr, "enough for\\ntoday");
});

Deno.test("linger: the client waits half a second for more", async () => {
  let closed = Promise.resolve(0);
  await using server = nativeServer((socket) => {
    socket.onmessage = (event) => socket.send(event.data);
    closed = new Promise((resolve) => socket.onclose = () => resolve(performance.now()));
  });
  await using program = start([server.url]);
  await program.write("a\n");
  assertEquals(await program.stdout.line(), "a");
  const ended = performance.now();
  await program.endInput();
  assertEquals((await program.outcome()).code, 0);
  assert(await closed - ended >= 490);
});

Deno.test("linger: a reply that comes late within it is printed", async () => {
  await using server = nativeServer((socket) => {
    socket.onmessage = (event) =>
      setTimeout(() => {
        socket.send(event.data);
        socket.close(1000);
      }, 100);
  });
  assertEquals((await run(["--linger", "30s", server.url], { input: "a\n" })).stdout, "a\n");
});

Deno.test("linger: with 0 the Close frame goes out with the end of the input", async () => {
  const seen: string[] = [];
  const over = Promise.withResolvers<void>();
  await using server = nativeServer((socket) => {
    socket.onmessage = (event) => seen.push(event.data);
    socket.onclose = ({ code }) => {
      seen.push(`closed ${code}`);
      over.resolve();
    };
  });
  const began = performance.now();
  const { code } = await run(["--linger", "0", server.url], { input: "a\n" });
  assertEquals(code, 0);
  await over.promise;
  assertEquals(seen, ["a\n", "closed 1005"]);
  assert(performance.now() - began < 30_000);
});

Deno.test("linger: with forever it is the server that ends it", async () => {
  await using server = nativeServer((socket) => {
    socket.onmessage = () =>
      setTimeout(() => {
        socket.send("at last");
        socket.close(1000);
      }, 900);
  });
  const { code, stdout } = await run(["--linger", "forever", server.url], { input: "a\n" });
  assertEquals({ code, stdout }, { code: 0, stdout: "at last\n" });
});

Deno.test("-1: one message each way, and then it does not wait for more", async () => {
  await using server = echo();
  await using program = start(["-1", "--linger", "forever", server.url]);
  await program.write("one\ntwo\n");
  assertEquals(await program.outcome(), { code: 0, stdout: "one\n", stderr: "" });
});

Deno.test("-1: the answer is waited for, however long it takes, unless --linger says otherwise", async () => {
  await using server = nativeServer((socket) => {
    socket.onmessage = (event) => setTimeout(() => socket.send(event.data), 900);
  });
  const late = await run(["-1", server.url], { input: "one\ntwo\n" });
  assertEquals(late, { code: 0, stdout: "one\n", stderr: "" });
  await using silent = nativeServer(() => {});
  const none = await run(["-1", "--linger", "50ms", silent.url], { input: "one\n" });
  assertEquals(none, { code: 0, stdout: "", stderr: "" });
});

Deno.test("-E: the end of the input ends it at once", async () => {
  const how = Promise.withResolvers<string>();
  await using server = nativeServer((socket) => {
    socket.onclose = ({ code }) => how.resolve(`closed ${code}`);
  });
  const { code } = await run(["-E", server.url], { input: "a\n" });
  assertEquals({ code, how: await how.promise }, { code: 0, how: "closed 1005" });
});

Deno.test("-n: no Close frame goes out, the server is waited for", async () => {
  const seen: string[] = [];
  await using server = nativeServer((socket) => {
    socket.onclose = ({ code }) => seen.push(`closed ${code}`);
    socket.onmessage = (event) => {
      seen.push(event.data);
      setTimeout(() => {
        seen.push("still open");
        socket.send("late");
        socket.close(1000);
      }, 800);
    };
  });
  const { code, stdout } = await run(["-n", server.url], { input: "a\n" });
  assertEquals({ code, stdout, seen: seen.slice(0, 2) }, {
    code: 0,
    stdout: "late\n",
    seen: ["a\n", "still open"],
  });
});

Deno.test("-U: nothing is sent, what comes is printed, and no Close frame goes out before", async () => {
  const seen: string[] = [];
  await using server = nativeServer((socket) => {
    socket.onmessage = (event) => {
      seen.push(event.data);
      setTimeout(() => {
        socket.send("news");
        socket.close(1000);
      }, 100);
    };
  });
  const { code, stdout } = await run(["-U", "-p", "subscribe", server.url], { input: "never\n" });
  assertEquals({ code, stdout, seen }, { code: 0, stdout: "news\n", seen: ["subscribe"] });
});

Deno.test("-u: nothing is printed, and the end of the input ends it", async () => {
  await using server = echo();
  assertEquals(await run(["-u", "--linger", "forever", server.url], { input: "a\n" }), {
    code: 0,
    stdout: "",
    stderr: "",
  });
});

Deno.test("two addresses: a WebSocket bridge keeps each message's kind", async () => {
  await using target = echo();
  await using bridge = await serve(["ws-l:127.0.0.1:0", target.url]);
  const socket = new WebSocket(bridge.url);
  socket.binaryType = "arraybuffer";
  const got: unknown[] = [];
  await new Promise<void>((resolve) => {
    socket.onopen = () => {
      socket.send("text");
      socket.send(new Uint8Array([1, 2]));
      socket.send("");
      socket.send("more");
    };
    socket.onmessage = ({ data }) => {
      got.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
      if (got.length === 4) resolve();
    };
  });
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close(1000);
  await closed;
  assertEquals(got, ["text", [1, 2], "", "more"]);
});

Deno.test("two addresses: the end of a TCP client's data is a half-close, replies still come", async () => {
  await using server = await serve(["-b", "tcp-l:127.0.0.1:0", "cmd:cat; echo done"]);
  const conn = await Deno.connect({ port: server.port });
  await conn.write(new TextEncoder().encode("data "));
  await conn.closeWrite();
  assertEquals(await new Response(conn.readable).text(), "data done\n");
});

Deno.test("two addresses: a program serves each client anew and its status does not count", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "cmd:read x; echo got $x; exit 3"]);
  for (const word of ["one", "two"]) {
    assertEquals(await run(["--linger=forever", server.url], { input: `${word}\n` }), {
      code: 0,
      stdout: `got ${word}\n`,
      stderr: "",
    });
  }
});

Deno.test("two addresses: without -t or -b text is assumed, silently where nobody reads hints", async () => {
  const { code, stdout } = await run(["literal:hi", "-"]);
  assertEquals({ code, stdout }, { code: 0, stdout: "hi\n" });
});

Deno.test("stdout: a reader that has seen enough ends it quietly, though the input is open", async () => {
  const closing = Promise.withResolvers<number>();
  await using server = nativeServer((socket) => {
    const timer = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send("tick");
    }, 5);
    socket.onclose = ({ code }) => {
      closing.resolve(code);
      clearInterval(timer);
    };
  });
  await using program = start([server.url]);
  assertEquals(await program.stdout.line(), "tick");
  await program.closeOutput();
  const { code, stderr } = await program.outcome();
  assertEquals([code, stderr, await closing.promise], [0, "", 1001]);
});

Deno.test("stdout: help into a closed pipe ends quietly", async () => {
  await using program = start(["--help=doc"]);
  await program.closeOutput();
  assertEquals((await program.outcome()).stderr, "");
  assertEquals((await program.status).code, 0);
});

Deno.test("stdout: a server that takes more than is read holds the server back, not the memory", async () => {
  let sent = 0;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const flooding = (async () => {
    using conn = await listener.accept();
    const { acceptFor } = await import("../../lib/websocket/handshake.ts");
    const head = new Uint8Array(4096);
    const length = await conn.read(head) ?? 0;
    const key = /sec-websocket-key: (.*)\r/i.exec(
      new TextDecoder().decode(head.subarray(0, length)),
    )!;
    await conn.write(new TextEncoder().encode(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${await acceptFor(key[1])}\r\n\r\n`,
    ));
    const whole = new Uint8Array(10 + 65_536).fill(0x61);
    whole.set([0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    try {
      for (;;) sent += await conn.write(whole);
    } catch {
      // The client was ended.
    }
  })();
  // Nobody reads its output.
  const child = new Deno.Command(COMMAND[0], {
    args: [...COMMAND.slice(1), `ws://127.0.0.1:${port}/`],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    let before = -1;
    while (sent === 0 || before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    assert(sent < 40e6, `${sent} bytes were taken`);
  } finally {
    child.kill("SIGKILL");
    await child.status;
    await child.stdout.cancel();
    await child.stdin.abort();
    listener.close();
    await flooding;
  }
});

Deno.test("stderr: one that is closed changes nothing else", async () => {
  await using server = echo();
  const script = '"$@" 2>&-';
  const child = new Deno.Command("sh", {
    args: ["-c", script, "sh", ...COMMAND, "-vv", "-1", server.url],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("hello\n"));
  await writer.close();
  const { code, stdout } = await child.output();
  assertEquals({ code, out: new TextDecoder().decode(stdout) }, { code: 0, out: "hello\n" });
});

Deno.test("localhost: a server on either family is found", async () => {
  for (const hostname of ["127.0.0.1", "::1"]) {
    let server: Deno.HttpServer<Deno.NetAddr>;
    try {
      server = Deno.serve({ hostname, port: 0, onListen() {} }, (request) => {
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.onmessage = (event) => socket.send(event.data);
        return response;
      });
    } catch {
      continue; // No such family here.
    }
    const url = `ws://localhost:${server.addr.port}/`;
    assertEquals((await run(["-1", url], { input: "hi\n" })).stdout, "hi\n", hostname);
    await server.shutdown();
  }
});

Deno.test("color: NO_COLOR and a pipe get none", async () => {
  const { stderr } = await run(["--nosuch"], { env: { NO_COLOR: "" } });
  // deno-lint-ignore no-control-regex -- it is what must not be there
  assert(!/\x1b/.test(stderr));
  assertOneLine(stderr, /no option --nosuch/);
});
