/** The options of TLS, with OpenSSL's programs and nginx at the other end. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort } from "../free_port.ts";
import { certPath } from "../tls/fixture.ts";
import { accepting, Program, run, Server, TempFolder, testWith, WIRECAT } from "./programs.ts";
import { nginx } from "./nginx.ts";

const TRUST = `--cacert=${certPath("root.pem")}`;
const SERVED = [`--cert=${certPath("server-chain.pem")}`, `--key=${certPath("server.key")}`];
const CHAINED = [
  `--cert=${certPath("chained-client.pem")}`,
  `--key=${certPath("chained-client.key")}`,
];
const OURS = [`--cert=${certPath("client.pem")}`, `--key=${certPath("client.key")}`];

/** An `openssl s_server` that gives lines back reversed. */
async function opensslServer(...options: string[]) {
  const port = freePort();
  const program = new Program("openssl", [
    ...["s_server", "-rev", "-accept", `127.0.0.1:${port}`],
    ...["-cert", certPath("server.pem"), "-cert_chain", certPath("intermediate.pem")],
    ...["-key", certPath("server.key"), ...options],
  ]);
  await program.waitFor(/ACCEPT/);
  return Object.assign(program, { port });
}

/** What wirecat says that sends a line to a TLS port. */
function client(port: number, ...options: string[]) {
  return run([...WIRECAT, ...options, "-", `tls:tcp:localhost:${port}`], "abc\n");
}

/** What `openssl s_client` says of a TLS port. */
async function look(port: number, ...options: string[]): Promise<string> {
  const words = ["openssl", "s_client", "-connect", `127.0.0.1:${port}`, ...options];
  const { stdout, stderr } = await run(words);
  return stdout + stderr;
}

testWith(["openssl"], "openssl s_server: wants a certificate and gets one, or none", async () => {
  const wants = ["-Verify", "3", "-verify_return_error", "-CAfile", certPath("root.pem")];
  await using server = await opensslServer(...wants);
  assertEquals(await client(server.port, TRUST, ...OURS), {
    ...{ stdout: "cba\n", stderr: "", status: 0 },
  });
  const archive = [`--cert=${certPath("client.p12")}`, "--client-pkcs12-passwd=sesame"];
  assertEquals((await client(server.port, TRUST, ...archive)).stdout, "cba\n");
  const { stdout, stderr, status } = await client(server.port, TRUST);
  assertEquals([stdout, status], ["", 5]);
  assertMatch(
    stderr,
    /^wirecat: error: [^\n]*refused by the other side: certificate required\n {2}[^\n]*--cert/,
  );
});

testWith(["openssl"], "openssl s_server: the oldest version and the pin are kept", async () => {
  await using server = await opensslServer("-tls1_2");
  const refused = await client(server.port, TRUST, "--tls-min=1.3");
  assertEquals(refused.status, 5);
  assertStringIncludes(refused.stderr, "protocol version");
  const unpinned = await client(server.port, TRUST, `--pin=${"0".repeat(64)}`);
  assertEquals(unpinned.status, 5);
  const [pin] = unpinned.stderr.match(/sha256\/\S+/)!;
  assertEquals((await client(server.port, `--pin=${pin}`)).stdout, "cba\n");
  // As OpenSSL itself prints it.
  const { stdout } = await run([
    ...["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", certPath("server.pem")],
  ]);
  assertEquals((await client(server.port, `--pin=${stdout.trim()}`)).stdout, "cba\n");
});

testWith(["openssl"], "openssl s_server: ALPN is offered", async () => {
  await using server = await opensslServer("-alpn", "two", "-naccept", "1");
  assertEquals((await client(server.port, TRUST, "--alpn=one,two")).stdout, "cba\n");
  await server.ended();
  assertMatch(server.stdout, /ALPN protocols selected: two/);
});

testWith(["openssl"], "openssl: SSLKEYLOGFILE has the keys of a session", async () => {
  using folder = new TempFolder();
  await using server = await opensslServer();
  const SSLKEYLOGFILE = folder.file("keys");
  const words = [...WIRECAT, TRUST, "-", `tls:tcp:localhost:${server.port}`];
  assertEquals((await run(words, "abc\n", { env: { SSLKEYLOGFILE } })).stdout, "cba\n");
  assertMatch(Deno.readTextFileSync(SSLKEYLOGFILE), /^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]+ /m);
});

