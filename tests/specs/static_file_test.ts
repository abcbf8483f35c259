import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { staticFile, staticFolder } from "../../lib/cli/http_options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { OptionValues } from "../../lib/core/option.ts";
import { staticFiles } from "../../lib/http/static_file.ts";
import { family } from "../../specs/static_file.ts";
import { run, TempFolder, WIRECAT } from "../interop/programs.ts";
import { connectTo, serve, type Server } from "../websocket/endpoints.ts";

Deno.test("-F: is an option without a specifier, and may be given many times", () => {
  assertEquals([family.specifiers.length, family.options], [0, [staticFile, staticFolder]]);
  assertEquals([staticFile.short, staticFile.long, staticFile.many], ["F", "static-file", true]);
});

Deno.test("-F: the values given are the files served", () => {
  const files = (...values: string[]) =>
    staticFiles(new OptionValues(new Map([[staticFile.long, staticFile.parse(values)]])));
  assertEquals(staticFiles(new OptionValues()).size, 0);
  assertEquals(files("/a:text/html:a", "/b:text/html:b").size, 2);
  assertThrows(() => files("/a:text/html:a", "/b"), WirecatError, "-F: '/b' is not URI:TYPE:FILE");
});

/** What a server with these options answers requests with, and then serves a WebSocket. */
async function serveFiles(
  options: Record<string, unknown>,
  run: (fetched: (path: string, init?: RequestInit) => Promise<string>) => Promise<void>,
): Promise<void> {
  using server: Server = await serve(options);
  await run(async (path, init) => {
    const refused = server.next().catch((error: unknown) => String(error));
    const response = await fetch(server.url.replace("ws:", "http:") + path, init);
    const text = `${response.status} ${response.headers.get("content-type")} ${await response
      .text()}`;
    await refused;
    return text;
  });
  const [peer, client] = await Promise.all([server.next(), connectTo(server.url + "a.html")]);
  await client.close();
  await peer.close();
}

Deno.test("--static-dir: requests that are no WebSocket get the files of a folder", async () => {
  using folder = new TempFolder();
  folder.file("index.html", "<p>hello");
  folder.file("a.js", "1");
  Deno.mkdirSync(folder.file("in"));
  folder.file("in/b.txt", "b");
  await serveFiles({ "static-dir": folder.path }, async (fetched) => {
    assertEquals(await fetched(""), "200 text/html; charset=UTF-8 <p>hello");
    assertEquals(await fetched("a.js?v=1"), "200 text/javascript; charset=UTF-8 1");
    assertEquals(await fetched("in/b.txt"), "200 text/plain; charset=UTF-8 b");
    assertEquals((await fetched("none")).slice(0, 3), "404");
    assertEquals((await fetched("in%2f..%2f..%2fetc%2fpasswd")).slice(0, 3), "404");
    assertEquals((await fetched("", { method: "POST", body: "x" })).slice(0, 3), "405");
  });
});

/** The status of a request that is sent as it is: fetch() takes dots out. */
async function statusOf(server: Server, target: string): Promise<string> {
  const refused = server.next().catch(() => {});
  const port = Number(new URL(server.url).port);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`));
  const text = await new Response(conn.readable).text();
  await refused;
  return text.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length);
}

Deno.test("--static-dir: nothing outside of the folder is served, however it is asked for", async () => {
  using folder = new TempFolder();
  Deno.mkdirSync(folder.file("in"));
  folder.file("in/a", "a");
  folder.file("secret", "s");
  Deno.mkdirSync(folder.file("inner"));
  folder.file("inner/secret", "s");
  const links = Deno.build.os !== "windows";
  if (links) {
    Deno.symlinkSync("../secret", folder.file("in/out"));
    Deno.symlinkSync("..", folder.file("in/up"));
    Deno.symlinkSync("a", folder.file("in/alias"));
  }
  using server: Server = await serve({ "static-dir": folder.file("in") });
  assertEquals(await statusOf(server, "/a"), "200");
  if (links) assertEquals(await statusOf(server, "/alias"), "200");
  for (
    const target of [
      "/../secret",
      "/%2e%2e/secret",
      "/%2E%2E%2Fsecret",
      "/..%5csecret",
      "/x/../../secret",
      "//../secret",
      "/%252e%252e/secret",
      "/..%c0%afsecret",
      "/a%00.html",
      "/../inner/secret",
      "/out",
      "/up/secret",
      "/up/",
      "/a/",
      folder.file("secret"),
      `/${encodeURIComponent(folder.file("secret"))}`,
      `http://x/..%2fsecret`,
    ]
  ) {
    const status = await statusOf(server, target);
    assertEquals(/^40[04]$/.test(status), true, `${target}: ${status}`);
  }
});

Deno.test("--static-dir: hidden files are neither served nor listed, but those for everybody", async () => {
  using folder = new TempFolder();
  folder.file("a..b", "1");
  folder.file(".env", "PASSWORD=1");
  for (const name of [".git", ".well-known", "in"]) {
    Deno.mkdirSync(folder.file(name));
    folder.file(`${name}/config`, name);
  }
  folder.file("in/.htpasswd", "x");
  using server: Server = await serve({ "static-dir": folder.path });
  for (
    const [target, status] of [
      ["/.env", "404"],
      ["/%2eenv", "404"],
      ["/.git/config", "404"],
      ["/.git/", "404"],
      ["/in/.htpasswd", "404"],
      ["/./.env", "404"],
      ["/a..b", "200"],
      ["/in/config", "200"],
      ["/.well-known/config", "200"],
    ]
  ) {
    assertEquals(await statusOf(server, target), status, target);
  }
  const refused = server.next().catch(() => {});
  const page = await (await fetch(server.url.replace("ws:", "http:"))).text();
  await refused;
  assertStringIncludes(page, "a..b");
  assertEquals(/\.env|\.git/.test(page), false, page);
});

Deno.test("--static-dir: what -F names comes before the folder", async () => {
  using folder = new TempFolder();
  folder.file("a", "of the folder");
  const path = folder.file("other", "of -F");
  const options = { "static-dir": folder.path, "static-file": [`/a:text/x:${path}`] };
  await serveFiles(options, async (fetched) => {
    assertEquals(await fetched("a"), "200 text/x of -F");
    assertEquals(await fetched("other"), "200 application/octet-stream of -F");
  });
});

Deno.test("--static-dir: a folder that is gone is a 500 that tells strangers nothing", async () => {
  using folder = new TempFolder();
  await serveFiles({ "static-dir": `${folder.path}/gone` }, async (fetched) => {
    assertEquals(
      await fetched("a"),
      "500 text/plain; charset=utf-8 500 Internal Server Error: The folder cannot be read\n",
    );
  });
});

Deno.test("--static-dir: what is no folder is told before anything listens", async () => {
  using folder = new TempFolder();
  const file = folder.file("a.txt", "a");
  for (const [path, said] of [[`${file}x`, "cannot serve"], [file, "is no folder"]]) {
    const { status, stderr } = await run(
      [...WIRECAT, "--static-dir", path, "ws-l:127.0.0.1:0", "mirror:"],
    );
    assertEquals(status, 2);
    assertStringIncludes(stderr, said);
  }
});
