import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseStaticFile, StaticFiles } from "../../lib/http/static_file.ts";

/** A connection that keeps what is written, and takes it in pieces. */
function sink() {
  const written: number[] = [];
  return {
    largest: 0,
    write(bytes: Uint8Array): Promise<number> {
      this.largest = Math.max(this.largest, bytes.length);
      const taken = Math.min(bytes.length, 50_000);
      for (let i = 0; i < taken; i++) written.push(bytes[i]);
      return Promise.resolve(taken);
    },
    text: () => new TextDecoder().decode(Uint8Array.from(written)),
  };
}

async function ask(files: StaticFiles, method: string, target: string): Promise<string> {
  const conn = sink();
  assertEquals(await files.respond({ method, target }, conn), true);
  return conn.text();
}

async function withFiles(
  test: (files: StaticFiles, dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/a:b`, "hello");
    const values = [
      `/i:text/plain:${dir}/other`,
      `/i:text/html:${dir}/a:b`,
      `/q?x:text/html:${dir}/a:b`,
      `/ü b:text/html:${dir}/a:b`,
      `/none:text/html:${dir}/none`,
      `/dir:text/html:${dir}`,
      `/big:text/plain:${dir}/big`,
    ];
    await test(new StaticFiles(values.map(parseStaticFile)), dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const HELLO = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n" +
  "Connection: close\r\n\r\n";

Deno.test("static file: GET gets the file of the last such URI, HEAD its head", () =>
  withFiles(async (files) => {
    assertEquals(await ask(files, "GET", "/i"), HELLO + "hello");
    assertEquals(await ask(files, "HEAD", "/i"), HELLO);
    assertEquals(await ask(files, "GET", "http://h:80/i"), HELLO + "hello");
  }));

Deno.test("static file: a query is looked at only where a URI has that one", () =>
  withFiles(async (files) => {
    assertEquals(await ask(files, "GET", "/i?v=2"), HELLO + "hello");
    assertEquals(await ask(files, "GET", "/q?x"), HELLO + "hello");
    assertEquals((await ask(files, "GET", "/q")).slice(9, 12), "404");
    assertEquals((await ask(files, "GET", "/i%3Fv")).slice(9, 12), "404");
  }));

Deno.test("static file: percent-encoding does not matter", () =>
  withFiles(async (files) => {
    assertEquals(await ask(files, "GET", "/%C3%BC%20b"), HELLO + "hello");
    assertEquals((await ask(files, "GET", "/%FF")).slice(9, 12), "404");
  }));

Deno.test("static file: no path leads to another file", () =>
  withFiles(async (files, dir) => {
    for (const target of ["/", "/i/", "/../i", `/${dir}/a:b`, "*"]) {
      assertEquals((await ask(files, "GET", target)).slice(0, 22), "HTTP/1.1 404 Not Found");
    }
  }));

Deno.test("static file: other methods get 405 and hear which ones there are", () =>
  withFiles(async (files) => {
    const answer = await ask(files, "POST", "/i");
    assertEquals(answer.slice(9, 12), "405");
    assertEquals(answer.includes("\r\nAllow: GET, HEAD\r\n"), true);
  }));

Deno.test("static file: a file that cannot be read is a 500 without its path, and an error", () =>
  withFiles(async (files, dir) => {
    for (const target of ["/none", "/dir"]) {
      const conn = sink();
      await assertRejects(
        () => files.respond({ method: "GET", target }, conn),
        WirecatError,
        "-F: cannot read",
      );
      assertEquals(conn.text().slice(0, 34), "HTTP/1.1 500 Internal Server Error");
      assertEquals(conn.text().includes(dir), false);
    }
  }));

Deno.test("static file: a large file goes out in pieces", () =>
  withFiles(async (files, dir) => {
    const text = "0123456789".repeat(30_000);
    await Deno.writeTextFile(`${dir}/big`, text);
    const conn = sink();
    await files.respond({ method: "GET", target: "/big" }, conn);
    assertEquals(conn.text().endsWith("\r\n\r\n" + text), true);
    assertEquals(conn.largest <= 65_536, true);
  }));

Deno.test("static file: without files nothing is answered", async () => {
  const conn = sink();
  assertEquals(await new StaticFiles([]).respond({ method: "GET", target: "/" }, conn), false);
  assertEquals(conn.text(), "");
});

Deno.test("static file: values that are not URI:TYPE:FILE are refused", () => {
  for (const bad of ["", "/a", "/a:text/html", "/a:text/html:", ":text/html:f"]) {
    assertThrows(() => parseStaticFile(bad), WirecatError, "is not URI:TYPE:FILE");
  }
});

Deno.test("static file: what looks wrong is warned about", () => {
  const files = new StaticFiles(
    ["a:html:/nonexistent/a/b", `/dir:text/html:${Deno.cwd()}`].map(parseStaticFile),
  );
  const warnings = files.warnings();
  assertEquals(warnings.length, 4);
  assertEquals(warnings[0].includes("no leading /"), true);
  assertEquals(warnings[1].includes("not a content type"), true);
  assertEquals(warnings[2].includes("/nonexistent/a/b: "), true);
  assertEquals(warnings[3].includes("is a directory"), true);
});
