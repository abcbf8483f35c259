/**
 * What two ends agree on about permessage-deflate (RFC 7692, section 7.1): header fields in,
 * decisions out. No I/O, and no compressing.
 *
 * @module
 */
import {
  type Extension,
  type ExtensionParameter,
  formatExtension,
  parseExtensions,
} from "./extensions.ts";

/** The extension's registered name. */
const PERMESSAGE_DEFLATE = "permessage-deflate";

/** The largest window of RFC 1951: 32 KiB, as the exponent of two that the parameters have. */
const MAX_WINDOW_BITS = 15;

/** The four parameters, as an offer, its answer or an option has them. */
export interface DeflateParameters {
  /** The server forgets each message before it compresses the next (section 7.1.1.1). */
  readonly serverNoContextTakeover?: boolean;
  /** The client does (section 7.1.1.2). */
  readonly clientNoContextTakeover?: boolean;
  /** The server looks back no further than 2 to this power bytes: 8 to 15 (section 7.1.2.1). */
  readonly serverMaxWindowBits?: number;
  /** The client does not; in an offer, true says only that it could be told so (section 7.1.2.2). */
  readonly clientMaxWindowBits?: number | true;
}

/** How one end compresses. */
export interface DeflateDirection {
  /** How far it looks back: 2 to this power bytes, 8 to 15. */
  readonly windowBits: number;
  /** Whether it looks back into earlier messages. */
  readonly contextTakeover: boolean;
}

/** What was agreed on. */
export interface DeflateAgreement {
  /** How the server compresses. */
  readonly server: DeflateDirection;
  /** How the client compresses. */
  readonly client: DeflateDirection;
  /** The answer that says so, as the header field has it. */
  readonly header: string;
}

/** What makes parameters unacceptable. */
export class DeflateError extends Error {}

/**
 * Reads parameters. Throws a {@linkcode DeflateError} for what an endpoint must not accept: unknown
 * names, a name given twice, values that are missing, out of range or too many (section 7.1).
 */
function readParameters(parameters: readonly ExtensionParameter[]): DeflateParameters {
  const read: { -readonly [name in keyof DeflateParameters]: DeflateParameters[name] } = {};
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) throw new DeflateError(`${name} is given twice`);
    seen.add(name);
    if (name === "server_no_context_takeover" || name === "client_no_context_takeover") {
      if (value !== undefined) throw new DeflateError(`${name} takes no value`);
      if (name.startsWith("server")) read.serverNoContextTakeover = true;
      else read.clientNoContextTakeover = true;
    } else if (name === "server_max_window_bits") {
      if (value === undefined) throw new DeflateError(`${name} needs a value, 8 to 15`);
      read.serverMaxWindowBits = windowBits(name, value);
    } else if (name === "client_max_window_bits") {
      read.clientMaxWindowBits = value === undefined ? true : windowBits(name, value);
    } else {
      throw new DeflateError(`${name} is no parameter of ${PERMESSAGE_DEFLATE}`);
    }
  }
  return read;
}

/** A decimal number from 8 to 15 without a leading zero. */
function windowBits(name: string, value: string): number {
  if (!/^([89]|1[0-5])$/.test(value)) {
    throw new DeflateError(`${name} is ${value}, which is not from 8 to 15`);
  }
  return Number(value);
}

/** Parameters as the header field has them. */
function formatParameters(parameters: DeflateParameters): string {
  const { serverMaxWindowBits, clientMaxWindowBits } = parameters;
  const list: ExtensionParameter[] = [];
  if (parameters.serverNoContextTakeover) list.push(["server_no_context_takeover", undefined]);
  if (parameters.clientNoContextTakeover) list.push(["client_no_context_takeover", undefined]);
  if (serverMaxWindowBits !== undefined) {
    list.push(["server_max_window_bits", String(serverMaxWindowBits)]);
  }
  if (clientMaxWindowBits !== undefined) {
    const value = clientMaxWindowBits === true ? undefined : String(clientMaxWindowBits);
    list.push(["client_max_window_bits", value]);
  }
  return formatExtension({ name: PERMESSAGE_DEFLATE, parameters: list });
}

// --- The client's side ---

/** What a client offers: what it wants, and that the server may limit its window (section 7.1.2.2). */
export function deflateOffer(wanted: DeflateParameters): string {
  return formatParameters({ clientMaxWindowBits: true, ...wanted });
}

/**
 * What a server's answer to `offers` agrees on; nothing if it took no extension. Throws a
 * {@linkcode DeflateError} or an `ExtensionSyntaxError` if the connection has to fail.
 */
