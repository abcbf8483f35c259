import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { type ByteConn, writeAll } from "../../lib/core/conn.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { Trace } from "../../lib/core/trace.ts";
import { parseOverrides } from "../../lib/net/host_overrides.ts";
import { parseProxy } from "../../lib/proxy/address.ts";
import { dialThroughProxy, type ProxyRoute } from "../../lib/proxy/dial.ts";
import { requestTunnel } from "../../lib/proxy/http_connect.ts";
import { freePort } from "../free_port.ts";
import { TestProxy } from "../socks/proxy.ts";
import { TestProxy4 } from "../socks/proxy4.ts";
import { readExactly } from "../socks/read_exactly.ts";
import { cert, identity } from "../tls/fixture.ts";
import { TestHttpProxy } from "./http_proxy.ts";

const encoder = new TextEncoder();
const host = { hostname: "h.test", port: 80 };

/** A server that greets one client and sends back what it says. */
function greeter(): { port: number; listener: Deno.TcpListener; done: Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = (async () => {
    using conn = await listener.accept();
    await conn.write(encoder.encode("hello"));
    await conn.write(await readExactly(conn, 4));
  })().catch(() => {});
  return { port: (listener.addr as Deno.NetAddr).port, listener, done };
}

async function converse(conn: ByteConn, first: string): Promise<void> {
  try {
    assertEquals(await readExactly(conn as Deno.Conn, first.length), encoder.encode(first));
    await writeAll(conn, encoder.encode("ping"));
    assertEquals(await readExactly(conn as Deno.Conn, 4), encoder.encode("ping"));
  } finally {
    conn.close();
  }
}

const through = (url: string, more: Partial<ProxyRoute> = {}): ProxyRoute => ({
  proxy: parseProxy(url, "--proxy"),
  ...more,
});

async function fails(dialling: Promise<unknown>, kind: string, message: string, hint?: string) {
  const error = await assertRejects(() => dialling, WirecatError) as WirecatError;
  assertEquals([error.kind, error.message, error.hint], [kind, message, hint]);
}

Deno.test("http proxy: gets the name as it is, the login and the fields; bytes go both ways", async () => {
  const server = greeter();
  await using proxy = new TestHttpProxy({ target: server.port, early: "early" });
  const url = `http://me:se%3Acret@127.0.0.1:${proxy.port}`;
  const route = through(url, { headers: [["X-Team", "blue"], ["host", "other"]] });
  const trace = new Trace();
  await converse(await dialThroughProxy(host, route, undefined, { trace }), "earlyhello");
  const [{ headers }] = proxy.requests;
  assertEquals(proxy.targets, ["CONNECT h.test:80"]);
  assertEquals(headers.get("Proxy-Authorization"), `Basic ${btoa("me:se:cret")}`);
  assertEquals([headers.get("Host"), headers.get("X-Team")], ["other", "blue"]);
  assertEquals(trace.proxy, `http://127.0.0.1:${proxy.port}`);
  assertEquals(trace.remote, `127.0.0.1:${proxy.port}`);
  assertEquals(trace.done.connect! <= trace.done.proxy!, true);
  await server.done;
  server.listener.close();
});

Deno.test("http proxy: without anything behind its answer the connection is the socket itself", async () => {
  const server = greeter();
  server.listener.close();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  await using proxy = new TestHttpProxy({ target: port });
  const conn = await dialThroughProxy(
    { hostname: "::1", port: 443 },
    through(`http://127.0.0.1:${proxy.port}`),
  );
  assertEquals("setKeepAlive" in conn, true);
  conn.close();
  assertEquals(proxy.targets, ["CONNECT [::1]:443"]);
  assertEquals(proxy.requests[0].headers.has("Proxy-Authorization"), false);
});

Deno.test("https proxy: TLS to the proxy first; its certificate is looked at", async () => {
  const server = greeter();
  await using proxy = new TestHttpProxy({ tls: identity(), target: server.port });
  const url = `https://localhost:${proxy.port}`;
  const tls = () => Promise.resolve({ authorities: [cert("root.pem")] });
  await converse(await dialThroughProxy(host, through(url, { tls })), "hello");
  assertEquals(proxy.targets, ["CONNECT h.test:80"]);
  await server.done;
  server.listener.close();
  const error = await assertRejects(
    () => dialThroughProxy(host, through(url)),
    WirecatError,
    `cannot connect to the HTTPS proxy localhost:${proxy.port}`,
  );
  assertEquals(error.kind, "tls");
  assertEquals(error.hint?.includes("--proxy-insecure"), true);
});

