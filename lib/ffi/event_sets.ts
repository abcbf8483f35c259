/**
 * How the runtime waits for a descriptor, as Linux tells it.
 *
 * @module
 */
/** `struct epoll_event` is packed on x86-64 only: 12 bytes there, 16 elsewhere. */
export const EVENT_WORDS: number = Deno.build.arch === "x86_64" ? 3 : 4;

/** A descriptor in an epoll set. */
export interface Watch {
  /** The set's own descriptor. */
  readonly set: number;
  /** The `struct epoll_event` that it was put in with. */
  readonly event: Int32Array<ArrayBuffer>;
}

/** Where Linux tells about the descriptors of this process. */
const TOLD = "/proc/self/fdinfo";

/**
 * Where a descriptor is waited for. Nothing if it is in no epoll set, or if that cannot be told:
 * it is Linux that tells, in files that take all permissions to read. Nothing either if sets that
 * differ have its number: one that was inherited goes by the numbers of the parent.
 */
export function watchOf(fd: number): Watch | undefined {
  let found: Watch | undefined;
  for (const set of toldDescriptors()) {
    for (const [, watched, events, data] of linesOf(set)) {
      if (Number(watched) !== fd) continue;
      const event = eventOf(events, BigInt(`0x${data}`));
      // The runtime has its set twice.
      if (found?.event.some((word, i) => word !== event[i])) return undefined;
      found ??= { set, event };
    }
  }
  return found;
}

/** The descriptors that are told about; none where it would be in vain to ask for each. */
function toldDescriptors(): number[] {
  try {
    return Array.from(Deno.readDirSync(TOLD), ({ name }) => Number(name));
  } catch {
    return []; // This is not Linux, or it is not allowed.
  }
}

/** What is in an epoll set; nothing for anything else. */
function linesOf(set: number): Iterable<RegExpMatchArray> {
  try {
    if (Deno.readLinkSync(`/proc/self/fd/${set}`) !== "anon_inode:[eventpoll]") return [];
    return Deno.readTextFileSync(`${TOLD}/${set}`)
      .matchAll(/^tfd: +(\d+) events: +([\da-f]+) data: +([\da-f]+)/gm);
  } catch {
    return []; // It is gone.
  }
}

function eventOf(events: string, data: bigint): Int32Array<ArrayBuffer> {
  const event = new Int32Array(EVENT_WORDS);
  event[0] = Number.parseInt(events, 16);
  event[EVENT_WORDS - 2] = Number(BigInt.asIntN(32, data));
  event[EVENT_WORDS - 1] = Number(BigInt.asIntN(32, data >> 32n));
  return event;
}
