/**
 * The header field `Sec-WebSocket-Extensions` (RFC 6455, section 9.1): text in, extensions out.
 *
 * @module
 */

/** One extension of the field, as an offer or as the answer to one. */
export interface Extension {
  /** Its registered name. */
  readonly name: string;
  /** Its parameters in order; a name may be there more than once. */
  readonly parameters: readonly ExtensionParameter[];
}

/** A parameter; `value` is undefined where none was given, and without the quotes that it had. */
export type ExtensionParameter = readonly [name: string, value: string | undefined];

/** A field that is not what section 9.1 says it has to be. */
export class ExtensionSyntaxError extends Error {}

/** Blanks, then a token, a quoted string or a separator (RFC 9110, section 5.6). */
const WORD = /[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"((?:[^"\\]|\\.)*)"|([;,=]))/y;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

interface Word {
  readonly token?: string;
  readonly quoted?: string;
  readonly separator?: string;
}

function words(text: string): Word[] {
  const found: Word[] = [];
  const end = text.trimEnd().length;
  WORD.lastIndex = 0;
  while (WORD.lastIndex < end) {
    const at = WORD.lastIndex;
    const match = WORD.exec(text);
    if (match === null) throw new ExtensionSyntaxError(`${JSON.stringify(text.slice(at))}`);
    const [, token, quoted, separator] = match;
    found.push({ token, quoted: quoted?.replace(/\\(.)/g, "$1"), separator });
  }
  return found;
}

/**
 * The extensions of a field, most wanted first. Empty elements are skipped (RFC 9110,
 * section 5.6.1). Throws an {@linkcode ExtensionSyntaxError}.
 */
export function parseExtensions(text: string): Extension[] {
  const extensions: Extension[] = [];
  const all = words(text);
  const wrong = (i: number) => {
    const word = all[i];
    const what = word === undefined
      ? "its end"
      : JSON.stringify(word.token ?? word.quoted ?? word.separator);
    return new ExtensionSyntaxError(`${what} where it does not belong`);
  };
  let i = 0;
  while (i < all.length) {
    if (all[i].separator === ",") {
      i++;
      continue;
    }
    const name = all[i].token;
    if (name === undefined) throw wrong(i);
    const parameters: ExtensionParameter[] = [];
    for (i++; all[i]?.separator === ";";) {
      const parameter = all[++i]?.token;
      if (parameter === undefined) throw wrong(i);
      let value: string | undefined;
      if (all[++i]?.separator === "=") {
        value = all[++i]?.token ?? all[i]?.quoted;
        // A quoted value has to be a token without its quotes.
        if (value === undefined || !TOKEN.test(value)) throw wrong(i);
        i++;
      }
      parameters.push([parameter, value]);
    }
    if (i < all.length && all[i].separator !== ",") throw wrong(i);
    extensions.push({ name, parameters });
  }
  return extensions;
}

/** An extension as the field has it. */
export function formatExtension({ name, parameters }: Extension): string {
  return [
    name,
    ...parameters.map(([name, value]) => value === undefined ? name : `${name}=${value}`),
  ].join("; ");
}
