/**
 * The one line on standard error that tells a person what a probe is waiting for.
 *
 * @module
 */
import { divertLines, writeLine } from "../core/log.ts";
import { onAsking } from "../terminal/ask_password.ts";

/** How often the line is drawn, in milliseconds; a probe that is quicker draws none. */
const INTERVAL = 150;

/** From how many milliseconds on the line tells how long a step takes. */
const LONG = 1000;

/** Erases the line (ECMA-48, 8.3.41) and goes to its beginning. */
const ERASE = "\r\x1b[K";

/** Draws the line and takes it away again. */
export class Progress {
  readonly #write: (text: string) => void;
  readonly #writeAbove: (line: string) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #step: () => string | undefined = () => undefined;
  #said?: string;
  #since = performance.now();
  #drawn = false;
  #held = false;

  /** `write` takes text for the terminal, `writeAbove` diagnostics, which are lines above it. */
  constructor(
    write: (text: string) => void = writeNow,
    writeAbove: (line: string) => void = writeLine,
  ) {
    this.#write = write;
    this.#writeAbove = writeAbove;
    this.#timer = setInterval(() => this.#draw(), INTERVAL);
    divertLines((line) => this.#above(line));
    onAsking((asking) => {
      this.#held = asking;
      this.#erase();
    });
  }

  /** From now on the line says what `step` does, which is called whenever it is drawn. */
  follow(step: () => string | undefined): void {
    this.#step = step;
  }

  /** Takes the line away for good. */
  stop(): void {
    clearInterval(this.#timer);
    divertLines(undefined);
    onAsking(undefined);
    this.#erase();
  }

  #draw(): void {
    if (this.#held) return;
    const said = this.#step();
    if (said !== this.#said) {
      this.#said = said;
      this.#since = performance.now();
    }
    if (said === undefined) return this.#erase();
    const took = performance.now() - this.#since;
    const time = took < LONG ? "" : ` ${Math.floor(took / 1000)} s`;
    this.#drawn = true;
    this.#write(`${ERASE}wirecat: ${said} …${time}`);
  }

  #erase(): void {
    if (this.#drawn) this.#write(ERASE);
    this.#drawn = false;
  }

  #above(line: string): void {
    this.#erase();
    divertLines(undefined);
    this.#writeAbove(line);
    divertLines((line) => this.#above(line));
  }
}

function writeNow(text: string): void {
  try {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // Nobody looks.
  }
}
