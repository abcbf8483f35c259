/**
 * Frames in: from bytes to messages, in place (RFC 6455, sections 5 and 8.1).
 *
 * The bytes are read into the decoder's own buffer, unmasked where they lie, and
 * handed on as ranges of it. Fragments are moved together, so that a message is one
 * range; only one longer than {@linkcode HOLD} leaves in parts.
 *
 * @module
 */
import { type Batch, BINARY, CONTINUED, MORE, move, TEXT } from "../core/batch.ts";
import { MAX_BUFFER, MIN_BUFFER, nextCapacity } from "../core/conn.ts";
import type { CloseStatus } from "../core/peer.ts";
import { CLOSE, ClosePayloadError, parseClose } from "./close.ts";
import { FIN, MASK, MAX_CONTROL_PAYLOAD, MAX_HEADER, OPCODE, RSV1 } from "./frame.ts";
import type { Inflater } from "./inflater.ts";
import { maskInPlace, readKey, rotateKey } from "./mask.ts";
import { isAscii, isUtf8, UTF8_ACCEPT, UTF8_REJECT, utf8State } from "./utf8.ts";

/** Up to how many bytes a message is put together before it goes on in parts. */
export const HOLD = 1024 * 1024;

/** The least room for a read, in bytes. */
const MIN_ROOM = 256;

/** What a peer did wrong, with the close code that tells it so. */
export class ProtocolError extends Error {
  /** The close code: 1002, 1007 or 1009. */
  readonly code: number;

  /** `message` says what came, for people. */
  constructor(code: number, message: string) {
    super(message);
    this.name = "ProtocolError";
    this.code = code;
  }
}

/** What a decoder is told at its start. */
export interface DecoderOptions {
  /** Whether the frames come from a client, and so must be masked, or from a server (section 5.1). */
  readonly from: "client" | "server";
  /** The longest frame payload in bytes; a longer one fails with 1009. */
  readonly maxFrame: number;
  /** The longest message in bytes, over all its fragments; a longer one fails with 1009. */
  readonly maxMessage: number;
  /** Inflates messages, where permessage-deflate was agreed on; batches are in its buffer then. */
  readonly inflater?: Inflater;
}

/** Whoever wants to know of control frames. A payload is valid during the call only. */
export interface ControlHandler {
  /** A Ping came (section 5.5.2). */
  ping(payload: Uint8Array): void;
  /** A Pong came (section 5.5.3). */
  pong(payload: Uint8Array): void;
}

/** One direction of a connection. Read into {@linkcode room}, tell {@linkcode fill}, then {@linkcode decode}. */
export class Decoder {
  /** The Close frame that came; nothing after it is looked at (section 5.5.1). */
  closed?: CloseStatus;
  /** What the peer did wrong; messages before it are still good. */
  error?: ProtocolError;

  readonly #options: DecoderOptions;
  readonly #mask: number;
  readonly #inflater?: Inflater;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Int32Array;
  /** The size that the traffic of late asks for. */
  #capacity = MIN_BUFFER;
  #roomLength = 0;
  // Bytes that came and are not looked at yet.
  #at = 0;
  #end = 0;
  // The message whose end has not come: its kind, or 0, and its bytes in the buffer.
  #kind = 0;
  #messageAt = 0;
  #messageEnd = 0;
  #messageLength = 0;
  #compressed = false;
  #continued = 0;
  #utf8 = UTF8_ACCEPT;
  // The data frame whose payload has not come whole.
  #inFrame = false;
  #fin = false;
  #left = 0;
  #key = 0;

  /** Holds no more than {@linkcode MIN_BUFFER} bytes until something comes. */
  constructor(options: DecoderOptions) {
    this.#options = options;
    this.#mask = options.from === "client" ? MASK : 0;
    this.#inflater = options.inflater;
    this.#bytes = new Uint8Array(MIN_BUFFER);
    this.#words = new Int32Array(this.#bytes.buffer);
  }

