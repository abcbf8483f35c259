/**
 * Asking for a password on the terminal, without showing it.
 *
 * @module
 */
import { isGranted } from "../core/permission.ts";
import { usageError, WirecatError } from "../core/errors.ts";

/** How {@linkcode askPassword} asks. */
export interface AskPasswordOptions {
  /** Ends the asking with its reason. */
  readonly signal?: AbortSignal;
  /** What to do where there is no terminal to ask on. */
  readonly hint?: string;
}

/** As much of a terminal as is needed here. `Deno.FsFile` has this shape. */
export interface PasswordTerminal {
  /** Reads what was typed. */
  read(into: Uint8Array): Promise<number | null>;
  /** Shows something. */
  write(bytes: Uint8Array): Promise<number>;
  /** Whether keys are given as they are pressed, without being shown. */
  setRaw(raw: boolean): void;
  /** Lets go of it. */
  close(): void;
  /** Stops the program until somebody has it continue; the terminal is not raw meanwhile. */
  suspend?(): Promise<void>;
}

let told: ((asking: boolean) => void) | undefined;

/** Has `tell` know when a password begins to be asked for and when that is over. */
export function onAsking(tell: ((asking: boolean) => void) | undefined): void {
  told = tell;
}

let interrupted = false;

/** Whether Ctrl-C was pressed here, so that its line is ended. */
export function wasInterrupted(): boolean {
  return interrupted;
}

const ENTER = [10, 13];
const ERASE = [8, 127];
const CTRL_C = 3;
const CTRL_D = 4;
const CTRL_U = 21;
const CTRL_W = 23;
const CTRL_Z = 26;
const ESCAPE = 27;

/** The longest password, in bytes. */
const LONGEST = 4096;

/** How a line of typing has ended. */
export type LineEnd = "entered" | "interrupted" | "ended" | "suspended";

/** What was typed so far. No I/O. */
export class PasswordLine {
  #bytes: number[] = [];
  #escape: "no" | "begun" | "inside" = "no";

  /**
   * Takes a key's byte: Backspace, Ctrl-U and Ctrl-W erase, other control characters and the
   * sequences of arrow keys do nothing. Returns how the line has ended, if it has.
   */
  take(byte: number): LineEnd | undefined {
    if (this.#escape !== "no") {
      this.#skipEscape(byte);
      return undefined;
    }
    if (ENTER.includes(byte)) return "entered";
    if (byte === CTRL_C) return "interrupted";
    if (byte === CTRL_Z) return "suspended";
    if (byte === CTRL_D) return this.#bytes.length === 0 ? "ended" : "entered";
    if (byte === CTRL_U || byte === CTRL_W) this.#bytes = [];
    else if (ERASE.includes(byte)) this.#eraseCharacter();
    else if (byte === ESCAPE) this.#escape = "begun";
    else if (byte >= 32 && this.#bytes.length < LONGEST) this.#bytes.push(byte);
    return undefined;
  }

  /** `ESC [ … LETTER`, `ESC O LETTER`, or `ESC` and one key. */
  #skipEscape(byte: number): void {
    if (this.#escape === "begun" && (byte === 0x5b || byte === 0x4f)) this.#escape = "inside";
    else if (this.#escape === "begun" || (byte >= 0x40 && byte <= 0x7e)) this.#escape = "no";
  }

  /** UTF-8 has characters of many bytes; all but the first begin with the bits 10. */
  #eraseCharacter(): void {
    let byte: number | undefined;
    do byte = this.#bytes.pop(); while (byte !== undefined && (byte & 0xc0) === 0x80);
  }

  /** The password. */
  text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes));
  }
}

/**
 * Asks for a password on the terminal of the process, whatever standard input is. Nothing of it
 * is shown. The terminal is as before when this is over, however that comes. Ctrl-C becomes the
 * signal that it is otherwise; Ctrl-Z stops the program, which asks anew when it continues.
 *
 * Throws a usage error where there is no terminal, and where the input ends.
 */
