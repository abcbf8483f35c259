/**
 * Making the connection that a probe reports on.
 *
 * @module
 */
import { insecure } from "../cli/options.ts";
import { EXIT_STATUS, type WirecatError } from "../core/errors.ts";
import type { Peer } from "../core/peer.ts";
import { stepOfFailure, Trace, type TraceStep } from "../core/trace.ts";
import { asWirecatError, loadAll, openUrl, type ProbeSettings } from "./attempt.ts";
import { converse } from "./converse.ts";
import type { CloseReport, ProbeStep } from "./report.ts";
import { look, secondLooksAfter, type TracedLook, tryOtherAddresses } from "./second_looks.ts";

/** What was measured. */
export interface Measured {
  /** How the connection was made, as far as it was. */
  readonly trace: Trace;
  /** From the beginning to the end of the upgrade or to the failure, in milliseconds. */
  readonly milliseconds: number;
  /** What failed, and why. */
  readonly failure?: { readonly step: ProbeStep; readonly error: WirecatError };
  /** What was agreed on. */
  readonly protocol?: string;
  readonly extensions?: string;
  /** How many messages came unasked. */
  readonly messages: number;
  /** Round trips in milliseconds, and how many Pings were sent. */
  readonly pings?: { readonly sent: number; readonly roundTrips: readonly number[] };
  /** How it was closed, and how long that took, in milliseconds. */
  readonly close?: CloseReport & { readonly milliseconds: number };
  /** What further attempts have told. */
  readonly secondLooks: readonly TracedLook[];
}

/** What is being done, for people. */
const STEP_WORDS: Record<TraceStep, string> = {
  lookup: "looking up the address",
  connect: "connecting",
  proxy: "asking the proxy",
  tls: "shaking hands for TLS",
  upgrade: "waiting for the answer to the upgrade",
};

/** Opens, pings and closes; learns more where that fails. Throws usage errors only. */
export async function measure(settings: ProbeSettings): Promise<Measured> {
  const { url, env, onStep } = settings;
  await loadAll(url);
  const trace = new Trace();
  onStep?.(() => STEP_WORDS[pendingStep(trace, url) ?? "upgrade"]);
  let peer: Peer;
  try {
    peer = await openUrl(url, env, trace, env.signal);
  } catch (cause) {
    const milliseconds = performance.now() - trace.began;
    const error = asWirecatError(cause, url);
    if (error.kind === "usage") throw error;
    onStep?.(() => "looking why it fails");
    const failure = { step: failedStep(error, trace, url), error };
    const secondLooks = await secondLooksAfter(failure, trace, settings);
    await tryOtherAddresses(trace, settings);
    return { trace, milliseconds, failure, messages: 0, secondLooks };
  }
  const milliseconds = performance.now() - trace.began;
  const conversation = await converse(peer, settings);
  onStep?.(() => "looking what else works");
  const secondLooks = env.options.get(insecure) && url.protocol === "wss:"
    ? [await look("verified", url, env.options.with(insecure, false), "without -k", settings)]
    : [];
  await tryOtherAddresses(trace, settings);
  const { protocol, extensions } = peer.info;
  return { trace, milliseconds, protocol, extensions, ...conversation, secondLooks };
}

/** The step that is under way. */
function pendingStep({ pending }: Trace, url: URL): TraceStep | undefined {
  return pending === "tls" && url.protocol === "ws:" ? "upgrade" : pending;
}

/** The step that an error belongs to. */
function failedStep(error: WirecatError, trace: Trace, url: URL): ProbeStep {
  return stepOfFailure(error.kind, pendingStep(trace, url)) ?? "upgrade";
}

/** The exit status of what was measured. */
export function exitStatusOf({ failure }: Pick<Measured, "failure">): number {
  return failure === undefined ? 0 : EXIT_STATUS[failure.error.kind];
}
