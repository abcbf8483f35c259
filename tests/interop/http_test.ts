import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseRequestHead } from "../../lib/http/head.ts";
import { readHead } from "../../lib/http/read_head.ts";
import { parseStaticFile, StaticFiles } from "../../lib/http/static_file.ts";
import { family } from "../../specs/http.ts";
import { SseClients } from "../http/sse_clients.ts";
import { batchOf, MessageReader } from "../peers.ts";
import { openSpecifier } from "../specs/endpoint.ts";
import { has } from "./command.ts";

const curlIsHere = await has("curl", "--version");
const pythonIsHere = await has("python3", "--version");

async function curl(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("curl", { args: ["-s", "--max-time", "60", ...args] })
    .output();
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "curl: POSTs to http-post-sse:, with and without chunks, and gets events" +
    (curlIsHere ? "" : " (skipped: curl not installed)"),
  ignore: !curlIsHere,
  async fn() {
    await using clients = new SseClients();
    const url = `http://127.0.0.1:${await clients.port}/`;
    const posting = async (...args: string[]) => {
      const status = curl("-o", "/dev/null", "-w", "%{http_code}", ...args, url);
      const peer = await clients.peer();
      const messages = await new MessageReader(peer.readable).rest();
      await peer.close();
      return [await status, messages.join("|")];
    };
    assertEquals(await posting("-d", "QQQ"), ["204", "QQQ"]);
    assertEquals(await posting("-d", "QQQ", "-H", "Transfer-Encoding: chunked"), ["204", "QQQ"]);
    assertEquals(await posting("-d", "QQQ", "-H", "Expect: 100-continue"), ["204", "QQQ"]);
    assertEquals(await posting("-X", "POST"), ["204", ""]);

    const events = curl("-N", url);
    const peer = await clients.peer();
    const writer = peer.writable.getWriter();
    await writer.write(batchOf("one\n", "two"));
    await writer.close();
    assertEquals(await events, "data: one\ndata: \n\ndata: two\n\n");
    await peer.close();

    assertEquals(
      await curl("-X", "PUT", "-d", "x", url),
      "GET receives, POST sends; other methods are not served\n",
    );
  },
});

Deno.test({
  name: "curl: gets a static file, its head, and what is not there" +
    (curlIsHere ? "" : " (skipped: curl not installed)"),
  ignore: !curlIsHere,
  async fn() {
    const path = await Deno.makeTempFile();
    const text = "0123456789".repeat(50_000);
    await Deno.writeTextFile(path, text);
    const files = new StaticFiles([parseStaticFile(`/f.txt:text/plain:${path}`)]);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const asked = async (...args: string[]) => {
      const { port } = listener.addr as Deno.NetAddr;
      const output = curl(...args.map((arg) => arg.replace(/^\//, `http://127.0.0.1:${port}/`)));
      using conn = await listener.accept();
      await files.respond(parseRequestHead((await readHead(conn, { from: "curl" })).head), conn);
      await conn.closeWrite();
      return await output;
    };
    assertEquals(await asked("/f.txt?v=1") === text, true);
    const head =
      "HTTP/1.1 200 OK|Content-Type: text/plain|Content-Length: 500000|Connection: close";
    assertEquals((await asked("-I", "/f.txt")).trim().replaceAll("\r\n", "|"), head);
    assertEquals(await asked("-w", "%{http_code}", "/x"), "there is nothing here\n404");
    await Deno.remove(path);
  },
});

Deno.test({
  name: "python3 -m http.server: gets a file, and hears of one that is not there" +
    (pythonIsHere ? "" : " (skipped: python3 not installed)"),
  ignore: !pythonIsHere,
  async fn() {
    const dir = await Deno.makeTempDir();
    const text = "0123456789".repeat(50_000);
    await Deno.writeTextFile(`${dir}/f.txt`, text);
    const server = new Deno.Command("python3", {
      args: ["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", dir, "0"],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const stdout = server.stdout.getReader();
    try {
      const first = new TextDecoder().decode((await stdout.read()).value);
      const url = /http:\/\/[^/]+/.exec(first)![0];
      const get = async (path: string, method?: string) => {
        const peer = await openSpecifier(family, url + path, {
          options: { "request-method": method },
        });
        try {
          return (await new MessageReader(peer.readable).rest()).join("");
        } finally {
          await peer.close();
        }
      };
      assertEquals(await get("/f.txt") === text, true);
      assertEquals(await get("/f.txt", "HEAD"), "");
      await assertRejects(() => get("/none"), WirecatError, "404 File not found");
      await assertRejects(() => get("/", "POST"), WirecatError, "POST with 501");
    } finally {
      server.kill("SIGKILL");
      await server.status;
      await stdout.cancel();
      await Deno.remove(dir, { recursive: true });
    }
  },
});
