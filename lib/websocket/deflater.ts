/**
 * Messages out, compressed (RFC 7692, section 7.2.1).
 *
 * A compressor's context takes over 256 KiB. It is no more than a promise to remember, though:
 * what was sent stays readable if the sender forgets, and that is made use of thrice. No more than
 * {@linkcode MOST_CONTEXTS} connections have one, and who has sent nothing for longest loses it.
 * Those without context takeover share one, which forgets before each message. And a message
 * for many connections is compressed once, by that one, whatever each has agreed on.
 *
 * @module
 */
import type { DeflateDirection } from "./deflate_negotiation.ts";
import { DeflateTraffic } from "./deflate_traffic.ts";
import { RawDeflate } from "./raw_deflate.ts";

/** How one end compresses what it sends. */
export interface DeflaterOptions extends DeflateDirection {
  /** zlib's level, 0 to 9. */
  readonly level: number;
  /** Shorter messages are sent as they are, in bytes; if not given, what is worth it decides. */
  readonly threshold?: number;
}

/**
 * Compressed by themselves, shorter messages hardly become any shorter: the same limit as that of
 * the npm package `ws`.
 */
const ALONE = 1024;
/** In the context of others, even short ones do, if they are like those. */
const IN_CONTEXT = 32;

/** How many connections have a context of their own at most. */
export const MOST_CONTEXTS = 64;

/** The contexts of those that have sent of late, who has sent longest ago first. */
const own = new Map<Deflater, RawDeflate>();
/** Contexts that forget, by level and window. */
const forgetful = new Map<string, RawDeflate>();
/** How many connections there are. */
let users = 0;

/** One direction of a connection. {@linkcode close} has to follow. */
export class Deflater {
  /** What has been sent. */
  readonly traffic: DeflateTraffic = new DeflateTraffic();
  /** What makes two of them compress a message for many to the same bytes. */
  readonly key: string;
  readonly #options: DeflaterOptions;
  readonly #contextKey: string;
  readonly #threshold: number;
  readonly #thresholdForMany: number;
  /** Whether the other end has got something that the context has not seen. */
  #behind = false;

  /** Holds nothing until something is compressed. */
  constructor(options: DeflaterOptions) {
    this.#options = options;
    this.#contextKey = `${options.level} ${options.windowBits}`;
    this.#thresholdForMany = options.threshold ?? ALONE;
    this.#threshold = options.threshold ?? (options.contextTakeover ? IN_CONTEXT : ALONE);
    this.key = `${this.#contextKey} ${this.#thresholdForMany}`;
    users++;
  }

  /** Whether a message, or the first part of a longer one, is worth it. */
  wants(length: number, more: boolean, forMany: boolean): boolean {
    const threshold = forMany ? this.#thresholdForMany : this.#threshold;
    return length > 0 && (more || length >= threshold);
  }

  /** Whether each message stands for itself, so that one may be sent as it is after all. */
  get forgets(): boolean {
    return !this.#options.contextTakeover;
  }

  /** How many bytes `length` bytes become at most, and a few to spare. */
  bound(length: number): number {
    return length + (length >>> 3) + (length >>> 6) + 64;
  }

  /**
   * Compresses `input[from, to)` to `output` at `at`, where there has to be room for as many bytes
   * as {@linkcode bound} says. `last`: a message ends with it. `forMany`: nothing of it may refer
   * to what this connection has sent. Returns how many bytes came out.
   */
  write(
    input: Uint8Array,
    from: number,
    to: number,
    last: boolean,
    forMany: boolean,
    output: Uint8Array,
    at: number,
  ): number {
    if (from === to) {
      // An empty block, whose end is left out as always (section 7.2.3.6).
      if (last) output[at] = 0;
      return last ? 1 : 0;
    }
    const context = forMany || !this.#options.contextTakeover ? this.#forgetful() : this.#own();
    const room = this.bound(to - from);
    const length = context.write(input, from, to, output, at, at + room) - at;
    if (length === room) throw new Error("zlib wrote more than it may");
    // The end of the empty block behind it, 00 00 FF FF, goes without saying (section 7.2.1).
    return last ? length - 4 : length;
  }

  /** Where it is counted what a message for many becomes. */
  trafficForMany(): DeflateTraffic {
    return new DeflateTraffic();
  }

  /** Says that the other end got something that was compressed for many. */
  sentForMany(traffic: DeflateTraffic): void {
    this.traffic.add(traffic);
    if (traffic.compressed > 0) this.#behind = true;
  }

  #own(): RawDeflate {
    let context = own.get(this);
    if (context === undefined) {
      context = (own.size >= MOST_CONTEXTS ? this.#oldest() : undefined) ?? this.#make();
      this.#behind = false;
    } else {
      own.delete(this);
      if (this.#behind) context.reset();
      this.#behind = false;
    }
    own.set(this, context);
    return context;
  }

  /** Takes the context of who has sent nothing for longest; nothing if it is of another kind. */
  #oldest(): RawDeflate | undefined {
    const [deflater, context] = own.entries().next().value!;
    own.delete(deflater);
    if (deflater.#contextKey !== this.#contextKey) return void context.close();
    context.reset(); // Where more than that many send in turn, making one costs thrice the message.
    return context;
  }

  #forgetful(): RawDeflate {
    let context = forgetful.get(this.#contextKey);
    if (context === undefined) forgetful.set(this.#contextKey, context = this.#make());
    else context.reset();
    return context;
  }

  #make(): RawDeflate {
    return RawDeflate.compress(this.#options.level, this.#options.windowBits);
  }

  /** Frees what is held. Once only. */
  close(): void {
    own.get(this)?.close();
    own.delete(this);
    if (--users > 0) return;
    for (const context of forgetful.values()) context.close();
    forgetful.clear();
  }
}

/** How many contexts are held, for those who look after memory. */
export function heldContexts(): number {
  return own.size + forgetful.size;
}