Deno.test("socks5h: the proxy looks the name up; socks5: it gets an address", async () => {
  const server = greeter();
  await using proxy = new TestProxy({ login: "me:secret" });
  const target = { hostname: "localhost", port: server.port };
  await converse(
    await dialThroughProxy(target, through(`socks5h://me:secret@127.0.0.1:${proxy.port}`)),
    "hello",
  );
  await server.done;
  server.listener.close();
  const closed = { hostname: "h.test", port: freePort() };
  const overrides = parseOverrides([`h.test:${closed.port}:127.0.0.2`], []);
  const route = through(`socks5://me:secret@127.0.0.1:${proxy.port}`);
  await assertRejects(() => dialThroughProxy(closed, route, undefined, { overrides }));
  assertEquals(proxy.requests, [
    `connect localhost:${server.port}`,
    `connect 127.0.0.2:${closed.port}`,
  ]);
});

Deno.test("socks5: a name that is not found here is told, with the way out", async () => {
  const name = { hostname: "256.0.0.1", port: 80 };
  const error = await assertRejects(
    () => dialThroughProxy(name, through("socks5://127.0.0.1:9")),
    WirecatError,
    "cannot connect to 256.0.0.1:80",
  );
  assertEquals([error.kind, error.hint], [
    "resolution",
    "with socks5h:// the proxy looks names up itself",
  ]);
});

Deno.test("socks4a: the proxy looks the name up; socks4: it gets an IPv4 address", async () => {
  const server = greeter();
  await using proxy = new TestProxy4({ target: server.port, early: "early" });
  const at = `127.0.0.1:${proxy.port}`;
  await converse(
    await dialThroughProxy(host, through(`socks4a://me:ignored@${at}`)),
    "earlyhello",
  );
  await server.done;
  server.listener.close();
  const overrides = parseOverrides(["h.test:80:[::1],127.0.0.2"], []);
  const asked = (url: string, target = host) =>
    dialThroughProxy(target, through(url), undefined, { overrides });
  await assertRejects(() => asked(`socks4://${at}`));
  await assertRejects(() => asked(`socks4a://${at}`, { hostname: "127.0.0.3", port: 80 }));
  await fails(
    asked(`socks4://${at}`, { hostname: "::1", port: 80 }),
    "usage",
    "a SOCKS4 proxy knows no IPv6 addresses such as ::1",
    "a SOCKS5 proxy does: socks5h://HOST:PORT",
  );
  const six = parseOverrides(["h.test:80:[::1]"], []);
  await fails(
    dialThroughProxy(host, through(`socks4://${at}`), undefined, { overrides: six }),
    "resolution",
    "h.test has no IPv4 address, and a SOCKS4 proxy knows no others",
    "with socks4a:// the proxy looks names up itself; socks5h:// knows IPv6, too",
  );
  assertEquals(proxy.requests, [
    "4 1 'me' 0.0.0.1 h.test:80",
    "4 1 '' 127.0.0.2:80",
    "4 1 '' 127.0.0.3:80",
  ]);
});

Deno.test("socks4: a proxy that refuses, speaks something else, closes or hangs is told", async () => {
  const others = "does it speak SOCKS4? others are written socks5h:// and http://HOST:PORT";
  for (
    const [answer, kind, said, hint] of [
      [
        [0, 91, 0, 0, 0, 0, 0, 0],
        "connection",
        "refused: request rejected or failed",
        "is a server listening there? the proxy's own log may say more",
      ],
      [[5, 255], "abnormal", "closed the connection during the request", others],
      [[], "abnormal", "closed the connection during the request", others],
    ] as const
  ) {
    await using proxy = new TestProxy4({ answer });
    const at = `127.0.0.1:${proxy.port}`;
    const message = `cannot connect to h.test:80: the SOCKS4 proxy ${at} ${said}`;
    await fails(dialThroughProxy(host, through(`socks4a://${at}`)), kind, message, hint);
  }
  await using silent = new TestProxy4({ silent: true });
  const controller = new AbortController();
  const route = through(`socks4a://127.0.0.1:${silent.port}`);
  const dialling = dialThroughProxy(host, route, controller.signal);
  dialling.catch(() => {});
  await silent.asked;
  controller.abort(new WirecatError("timeout", "too slow", { hint: "wait" }));
  await fails(
    dialling,
    "timeout",
    `cannot connect to h.test:80: the SOCKS4 proxy 127.0.0.1:${silent.port} did not answer in time`,
    "wait",
  );
});

Deno.test("proxy: --connect-to is about the host, and not about the proxy", async () => {
  await using proxy = new TestHttpProxy({ answer: "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" });
  const overrides = parseOverrides([`proxy.test:${proxy.port}:127.0.0.1`], [":::99"]);
  const route = through(`http://proxy.test:${proxy.port}`);
  await assertRejects(() => dialThroughProxy(host, route, undefined, { overrides }));
  assertEquals(proxy.targets, ["CONNECT h.test:99"]);
});

