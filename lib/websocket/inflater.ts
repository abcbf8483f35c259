/**
 * Messages in, inflated (RFC 7692, section 7.2.2): between the frames of the decoder and whoever
 * reads messages.
 *
 * Payloads are inflated piece by piece as they come, into a buffer that goes on as soon as it holds
 * enough. The limit on messages is looked at after each step, and no step makes more than
 * {@linkcode STEP} bytes: a message that inflates a thousandfold costs no more memory than others.
 *
 * @module
 */
import { type Batch, CONTINUED, MORE, TEXT } from "../core/batch.ts";
import { giveBuffer, takeBuffer } from "../core/buffer_pool.ts";
import { CLOSE } from "./close.ts";
import { HOLD, ProtocolError } from "./decoder.ts";
import type { DeflateDirection } from "./deflate_negotiation.ts";
import { DeflateTraffic } from "./deflate_traffic.ts";
import { RawDeflate } from "./raw_deflate.ts";
import { isAscii, UTF8_ACCEPT, UTF8_REJECT, utf8State } from "./utf8.ts";

/** The end of each message, which its sender leaves out. */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);
/** How many bytes are made at once at most. */
const STEP = 64 * 1024;
/** How many at least there is room for. */
const LEAST_STEP = 512;
/** From so many bytes on, messages go on before more are made. */
const ENOUGH = 256 * 1024;
const LEAST_BUFFER = 16 * 1024;
const NOTHING = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);

/** How the other end compresses, and what is taken from it. */
export interface InflaterOptions extends DeflateDirection {
  /** The longest message in bytes, inflated; a longer one fails with 1009. */
  readonly maxMessage: number;
}

/** Contexts that nobody uses, by window, for those who need one for a message only. */
const free = new Map<number, RawDeflate[]>();
/** How many of these are kept. */
const MOST_FREE = 4;
/** How many connections there are. */
let users = 0;

/** One direction of a connection. {@linkcode close} has to follow. */
export class Inflater {
  /** What has come. */
  readonly traffic: DeflateTraffic = new DeflateTraffic();
  readonly #options: InflaterOptions;
  #context?: RawDeflate;
  // Where messages are put: a batch's, then the one whose end has not come.
  #bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #words: Int32Array = NO_WORDS;
  #messageAt = 0;
  #end = 0;
  // The message whose end has not come.
  #kind = 0;
  #compressed = false;
  #length = 0;
  #continued = 0;
  #utf8 = UTF8_ACCEPT;
  // The piece of payload that is not inflated yet.
  #input: Uint8Array = NOTHING;
  #from = 0;
  #to = 0;
  #last = false;
  #inTail = false;
  /** Whether the message has any payload: one that has none lacks more than the end of a block. */
  #begun = false;
  /** Whether output was full, so that the context has to be asked again without input. */
  #more = false;

  /** Whether there is a piece of payload that {@linkcode run} is not done with. */
  busy = false;

  /** Holds nothing until something has come. */
  constructor(options: InflaterOptions) {
    this.#options = options;
    users++;
  }

  /** Begins to fill a batch; the one before is done with. */
  begin(batch: Batch): void {
    if (this.#messageAt > 0) {
      const held = this.#end - this.#messageAt;
      if (held > 0) this.#bytes.copyWithin(0, this.#messageAt, this.#end);
      this.#messageAt = 0;
      this.#end = held;
    }
    batch.bytes = this.#bytes;
    batch.clear();
  }

