/** WebSockets over TLS, with other programs at the other end. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort } from "../free_port.ts";
import { certPath } from "../tls/fixture.ts";
import { accepting, Program, run, Server, testWith, WIRECAT } from "./programs.ts";

const CERTIFICATE = [
  `--tls-cert=${certPath("server-chain.pem")}`,
  `--tls-key=${certPath("server.key")}`,
];
const TEXT = Array.from({ length: 1000 }, (_, i) => `line ${i} ${"x".repeat(i)}\n`).join("");

testWith(["openssl"], "openssl s_client: a handshake and frames typed by hand", async () => {
  await using server = await Server.start([...CERTIFICATE, "wss-l:127.0.0.1:0", "mirror:"]);
  await using client = new Program("openssl", [
    ...["s_client", "-quiet", "-connect", `127.0.0.1:${server.port}`],
    ...["-CAfile", certPath("root.pem"), "-verify_return_error", "-verify_hostname", "localhost"],
  ]);
  await client.write(
    "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const [head] = await client.waitFor(/^HTTP[^]*?\r\n\r\n/);
  assertMatch(head, /^HTTP\/1\.1 101 /);
  // The key and its answer are those of RFC 6455, section 1.3.
  assertStringIncludes(head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
  // Section 5.7: "Hello" with a mask, and what answers it, unmasked.
  await client.write(Uint8Array.of(129, 133, 55, 250, 33, 61, 127, 159, 77, 81, 88));
  const [, reply] = await client.waitFor(/\r\n\r\n(.*Hello)$/);
  assertEquals(reply, "\ufffd\x05Hello");
  await client.write(Uint8Array.of(136, 128, 0, 0, 0, 0));
  await client.ended();
  assertEquals(server.stderr, "");
});

testWith(["openssl"], "openssl s_client: carries a client's connection for ws-c:", async () => {
  await using server = await Server.start([...CERTIFICATE, "wss-l:127.0.0.1:0", "mirror:"]);
  const tunnel = `openssl s_client -quiet -verify_quiet -connect 127.0.0.1:${server.port}`;
  const { stdout, status } = await run([...WIRECAT, "-", `ws-c:cmd:${tunnel}`], TEXT);
  assertEquals([stdout === TEXT, status], [true, 0]);
});

testWith(["websocat"], "websocat: -k wss:// to wss-l:", async () => {
  await using server = await Server.start([...CERTIFICATE, "wss-l:127.0.0.1:0", "mirror:"]);
  const url = `wss://127.0.0.1:${server.port}/`;
  assertEquals(await run(["websocat", "-k", "-1", url], "hello\n"), {
    ...{ stdout: "hello\n", stderr: "", status: 0 },
  });
});

testWith(
  ["websocat"],
  "websocat: wss:// to its wss-l:, trusted, not trusted, and with -k",
  async () => {
    const port = freePort();
    const archive = certPath("server.p12");
    await using server = new Program("websocat", [
      ...["-t", `--pkcs12-der=${archive}`, "--pkcs12-passwd=sesame"],
      ...[`wss-l:127.0.0.1:${port}`, "mirror:"],
    ]);
    await accepting(port, server);
    const url = `wss://localhost:${port}/`;
    for (const option of [`--tls-ca=${certPath("root.pem")}`, "-k"]) {
      const { stdout, stderr, status } = await run([...WIRECAT, option, url], TEXT);
      assertEquals([stdout === TEXT, stderr, status], [true, "", 0]);
    }
    const { stdout, stderr, status } = await run([...WIRECAT, url], TEXT);
    assertEquals([stdout, status], ["", 5]);
    assertMatch(stderr, /^wirecat: error: [^\n]*certificate[^\n]*\n {2}[^\n]*-k[^\n]*\n$/);
  },
);
