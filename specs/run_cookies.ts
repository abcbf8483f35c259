/**
 * The cookies of a run, which its HTTP and WebSocket clients have in common.
 *
 * @module
 */
import type { Cookies } from "../lib/auth/cookies.ts";
import { cookie, cookieJar } from "../lib/cli/auth_options.ts";
import type { Env } from "../lib/core/opener.ts";
import type { ResponseHead } from "../lib/http/head.ts";

const opened = new WeakMap<Env, Promise<Cookies>>();

/** The cookies of a run, if the options ask for some. Throws a usage error for a wrong file. */
export async function cookiesOf(env: Env): Promise<Cookies | undefined> {
  if (!env.options.given(cookie) && !env.options.given(cookieJar)) return undefined;
  let cookies = opened.get(env);
  if (cookies === undefined) {
    cookies = import("../lib/auth/cookies.ts").then(({ Cookies }) => Cookies.open(env));
    opened.set(env, cookies);
  }
  return await cookies;
}

/** What takes the cookies of the responses from `url`, if the options ask for that. */
export async function cookieReceiver(
  url: URL,
  env: Env,
): Promise<((response: ResponseHead) => void) | undefined> {
  const cookies = await cookiesOf(env);
  return cookies && ((response) => cookies.receive(url, response.headers));
}
