/**
 * The header fields that a WebSocket client's request carries by the options.
 *
 * @module
 */
import { loginOptions } from "../lib/cli/auth_options.ts";
import { userAgent } from "../lib/cli/http_options.ts";
import { header, headerFields } from "../lib/cli/websocket_options.ts";
import type { Env } from "../lib/core/opener.ts";
import { hostOf, loginOf } from "../lib/websocket/url.ts";
import { cookiesOf } from "./run_cookies.ts";

/** Where a request goes. */
export interface RequestCircumstances {
  /**
   * Whether a redirect has led to another scheme, host or port than the user has named. The
   * logins and cookies of the command line are not for that server, nor are those of `-H`; the
   * login in `url`, a `--netrc` entry of its host and its own cookies are.
   */
  readonly crossOrigin?: boolean;
}

/** The header fields that the options ask for, before the handshake's own. */
export async function requestFields(
  url: URL,
  env: Env,
  { crossOrigin = false }: RequestCircumstances = {},
): Promise<[string, string][]> {
  let fields = headerFields(env.options, header)
    .map(([name, value]): [string, string] => [name, value]);
  const has = (name: string) => fields.some((field) => field[0].toLowerCase() === name);
  if (crossOrigin) {
    fields = fields.filter(([name]) => !/^(authorization|cookie|host)$/i.test(name));
  }
  const agent = env.options.get(userAgent);
  if (agent !== undefined) fields.push(["User-Agent", agent]);
  if (!has("authorization") && mayLogIn(url, env)) {
    const { authorizationFor } = await import("../lib/auth/credentials.ts");
    const target = { host: hostOf(url), userInfo: loginOf(url), crossOrigin };
    const authorization = await authorizationFor(target, env);
    if (authorization !== undefined) fields.push(["Authorization", authorization]);
  }
  if (!has("cookie")) {
    const pairs = (await cookiesOf(env))?.fieldFor(url, crossOrigin);
    if (pairs !== undefined) fields.push(["Cookie", pairs]);
  }
  return fields;
}

/** Whether there may be a login, so that what reads it is worth importing. */
function mayLogIn(url: URL, { options }: Env): boolean {
  return url.username !== "" || url.password !== "" ||
    loginOptions.some((option) => options.given(option));
}