  /**
   * Where to read the next bytes to. The batch of the last {@linkcode decode} must be
   * done with: its buffer is used again.
   */
  room(): Uint8Array {
    const held = this.#messageEnd - this.#messageAt;
    const live = held + this.#end - this.#at;
    const least = live + MIN_ROOM;
    const size = this.#bytes.length;
    // It grows with a part of a frame in it, too: steady traffic may never leave it empty.
    if (least > size || size < this.#capacity || (live === 0 && size > this.#capacity)) {
      this.#moveTo(new Uint8Array(fit(least, Math.max(this.#capacity, 2 * live))));
    } else if (this.#messageAt > 0 || this.#at > this.#messageEnd) {
      this.#moveTo(this.#bytes);
    }
    const room = this.#bytes.subarray(this.#end);
    this.#roomLength = room.length;
    return room;
  }

  #moveTo(bytes: Uint8Array<ArrayBuffer>): void {
    const held = this.#messageEnd - this.#messageAt;
    const rest = this.#end - this.#at;
    if (bytes === this.#bytes) {
      if (held > 0 && this.#messageAt > 0) {
        bytes.copyWithin(0, this.#messageAt, this.#messageEnd);
      }
      if (rest > 0) bytes.copyWithin(held, this.#at, this.#end);
    } else {
      if (held > 0) bytes.set(this.#bytes.subarray(this.#messageAt, this.#messageEnd));
      if (rest > 0) bytes.set(this.#bytes.subarray(this.#at, this.#end), held);
      this.#bytes = bytes;
      this.#words = new Int32Array(bytes.buffer);
    }
    this.#messageAt = 0;
    this.#messageEnd = held;
    this.#at = held;
    this.#end = held + rest;
  }

  /** Says that `length` bytes were put into the room. */
  fill(length: number): void {
    this.#end += length;
    if (length === this.#roomLength) {
      this.#capacity = Math.min(MAX_BUFFER, this.#capacity * 8);
    } else {
      this.#capacity = nextCapacity(this.#capacity, Math.min(length, this.#capacity - 1));
    }
  }

  /**
   * Takes bytes that were read by someone else, such as those behind a request head.
   * Only before the first {@linkcode room}.
   */
  prefill(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#moveTo(new Uint8Array(fit(bytes.length + MIN_ROOM, this.#capacity)));
    this.#bytes.set(bytes);
    this.#end = bytes.length;
  }

  /** Whether the connection may end here: not within a message, nor without its Close frame. */
  get betweenMessages(): boolean {
    return this.#kind === 0 && this.#at === this.#end;
  }

  /** Puts the messages that have come into `batch`; tells `control` of control frames on the way. */
  decode(batch: Batch, control: ControlHandler): void {
    if (this.#inflater !== undefined) {
      this.#inflater.begin(batch);
    } else {
      batch.bytes = this.#bytes;
      batch.clear();
      batch.floor = this.#kind === 0 ? this.#at : this.#messageAt;
    }
    if (this.error !== undefined) return;
    try {
      while (this.closed === undefined && this.#step(batch, control));
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof ClosePayloadError)) throw error;
      this.error = error instanceof ProtocolError
        ? error
        : new ProtocolError(error.code, error.message);
    }
    this.#inflater?.settle(batch);
  }

  /** One frame, or what there is of it. False: more bytes are needed. */
  #step(batch: Batch, control: ControlHandler): boolean {
    if (this.#inFrame) return this.#payload(batch);
    const bytes = this.#bytes;
    let at = this.#at;
    const available = this.#end - at;
    if (available < 2) return false;
    const first = bytes[at];
    const second = bytes[at + 1];
    const opcode = first & 0x0f;
    this.#check(first, second, opcode);

    let length = second & 0x7f;
    at += 2;
    if (length === 126) {
      if (available < 4) return false;
      length = (bytes[at] << 8) | bytes[at + 1];
      at += 2;
      if (length < 126) throw nonMinimal();
    } else if (length === 127) {
      if (available < 10) return false;
      length = readLength64(bytes, at);
      at += 8;
      if (length < 0x10000) throw nonMinimal();
    }
    let key = 0;
    if (this.#mask !== 0) {
      if (this.#end - at < 4) {
        if (opcode < OPCODE.close) this.#checkLength(first, opcode, length);
        return false;
      }
      key = readKey(bytes, at);
      at += 4;
    }
    if (opcode >= OPCODE.close) {
      if (this.#end - at < length) return false;
      this.#at = at + length;
      if (key !== 0) maskInPlace(bytes, this.#words, at, at + length, key);
      this.#control(opcode, bytes.subarray(at, at + length), control);
      return true;
    }

    this.#checkLength(first, opcode, length);
    const fin = (first & FIN) !== 0;
    if (
      fin && opcode !== OPCODE.continuation && this.#end - at >= length &&
      this.#inflater === undefined
    ) {
      const end = at + length;
      const ascii = key !== 0
        ? maskInPlace(bytes, this.#words, at, end, key)
        : opcode === OPCODE.binary || isAscii(bytes, this.#words, at, end);
      if (!ascii && opcode === OPCODE.text && !isUtf8(bytes, at, end)) throw notUtf8();
      batch.push(at, end, opcode === OPCODE.text ? TEXT : BINARY);
      this.#at = this.#messageAt = this.#messageEnd = end;
      return true;
    }
    if (opcode !== OPCODE.continuation) {
      this.#kind = opcode === OPCODE.text ? TEXT : BINARY;
      this.#messageAt = this.#messageEnd = at;
      this.#messageLength = 0;
      this.#compressed = (first & RSV1) !== 0;
      this.#inflater?.start(this.#kind, this.#compressed);
    }
    this.#messageLength += length;
    this.#fin = fin;
    this.#left = length;
    this.#key = key;
    this.#inFrame = true;
    this.#at = at;
    return this.#payload(batch);
  }

  /** What has come of the payload of a frame that is a fragment, or not whole. */
  #payload(batch: Batch): boolean {
    if (this.#inflater !== undefined) return this.#inflate(batch, this.#inflater);
    const bytes = this.#bytes;
    const length = Math.min(this.#left, this.#end - this.#at);
    if (length > 0) {
      const end = this.#at + length;
      let ascii = false;
      if (this.#key !== 0) {
        ascii = maskInPlace(bytes, this.#words, this.#at, end, this.#key);
        this.#key = rotateKey(this.#key, length);
      }
      if (this.#kind === TEXT && !(ascii && this.#utf8 === UTF8_ACCEPT)) {
        this.#utf8 = utf8State(this.#utf8, bytes, this.#at, end);
        if (this.#utf8 === UTF8_REJECT) throw notUtf8();
      }
      if (this.#at !== this.#messageEnd) move(bytes, this.#messageEnd, this.#at, length);
      this.#messageEnd += length;
      this.#at = end;
      this.#left -= length;
    }
    const whole = this.#left === 0;
    if (whole && this.#fin) {
      if (this.#utf8 !== UTF8_ACCEPT) throw notUtf8();
      this.#give(batch, this.#kind | this.#continued);
      this.#kind = 0;
      this.#continued = 0;
    } else if (this.#messageEnd - this.#messageAt > HOLD) {
      this.#give(batch, this.#kind | this.#continued | MORE);
      this.#continued = CONTINUED;
    }
    this.#inFrame = !whole;
    return whole;
  }

  /** The same where messages are inflated: nothing of them stays in this buffer. */
  #inflate(batch: Batch, inflater: Inflater): boolean {
    if (!inflater.busy) {
      const bytes = this.#bytes;
      const at = this.#at;
      const length = Math.min(this.#left, this.#end - at);
      if (length === 0 && this.#left > 0) return false;
      const end = at + length;
      if (this.#key !== 0) {
        maskInPlace(bytes, this.#words, at, end, this.#key);
        this.#key = rotateKey(this.#key, length);
      }
      this.#at = this.#messageAt = this.#messageEnd = end;
      this.#left -= length;
      inflater.feed(bytes, at, end, this.#left === 0 && this.#fin);
    }
    if (!inflater.run(batch)) return false;
    const whole = this.#left === 0;
    if (whole && this.#fin) this.#kind = 0;
    this.#inFrame = !whole;
    return whole;
  }

  #give(batch: Batch, flags: number): void {
    batch.push(this.#messageAt, this.#messageEnd, flags);
    this.#messageAt = this.#messageEnd = this.#at;
  }

  #control(opcode: number, payload: Uint8Array, control: ControlHandler): void {
    if (opcode === OPCODE.ping) control.ping(payload);
    else if (opcode === OPCODE.pong) control.pong(payload);
    else this.closed = parseClose(payload);
  }

  /** What the first two bytes alone can be wrong in (sections 5.1, 5.2, 5.4 and 5.5). */
  #check(first: number, second: number, opcode: number): void {
    if ((first & 0x70) !== 0 && !this.#mayBeCompressed(first, opcode)) {
      throw new ProtocolError(CLOSE.protocolError, "a frame with reserved bits set");
    }
    if ((second & MASK) !== this.#mask) {
      throw new ProtocolError(
        CLOSE.protocolError,
        this.#mask === 0 ? "a masked frame from a server" : "an unmasked frame from a client",
      );
    }
    if (opcode === OPCODE.continuation) {
      if (this.#kind !== 0) return;
      throw new ProtocolError(CLOSE.protocolError, "a continuation frame without a message");
    }
    if (opcode === OPCODE.text || opcode === OPCODE.binary) {
      if (this.#kind === 0) return;
      throw new ProtocolError(CLOSE.protocolError, "a new message within an unfinished one");
    }
    if (opcode < OPCODE.close || opcode > OPCODE.pong) {
      throw new ProtocolError(CLOSE.protocolError, `a frame with the reserved opcode ${opcode}`);
    }
    if ((first & FIN) === 0) {
      throw new ProtocolError(CLOSE.protocolError, "a fragmented control frame");
    }
    if ((second & 0x7f) > MAX_CONTROL_PAYLOAD) {
      throw new ProtocolError(CLOSE.protocolError, "a control frame over 125 bytes");
    }
  }

  /** RSV1 says so of a message, on its first frame and where it was agreed on (RFC 7692, section 6). */
  #mayBeCompressed(first: number, opcode: number): boolean {
    return this.#inflater !== undefined && (first & 0x70) === RSV1 &&
      (opcode === OPCODE.text || opcode === OPCODE.binary);
  }

  #checkLength(first: number, opcode: number, length: number): void {
    const { maxFrame, maxMessage } = this.#options;
    if (length > maxFrame) {
      throw new ProtocolError(
        CLOSE.tooBig,
        `a frame of ${length} bytes, over --max-ws-frame-length (${maxFrame})`,
      );
    }
    // What counts of a compressed message is what it inflates to.
    if (opcode === OPCODE.continuation ? this.#compressed : (first & RSV1) !== 0) return;
    const sum = opcode === OPCODE.continuation ? this.#messageLength + length : length;
    if (sum > maxMessage) {
      throw new ProtocolError(
        CLOSE.tooBig,
        `a message of at least ${sum} bytes, over --max-ws-message-length (${maxMessage})`,
      );
    }
  }
}

/** A buffer size for at least `least` bytes, doubled from `capacity`; whole words. */
function fit(least: number, capacity: number): number {
  let size = Math.max(capacity, MAX_HEADER);
  while (size < least) size *= 2;
  return (size + 3) & ~3;
}

function readLength64(bytes: Uint8Array, at: number): number {
  if ((bytes[at] & 0x80) !== 0) {
    throw new ProtocolError(CLOSE.protocolError, "a frame length with its highest bit set");
  }
  let length = 0;
  for (let i = 0; i < 8; i++) length = length * 256 + bytes[at + i];
  return length;
}

function nonMinimal(): ProtocolError {
  return new ProtocolError(CLOSE.protocolError, "a frame length in more bytes than it needs");
}

function notUtf8(): ProtocolError {
  return new ProtocolError(CLOSE.invalidPayload, "a text message that is not UTF-8");
}
