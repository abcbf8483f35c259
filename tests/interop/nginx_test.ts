/** wirecat behind nginx, over a UNIX socket and over TCP, and a wirecat that comes through it. */
import { assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../free_port.ts";
import { certPath } from "../tls/fixture.ts";
import { run, Server, TempFolder, testWith, WIRECAT, wirecat } from "./programs.ts";
import { serving } from "./nginx.ts";

const UPGRADE = `
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";
  proxy_set_header X-Real-Host $host;`;

/** What a client that comes by `args` says, and how it ends. */
function client(args: string[], input: string) {
  return run([...WIRECAT, ...args], input);
}

testWith(["nginx"], "nginx: proxies to wirecat over a UNIX socket and over TCP", async () => {
  using folder = new TempFolder();
  const socket = folder.file("socket");
  await using unix = await Server.start([`ws-u:unix-listen:${socket}`, "mirror:"]);
  await using tcp = await Server.start([
    ...["-e", "--header-to-env=X-Real-Host", "--close-status-code=4001", "--close-reason=enough"],
    ...["ws-l:127.0.0.1:0", "exec:printenv", "--exec-args", "H_X-Real-Host", "WIRECAT_URI"],
  ]);
  await using proxy = await serving(
    folder,
    `location /unix { proxy_pass http://unix:${socket}:/; ${UPGRADE} }
     location /tcp { proxy_pass http://127.0.0.1:${tcp.port}; ${UPGRADE} }`,
  );
  const lines = Array.from({ length: 1000 }, (_, i) => `line ${i} ${"x".repeat(i)}\n`).join("");
  for (
    const way of [
      [`ws://127.0.0.1:${proxy.port}`],
      [`--tls-ca=${certPath("root.pem")}`, `wss://localhost:${proxy.securePort}`],
    ]
  ) {
    const [url, ...options] = way.reverse();
    const echoed = await client([...options, `${url}/unix`], lines);
    assertEquals([echoed.stdout === lines, echoed.stderr, echoed.status], [true, "", 0]);
    // The server closes when its program has told.
    const told = await client(["-v", "--linger=forever", ...options, `${url}/tcp?x=1`], "");
    assertEquals(told.stdout, `${new URL(url).hostname}\n/tcp?x=1\n`);
    assertMatch(told.stderr, /\/tcp closed: 4001 \(the application's own code\): enough\n$/);
    assertEquals(told.status, 0);
  }
  assertEquals([unix.stderr, tcp.stderr], ["", ""]);
});

testWith(["nginx"], "nginx: what it refuses is told with the reason", async () => {
  using folder = new TempFolder();
  await using server = await Server.start(["ws-l:127.0.0.1:0", "mirror:"]);
  await using proxy = await serving(
    folder,
    `location /nobody { proxy_pass http://127.0.0.1:${freePort()}; ${UPGRADE} }
     location /not-proxied { proxy_pass http://127.0.0.1:${server.port}; }
     location /login { auth_basic "private"; auth_basic_user_file ${folder.file("users", "")}; }
     location /moved { return 301 http://127.0.0.1:1/new; }`,
  );
  for (
    const [path, reason] of [
      ["nobody", /refused the upgrade with 502 Bad Gateway/],
      ["not-proxied", /refused the upgrade with 4(00|26) /],
      ["login", /refused the upgrade with 401 Unauthorized[^]*--user NAME/],
      [
        "moved",
        /refused the upgrade with 301 [^]*redirects: try ws:\/\/127.0.0.1:1\/new, or --follow-redirects$/m,
      ],
      ["none", /refused the upgrade with 404 Not Found[^]*no WebSocket at this path/],
    ] as const
  ) {
    const { stdout, stderr, status } = await client([`ws://127.0.0.1:${proxy.port}/${path}`], "");
    assertMatch(stderr, /^wirecat: error: [^\n]+\n( {2}[^\n]+\n)?$/);
    assertMatch(stderr, reason);
    assertEquals([stdout, status], ["", 6]);
  }
});

testWith(["nginx"], "nginx: when it is killed, both ends hear of it", async () => {
  using folder = new TempFolder();
  await using server = await Server.start(["--oneshot", "ws-l:127.0.0.1:0", "mirror:"]);
  await using proxy = await serving(
    folder,
    `location / { proxy_pass http://127.0.0.1:${server.port}; ${UPGRADE} }`,
  );
  await using client = wirecat([`ws://127.0.0.1:${proxy.port}/`]);
  await client.write("hello\n");
  await client.waitFor(/^hello\n/);
  proxy.kill("SIGKILL");
  for (const end of [client, server]) {
    assertEquals(await end.ended(), 8);
    assertMatch(end.stderr, /^wirecat: error: [^\n]+\n( {2}[^\n]+\n)?$/);
  }
});
