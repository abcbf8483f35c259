/**
 * The terminal of the process: keys as they are pressed, and everything as before at the end,
 * however that comes.
 *
 * @module
 */
import { environment, isGranted } from "../core/permission.ts";
import { leaveInterrupts } from "../cli/signals.ts";
import type { ScreenSize } from "./screen.ts";

/** As much of a terminal as a console needs. */
export interface Terminal {
  /** Whether a row that is longer than a narrower window goes on in the next row, or is cut. */
  readonly reflows: boolean;
  /** Reads what was typed; nothing when the terminal is gone. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes all of a text. */
  write(text: string): Promise<void>;
  /** Its size at present. */
  size(): ScreenSize;
  /** Takes it over. `changed` is called when its size is another, or everything is to be drawn anew. */
  enter(changed: (resumed: boolean) => void): void;
  /** Gives it back. */
  leave(): void;
  /**
   * Gives it back, stops the program until somebody has it continue, and takes it over again, which
   * `changed` tells. False where that cannot be done.
   */
  suspend(): boolean;
  /** Leaves it to another program until {@linkcode Terminal.takeBack}; nothing may be read meanwhile. */
  lend(): void;
  /** Takes it over again. */
  takeBack(): void;
}

/** Has pastes come in brackets. */
const BEGIN = "\x1b[?2004h";
/** Ends that; shows the cursor; no colours. */
const END = "\x1b[?2004l\x1b[?25h\x1b[0m";

/**
 * What a program that was killed could not undo: a screen of its own, and other codes for cursor
 * keys, keypad, and mouse. Where there is nothing to undo it does nothing.
 */
const PLAIN = "\x1b[?1047l\x1b[?1l\x1b>\x1b[?1000l\x1b[?1002l\x1b[?1003l";

/** A stop takes effect within so many milliseconds; who is not stopped goes on after that. */
const SUSPEND_TIME = 100;

/** The number of the signal that ends a program at once, whatever it does. */
const SIGQUIT = 3;

const encoder = new TextEncoder();

/** Standard input and output. */
export class RawTerminal implements Terminal {
  #entered = false;
  #raw = false;
  #lent = false;
  #suspendTimer?: ReturnType<typeof setTimeout>;
  #changed: (resumed: boolean) => void = () => {};
  readonly #resized = () => this.#changed(false);
  readonly #continued = () => {
    if (!this.#entered || this.#lent) return;
    clearTimeout(this.#suspendTimer);
    this.#start();
    this.#changed(true);
  };
  /** What is said next is not to stand behind the line that was being typed. */
  readonly #lost = () => this.#stop("\r\n");
  readonly #quit = () => {
    if (this.#lent) return;
    this.#lost();
    Deno.exit(128 + SIGQUIT);
  };

  get reflows(): boolean {
    return reflows(environment);
  }

  read(into: Uint8Array): Promise<number | null> {
    return Deno.stdin.read(into);
  }

  async write(text: string): Promise<void> {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) {
      try {
        at += await Deno.stdout.write(bytes.subarray(at));
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 5)); // Somebody made it non-blocking.
      }
    }
  }

  size(): ScreenSize {
    try {
      const { columns, rows } = Deno.consoleSize();
      if (columns > 0 && rows > 0) return { columns, rows };
    } catch {
      // It does not tell.
    }
    return { columns: 80, rows: 24 };
  }

  enter(changed: (resumed: boolean) => void): void {
    this.#changed = changed;
    this.#entered = true;
    this.#start();
    listen("SIGWINCH", this.#resized);
    listen("SIGCONT", this.#continued);
    listen("SIGQUIT", this.#quit);
    // An error that nobody catches, and `Deno.exit`.
    globalThis.addEventListener("error", this.#lost);
    globalThis.addEventListener("unhandledrejection", this.#lost);
    globalThis.addEventListener("unload", this.#lost);
  }

  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    clearTimeout(this.#suspendTimer);
    this.#stop();
    unlisten("SIGWINCH", this.#resized);
    unlisten("SIGCONT", this.#continued);
    unlisten("SIGQUIT", this.#quit);
    globalThis.removeEventListener("error", this.#lost);
    globalThis.removeEventListener("unhandledrejection", this.#lost);
    globalThis.removeEventListener("unload", this.#lost);
  }

  suspend(): boolean {
    if (Deno.build.os === "windows" || !isGranted({ name: "run" })) return false;
    this.#stop();
    // All that was started with it stops, too, as the terminal itself would have it. Where no
    // shell is there to have it continue, the system ignores this.
    Deno.kill(0, "SIGTSTP");
    this.#suspendTimer = setTimeout(this.#continued, SUSPEND_TIME);
    return true;
  }

  lend(): void {
    this.#lent = true;
    leaveInterrupts(true);
    this.#stop();
  }

  takeBack(): void {
    this.#lent = false;
    leaveInterrupts(false);
    if (!this.#entered) return;
    writeNow(PLAIN);
    this.#start();
  }

  #start(): void {
    Deno.stdin.setRaw(true);
    this.#raw = true;
    writeNow(BEGIN);
  }

  #stop(last = ""): void {
    if (!this.#raw) return;
    this.#raw = false;
    writeNow(END + last);
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone.
    }
  }
}

/** Variables of those who wrap, some of which may have been started from an xterm. */
const WRAPPING: readonly string[] = [
  "TMUX",
  "STY",
  "VTE_VERSION",
  "KITTY_WINDOW_ID",
  "ALACRITTY_WINDOW_ID",
  "TERM_PROGRAM",
];

/**
 * Whether the terminal wraps what is drawn already when its window becomes narrower. Most do.
 * xterm and the consoles of systems cut it off, and say who they are; over ssh, which hands on
 * `TERM` only, an xterm is taken for one of most.
 */
export function reflows(variable: (name: string) => string | undefined): boolean {
  if (WRAPPING.some((name) => variable(name) !== undefined)) return true;
  return variable("XTERM_VERSION") === undefined &&
    !/^(linux|putty|vt\d)/.test(variable("TERM") ?? "");
}

function writeNow(text: string): void {
  try {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // The terminal is gone, or takes nothing at the moment.
  }
}

function listen(signal: Deno.Signal, handler: () => void): void {
  try {
    Deno.addSignalListener(signal, handler);
  } catch {
    // Not on this system.
  }
}

function unlisten(signal: Deno.Signal, handler: () => void): void {
  try {
    Deno.removeSignalListener(signal, handler);
  } catch {
    // Not on this system.
  }
}
