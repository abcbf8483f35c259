/** wirecat through proxies that others wrote, and beside curl in what it takes a proxy for. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { bypassesProxy } from "../../lib/proxy/no_proxy.ts";
import { freePort } from "../free_port.ts";
import { TestHttpProxy } from "../proxy/http_proxy.ts";
import { readExactly } from "../socks/read_exactly.ts";
import { certPath } from "../tls/fixture.ts";
import {
  accepting,
  Program,
  type ProgramOptions,
  run,
  Server,
  TempFolder,
  testWith,
  WIRECAT,
  wirecat,
} from "./programs.ts";

/** What a client that comes by `args` says, and how it ends. */
function client(args: string[], input = "hello\n", options: ProgramOptions = {}) {
  // The variables of this run name no proxy here.
  const env = Object.fromEntries(
    ["ws", "wss", "http", "https", "all", "no"]
      .flatMap((name) => [`${name}_proxy`, `${name.toUpperCase()}_PROXY`])
      .map((name) => [name, ""]),
  );
  return run([...WIRECAT, ...args], input, { ...options, env: { ...env, ...options.env } });
}

async function echoes(args: string[], options?: ProgramOptions): Promise<void> {
  const { stdout, stderr, status } = await client(args, "hello\n", options);
  assertEquals({ stdout, stderr, status }, { stdout: "hello\n", stderr: "", status: 0 });
}

const echo = () => Server.start(["ws-l:127.0.0.1:0", "mirror:"]);
const secureEcho = () =>
  Server.start([
    ...["--tls-cert", certPath("server-chain.pem"), "--tls-key", certPath("server.key")],
    ...["wss-l:127.0.0.1:0", "mirror:"],
  ]);
const CA = `--tls-ca=${certPath("root.pem")}`;

/** A tinyproxy that wants a login. */
async function tinyproxy(folder: TempFolder, more = "") {
  const port = freePort();
  const config = folder.file(
    "tinyproxy.conf",
    `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nBasicAuth me secret\n${more}\n`,
  );
  const program = new Program("tinyproxy", ["-d", "-c", config]);
  await accepting(port, program);
  return Object.assign(program, { port });
}

testWith(["tinyproxy"], "tinyproxy: ws:// and wss:// through CONNECT, with a login", async () => {
  using folder = new TempFolder();
  await using server = await echo();
  await using secure = await secureEcho();
  await using proxy = await tinyproxy(folder);
  const url = `ws://127.0.0.1:${server.port}/`;
  const at = `127.0.0.1:${proxy.port}`;
  await echoes([url, "-x", `http://me:secret@${at}`]);
  await echoes([CA, `wss://localhost:${secure.port}/`, "-x", at, "--proxy-user=me:secret"]);
  await echoes([url], { env: { http_proxy: `http://me:secret@${at}` } });
  const none = await client([url, "-x", at]);
  assertEquals(none.status, 4);
  assertStringIncludes(none.stderr, `the HTTP proxy ${at} refused with 407`);
  assertStringIncludes(none.stderr, "give --proxy-user USER:PASSWORD");
  const wrong = await client([url, "-x", `http://me:wrong@${at}`]);
  assertEquals(wrong.status, 4);
  assertStringIncludes(wrong.stderr, "did not accept name and password");
  assertEquals(wrong.stderr.includes("wrong@"), false);
});

testWith(
  ["tinyproxy"],
  "tinyproxy: refuses a port, a host that is not there, and SOCKS",
  async () => {
    using folder = new TempFolder();
    const free = freePort();
    await using proxy = await tinyproxy(folder, `ConnectPort ${free}`);
    const at = `me:secret@127.0.0.1:${proxy.port}`;
    const refused = await client(["ws://127.0.0.1:9/", "-x", at]);
    assertEquals(refused.status, 4);
    assertStringIncludes(refused.stderr, "refused with 403 Access violation");
    const nobody = await client([`ws://127.0.0.1:${free}/`, "-x", at]);
    assertEquals(nobody.status, 4);
    assertMatch(nobody.stderr, /the HTTP proxy 127\.0\.0\.1:\d+ refused with 5\d\d/);
    const socks = ["ws://127.0.0.1:9/", "-x", `socks5h://${at}`, "--handshake-timeout=1.5"];
    const silent = await client(socks);
    assertEquals(silent.status, 9);
    assertStringIncludes(silent.stderr, "did not answer in time");
  },
);

