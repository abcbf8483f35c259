import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { RequestHead } from "../../lib/http/head.ts";
import { HttpRefusal } from "../../lib/http/refusal.ts";
import { mediaType, requestPath, WebFiles } from "../../lib/websockify/web.ts";
import { TempFolder } from "../interop/programs.ts";

/** What a request for `target` is answered. */
async function ask(
  files: WebFiles,
  target: string,
  fields: Record<string, string> = {},
  method = "GET",
): Promise<{ status: number; headers: Headers; body: string }> {
  let text = "";
  const conn = {
    write(bytes: Uint8Array) {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  const head: RequestHead = { method, target, version: "1.1", headers: new Headers(fields) };
  try {
    const status = await files.respond(head, conn, false);
    const [top, body] = text.split(/\r\n\r\n([^]*)/);
    const headers = new Headers(
      top.split("\r\n").slice(1).map((line) =>
        line.split(/: (.*)/).slice(0, 2) as [string, string]
      ),
    );
    return { status, headers, body };
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    return {
      status: error.status,
      headers: new Headers(error.headers as [string, string][]),
      body: "",
    };
  }
}

async function site(): Promise<{ folder: TempFolder; files: WebFiles }> {
  const folder = new TempFolder();
  folder.file("secret", "outside");
  for (const path of ["web", "web/sub", "web/with"]) await Deno.mkdir(`${folder.path}/${path}`);
  folder.file("web/a.txt", "hello");
  folder.file("web/with/index.html", "<h1>");
  folder.file("web/sub/a & b.bin", "x");
  await Deno.symlink("../secret", `${folder.path}/web/out`);
  await Deno.symlink("..", `${folder.path}/web/up`);
  await Deno.symlink("a.txt", `${folder.path}/web/in`);
  await Deno.mkdir(`${folder.path}/web-other`);
  folder.file("web-other/x", "outside");
  return { folder, files: await WebFiles.open(`${folder.path}/web`) };
}

Deno.test("web: a file with its type, length and date", async () => {
  const { folder, files } = await site();
  using _ = folder;
  const { status, headers, body } = await ask(files, "/a.txt?query");
  assertEquals([status, body, headers.get("Content-Length")], [200, "hello", "5"]);
  assertEquals(headers.get("Content-Type"), "text/plain; charset=UTF-8");
  const modified = headers.get("Last-Modified")!;
  assertEquals((await ask(files, "/a.txt", { "If-Modified-Since": modified })).status, 304);
  const before = new Date(Date.parse(modified) - 1000).toUTCString();
  assertEquals((await ask(files, "/a.txt", { "If-Modified-Since": before })).status, 200);
  const head = await ask(files, "/a.txt", {}, "HEAD");
  assertEquals([head.status, head.body, head.headers.get("Content-Length")], [200, "", "5"]);
});

Deno.test("web: parts of a file", async () => {
  const { folder, files } = await site();
  using _ = folder;
  const part = await ask(files, "/a.txt", { Range: "bytes=1-3" });
  assertEquals([part.status, part.body], [206, "ell"]);
  assertEquals(part.headers.get("Content-Range"), "bytes 1-3/5");
  const behind = await ask(files, "/a.txt", { Range: "bytes=5-" });
  assertEquals([behind.status, behind.headers.get("Content-Range")], [416, "bytes */5"]);
  const stale = { Range: "bytes=1-3", "If-Range": "Thu, 01 Jan 1970 00:00:00 GMT" };
  assertEquals((await ask(files, "/a.txt", stale)).status, 200);
});

Deno.test("web: a directory has its index, or a list, and a slash at its end", async () => {
  const { folder, files } = await site();
  using _ = folder;
  assertEquals((await ask(files, "/with/")).body, "<h1>");
  const moved = await ask(files, "/with?a=b");
  assertEquals([moved.status, moved.headers.get("Location")], [301, "/with/?a=b"]);
  const list = (await ask(files, "/sub/")).body;
  assertEquals(list.includes('<a href="./a%20%26%20b.bin">a &amp; b.bin</a>'), true);
  // Two slashes at the start would be another host.
  assertEquals((await ask(files, "//with")).headers.get("Location"), "/with/");
});

Deno.test("web: there is no way out of the directory", async () => {
  const { folder, files } = await site();
  using _ = folder;
  const paths = [
    ...[
      "/../secret",
      "/%2e%2e/secret",
      "/..%2fsecret",
      "/sub/../../secret",
      "/sub/..%5c..%5csecret",
    ],
    ...["/out", "/up/secret", "/up/web-other/x", "/../web-other/x", "/a.txt%00", "/%c0%ae/secret"],
  ];
  for (const path of paths) {
    const { status } = await ask(files, path);
    assertEquals([path, status === 404 || status === 400], [path, true]);
  }
  assertEquals((await ask(files, "/in")).body, "hello");
  const list = (await ask(files, "/")).body;
  assertEquals([list.includes("out<"), list.includes("up"), list.includes("in<")], [
    false,
    false,
    true,
  ]);
});

Deno.test("web: what cannot be answered has a status", async () => {
  const { folder, files } = await site();
  using _ = folder;
  assertEquals((await ask(files, "/none")).status, 404);
  assertEquals((await ask(files, "/a.txt/")).status, 404);
  const post = await ask(files, "/a.txt", {}, "POST");
  assertEquals([post.status, post.headers.get("Allow")], [405, "GET, HEAD"]);
  await assertRejects(() => WebFiles.open(`${folder.path}/none`), Error, "--web: cannot serve");
  await assertRejects(() => WebFiles.open(`${folder.path}/secret`), Error, "not a directory");
});

Deno.test("web: paths are decoded once", () => {
  assertEquals(requestPath("/a%20b%252e?x#y"), { path: "/a b%2e", query: "?x" });
  assertEquals(requestPath("http://host:1/a"), { path: "/a", query: "" });
  assertThrows(() => requestPath("/%zz"), HttpRefusal);
  assertThrows(() => requestPath("*"), HttpRefusal);
});

Deno.test("web: types by the name's end", () => {
  assertEquals(mediaType("/x/a.js"), "text/javascript; charset=UTF-8");
  assertEquals(mediaType("/x.d/none"), "application/octet-stream");
});
