/** A page in Chromium that talks to wirecat, which also serves the page. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Chromium, chromium, type Page } from "./chromium.ts";
import { certPath } from "../tls/fixture.ts";
import { Server, TempFolder } from "./programs.ts";

/** What the page's `WebSocket` told when it was over. */
interface Ended {
  code: number;
  reason: string;
  wasClean: boolean;
}

/** A WebSocket's life in the page, from its opening to its end. */
interface Life extends Ended {
  protocol: string;
  extensions: string;
  messages: string[];
}

/** Opens a WebSocket in the page, sends `messages`, takes what comes, and waits for the end. */
function life(page: Page, url: string, protocols: string[] = [], messages: string[] = []) {
  return page.evaluate(
    (url, protocols, messages) =>
      new Promise<Life>((resolve) => {
        const socket = new WebSocket(url, protocols);
        const received: string[] = [];
        socket.onopen = () => messages.forEach((message) => socket.send(message));
        socket.onmessage = ({ data }) => received.push(data);
        socket.onclose = ({ code, reason, wasClean }) => {
          const { protocol, extensions } = socket;
          resolve({ protocol, extensions, messages: received, code, reason, wasClean });
        };
      }),
    url,
    protocols,
    messages,
  );
}

const LISTEN = "ws-l:127.0.0.1:0";