testWith(
  ["haproxy", "tinyproxy"],
  "haproxy with TLS before tinyproxy: an https:// proxy",
  async () => {
    using folder = new TempFolder();
    await using server = await echo();
    await using secure = await secureEcho();
    await using proxy = await tinyproxy(folder);
    const port = freePort();
    const pem = ["server-chain.pem", "server.key"].map((name) =>
      Deno.readTextFileSync(certPath(name))
    );
    const config = `defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend tls
  bind 127.0.0.1:${port} ssl crt ${folder.file("pem", pem.join(""))}
  default_backend proxy
backend proxy
  server proxy 127.0.0.1:${proxy.port}
`;
    await using tls = new Program("haproxy", ["-f", folder.file("haproxy.cfg", config)]);
    await accepting(port, tls);
    const url = `https://me:secret@localhost:${port}`;
    await echoes([CA, `ws://127.0.0.1:${server.port}/`, "-x", url]);
    await echoes([CA, `wss://localhost:${secure.port}/`, "-x", url]);
    await echoes([`ws://127.0.0.1:${server.port}/`, "-x", url, "--proxy-insecure"]);
    const untrusted = await client([`ws://127.0.0.1:${server.port}/`, "-x", url, "-k"]);
    assertEquals(untrusted.status, 5);
    assertStringIncludes(untrusted.stderr, `the HTTPS proxy localhost:${port}`);
    assertStringIncludes(untrusted.stderr, "--proxy-insecure");
  },
);

Deno.test("https proxy: it may have an authority of its own, and want a certificate", async () => {
  await using server = await echo();
  await using proxy = new TestHttpProxy({ target: server.port });
  await using front = await Server.start([
    ...["-b", "tls-l:127.0.0.1:0", `tcp:127.0.0.1:${proxy.port}`],
    ...["--cert", certPath("server-chain.pem"), "--key", certPath("server.key")],
    ...["--verify-client", "--cafile", certPath("root.pem")],
  ]);
  const to = ["ws://h.test/", "-x", `https://localhost:${front.port}`];
  const ca = `--proxy-cacert=${certPath("root.pem")}`;
  const key = `--proxy-key=${certPath("client.key")}`;
  const pem = [ca, `--proxy-cert=${certPath("client.pem")}`, key];
  await echoes([...to, ...pem]);
  const archive = [ca, `--proxy-cert=${certPath("client.p12")}`];
  await echoes([...to, ...archive, "--proxy-pass=sesame"]);
  const without = await client([...to, ca]);
  assertEquals([without.status, without.stdout], [8, ""], without.stderr);
  assertStringIncludes(without.stderr, "or want a certificate? --proxy-cert FILE shows one");
  for (
    const [args, status, said, hint] of [
      [pem.slice(1), 5, "is signed by nobody who is trusted here", "--proxy-cacert FILE"],
      [archive, 5, "the archive needs a password", "give it with --proxy-pass"],
      [[...archive, "--proxy-pass=s3same"], 5, "the password does not open the archive", ""],
      [[ca, key], 2, "--proxy-key needs --proxy-cert", "give the certificate of the key"],
      [["--proxy-cacert=/nowhere"], 2, "cannot read --proxy-cacert /nowhere: no such file", ""],
    ] as const
  ) {
    const wrong = await client([...to, ...args]);
    assertEquals(wrong.status, status, wrong.stderr);
    assertStringIncludes(wrong.stderr, said);
    assertStringIncludes(wrong.stderr, hint);
    assertEquals(wrong.stderr.includes("s3same"), false);
  }
});

