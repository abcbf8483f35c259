/**
 * What to do about what the other end of a WebSocket does: refusals, violations.
 *
 * @module
 */
import { durationText } from "../core/duration.ts";

/** What to do about a status that is not 101, where no more is known. */
const STATUS_HINTS: Record<number, string> = {
  400: "the server did not like the request: see its reason, and try --origin or -H",
  401: "give a name, --user NAME asks for its password, or a token: --bearer TOKEN",
  403: "the server may want an Origin it knows (--origin) or a login (--user, --bearer)",
  404: "there is no WebSocket at this path",
  405: "there is something at this path, but no WebSocket",
  407: "the proxy in between wants a login: --proxy-user",
  408: "a server or proxy waited for more of the request: try again",
  410: "there is no WebSocket at this path any more",
  421: "the server is not for this host: is the name in the address right?",
  426: "is there a proxy in between that drops the Upgrade header? wirecat probe looks closer",
  429: "the server is asked too often: try again later, or with --retry",
  431: "the header fields are too long for the server: fewer cookies, or less -H",
  500: "it is an error in the server: its log tells more",
  501: "the server, or a proxy in between, does not know WebSocket",
  502: "what is in front of the server answers, and the server does not: is it running?",
  503: "the server is down or busy: try again later, or with --retry",
  504: "what is in front of the server answers, and the server does not: is it running?",
};

/** What a server says along with a refusal. */
export interface RefusalFields {
  /** Its Sec-WebSocket-Version. */
  readonly version: string | null;
  /** The Sec-WebSocket-Version of the request; 13 if not given. */
  readonly asked?: string;
  /** Its Retry-After. */
  readonly retryAfter: string | null;
  /** Its WWW-Authenticate. */
  readonly challenge?: string | null;
  /** Its reason, in words. */
  readonly said?: string;
}

/** What to do about a refusal of the upgrade. */
export function refusalHint(
  status: number,
  { version, asked = "13", retryAfter, challenge = null, said = "" }: RefusalFields,
): string {
  if (status === 400 && /HTTPS port/i.test(said)) {
    return "this port speaks TLS: is this to be wss: instead of ws:?";
  }
  // nginx's words, and ours.
  if ((status === 400 || status === 403) && /SSL certificate|client.*certificate/i.test(said)) {
    return "the server wants a certificate of its client: --cert FILE and --key FILE show one";
  }
  if (status === 400 && /"(Transport unknown|Unsupported protocol version)"/.test(said)) {
    return "it speaks Socket.IO, whose addresses end in ?EIO=4&transport=websocket";
  }
  if (status === 401 && challenge !== null) return loginHint(challenge);
  if (status === 400 && /\bupgrade\b|HTTP\/1\.1/i.test(said)) return STATUS_HINTS[426];
  if (status >= 200 && status < 300) {
    return "this is a web page, not a WebSocket: is the path right?";
  }
  if (status === 426 && version !== null && !version.split(/\s*,\s*/).includes(asked)) {
    return `the server speaks version ${version} of the protocol: see --websocket-version`;
  }
  if ((status === 429 || status === 503) && /^\d+$/.test(retryAfter ?? "")) {
    const pause = durationText(Number(retryAfter));
    return `the server asks to try again after ${pause}: --retry waits for that`;
  }
  return STATUS_HINTS[status] ?? "wirecat probe shows the whole answer";
}

/** What to do about a login that is missing, by the scheme that the server names. */
function loginHint(challenge: string): string {
  const scheme = /^\s*([\w-]+)/.exec(challenge)?.[1] ?? "";
  if (/\bbearer\b/i.test(challenge) && !/\bbasic\b/i.test(challenge)) {
    return "it wants a token: --bearer TOKEN";
  }
  if (/\bbasic\b/i.test(challenge)) return "give a name: --user NAME asks for its password";
  return `it wants a login by ${scheme}, and wirecat knows --user (Basic), --bearer and --cookie`;
}

/** What to do about a violation of the protocol, by its description and our role. */
export function violationHint(message: string, role: "client" | "server"): string | undefined {
  const limit = /over (--[\w-]+)/.exec(message)?.[1];
  if (limit !== undefined) return `${limit} BYTES allows more`;
  if (role === "server") return undefined; // It is the client that has to do something.
  if (/UTF-8/.test(message)) {
    return "RFC 6455 wants text to be UTF-8: the other end has to send binary";
  }
  if (/reserved bits/.test(message)) {
    return "the other end uses an extension that was not agreed on: --compress offers one";
  }
  return "the other end breaks RFC 6455: is there something in between that changes what is sent?";
}
