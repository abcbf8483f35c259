/**
 * How the runtime waits for a descriptor, as Linux tells it.
 *
 * @module
 */
import { openDescriptors } from "./open_descriptors.ts";

/** `struct epoll_event` is packed on x86-64 only: 12 bytes there, 16 elsewhere. */
export const EVENT_WORDS: number = Deno.build.arch === "x86_64" ? 3 : 4;

/** A descriptor in an epoll set. */
export interface Watch {
  /** The set's own descriptor. */
  readonly set: number;
  /** The `struct epoll_event` that it was put in with. */
  readonly event: Int32Array<ArrayBuffer>;
}

/**
 * Where a descriptor is waited for. Nothing if it is in no epoll set, or if that cannot be told:
 * it is Linux that tells, in files that take all permissions to read.
 */
export function watchOf(fd: number): Watch | undefined {
  for (const set of openDescriptors()) {
    for (const [, watched, events, data] of linesOf(set)) {
      if (Number(watched) === fd) return { set, event: eventOf(events, BigInt(`0x${data}`)) };
    }
  }
}

/** What is in an epoll set; nothing for anything else. */
function linesOf(set: number): Iterable<RegExpMatchArray> {
  try {
    if (Deno.readLinkSync(`/proc/self/fd/${set}`) !== "anon_inode:[eventpoll]") return [];
    return Deno.readTextFileSync(`/proc/self/fdinfo/${set}`)
      .matchAll(/^tfd: +(\d+) events: +([\da-f]+) data: +([\da-f]+)/gm);
  } catch {
    return []; // It is gone; or this is not Linux, or not allowed.
  }
}

function eventOf(events: string, data: bigint): Int32Array<ArrayBuffer> {
  const event = new Int32Array(EVENT_WORDS);
  event[0] = Number.parseInt(events, 16);
  event[EVENT_WORDS - 2] = Number(BigInt.asIntN(32, data));
  event[EVENT_WORDS - 1] = Number(BigInt.asIntN(32, data >> 32n));
  return event;
}
