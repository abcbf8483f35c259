/**
 * From what a probe has found out to what it means. No I/O.
 *
 * @module
 */
import { closeHint, describeClose } from "../websocket/close.ts";
import { answer, field, type Findings, good, note, problem } from "./findings.ts";
import { aboutRefusal } from "./refusal.ts";
import type { Finding, ProbeStep } from "./report.ts";

/** The words for a step in a sentence. */
const STEP_NAMES: Record<ProbeStep, string> = {
  lookup: "finding the address",
  connect: "connecting",
  proxy: "the proxy",
  tls: "TLS",
  upgrade: "the upgrade",
  ping: "pings",
  close: "closing",
};

/** From how many milliseconds on an opening is slow. */
const SLOW = 1000;

/** How many days before its end a certificate is worth a word. */
const SOON = 21;

/** What works, what fails, the likely cause, and the next thing to try. */
export function diagnose(found: Findings): Finding[] {
  const findings: Finding[] = [];
  if (found.error === undefined) {
    findings.push(...whatWorks(found));
  } else {
    const why = whyItFails(found);
    // What was found out says more than the hint that goes with every such error.
    findings.push(whatFails(found, !why.some(({ next }) => next !== undefined)), ...why);
  }
  findings.push(
    ...aboutAddresses(found),
    ...aboutCertificates(found),
    ...aboutSpeed(found),
    ...aboutTheWay(found),
  );
  return findings;
}

function whatWorks({ upgrade, pings, close, tls }: Findings): Finding[] {
  const parts = ["the WebSocket opens"];
  if (pings !== undefined && pings.sent > 0) parts.push("answers pings");
  if (close?.clean) parts.push("closes in order");
  const findings = [good(`all works: ${listed(parts)}`)];
  const offered = upgrade?.requestHeaders.find(([name]) => /^sec-websocket-protocol$/i.test(name));
  if (offered !== undefined && upgrade?.protocol === undefined) {
    findings.push(note(
      `the server took none of the subprotocols that were offered (${offered[1]})`,
      "does it know others? Its documentation tells what to give to --protocol",
    ));
  }
  if (tls?.verified === false) findings.push(note("the certificate was not verified: -k is given"));
  return findings;
}

function whatFails({ failed, error, steps }: Findings, hint: boolean): Finding {
  const done = steps.filter(({ result }) => result === "ok").map(({ step }) => STEP_NAMES[step]);
  const works = done.length === 0
    ? ""
    : `, ${listed(done)} ${done.length === 1 ? "works" : "work"}`;
  const fails = failed === "ping" ? "fail" : "fails";
  const where = failed === undefined ? "" : `${STEP_NAMES[failed]} ${fails}${works}: `;
  return problem(where + error!.message, hint ? withoutProbe(error!.hint) : undefined);
}

/** A hint without the advice to do what is being done here. */
function withoutProbe(hint: string | undefined): string | undefined {
  return hint?.replace(/ ?\bwirecat probe .*$/, "") || undefined;
}

/** `a, b and c`. */
function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join();
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function whyItFails(found: Findings): Finding[] {
  switch (found.failed) {
    case "lookup":
      return [];
    case "connect":
      return aboutConnecting(found);
    case "proxy":
      return [note("the server itself was not come to: it is the proxy that fails")];
    case "tls":
      return aboutTls(found);
    case "upgrade":
      return [...aboutPlainPort(found), ...aboutRefusal(found)];
    case "ping":
    case "close":
      return aboutClose(found);
    default:
      return [];
  }
}

function aboutConnecting({ attempts, error, proxy }: Findings): Finding[] {
  const reasons = new Set(attempts.map((attempt) => attempt.error));
  if (error?.kind === "timeout") {
    return [note(
      "nothing came back at all, not even a refusal",
      "a firewall, a wrong address or a host that is down look like this",
    )];
  }
  if (reasons.size === 1 && reasons.has("connection refused") && proxy === undefined) {
    return [note("the host is there, and no program listens on this port")];
  }
  return [];
}

function aboutTls(found: Findings): Finding[] {
  if (found.error?.kind === "timeout" && answer(found, "plain")?.kind === "timeout") {
    return [note("the port takes connections, but answers neither TLS nor HTTP")];
  }
  const plain = answer(found, "plain");
  if (plain?.works) {
    return [problem(
      "this port speaks WebSocket without TLS",
      `use ${plain.tried}`,
    )];
  }
  if (plain?.status !== undefined) {
    return [problem(
      `this port speaks plain HTTP, without TLS: it answers ${plain.status}`,
      "is the port right? 443 is usual for wss://",
    )];
  }
  const unverified = answer(found, "unverified");
  if (unverified?.works) {
    return [problem(`TLS works only with -k: ${fault(found.error!.message)}`)];
  }
  if (unverified !== undefined && unverified.kind !== "tls") {
    return [problem(
      `the certificate is at fault, and with -k it fails later: ${unverified.error}`,
    )];
  }
  return [];
}

