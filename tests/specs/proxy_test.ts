import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { applyFixups } from "../../lib/core/fixups.ts";
import { Answered } from "../../lib/core/opener.ts";
import type { Peer, PeerInfo } from "../../lib/core/peer.ts";
import { formatSpecifier, opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Trace } from "../../lib/core/trace.ts";
import { parseRequestHead, type RequestHead } from "../../lib/http/head.ts";
import { readHead } from "../../lib/http/read_head.ts";
import { registry } from "../../specs/mod.ts";
import { freePort } from "../free_port.ts";
import { batchOf, MessageReader, request, testEnv } from "../peers.ts";
import { TestHttpProxy } from "../proxy/http_proxy.ts";
import { TestProxy } from "../socks/proxy.ts";
import { certPath } from "../tls/fixture.ts";

type Options = Record<string, unknown>;

/** Listens by a specifier on a free port. */
async function listen(specifier: string, options: Options = {}) {
  let port = 0;
  const env = {
    ...testEnv(options),
    registry,
    onListening: (address: { proto: string; port?: number }) => void (port = address.port ?? 0),
  };
  const listener = await opener(parseSpecifier(specifier, registry), env).listen!(request());
  const clients = listener[Symbol.asyncIterator]();
  return {
    port,
    env,
    async next(): Promise<Peer> {
      return await (await clients.next()).value!.open(request());
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

/** Connects by a specifier. */
function connect(
  specifier: string,
  options: Options = {},
  more: { left?: PeerInfo; trace?: Trace } = {},
): Promise<Peer> {
  const env = { ...testEnv(options), registry };
  return opener(parseSpecifier(specifier, registry), env).open({ ...request(), ...more });
}

/** Sends a message from one to the other, then closes both. */
async function pass(from: Peer, to: Peer): Promise<void> {
  const writer = from.writable.getWriter();
  await writer.write(batchOf("hello"));
  assertEquals(await new MessageReader(to.readable).next(), "hello");
  await Promise.all([from.close(), to.close()]);
}

Deno.test("--proxy: ws:// goes through it, with the login of --proxy-user", async () => {
  using server = await listen("ws-l:127.0.0.1:0");
  await using proxy = new TestHttpProxy({ target: server.port });
  const [client, peer] = await Promise.all([
    connect("ws://h.test/", {
      "proxy": `127.0.0.1:${proxy.port}`,
      "proxy-user": "me:secret",
      "proxy-header": ["X-Team: blue"],
      "noproxy": "",
    }),
    server.next(),
  ]);
  const { target, headers } = proxy.requests[0];
  assertEquals([target, headers.get("X-Team")], ["h.test:80", "blue"]);
  assertEquals(headers.get("Proxy-Authorization"), `Basic ${btoa("me:secret")}`);
  await pass(client, peer);
});

Deno.test("--proxy: wss:// is TLS inside the tunnel, also where the proxy itself speaks TLS", async () => {
  using server = await listen("wss-l:127.0.0.1:0", {
    "tls-cert": [certPath("server-chain.pem")],
    "tls-key": [certPath("server.key")],
  });
  const cert = Deno.readTextFileSync(certPath("server-chain.pem"));
  const key = Deno.readTextFileSync(certPath("server.key"));
  for (const tls of [undefined, { cert, key }]) {
    await using proxy = new TestHttpProxy({ target: server.port, tls });
    const [client, peer] = await Promise.all([
      connect("wss://localhost/", {
        "proxy": `${tls ? "https" : "http"}://localhost:${proxy.port}`,
        "tls-ca": certPath("root.pem"),
        "noproxy": "",
      }),
      server.next(),
    ]);
    assertEquals(proxy.targets, ["CONNECT localhost:443"]);
    await pass(client, peer);
  }
});

Deno.test("--socks5 and --proxy socks5h:// are the same; --noproxy leaves hosts out", async () => {
  using server = await listen("ws-l:127.0.0.1:0");
  await using proxy = new TestProxy({ login: "me:secret" });
  const address = `127.0.0.1:${proxy.port}`;
  const url = `ws://localhost:${server.port}/`;
  for (
    const options of [
      { "socks5": address, "socks5-user-pass": "me:secret" },
      { "socks5": address, "proxy-user": "me:secret" },
      { "proxy": `socks5h://me:secret@${address}`, "noproxy": "h.test" },
      { "proxy": `socks5h://me:secret@${address}`, "noproxy": "localhost" },
      { "proxy": "" },
    ]
  ) {
    const [client, peer] = await Promise.all([connect(url, options), server.next()]);
    await pass(client, peer);
  }
  assertEquals(proxy.requests, new Array(3).fill(`connect localhost:${server.port}`));
});

Deno.test("http-connect: reaches --proxy-destination through the proxy below", async () => {
  using server = await listen("tcp-l:127.0.0.1:0");
  await using proxy = new TestHttpProxy({ target: server.port });
  const options = { "socks5-destination": "[::1]:22", "proxy-user": "me:secret" };
  const [client, peer] = await Promise.all([
    connect(`http-connect:tcp:127.0.0.1:${proxy.port}`, options),
    server.next(),
  ]);
  assertEquals(client.info.name, `[::1]:22 through tcp:127.0.0.1:${proxy.port}`);
  assertEquals(proxy.targets, ["CONNECT [::1]:22"]);
  await pass(client, peer);
  await assertRejects(
    async () => await connect("proxy:tcp:127.0.0.1:9"),
    WirecatError,
    "http-connect: does not know the other end",
  );
});

/** The pair that a command line stands for, as the program opens it. */
function fixed(...words: string[]) {
  const table = [...coreOptions, ...registry.options];
  const { options, positional } = parseCommandLine(words, table);
  const [left, right] = positional.map((word) => parseSpecifier(word, registry));
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const context = { options, registry, simple: false, warn };
  const pair = applyFixups({ left, right }, context, { lines: true, oneshot: false });
  return { pair, warnings, options };
}

Deno.test("--proxy: is for tcp: where there is no URL, also with TLS over it", async () => {
  using server = await listen("tcp-l:127.0.0.1:0");
  await using proxy = new TestProxy();
  const at = `127.0.0.1:${server.port}`;
  for (
    const option of [
      `--socks5=127.0.0.1:${proxy.port}`,
      `--proxy=socks5h://127.0.0.1:${proxy.port}`,
    ]
  ) {
    const { pair, options } = fixed(option, "--noproxy=", "-b", "-", `tcp:${at}`);
    const env = { ...testEnv(), options, registry };
    const [client, peer] = await Promise.all([
      opener(pair.right, env).open(request()),
      server.next(),
    ]);
    await pass(client, peer);
  }
  assertEquals(proxy.requests, [`connect ${at}`, `connect ${at}`]);
  using secure = await listen("tls-l:127.0.0.1:0", {
    "tls-cert": [certPath("server-chain.pem")],
    "tls-key": [certPath("server.key")],
  });
  const { pair, options } = fixed(
    ...[`--proxy=socks5h://127.0.0.1:${proxy.port}`, "--noproxy=", "-b"],
    ...[`--tls-ca=${certPath("root.pem")}`, "-", `tls:tcp:localhost:${secure.port}`],
  );
  const env = { ...testEnv(), options, registry };
  const [client, peer] = await Promise.all([
    opener(pair.right, env).open(request()),
    secure.next(),
  ]);
  await pass(client, peer);
  assertEquals(proxy.requests[2], `connect localhost:${secure.port}`);
  // Beside a URL, tcp: is connected to directly.
  const beside = fixed("-x=http://127.0.0.1:9", "tcp:127.0.0.1:1", "ws://127.0.0.1/").pair;
  assertEquals(beside.left.endpoint === parseSpecifier("tcp:h:1", registry).endpoint, true);
});

Deno.test("--proxy: what it cannot be for is told, and a wrong one at once", () => {
  assertThrows(() => fixed("-x=http://h", "-", "mirror:"), WirecatError, "and there is none");
  assertThrows(() => fixed("--socks5=h:1", "ws://a", "ws://b"), WirecatError, "there are two");
  assertThrows(() => fixed("-x=ftp://h", "-", "ws://b"), WirecatError, "no kind of proxy ftp://");
  assertThrows(() => fixed("-x=h", "--socks5=h:1", "-", "ws://b"), WirecatError, "together");
  assertThrows(() => fixed("-4", "-6", "-", "ws://b"), WirecatError, "together");
  assertEquals(fixed("-x=http://h", "ws://a", "ws://b").warnings, []);
  assertEquals(fixed("-x=", "-", "mirror:").warnings, []);
  for (const option of ["--proxy-insecure", "--proxy-cacert=x", "--proxy-cert=x"]) {
    for (const way of ["-x=https://h", "-x=HTTPS://h", "--noproxy=h"]) {
      assertEquals(fixed(option, way, "-", "ws://h").warnings, [], `${option} ${way}`);
    }
    for (const way of ["-x=http://h", "-x=socks5h://h", "--socks5=h:1"]) {
      const { warnings } = fixed(option, way, "-", "ws://h");
      assertEquals(warnings.length, 1, `${option} ${way}`);
      assertEquals(warnings[0].endsWith("is for an https:// proxy, and there is none"), true);
    }
  }
  for (const option of ["-4", "--resolve=h:1:127.0.0.1", "--proxy-user=a:b", "-L"]) {
    assertEquals(fixed(option, "-", "mirror:").warnings.length, 1, option);
    assertEquals(fixed(option, "-", "ws://h").warnings, [], option);
  }
});

Deno.test("--proxy, --resolve, -4 and redirects are beyond the native engine", async () => {
  for (const options of [{ proxy: "http://h" }, { resolve: ["h:1:127.0.0.1"] }, { ipv4: true }]) {
    const connecting = () => connect("ws://127.0.0.1:9/", { ...options, engine: "native" });
    await assertRejects(connecting, WirecatError, "beyond the native engine");
  }
});

Deno.test("--resolve, --connect-to, -4: the way is another one, the request the same", async () => {
  using server = await listen("ws-l:127.0.0.1:0", { "header-to-env": ["Host"] });
  const { port } = server;
  for (
    const [host, options] of [
      ["h.test", { resolve: [`h.test:${port}:127.0.0.1`] }],
      ["h.test", { "connect-to": ["h.test::127.0.0.1:"] }],
      ["localhost", { ipv4: true }],
    ] as const
  ) {
    const [client, peer] = await Promise.all([
      connect(`ws://${host}:${port}/`, { ...options, proxy: "" }),
      server.next(),
    ]);
    assertEquals(peer.info.headers?.().get("Host"), `${host}:${port}`);
    await pass(client, peer);
  }
  await assertRejects(
    () => connect(`ws://127.0.0.1:${port}/`, { ipv6: true, proxy: "" }),
    WirecatError,
    "the host has no IPv6 address",
  );
});

Deno.test("trace: the way of a ws:// client through a proxy, up to the answer", async () => {
  using server = await listen("ws-l:127.0.0.1:0");
  await using proxy = new TestHttpProxy({ target: server.port });
  const trace = new Trace();
  const url = `http://me:secret@127.0.0.1:${proxy.port}`;
  const [client, peer] = await Promise.all([
    connect("ws://h.test/x", { proxy: url, noproxy: "" }, { trace }),
    server.next(),
  ]);
  assertEquals(trace.proxy, `http://127.0.0.1:${proxy.port}`);
  assertEquals(Object.keys(trace.done), ["lookup", "connect", "proxy", "upgrade"]);
  assertEquals(trace.request?.target, "/x");
  assertEquals(trace.request?.headers.find(([name]) => name === "Host"), ["Host", "h.test"]);
  assertEquals([trace.response?.status, trace.response?.reason], [101, "Switching Protocols"]);
  assertEquals(trace.response?.headers.some(([name]) => name === "Sec-WebSocket-Accept"), true);
  assertEquals(client.info.trace === trace, true);
  await pass(client, peer);
});

// --- Redirects ---

/** Answers each request in turn with a redirect, or with 404 at the end; keeps the heads. */
function redirecting(...locations: string[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const heads: RequestHead[] = [];
  const run = (async () => {
    for (const [i, location] of [...locations, ""].entries()) {
      using conn = await listener.accept();
      heads.push(parseRequestHead((await readHead(conn, { from: "the client" })).head));
      const status = [301, 302, 303, 307, 308][i % 5];
      const answer = location === ""
        ? "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
        : `HTTP/1.1 ${status} Go\r\nLocation: ${location.replace("PORT", `${port}`)}\r\n\r\n`;
      await conn.write(new TextEncoder().encode(answer));
    }
  })().catch(() => {});
  return {
    port,
    heads,
    async [Symbol.asyncDispose]() {
      listener.close();
      await run;
    },
  };
}

Deno.test("--follow-redirects: leads to the WebSocket, by whatever status; without it, a hint", async () => {
  using server = await listen("ws-l:127.0.0.1:0");
  const { port } = server;
  await using web = redirecting(
    "/b",
    "c?d",
    "http://127.0.0.1:PORT/e",
    `ws://127.0.0.1:${port}/f`,
  );
  const url = `ws://127.0.0.1:${web.port}/a`;
  const [client, peer] = await Promise.all([
    connect(url, { "follow-redirects": true, "proxy": "" }),
    server.next(),
  ]);
  assertEquals(web.heads.map(({ target }) => target), ["/a", "/b", "/c?d", "/e"]);
  assertEquals([peer.info.uri, client.info.name], ["/f", `ws://127.0.0.1:${port}/f`]);
  await pass(client, peer);
  await using other = redirecting("/b");
  const error = await assertRejects(
    () => connect(`ws://127.0.0.1:${other.port}/a`, { proxy: "" }),
    WirecatError,
    "301 Go",
  );
  assertEquals(
    error.hint,
    `it redirects: try ws://127.0.0.1:${other.port}/b, or --follow-redirects`,
  );
});

Deno.test("--follow-redirects: logins and cookies stay with the first server", async () => {
  await using other = redirecting();
  await using web = redirecting("/b", `ws://127.0.0.1:${other.port}/c`);
  const options = {
    "follow-redirects": true,
    "proxy": "",
    "header": ["Authorization: Bearer x", "Cookie: a=1", "X-Other: y", "Host: h.test"],
  };
  const url = `ws://127.0.0.1:${web.port}/a`;
  await assertRejects(() => connect(url, options), WirecatError, "/c refused the upgrade with 404");
  const seen = ({ headers }: RequestHead) =>
    ["Authorization", "Cookie", "X-Other", "Host"].map((name) => headers.get(name));
  assertEquals(web.heads.map(seen), new Array(2).fill(["Bearer x", "a=1", "y", "h.test"]));
  assertEquals(other.heads.map(seen), [[null, null, "y", `127.0.0.1:${other.port}`]]);
  await using third = redirecting();
  await using first = redirecting(`ws://127.0.0.1:${third.port}/c`);
  const login = `ws://me:secret@127.0.0.1:${first.port}/a`;
  await assertRejects(
    () => connect(login, { "follow-redirects": true, "proxy": "" }),
    WirecatError,
    "404",
  );
  assertEquals(first.heads[0].headers.get("Authorization"), `Basic ${btoa("me:secret")}`);
  assertEquals(third.heads[0].headers.get("Authorization"), null);
});

Deno.test("--max-redirs: a circle ends", async () => {
  await using web = redirecting("/1", "/2", "/3", "/4");
  const url = `ws://127.0.0.1:${web.port}/0`;
  const options = { "follow-redirects": true, "max-redirs": 2, "proxy": "" };
  const error = await assertRejects(() => connect(url, options), WirecatError);
  assertEquals(error.message, `ws://127.0.0.1:${web.port}/2 redirects, after 2 redirects`);
  assertEquals([error.kind, web.heads.length], ["upgrade", 3]);
});

// --- Behind a proxy ---

Deno.test("proxy-protocol: the client is the one that the proxy tells, in both versions", async () => {
  using server = await listen("ws-u:proxy-protocol:tcp-l:127.0.0.1:0");
  const url = `ws://127.0.0.1:${server.port}/`;
  const left = { name: "the client 192.0.2.7:4711", client: "192.0.2.7:4711" };
  for (const version of ["v1", "v2"]) {
    const [client, peer] = await Promise.all([
      connect(url, { "send-proxy-protocol": version, "proxy": "" }, { left }),
      server.next(),
    ]);
    assertEquals(peer.info.client, "192.0.2.7:4711");
    assertEquals(peer.info.name, "the client 192.0.2.7:4711");
    await pass(client, peer);
  }
  assertEquals(
    server.env.lines.some((line) => line.includes("192.0.2.7:4711 connected to /")),
    true,
  );
});

Deno.test("--send-proxy-protocol: without a client it tells of this end; it goes before TLS", async () => {
  using server = await listen("tls-a:proxy-protocol:tcp-l:127.0.0.1:0", {
    "tls-cert": [certPath("server-chain.pem")],
    "tls-key": [certPath("server.key")],
  });
  const trace = new Trace();
  const [client, peer] = await Promise.all([
    connect(`tls:tcp:localhost:${server.port}`, {
      "send-proxy-protocol": "v2",
      "tls-ca": certPath("root.pem"),
    }, { trace }),
    server.next(),
  ]);
  assertEquals(peer.info.client, trace.local);
  await pass(client, peer);
});

Deno.test("proxy-protocol: who sends no header is closed, and that is no failure of the server", async () => {
  using server = await listen("proxy-protocol:tcp-l:127.0.0.1:0", { "handshake-timeout": 0.2 });
  for (const said of ["GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 x\r\n", ""]) {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await conn.write(new TextEncoder().encode(said));
    const at = `127.0.0.1:${(conn.localAddr as Deno.NetAddr).port}`;
    await assertRejects(() => server.next(), Answered, at);
    assertEquals(await conn.read(new Uint8Array(1)).catch(() => null), null);
  }
});

Deno.test("--accept-proxy-protocol: puts the overlay in; may name whom to expect it from", async () => {
  const { pair } = fixed("--accept-proxy-protocol=10.0.0.0/8,::1", "wss-l:8080", "mirror:");
  assertEquals(formatSpecifier(pair.left), "ws-upgrade:ssl-accept:proxy-protocol:tcp-listen:8080");
  const once = fixed("--accept-proxy-protocol", "ws-u:proxy-protocol:tcp-l:8080", "mirror:").pair;
  assertEquals(formatSpecifier(once.left), "ws-upgrade:proxy-protocol:tcp-listen:8080");
  assertThrows(
    () => fixed("--accept-proxy-protocol=h", "tcp-l:1", "mirror:"),
    WirecatError,
    "'h' is not",
  );
  assertEquals(fixed("--accept-proxy-protocol", "-", "mirror:").warnings.length, 1);
  using server = await listen("proxy-protocol:tcp-l:127.0.0.1:0", {
    "accept-proxy-protocol": "10.0.0.0/8",
  });
  const [client, peer] = await Promise.all([
    connect(`tcp:127.0.0.1:${server.port}`),
    server.next(),
  ]);
  await pass(client, peer);
});

Deno.test("--trust-forwarded: the client is the one that the trusted proxy names", async () => {
  for (
    const [trust, header, value, expected] of [
      ["127.0.0.0/8", "X-Forwarded-For", "6.6.6.6, 192.0.2.7", "192.0.2.7"],
      ["127.0.0.0/8", "Forwarded", 'for="[2001:db8::1]:5"', "[2001:db8::1]:5"],
      ["10.0.0.0/8", "X-Forwarded-For", "192.0.2.7", undefined],
    ]
  ) {
    using server = await listen("ws-l:127.0.0.1:0", {
      "trust-forwarded": [trust],
      "forwarded-header": header,
    });
    const trace = new Trace();
    const [client, peer] = await Promise.all([
      connect(`ws://127.0.0.1:${server.port}/`, { header: [`${header}: ${value}`], proxy: "" }, {
        trace,
      }),
      server.next(),
    ]);
    assertEquals(peer.info.client, expected ?? trace.local);
    assertEquals(peer.info.name, `the client ${expected ?? trace.local}`);
    await pass(client, peer);
  }
});

Deno.test("--trust-forwarded: is for http-post-sse: too, and beyond the native engine", async () => {
  const options = { "trust-forwarded": ["127.0.0.1"] };
  using server = await listen("http-post-sse:tcp-l:127.0.0.1:0", options);
  const [answer, peer] = await Promise.all([
    fetch(`http://127.0.0.1:${server.port}/`, {
      method: "POST",
      body: "hello",
      headers: { "X-Forwarded-For": "192.0.2.7" },
    }),
    (async () => {
      const peer = await server.next();
      const reader = new MessageReader(peer.readable);
      assertEquals([await reader.next(), await reader.next()], ["hello", undefined]);
      return peer;
    })(),
  ]);
  await answer.body?.cancel();
  assertEquals(peer.info.client, "192.0.2.7");
  await peer.close();
  await assertRejects(
    () => listen("ws-l:127.0.0.1:0", { ...options, engine: "native" }),
    WirecatError,
    "--trust-forwarded is beyond the native engine",
  );
});

Deno.test("proxy: one that is not there, and nothing is left behind", async () => {
  const port = freePort();
  await assertRejects(
    () => connect("ws://h.test/", { proxy: `http://127.0.0.1:${port}`, noproxy: "" }),
    WirecatError,
    `cannot connect to the HTTP proxy 127.0.0.1:${port}: connection refused`,
  );
});

Deno.test("--resolve, --connect-to, --trust-forwarded: a slip is told before anything is opened", () => {
  for (
    const [option, said] of [
      ["--resolve=h.test:127.0.0.1", "'h.test:127.0.0.1' is not HOST:PORT:ADDRESS"],
      ["--connect-to=a:80:b", "'a:80:b' is not HOST1:PORT1:HOST2:PORT2"],
      ["--trust-forwarded=10.0.0.0/8,proxy", "'10.0.0.0/8,proxy' is not an address"],
      ["--send-proxy-protocol=3", "'3' is none of v1, v2"],
      ["--forwarded-header=a b", "'a b' is not the name of a header field"],
    ]
  ) assertThrows(() => fixed(option, "ws-l:1", "ws://h"), WirecatError, said);
  for (
    const option of [
      "--resolve=*:443:[::1],127.0.0.1",
      "--connect-to=:::9",
      "--trust-forwarded=10.0.0.0/8, ::1 ,fd00::/8,unix",
    ]
  ) assertEquals(fixed(option, "ws-l:1", "ws://h").warnings, [], option);
});
