/**
 * From what was measured to the report. No I/O.
 *
 * @module
 */
import { isSecretField, MASK, maskAddress } from "../core/secrets.ts";
import { certificateReports } from "../tls/certificate_report.ts";
import { diagnose } from "./diagnose.ts";
import { exitStatusOf, type Measured } from "./measure.ts";
import type { ProbeReport, ProbeStep, StepReport, TlsReport, UpgradeReport } from "./report.ts";

/** The report on an address. `writtenAs` is told where it was another one. */
export function reportOn(url: URL, measured: Measured, writtenAs?: string): ProbeReport {
  const { trace, failure, pings, close } = measured;
  const shown = maskAddress(url.href);
  const found = {
    v: 1 as const,
    date: trace.date.toISOString(),
    url: shown,
    writtenAs: writtenAs === undefined ? undefined : maskAddress(writtenAs),
    ok: failure === undefined,
    failed: failure?.step,
    exitStatus: exitStatusOf(measured),
    error: failure && {
      kind: failure.error.kind,
      message: failure.error.message,
      hint: failure.error.hint,
    },
    steps: stepsOf(url, measured),
    milliseconds: rounded(measured.milliseconds),
    addresses: trace.addresses,
    attempts: trace.attempts.map(({ address, milliseconds, error }) => ({
      address,
      result: error === undefined ? "ok" as const : "failed" as const,
      milliseconds: rounded(milliseconds),
      error,
    })),
    remote: trace.remote,
    local: trace.local,
    proxy: trace.proxy,
    tls: tlsOf(measured),
    upgrade: upgradeOf(url, measured),
    messages: measured.messages,
    pings: pings && {
      sent: pings.sent,
      received: pings.roundTrips.length,
      roundTrips: pings.roundTrips.map(rounded),
      ...statistics(pings.roundTrips),
    },
    close: close && {
      code: close.code,
      meaning: close.meaning,
      reason: close.reason,
      clean: close.clean,
      by: close.by,
    },
    secondLooks: measured.secondLooks.map(({ question, works, tried, kind, error, status }) => ({
      question,
      works,
      tried,
      kind,
      error,
      status,
    })),
  };
  return { ...found, diagnosis: diagnose(found) };
}

/** Two digits behind the point. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

function statistics(times: readonly number[]): { min?: number; avg?: number; max?: number } {
  if (times.length === 0) return {};
  return {
    min: rounded(Math.min(...times)),
    avg: rounded(times.reduce((sum, time) => sum + time, 0) / times.length),
    max: rounded(Math.max(...times)),
  };
}

function stepsOf(url: URL, { trace, milliseconds, failure, pings, close }: Measured): StepReport[] {
  const { done } = trace;
  const needed: ProbeStep[] = ["lookup", "connect"];
  if (trace.proxy !== undefined) needed.push("proxy");
  if (url.protocol === "wss:") needed.push("tls");
  needed.push("upgrade");
  const steps: StepReport[] = [];
  let before = 0;
  let failed = false;
  for (const step of needed) {
    const at = done[step as keyof typeof done];
    if (failure?.step === step) {
      failed = true;
      steps.push({ step, result: "failed", milliseconds: rounded(milliseconds - before) });
    } else if (failed || (at === undefined && failure !== undefined && !later(failure.step))) {
      steps.push({ step, result: "skipped" });
    } else {
      steps.push({
        step,
        result: "ok",
        milliseconds: at === undefined ? undefined : rounded(Math.max(0, at - before)),
      });
    }
    before = at ?? before;
  }
  const opened = failure === undefined || later(failure.step);
  steps.push({
    step: "ping",
    result: !opened || pings === undefined
      ? "skipped"
      : pings.roundTrips.length < pings.sent
      ? "failed"
      : "ok",
  });
  // Where the other end broke the protocol, closing in order was not tried.
  const closing = failure?.error.kind === "protocol" ? undefined : close;
  steps.push({
    step: "close",
    result: closing === undefined
      ? "skipped"
      : failure?.step === "close" || !closing.clean
      ? "failed"
      : "ok",
    milliseconds: closing && rounded(closing.milliseconds),
  });
  return steps;
}

/** Whether a step comes after the opening. */
function later(step: ProbeStep): boolean {
  return step === "ping" || step === "close";
}

/** The session; where it failed, that of the attempt that took any certificate. */
function tlsOf({ trace, secondLooks }: Measured): TlsReport | undefined {
  const facts = trace.tls?.chain !== undefined
    ? trace.tls
    : secondLooks.find(({ question }) => question === "unverified")?.trace.tls ?? trace.tls;
  if (facts === undefined) return undefined;
  const { version, cipher, alpn, verified, chain = [] } = facts;
  return { version, cipher, alpn, verified, certificates: certificateReports(chain) };
}

function upgradeOf(url: URL, { trace, protocol, extensions }: Measured): UpgradeReport | undefined {
  const { request, response, body } = trace;
  if (request === undefined) return undefined;
  return {
    target: maskAddress(request.target || url.pathname),
    requestHeaders: request.headers.map(masked),
    status: response?.status,
    reason: response?.reason,
    headers: response?.headers.map(masked) ?? [],
    body: body || undefined,
    protocol,
    extensions,
  };
}

function masked([name, value]: readonly [string, string]): readonly [string, string] {
  if (!isSecretField(name)) return [name, value];
  const scheme = /^(Basic|Bearer|Digest|Negotiate) /i.exec(value)?.[0] ?? "";
  return [name, scheme + MASK];
}
