/**
 * Raw DEFLATE (RFC 1951) with a context that lives from one call to the next, synchronously.
 *
 * A message is some hundred bytes that take a microsecond; the asynchronous streams of `node:zlib`
 * cost several more for each. Their synchronous methods end the context after one call. So this
 * takes the handle below a stream, as npm's own `minizlib` does, whose calls are as old as Node.
 *
 * @module
 */
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";

/** What a stream of `node:zlib` stands on. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): unknown;
  reset(): unknown;
  onerror: (message: string, errno: number, code: string) => void;
}

interface Stream {
  readonly _handle: Handle;
  /** Room that is left in the output, and input that is left, after a write. */
  readonly _writeState: Uint32Array;
  close(): void;
}

/** What {@linkcode createDeflateRaw} allocates for output that is never used here. */
const LEAST_CHUNK = 64;

/** One context. {@linkcode close} frees what it holds outside the heap. */
export class RawDeflate {
  /** How many bytes of input the last {@linkcode write} left. */
  left = 0;
  /** What is wrong with the input, if something is. */
  error: string | undefined = undefined;
  readonly #stream: Stream;
  readonly #handle: Handle;
  readonly #state: Uint32Array;

  private constructor(stream: unknown) {
    this.#stream = stream as Stream;
    this.#handle = this.#stream._handle;
    this.#state = this.#stream._writeState;
    this.#handle.onerror = (message) => void (this.error = message);
  }

  /** A context that compresses, at zlib's `level`, looking back 2 to the power of `windowBits`. */
  static compress(level: number, windowBits: number): RawDeflate {
    return new RawDeflate(createDeflateRaw({ level, windowBits, chunkSize: LEAST_CHUNK }));
  }

  /** A context that inflates. */
  static inflate(windowBits: number): RawDeflate {
    // zlib's own compressor takes 9 where it is told 8, so that 8 may be somebody's 9.
    const bits = Math.max(9, windowBits);
    return new RawDeflate(createInflateRaw({ windowBits: bits, chunkSize: LEAST_CHUNK }));
  }

  /**
   * Takes as much of `input[from, to)` as there is room for what comes of it in `output[at, end)`,
   * and writes all that can be written so far (a sync flush). Returns where the output ends.
   * Output that is full may mean that there is more.
   */
  write(
    input: Uint8Array,
    from: number,
    to: number,
    output: Uint8Array,
    at: number,
    end: number,
  ): number {
    const flush = constants.Z_SYNC_FLUSH;
    this.#handle.writeSync(flush, input, from, to - from, output, at, end - at);
    this.left = this.#state[1];
    return end - this.#state[0];
  }

  /** Forgets all that came before. */
  reset(): void {
    this.#handle.reset();
  }

  /** Frees what is held. */
  close(): void {
    this.#stream.close();
  }
}

/**
 * Whether the calls below `node:zlib` are there and do what they have always done. They are not
 * documented: a runtime without them compresses nothing, which every other end can live with.
 */
export const deflateWorks: boolean = works();

function works(): boolean {
  const text = Uint8Array.of(0x48, 0x65, 0x6c, 0x6c, 0x6f);
  const deflated = new Uint8Array(32);
  const inflated = new Uint8Array(32);
  try {
    const compressing = RawDeflate.compress(6, 15);
    const inflating = RawDeflate.inflate(15);
    let good = true;
    for (let i = 0; i < 2; i++) {
      const end = compressing.write(text, 0, text.length, deflated, 0, deflated.length);
      const length = inflating.write(deflated, 0, end, inflated, 0, inflated.length);
      good &&= end > 4 && length === text.length && inflating.left === 0 &&
        text.every((byte, at) => byte === inflated[at]);
    }
    // The second time there is something to refer to.
    good &&= deflated[0] === 0xf2 && deflated[1] === 0;
    compressing.close();
    inflating.close();
    return good;
  } catch {
    return false;
  }
}