Deno.test("http proxy: each refusal has its line, and says what to do", async () => {
  const page = "<html><head><title>Access\nviolation</title></head></html>";
  for (
    const [answer, said, hint] of [
      [
        "HTTP/1.1 407 Login, please\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
        "407 Login, please",
        "give --proxy-user USER:PASSWORD",
      ],
      [
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate, NTLM\r\nContent-Length: 0\r\n\r\n",
        "407 No",
        "it wants a login by Negotiate, and wirecat knows Basic only",
      ],
      [
        "HTTP/1.0 403 Filtered\r\nContent-Type: text/plain\r\n\r\n\r\nThe host is\r\nfiltered\r\n",
        "403 Filtered: The host is",
        "its rules do not allow this host and port; many allow port 443 only",
      ],
      [
        `HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\n\r\n${page}`,
        "500 Oops: Access",
        undefined,
      ],
      [
        `HTTP/1.1 503 No\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\nContent-Type: text/html\r\n\r\n${page}`,
        "503 No: ERR_DNS_FAIL 0",
        "it could not reach the host, or has too much to do",
      ],
      [
        "HTTP/1.1 502 \r\nContent-Type: image/png\r\n\r\nbytes",
        "502",
        "it could not reach the host: does the name exist, seen from the proxy?",
      ],
    ] as const
  ) {
    await using proxy = new TestHttpProxy({ answer });
    const address = `127.0.0.1:${proxy.port}`;
    await fails(
      dialThroughProxy(host, through(`http://${address}`)),
      "connection",
      `cannot connect to h.test:80: the HTTP proxy ${address} refused with ${said}`,
      hint,
    );
  }
});

Deno.test("http proxy: a login that was refused is told as such", async () => {
  const answer = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
  await using proxy = new TestHttpProxy({ answer });
  const route = through(`http://me:secret@127.0.0.1:${proxy.port}`);
  const error = await assertRejects(() => dialThroughProxy(host, route), WirecatError);
  assertEquals(
    error.hint,
    "it did not accept name and password: check --proxy-user, or the URL of the proxy",
  );
  assertEquals(error.message.includes("secret"), false);
});

Deno.test("http proxy: one that closes, and one that speaks something else", async () => {
  const other = "does it speak HTTP? a SOCKS5 proxy is written socks5h://HOST:PORT";
  for (
    const [answer, kind, said, hint] of [
      ["", "abnormal", "closed the connection", other],
      ["\x05\xff", "protocol", "sent bytes that are not HTTP", other],
      [
        "\x15\x03\x03",
        "protocol",
        "sent bytes that are not HTTP",
        "it speaks TLS: write https://HOST:PORT for the proxy",
      ],
      [
        "SSH-2.0-x\r\n", // And waits for the client to say more.
        "protocol",
        'answered no HTTP response but "SSH-2.0-x"',
        other,
      ],
    ] as const
  ) {
    await using proxy = new TestHttpProxy({ answer });
    const address = `127.0.0.1:${proxy.port}`;
    await fails(
      dialThroughProxy(host, through(`http://${address}`)),
      kind,
      `cannot connect to h.test:80: the HTTP proxy ${address} ${said}`,
      hint,
    );
  }
});

Deno.test("proxy: one that nobody serves; the variable that names it is told", async () => {
  const port = freePort();
  const message = `cannot connect to the HTTP proxy 127.0.0.1:${port}: connection refused`;
  const hint = `is a server listening on port ${port}?`;
  const url = `http://127.0.0.1:${port}`;
  await fails(dialThroughProxy(host, through(url)), "connection", message, hint);
  await fails(
    dialThroughProxy(host, through(url, { variable: "http_proxy" })),
    "connection",
    message,
    `${hint} (the proxy comes from the variable http_proxy; --noproxy '*' does without)`,
  );
});

for (const kind of ["http", "socks5h"]) {
  Deno.test(`${kind}: a proxy that hangs is told when the time is up; an abort ends it`, async () => {
    await using proxy = kind === "http"
      ? new TestHttpProxy({ silent: true })
      : new TestProxy({ silent: true });
    const route = through(`${kind}://127.0.0.1:${proxy.port}`);
    const late = new AbortController();
    const dialling = dialThroughProxy(host, route, late.signal);
    await proxy.asked;
    late.abort(new WirecatError("timeout", "too late", { hint: "wait longer" }));
    const name = kind === "http" ? "HTTP" : "SOCKS5";
    await fails(
      dialling,
      "timeout",
      `cannot connect to h.test:80: the ${name} proxy 127.0.0.1:${proxy.port} did not answer in time`,
      "wait longer",
    );
    const abort = new AbortController();
    const reason = new Error("over");
    const aborted = dialThroughProxy(host, route, abort.signal);
    abort.abort(reason);
    assertStrictEquals(await assertRejects(() => aborted), reason);
  });
}

Deno.test("http proxy: one that does not answer is told with the time and its option", async () => {
  const silent: ByteConn = {
    read: () => new Promise(() => {}),
    write: (bytes) => Promise.resolve(bytes.length),
    closeWrite: () => Promise.resolve(),
    close() {},
  };
  const asking = requestTunnel(silent, {
    destination: host,
    name: "the HTTP proxy p:3128",
    timeout: 0.02,
  });
  await fails(
    asking,
    "timeout",
    "cannot connect to h.test:80: the HTTP proxy p:3128 did not answer within 20 ms",
    "--handshake-timeout sets how long to wait",
  );
});