Deno.test("SSLKEYLOGFILE: where it does not get the keys, a warning says so, once", async () => {
  using folder = new TempFolder();
  const files = ["--cert", certPath("server-chain.pem"), "--key", certPath("server.key")];
  const verify = ["--verify-client=optional", "--cafile", certPath("root.pem")];
  const env = { SSLKEYLOGFILE: folder.file("keys") };
  const options = { env };
  await using server = await Server.start(
    [...files, "-t", "wss-l:127.0.0.1:0", "mirror:"],
    options,
  );
  await using asking = await Server.start(
    [...files, ...verify, "-t", "wss-l:127.0.0.1:0", "mirror:"],
    options,
  );
  const said = async (port: number, ...args: string[]) => {
    const words = [...WIRECAT, ...args, `wss://localhost:${port}/`];
    const { stdout, stderr } = await run(words, "abc\n", options);
    assertEquals(stdout, "abc\n", stderr);
    return stderr.split("SSLKEYLOGFILE gets no keys of this connection").length - 1;
  };
  assertEquals(await said(server.port, TRUST), 0);
  assertEquals(await said(server.port, TRUST, "--connect-timeout=60"), 0);
  assertEquals(await said(server.port, "-k"), 1);
  assertEquals(await said(asking.port, TRUST), 0);
  assertEquals(await said(asking.port, TRUST), 0);
  for (const each of [server, asking]) {
    each.kill("SIGTERM");
    await each.ended(); // So all that it has said is here.
  }
  assertEquals(server.stderr.includes("SSLKEYLOGFILE"), false);
  assertEquals(asking.stderr.split("SSLKEYLOGFILE gets no keys of this").length, 2);
});

testWith(["openssl"], "openssl s_client: SNI, ALPN and versions of a wirecat server", async () => {
  using folder = new TempFolder();
  const other = folder.file("other.pem");
  await run([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-nodes", "-keyout", other, "-out", folder.file("cert.pem"), "-subj", "/CN=other"],
    ...["-addext", "subjectAltName=DNS:*.other.test"],
  ]);
  Deno.writeTextFileSync(other, Deno.readTextFileSync(folder.file("cert.pem")), { append: true });
  const first = folder.file(
    "first.pem",
    Deno.readTextFileSync(certPath("server-chain.pem")) +
      Deno.readTextFileSync(certPath("server.key")),
  );
  await using server = await Server.start([
    ...["-b", "--tls-cert", first, "--tls-cert", other, "--alpn=http/1.1", "--tls-min=1.3"],
    ...["wss-l:127.0.0.1:0", "mirror:"],
  ]);
  assertMatch(await look(server.port, "-servername", "a.other.test"), /subject=CN ?= ?other/);
  assertMatch(await look(server.port, "-servername", "localhost"), /subject=CN ?= ?localhost/);
  assertMatch(await look(server.port, "-noservername"), /subject=CN ?= ?localhost/);
  assertMatch(await look(server.port, "-alpn", "h2,http/1.1"), /ALPN protocol: http\/1.1/);
  assertMatch(await look(server.port, "-tls1_3"), /New, TLSv1.3/);
  assertMatch(await look(server.port, "-tls1_2"), /New, \(NONE\)/);
});

testWith(
  ["openssl"],
  "openssl s_client: shows its certificate, and a program is told",
  async () => {
    await using server = await Server.start([
      ...[...SERVED, "--verify-client", `--cafile=${certPath("clients-root.pem")}`],
      ...["-e", "tls-l:127.0.0.1:0", "sh-c:env | grep ^SSL_CLIENT | sort"],
    ]);
    const told = await look(
      server.port,
      ...["-quiet", "-verify_quiet", "-cert", certPath("chained-client.pem")],
      ...["-cert_chain", certPath("chained-client.pem"), "-key", certPath("chained-client.key")],
    );
    assertMatch(told, /^SSL_CLIENT_FINGERPRINT=[0-9a-f]{64}$/m);
    assertMatch(told, /^SSL_CLIENT_I_DN=CN=wirecat test clients intermediate$/m);
    assertMatch(told, /^SSL_CLIENT_S_DN=CN=al\\\+ice\\, \\"of\\" tests$/m);
    assertMatch(told, /^SSL_CLIENT_VERIFY=SUCCESS$/m);
    assert(!(await look(server.port, "-quiet")).includes("SSL_CLIENT_VERIFY"));
    await server.waitFor(/no TLS with 127[^\n]*: the client showed no certificate/);
  },
);

