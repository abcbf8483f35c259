/**
 * The header fields that a WebSocket client's request carries by the options.
 *
 * @module
 */
import { authorizationOf, userAgent } from "../lib/cli/http_options.ts";
import { header, headerFields } from "../lib/cli/websocket_options.ts";
import type { Env } from "../lib/core/opener.ts";
import { loginOf } from "../lib/websocket/url.ts";

/** The header fields that the options ask for, before the handshake's own. */
export async function requestFields(url: URL, env: Env): Promise<[string, string][]> {
  const fields = headerFields(env.options, header).map(([name, value]) =>
    [name, value] as [string, string]
  );
  const agent = env.options.get(userAgent);
  if (agent !== undefined) fields.push(["User-Agent", agent]);
  const login = loginOf(url);
  const authorization = await authorizationOf(env.options) ??
    (login === undefined ? undefined : `Basic ${base64(login)}`);
  const given = fields.some(([name]) => name.toLowerCase() === "authorization");
  if (authorization !== undefined && !given) fields.push(["Authorization", authorization]);
  return fields;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