  /** Lets the buffer go when nothing has come of what there was: the connection may stay idle. */
  settle(batch: Batch): void {
    if (batch.length > 0 || this.#end > 0 || this.#bytes === NOTHING) return;
    giveBuffer(this.#bytes);
    this.#bytes = batch.bytes = NOTHING;
    this.#words = NO_WORDS;
  }

  /** A message begins. */
  start(kind: number, compressed: boolean): void {
    this.#kind = kind;
    this.#compressed = compressed;
    this.#length = 0;
    this.#continued = 0;
    this.#utf8 = UTF8_ACCEPT;
    this.#begun = false;
    this.traffic.messages++;
    if (compressed) this.traffic.compressed++;
  }

  /** A piece of its payload has come, its last one perhaps; the bytes are lent until it is done with. */
  feed(input: Uint8Array, from: number, to: number, last: boolean): void {
    this.#input = input;
    this.#from = from;
    this.#to = to;
    this.#last = last;
    this.#inTail = false;
    this.busy = true;
    if (from < to) this.#begun = true;
    this.traffic.wireBytes += to - from;
  }

  /**
   * Puts what the piece becomes into the batch. False: the batch is full, and there is more. Throws a
   * {@linkcode ProtocolError}.
   */
  run(batch: Batch): boolean {
    if (!(this.#compressed ? this.#inflate(batch) : this.#copy(batch))) return false;
    this.busy = false;
    this.#input = NOTHING;
    if (!this.#last) return true;
    if (this.#utf8 !== UTF8_ACCEPT) throw notUtf8();
    this.#give(batch, 0);
    if (this.#compressed && !this.#options.contextTakeover) this.#lay();
    return true;
  }

  #copy(batch: Batch): boolean {
    while (this.#from < this.#to) {
      const length = Math.min(STEP, this.#to - this.#from);
      if (!this.#makeRoom(batch, length)) return false;
      this.#bytes.set(this.#input.subarray(this.#from, this.#from + length), this.#end);
      this.#from += length;
      this.#made(batch, length);
    }
    return true;
  }

  #inflate(batch: Batch): boolean {
    const context = this.#context ??= this.#take();
    for (;;) {
      if (this.#from === this.#to && !this.#startTail()) return true;
      const left = this.#options.maxMessage - this.#length;
      const wanted = Math.min(STEP, Math.max(LEAST_STEP, 4 * (this.#to - this.#from)));
      if (!this.#makeRoom(batch, wanted)) return false;
      // One byte over the limit is enough to know.
      const end = Math.min(this.#bytes.length, this.#end + STEP, this.#end + left + 1);
      const at = context.write(this.#input, this.#from, this.#to, this.#bytes, this.#end, end);
      if (context.error !== undefined) {
        throw new ProtocolError(
          CLOSE.invalidPayload,
          `a compressed message that cannot be inflated: ${context.error}`,
        );
      }
      this.#from = this.#to - context.left;
      this.#made(batch, at - this.#end);
      if (at === end) {
        // There may be more, even if all input is taken.
        this.#more = true;
        continue;
      }
      this.#more = false;
      if (this.#from === this.#to) continue;
      // A block that said it was the final one: what follows stands for itself (section 7.2.3.4).
      context.reset();
      if (this.#inTail) this.#from = this.#to;
    }
  }

  /** Goes on with the end that the sender left out. False: all is done. */
  #startTail(): boolean {
    if (this.#more) return true;
    if (this.#inTail || !this.#last || !this.#begun) return false;
    this.#inTail = true;
    this.#input = TAIL;
    this.#from = 0;
    this.#to = TAIL.length;
    return true;
  }

  /** Room for `length` bytes. False: the batch has to go on before. */
  #makeRoom(batch: Batch, length: number): boolean {
    if (this.#end >= ENOUGH && batch.length > 0) return false;
    if (this.#bytes.length - this.#end >= length) return true;
    const size = Math.max(LEAST_BUFFER, 2 * this.#bytes.length, this.#end + length);
    const bytes = takeBuffer(size);
    bytes.set(this.#bytes.subarray(0, this.#end));
    if (this.#bytes !== NOTHING) giveBuffer(this.#bytes);
    this.#bytes = batch.bytes = bytes;
    this.#words = new Int32Array(bytes.buffer);
    return true;
  }

  /** Looks at `length` bytes that have been put behind the others. */
  #made(batch: Batch, length: number): void {
    const from = this.#end;
    const to = this.#end += length;
    this.#length += length;
    this.traffic.bytes += length;
    if (this.#length > this.#options.maxMessage) {
      throw new ProtocolError(
        CLOSE.tooBig,
        `a message that inflates to more than --max-ws-message-length (${this.#options.maxMessage})`,
      );
    }
    if (
      this.#kind === TEXT &&
      !(this.#utf8 === UTF8_ACCEPT && isAscii(this.#bytes, this.#words, from, to))
    ) {
      this.#utf8 = utf8State(this.#utf8, this.#bytes, from, to);
      if (this.#utf8 === UTF8_REJECT) throw notUtf8();
    }
    if (to - this.#messageAt > HOLD) {
      this.#give(batch, MORE);
      this.#continued = CONTINUED;
    }
  }

  #give(batch: Batch, more: number): void {
    batch.push(this.#messageAt, this.#end, this.#kind | this.#continued | more);
    this.#messageAt = this.#end;
  }

  #take(): RawDeflate {
    const { windowBits } = this.#options;
    return free.get(windowBits)?.pop() ?? RawDeflate.inflate(windowBits);
  }

  /** Lays the context down for others, since nothing of this message is needed for the next. */
  #lay(): void {
    const { windowBits } = this.#options;
    const context = this.#context!;
    this.#context = undefined;
    let list = free.get(windowBits);
    if (list === undefined) free.set(windowBits, list = []);
    if (list.length >= MOST_FREE) return context.close();
    context.reset();
    list.push(context);
  }

  /** Frees what is held. Once only. */
  close(): void {
    this.#context?.close();
    this.#context = undefined;
    // The buffer may still be somebody's batch: it is nobody's to give back.
    if (--users > 0) return;
    for (const list of free.values()) for (const context of list) context.close();
    free.clear();
  }
}

function notUtf8(): ProtocolError {
  return new ProtocolError(CLOSE.invalidPayload, "a text message that is not UTF-8");
}
