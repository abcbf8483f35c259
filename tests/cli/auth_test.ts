import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { certPath } from "../tls/fixture.ts";
import { assertOneLine, nativeServer, run, serve } from "./program.ts";

/** A folder with files of logins. */
async function withFiles(run: (path: (name: string) => string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/logins`, "ann:pw\n");
    await Deno.writeTextFile(`${folder}/tokens`, "abc\n");
    await Deno.writeTextFile(`${folder}/page.html`, "a page");
    await run((name) => `${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The status and the body of a request for a page. */
async function get(port: number, headers: Record<string, string> = {}, path = "/page.html") {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return [response.status, (await response.text()).trim()];
}

const ANN = { Authorization: "Basic " + btoa("ann:pw") };

Deno.test("--require-basic-auth: for WebSockets and static files; the name reaches programs", () =>
  withFiles(async (path) => {
    await using server = await serve([
      ...["-v", "-e", "-F", `/page.html:text/html:${path("page.html")}`],
      ...["--require-basic-auth", path("logins"), "ws-l:127.0.0.1:0", "sh-c:echo $REMOTE_USER"],
    ]);
    const { port, url, program } = server;
    assertEquals(await get(port), [401, "A login is needed here."]);
    await program.stderr.contains("refused GET /page.html");
    assertEquals(await get(port, ANN), [200, "a page"]);
    const right = await run(["-u", "--user", "ann:pw", url, "-"]);
    assertEquals([right.code, right.stdout, right.stderr], [0, "ann\n", ""]);
    const inUrl = await run(["-u", url.replace("//", "//ann:pw@"), "-"]);
    assertEquals([inUrl.code, inUrl.stdout], [0, "ann\n"]);
    const wrong = await run(["-u", "--user", "ann:hush", url, "-"]);
    assertEquals(wrong.code, 6);
    assertOneLine(wrong.stderr, /refused the upgrade with 401 Unauthorized: The login was not/);
    await program.stderr.contains("with 401: The login was not accepted.");
    // A new file holds at once.
    await Deno.writeTextFile(path("logins"), "eve:pw\n");
    assertEquals(await get(port, ANN), [401, "The login was not accepted."]);
    await Deno.writeTextFile(path("logins"), "no colon\n");
    assertEquals((await get(port, { Authorization: "Basic " + btoa("eve:pw") }))[0], 200);
    await program.stderr.contains("line 1 is not NAME:PASSWORD: what it said before still holds");
    assertEquals(/hush|YW5uOn/.test(program.stderr.text + wrong.stderr), false);
  }));

Deno.test("--require-basic-auth: many wrong logins make one error, and a count at the end", () =>
  withFiles(async (path) => {
    await using server = await serve([
      ...["--require-basic-auth", path("logins"), "ws-l:127.0.0.1:0", "mirror:"],
    ]);
    const { port, program } = server;
    const wrong = { Authorization: "Basic " + btoa("eve:x") };
    const answers = await Promise.all(Array.from({ length: 5 }, () => get(port, wrong)));
    assertEquals(answers, Array(5).fill([401, "The login was not accepted."]));
    await program.stderr.contains("… and 4 more refused logins from 127.0.0.1");
    assertEquals(program.stderr.text.match(/error:/g)?.length, 1);
  }));

Deno.test("--require-bearer, --allow-origin: for http-post-sse: too", () =>
  withFiles(async (path) => {
    await using server = await serve([
      ...["--require-bearer", path("tokens"), "--allow-origin", "https://a.test"],
      ...["http-post-sse:tcp-l:127.0.0.1:0", "writefile:/dev/null"],
    ]);
    const post = async (headers: Record<string, string>) => {
      const request = { method: "POST", body: "x", headers };
      const response = await fetch(`http://127.0.0.1:${server.port}/`, request);
      await response.body?.cancel();
      return [response.status, response.headers.get("WWW-Authenticate")];
    };
    const Authorization = "Bearer abc";
    assertEquals(await post({ Authorization }), [204, null]);
    assertEquals(await post({ Authorization, Origin: "https://a.test" }), [204, null]);
    assertEquals(await post({ Authorization, Origin: "https://b.test" }), [403, null]);
    assertEquals(await post({}), [401, 'Bearer realm="wirecat"']);
  }));

for (const listen of ["ws-l", "wss-l", "ssl-l", "tcp-l"]) {
  Deno.test(`--deny-address: a client of ${listen}: is dropped before a byte, as -v tells`, async () => {
    const identity = [
      "--tls-cert",
      certPath("server-chain.pem"),
      "--tls-key",
      certPath("server.key"),
    ];
    await using server = await serve([
      ...[...(/ss/.test(listen) ? identity : []), "-v", "--deny-address", "127.0.0.0/8"],
      ...[`${listen}:127.0.0.1:0`, "literal:hello"],
    ]);
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    assertEquals(await conn.read(new Uint8Array(1)).catch(() => null), null);
    conn.close();
    await server.program.stderr.contains("127.0.0.1 was turned away by --deny-address");
  });
}

const WRONG: readonly [words: string[], says: RegExp][] = [
  [
    ["--require-basic-auth", "/nonexistent/a/b", "ws-l:0", "-"],
    /cannot read \/nonexistent\/a\/b: no such/,
  ],
  [["--require-bearer", "/dev/null", "ws-l:0", "-"], /--require-bearer: \/dev\/null has no token/],
  [["--allow-origin", "a.test", "ws-l:0", "-"], /'a\.test' is not an origin/],
  [["--require-origin", "ws-l:0", "-"], /--require-origin needs --allow-origin/],
  [["--allow-address", "10.0.0.0/33", "ws-l:0", "-"], /'10\.0\.0\.0\/33' is neither an IP address/],
  [
    ["--require-basic-auth", "f", "tcp-l:0", "-"],
    /is for a WebSocket or HTTP server, and there is none/,
  ],
  [["--allow-address", "::1", "ws-l:unix-l:/x", "-"], /is for a server on a TCP port, and there/],
  [["--engine", "native", "--allow-origin", "*", "ws-l:0", "-"], /beyond the native engine/],
  [["--bearer", "", "ws://127.0.0.1:1/", "-"], /--bearer: the token is empty/],
  [["--bearer", "a b", "ws://127.0.0.1:1/", "-"], /--bearer: a token has no spaces/],
  [["--bearer", "a", "--user", "b:c", "ws://x/", "-"], /cannot be given together/],
  [["--bearer-file", "/nonexistent/a/b", "ws://127.0.0.1:1/", "-"], /cannot read \/nonexistent/],
];

for (const [words, says] of WRONG) {
  Deno.test(`logins: ${words.slice(0, 4).join(" ")} is a usage error`, async () => {
    const { code, stderr } = await run(words);
    assertEquals([code, stderr], [2, stderr]);
    assertOneLine(stderr, says);
  });
}

Deno.test("--cookie-jar: the cookies of the upgrade are kept, and sent the next time", async () => {
  const path = await Deno.makeTempFile();
  const seen: (string | null)[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.push(request.headers.get("Cookie"));
    if (new URL(request.url).pathname === "/refused") {
      return new Response("no", { status: 403, headers: { "Set-Cookie": "why=not; Path=/" } });
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => socket.close();
    response.headers.append("Set-Cookie", "id=1; Path=/; HttpOnly");
    response.headers.append("Set-Cookie", "elsewhere=1; Domain=a.test");
    return response;
  });
  const { port } = server.addr as Deno.NetAddr;
  for (const place of ["", "refused", ""]) {
    const words = ["-u", "--cookie", "mine=2", "--cookie-jar", path];
    await run([...words, `ws://127.0.0.1:${port}/${place}`, "-"]);
  }
  assertEquals(seen, ["mine=2", "id=1; mine=2", "id=1; why=not; mine=2"]);
  const jar = await Deno.readTextFile(path);
  assertStringIncludes(jar, "#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tid\t1\n");
  assertEquals(jar.includes("elsewhere"), false);
  await server.shutdown();
  await Deno.remove(path);
});

Deno.test("--follow-redirects: what the command line logs in with stays with the first server", async () => {
  const seen: unknown[] = [];
  const note = ({ headers }: Request) =>
    seen.push([headers.get("Authorization"), headers.get("Cookie")]);
  await using target = nativeServer((socket) => socket.onopen = () => socket.close());
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    note(request);
    return Response.redirect(target.url.replace("ws", "http"), 302);
  });
  const { port } = other.addr;
  await using first = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    note(request);
    const second = new URL(request.url).pathname === "/second";
    const location = second ? `http://u:v@127.0.0.1:${port}/` : "/second";
    return new Response("", { status: 302, headers: { location } });
  });
  const words = ["-u", "--follow-redirects", "--user", "ann:pw", "--cookie", "a=1"];
  const url = `ws://127.0.0.1:${first.addr.port}/`;
  assertEquals((await run([...words, url, "-"])).code, 0);
  assertEquals(seen, [
    [ANN.Authorization, "a=1"],
    [ANN.Authorization, "a=1"],
    ["Basic " + btoa("u:v"), null],
  ]);
});

