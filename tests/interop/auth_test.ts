/** Logins, origins and cookies between wirecat and programs that others wrote. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
// deno-lint-ignore no-import-prefix -- in an import map every task would download it
import { WebSocket, WebSocketServer } from "npm:ws@8.18.3";
import { freePort } from "../free_port.ts";
import { has } from "./command.ts";
import { Program, run, Server, TempFolder, testWith, WIRECAT } from "./programs.ts";
import { nginx } from "./nginx.ts";

const HANDSHAKE = [
  ...["-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13"],
  ...["-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
];

/** A wirecat that asks for logins and origins, and says hello. */
function guarded(folder: TempFolder): Promise<Server> {
  return Server.start([
    ...["--require-basic-auth", folder.file("logins", "ann:p:ä\n")],
    ...["--require-bearer", folder.file("tokens", "abc\n")],
    ...["--allow-origin", "https://*.a.test", "ws-l:127.0.0.1:0", "literal:hello"],
  ]);
}

testWith(["curl"], "curl: logs in to wirecat with a name, a token, or not at all", async () => {
  using folder = new TempFolder();
  await using server = await guarded(folder);
  for (
    const [args, status] of [
      [[], 401],
      [["-u", "ann:p:ä"], 101],
      [["-u", "ann:p"], 401],
      [["-u", "eve:p:ä"], 401],
      [["--oauth2-bearer", "abc"], 101],
      [["--oauth2-bearer", "abd"], 401],
      [["-u", "ann:p:ä", "-H", "Origin: https://x.a.test"], 101],
      [["-u", "ann:p:ä", "-H", "Origin: https://a.test"], 403],
      [["-u", "ann:p:ä", "-H", "Origin: null"], 403],
    ] as const
  ) {
    // A connection that is let in stays open.
    await using curl = new Program("curl", [
      ...["-s", "-i", "-N", "--http1.1", ...args, ...HANDSHAKE],
      `http://127.0.0.1:${server.port}/`,
    ]);
    const [head] = await curl.waitFor(/^[^]*?\r\n\r\n/);
    assertMatch(head, new RegExp(`^HTTP/1.1 ${status} \\w+`), args.join(" "));
    assertEquals(head.includes("WWW-Authenticate: Bearer"), status === 401);
  }
});

testWith(["curl"], "curl: --anyauth finds that Basic is what wirecat wants", async () => {
  using folder = new TempFolder();
  await using server = await guarded(folder);
  const { stdout } = await run([
    ...["curl", "-s", "--http1.1", "--anyauth", "-u", "ann:p:ä", "-w", "%{http_code}"],
    `http://127.0.0.1:${server.port}/`,
  ]);
  assertStringIncludes(stdout, "Only WebSocket clients are served here.\n426");
});

testWith(
  ["curl"],
  "curl: reads the cookie jar that wirecat writes, and the other way round",
  async () => {
    using folder = new TempFolder();
    const jar = folder.path + "/jar";
    const seen: (string | null)[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => {
        seen.push(request.headers.get("Cookie"));
        if (request.headers.get("Upgrade") === null) {
          return new Response("", { headers: { "Set-Cookie": "curl=1; Path=/; Max-Age=1000" } });
        }
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.onopen = () => socket.close();
        response.headers.append("Set-Cookie", "wirecat=1; Path=/; HttpOnly");
        return response;
      },
    );
    const { port } = server.addr;
    const curl = ["curl", "-s", "-b", jar, "-c", jar, `http://127.0.0.1:${port}/`];
    const wirecat = [...WIRECAT, "-u", "--cookie-jar", jar, `ws://127.0.0.1:${port}/`, "-"];
    for (const words of [wirecat, curl, wirecat, curl]) assertEquals((await run(words)).status, 0);
    const sorted = (cookies: string | null) => cookies?.split("; ").sort().join("; ");
    assertEquals(seen.map(sorted), [
      undefined,
      "wirecat=1",
      "curl=1; wirecat=1",
      "curl=1; wirecat=1",
    ]);
  },
);

testWith(["nginx"], "nginx: checks the logins of wirecat", async () => {
  using folder = new TempFolder();
  await using server = await Server.start(["ws-l:127.0.0.1:0", "literal:hello"]);
  const port = freePort();
  // nginx knows {PLAIN}, {SHA} and {SSHA}, which are those of wirecat's own file too.
  const logins = folder.file(
    "logins",
    "ann:{PLAIN}pw\nbob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\neve:{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0\n",
  );
  await using _proxy = await nginx(
    folder,
    `server {
  listen 127.0.0.1:${port};
  auth_basic "wirecat"; auth_basic_user_file ${logins};
  location / {
    proxy_pass http://127.0.0.1:${server.port}; proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
  }
}`,
  );
  await using ours = await Server.start([
    ...["--require-basic-auth", logins, "ws-l:127.0.0.1:0", "literal:hello"],
  ]);
  const netrc = folder.file("netrc", "machine 127.0.0.1 login bob password password\n");
  Deno.chmodSync(netrc, 0o600);
  for (const at of [port, ours.port]) {
    const url = `ws://127.0.0.1:${at}/`;
    for (
      const [args, status, said] of [
        [["--user", "ann:pw", url], 0, /^hello\n?$/],
        [["--basic-auth", "eve:password", url], 0, /^hello\n?$/],
        [[`--netrc=${netrc}`, url], 0, /^hello\n?$/],
        [[url.replace("//", "//bob:password@")], 0, /^hello\n?$/],
        [
          [url],
          6,
          /refused the upgrade with 401 Unauthorized.*\n {2}give a name: --user NAME asks/,
        ],
        [["--user", "ann:wrong", url], 6, /401 Unauthorized.*\n {2}the server did not accept/],
      ] as const
    ) {
      const outcome = await run([...WIRECAT, "-u", ...args, "-"]);
      assertEquals([args, outcome.status], [args, status]);
      assertMatch(outcome.stdout + outcome.stderr, said);
    }
  }
});

