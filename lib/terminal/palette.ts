/**
 * Colours by what something is.
 *
 * @module
 */

/** Colours a text, or leaves it. */
export type Paint = (text: string) => string;

/** What is coloured. */
export interface Palette {
  /** The mark of what came, and of what was sent. */
  readonly received: Paint;
  readonly sent: Paint;
  /** What wirecat says of the connection. */
  readonly status: Paint;
  /** What went wrong. */
  readonly error: Paint;
  /** What matters less: times, notes, offsets. */
  readonly faint: Paint;
  /** What stands for something that is not shown as it is. */
  readonly escape: Paint;
  /** The parts of JSON. */
  readonly key: Paint;
  readonly string: Paint;
  readonly number: Paint;
  readonly literal: Paint;
}

function sgr(code: number, end: number): Paint {
  const open = `\x1b[${code}m`;
  const close = `\x1b[${end}m`;
  return (text) => text === "" ? "" : open + text + close;
}

const plain: Paint = (text) => text;

const PLAIN: Palette = {
  received: plain,
  sent: plain,
  status: plain,
  error: plain,
  faint: plain,
  escape: plain,
  key: plain,
  string: plain,
  number: plain,
  literal: plain,
};

/** The sixteen colours only, so that they go with any theme. */
const COLOURED: Palette = {
  received: sgr(36, 39),
  sent: sgr(32, 39),
  status: sgr(33, 39),
  error: sgr(31, 39),
  faint: sgr(2, 22),
  escape: sgr(35, 39),
  key: sgr(34, 39),
  string: sgr(32, 39),
  number: sgr(36, 39),
  literal: sgr(33, 39),
};

/** The colours to use. */
export function paletteFor(coloured: boolean): Palette {
  return coloured ? COLOURED : PLAIN;
}
