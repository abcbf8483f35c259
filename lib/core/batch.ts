/**
 * The chunk that flows through every stream: many messages over one buffer.
 *
 * @module
 */

/** What kind of message a range of bytes is; {@linkcode BYTES} is "not said", as for a byte stream. */
export type Kind = 0 | 1 | 2;

/** A message whose kind nobody has said: a byte stream's chunk. */
export const BYTES = 0;
/** A text message. Its bytes are valid UTF-8. */
export const TEXT = 1;
/** A binary message. */
export const BINARY = 2;

/** Flag: more parts of this message follow in later entries. */
export const MORE = 4;
/** Flag: this entry continues the message that an earlier entry began. */
export const CONTINUED = 8;

const KIND = 3;
const FIELDS = 3;
const NO_FIELDS = new Int32Array(0);

/**
 * Messages over one buffer, each a range of bytes with a kind and part flags.
 *
 * Whoever reads a batch from a stream may use and change the bytes from
 * {@linkcode floor} to the end of the last message until it asks the stream for
 * the next one (or, for a writer, until its `write()` resolves). What is kept
 * for longer must be copied with {@linkcode copy}. The bytes of a
 * {@linkcode shared} batch may not be changed at all: whoever changes bytes in
 * place asks for {@linkcode own} first.
 */
export class Batch {
  /** The buffer that the messages lie in. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How many entries there are: messages, or parts of long ones. */
  length = 0;
  /** The first byte of the buffer that the consumer may overwrite. */
  floor = 0;
  /** Whether others look at the same bytes, so that nobody may change them. */
  shared = false;
  /**
   * The batch that this one was shared from, while both have the same messages: what
   * is made of them may be kept by this key, and serves all who look at them.
   */
  origin: Batch | undefined = undefined;
  #fields: Int32Array;
  #borrowed = false;

  /** An empty batch over `bytes`, with room for `capacity` messages before it has to grow. */
  constructor(bytes: Uint8Array<ArrayBuffer>, capacity = 4) {
    this.bytes = bytes;
    this.#fields = capacity === 0 ? NO_FIELDS : new Int32Array(capacity * FIELDS);
  }

  /** A batch of one message that is all of `bytes`. */
  static of(bytes: Uint8Array<ArrayBuffer>, flags: number = BYTES): Batch {
    const batch = new Batch(bytes, 1);
    batch.push(0, bytes.length, flags);
    return batch;
  }

  /** Forgets the messages; the buffer stays. */
  clear(): void {
    this.length = 0;
    this.floor = 0;
  }

