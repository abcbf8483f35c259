import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { Answered } from "../../lib/core/opener.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { HeadError } from "../../lib/http/head.ts";
import { family as http } from "../../specs/http.ts";
import { family as tcp } from "../../specs/tcp.ts";
import { SseClients } from "../http/sse_clients.ts";
import { type Client, TestHttpServer } from "../http/server.ts";
import { freePort } from "../free_port.ts";
import { batchOf, MessageReader, type TestEnv, testEnv } from "../peers.ts";
import { certPath, identity } from "../tls/fixture.ts";
import { openSpecifier } from "./endpoint.ts";

const family = { specifiers: [...http.specifiers, ...tcp.specifiers] };
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

type Options = Record<string, unknown>;

const open = (specifier: string, options: Options = {}, env?: TestEnv) =>
  openSpecifier(family, specifier, { options, env });

/** Reads all that comes, as one text. */
async function readAll(peer: Peer): Promise<string> {
  return (await new MessageReader(peer.readable).rest()).join("");
}

/** What a server gets from an exchange in which these pieces are written, and what it answers. */
async function ask(
  options: Options,
  pieces: string[] = [],
  handler: (client: Client) => Promise<unknown> = (client) => client.say(OK),
  path = "/a%20b?c=d#e",
): Promise<{ head: string; body: string }> {
  await using server = new TestHttpServer(handler);
  const peer = await open(`http://127.0.0.1:${server.port}${path}`, options);
  const body = readAll(peer);
  body.catch(() => {}); // Writing may fail first.
  try {
    const writer = peer.writable.getWriter();
    writer.closed.catch(() => {});
    for (const piece of pieces) await writer.write(batchOf(piece));
    await writer.close();
    return { body: await body, head: server.heads[0].replace(`:${server.port}`, ":PORT") };
  } finally {
    await peer.close();
  }
}

async function fails(kind: string, text: string, promise: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => promise, WirecatError, text) as WirecatError;
  assertEquals(error.kind, kind);
  return error.hint ?? "";
}

Deno.test("http: GET asks for path and query, and reads the body", async () => {
  assertEquals(await ask({}), {
    head: "GET /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n",
    body: "ok",
  });
  const { head } = await ask({}, [], undefined, "");
  assertEquals(head.split("\r\n")[0], "GET / HTTP/1.1");
});

Deno.test("http: fields of the options come in their order, and replace our own", async () => {
  const { head } = await ask({
    "request-header": ["Host: other", "X-A: 1", "X-A:  2", "connection: keep-alive"],
    "ua": "cat",
    "basic-auth": "a:b",
  });
  assertEquals(head.split("\r\n").slice(1, -2), [
    "Host: other",
    "X-A: 1",
    "X-A:  2",
    "connection: keep-alive",
    "User-Agent: cat",
    "Authorization: Basic YTpi",
  ]);
});

Deno.test("http: name and password of the URL log in", async () => {
  await using server = new TestHttpServer((client) => client.say(OK));
  const peer = await open(`http://a%20:b@127.0.0.1:${server.port}/`);
  await peer.close();
  assertEquals(server.heads[0].includes(`\r\nAuthorization: Basic ${btoa("a :b")}\r\n`), true);
  assertEquals(peer.info.name, `http://127.0.0.1:${server.port}/`);
});

Deno.test("http: a body in chunks comes without their frame, and ends while the connection lives", async () => {
  const { body } = await ask({}, [], async (client) => {
    await client.say(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      "lo\r\n1\r\n \r\n",
      "5\r\nworld\r\n0\r\n\r\n",
    );
    await client.hear();
  });
  assertEquals(body, "hello world");
});

Deno.test("http: a body without a length ends with the connection", async () => {
  const { body } = await ask({}, [], (client) => client.say("HTTP/1.0 200 OK\r\n\r\none", "two"));
  assertEquals(body, "onetwo");
});

