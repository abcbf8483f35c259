/**
 * Hashes of passwords as crypt(3) writes them, in pieces that leave time for others: MD5 (`$1$`, and
 * Apache's `$apr1$`), SHA-256 (`$5$`) and SHA-512 (`$6$`) as Ulrich Drepper has specified them.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { encodeLowFirst } from "./crypt_base64.ts";
import { TimeSlices } from "./time_slice.ts";

/** How many rounds of a hash are done before the clock is looked at. */
const ROUNDS_AT_ONCE = 32;

const MD5_ROUNDS = 1000;

/**
 * What stands behind `$1$SALT$` (`magic` is `$1$`) or `$apr1$SALT$`. Of the salt 8 characters count.
 */
export async function md5Crypt(
  password: Uint8Array,
  salt: string,
  magic: "$1$" | "$apr1$",
): Promise<string> {
  const salty = new TextEncoder().encode(salt);
  const inner = digest("md5", password, salty, password);
  const first = createHash("md5").update(password).update(magic).update(salty)
    .update(repeated(inner, password.length));
  for (let bits = password.length; bits > 0; bits >>= 1) {
    first.update(bits & 1 ? Uint8Array.of(0) : password.subarray(0, 1));
  }
  const sum = await inRounds("md5", bytesOf(first), MD5_ROUNDS, password, salty);
  let text = "";
  for (let i = 0; i < 5; i++) {
    text += encodeLowFirst([sum[i], sum[6 + i], sum[i === 4 ? 5 : 12 + i]]);
  }
  return text + encodeLowFirst([sum[11]]);
}

/** How {@linkcode shaCrypt} is named to `node:crypto`. */
export type ShaName = "sha256" | "sha512";

/** What stands behind the salt of `$5$` or `$6$`. Of the salt 16 characters count. */
export async function shaCrypt(
  name: ShaName,
  password: Uint8Array,
  salt: string,
  rounds: number,
): Promise<string> {
  const salty = new TextEncoder().encode(salt);
  const inner = digest(name, password, salty, password);
  const first = createHash(name).update(password).update(salty)
    .update(repeated(inner, password.length));
  for (let bits = password.length; bits > 0; bits >>= 1) first.update(bits & 1 ? inner : password);
  const start = bytesOf(first);
  const sum = await inRounds(
    name,
    start,
    rounds,
    repeated(digest(name, ...Array(password.length).fill(password)), password.length),
    repeated(digest(name, ...Array(16 + start[0]).fill(salty)), salty.length),
  );
  return written(sum);
}

/** The rounds that make it slow; both families alternate in the same way. */
async function inRounds(
  name: string,
  start: Uint8Array,
  rounds: number,
  password: Uint8Array,
  salt: Uint8Array,
): Promise<Uint8Array> {
  const slices = new TimeSlices();
  let sum = start;
  for (let round = 0; round < rounds; round++) {
    if (round % ROUNDS_AT_ONCE === 0) await slices.rest();
    const hash = createHash(name).update(round & 1 ? password : sum);
    if (round % 3 !== 0) hash.update(salt);
    if (round % 7 !== 0) hash.update(password);
    sum = bytesOf(hash.update(round & 1 ? sum : password));
  }
  return sum;
}

/** The order of the bytes is that of the specification: three columns, which change their places. */
function written(sum: Uint8Array): string {
  const third = Math.floor(sum.length / 3);
  const turn = sum.length === 32 ? [2, 0, 1] : [1, 2, 0];
  let at = [0, third, 2 * third];
  let text = "";
  for (let i = 0; i < third; i++) {
    text += encodeLowFirst(at.map((place) => sum[place]));
    at = turn.map((column) => at[column] + 1);
  }
  return text + encodeLowFirst([...sum.subarray(3 * third)].reverse());
}

function digest(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return bytesOf(hash);
}

function bytesOf(hash: Hash): Uint8Array {
  return new Uint8Array(hash.digest());
}

/** As many bytes as `length`, from some that are repeated. */
function repeated(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length]);
}