Deno.test("logins: programs do not inherit them, with -e and without", async () => {
  const env = { WEBSOCAT_BASIC_AUTH: "ann:hush", OTHER: "kept" };
  await using server = nativeServer((socket) => {
    socket.onmessage = ({ data }) => {
      socket.send(data);
      socket.close();
    };
  });
  for (const options of [[], ["-e"]]) {
    const words = [
      ...options,
      "-q",
      server.url,
      "sh-c:echo [$WEBSOCAT_BASIC_AUTH] $OTHER; cat >&2",
    ];
    const { stderr } = await run(words, { env });
    assertStringIncludes(stderr, "[] kept");
  }
});

Deno.test("log:, -vv: what is shown of a handshake has no login and no cookie", async () => {
  await using server = nativeServer((socket) => socket.onopen = () => socket.close());
  const words = [
    "-u",
    "-vv",
    "--ws-c-uri",
    server.url,
    "--user",
    "ann:hush",
    "--cookie",
    "id=hush",
  ];
  const { stderr } = await run([...words, `ws-c:log:tcp:127.0.0.1:${server.port}`, "-"]);
  assertStringIncludes(stderr, "Authorization: Basic ****");
  const hidden = [btoa("ann:hush"), "hush"];
  for (const secret of hidden) {
    assert(!stderr.includes(secret), stderr);
    assert(!stderr.includes(new TextEncoder().encode(secret).toHex()), stderr);
  }
});