Deno.test("http: POST sends what is written in chunks", async () => {
  let received = "";
  const { head, body } = await ask(
    { "request-method": "POST" },
    ["one", "", "two\n"],
    async (c) => {
      received = await c.hear("0\r\n\r\n");
      await c.say(OK);
    },
  );
  assertEquals(head.split("\r\n")[0], "POST /a%20b?c=d HTTP/1.1");
  assertEquals(head.includes("\r\nTransfer-Encoding: chunked\r\n"), true);
  assertEquals([received, body], ["3\r\none\r\n4\r\ntwo\n\r\n0\r\n\r\n", "ok"]);
});

Deno.test("http: with nothing to send POST says so, and DELETE says nothing", async () => {
  const post = await ask({ "request-method": "POST" });
  assertEquals(post.head.includes("\r\nContent-Length: 0\r\n"), true);
  const { head } = await ask({ "request-method": "DELETE" });
  assertEquals(/^(content-length|transfer-encoding)/im.test(head), false);
});

Deno.test("http: a POST request does not wait for its data for ever", async () => {
  await using server = new TestHttpServer((client) => client.say(OK));
  const peer = await open(`http://127.0.0.1:${server.port}`, { "request-method": "POST" });
  assertEquals(await readAll(peer), "ok"); // Nothing was written, and nothing closed.
  assertEquals(server.heads[0].includes("\r\nTransfer-Encoding: chunked\r\n"), true);
  await peer.close();
});

Deno.test("http: with a Content-Length the body goes out as it is", async () => {
  let received = "";
  const options = { "request-method": "PUT", "request-header": ["Content-Length: 6"] };
  const { head } = await ask(options, ["one", "two"], async (client) => {
    received = await client.hear("two");
    await client.say(OK);
  });
  assertEquals(head.includes("chunked"), false);
  assertEquals(received, "onetwo");
  const handler = (client: Client) => client.hear();
  await fails("usage", "more to send than the 6 bytes", ask(options, ["onetwo", "x"], handler));
  await fails("usage", "only 3 bytes to send", ask(options, ["one"], handler));
  const bad = { "request-header": ["Content-Length: -1"] };
  await fails("usage", "'-1' is not a number of bytes", ask(bad));
});

Deno.test("http: what is written to a GET request is dropped with one warning", async () => {
  await using server = new TestHttpServer((client) => client.say(OK));
  const env = testEnv({}, [family], 1);
  const peer = await open(`http://127.0.0.1:${server.port}`, {}, env);
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("one"));
  await writer.write(batchOf("two"));
  await writer.close();
  assertEquals(await readAll(peer), "ok");
  assertEquals(env.lines.filter((line) => line.includes("GET request has no body")).length, 1);
  await peer.close();
});

Deno.test("http: HEAD ends with the head", async () => {
  const { body } = await ask({ "request-method": "HEAD" }, [], async (client) => {
    await client.say(OK.slice(0, -2));
    await client.hear();
  });
  assertEquals(body, "");
});

Deno.test("http: a status other than 2xx is an error that says what to do", async () => {
  const answer = (text: string) => (client: Client) => client.say(`HTTP/1.1 ${text}\r\n\r\n`);
  const failing = (text: string, options = {}) => ask(options, [], answer(text));
  await fails("connection", "/a%20b: the server answered GET with 404 Gone", failing("404 Gone"));
  const hint = await fails("connection", "302", failing("302 Found\r\nLocation: /new"));
  assertEquals(hint, 'redirects are not followed; it points to "/new"');
  assertEquals((await fails("connection", "401", failing("401 x"))).includes("--user NAME"), true);
  const post = failing("405 No\r\nAllow: get", { "request-method": "POST" });
  assertEquals((await fails("connection", "405", post)).includes("GET"), true);
  await fails("connection", "101", failing("101 Switching Protocols"));
});

