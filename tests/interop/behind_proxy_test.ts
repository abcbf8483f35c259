/** wirecat behind nginx and haproxy, configured as docs/behind-a-proxy.md says. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { freePort } from "../free_port.ts";
import {
  accepting,
  pathOf,
  Program,
  run,
  Server,
  TempFolder,
  testWith,
  WIRECAT,
} from "./programs.ts";
import { nginx } from "./nginx.ts";

const page = Deno.readTextFileSync(pathOf("../../docs/behind-a-proxy.md"));

/** The examples of a language in the page, with other ports. */
function examples(language: string, front: number, back: number): string[] {
  return [...page.matchAll(new RegExp("```" + language + "\\n(.*?)```", "gs"))].map(([, text]) =>
    text.replace(/listen 80;/, `listen 127.0.0.1:${front};`)
      .replace(/127\.0\.0\.1:80\n/, `127.0.0.1:${front}\n`)
      .replace(/127\.0\.0\.1:8080/, `127.0.0.1:${back}`)
  );
}

/** What the program behind the proxy says its client is, in the words of `env`. */
async function clientOf(port: number, ...args: string[]): Promise<string> {
  const url = `ws://127.0.0.1:${port}/ws`;
  // The server closes when it has told, however long that takes.
  const words = [...WIRECAT, "--proxy=", "--linger=forever", ...args, url];
  const { stdout, stderr } = await run(words);
  assertEquals(stderr, "");
  return stdout.trim();
}

/** A server that tells each client who it is. */
const telling = (...args: string[]) =>
  Server.start([...args, "-e", "exec:printenv", "--exec-args", "WIRECAT_CLIENT"]);

testWith(
  ["nginx"],
  "nginx, as in the docs: the client of X-Forwarded-For, if it is trusted",
  async () => {
    for (
      const [options, expected] of [
        [["--trust-forwarded=127.0.0.2"], /^127\.0\.0\.1:\d+$/],
        [["--trust-forwarded=127.0.0.1"], /^127\.0\.0\.1$/],
        [["--trust-forwarded=127.0.0.1", "--forwarded-header=X-Other"], /^192\.0\.2\.7$/],
      ] as const
    ) {
      using folder = new TempFolder();
      await using server = await telling(...options, "ws-l:127.0.0.1:0");
      const front = freePort();
      const [example] = examples("nginx", front, server.port);
      await using _proxy = await nginx(folder, example);
      assertMatch(await clientOf(front, "-H", "X-Other: 6.6.6.6, 192.0.2.7"), expected);
    }
  },
);

testWith(
  ["nginx", "curl"],
  "nginx, as in the docs: a client's own word is not believed",
  async () => {
    using folder = new TempFolder();
    await using server = await telling("-v", "--trust-forwarded=127.0.0.1", "ws-l:127.0.0.1:0");
    const front = freePort();
    const [example] = examples("nginx", front, server.port);
    await using _proxy = await nginx(folder, example);
    await using _client = new Program("curl", [
      ...["-sN", "--http1.1", "--interface", "127.0.0.7"],
      ...[
        "-H",
        "X-Forwarded-For: 6.6.6.6",
        "-H",
        "Connection: Upgrade",
        "-H",
        "Upgrade: websocket",
      ],
      ...["-H", "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
      `http://127.0.0.1:${front}/ws`,
    ]);
    await server.waitFor(/wirecat: 127\.0\.0\.7 connected to/);
  },
);

testWith(["nginx"], "nginx over a UNIX socket: unix is trusted", async () => {
  using folder = new TempFolder();
  const socket = folder.file("socket");
  await using _server = await telling("--trust-forwarded=unix", `ws-u:unix-l:${socket}`);
  const front = freePort();
  const [example] = examples("nginx", front, 1);
  await using _proxy = await nginx(
    folder,
    example.replace("http://127.0.0.1:1;", `http://unix:${socket}:/;`),
  );
  assertEquals(await clientOf(front), "127.0.0.1");
});

testWith(["haproxy"], "haproxy, as in the docs: the client of X-Forwarded-For", async () => {
  using folder = new TempFolder();
  await using server = await telling("--trust-forwarded=127.0.0.1", "ws-l:127.0.0.1:0");
  const front = freePort();
  const [example] = examples("haproxy", front, server.port);
  await using proxy = new Program("haproxy", ["-f", folder.file("haproxy.cfg", example)]);
  await accepting(front, proxy);
  assertEquals(await clientOf(front), "127.0.0.1");
});

for (const version of ["send-proxy-v2", "send-proxy", "send-proxy-v2 proxy-v2-options crc32c"]) {
  testWith(
    ["haproxy"],
    `haproxy with ${version}: the client's address and port arrive`,
    async () => {
      using folder = new TempFolder();
      await using server = await telling(
        ...["-v", "--accept-proxy-protocol=127.0.0.1", "ws-l:127.0.0.1:0"],
      );
      const front = freePort();
      const [, example] = examples("haproxy", front, server.port);
      const config = example.replace("send-proxy-v2", version)
        .replace(`:${server.port} `, `:${server.port} check inter 100ms check-send-proxy `);
      await using proxy = new Program("haproxy", ["-f", folder.file("haproxy.cfg", config)]);
      await accepting(front, proxy);
      const client = await clientOf(front);
      assertMatch(client, /^127\.0\.0\.1:\d+$/);
      const told = new RegExp(`(\\S+) passes on a connection of ${RegExp.escape(client)}\n`);
      assertNotEquals((await server.waitFor(told))[1], client);
      // Who connects without a header is closed, and the server goes on.
      const direct = await run([...WIRECAT, "--proxy=", `ws://127.0.0.1:${server.port}/`]);
      assertEquals(direct.status, 8);
      await server.waitFor(/the PROXY protocol header is missing/);
      assertMatch(await clientOf(front), /^127\.0\.0\.1:\d+$/);
    },
  );
}

testWith(["haproxy"], "haproxy takes what --send-proxy-protocol sends", async () => {
  using folder = new TempFolder();
  await using server = await telling("--trust-forwarded=127.0.0.1", "ws-l:127.0.0.1:0");
  const front = freePort();
  const config = `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend web
  bind 127.0.0.1:${front} accept-proxy
  option forwardfor
  default_backend wirecat
backend wirecat
  server wirecat 127.0.0.1:${server.port}
`;
  await using proxy = new Program("haproxy", ["-f", folder.file("haproxy.cfg", config)]);
  await accepting(front, proxy);
  for (const version of ["v1", "v2"]) {
    await using relay = await Server.start([
      ...["-b", `--send-proxy-protocol=${version}`, "tcp-l:127.0.0.1:0", `tcp:127.0.0.1:${front}`],
    ]);
    assertEquals(await clientOf(relay.port), "127.0.0.1");
  }
});
