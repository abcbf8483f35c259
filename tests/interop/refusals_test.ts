/** What is said of an nginx that lets nobody in, one way or another: by a run, and by a probe. */
import { assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../free_port.ts";
import { run, Server, TempFolder, testWith, WIRECAT } from "./programs.ts";
import { serving } from "./nginx.ts";

/** A path of the server's, what makes nginx refuse there, and what is to be said of it. */
const REFUSALS: [path: string, location: string, says: RegExp, diagnosis: RegExp][] = [
  ["400", "return 400;", /with 400 Bad Request/, /upgrade fails/],
  [
    "401",
    "auth_basic 'the vault'; auth_basic_user_file USERS;",
    /with 401/,
    /Basic, for the vault/,
  ],
  ["403", "return 403;", /with 403 Forbidden/, /did not help either/],
  ["404", "root /nonexistent;", /with 404 Not Found/, /no WebSocket at this path/],
  ["405", "return 405;", /with 405 Not Allowed/, /upgrade fails/],
  ["429", "return 429;", /with 429 Too Many Requests/, /asks too often/],
  ["500", "return 500;", /with 500/, /upgrade fails/],
  ["503", "return 503;", /with 503/, /does not serve at present/],
  ["page", "return 200 'a page';", /with 200 OK/, /no WebSocket at this path/],
  ["moved", "return 301 /there;", /with 301/, /it redirects to .*\/there/],
  ["login", "return 302 /login;", /with 302/, /it needs a login/],
  ["gone", "return 444;", /closed the connection without/, /upgrade fails/],
  [
    "down",
    "proxy_pass http://127.0.0.1:DOWN;",
    /with 502 Bad Gateway/,
    /server behind it does not/,
  ],
  ["dropped", "proxy_pass http://127.0.0.1:WIRECAT/;", /with (426|400)/, /upgrade/],
];

testWith(["nginx"], "nginx: each of its refusals is told and diagnosed", async () => {
  using folder = new TempFolder();
  await using behind = await Server.start(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  const users = folder.file("users", "me:{PLAIN}secret\n");
  const locations = REFUSALS.map(([path, location]) => `location /${path} { ${location} }`)
    .join("\n").replace("USERS", users).replace("DOWN", String(freePort()))
    .replace("WIRECAT", String(behind.port));
  await using server = await serving(folder, locations);
  const { port, securePort } = server;
  for (const [path, , says, diagnosis] of REFUSALS) {
    const url = `ws://127.0.0.1:${port}/${path}`;
    const { status, stderr } = await run([...WIRECAT, url], "");
    assertMatch(stderr, says, path);
    assertMatch(stderr, /\n {2}\S.*\n$/, `${path}: there is a hint`);
    assertEquals(status, path === "gone" ? 8 : 6, path);
    const probe = await run([...WIRECAT, "probe", url], "");
    assertMatch(probe.stdout, diagnosis, path);
    assertEquals(probe.status, status, path);
  }
  // nginx answers in plain HTTP that it wants TLS.
  const spoken = await run([...WIRECAT, `ws://127.0.0.1:${securePort}/x`], "");
  assertMatch(spoken.stderr, /400 Bad Request: The plain HTTP request was sent to HTTPS port/);
  assertMatch(spoken.stderr, /\n {2}this port speaks TLS: is this to be wss:/);
  const plain = await run([...WIRECAT, "probe", `ws://127.0.0.1:${securePort}/x`], "");
  assertMatch(plain.stdout, /this port speaks TLS.*\n *use wss:\/\/127\.0\.0\.1:\d+\/x/);
});
