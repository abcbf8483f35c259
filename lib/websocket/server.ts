/**
 * A server's opening handshake over a connection.
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import {
  formatResponse,
  type HeaderField,
  HeadError,
  parseRequestHead,
  type RequestHead,
} from "../http/head.ts";
import { finish } from "../http/finish.ts";
import { readHead } from "../http/read_head.ts";
import {
  acceptResponse,
  checkRequest,
  chooseProtocol,
  refusalResponse,
  UpgradeRefusal,
  wantsUpgrade,
} from "./handshake.ts";

/** What a server's handshake accepts and says. */
export interface ServerSettings {
  /** Who asks, for messages: `127.0.0.1:5000`. */
  readonly client: string;
  /** The only path (with its query) that is served. */
  readonly restrictUri?: string;
  /** The only subprotocol that is spoken. */
  readonly protocol?: string;
  /** Further header fields of every response. */
  readonly headers: readonly HeaderField[];
  /** How many seconds the request may take. */
  readonly timeout: number;
  /** Ends the handshake. */
  readonly signal: AbortSignal;
  /** Answers a request that asks for no WebSocket; false if it has nothing to say to it. */
  readonly respond?: (head: RequestHead, conn: ByteConn) => Promise<boolean>;
  /** Whether the request's header fields are wanted later: idle connections would hold them. */
  readonly keepHeaders?: boolean;
  /** Told of what is odd but not wrong. */
  readonly onWarning?: (message: string) => void;
}

/** What a client asked for and got. */
export interface Accepted {
  /** The path and query that were asked for. */
  readonly target: string;
  /** The request's header fields, read anew at each call; with `keepHeaders` only. */
  readonly headers?: () => Headers;
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
  /** What came right behind the request. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a request and upgrades the connection; answers what cannot be upgraded. Returns
 * nothing if the request was for something else and has been answered. Throws a
 * {@linkcode WirecatError} that says why a client was refused.
 */
export async function upgradeServer(
  conn: ByteConn,
  settings: ServerSettings,
): Promise<Accepted | undefined> {
  const { client, headers } = settings;
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
    head = parseRequestHead(bytes);
    rest = read.rest;
  } catch (error) {
    const status = error instanceof HeadError ? error.status : timedOut(error) ? 408 : undefined;
    if (status !== undefined) {
      const response = formatResponse({ status, headers: [["Connection", "close"]], body: "" });
      await answer(conn, response, status === 408 ? undefined : settings.signal);
    }
    throw error;
  }
  try {
    if (!wantsUpgrade(head) && await settings.respond?.(head, conn)) return undefined;
    const { key, protocols } = checkRequest(head);
    const { restrictUri } = settings;
    if (restrictUri !== undefined && head.target !== restrictUri) {
      throw new UpgradeRefusal(404, `There is no WebSocket at ${head.target}.`);
    }
    const protocol = chooseProtocol(protocols, settings.protocol);
    warnOfProtocols(protocols, settings);
    await writeAll(conn, await acceptResponse(key, protocol, headers));
    const kept = settings.keepHeaders ? headersLater(bytes) : undefined;
    return { target: head.target, headers: kept, protocol, rest };
  } catch (error) {
    if (!(error instanceof UpgradeRefusal)) throw error;
    await answer(conn, refusalResponse(error, headers), settings.signal);
    throw new WirecatError(
      "upgrade",
      `refused ${head.method} ${head.target} from ${client} with ${error.status}: ${error.message}`,
    );
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