Deno.test("http: a response that is cut, or none at all, is an error", async () => {
  const cut = ask(
    {},
    [],
    (client) => client.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
  );
  await fails("abnormal", "after 3 of 9 bytes", cut);
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc";
  await fails("abnormal", "chunked body", ask({}, [], (client) => client.say(chunked)));
  await fails("abnormal", "without sending an HTTP head", ask({}, [], () => Promise.resolve()));
  await fails("protocol", "is not VERSION STATUS", ask({}, [], (c) => c.say("220 hi\r\n\r\n")));
});

Deno.test("http: a server that refuses a body it has not read says why", async () => {
  const piece = "x".repeat(1_000_000);
  const refused = ask({ "request-method": "POST" }, Array(20).fill(piece), async (client) => {
    await client.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    await client.conn.closeWrite();
    await client.hear("xxx");
  });
  await fails("connection", "the server answered POST with 413 Too Large", refused);
});

Deno.test("http: an Upgrade that the server agrees to leads to a raw connection", async () => {
  await using server = new TestHttpServer(async (client) => {
    await client.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nearly ");
    await client.say(`got ${await client.hear("ping")}`);
  });
  const peer = await open(`http://127.0.0.1:${server.port}`, {
    "request-header": ["Upgrade: x", "Connection: Upgrade"],
  });
  await peer.writable.getWriter().write(batchOf("ping"));
  assertEquals(await readAll(peer), "early got ping");
  await peer.close();
});

Deno.test("http: what is no URL is refused before anything is connected to", async () => {
  for (const bad of ["http:", "http:x", "http://", "http://h:99999/"]) {
    await fails("usage", `${bad} is not a URL`, open(bad));
  }
});

Deno.test("http: a server that is not there, and an abort", async () => {
  const port = freePort();
  const refused = `cannot connect to http://127.0.0.1:${port}/: connection refused`;
  await fails("connection", refused, open(`http://127.0.0.1:${port}/`));
  const controller = new AbortController();
  await using silent = new TestHttpServer((client) => {
    controller.abort(new Error("over"));
    return client.hear();
  });
  const opening = openSpecifier(family, `http://127.0.0.1:${silent.port}`, { controller });
  await assertRejects(() => opening, Error, "over");
});

