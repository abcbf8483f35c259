/** The picture of the README: what is on a screen is what is drawn. */
import { assert, assertEquals } from "@std/assert";
import { screenLines } from "../../scripts/recording/screen.ts";
import { svgOf } from "../../scripts/recording/svg.ts";
import { inCheckout } from "../checkout.ts";

const texts = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((m) => m[1]);

Deno.test("recording: colours last until they are changed, also over the end of a line", () => {
  assertEquals(screenLines("a\x1b[36mb\nc\x1b[0md \x1b[2;91me\n\n"), [
    [{ column: 0, text: "a" }, { column: 1, text: "b", colour: 6 }],
    [{ column: 0, text: "c", colour: 6 }, { column: 1, text: "d " }, {
      column: 3,
      text: "e",
      faint: true,
      colour: 9,
    }],
  ]);
});

Deno.test("recording: characters stand in their columns, whatever spaces are between them", () => {
  const svg = svgOf(screenLines("ab   c\n  \x1b[1m<&>"), 10, "a & b");
  assertEquals(texts(svg), ["ab", "c", "&lt;&amp;&gt;"]);
  const [ab, c, angle] = [...svg.matchAll(/<text x="([\d.]+)" y="(\d+)"/g)]
    .map((match) => [Number(match[1]), Number(match[2])]);
  assertEquals(c[0] - ab[0], 42);
  assertEquals(c[1], ab[1]);
  assert(angle[1] > ab[1]);
  assert(svg.includes("<title>a &amp; b</title>") && svg.includes('font-weight="bold"'));
});

Deno.test("recording: the picture in docs/ is of a prompt, small, and the README shows it", async () => {
  const svg = await Deno.readTextFile(inCheckout("docs/terminal.svg"));
  assert(svg.length < 8192);
  for (const text of ["$ wirecat ws://127.0.0.1:8080/", "/ping", "/help lists"]) {
    assert(texts(svg).join("\n").includes(text), text);
  }
  assert(Deno.readTextFileSync(inCheckout("README.md")).includes("(docs/terminal.svg)"));
});