testWith(
  ["microsocks"],
  "microsocks: --socks5, --proxy socks5:// and socks5h://, tcp: and tls:",
  async () => {
    await using server = await echo();
    await using secure = await secureEcho();
    await using plain = await Server.start(["-b", "tcp-l:127.0.0.1:0", "mirror:"]);
    const port = freePort();
    const words = ["-i", "127.0.0.1", "-p", `${port}`, "-u", "me", "-P", "secret"];
    await using proxy = new Program("microsocks", words);
    await accepting(port, proxy);
    const at = `127.0.0.1:${port}`;
    const url = `ws://localhost:${server.port}/`;
    await echoes([url, `--socks5=${at}`, "--socks5-user-pass=me:secret"]);
    await echoes([url, "-x", `socks5://me:secret@${at}`]);
    await echoes([CA, `wss://localhost:${secure.port}/`, "-x", `socks5h://me:secret@${at}`]);
    await echoes([url], { env: { ALL_PROXY: `socks5h://me:secret@${at}` } });
    for (
      const way of [[`--proxy=socks5h://me:secret@${at}`], [
        `--socks5=${at}`,
        "--proxy-user=me:secret",
      ]]
    ) {
      // microsocks ends both directions as soon as one has ended.
      await using tcp = wirecat([...way, "-", `tcp:127.0.0.1:${plain.port}`]);
      await tcp.write("hello\n");
      await tcp.waitFor(/^hello$/m);
    }
    const none = await client([url, "-x", `socks5h://${at}`]);
    assertEquals(none.status, 4);
    assertStringIncludes(none.stderr, `the SOCKS5 proxy ${at} wants a login`);
    const wrong = await client([url, "-x", `socks5h://me:wrong@${at}`]);
    assertEquals(wrong.status, 4);
    assertStringIncludes(wrong.stderr, `the SOCKS5 proxy ${at} refused name and password`);
    const http = await client([url, "-x", `http://${at}`]);
    assertEquals(http.status, 7);
    assertStringIncludes(http.stderr, "a SOCKS5 proxy is written socks5h://");
  },
);

testWith(["danted"], "dante: connects, refuses what its rules refuse, and binds", async () => {
  using folder = new TempFolder();
  await using server = await echo();
  const port = freePort();
  const user = (await run(["id", "-un"])).stdout.trim();
  const config = `logoutput: stderr
internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: ${user}
user.unprivileged: ${user}
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 command: connect bind }
socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 command: bindreply }
socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`;
  await using proxy = new Program("danted", ["-f", folder.file("danted.conf", config)]);
  await proxy.waitFor(/running/);
  await accepting(port, proxy);
  const at = `127.0.0.1:${port}`;
  await echoes([`ws://127.0.0.1:${server.port}/`, "--socks5", at]);
  for (const scheme of ["socks4", "socks5", "socks5h"]) {
    await echoes([`ws://localhost:${server.port}/`, "-x", `${scheme}://${at}`]);
  }
  await echoes([`ws://127.0.0.1:${server.port}/`], { env: { ALL_PROXY: `socks4://${at}` } });
  const refused4 = await client(["ws://192.0.2.1/", "-x", `socks4://${at}`]);
  assertEquals(refused4.status, 4);
  assertStringIncludes(
    refused4.stderr,
    `the SOCKS4 proxy ${at} refused: request rejected or failed`,
  );
  const refused = await client(["ws://192.0.2.1/", "--socks5", at]);
  assertEquals(refused.status, 4);
  assertStringIncludes(refused.stderr, "its rules do not allow the connection");
  const bind = [`socks5-bind:tcp:${at}`, "--socks5-destination=127.0.0.1:0"];
  await using bound = await Server.start(["-b", ...bind, "mirror:"]);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: bound.port });
  await conn.write(new TextEncoder().encode("hello"));
  assertEquals(new TextDecoder().decode(await readExactly(conn, 5)), "hello");
});

