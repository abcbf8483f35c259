/**
 * The opening handshake (RFC 6455, section 4): heads in, decisions out. No I/O.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import {
  formatRequest,
  formatResponse,
  type HeaderField,
  listTokens,
  type RequestHead,
  type ResponseHead,
} from "../http/head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import { type DeflateAgreement, DeflateError, readAnswer } from "./deflate_negotiation.ts";
import { ExtensionSyntaxError } from "./extensions.ts";

/** The version of RFC 6455 (section 4.1). */
const VERSION = "13";

/** Section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A fresh `Sec-WebSocket-Key`: 16 random bytes in base64 (section 4.1, item 7). */
export function generateKey(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toBase64();
}

/** Whether a `Sec-WebSocket-Key` is 16 bytes in base64 (section 4.2.1, item 5). */
export function isKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{22}==$/.test(key);
}

/** The `Sec-WebSocket-Accept` that answers a key (section 4.2.2, item 5.4). */
export async function acceptFor(key: string): Promise<string> {
  const bytes = new TextEncoder().encode(key + GUID);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).toBase64();
}

/** The subprotocols of a `Sec-WebSocket-Protocol` header, in the client's order. */
export function protocolList(value: string | null): string[] {
  return (value ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
}

// --- The client's side (section 4.1) ---

/** What a client's request is made of. */
export interface ClientRequest {
  /** Path and query. */
  readonly target: string;
  /** Host, with the port unless it is the scheme's own. */
  readonly host: string;
  /** `Sec-WebSocket-Key`. */
  readonly key: string;
  /** `Sec-WebSocket-Version`. */
  readonly version: string;
  /** Further header fields, before ours; one of the same name replaces ours. */
  readonly headers: readonly HeaderField[];
  /** `Origin`. */
  readonly origin?: string;
  /** `Sec-WebSocket-Protocol`, as written. */
  readonly protocols?: string;
  /** `Sec-WebSocket-Extensions`, as written. */
  readonly extensions?: string;
}

/** The request's bytes. Throws a usage error for header fields that are none. */
export function clientRequest(request: ClientRequest): Uint8Array<ArrayBuffer> {
  const own: HeaderField[] = [];
  if (request.origin !== undefined) own.push(["Origin", request.origin]);
  if (request.protocols !== undefined) own.push(["Sec-WebSocket-Protocol", request.protocols]);
  if (request.extensions !== undefined) own.push(["Sec-WebSocket-Extensions", request.extensions]);
  own.push(
    ["Host", request.host],
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", request.version],
    ["Sec-WebSocket-Key", request.key],
  );
  return formatRequest({
    method: "GET",
    target: request.target,
    headers: [...request.headers, ...without(own, request.headers)],
  });
}

/** Those of our fields that are not given, since none of them may be there twice (section 11.3). */
function without(own: readonly HeaderField[], given: readonly HeaderField[]): HeaderField[] {
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  return own.filter(([name]) => !names.has(name.toLowerCase()));
}

/** What a server has to answer, and what it may choose from. */
export interface Expected {
  /** `Sec-WebSocket-Accept`. */
  readonly accept: string;
  /** The subprotocols that were offered, as written. */
  readonly protocols?: string;
  /** The extensions that were offered, as written. */
  readonly extensions?: string;
  /** Who answers, for messages. */
  readonly name: string;
}

/** What a server has chosen. */
export interface Chosen {
  /** The subprotocol. */
  readonly protocol?: string;
  /** What was agreed on about compression. */
  readonly deflate?: DeflateAgreement;
}

/**
 * Checks a 101 response (section 4.1, items 2 to 6). Throws `upgrade`. HTTP/1.0 is taken: some
 * servers say so, and section 4.1 asks for a status only.
 */
export function checkResponse(head: ResponseHead, expected: Expected): Chosen {
  const refuse = (
    what: string,
    hint = "is there something in between, such as a proxy or a cache, that answers itself?",
  ) =>
    new WirecatError("upgrade", `${expected.name} answered the upgrade wrongly: ${what}`, { hint });
  const { headers } = head;
  if (head.status !== 101) throw refuse(`status ${head.status} ${head.reason}`.trim());
  if (headers.get("Upgrade")?.toLowerCase() !== "websocket") {
    throw refuse(`Upgrade is ${shown(headers.get("Upgrade"))}, not "websocket"`);
  }
  if (!listTokens(headers.get("Connection")).includes("upgrade")) {
    throw refuse(`Connection is ${shown(headers.get("Connection"))}, without "Upgrade"`);
  }
  if (headers.get("Sec-WebSocket-Accept")?.trim() !== expected.accept) {
    throw refuse(
      `Sec-WebSocket-Accept is ${shown(headers.get("Sec-WebSocket-Accept"))}, not ` +
        `"${expected.accept}", which goes with the key that was sent`,
    );
  }
  const extensions = headers.get("Sec-WebSocket-Extensions");
  let deflate: DeflateAgreement | undefined;
  if (expected.extensions === undefined) {
    if (extensions !== null && extensions.trim() !== "") {
      throw refuse(
        `it uses the extension ${shown(extensions)}, which was not offered`,
        /^permessage-deflate\b/.test(extensions)
          ? "offer it with --compress"
          : "wirecat has permessage-deflate only",
      );
    }
  } else {
    try {
      deflate = readAnswer(extensions, expected.extensions);
    } catch (error) {
      if (!(error instanceof DeflateError || error instanceof ExtensionSyntaxError)) throw error;
      throw refuse(
        `Sec-WebSocket-Extensions is ${shown(extensions)}: ${error.message}`,
        "leave out --compress, or what it asks for",
      );
    }
  }
  const protocol = headers.get("Sec-WebSocket-Protocol");
  if (protocol === null) return { deflate };
  const offered = protocolList(expected.protocols ?? null);
  if (!offered.includes(protocol.trim())) {
    throw refuse(
      `it chose the subprotocol ${shown(protocol)}, which was not offered`,
      `offer it with --protocol ${protocol.trim()}`,
    );
  }
  return { protocol: protocol.trim(), deflate };
}

function shown(value: string | null): string {
  return value === null ? "missing" : JSON.stringify(value);
}

// --- The server's side (section 4.2) ---

/** What a client asks for with a request that is in order. */
export interface UpgradeRequest {
  /** `Sec-WebSocket-Key`. */
  readonly key: string;
  /** The subprotocols that it offers, most wanted first. */
  readonly protocols: readonly string[];
}

/** Whether a request asks for a WebSocket at all, rightly or not. */
export function wantsUpgrade(head: RequestHead): boolean {
  return listTokens(head.headers.get("Upgrade")).includes("websocket");
}

/**
 * Path and query of a request's target, which may be a whole `http:` address (section 4.2.1, item
 * 1; RFC 9112, section 3.2.2); any other target as it is.
 */
export function originForm(target: string): string {
  const [, path] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? [];
  if (path === undefined) return target;
  return path.startsWith("/") ? path : `/${path}`;
}

/** Checks a request (section 4.2.1). Throws an {@linkcode HttpRefusal}. */
export function checkRequest(head: RequestHead): UpgradeRequest {
  const { headers } = head;
  if (head.method !== "GET") {
    throw new HttpRefusal(405, "A WebSocket is asked for with GET.", [["Allow", "GET"]]);
  }
  if (head.version !== "1.1") throw new HttpRefusal(400, "WebSocket needs HTTP/1.1.");
  if (!originForm(head.target).startsWith("/")) {
    throw new HttpRefusal(400, "The request's target has to be a path.");
  }
  if (headers.get("Host") === null) throw new HttpRefusal(400, "The Host header is missing.");
  if (!wantsUpgrade(head)) {
    throw new HttpRefusal(426, "Only WebSocket clients are served here.", [
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", VERSION],
    ]);
  }
  // What follows is frames; a proxy that takes some of it for a body would be of another opinion.
  if (headers.has("Transfer-Encoding") || Number(headers.get("Content-Length") ?? 0) !== 0) {
    throw new HttpRefusal(400, "A request for a WebSocket has no body.");
  }
  if (!listTokens(headers.get("Connection")).includes("upgrade")) {
    throw new HttpRefusal(400, 'The Connection header lacks "Upgrade".');
  }
  if (headers.get("Sec-WebSocket-Version")?.trim() !== VERSION) {
    throw new HttpRefusal(426, `Only WebSocket version ${VERSION} is spoken here.`, [
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", VERSION],
    ]);
  }
  const key = headers.get("Sec-WebSocket-Key")?.trim() ?? "";
  if (!isKey(key)) {
    throw new HttpRefusal(400, "Sec-WebSocket-Key has to be 16 bytes in base64.");
  }
  return { key, protocols: protocolList(headers.get("Sec-WebSocket-Protocol")) };
}

/**
 * The subprotocol to agree on (section 4.2.2, item 5.5): the first one offered, or `wanted`
 * if that is offered. Throws an {@linkcode HttpRefusal} if others are offered only.
 */
export function chooseProtocol(
  offered: readonly string[],
  wanted: string | undefined,
): string | undefined {
  if (wanted === undefined || offered.length === 0) return offered[0];
  if (offered.includes(wanted)) return wanted;
  throw new HttpRefusal(400, `Only the subprotocol "${wanted}" is spoken here.`, [
    ["Sec-WebSocket-Protocol", wanted],
  ]);
}

/** The 101 response's bytes (section 4.2.2). A field in `headers` replaces ours of the same name. */
export async function acceptResponse(
  key: string,
  protocol: string | undefined,
  headers: readonly HeaderField[],
  extensions?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chosen: HeaderField[] = [];
  if (protocol !== undefined) chosen.push(["Sec-WebSocket-Protocol", protocol]);
  if (extensions !== undefined) chosen.push(["Sec-WebSocket-Extensions", extensions]);
  const own: HeaderField[] = [
    ["Sec-WebSocket-Accept", await acceptFor(key)],
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
  ];
  return formatResponse({
    status: 101,
    headers: [...without(chosen, headers), ...headers, ...without(own, headers)],
  });
}

/** The bytes of a refusal. */
export function refusalResponse(
  refusal: HttpRefusal,
  headers: readonly HeaderField[],
): Uint8Array<ArrayBuffer> {
  return formatResponse({
    status: refusal.status,
    headers: [
      ...headers,
      ...refusal.headers,
      ["Content-Type", "text/plain"],
      ["Connection", "close"],
    ],
    body: refusal.message + "\n",
  });
}
