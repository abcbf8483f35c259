import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { authPluginOf } from "../../lib/websockify/auth_plugins.ts";
import { HttpRefusal } from "../../lib/http/refusal.ts";
import { JwtTokens } from "../../lib/websockify/jwt.ts";
import { parseTokens } from "../../lib/websockify/token_file.ts";
import { tokenPluginOf } from "../../lib/websockify/token_plugins.ts";
import { request } from "../../lib/websockify/token_redis.ts";
import { TempFolder } from "../interop/programs.ts";

const tcp = (hostname: string, port: number) => ({ kind: "tcp" as const, hostname, port });
const ignore = () => {};

Deno.test("token file: lines, comments, empty lines, UNIX sockets, and what is none", () => {
  const said: string[] = [];
  const text = "# comment\n\nab: host:1\n c:d: [::1]:2\r\nu: unix_socket:/a b\nwrong\nx: nowhere\n";
  const tokens = parseTokens(text, "f", (line) => said.push(line));
  assertEquals([...tokens], [
    ["ab", tcp("host", 1)],
    ["c:d", tcp("::1", 2)],
    ["u", { kind: "unix", path: "/a b" }],
  ]);
  assertEquals(said, [
    "f, line 6 is not 'TOKEN: HOST:PORT'",
    "f, line 7 is not 'TOKEN: HOST:PORT'",
  ]);
});

Deno.test("TokenFile sees changes, ReadOnlyTokenFile does not; a directory is all its files", async () => {
  using folder = new TempFolder();
  const file = folder.file("a", "one: host:1\n");
  const names = ["websockify.token_plugins.TokenFile", "ReadOnlyTokenFile"];
  const plugins = await Promise.all(names.map((name) => tokenPluginOf(name, file, ignore)));
  const directory = await tokenPluginOf("TokenFile", folder.path, ignore);
  folder.file("a", "one: host:2\n");
  folder.file("b", "two: host:3\n");
  assertEquals(await plugins[0].lookup("one"), tcp("host", 2));
  assertEquals(await plugins[1].lookup("one"), tcp("host", 1));
  assertEquals(await directory.lookup("two"), tcp("host", 3));
  assertEquals(await directory.lookup("three"), undefined);
});