Deno.test("https: the certificate has to be right, unless -k says that it does not matter", async () => {
  await using server = new TestHttpServer((client) => client.say(OK), identity());
  const get = async (options: Options) => {
    const peer = await open(`https://127.0.0.1:${server.port}/`, options);
    const body = await readAll(peer);
    await peer.close();
    return body;
  };
  assertEquals(await get({ "tls-ca": certPath("root.pem") }), "ok");
  assertEquals(await get({ insecure: true }), "ok");
  await fails("tls", `https://127.0.0.1:${server.port}/`, get({}));
  assertEquals(
    server.heads[0],
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`,
  );
});

Deno.test("http: cookies of the options are sent, those of responses are kept, of refusals too", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const jar = `${folder}/jar`;
    const answers = [
      OK.replace("\r\n", "\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/p; Secure\r\n"),
      "HTTP/1.1 403 No\r\nSet-Cookie: c=3\r\nSet-Cookie: d=4; Domain=com\r\nContent-Length: 0\r\n\r\n",
    ];
    await using server = new TestHttpServer((client) => client.say(answers.shift() ?? OK));
    const at = `127.0.0.1:${server.port}`;
    const ask = async (specifier: string, options: Options) => {
      const written: Promise<unknown>[] = [];
      const env = {
        ...testEnv({ "cookie-jar": jar, ...options }, [family]),
        track: (work: Promise<unknown>) => void written.push(work),
      };
      const peer = await openSpecifier(family, specifier, { env }).catch(() => undefined);
      if (peer !== undefined) await readAll(peer);
      await peer?.close();
      await Promise.all(written);
      return /^Cookie: (.*)\r$/m.exec(server.heads.at(-1)!)?.[1];
    };
    assertEquals(await ask(`http://${at}/p/q`, { cookie: ["x=y"] }), "x=y");
    assertEquals(await ask(`http://${at}/p/q`, {}), "b=2; a=1");
    assertEquals(await ask(`http://${at}/`, {}), "a=1");
    assertEquals(await ask(`http://${at}/p/`, { "request-header": ["Cookie: own=1"] }), "own=1");
    const over = { "request-uri": `http://${at}/p/` };
    assertEquals(await ask(`http-request:tcp:${at}`, over), "b=2; c=3; a=1");
    assertEquals(await ask(`http-request:tcp:${at}`, { "request-uri": "/p/" }), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("http-request: asks for --request-uri, with its host", async () => {
  await using server = new TestHttpServer((client) => client.say(OK));
  const get = async (options: Options) => {
    const peer = await open(`http-request:tcp:127.0.0.1:${server.port}`, options);
    assertEquals(await readAll(peer), "ok");
    await peer.close();
    return server.heads.at(-1)!.split("\r\n").slice(0, 2);
  };
  assertEquals(await get({}), ["GET / HTTP/1.1", "Host: "]);
  assertEquals(await get({ "request-uri": "/a?b" }), ["GET /a?b HTTP/1.1", "Host: "]);
  assertEquals(await get({ "request-uri": "http://example.com:81/é x" }), [
    "GET /%C3%A9%20x HTTP/1.1",
    "Host: example.com:81",
  ]);
  assertEquals(await get({ "request-uri": "*", "request-method": "OPTIONS" }), [
    "OPTIONS * HTTP/1.1",
    "Host: ",
  ]);
  await fails("usage", "--request-uri: 'a' is not a URI", get({ "request-uri": "a" }));
});

Deno.test("http-request: CONNECT leads through an HTTP proxy", async () => {
  await using server = new TestHttpServer(async (client) => {
    await client.say("HTTP/1.1 200 Connection established\r\n\r\n");
    await client.say(`got ${await client.hear("ping")}`);
    await client.hear();
  });
  const peer = await open(`http-request:tcp:127.0.0.1:${server.port}`, {
    "request-method": "CONNECT",
    "request-uri": "example.com:443",
  });
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("ping"));
  await writer.close();
  assertEquals(await readAll(peer), "got ping");
  await peer.close();
  assertEquals(server.heads, ["CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"]);
});

Deno.test("http-request: a field or method with a line break is refused", async () => {
  await using server = new TestHttpServer((client) => client.say(OK));
  const specifier = `http-request:tcp:127.0.0.1:${server.port}`;
  await fails("usage", "control char", open(specifier, { "request-header": ["A: b\r\nC: d"] }));
  await fails("usage", "not an HTTP method", open(specifier, { "request-method": "A B" }));
  assertEquals(server.heads, []);
});

Deno.test("http-post-sse: POST is a message, and GET gets messages as events", async () => {
  await using clients = new SseClients();
  const post = clients.fetch({ method: "POST", body: "one\ntwo" });
  const poster = await clients.peer();
  assertEquals(poster.info.uri, "/path?x");
  await poster.writable.getWriter().write(batchOf("nobody gets this"));
  assertEquals(await new MessageReader(poster.readable).rest(), ["one\ntwo"]);
  await poster.close();
  assertEquals((await post).status, 204);

  const get = clients.fetch({});
  const getter = await clients.peer();
  const response = await get;
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  assertEquals(response.headers.get("cache-control"), "no-cache");
  const writer = getter.writable.getWriter();
  await writer.write(batchOf("one\ntwo", "three"));
  await writer.close();
  assertEquals(await response.text(), "data: one\ndata: two\n\ndata: three\n\n");
  await getter.close();
});

Deno.test("http-post-sse: a GET peer ends when its client goes", async () => {
  await using clients = new SseClients();
  const abort = new AbortController();
  const get = clients.fetch({ signal: abort.signal });
  const peer = await clients.peer();
  const body = (await get).text().catch(() => {});
  abort.abort();
  assertEquals(await readAll(peer), "");
  await peer.close();
  await body;
});

Deno.test("http-post-sse: each chunk of a POST in chunks is a message as it comes", async () => {
  await using clients = new SseClients();
  using conn = await clients.connect();
  const client = new RawClient(conn);
  await client.say(
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n4\r\ntw",
  );
  const peer = await clients.peer();
  const reader = new MessageReader(peer.readable);
  assertEquals(await reader.next(), "one");
  await client.say("o ");
  await client.say("\r\n1\r\n3\r\n0\r\n\r\n");
  assertEquals(await reader.next(), "two ");
  assertEquals(await reader.next(), "3");
  const end = reader.next();
  assertEquals((await client.hear("\r\n\r\n")).slice(9, 12), "204");
  conn.close();
  assertEquals(await end, undefined);
  await peer.close();
});

Deno.test("http-post-sse: a long message comes in parts", async () => {
  await using clients = new SseClients();
  const body = "x".repeat(2_500_000);
  const post = clients.fetch({ method: "POST", body });
  const peer = await clients.peer();
  const parts = await new MessageReader(peer.readable).rest();
  await peer.close();
  assertEquals((await post).status, 204);
  assertEquals(parts.map((p) => p.replaceAll("x", "")), [
    ">",
    ...Array(parts.length - 2).fill("<>"),
    "<",
  ]);
  assertEquals(parts.join("").replaceAll(/[<>]/g, "") === body, true);
});

Deno.test("http-post-sse: whoever asks first whether to send is told to", async () => {
  await using clients = new SseClients();
  using conn = await clients.connect();
  const client = new RawClient(conn);
  await client.say(
    "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
  );
  assertEquals(await client.hear("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  await client.say("ok");
  const peer = await clients.peer();
  assertEquals(await new MessageReader(peer.readable).next(), "ok");
  await peer.close();
});

Deno.test("http-post-sse: other requests are answered, and make no peer", async () => {
  await using clients = new SseClients();
  const del = await clients.fetch({ method: "DELETE" });
  assertEquals([del.status, del.headers.get("allow")], [405, "GET, POST"]);
  await del.body?.cancel();
  const statuses: string[] = [];
  for (
    const bad of [
      "GARBAGE\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      `GET / HTTP/1.1\r\nA: ${"x".repeat(70_000)}\r\n\r\n`,
    ]
  ) {
    using conn = await clients.connect();
    const client = new RawClient(conn);
    await client.say(bad);
    statuses.push((await client.hear("\r\n\r\n")).slice(9, 12));
  }
  assertEquals(statuses, ["400", "505", "400", "431"]);
  assertEquals(await clients.failure() instanceof Answered, true);
  for (let i = 0; i < 4; i++) assertEquals(await clients.failure() instanceof HeadError, true);
});

Deno.test("http-post-sse: a body that is malformed is answered with 400", async () => {
  await using clients = new SseClients();
  using conn = await clients.connect();
  const client = new RawClient(conn);
  await client.say("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
  const peer = await clients.peer();
  const reading = fails("protocol", "malformed", readAll(peer));
  assertEquals((await client.hear("\r\n\r\n")).slice(9, 12), "400");
  conn.close();
  await reading;
  await peer.close();
});

/** A client that says what it wants. */
class RawClient {
  readonly #conn: Deno.Conn;
  #received = "";

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  async say(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  async hear(until: string): Promise<string> {
    const bytes = new Uint8Array(65_536);
    while (!this.#received.includes(until)) {
      const count = await this.#conn.read(bytes);
      if (count === null) throw new Error(`the connection ended after ${this.#received}`);
      this.#received += new TextDecoder().decode(bytes.subarray(0, count));
    }
    return this.#received;
  }
}
