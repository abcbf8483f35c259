/**
 * A terminal's screen as a picture.
 *
 * @module
 */
import type { Run } from "./screen.ts";

/** The 16 colours, on a dark ground. */
const COLOURS: readonly string[] = [
  ...["#484f58", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#d0d7de"],
  ...["#6e7681", "#ffa198", "#aff5b4", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff"],
];
const GROUND = "#0d1117";
const INK = "#d0d7de";

/** Sizes in pixels. A character of most fixed-width fonts is 0.6 of its height wide. */
const FONT = 14;
const COLUMN = FONT * 0.6;
const LINE = 19;
const MARGIN = 16;
const TITLE = 34;

/** The picture, as SVG; `title` is for those who do not see it. */
export function svgOf(lines: readonly Run[][], columns: number, title: string): string {
  const width = Math.ceil(columns * COLUMN) + 2 * MARGIN;
  const height = TITLE + lines.length * LINE + MARGIN;
  const dots = COLOURS.slice(1, 4).map((colour, i) =>
    `<circle cx="${MARGIN + 6 + i * 18}" cy="18" r="5" fill="${colour}"/>`
  );
  const texts = lines.flatMap((runs, row) =>
    runs.flatMap((run) => pieces(run).map((piece) => textOf(piece, row)))
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>`,
    ...dots,
    `<g fill="${INK}" font-size="${FONT}" ` +
    `font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace">`,
    ...texts,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** The parts between wide spaces, which SVG does not keep. */
function pieces(run: Run): Run[] {
  return [...run.text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
    ...run,
    column: run.column + match.index,
    text: match[0],
  }));
}

function textOf({ column, text, colour, bold, faint }: Run, row: number): string {
  const x = rounded(MARGIN + column * COLUMN);
  const y = TITLE + row * LINE + FONT;
  const look = [
    colour === undefined ? "" : ` fill="${COLOURS[colour]}"`,
    bold ? ' font-weight="bold"' : "",
    faint ? ' opacity="0.6"' : "",
  ];
  return `<text x="${x}" y="${y}"${look.join("")}>${escaped(text)}</text>`;
}

function rounded(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
