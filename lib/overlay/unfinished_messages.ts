/**
 * Long messages, which arrive in parts, of many senders at once.
 *
 * @module
 */
import { Batch, CONTINUED, type Kind, MORE } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";

/** How much is put together at a time: a part that is handed on is not longer. */
const PART = 1024 * 1024;
/** How much may be held of all messages together, unless one may be longer. */
const MOST_HELD = 256 * 1024 * 1024;

/** What has come of one message. */
interface Unfinished {
  readonly kind: Kind;
  readonly parts: Uint8Array<ArrayBuffer>[];
  length: number;
}

/**
 * Keeps the parts of each sender's message until it is whole, so that those of different
 * senders do not mix and nobody waits for the rest of another one's.
 */
export class UnfinishedMessages<Sender> {
  readonly #limit: number;
  readonly #most: number;
  /** Of whom the last part came longest ago is the first. */
  readonly #senders = new Map<Sender, Unfinished>();
  #held = 0;

  /**
   * `limit` is the longest message in bytes: `--max-ws-message-length`. `most` is how many bytes
   * are held of all messages together before {@linkcode stalest} names a sender.
   */
  constructor(limit: number, most: number = MOST_HELD) {
    this.#limit = limit;
    this.#most = Math.max(most, roundUp(limit));
  }

  /** How many bytes are held. */
  get held(): number {
    return this.#held;
  }

  /** Whether `batch` has to go through {@linkcode add}: not if it is made of whole messages. */
  concerns(sender: Sender, batch: Batch): boolean {
    return this.#senders.size > 0 && this.#senders.has(sender) ||
      (batch.flags(batch.length - 1) & MORE) !== 0;
  }

  /**
   * Takes a batch and returns the messages that are complete now, in order; a long one is several
   * batches, its parts. The entries that are kept are taken off `batch`, which may be among
   * what is returned. Throws a protocol error, and forgets the message, when it gets longer than
   * the limit.
   */
  add(sender: Sender, batch: Batch): Batch[] {
    const ready: Batch[] = [];
    let from = 0;
    const begun = this.#senders.get(sender);
    for (let open = begun !== undefined; open && from < batch.length; from++) {
      this.#append(sender, begun!, batch.message(from));
      open = !batch.isLast(from);
      if (!open) ready.push(...this.#finish(sender, begun!));
    }
    let to = batch.length;
    while (to > from && !batch.isLast(to - 1)) to--;
    if (to < batch.length) {
      const begins: Unfinished = { kind: batch.kind(to), parts: [], length: 0 };
      for (let i = to; i < batch.length; i++) this.#append(sender, begins, batch.message(i));
    }
    batch.truncate(to);
    if (to > from) ready.push(from === 0 ? batch : batch.share(from));
    return ready;
  }

  #append(sender: Sender, message: Unfinished, bytes: Uint8Array): void {
    const { parts } = message;
    if (message.length + bytes.length > this.#limit) {
      this.#senders.set(sender, message);
      this.drop(sender);
      throw new WirecatError("protocol", `a message is longer than ${this.#limit} bytes`, {
        hint: "--max-ws-message-length sets this limit",
      });
    }
    for (let at = 0; at < bytes.length;) {
      const used = message.length % PART;
      if (used === 0) {
        parts.push(new Uint8Array(PART));
        this.#held += PART;
      }
      const piece = bytes.subarray(at, at + PART - used);
      parts[parts.length - 1].set(piece, used);
      message.length += piece.length;
      at += piece.length;
    }
    this.#senders.delete(sender);
    this.#senders.set(sender, message);
  }

  #finish(sender: Sender, { kind, parts, length }: Unfinished): Batch[] {
    this.drop(sender);
    if (parts.length === 0) return [Batch.of(new Uint8Array(0), kind)];
    const last = parts.length - 1;
    return parts.map((part, i) => {
      const flags = kind | (i > 0 ? CONTINUED : 0) | (i < last ? MORE : 0);
      return Batch.of(i < last ? part : part.subarray(0, length - last * PART), flags);
    });
  }

  /** Puts a sender behind the others: it would go on if it could. */
  touch(sender: Sender): void {
    const message = this.#senders.get(sender);
    if (message === undefined) return;
    this.#senders.delete(sender);
    this.#senders.set(sender, message);
  }

  /** While too much is held, the sender whose last part came longest ago. */
  stalest(): Sender | undefined {
    if (this.#held <= this.#most) return undefined;
    const [sender] = this.#senders.keys();
    return sender;
  }

  /** Forgets a sender's message; false if it was not in the middle of one. */
  drop(sender: Sender): boolean {
    const message = this.#senders.get(sender);
    if (message === undefined) return false;
    this.#senders.delete(sender);
    this.#held -= message.parts.length * PART;
    return true;
  }

  /** Forgets all. */
  clear(): void {
    this.#senders.clear();
    this.#held = 0;
  }
}

/** What `length` bytes take. */
function roundUp(length: number): number {
  return Math.ceil(length / PART) * PART;
}