export function readAnswer(answer: string | null, offers: string): DeflateAgreement | undefined {
  const extensions = parseExtensions(answer ?? "");
  if (extensions.length === 0) return undefined;
  const other = extensions.find(({ name }) => name !== PERMESSAGE_DEFLATE);
  if (other !== undefined) {
    throw new DeflateError(`the extension ${JSON.stringify(other.name)} was not offered`);
  }
  if (extensions.length > 1) throw new DeflateError(`${PERMESSAGE_DEFLATE} is accepted twice`);
  const accepted = readParameters(extensions[0].parameters);
  if (accepted.clientMaxWindowBits === true) {
    throw new DeflateError("client_max_window_bits needs a value in an answer, 8 to 15");
  }
  let why: DeflateError | undefined;
  for (const offer of parseExtensions(offers)) {
    if (offer.name !== PERMESSAGE_DEFLATE) continue;
    // One that a header field of the user's has, and that no server may take, is no matter here.
    const offered = parametersOf(offer);
    if (offered === undefined) continue;
    const objection = objectionTo(accepted, offered);
    if (objection === undefined) return agreement(accepted, offered);
    why ??= new DeflateError(objection);
  }
  throw why ?? new DeflateError(`${PERMESSAGE_DEFLATE} was not offered`);
}

/** Why an answer does not fit an offer, if it does not. */
function objectionTo(accepted: DeflateParameters, offered: DeflateParameters): string | undefined {
  const { serverMaxWindowBits: server, clientMaxWindowBits: client } = accepted;
  if (offered.serverNoContextTakeover && !accepted.serverNoContextTakeover) {
    return "server_no_context_takeover was asked for, and is not promised";
  }
  if (offered.serverMaxWindowBits !== undefined) {
    if (server === undefined) {
      return `server_max_window_bits=${offered.serverMaxWindowBits} was asked for, and is not promised`;
    }
    if (server > offered.serverMaxWindowBits) {
      return `server_max_window_bits=${server} is more than was offered`;
    }
  }
  if (client !== undefined) {
    const limit = offered.clientMaxWindowBits;
    if (limit === undefined) return "client_max_window_bits was not offered";
    if (typeof limit === "number" && typeof client === "number" && client > limit) {
      return `client_max_window_bits=${client} is more than was offered`;
    }
  }
}

// --- The server's side ---

/**
 * Takes the first acceptable offer of a client, within what this server `wanted`; nothing if there
 * is none. Throws an `ExtensionSyntaxError` for a field that is malformed.
 */
export function acceptOffer(
  offers: string | null,
  wanted: DeflateParameters,
): DeflateAgreement | undefined {
  for (const offer of parseExtensions(offers ?? "")) {
    if (offer.name !== PERMESSAGE_DEFLATE) continue;
    const offered = parametersOf(offer);
    if (offered === undefined) continue;
    const client = wanted.clientMaxWindowBits;
    // Only a client that says so can be told how far to look back.
    if (typeof client === "number" && offered.clientMaxWindowBits === undefined) continue;
    return agreement({
      serverNoContextTakeover: offered.serverNoContextTakeover || wanted.serverNoContextTakeover,
      clientNoContextTakeover: offered.clientNoContextTakeover || wanted.clientNoContextTakeover,
      serverMaxWindowBits: least(offered.serverMaxWindowBits, wanted.serverMaxWindowBits),
      clientMaxWindowBits: least(offered.clientMaxWindowBits, client),
    });
  }
  return undefined;
}

/** An offer's parameters; nothing if it has to be declined. */
function parametersOf({ parameters }: Extension): DeflateParameters | undefined {
  try {
    return readParameters(parameters);
  } catch (error) {
    if (error instanceof DeflateError) return undefined;
    throw error;
  }
}

function least(a: number | true | undefined, b: number | true | undefined): number | undefined {
  if (typeof a !== "number") return typeof b === "number" ? b : undefined;
  return typeof b === "number" ? Math.min(a, b) : a;
}

/** What an answer means; a client's offer binds the client even where the answer does not repeat it. */
function agreement(accepted: DeflateParameters, offered: DeflateParameters = {}): DeflateAgreement {
  const clientBits = least(accepted.clientMaxWindowBits, offered.clientMaxWindowBits);
  return {
    server: {
      windowBits: accepted.serverMaxWindowBits ?? MAX_WINDOW_BITS,
      contextTakeover: !accepted.serverNoContextTakeover,
    },
    client: {
      windowBits: clientBits ?? MAX_WINDOW_BITS,
      contextTakeover: !(accepted.clientNoContextTakeover || offered.clientNoContextTakeover),
    },
    header: formatParameters(accepted),
  };
}
