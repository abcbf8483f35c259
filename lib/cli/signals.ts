/**
 * Signals from outside: the first asks sessions to end in order, the second ends the
 * program at once.
 *
 * @module
 */
import { readAgain } from "./hang_up.ts";

/** Signals that end a program, with the number that its exit status tells of. */
const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Under `deno task` one Ctrl-C arrives twice: from the terminal and handed on. What follows
 * within so many milliseconds is the same one.
 */
const SAME_PRESS = 100;

/** Whether whoever started the program has it ignore a signal, as nohup(1) does (Linux). */
function isIgnored(number: number): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const mask = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
    return (mask >> BigInt(number - 1) & 1n) === 1n;
  } catch {
    return false; // Without permission to read it nothing is known.
  }
}

/** Until when a Ctrl-C is meant for another program. */
let othersUntil = -Infinity;

/**
 * Has Ctrl-C leave this program alone while another one has the terminal: both are sent it. The
 * other one may have ended of it before it is heard of here.
 */
export function leaveInterrupts(toOthers: boolean): void {
  othersUntil = toOthers ? Infinity : performance.now() + SAME_PRESS;
}

/** Listens for signals. `first` is called with the exit status that the first one asks for. */
export function onSignals(first: (status: number) => void): void {
  let since: number | undefined;
  const nohup = isIgnored(NUMBERS.SIGHUP);
  for (const [name, number] of Object.entries(NUMBERS)) {
    if (Deno.build.os === "windows" && name !== "SIGINT") continue;
    Deno.addSignalListener(name as Deno.Signal, () => {
      // Without a listener of its own Deno would die of it, having one for another signal.
      if (name === "SIGHUP" && (readAgain() || nohup)) return;
      if (name === "SIGINT" && performance.now() < othersUntil) return;
      const status = 128 + number;
      if (since === undefined) {
        since = performance.now();
        first(status);
      } else if (performance.now() - since > SAME_PRESS) {
        Deno.exit(status);
      }
    });
  }
}