Deno.test({
  name: "chromium" + (chromium === undefined ? " (skipped: chromium not installed)" : ""),
  // The scenarios share one browser, and each of them waits for answers with a limit of its own.
  timeout: 300_000,
  ignore: chromium === undefined,
  async fn(t) {
    using folder = new TempFolder();
    const html = folder.file("page.html", "<!doctype html><title>wirecat</title><p>here I am");
    const files = ["-F", `/:text/html:${html}`];
    await using browser = await Chromium.start("--ignore-certificate-errors");

    /** A scenario: a wirecat with `args` and a page that comes from it. */
    const scenario = (
      name: string,
      args: string[],
      body: (page: Page, url: string, server: Server) => Promise<void>,
    ) =>
      t.step({
        name,
        sanitizeOps: false,
        sanitizeResources: false,
        async fn() {
          await using server = await Server.start([...files, ...args]);
          const secure = args.some((arg) => arg.startsWith("wss-l:"));
          const address = `127.0.0.1:${server.port}/`;
          await using page = await browser.open(`http${secure ? "s" : ""}://${address}`);
          await body(page, `ws${secure ? "s" : ""}://${address}`, server);
        },
      });

    await scenario("shows the page that -F names", [LISTEN, "mirror:"], async (page) => {
      const shown = await page.evaluate(() => {
        // deno-lint-ignore no-explicit-any -- the page's document
        const { title, body, contentType } = (globalThis as any).document;
        return [title, body.innerText, contentType];
      });
      assertEquals(shown, ["wirecat", "here I am", "text/html"]);
    });

    /** What came back for each of some messages, as kind, length and whether it is the same. */
    const echo = async (page: Page, url: string) => {
      const lengths = [0, 1, 125, 126, 65_535, 65_536, 1 << 20, (1 << 20) + 1];
      const echoes = await page.evaluate(
        async (url, lengths) => {
          const socket = new WebSocket(url);
          socket.binaryType = "arraybuffer";
          await new Promise((resolve, reject) => {
            socket.onopen = resolve;
            socket.onerror = () => reject(new Error("no connection"));
          });
          const told: string[] = [];
          const ask = async (message: string | Blob | ArrayBuffer) => {
            const came = new Promise<string | ArrayBuffer>((resolve, reject) => {
              socket.onmessage = ({ data }) => resolve(data);
              socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
            });
            socket.send(message);
            const reply = await came;
            const sent = typeof message === "string"
              ? message
              : new Uint8Array(await new Response(message).arrayBuffer());
            const got = typeof reply === "string" ? reply : new Uint8Array(reply);
            const same = typeof got === "string"
              ? got === sent
              : got.every((byte, i) => byte === (sent as Uint8Array)[i]);
            told.push(`${typeof got === "string" ? "text" : "binary"} ${got.length} ${same}`);
          };
          for (const length of lengths) {
            const bytes = Uint8Array.from({ length }, (_, i) => i * 31 % 256);
            await ask("y".repeat(length));
            await ask(bytes.buffer);
            await ask(new Blob([bytes]));
          }
          await ask("ä€𝄞 \n\0 x\n");
          socket.close();
          return told;
        },
        url,
        lengths,
      );
      assertEquals(echoes, [
        ...lengths.flatMap((length) => [
          `text ${length} true`,
          `binary ${length} true`,
          `binary ${length} true`,
        ]),
        "text 10 true",
      ]);
    };

    await scenario(
      "text, ArrayBuffer and Blob messages come back as what they were, empty ones to over 1 MiB",
      [LISTEN, "mirror:"],
      echo,
    );

    await scenario(
      "the same from a page served with TLS",
      [
        ...["--tls-cert", certPath("server-chain.pem")],
        ...["--tls-key", certPath("server.key")],
        ...["wss-l:127.0.0.1:0", "mirror:"],
      ],
      echo,
    );

    await scenario(
      "the same by the native engine",
      [LISTEN, "mirror:"],
      async (page) => {
        await using native = await Server.start(["--engine=native", LISTEN, "mirror:"]);
        await echo(page, `ws://127.0.0.1:${native.port}/`);
      },
    );

    await scenario(
      "the first subprotocol offered is taken, and permessage-deflate is declined",
      ["-e", "--header-to-env=Sec-WebSocket-Extensions"].concat(
        LISTEN,
        "exec:printenv",
        "--exec-args",
        "H_Sec-WebSocket-Extensions",
      ),
      async (page, url) => {
        const { protocol, extensions, messages } = await life(page, url, ["chat.v2", "chat"]);
        assertEquals({ protocol, extensions }, { protocol: "chat.v2", extensions: "" });
        assertMatch(messages.join(), /^permessage-deflate/);
      },
    );

    await scenario(
      "--server-protocol: the one is taken from several, and no other",
      ["--server-protocol=chat", LISTEN, "literal:hello"],
      async (page, url) => {
        const { protocol, messages, wasClean } = await life(page, url, ["other", "chat"]);
        assertEquals([protocol, ...messages, wasClean], ["chat", "hello", true]);
        const refused = await life(page, url, ["other"]);
        assertEquals(refused, {
          ...{ protocol: "", extensions: "", messages: [] },
          ...{ code: 1006, reason: "", wasClean: false },
        });
      },
    );

    await scenario(
      "the page is told the code and the reason that the server closes with",
      ["--close-status-code=4321", "--close-reason=Schöne Grüße", LISTEN, "literal:hello"],
      async (page, url) => {
        const { messages, code, reason, wasClean } = await life(page, url);
        assertEquals(messages, ["hello"]);
        assertEquals({ code, reason, wasClean }, {
          ...{ code: 4321, reason: "Schöne Grüße", wasClean: true },
        });
      },
    );

    await scenario(
      "without a code the page is told 1005, no code",
      [LISTEN, "literal:hello"],
      async (page, url) => assertEquals((await life(page, url)).code, 1005),
    );

    await scenario(
      "the code that the page closes with is answered with the same",
      ["-v", LISTEN, "mirror:"],
      async (page, url, server) => {
        const close = (code?: number, reason?: string) =>
          page.evaluate(
            (url, code, reason) =>
              new Promise<Ended>((resolve) => {
                const socket = new WebSocket(url);
                socket.onopen = () =>
                  code === null ? socket.close() : socket.close(code, reason ?? undefined);
                socket.onclose = ({ code, reason, wasClean }) =>
                  resolve({ code, reason, wasClean });
              }),
            url,
            code ?? null,
            reason ?? null,
          );
        assertEquals(await close(), { code: 1005, reason: "", wasClean: true });
        assertEquals((await close(1000)).code, 1000);
        const ended = await close(4000, "enough of it");
        assertEquals({ code: ended.code, wasClean: ended.wasClean }, {
          ...{ code: 4000, wasClean: true },
        });
        await server.waitFor(/4000.*enough of it/);
      },
    );

    await scenario(
      "10,000 messages sent without a pause come back in their order",
      [LISTEN, "mirror:"],
      async (page, url) => {
        const wrong = await page.evaluate((url) =>
          new Promise<number | string>((resolve) => {
            const socket = new WebSocket(url);
            let next = 0;
            socket.onopen = () => {
              for (let i = 0; i < 10_000; i++) socket.send(`message ${i}`);
            };
            socket.onmessage = ({ data }) => {
              if (data !== `message ${next++}`) resolve(`${data} came as number ${next - 1}`);
              if (next === 10_000) resolve(next);
            };
            socket.onclose = ({ code }) => resolve(`closed with ${code} after ${next}`);
          }), url);
        assertEquals(wrong, 10_000);
      },
    );

    const lines = folder.file("lines");
    const count = 100_000;
    const line = (i: number) => `${i} ${"x".repeat(80)}\n`;
    Deno.writeTextFileSync(lines, Array.from({ length: count }, (_, i) => line(i)).join(""));
    await scenario(
      "a page that is too busy to read loses nothing, and makes the server hold little",
      ["-u", LISTEN, "mirror:"],
      async (page) => {
        await using server = await Server.start([LISTEN, `readfile:${lines}`]);
        const result = await page.evaluate(
          (url) =>
            new Promise<{ next: number; wrong: string[]; code: number }>((resolve) => {
              const socket = new WebSocket(url);
              let next = 0;
              const wrong: string[] = [];
              socket.onmessage = ({ data }) => {
                if (Number.parseInt(data) !== next && wrong.length < 5) wrong.push(data);
                if (next++ % 40_000 !== 0) return;
                const until = performance.now() + 300;
                while (performance.now() < until);
              };
              socket.onclose = ({ code }) => resolve({ next, wrong, code });
            }),
          `ws://127.0.0.1:${server.port}/`,
        );
        assertEquals(result, { next: count, wrong: [], code: 1005 });
        if (Deno.build.os !== "linux") return;
        const status = await Deno.readTextFile(`/proc/${server.pid}/status`);
        const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]);
        assert(peak < 160 * 1024, `${peak} KiB were used at most`);
      },
    );

    await scenario(
      "programs are told the page's Origin and the path that was asked for",
      ["-e", "--header-to-env=Origin", LISTEN, 'sh-c:echo "$H_Origin $WIRECAT_URI"'],
      async (page, url) => {
        const { messages } = await life(page, `${url}some/where?x=1&y=%20`);
        const origin = url.replace(/^ws(.*)\/$/, "http$1");
        assertEquals(messages, [`${origin} /some/where?x=1&y=%20\n`]);
      },
    );

    await scenario(
      "--restrict-uri: a WebSocket elsewhere fails, and the page is served still",
      ["--restrict-uri=/ws", LISTEN, "literal:hello"],
      async (page, url) => {
        assertEquals((await life(page, `${url}ws`)).messages, ["hello"]);
        assertEquals((await life(page, `${url}other`)).code, 1006);
      },
    );

    await scenario(
      "broadcast: what one page says, all pages hear, until one is closed",
      [LISTEN, "broadcast:mirror:"],
      async (page, url) => {
        const join = (page: Page) =>
          page.evaluate((url) =>
            new Promise<void>((resolve, reject) => {
              const socket = new WebSocket(url);
              const room = { socket, heard: [] as string[], told: () => {} };
              Object.assign(globalThis, { room });
              socket.onopen = () => resolve();
              socket.onerror = () => reject(new Error("no connection"));
              socket.onmessage = ({ data }) => {
                room.heard.push(data);
                room.told();
              };
            }), url);
        const say = (page: Page, text: string) =>
          page.evaluate((text) => {
            // deno-lint-ignore no-explicit-any -- put there by the function above
            (globalThis as any).room.socket.send(text);
          }, text);
        const heard = (page: Page, count: number) =>
          page.evaluate((count) =>
            new Promise<string[]>((resolve) => {
              // deno-lint-ignore no-explicit-any -- as above
              const { room } = globalThis as any;
              room.told = () => {
                if (room.heard.length === count) resolve(room.heard);
              };
              room.told();
            }), count);
        await join(page);
        {
          await using other = await browser.open(url.replace("ws", "http"));
          await join(other);
          await say(page, "one");
          assertEquals(await heard(page, 1), ["one"]);
          assertEquals(await heard(other, 1), ["one"]);
          await say(other, "two");
          assertEquals(await heard(page, 2), ["one", "two"]);
          assertEquals(await heard(other, 2), ["one", "two"]);
        }
        await say(page, "three");
        assertEquals(await heard(page, 3), ["one", "two", "three"]);
      },
    );

    await scenario(
      "a tab that is closed ends its session, and that is no failure",
      [LISTEN, "mirror:"],
      async (_page, url) => {
        await using server = await Server.start(["-v", "--oneshot", LISTEN, "mirror:"]);
        {
          await using tab = await browser.open(url.replace("ws", "http"));
          await tab.evaluate(
            (url) =>
              new Promise<void>((resolve) => {
                const socket = new WebSocket(url);
                Object.assign(globalThis, { socket });
                socket.onopen = () => resolve();
              }),
            `ws://127.0.0.1:${server.port}/`,
          );
        }
        assertEquals(await server.ended(), 0);
        assertMatch(server.stderr, /closed: 1001 \(going away\)$/m);
      },
    );

    await t.step({
      name: "chat: what is typed at -s comes to the page, and what the page says is printed",
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        await using server = await Server.start([...files, "-s", "127.0.0.1:0"]);
        await using page = await browser.open(`http://127.0.0.1:${server.port}/`);
        const reply = page.evaluate(
          (url) =>
            new Promise<string>((resolve) => {
              const socket = new WebSocket(url);
              socket.onopen = () => socket.send("hello from the page");
              socket.onmessage = ({ data }) => resolve(data);
            }),
          `ws://127.0.0.1:${server.port}/`,
        );
        await server.waitFor(/^hello from the page\n/m);
        await server.write("hello from the terminal\n");
        assertEquals(await reply, "hello from the terminal\n");
      },
    });
  },
});