function aboutPlainPort(found: Findings): Finding[] {
  const secure = answer(found, "secure");
  if (secure?.works) return [problem("this port speaks TLS", `use ${secure.tried}`)];
  if (secure?.status !== undefined) {
    return [problem(
      `this port speaks TLS; asked that way, it answers ${secure.status}`,
      `use ${secure.tried}`,
    )];
  }
  if (/ HTTP head of more than /.test(found.error?.message ?? "")) return []; // HTTP, after all.
  if (found.upgrade?.status === undefined && secure !== undefined) {
    return [note("the port takes connections, but answers neither HTTP nor TLS")];
  }
  return [];
}

function aboutClose({ close }: Findings): Finding[] {
  if (close === undefined || close.by === "us") return [];
  const said = describeClose({ code: close.code, reason: close.reason });
  const next = closeHint(close.code);
  return [problem(`the server opened the WebSocket and then closed it: ${said}`, next)];
}

function aboutAddresses({ attempts }: Findings): Finding[] {
  const bad = attempts.filter(({ result }) => result === "failed");
  if (bad.length === 0 || bad.length === attempts.length) return [];
  const family = (address: string) => address.startsWith("[") ? "IPv6" : "IPv4";
  const badFamilies = new Set(bad.map(({ address }) => family(address)));
  const goodFamilies = new Set(
    attempts.filter(({ result }) => result === "ok").map(({ address }) => family(address)),
  );
  const list = bad.map(({ address, error }) => `${address} (${error})`).join(", ");
  if (badFamilies.size === 1 && !goodFamilies.has([...badFamilies][0])) {
    return [note(`${[...badFamilies][0]} does not work, the other family does: ${list}`)];
  }
  return [note(`not every address answers: ${list}`)];
}

function aboutCertificates({ tls, error }: Findings): Finding[] {
  const own = tls?.certificates[0];
  if (own === undefined || error?.kind === "tls" || own.daysLeft >= SOON) return [];
  return [note(`the certificate ${lifetime(own.daysLeft)}`, "have it renewed")];
}

/** `expires in 3 days`. */
export function lifetime(daysLeft: number): string {
  const days = (count: number) => `${count} day${count === 1 ? "" : "s"}`;
  if (daysLeft < 0) return `has expired ${days(-daysLeft)} ago`;
  return daysLeft === 0 ? "expires today" : `expires in ${days(daysLeft)}`;
}

function aboutSpeed({ steps, milliseconds, error }: Findings): Finding[] {
  if (error !== undefined || milliseconds < SLOW) return [];
  const opening = steps.filter(({ step }) => step !== "ping" && step !== "close");
  const slowest = opening.reduce((most, step) =>
    (step.milliseconds ?? 0) > (most.milliseconds ?? 0) ? step : most
  );
  const part = slowest.milliseconds ?? 0;
  if (part < milliseconds / 2) return [note(`slow: opening took ${seconds(milliseconds)}`)];
  return [note(
    `slow: ${seconds(part)} of ${seconds(milliseconds)} were ${STEP_NAMES[slowest.step]}`,
    SLOW_NEXT[slowest.step],
  )];
}

const SLOW_NEXT: Partial<Record<ProbeStep, string>> = {
  lookup: "a name server that does not answer is asked first; --resolve does without any",
  connect: "the way to the host is long or loses packets, or an address that does not answer " +
    "was tried first",
  upgrade: "the server takes its time to answer, or waits for another one behind it",
};

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Who is in between, as far as the answer tells. */
function aboutTheWay(found: Findings): Finding[] {
  const findings: Finding[] = [];
  if (found.proxy !== undefined) findings.push(note(`it goes through the proxy ${found.proxy}`));
  const via = field(found, "Via");
  if (via !== undefined) findings.push(note(`there is a proxy in between: Via: ${via}`));
  const verified = answer(found, "verified");
  if (verified !== undefined && verified.kind === "tls") {
    findings.push(note(`TLS works only with -k: ${fault(verified.error ?? "")}`));
  } else if (verified?.works) {
    findings.push(note("-k is not needed: the certificate is one to trust"));
  }
  return findings;
}

/** `cannot connect to HOST: why (which certificate)` as `why`. */
function fault(message: string): string {
  return message.replace(/^cannot connect to \S+: /, "").replace(/ \(.*$/, "");
}