export async function askPassword(
  prompt: string,
  options: AskPasswordOptions = {},
  terminal: PasswordTerminal = openTerminal(prompt, options),
): Promise<string> {
  const { signal, hint } = options;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal!.reason);
  aborted.promise.catch(() => {});
  try {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", abort, { once: true });
    told?.(true);
    let line: PasswordLine;
    let end: LineEnd;
    for (;;) {
      line = new PasswordLine();
      end = await readRaw(line, prompt, terminal, aborted.promise);
      if (end !== "suspended") break;
      await terminal.suspend?.();
    }
    if (end === "entered") return line.text();
    if (end === "ended") throw usageError("no password was typed", hint);
    return await interrupt(aborted.promise);
  } finally {
    signal?.removeEventListener("abort", abort);
    terminal.close();
    told?.(false);
  }
}

const encoder = new TextEncoder();

/** Reads until the line has ended; the terminal is as before then. */
async function readRaw(
  line: PasswordLine,
  prompt: string,
  terminal: PasswordTerminal,
  aborted: Promise<never>,
): Promise<LineEnd> {
  terminal.setRaw(true);
  try {
    await terminal.write(encoder.encode(prompt));
    const keys = new Uint8Array(256);
    for (;;) {
      const count = await Promise.race([terminal.read(keys), aborted]);
      if (count === null) return "ended";
      for (let i = 0; i < count; i++) {
        const end = line.take(keys[i]);
        if (end !== undefined) return end;
      }
    }
  } finally {
    try {
      terminal.setRaw(false);
      await terminal.write(encoder.encode("\n"));
    } catch {
      // The terminal is gone.
    }
  }
}

/** How long the program may take to react to the signal, in milliseconds. */
const REACTION = 500;

/** A raw terminal makes no signal of Ctrl-C, so it is made here. */
async function interrupt(aborted: Promise<never>): Promise<never> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  interrupted = true;
  try {
    Deno.kill(Deno.pid, "SIGINT");
    await Promise.race([aborted, new Promise((resolve) => timer = setTimeout(resolve, REACTION))]);
  } catch (error) {
    // Without permission to send signals the error alone has to do.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  } finally {
    clearTimeout(timer);
  }
  throw new WirecatError("other", "interrupted");
}

/** A stop takes effect within so many milliseconds; who is not stopped goes on after that. */
const SUSPEND_TIME = 100;

/** Has all that was started with it stop, too, as the terminal itself would. */
async function suspend(): Promise<void> {
  if (Deno.build.os === "windows" || !isGranted({ name: "run" })) return;
  Deno.kill(0, "SIGTSTP");
  await new Promise((resolve) => setTimeout(resolve, SUSPEND_TIME));
}

function openTerminal(prompt: string, { hint }: AskPasswordOptions): PasswordTerminal {
  try {
    return controllingTerminal();
  } catch {
    if (Deno.stdin.isTerminal()) {
      const { stdin, stderr } = Deno;
      return {
        read: (into) => stdin.read(into),
        write: (bytes) => stderr.write(bytes),
        setRaw: (raw) => stdin.setRaw(raw),
        close() {},
        suspend,
      };
    }
    throw usageError(
      `there is no terminal to ask on: ${prompt.replace(/[\s:]+$/, "")}`,
      hint,
    );
  }
}

/** The terminal of the process, whatever its standard input is. Throws where it has none. */
function controllingTerminal(): PasswordTerminal {
  const windows = Deno.build.os === "windows";
  const keyboard = Deno.openSync(windows ? "CONIN$" : "/dev/tty", { read: true, write: windows });
  try {
    // Another handle: a read that is under way must not hold up what is written.
    const screen = Deno.openSync(windows ? "CONOUT$" : "/dev/tty", { read: windows, write: true });
    const mode = windows ? keyboard : screen;
    return {
      read: (into) => keyboard.read(into),
      write: (bytes) => screen.write(bytes),
      setRaw: (raw) => mode.setRaw(raw),
      close() {
        keyboard.close();
        screen.close();
      },
      suspend,
    };
  } catch (error) {
    keyboard.close();
    throw error;
  }
}
