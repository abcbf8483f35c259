/** noVNC in Chromium shows a desktop of a real VNC server through the websockify personality. */
import { assert, assertEquals } from "@std/assert";
import { decodeBase64 } from "@std/encoding/base64";
import { freePort } from "../free_port.ts";
import { certPath } from "../tls/fixture.ts";
import { Chromium, chromium, type Page } from "./chromium.ts";
import { findProgram, Program, run, TempFolder, wirecat } from "./programs.ts";

const NOVNC = "1.7.0";
const WIDTH = 400;
const HEIGHT = 300;

const PAGE = `<!DOCTYPE html>
<meta charset="utf-8">
<body style="margin: 0">
<div id="screen" style="width: ${WIDTH}px; height: ${HEIGHT}px"></div>
<script type="module">
import RFB from "./core/rfb.js";
const scheme = location.protocol === "https:" ? "wss" : "ws";
const rfb = new RFB(document.getElementById("screen"), scheme + "://" + location.host + "/");
rfb.addEventListener("connect", () => rfb.focus());
globalThis.rfb = rfb;
</script>
`;

/** What the test needs and is not there. */
function missing(): string[] {
  const programs = ["Xtigervnc", "xterm", "xsetroot", "xwd"].filter((name) => !findProgram(name));
  return chromium === undefined ? ["chromium", ...programs] : programs;
}

/** Puts noVNC into a folder, by way of the npm registry. False if that cannot be reached. */
async function fetchNovnc(folder: TempFolder): Promise<boolean> {
  folder.file("package.json", JSON.stringify({ dependencies: { "@novnc/novnc": NOVNC } }));
  const words = [Deno.execPath(), "install", "--quiet", "--node-modules-dir=auto"];
  const { status } = await run(words, "", { cwd: folder.path });
  return status === 0;
}

/** The screen of a display: red, green and blue of each pixel. */
async function desktop(display: string): Promise<Uint8Array> {
  const { stdout } = await new Deno.Command("xwd", {
    args: ["-display", display, "-root", "-silent"],
  }).output();
  const view = new DataView(stdout.buffer, stdout.byteOffset);
  const header = view.getUint32(0);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [lineLength, colours] = [view.getUint32(48), view.getUint32(76)];
  assertEquals([width, height, view.getUint32(44)], [WIDTH, HEIGHT, 32]);
  const pixels = stdout.subarray(header + colours * 12);
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0, to = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, to += 3) {
      const at = y * lineLength + x * 4; // Blue first.
      rgb.set([pixels[at + 2], pixels[at + 1], pixels[at]], to);
    }
  }
  return rgb;
}

/** What noVNC shows, in the same form; nothing before it shows anything. */
async function shown(page: Page): Promise<Uint8Array | undefined> {
  const base64 = await page.evaluate(
    (width: number, height: number) => {
      // deno-lint-ignore no-explicit-any -- this is the page's world
      const canvas = (globalThis as any).document.querySelector("canvas");
      if (canvas === null || canvas.width !== width || canvas.height !== height) return "";
      const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
      let text = "";
      for (let i = 0; i < data.length; i += 4) {
        text += String.fromCharCode(data[i], data[i + 1], data[i + 2]);
      }
      return btoa(text);
    },
    WIDTH,
    HEIGHT,
  );
  return base64 === "" ? undefined : decodeBase64(base64);
}

/** How much of two pictures is the same but for what a lossy encoding may change. */
function likeness(one: Uint8Array, other: Uint8Array): number {
  let same = 0;
  for (let i = 0; i < one.length; i++) if (Math.abs(one[i] - other[i]) <= 24) same++;
  return same / one.length;
}

/** How long a program may take to show or to write what it is to, in milliseconds. */
const PATIENCE = 30_000;

/** Waits until the page shows what the display has. */
async function assertShows(page: Page, display: string): Promise<void> {
  let best = 0;
  for (const end = performance.now() + PATIENCE; performance.now() < end;) {
    const picture = await shown(page);
    if (picture !== undefined) {
      best = likeness(picture, await desktop(display));
      if (best > 0.999) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`noVNC shows something else than the desktop: ${best} of it is the same`);
}

/** Waits for the content of a file. */
async function contentOf(path: string): Promise<string> {
  for (const end = performance.now() + PATIENCE; performance.now() < end;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.endsWith("\n")) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return "";
}

const lacks = missing();

Deno.test({
  name: "novnc: a browser shows the desktop of a VNC server, and typing reaches it" +
    (lacks.length === 0 ? "" : ` (skipped: ${lacks.join(" and ")} not installed)`),
  ignore: lacks.length > 0,
  async fn(t) {
    using folder = new TempFolder();
    if (!await fetchNovnc(folder)) {
      console.log("skipped: the npm registry, which has noVNC, cannot be reached");
      return;
    }
    const web = `${folder.path}/node_modules/@novnc/novnc`;
    await Deno.writeTextFile(`${web}/index.html`, PAGE);
    const port = freePort();
    const geometry = `${WIDTH}x${HEIGHT}`;
    await using server = new Program("Xtigervnc", [
      ...["-displayfd", "1", "-rfbport", String(port), "-interface", "127.0.0.1"],
      ...["-geometry", geometry, "-depth", "24", "-SecurityTypes", "None", "-ac"],
    ]);
    const display = `:${(await server.waitFor(/^(\d+)$/m))[1]}`;
    await server.waitFor(/Listening for VNC connections/);
    await run(["xsetroot", "-display", display, "-solid", "#336699"]);

    await using proxy = wirecat([
      ...["websockify", "--web", await Deno.realPath(web)],
      ...["--cert", certPath("server-chain.pem"), "--key", certPath("server.key")],
      ...["127.0.0.1:0", `127.0.0.1:${port}`],
    ]);
    const address = (await proxy.waitFor(/Listen on (\S+)/))[1];
    await using browser = await Chromium.start("--ignore-certificate-errors");

    for (const scheme of ["http", "https"]) {
      await t.step(`over ${scheme}`, async () => {
        const typed = folder.file(`typed-${scheme}`);
        const ready = folder.file(`ready-${scheme}`);
        await using _terminal = new Program("xterm", [
          ...["-display", display, "-geometry", "55x15+20+20", "-wf", "-e", "sh", "-c"],
          `echo > ${ready}; read line; echo "$line" > ${typed}; sleep 600`,
        ]);
        // Before its window is there, the page and the desktop are alike, and nobody is typed to.
        assertEquals(await contentOf(ready), "\n");
        await using page = await browser.open(`${scheme}://${address}/`);
        await assertShows(page, display);
        await page.type(`over ${scheme}\n`);
        assertEquals(await contentOf(typed), `over ${scheme}\n`);
        await assertShows(page, display);
        assert(new Set(await desktop(display)).size > 3, "the desktop shows more than one colour");
      });
    }
  },
});