Deno.test("ws: logs in to wirecat, and is refused by its origin or password", async () => {
  using folder = new TempFolder();
  await using server = await guarded(folder);
  const connect = (auth: string, origin?: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`, { auth, origin });
      let said = "";
      socket.on("message", (data: unknown) => {
        said = String(data);
        socket.close();
      });
      socket.on("error", (error: Error) => said = error.message);
      socket.on("close", () => resolve(said));
    });
  assertEquals(await connect("ann:p:ä"), "hello");
  assertEquals(await connect("ann:p:ä", "https://x.a.test"), "hello");
  assertEquals(await connect("ann:p:ä", "https://evil.test"), "Unexpected server response: 403");
  assertEquals(await connect("ann:wrong"), "Unexpected server response: 401");
});

/** As much of a request as is looked at. */
interface Asked {
  headers: { authorization?: string; cookie?: string };
}

Deno.test("ws: sees the login and the cookies of wirecat", async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const asked = new Promise<(string | undefined)[]>((resolve) =>
    server.on("connection", (socket: WebSocket, { headers }: Asked) => {
      resolve([headers.authorization, headers.cookie]);
      socket.close();
    })
  );
  const words = ["-u", "--bearer", "abc", "--cookie", "a=1", "--cookie", "b=2"];
  assertEquals((await run([...WIRECAT, ...words, `ws://127.0.0.1:${port}/`, "-"])).status, 0);
  assertEquals(await asked, ["Bearer abc", "a=1; b=2"]);
  await new Promise((resolve) => server.close(resolve));
});

const noPython = !await has("python3", "-c", "import websockets.sync.server");

const PYTHON_CLIENT = `
import sys
from websockets.sync.client import connect
from websockets.exceptions import InvalidStatus
url = sys.argv[1]
with connect(url.replace("//", "//ann:p%3A%C3%A4@")) as ws: assert ws.recv() == "hello"
with connect(url, additional_headers={"Authorization": "Bearer abc"}) as ws: assert ws.recv() == "hello"
for arguments, status in (({}, 401), ({"origin": "https://evil.test"}, 403)):
    try:
        connect(url, **arguments)
        raise SystemExit("let in")
    except InvalidStatus as error: assert error.response.status_code == status, error
print("fine")
`;

const PYTHON_SERVER = `
import http, threading
from websockets.sync.server import serve, basic_auth
def hello(ws):
    ws.send("hello " + ws.username)
    ws.close()
server = serve(hello, "127.0.0.1", 0, process_request=basic_auth(credentials=("ann", "p:ä")))
print("port", server.socket.getsockname()[1], flush=True)
server.serve_forever()
`;

Deno.test({
  name: "websockets: logs in to wirecat, and wirecat to it" +
    (noPython ? " (skipped: no python3 with websockets)" : ""),
  ignore: noPython,
  async fn() {
    using folder = new TempFolder();
    await using server = await guarded(folder);
    const { stdout } = await run([
      ...["python3", "-c", PYTHON_CLIENT, `ws://127.0.0.1:${server.port}/`],
    ]);
    assertEquals(stdout, "fine\n");
    await using python = new Program("python3", ["-c", PYTHON_SERVER]);
    const [, port] = await python.waitFor(/port (\d+)/);
    const url = `ws://127.0.0.1:${port}/`;
    const right = await run([...WIRECAT, "-u", "--user", "ann:p:ä", url, "-"]);
    assertEquals([right.stdout.trim(), right.status], ["hello ann", 0]);
    const wrong = await run([...WIRECAT, "-u", "--user", "ann:p", url, "-"]);
    assertMatch(wrong.stderr, /refused the upgrade with 401 Unauthorized/);
    assertEquals(wrong.status, 6);
  },
});

testWith(
  ["htpasswd", "nginx", "curl"],
  "htpasswd: a file of it lets the same logins in with wirecat as with nginx",
  async () => {
    using folder = new TempFolder();
    const kinds = ["-m", "-s", "-2", "-5", "-B"];
    let lines = "# made by htpasswd\n";
    const users: number[] = [];
    for (const [i, kind] of kinds.entries()) {
      const { stdout } = await run(["htpasswd", "-nb", kind, `user${i}`, `sécret ${i}`]);
      // Older ones know no SHA-2.
      if (!stdout.startsWith("user")) continue;
      users.push(i);
      lines += `${stdout.trim()}\n`;
    }
    assertEquals(users.length >= 3, true);
    const file = folder.file("htpasswd", lines);
    const port = freePort();
    await using _nginx = await nginx(
      folder,
      `server { listen 127.0.0.1:${port}; auth_basic here; auth_basic_user_file ${file};
         root ${folder.path}; }`,
    );
    await using server = await Server.start([
      ...["--require-basic-auth", file, "ws-l:127.0.0.1:0", "literal:hello"],
    ]);
    const allowed = async (port: number, login: string) => {
      const { stdout } = await run([
        ...["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-u", login],
        `http://127.0.0.1:${port}/`,
      ]);
      return stdout !== "401";
    };
    for (const i of users) {
      for (
        const [password, right] of [[`sécret ${i}`, true], [`sécret ${i + 1}`, false]] as const
      ) {
        const login = `user${i}:${password}`;
        assertEquals(await allowed(port, login), right, `nginx, ${login}`);
        assertEquals(await allowed(server.port, login), right, `wirecat, ${login}`);
      }
    }
  },
);
