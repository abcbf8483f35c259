/** Pages in Chromium and wirecats that are not for every page. */
import { assertEquals } from "@std/assert";
import { Chromium, chromium, type Page } from "./chromium.ts";
import { Server, TempFolder } from "./programs.ts";

/** What a page receives first of a WebSocket, or that it was not let in. */
function first(page: Page, url: string): Promise<string> {
  return page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url);
        socket.onmessage = ({ data }) => resolve(data);
        socket.onclose = ({ code }) => resolve(`closed with ${code}`);
      }),
    url,
  );
}

Deno.test({
  name: "chromium: origins and logins" +
    (chromium === undefined ? " (skipped: chromium not installed)" : ""),
  ignore: chromium === undefined,
  async fn() {
    using folder = new TempFolder();
    const files = ["-F", `/:text/html:${folder.file("page.html", "<!doctype html><p>a page")}`];
    const start = (...args: string[]) =>
      Server.start([...files, ...args, "ws-l:127.0.0.1:0", "literal:hello"]);
    const logins = folder.file("logins", "ann:pw\n");
    await using browser = await Chromium.start();
    await using pages = await start();
    const here = `http://127.0.0.1:${pages.port}`;
    await using page = await browser.open(here);
    const cases = [
      [[], "hello"],
      [["--allow-origin", here], "hello"],
      [["--allow-origin", "http://127.0.0.1:*"], "hello"],
      [["--allow-origin", "http://127.0.0.1"], "closed with 1006"],
      [["--allow-origin", "https://a.test", "--allow-origin", "null"], "closed with 1006"],
      [["--require-basic-auth", logins], "closed with 1006"],
    ] as const;
    for (const [args, what] of cases) {
      await using server = await start(...args);
      assertEquals([args, await first(page, `ws://127.0.0.1:${server.port}/`)], [args, what]);
    }
    // A page that was logged in for opens its WebSockets with the same login.
    await using server = await start("--require-basic-auth", logins);
    await page.goto(`http://ann:pw@127.0.0.1:${server.port}/`);
    assertEquals(await first(page, `ws://127.0.0.1:${server.port}/`), "hello");
  },
});
