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
