/**
 * Attempts that tell why another one has failed.
 *
 * @module
 */
import { insecure } from "../cli/options.ts";
import { origin } from "../cli/websocket_options.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { OptionValues } from "../core/option.ts";
import { Trace } from "../core/trace.ts";
import { formatHostPort } from "../net/address.ts";
import { dialTcp } from "../net/dial.ts";
import { CLOSE } from "../websocket/close.ts";
import { asWirecatError, openUrl, type ProbeSettings } from "./attempt.ts";
import type { Measured } from "./measure.ts";
import type { Question, SecondLook } from "./report.ts";

/** A second attempt, with what was learned on its way. */
export interface TracedLook extends SecondLook {
  /** How it was made. */
  readonly trace: Trace;
}

/** Attempts that tell why a step has failed. */
export async function secondLooksAfter(
  { step, error }: NonNullable<Measured["failure"]>,
  trace: Trace,
  settings: ProbeSettings,
): Promise<TracedLook[]> {
  const { url, env: { options, signal } } = settings;
  if (signal.aborted) return [];
  const looks: TracedLook[] = [];
  const other = new URL(url.href);
  if (step === "tls") {
    const untrusted = error.kind === "tls" && !options.get(insecure);
    if (untrusted) {
      looks.push(await look("unverified", url, options.with(insecure, true), "-k", settings));
    }
    if (!untrusted || looks[0].kind === "tls") {
      other.protocol = "ws:";
      if (url.port === "") other.port = "443";
      looks.push(await look("plain", other, options, shownUrl(other), settings));
    }
  } else if (step === "upgrade" && url.protocol === "ws:" && speaksNoHttp(error, trace)) {
    other.protocol = "wss:";
    if (url.port === "") other.port = "80";
    looks.push(
      await look("secure", other, options.with(insecure, true), shownUrl(other), settings),
    );
  } else if (step === "upgrade" && wantsOrigin(trace)) {
    const page = `${url.protocol.replace("ws", "http")}//${url.host}`;
    looks.push(
      await look("origin", url, options.with(origin, page), `--origin ${page}`, settings),
    );
  }
  return looks;
}

function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Whether no answer has come that is HTTP, or one that says that TLS is wanted. */
function speaksNoHttp(error: WirecatError, { response, body }: Trace): boolean {
  if (response !== undefined) return /HTTPS port|TLS/i.test(body ?? "");
  return ["protocol", "abnormal", "timeout"].includes(error.kind);
}

/** Whether the request was refused in a way in which a missing Origin often is. */
function wantsOrigin({ request, response }: Trace): boolean {
  if (request === undefined || response === undefined) return false;
  if (request.headers.some(([name]) => name.toLowerCase() === "origin")) return false;
  return [400, 401, 403, 404, 426].includes(response.status);
}

/** One more attempt, which never throws. */
export async function look(
  question: Question,
  url: URL,
  options: OptionValues,
  tried: string,
  { env, patience }: ProbeSettings,
): Promise<TracedLook> {
  const trace = new Trace();
  const signal = AbortSignal.any([env.signal, AbortSignal.timeout(patience)]);
  try {
    const peer = await openUrl(url, { ...env, options }, trace, signal);
    await peer.shutdown?.(CLOSE.normal).catch(() => {});
    await peer.close();
    return { question, works: true, tried, status: trace.response?.status, trace };
  } catch (cause) {
    const { kind, message } = asWirecatError(cause, url);
    const status = trace.response?.status;
    return { question, works: false, tried, kind, error: message, status, trace };
  }
}

/** How many addresses are tried each by itself. */
const MOST_ADDRESSES = 8;

/** Connects to the addresses that the opening had no need of, one after the other. */
export async function tryOtherAddresses(
  trace: Trace,
  { env: { signal }, patience }: ProbeSettings,
): Promise<void> {
  const port = Number(/:(\d+)$/.exec(trace.attempts[0]?.address ?? "")?.[1]);
  if (trace.proxy !== undefined || trace.addresses === undefined || Number.isNaN(port)) return;
  const tried = new Set(trace.attempts.map(({ address }) => address));
  for (const hostname of trace.addresses.slice(0, MOST_ADDRESSES)) {
    const address = formatHostPort({ hostname, port });
    if (tried.has(address) || signal.aborted) continue;
    const began = performance.now();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    let error: string | undefined;
    try {
      (await dialTcp(hostname, port, limit)).close();
    } catch (cause) {
      error = cause instanceof WirecatError
        ? cause.message.replace(/^cannot connect to \S+: /, "")
        : reasonOf(cause);
    }
    trace.attempts.push({ address, milliseconds: performance.now() - began, error });
  }
}
