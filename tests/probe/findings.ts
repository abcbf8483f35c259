/** Made-up findings of a probe, for tests of what is made of them. */
import type { Findings } from "../../lib/probe/findings.ts";
import type { ProbeStep, UpgradeReport } from "../../lib/probe/report.ts";

/** A probe that found nothing wrong, but for `parts`. */
export function findings(parts: Partial<Findings> = {}): Findings {
  return {
    v: 1,
    date: "2026-01-01T00:00:00.000Z",
    url: "ws://a.invalid/x",
    ok: parts.error === undefined,
    exitStatus: 0,
    steps: stepsUntil(parts.failed),
    milliseconds: 10,
    attempts: [{ address: "127.0.0.1:80", result: "ok", milliseconds: 1 }],
    messages: 0,
    secondLooks: [],
    ...parts,
  };
}

const STEPS: readonly ProbeStep[] = ["lookup", "connect", "tls", "upgrade", "ping", "close"];

function stepsUntil(failed: ProbeStep | undefined): Findings["steps"] {
  const at = failed === undefined ? STEPS.length : STEPS.indexOf(failed);
  return STEPS.map((step, index) => ({
    step,
    result: index < at ? "ok" : index === at ? "failed" : "skipped",
    milliseconds: index <= at ? 1 : undefined,
  }));
}

/** A probe whose upgrade was refused. */
export function refused(
  status: number,
  headers: Record<string, string> = {},
  parts: Partial<Findings> & { body?: string; sent?: UpgradeReport["requestHeaders"] } = {},
): Findings {
  const { body, sent = [], ...rest } = parts;
  return findings({
    failed: "upgrade",
    error: { kind: "upgrade", message: `refused with ${status}`, hint: "the usual hint" },
    upgrade: {
      target: "/x",
      requestHeaders: sent,
      status,
      reason: "",
      headers: Object.entries(headers),
      body,
    },
    ...rest,
  });
}
