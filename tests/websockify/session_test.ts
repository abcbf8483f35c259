/** The program as a whole: sessions, and what goes wrong with them. */
import { assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../free_port.ts";
import { run, TempFolder, WIRECAT } from "../interop/programs.ts";
import { EchoTarget, frame, latin1, RawClient, upgrade, Websockify } from "./raw_client.ts";

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;

Deno.test("sessions", async (t) => {
  using target = new EchoTarget();
  await using server = await Websockify.start(["-v"], [`127.0.0.1:${target.port}`]);
  const { port } = server;

  await t.step("bytes go to the target and come back as binary messages", async () => {
    using client = await RawClient.upgraded(port);
    await client.send(frame(BINARY, "hello"));
    assertEquals(await client.take(7), "\x82\x05hello");
    await client.send(frame(CLOSE, "\x03\xe8"));
    assertEquals(await client.rest(), "\x88\x02\x03\xe8");
  });

  await t.step("what follows the request at once is not lost", async () => {
    using client = await RawClient.connect(port);
    await client.send(new Uint8Array([...latin1(upgrade()), ...frame(BINARY, "now")]));
    assertMatch(await client.head(), /^HTTP\/1\.1 101 /);
    assertEquals(await client.take(5), "\x82\x03now");
  });

  await t.step("the subprotocol binary is chosen before base64", async () => {
    using client = await RawClient.connect(port);
    await client.send(upgrade("/", "Sec-WebSocket-Protocol: base64, binary"));
    assertMatch(await client.head(), /\r\nSec-WebSocket-Protocol: binary\r\n/);
  });

  await t.step("base64: text messages stand for bytes, both ways", async () => {
    using client = await RawClient.connect(port);
    await client.send(upgrade("/", "Sec-WebSocket-Protocol: base64"));
    assertMatch(await client.head(), /\r\nSec-WebSocket-Protocol: base64\r\n/);
    await client.send(frame(TEXT, btoa("\x00\xff!")));
    assertEquals(await client.take(6), "\x81\x04AP8h");
    await client.send(frame(TEXT, "%"));
    assertEquals((await client.rest()).slice(2, 4), "\x03\xef");
  });

  for (const protocol of ["binary", "base64"]) {
    await t.step(`${protocol}: what is larger than a read goes and comes whole`, async () => {
      const sent = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
      const came: number[] = [];
      const all = Promise.withResolvers<void>();
      const closed = Promise.withResolvers<void>();
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`, protocol);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(protocol === "base64" ? sent.toBase64() : sent);
      socket.onmessage = ({ data }) => {
        const bytes = typeof data === "string" ? Uint8Array.fromBase64(data) : new Uint8Array(data);
        for (const byte of bytes) came.push(byte);
        if (came.length >= sent.length) all.resolve();
      };
      socket.onclose = () => {
        closed.resolve();
        all.reject(new Error(`it was closed after ${came.length} bytes`));
      };
      await all.promise;
      assertEquals(Uint8Array.from(came), sent);
      socket.close();
      await closed.promise;
    });
  }

  await t.step("hixie-76: text frames stand for bytes, both ways", async () => {
    using client = await RawClient.connect(port);
    await client.send(
      "GET /demo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nUpgrade: WebSocket\r\n" +
        "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nOrigin: http://example.com\r\n\r\n",
    );
    await client.send("^n:ds[4U\x00" + btoa("old") + "\xff");
    assertMatch(await client.head(), /^HTTP\/1\.1 101 WebSocket Protocol Handshake\r\n/);
    assertEquals(await client.take(16), "8jKS'y:G*Co,Wxa-");
    assertEquals(await client.take(6), "\x00b2xk\xff");
    await client.send("\xff\x00");
    assertEquals(await client.rest(), "\xff\x00");
  });

  await t.step("other subprotocols and versions are refused", async () => {
    const refused: [string, RegExp][] = [
      [upgrade("/", "Sec-WebSocket-Protocol: chat"), /^HTTP\/1\.1 400 /],
      [upgrade().replace("Version: 13", "Version: 12"), /^HTTP\/1\.1 400 .*Version: 13, 8, 7/s],
      [upgrade().replace(/Sec-WebSocket-Key.*\r\n/, ""), /^HTTP\/1\.1 400 /],
      ["POST / HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 405 /],
      ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 405 /],
      ["\x01\x02\r\n\r\n", /^HTTP\/1\.1 400 /],
    ];
    for (const [request, answer] of refused) {
      using client = await RawClient.connect(port);
      await client.send(request);
      assertMatch(await client.rest(), answer);
    }
  });

  await t.step(
    "a text message is refused with 1003, and what came before it is not lost",
    async () => {
      using client = await RawClient.upgraded(port);
      await client.send(new Uint8Array([...frame(PING, "p"), ...frame(TEXT, "text")]));
      assertEquals(await client.take(3), "\x8a\x01p");
      assertEquals(
        await client.rest(),
        "\x88\x2c\x03\xebUnsupported: Text frames are not supported",
      );
    },
  );

  await t.step("a target that closes is told with 1000", async () => {
    using client = await RawClient.upgraded(port);
    await client.send(frame(BINARY, "bye"));
    assertEquals(await client.take(17), "\x88\x0f\x03\xe8Target closed");
    await client.send(frame(CLOSE, "\x03\xe8"));
    assertEquals(await client.rest(), "");
    await server.waitFor(/the session has ended: the target has closed the connection/);
  });

  await t.step("a client that breaks the protocol is told with 1002", async () => {
    using client = await RawClient.upgraded(port);
    await client.send("\x82\x02hi");
    assertEquals((await client.rest()).slice(2, 4), "\x03\xea");
  });

  await t.step("the Flash policy request is answered", async () => {
    using client = await RawClient.connect(port);
    await client.send("<policy-file");
    await client.send("-request/>\0");
    assertMatch(await client.rest(), /^<cross-domain-policy>.*to-ports="\*".*\n\0$/);
  });

  await t.step("TLS without a certificate ends, with a word in the log", async () => {
    using client = await RawClient.connect(port);
    await client.send("\x16\x03\x01");
    assertEquals(await client.rest(), "");
    await server.waitFor(/speaks TLS, but there is no certificate: self\.pem does not exist/);
  });

  await t.step("a client that vanishes ends its session only", async () => {
    {
      using client = await RawClient.upgraded(port);
      await client.send(frame(BINARY, "x"));
    }
    await server.waitFor(/the session has ended: the client has/);
    using client = await RawClient.upgraded(port);
    await client.send(frame(BINARY, "on"));
    assertEquals(await client.take(4), "\x82\x02on");
  });

  await t.step("a signal ends sessions with 1001", async () => {
    using client = await RawClient.upgraded(port);
    await client.send(frame(BINARY, "x"));
    assertEquals(await client.take(3), "\x82\x01x");
    server.kill("SIGTERM");
    assertEquals(await client.take(4), "\x88\x02\x03\xe9");
    await client.send(frame(CLOSE, "\x03\xe9"));
    assertEquals(await server.ended(), 143);
  });
});

Deno.test("a target that refuses is told with 1011, and the server goes on", async () => {
  await using server = await Websockify.start([], [`127.0.0.1:${freePort()}`]);
  for (let i = 0; i < 2; i++) {
    using client = await RawClient.upgraded(server.port);
    const text = "\x88\x28\x03\xf3Failed to connect to downstream server";
    assertEquals(await client.take(text.length), text);
    await client.send(frame(CLOSE, "\x03\xf3"));
    assertEquals(await client.rest(), "");
  }
  await server.waitFor(/cannot connect to 127\.0\.0\.1:\d+: connection refused/);
});

Deno.test("tokens and permissions decide before the handshake is answered", async () => {
  using target = new EchoTarget();
  using folder = new TempFolder();
  const tokens = folder.file("tokens", `good: 127.0.0.1:${target.port}\n`);
  await using server = await Websockify.start([
    ...["--token-plugin", "TokenFile", "--token-source", tokens],
    ...["--auth-plugin", "websockify.auth_plugins.BasicHTTPAuth", "--auth-source", "user:secret"],
  ], []);
  const login = `Authorization: Basic ${btoa("user:secret")}`;
  const cases: [string, RegExp][] = [
    [upgrade("/?token=good", login), /^HTTP\/1\.1 101 /],
    [upgrade("/websockify?a=b&token=good", login), /^HTTP\/1\.1 101 /],
    [upgrade("/?token=bad", login), /^HTTP\/1\.1 403 /],
    [upgrade("/", login), /^HTTP\/1\.1 403 /],
    [upgrade("/?token=good"), /^HTTP\/1\.1 401 .*\r\nWWW-Authenticate: Basic realm="Websockify"/s],
    [upgrade("/?token=bad"), /^HTTP\/1\.1 401 /],
    [upgrade("/?token=good", `Authorization: Basic ${btoa("user:wrong")}`), /^HTTP\/1\.1 401 /],
    [upgrade("/?token=good", "Authorization: Basic !"), /^HTTP\/1\.1 403 /],
  ];
  for (const [request, answer] of cases) {
    using client = await RawClient.connect(server.port);
    await client.send(request);
    assertMatch(await client.head(), answer);
  }
  await server.waitFor(/there is no target for the token "bad"/);
});

Deno.test("--host-token, ExpectOrigin and --web-auth", async () => {
  using target = new EchoTarget();
  using folder = new TempFolder();
  const tokens = folder.file("tokens", `example.com: 127.0.0.1:${target.port}\n`);
  folder.file("index.html", "<p>");
  await using server = await Websockify.start([
    ...["--target-config", tokens, "--host-token", "--web", folder.path, "--web-auth"],
    ...["--auth-plugin", "ExpectOrigin", "--auth-source", "http://a https://b"],
  ], []);
  const web = (origin: string) => `GET / HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n\r\n`;
  const cases: [string, RegExp][] = [
    [upgrade("/", "Origin: https://b"), /^HTTP\/1\.1 101 /],
    [upgrade("/", "Origin: https://c"), /^HTTP\/1\.1 403 /],
    [upgrade("/"), /^HTTP\/1\.1 403 /],
    [upgrade("/", "Origin: http://a").replace("example.com", "other:80"), /^HTTP\/1\.1 403 /],
    [web("http://a"), /^HTTP\/1\.1 200 /],
    [web("http://c"), /^HTTP\/1\.1 403 /],
  ];
  for (const [request, answer] of cases) {
    using client = await RawClient.connect(server.port);
    await client.send(request);
    assertMatch(await client.head(), answer);
  }
  // Another request may follow on a connection, unless the first is of HTTP/1.0 or says otherwise.
  const page = web("http://a");
  const last = page.replace("Host", "Connection: close\r\nHost");
  for (const [first, answers] of [[page, 2], [page.replace("1.1", "1.0"), 1], [last, 1]] as const) {
    using client = await RawClient.connect(server.port);
    await client.send(first + last);
    assertEquals((await client.rest()).split("HTTP/1.1 200").length - 1, answers, first);
  }
});

Deno.test("--run-once, --record, --traffic, --heartbeat and --unix-target", async () => {
  using folder = new TempFolder();
  using listener = Deno.listen({ transport: "unix", path: folder.file("socket") });
  const serving = (async () => {
    using conn = await listener.accept();
    await conn.write(await readSome(conn));
    await conn.read(new Uint8Array(1));
  })();
  await using server = await Websockify.start([
    ...["--run-once", "--traffic", "--heartbeat=0.05", "--record", folder.file("session")],
    ...["--unix-target", folder.file("socket")],
  ], []);
  using client = await RawClient.upgraded(server.port);
  await client.send(frame(BINARY, "x"));
  let came = "";
  while (!came.includes("\x82\x01x") || !came.includes("\x89")) came += await client.take(1);
  await client.send(frame(CLOSE, "\x03\xe8"));
  await client.rest();
  assertEquals(await server.ended(), 0);
  await serving;
  assertMatch(server.stdout, /}>{</);
  const script = await Deno.readTextFile(folder.file("session.1"));
  assertMatch(script, /^var VNC_frame_data = \[\n'}\d+}x',\n'{\d+{x',\n'EOF'\];\n$/);
});

async function readSome(conn: Deno.Conn): Promise<Uint8Array> {
  const buffer = new Uint8Array(1024);
  return buffer.subarray(0, await conn.read(buffer) ?? 0);
}

Deno.test("a port that is taken, and a wrong command line, have their exit status", async () => {
  using target = new EchoTarget();
  const words = [...WIRECAT, "websockify"];
  const busy = await run([...words, `127.0.0.1:${target.port}`, "x:1"]);
  assertEquals(busy.status, 4);
  assertMatch(busy.stderr, /^websockify: cannot listen on .*: the port is already in use/);
  const wrong = await run([...words, "--nonsense", "1", "x:1"]);
  assertEquals([wrong.status, wrong.stderr.startsWith("websockify: there is no option")], [
    2,
    true,
  ]);
});
