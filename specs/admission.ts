/**
 * Whom the servers of a run let in, and who a client is, as the options say.
 *
 * @module
 */
import {
  allowAddress,
  allowOrigin,
  denyAddress,
  requireBasicAuth,
  requireBearer,
  requireOrigin,
} from "../lib/cli/auth_options.ts";
import { forwardedHeader, trustForwarded } from "../lib/cli/proxy_options.ts";
import { needsStreamEngine } from "../lib/cli/websocket_settings.ts";
import type { Admission } from "../lib/auth/admission.ts";
import type { Env, Opener, OpenRequest } from "../lib/core/opener.ts";
import type { PeerInfo } from "../lib/core/peer.ts";

const ofRequests = [requireBasicAuth, requireBearer, allowOrigin];

const admissions = new WeakMap<Env, Promise<Admission>>();

/** What decides about requests, with its files read; nothing if all are let in. */
export async function admissionOf(env: Env): Promise<Admission | undefined> {
  if (!ofRequests.some((option) => env.options.given(option))) return undefined;
  let found = admissions.get(env);
  if (found === undefined) admissions.set(env, found = makeAdmission(env));
  return await found;
}

async function makeAdmission({ options, log }: Env): Promise<Admission> {
  const [
    { Admission },
    { OriginRules },
    { parsePasswordFile },
    { parseTokenFile },
    { WatchedFile },
  ] = await Promise.all([
    import("../lib/auth/admission.ts"),
    import("../lib/auth/origin_rules.ts"),
    import("../lib/auth/password_file.ts"),
    import("../lib/auth/token_file.ts"),
    import("../lib/auth/watched_file.ts"),
  ]);
  const watched = <T>(
    option: typeof requireBasicAuth,
    read: (text: string, path: string) => T | Promise<T>,
  ) => {
    const path = options.get(option);
    return path === undefined ? undefined : new WatchedFile<T>(path, {
      option: `--${option.long}`,
      parse: (text) => read(text, path),
      onWarning: (message) => log.warn(message),
    });
  };
  const admission = new Admission({
    origins: options.given(allowOrigin)
      ? new OriginRules(options.get(allowOrigin), options.get(requireOrigin))
      : undefined,
    passwords: watched(requireBasicAuth, parsePasswordFile),
    tokens: watched(requireBearer, parseTokenFile),
  });
  await admission.prepare();
  return admission;
}

/**
 * The same opener, which begins only when it is known whom to let in, so that a wrong file is
 * told before anybody listens. Throws a usage error where the native engine could not ask.
 */
export function guarded(inner: Opener, env: Env): Opener {
  const given = [...ofRequests, allowAddress, denyAddress]
    .filter((option) => env.options.given(option));
  if (given.length === 0) return inner;
  needsStreamEngine(`--${given[0].long}`, env);
  const open = async (request: OpenRequest) => {
    await admissionOf(env);
    return await inner.open(request);
  };
  if (inner.listen === undefined) return { open };
  const listen = async (request: OpenRequest) => {
    await admissionOf(env);
    return await inner.listen!(request);
  };
  return { open, listen };
}

/**
 * What tells the client from a request's header fields, by the proxies of `--trust-forwarded`: `IP:PORT`, or `IP` where no port is told.
 * Nothing if no proxy is trusted. Throws a usage error.
 */
export async function forwardedClient(
  { client }: PeerInfo,
  env: Env,
): Promise<((headers: Headers) => string | undefined) | undefined> {
  const texts = env.options.get(trustForwarded);
  if (texts.length === 0) return undefined;
  const { clientBehind, parseTrusted } = await import("../lib/http/forwarded.ts");
  const trusted = parseTrusted(texts, "--trust-forwarded");
  const header = env.options.get(forwardedHeader);
  return (headers) => clientBehind(headers, client, trusted, header);
}