Deno.test("BaseTokenAPI asks a web service, with the token encoded", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: ignore },
    (request) => {
      const { pathname } = new URL(request.url);
      return pathname === "/t/a%2Fb" ? new Response("host:9\n") : new Response("", { status: 404 });
    },
  );
  const source = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}/t/%s`;
  const plugin = await tokenPluginOf("BaseTokenAPI", source, ignore);
  assertEquals(await plugin.lookup("a/b"), tcp("host", 9));
  assertEquals(await plugin.lookup("c"), undefined);
});

Deno.test("UnixDomainSocketDirectory: a token is a socket in the directory, and nothing else", async () => {
  using folder = new TempFolder();
  using _socket = Deno.listen({ transport: "unix", path: folder.file("s") });
  folder.file("plain", "no socket");
  const plugin = await tokenPluginOf("UnixDomainSocketDirectory", folder.path, ignore);
  assertEquals(await plugin.lookup("s"), { kind: "unix", path: `${folder.path}/s` });
  for (const token of ["plain", "none", "..", "../s", "", "a/../s"]) {
    assertEquals(await plugin.lookup(token), undefined);
  }
});

Deno.test("TokenRedis speaks to a server: password, database, namespace, JSON or text", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const values = ['{"host": "one:1"}', "two:2", undefined];
  const heard: string[] = [];
  const serving = (async () => {
    for (const value of values) {
      using conn = await listener.accept();
      const reply = value === undefined ? "$-1\r\n" : `$${value.length}\r\n${value}\r\n`;
      for (const answer of ["+OK\r\n", "+OK\r\n", reply]) {
        const buffer = new Uint8Array(1024);
        heard.push(new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0)));
        await conn.write(new TextEncoder().encode(answer));
      }
    }
  })();
  const source = `127.0.0.1:${listener.addr.port}:3:secret:ns`;
  const plugin = await tokenPluginOf("TokenRedis", source, ignore);
  assertEquals(await plugin.lookup("t"), tcp("one", 1));
  assertEquals(await plugin.lookup("t"), tcp("two", 2));
  assertEquals(await plugin.lookup("t"), undefined);
  await serving;
  const commands = [["AUTH", "secret"], ["SELECT", "3"], ["GET", "ns:t"]];
  const expected = commands.map((words) => new TextDecoder().decode(request(words)));
  assertEquals(heard.slice(0, 3), expected);
});

const base64url = (data: Uint8Array | string) =>
  btoa(typeof data === "string" ? data : String.fromCharCode(...data))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function signed(
  alg: string,
  claims: unknown,
  key: CryptoKey,
  algorithm: AlgorithmIdentifier | EcdsaParams,
): Promise<string> {
  const text = `${base64url(JSON.stringify({ alg, typ: "JWT" }))}.${
    base64url(JSON.stringify(claims))
  }`;
  const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(text));
  return `${text}.${base64url(new Uint8Array(signature))}`;
}

const now = () => Math.floor(Date.now() / 1000);

Deno.test("JWTTokenApi: a shared secret", async () => {
  using folder = new TempFolder();
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const tokens = await JwtTokens.withKey(folder.file("key", base64url(secret) + "\n"));
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign"]);
  const token = (claims: unknown) => signed("HS256", claims, key, "HMAC");
  const target = { host: "h", port: 7 };
  assertEquals(tokens.lookup(await token(target)), tcp("h", 7));
  assertEquals(
    tokens.lookup(await token({ ...target, nbf: now() - 9, exp: now() + 9 })),
    tcp("h", 7),
  );
  const refused: [string, string][] = [
    [await token({ ...target, exp: now() - 1 }), "it has expired"],
    [await token({ ...target, nbf: now() + 60 }), "it is not valid yet"],
    [await token({ ...target, exp: "soon" }), "it has expired"],
    [await token({ port: 7 }), "it names no host and port"],
    ["a.b", "it is no JSON Web Token"],
    [(await token(target)).replace(/.{5}$/, "AAAAA"), "its signature (HS256) is not valid"],
    [
      `${base64url('{"alg":"none"}')}.${base64url('{"host":"h","port":7}')}.`,
      "its signature (none) is not valid",
    ],
    ["a.b.c.d.e", "it is encrypted"],
  ];
  for (const [text, why] of refused) {
    await assertRejects(
      // deno-lint-ignore require-await -- what is thrown at once is a rejection, too
      async () => tokens.lookup(text),
      WirecatError,
      `the token is refused: ${why}`,
    );
  }
});

Deno.test("JWTTokenApi: a public key takes its own algorithms only", async () => {
  using folder = new TempFolder();
  const ec = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(ec, true, ["sign", "verify"]);
  const der = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const body = btoa(String.fromCharCode(...der)).replace(/.{64}/g, "$&\n");
  const pem = `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`;
  const tokens = await JwtTokens.withKey(folder.file("key.pem", pem));
  const claims = { host: "h", port: 7 };
  const good = await signed("ES256", claims, privateKey, { name: "ECDSA", hash: "SHA-256" });
  assertEquals(tokens.lookup(good), tcp("h", 7));
  // Whoever knows the public key could use it as a secret.
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const bytes = new TextEncoder().encode(pem);
  const key = await crypto.subtle.importKey("raw", bytes, hmac, false, ["sign"]);
  const forged = await signed("HS256", claims, key, "HMAC");
  // deno-lint-ignore require-await -- what is thrown at once is a rejection, too
  await assertRejects(async () => tokens.lookup(forged), WirecatError, "its signature");
});

Deno.test("a module of the user's own is a plugin, whatever form of target it returns", async () => {
  using folder = new TempFolder();
  const path = folder.file(
    "mine.ts",
    `export class Mine {
      constructor(readonly source: string) {}
      lookup(token: string): unknown {
        if (token === "text") return this.source;
        return token === "pair" ? ["::1", 5] : token === "bad" ? 7 : undefined;
      }
    }`,
  );
  const plugin = await tokenPluginOf(path, "host:4", ignore);
  assertEquals(await plugin.lookup("text"), tcp("host", 4));
  assertEquals(await plugin.lookup("pair"), tcp("::1", 5));
  assertEquals(await plugin.lookup("none"), undefined);
  await assertRejects(async () => await plugin.lookup("bad"), WirecatError, "returned no target");
});

Deno.test("a plugin that does not exist, or has no source, is a usage error", async () => {
  await assertRejects(() => tokenPluginOf("Nope", "x", ignore), WirecatError, "no token plugin");
  await assertRejects(() => tokenPluginOf("TokenFile", undefined, ignore), WirecatError, "needs");
});

Deno.test("an auth plugin of the user's own keeps out by returning false or throwing", async () => {
  using folder = new TempFolder();
  const path = folder.file(
    "mine.js",
    `export default class {
      constructor(source) { this.source = source; }
      authenticate({ headers }) { return headers.get("X-Key") === this.source; }
    }`,
  );
  const plugin = await authPluginOf(path, "open");
  const ask = async (key: string) =>
    await plugin.authenticate({ headers: new Headers({ "X-Key": key }), client: "somebody" });
  await ask("open");
  await assertRejects(() => ask("wrong"), HttpRefusal, "Forbidden");
});
