/**
 * What is printed in the place of passwords and tokens.
 *
 * @module
 */
import type { Option } from "./option.ts";

/** What stands for a secret. */
export const MASK = "***";

/** Header fields that carry a login, and such as are called after one. */
const SECRET_FIELD =
  /^(proxy-)?authorization$|^(set-)?cookie2?$|(^|-)auth($|-)|token|secret|passw|api[-_]?key|signature|session/i;

/** The same in the query of an address. It looks ahead so that a long one takes no longer than that. */
const SECRET_PARAMETER =
  /([?&;](?=[^=&#?;]*(?:token|secret|passw|api[-_]?key|auth|sig))[^=&#?;]*=)[^&#]*/gi;

/** Whether a header field of this name is not for other eyes. */
export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name.trim());
}

/** A header field `NAME: VALUE` without a secret value. The scheme of a login is told. */
export function maskField(field: string): string {
  const colon = field.indexOf(":");
  if (colon < 0 || !isSecretField(field.slice(0, colon))) return field;
  const scheme = /^ *(Basic|Bearer|Digest|Negotiate) /i.exec(field.slice(colon + 1))?.[0] ?? " ";
  return field.slice(0, colon + 1) + scheme + MASK;
}

/** Where the values of secrets are in an address: from, to. */
export function secretsIn(address: string): [from: number, to: number][] {
  return [...address.matchAll(SECRET_PARAMETER)].map(({ index, 0: whole, 1: name }) => [
    index + name.length,
    index + whole.length,
  ]);
}

/** An address without the password and the tokens in it. */
export function maskAddress(address: string): string {
  return address.replace(/(:\/\/[^/?#@]*:)[^/?#]*@/, `$1${MASK}@`)
    .replace(SECRET_PARAMETER, `$1${MASK}`);
}

/** The words of an option without secrets. */
// deno-lint-ignore no-explicit-any -- an option of any type
export function maskWords(row: Option<any>, words: readonly string[]): readonly string[] {
  if (row.secret) return words.map(() => MASK);
  if (row.value === "NAME:VALUE") return words.map(maskField);
  return words.map(maskAddress);
}