  /** Adds the message `bytes[start, end)`. `flags` is a {@linkcode Kind}, perhaps with part flags. */
  push(start: number, end: number, flags: number): void {
    let fields = this.#fields;
    const at = this.length * FIELDS;
    if (at === fields.length || this.#borrowed) fields = this.#grow();
    fields[at] = start;
    fields[at + 1] = end;
    fields[at + 2] = flags;
    this.length++;
  }

  #grow(): Int32Array {
    const used = this.length * FIELDS;
    const fields = new Int32Array(Math.max(4 * FIELDS, used * 4));
    fields.set(this.#fields.subarray(0, used));
    this.#borrowed = false;
    this.origin = undefined;
    return this.#fields = fields;
  }

  /** Where entry `i` begins in the buffer. */
  start(i: number): number {
    return this.#fields[i * FIELDS];
  }

  /** Where entry `i` ends in the buffer (exclusive). */
  end(i: number): number {
    return this.#fields[i * FIELDS + 1];
  }

  /** Kind and part flags of entry `i`. */
  flags(i: number): number {
    return this.#fields[i * FIELDS + 2];
  }

  /** The kind of entry `i`. */
  kind(i: number): Kind {
    return (this.#fields[i * FIELDS + 2] & KIND) as Kind;
  }

  /** Changes the range and flags of entry `i`. */
  set(i: number, start: number, end: number, flags: number): void {
    if (this.#borrowed) this.#grow();
    const at = i * FIELDS;
    this.#fields[at] = start;
    this.#fields[at + 1] = end;
    this.#fields[at + 2] = flags;
  }

  /** The bytes of entry `i`, as a view. */
  message(i: number): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.start(i), this.end(i));
  }

  /** Whether entry `i` is a whole message rather than a part of one. */
  whole(i: number): boolean {
    return (this.flags(i) & (MORE | CONTINUED)) === 0;
  }

  /** Whether a message ends with entry `i`: it is whole, or the last part of one. */
  isLast(i: number): boolean {
    return (this.flags(i) & MORE) === 0;
  }

  /** The sum of the messages' lengths, in bytes. */
  get byteLength(): number {
    let sum = 0;
    for (let i = 0; i < this.length; i++) sum += this.end(i) - this.start(i);
    return sum;
  }

  /** Drops all entries from `length` on. */
  truncate(length: number): void {
    if (length >= this.length) return;
    this.length = length;
    this.origin = undefined;
  }

  /**
   * A batch of its own with the same messages, for whoever keeps them; its buffer has up to
   * twice their length. Overwrites and returns `into`, an earlier copy that nobody uses any more,
   * if it is large enough.
   */
  copy(into?: Batch): Batch {
    let length = 0;
    let first = this.bytes.length;
    let last = 0;
    for (let i = 0; i < this.length; i++) {
      const start = this.start(i);
      const end = this.end(i);
      length += end - start;
      if (start < first) first = start;
      if (end > last) last = end;
    }
    // Mostly no more than headers lie between, so that one copy is cheaper than one for each.
    const span = Math.max(0, last - first);
    const dense = span <= 2 * length;
    const size = dense ? span : length;
    let batch = into;
    if (batch === undefined || batch.bytes.length < size) {
      batch = new Batch(new Uint8Array(size), this.length);
    } else {
      batch.clear();
    }
    const bytes = batch.bytes;
    if (dense) bytes.set(this.bytes.subarray(first, last));
    let at = 0;
    for (let i = 0; i < this.length; i++) {
      const length = this.end(i) - this.start(i);
      if (dense) at = this.start(i) - first;
      else bytes.set(this.message(i), at);
      batch.push(at, at + length, this.flags(i));
      at += length;
    }
    return batch;
  }

  /**
   * The same messages from entry `from` on, over the same bytes, for one of many
   * readers. Its entries are its own to change, the bytes are nobody's: this batch
   * must stay as it is while a share of it is in use.
   */
  share(from = 0): Batch {
    const batch = new Batch(this.bytes, 0);
    batch.#fields = from === 0 ? this.#fields : this.#fields.subarray(from * FIELDS);
    batch.#borrowed = true;
    batch.length = this.length - from;
    batch.floor = this.bytes.length;
    batch.shared = true;
    batch.origin = from === 0 ? this.origin ?? this : undefined;
    return batch;
  }

  /** This batch if its bytes may be changed in place, else a copy: for whoever changes bytes. */
  own(): Batch {
    return this.shared ? this.copy() : this;
  }

  /**
   * All messages back to back, as a byte stream sees them. Moves them together
   * in place unless the bytes are shared, so the entries' ranges no longer hold afterwards.
   */
  join(): Uint8Array<ArrayBuffer> {
    if (this.length === 1) return this.message(0);
    if (this.shared) return this.copy().join();
    if (this.length === 0) return this.bytes.subarray(0, 0);
    const bytes = this.bytes;
    const first = this.start(0);
    let to = this.end(0);
    for (let i = 1; i < this.length; i++) {
      const start = this.start(i);
      const length = this.end(i) - start;
      if (start !== to) move(bytes, to, start, length);
      to += length;
    }
    return bytes.subarray(first, to);
  }
}

/** Below this many bytes a loop beats the call into the engine. */
const SHORT = 48;

/** Copies `length` bytes within `bytes` from `from` down to `to`, which must not be above it. */
export function move(bytes: Uint8Array, to: number, from: number, length: number): void {
  if (length > SHORT) {
    bytes.copyWithin(to, from, from + length);
  } else {
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i];
  }
}
