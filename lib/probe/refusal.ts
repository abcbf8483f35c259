/**
 * What a refusal of the upgrade means.
 *
 * @module
 */
import { answer, field, type Findings, note, problem, wasSent } from "./findings.ts";
import type { Finding } from "./report.ts";

/** What a status says that is not 101. */
export function aboutRefusal(found: Findings): Finding[] {
  const { upgrade } = found;
  const status = upgrade?.status;
  if (upgrade === undefined || status === undefined) return [];
  const origin = answer(found, "origin");
  if (origin?.works) {
    return [problem("the server wants an Origin header", `give ${origin.tried}`)];
  }
  if (status === 101) {
    // That has a hint of its own.
    if (/ was not offered$/.test(found.error?.message ?? "")) return [];
    return [problem(
      "the answer is 101, but not that of a WebSocket server",
      "is there a proxy in between that answers itself, or a cache?",
    )];
  }
  if (status >= 200 && status < 300) {
    return [problem("the port answers HTTP, but there is no WebSocket at this path")];
  }
  if (status >= 300 && status < 400) return aboutRedirect(found);
  if (status === 400 && /plain HTTP request was sent to HTTPS/i.test(upgrade.body ?? "")) {
    return [problem("plain HTTP on a TLS port", `use ${found.url.replace(/^ws:/, "wss:")}`)];
  }
  if (/certificate/i.test(upgrade.body ?? "") && status < 500) {
    return [
      problem("the server wants a certificate of its client", "give --cert FILE, --key FILE"),
    ];
  }
  if (status === 401) return aboutLogin(found);
  if (status === 403 && !wasSent(found, "Origin")) {
    return [note(
      "an Origin header with the server's own name did not help either",
      "a login, another Origin or another address of yours may be wanted",
    )];
  }
  if (status === 407) return [problem("a proxy in between wants a login", "give --proxy-user")];
  if (status === 426 && !wantsOtherVersion(found)) {
    return [problem(
      "the server did not see an upgrade request, although one was sent",
      "a proxy in front of it may drop the Upgrade and Connection headers: in nginx, " +
        "proxy_http_version 1.1 and proxy_set_header Upgrade $http_upgrade pass them on",
    )];
  }
  if (status === 404 || status === 410) {
    return [problem("the port answers HTTP, but there is no WebSocket at this path")];
  }
  if (status === 429) {
    const after = field(found, "Retry-After");
    return [
      note(
        "the server turns away who asks too often",
        after && `try again after ${pause(after)}, as --retry does`,
      ),
    ];
  }
  if (status === 503) {
    const after = field(found, "Retry-After");
    return [problem(
      "the server, or something in front of it, does not serve at present",
      after === undefined
        ? "is the server that it leads to running? It may also be busy, or under repair"
        : `try again after ${pause(after)}, as --retry does`,
    )];
  }
  if (status === 502 || status === 504) {
    return [problem(
      "something in front of the server answers, and the server behind it does not",
      "is the server that it leads to running?",
    )];
  }
  return [];
}

/** A Retry-After in words: seconds, or a date. */
function pause(after: string): string {
  return /^\d+$/.test(after) ? `${after} s` : after;
}

/** Whether the answer names versions of the protocol, and none is what was asked for. */
function wantsOtherVersion(found: Findings): boolean {
  const known = field(found, "Sec-WebSocket-Version");
  const [, asked = "13"] = found.upgrade?.requestHeaders
    .find(([name]) => /^sec-websocket-version$/i.test(name)) ?? [];
  return known !== undefined && !known.split(/\s*,\s*/).includes(asked);
}

function aboutRedirect(found: Findings): Finding[] {
  const location = field(found, "Location");
  if (location === undefined) return [problem("it redirects, and does not say where to")];
  const target = URL.parse(location, found.url.replace(/^ws/, "http"));
  const login = /login|signin|sign-in|auth|sso/i.test(target?.pathname ?? "");
  if (login) {
    return [problem(
      `it redirects to ${location}: it needs a login`,
      "give the cookie of a browser that is logged in: --cookie, or Copy as cURL and wirecat curl",
    )];
  }
  return [problem(`it redirects to ${location}`, "go there, or follow with -L")];
}

function aboutLogin(found: Findings): Finding[] {
  const wanted = field(found, "WWW-Authenticate");
  const scheme = /^\s*([\w-]+)/.exec(wanted ?? "")?.[1];
  const realm = /realm="?([^",]*)/i.exec(wanted ?? "")?.[1];
  const which = scheme === undefined ? "" : ` (${scheme}${realm ? `, for ${realm}` : ""})`;
  if (wasSent(found, "Authorization")) {
    return [problem(
      `it needs a login${which}, and did not take the one that was sent`,
      "is it right, and of the kind that the server wants?",
    )];
  }
  if (/^(digest|negotiate|ntlm)$/i.test(scheme ?? "")) {
    return [problem(
      `it needs a login${which}, of a kind that wirecat does not know`,
      "it knows --user (Basic), --bearer and --cookie: does the server take one of them, too?",
    )];
  }
  const next = /^bearer$/i.test(scheme ?? "")
    ? "give --bearer TOKEN"
    : /^basic$/i.test(scheme ?? "")
    ? "give --user NAME"
    : "give --user NAME, --bearer TOKEN or --cookie";
  return [problem(`it needs a login${which}`, next)];
}