testWith(["curl"], "curl: hosts that no_proxy exempts are the same ones", async () => {
  await using proxy = new TestHttpProxy({ answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" });
  using direct = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = direct.addr as Deno.NetAddr;
  const serving = (async () => {
    for await (const conn of direct) {
      await conn.read(new Uint8Array(1000));
      await conn.write(new TextEncoder().encode("HTTP/1.1 204 No\r\n\r\n"));
      conn.close();
    }
  })().catch(() => {});
  for (
    const [list, host] of [
      ["", "h.test"],
      ["*", "h.test"],
      ["h.test", "h.test"],
      ["h.test", "www.h.test"],
      ["h.test", "nonh.test"],
      [".h.test", "www.h.test"],
      [".h.test", "h.test"],
      ["a.test, h.test", "h.test"],
      ["H.TEST.", "h.test"],
      ["localhost", "127.0.0.1"],
      ["127.0.0.1", "127.0.0.1"],
      ["127.0.0.0/8", "127.0.0.1"],
      ["a.test h.test", "h.test"],
      ["a.test,,h.test", "h.test"],
      ["\th.test", "h.test"],
      ["h.test", "h.test."],
      ["test", "h.test"],
      [".test", "h.test"],
      ["..h.test", "h.test"],
      ["h.test;www", "h.test"],
      ["127.0.0.1/32", "127.0.0.1"],
      ["127.0.0.1/33", "127.0.0.1"],
      ["127.0.0.1,", "127.0.0.1"],
      ["127.1", "127.0.0.1"],
      ["0.0.1", "127.0.0.1"],
      [".0.0.1", "127.0.0.1"],
      ["/8", "127.0.0.1"],
      ["::1", "127.0.0.1"],
      ["127.0.0.0/8", "localhost"],
      ["localhost", "x.localhost"],
      ["128.0.0.0/8,10.0.0.0/8", "127.0.0.1"],
    ]
  ) {
    const { stdout } = await run(
      [
        ...["curl", "-sq", "-o", "/dev/null", "-w", "%{http_code}", `http://${host}:${port}/`],
        ...["--proxy", `127.0.0.1:${proxy.port}`, "--resolve", `*:${port}:127.0.0.1`],
      ],
      "",
      { env: { no_proxy: list, NO_PROXY: "" } },
    );
    const bypasses = bypassesProxy(list, { hostname: host, port });
    assertEquals(stdout, bypasses ? "204" : "200", `${host} in '${list}'`);
  }
  direct.close();
  await serving;
});

Deno.test("environment: ws:// takes http_proxy, no_proxy exempts, options go before", async () => {
  await using server = await echo();
  await using proxy = new TestHttpProxy();
  const url = `ws://127.0.0.1:${server.port}/`;
  const at = `http://me:secret@127.0.0.1:${proxy.port}`;
  const taken = async (env: Record<string, string>, ...args: string[]) => {
    // The runtime reads the variables, too, and looks for a newer version of itself.
    const ours = () => proxy.targets.filter((target) => target.includes("127.0.0.1")).length;
    const before = ours();
    await echoes([url, ...args], { env });
    return ours() - before;
  };
  for (
    const [env, ...args] of [
      [{ http_proxy: at, no_proxy: "127.0.0.0/8" }],
      [{ HTTP_PROXY: at, https_proxy: at }],
      [{ http_proxy: at }, "--proxy="],
      [{ http_proxy: at }, "--noproxy=*"],
    ] as [Record<string, string>, ...string[]][]
  ) assertEquals(await taken(env, ...args), 0, JSON.stringify([env, args]));
  assertEquals(await taken({ http_proxy: at }), 1);
  assertEquals(await taken({ http_proxy: at, no_proxy: "*" }, "--noproxy="), 1);
  assertEquals(proxy.requests[0].headers.get("Proxy-Authorization"), `Basic ${btoa("me:secret")}`);
  const port = freePort();
  const gone = await client([url], "", { env: { all_proxy: `http://127.0.0.1:${port}` } });
  assertEquals(gone.status, 4);
  assertStringIncludes(gone.stderr, "the proxy comes from the variable all_proxy");
  const odd = await client([url], "", { env: { ws_proxy: "ftp://me:secret@h" } });
  assertEquals(odd.status, 2);
  assertStringIncludes(odd.stderr, "the variable ws_proxy: there is no kind of proxy ftp://");
  assertEquals(odd.stderr.includes("secret"), false);
});

Deno.test("--proxy: the password is in no dump and no log", async () => {
  const words = [
    "-x",
    "http://me:s3cr3t@127.0.0.1:9",
    "--proxy-user=me:s3cr3t",
    "ws://127.0.0.1:9/",
  ];
  const dump = await client([
    "--dump-spec",
    "--proxy-header=Proxy-Authorization: s3cr3t",
    ...words,
  ]);
  assertEquals([dump.status, dump.stdout.includes("s3cr3t")], [0, false]);
  const { status, stderr } = await client(["-vv", ...words]);
  assertEquals([status, stderr.includes("s3cr3t")], [4, false]);
});
