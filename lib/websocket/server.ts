/**
 * A server's opening handshake over a connection.
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import { Answered, LoginRefused } from "../core/opener.ts";
import {
  formatResponse,
  type HeaderField,
  HeadError,
  parseRequestHead,
  type RequestHead,
} from "../http/head.ts";
import { finish } from "../http/finish.ts";
import { readHead } from "../http/read_head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import {
  acceptOffer,
  type DeflateAgreement,
  type DeflateParameters,
} from "./deflate_negotiation.ts";
import { ExtensionSyntaxError } from "./extensions.ts";
import {
  acceptResponse,
  checkRequest,
  chooseProtocol,
  originForm,
  refusalResponse,
  wantsUpgrade,
} from "./handshake.ts";

/** What a server's handshake accepts and says. */
export interface ServerSettings {
  /** Who asks, for messages: `127.0.0.1:5000`. */
  readonly client: string;
  /** Who asks according to the request, where a proxy is believed that has passed it on. */
  readonly clientOf?: (headers: Headers) => string | undefined;
  /** The only path (with its query) that is served. */
  readonly restrictUri?: string;
  /** The only subprotocol that is spoken. */
  readonly protocol?: string;
  /** What is wanted of permessage-deflate, where it is to be accepted. */
  readonly deflate?: DeflateParameters;
  /** Further header fields of every response. */
  readonly headers: readonly HeaderField[];
  /** How many seconds the request may take. */
  readonly timeout: number;
  /** Ends the handshake. */
  readonly signal: AbortSignal;
  /**
   * Lets a client in by returning the name that it has logged in with, if any. Throws an
   * {@linkcode HttpRefusal} otherwise, whatever the request is for.
   */
  readonly admit?: (head: RequestHead, client: string) => Promise<string | undefined> | undefined;
  /** Answers a request that asks for no WebSocket; false if it has nothing to say to it. */
  readonly respond?: (head: RequestHead, conn: ByteConn) => Promise<boolean>;
  /** Whether the request's header fields are wanted later: idle connections would hold them. */
  readonly keepHeaders?: boolean;
  /** Told of what is odd but not wrong. */
  readonly onWarning?: (message: string) => void;
}

/** What a client asked for and got. */
export interface Accepted {
  /** Who `clientOf` says that it is. */
  readonly client?: string;
  /** The path and query that were asked for. */
  readonly target: string;
  /** The request's header fields, read anew at each call; with `keepHeaders` only. */
  readonly headers?: () => Headers;
  /** The name that the client has logged in with, where it had to. */
  readonly user?: string;
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
  /** What was agreed on about compression. */
  readonly deflate?: DeflateAgreement;
  /** What came right behind the request. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a request and upgrades the connection; answers what cannot be upgraded. Returns
 * nothing if the request was for something else and has been answered. Throws a
 * {@linkcode WirecatError} that says why a client was refused, {@linkcode Answered} where it
 * was only told to log in.
 */
export async function upgradeServer(
  conn: ByteConn,
  settings: ServerSettings,
): Promise<Accepted | undefined> {
  const { headers } = settings;
  let { client } = settings;
  let bytes: Uint8Array<ArrayBuffer>;
  let head: RequestHead;
  let rest: Uint8Array<ArrayBuffer>;
  try {
    const read = await readHead(conn, {
      from: `the client ${client}`,
      timeout: settings.timeout,
      signal: settings.signal,
    });
    bytes = read.head;
    const parsed = parseRequestHead(bytes);
    head = { ...parsed, target: originForm(parsed.target) };
    rest = read.rest;
    client = settings.clientOf?.(head.headers) ?? client;
  } catch (error) {
    const status = error instanceof HeadError ? error.status : timedOut(error) ? 408 : undefined;
    if (status !== undefined) {
      const response = formatResponse({ status, headers: [["Connection", "close"]], body: "" });
      await answer(conn, response, status === 408 ? undefined : settings.signal);
    }
    throw error instanceof HeadError ? named(error, client) : error;
  }
  try {
    const user = await settings.admit?.(head, client);
    if (!wantsUpgrade(head) && await settings.respond?.(head, conn)) return undefined;
    const { key, protocols } = checkRequest(head);
    const { restrictUri } = settings;
    if (restrictUri !== undefined && head.target !== restrictUri) {
      throw new HttpRefusal(404, `There is no WebSocket at ${head.target}.`);
    }
    const protocol = chooseProtocol(protocols, settings.protocol);
    warnOfProtocols(protocols, { ...settings, client });
    const deflate = chooseDeflate(head, settings.deflate);
    await writeAll(conn, await acceptResponse(key, protocol, headers, deflate?.header));
    const kept = settings.keepHeaders ? headersLater(bytes) : undefined;
    const known = settings.clientOf && client;
    return { client: known, target: head.target, headers: kept, user, protocol, deflate, rest };
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    await answer(conn, refusalResponse(error, headers), settings.signal);
    const said =
      `refused ${head.method} ${head.target} from ${client} with ${error.status}: ${error.message}`;
    // That is how a browser learns that it has to ask for a login.
    if (error.status === 401 && !head.headers.has("Authorization")) throw new Answered(said);
    if (error.status === 401) throw new LoginRefused(client, said);
    throw new WirecatError("upgrade", said, { cause: error });
  }
}

/** Takes an offer to compress, where that is wanted. Throws an {@linkcode HttpRefusal}. */
function chooseDeflate(
  { headers }: RequestHead,
  wanted: DeflateParameters | undefined,
): DeflateAgreement | undefined {
  if (wanted === undefined) return undefined;
  try {
    return acceptOffer(headers.get("Sec-WebSocket-Extensions"), wanted);
  } catch (error) {
    if (!(error instanceof ExtensionSyntaxError)) throw error;
    throw new HttpRefusal(400, `Sec-WebSocket-Extensions is malformed: ${error.message}.`);
  }
}

/** The header fields of a head, parsed when they are asked for. */
function headersLater(head: Uint8Array): () => Headers {
  const bytes = head.slice();
  return () => parseRequestHead(bytes).headers;
}

function warnOfProtocols(offered: readonly string[], settings: ServerSettings): void {
  if (settings.protocol === undefined) {
    if (offered.length > 1) {
      settings.onWarning?.(
        `${settings.client} offers the subprotocols ${offered.join(", ")}: the first was taken; ` +
          "choose with --server-protocol",
      );
    }
  } else if (offered.length === 0) {
    settings.onWarning?.(
      `${settings.client} offers no subprotocol: --server-protocol ${settings.protocol} was left out`,
    );
  }
}

/** The error with the name of whoever has sent what is wrong. */
function named(error: HeadError, client: string): HeadError {
  const { status, message, hint } = error;
  if (message.includes(client)) return error;
  const said = `refused a request from ${client} with ${status}: ${message}`;
  return new HeadError(status, said, { hint });
}

function timedOut(error: unknown): boolean {
  return error instanceof WirecatError && error.kind === "timeout";
}

/**
 * Answers a connection that is about to be closed. With a `signal` it is read on for a
 * moment, so that the answer arrives; there must be no read under way then.
 */
async function answer(
  conn: ByteConn,
  response: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await writeAll(conn, response);
    if (signal !== undefined) await finish(conn, signal);
    else await conn.closeWrite();
  } catch {
    // Whoever asked is gone.
  }
}
