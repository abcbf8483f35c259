/**
 * Where a redirect of the opening handshake leads (RFC 6455, section 4.1; RFC 9110, section 15.4).
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import type { UpgradeRefused } from "./client.ts";

/** The statuses that say to ask elsewhere. The request is a GET, so that all mean the same. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Whether a refusal says where to ask instead. */
export function isRedirect({ status, location }: UpgradeRefused): boolean {
  return REDIRECTS.includes(status) && location !== null;
}

/**
 * Where to ask instead of `from`: `http:` and `https:` stand for `ws:` and `wss:`. The login of
 * `from` goes along to the same origin only. Throws an `upgrade` error for a place that is no
 * WebSocket's, and for one without TLS where `from` has it.
 */
export function redirectTarget(location: string, from: URL): URL {
  const base = from.href.replace(/^ws/, "http");
  const found = URL.parse(location.trim(), base);
  const target = found && /^(https?|wss?):$/.test(found.protocol)
    ? URL.parse(found.href.replace(/^http/, "ws"))
    : null;
  const here = shown(from);
  if (target === null || target.hostname === "") {
    throw new WirecatError("upgrade", `${here} redirects to what is no WebSocket's address`, {
      hint: `it says ${JSON.stringify(location.slice(0, 200))}`,
    });
  }
  if (from.protocol === "wss:" && target.protocol === "ws:") {
    throw new WirecatError("upgrade", `${here} redirects to ${shown(target)}, which has no TLS`, {
      hint: "this is not followed; connect there by yourself if it is to be so",
    });
  }
  target.hash = "";
  if (isSameOrigin(target, from) && target.username === "" && target.password === "") {
    target.username = from.username;
    target.password = from.password;
  }
  return target;
}

/** Whether scheme, host and port are the same (RFC 6454). */
export function isSameOrigin(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.host === b.host;
}

/** An address as messages have it: without login and query. */
function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