Deno.test("errors: what was written on the command line is told without its password", async () => {
  for (const words of [["wx://ann:hush@a.test/"], ["-", "lgo:ws://ann:hush@a.test/"]]) {
    const { code, stderr } = await run(["-vv", ...words]);
    assertEquals([code, stderr.includes("hush")], [2, false], stderr);
  }
});

Deno.test("hash-password: prints a line for the file, from standard input too", async () => {
  const { code, stdout } = await run(["hash-password", "ann"], { input: "päss:word\n" });
  assertEquals([code, stdout.startsWith("ann:$pbkdf2-sha256$i=600000$")], [0, true]);
  const { parsePasswordFile } = await import("../../lib/auth/password_file.ts");
  const passwords = await parsePasswordFile(stdout, "f");
  assertEquals(await passwords.verify({ user: "ann", password: "päss:word" }), true);
  for (const words of [[], ["a:b"], ["a", "b"], ["-x"]]) {
    assertEquals((await run(["hash-password", ...words], { input: "x\n" })).code, 2);
  }
  assertOneLine((await run(["hash-password", "ann"])).stderr, /the password is empty/);
  const latin1 = await run(["hash-password", "ann"], { input: Uint8Array.of(0xe4, 0x0a) });
  assertOneLine(latin1.stderr, /the password is not UTF-8/);
});
