/**
 * Telling of refused logins: who tries one after the other is told of once a second.
 *
 * @module
 */
import { onAbort } from "../core/abort.ts";
import type { Env, LoginRefused } from "../core/opener.ts";

/** How long the logins of an address are only counted after one was told, in milliseconds. */
const QUIET = 1000;

/** So many addresses are counted at once; those of others are told each. */
const MOST_ADDRESSES = 1000;

/** How many logins of each address were not told, and when that is over. */
type Counts = Map<string, { more: number; readonly timer: ReturnType<typeof setTimeout> }>;

const counts = new WeakMap<AbortSignal, Counts>();

/** Tells of a refused login, or counts it and tells the sum at the end of the second. */
export function reportLogin(error: LoginRefused, { log, signal }: Env): void {
  const all = countsOf(signal, (message) => log.warn(message));
  const { address } = error;
  const counted = all.get(address);
  if (counted !== undefined) {
    counted.more++;
    return log.info(error.message);
  }
  log.failure(error);
  if (signal.aborted || all.size >= MOST_ADDRESSES) return;
  const timer = setTimeout(() => sum(all, address, (message) => log.warn(message)), QUIET);
  Deno.unrefTimer(timer); // The end of the program does not wait for it.
  all.set(address, { more: 0, timer });
}

/** The counts of a run, which are told when it ends. */
function countsOf(signal: AbortSignal, tell: (message: string) => void): Counts {
  let all = counts.get(signal);
  if (all === undefined) {
    const made: Counts = all = new Map();
    counts.set(signal, made);
    onAbort(signal, () => [...made.keys()].forEach((address) => sum(made, address, tell)));
  }
  return all;
}

function sum(all: Counts, address: string, tell: (message: string) => void): void {
  const { more, timer } = all.get(address)!;
  clearTimeout(timer);
  all.delete(address);
  if (more > 0) tell(`… and ${more} more refused login${more === 1 ? "" : "s"} from ${address}`);
}
