/** curl, which can ask for an upgrade though it knows no frames. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Program, run, Server, testWith } from "./programs.ts";

const HANDSHAKE = [
  ...["-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13"],
  ...["-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
];

testWith(["curl"], "curl: is upgraded, and sees the frames", async () => {
  await using server = await Server.start(["ws-l:127.0.0.1:0", "literal:hello"]);
  // It does not know that it is over.
  await using curl = new Program("curl", [
    ...["-s", "-i", "-N", "--http1.1", ...HANDSHAKE, `http://127.0.0.1:${server.port}/`],
  ]);
  await curl.waitFor(/\r\n\r\n.*hello/s);
  assertMatch(curl.stdout, /^HTTP\/1\.1 101 /);
  assertStringIncludes(curl.stdout, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
  assertStringIncludes(curl.stdout, "\r\n\r\n\ufffd\x05hello");
});

testWith(["curl"], "curl: a request for no WebSocket is told what is served here", async () => {
  await using server = await Server.start(["ws-l:127.0.0.1:0", "literal:hello"]);
  const url = `http://127.0.0.1:${server.port}/`;
  const { stdout, status } = await run(["curl", "-s", "-w", " %{http_code}", url]);
  assertMatch(stdout, /WebSocket.*\n 426$/);
  assertEquals(status, 0);
});