testWith([], "a WebSocket client without a certificate is told in words", async () => {
  await using server = await Server.start([
    ...[...SERVED, "--verify-client", `--cafile=${certPath("clients-root.pem")}`],
    ...["wss-l:127.0.0.1:0", "mirror:"],
  ]);
  const url = `wss://localhost:${server.port}/`;
  const refused = await run([...WIRECAT, TRUST, url], "abc\n");
  assertEquals(refused.status, 6);
  assertStringIncludes(refused.stderr, "403 Forbidden: the client showed no certificate");
  assertEquals((await run([...WIRECAT, TRUST, ...CHAINED, url], "abc\n")).stdout, "abc\n");
});

testWith([], "-s PORT --self-signed: the printed command line connects", async () => {
  await using server = await Server.start(["--self-signed", "-s", "0"]);
  const [, words] = await server.waitFor(/trust it with: wirecat (.*)\n/);
  const { stderr, status } = await run([...WIRECAT, ...words.split(" ")], "hello\n");
  assertEquals([stderr, status], ["", 0]);
  await server.waitFor(/^hello$/m);
});

testWith(["openssl"], "SIGHUP: the certificate is read again and the program goes on", async () => {
  using folder = new TempFolder();
  const archive = folder.file("id.p12");
  await Deno.copyFile(certPath("server.p12"), archive);
  await using server = await Server.start([
    ...["-b", `--pkcs12-der=${archive}`, "--pkcs12-passwd=sesame"],
    ...["wss-l:127.0.0.1:0", "mirror:"],
  ]);
  const client = new Program(WIRECAT[0], [
    ...[...WIRECAT.slice(1), TRUST, `wss://localhost:${server.port}/`],
  ]);
  await client.write("before\n");
  await client.waitFor(/before\n/);
  assertMatch(await look(server.port), /subject=CN ?= ?localhost/);
  await Deno.copyFile(certPath("client.p12"), archive);
  server.kill("SIGHUP");
  await server.waitFor(/The certificate was read again: CN=wirecat test client, valid until 2099/);
  assertMatch(await look(server.port), /subject=CN ?= ?wirecat test client/);
  await Deno.writeTextFile(archive, "broken");
  server.kill("SIGHUP");
  await server.waitFor(/warning: the old certificate stays in use: [^\n]*neither a PKCS#12/);
  assertMatch(await look(server.port), /subject=CN ?= ?wirecat test client/);
  await client.write("after\n");
  await client.waitFor(/after\n/);
  await client.end();
  assertEquals(await client.ended(), 0);
  server.kill("SIGTERM");
  assertEquals(await server.ended(), 143);
});

testWith(["nginx"], "nginx: wants a certificate, and TLS 1.3 only", async () => {
  using folder = new TempFolder();
  await using behind = await Server.start(["ws-l:127.0.0.1:0", "mirror:"]);
  const port = freePort();
  await using server = await nginx(
    folder,
    `server {
  listen 127.0.0.1:${port} ssl;
  ssl_protocols TLSv1.3;
  ssl_certificate ${certPath("server-chain.pem")};
  ssl_certificate_key ${certPath("server.key")};
  ssl_client_certificate ${certPath("clients-root.pem")};
  ssl_verify_client on; ssl_verify_depth 3;
  location / {
    proxy_pass http://127.0.0.1:${behind.port}; proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
  }
}`,
  );
  await accepting(port, server);
  const url = `wss://localhost:${port}/`;
  for (const more of [[TRUST], [TRUST, "--tls-min=1.3"], ["-k"]]) {
    const echoed = await run([...WIRECAT, ...more, ...CHAINED, url], "abc\n");
    assertEquals(echoed, { stdout: "abc\n", stderr: "", status: 0 });
  }
  const none = await run([...WIRECAT, TRUST, url], "abc\n");
  assertEquals(none.status, 6);
  assertStringIncludes(none.stderr, "400 Bad Request");
});
