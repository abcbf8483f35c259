/**
 * bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999), in pieces that leave
 * time for others: what Apache and nginx have in their files as `$2y$`, `$2b$` and `$2a$`.
 *
 * @module
 */
import { encodeBits } from "./crypt_base64.ts";
import { TimeSlices } from "./time_slice.ts";

const ROUNDS = 16;
/** Words of the subkeys and of the four S-boxes. */
const SUBKEYS = ROUNDS + 2;
const BOXES = 4 * 256;

/** How many bytes of a password count, with the zero byte behind it. */
const LONGEST_KEY = 72;

/** `OrpheanBeholderScryDoubt`, which is encrypted. */
const TEXT = [0x4f727068, 0x65616e42, 0x65686f6c, 0x64657253, 0x63727944, 0x6f756274];

/** How many bytes of the 24 that come out are kept. */
const KEPT = 23;

let initial: Int32Array | undefined;

/** What Blowfish begins with: the first bits of π behind the point. */
function initialState(): Int32Array {
  return initial ??= fractionOfPi(SUBKEYS + BOXES);
}

/** The first `words` words of 32 bits of π behind the point. By Machin's formula. */
function fractionOfPi(words: number): Int32Array {
  const guard = 64n;
  const bits = 32n * BigInt(words);
  const one = 1n << (bits + guard);
  const pi = 4n * (4n * arcCotangent(5n, one) - arcCotangent(239n, one));
  const digits = ((pi - 3n * one) >> guard).toString(16).padStart(words * 8, "0");
  return Int32Array.from(
    { length: words },
    (_, i) => Number.parseInt(digits.slice(i * 8, i * 8 + 8), 16),
  );
}

function arcCotangent(x: bigint, one: bigint): bigint {
  let power = one / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power > 0n; n += 2n, sign = -sign) {
    power /= x * x;
    sum += sign * (power / n);
  }
  return sum;
}

/** The state of Blowfish while it is set up. */
class Blowfish {
  readonly #subkeys: Int32Array;
  readonly #boxes: Int32Array;
  left = 0;
  right = 0;

  constructor() {
    const state = initialState();
    this.#subkeys = state.slice(0, SUBKEYS);
    this.#boxes = state.slice(SUBKEYS);
  }

  /** Encrypts the block of `left` and `right` in place. */
  encrypt(): void {
    const keys = this.#subkeys;
    const boxes = this.#boxes;
    let l = this.left ^ keys[0];
    let r = this.right;
    for (let i = 1; i <= ROUNDS; i += 2) {
      r ^= (((boxes[l >>> 24] + boxes[256 + (l >>> 16 & 0xff)]) ^
        boxes[512 + (l >>> 8 & 0xff)]) + boxes[768 + (l & 0xff)]) ^ keys[i];
      l ^= (((boxes[r >>> 24] + boxes[256 + (r >>> 16 & 0xff)]) ^
        boxes[512 + (r >>> 8 & 0xff)]) + boxes[768 + (r & 0xff)]) ^ keys[i + 1];
    }
    this.left = r ^ keys[ROUNDS + 1];
    this.right = l;
  }

  /** Mixes a key in, and a salt of four words if there is one. */
  expand(key: Int32Array, salt?: Int32Array): void {
    for (let i = 0; i < SUBKEYS; i++) this.#subkeys[i] ^= key[i];
    this.left = this.right = 0;
    let at = 0;
    for (const words of [this.#subkeys, this.#boxes]) {
      for (let i = 0; i < words.length; i += 2) {
        if (salt !== undefined) {
          this.left ^= salt[at];
          this.right ^= salt[at + 1];
          at ^= 2;
        }
        this.encrypt();
        words[i] = this.left;
        words[i + 1] = this.right;
      }
    }
  }
}

/** As many words as there are subkeys, from bytes that are repeated. */
function cyclicWords(bytes: Uint8Array): Int32Array {
  let at = 0;
  return Int32Array.from({ length: SUBKEYS }, () => {
    let word = 0;
    for (let i = 0; i < 4; i++, at++) word = word << 8 | bytes[at % bytes.length];
    return word;
  });
}

/** Computes at once what all hashes need, so that no client waits for it. */
export function prepareBcrypt(): void {
  initialState();
}

/**
 * The 31 characters of a hash. `salt` has 16 bytes; the work doubles with each step of `cost`, 4 to
 * 31. Of the password the first 72 bytes count.
 */
export async function bcrypt(
  password: Uint8Array,
  salt: Uint8Array,
  cost: number,
): Promise<string> {
  const slices = new TimeSlices();
  const terminated = Uint8Array.of(...password.subarray(0, LONGEST_KEY), 0);
  const key = cyclicWords(terminated.subarray(0, LONGEST_KEY));
  const salty = cyclicWords(salt);
  await slices.rest();
  const cipher = new Blowfish();
  cipher.expand(key, salty);
  for (let round = 0; round < 2 ** cost; round++) {
    cipher.expand(key);
    cipher.expand(salty);
    await slices.rest();
  }
  const out = new Uint8Array(TEXT.length * 4);
  const view = new DataView(out.buffer);
  for (let i = 0; i < TEXT.length; i += 2) {
    cipher.left = TEXT[i];
    cipher.right = TEXT[i + 1];
    for (let n = 0; n < 64; n++) cipher.encrypt();
    view.setInt32(i * 4, cipher.left);
    view.setInt32(i * 4 + 4, cipher.right);
  }
  return encodeBits(out.subarray(0, KEPT));
}
