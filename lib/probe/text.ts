/**
 * A report for people.
 *
 * @module
 */
import { bold, cyan, dim, green, red, yellow } from "@std/fmt/colors";
import { printable } from "../terminal/printable.ts";
import { lifetime } from "./diagnose.ts";
import type { ProbeReport, ProbeStep, StepReport } from "./report.ts";

type Paint = (text: string) => string;

interface Paints {
  readonly good: Paint;
  readonly bad: Paint;
  readonly note: Paint;
  readonly faint: Paint;
  readonly title: Paint;
  readonly next: Paint;
}

const plain: Paint = (text) => text;
const PLAIN: Paints = {
  good: plain,
  bad: plain,
  note: plain,
  faint: plain,
  title: plain,
  next: plain,
};
const COLOURED: Paints = {
  good: green,
  bad: red,
  note: yellow,
  faint: dim,
  title: bold,
  next: cyan,
};

const NAMES: Record<ProbeStep, string> = {
  lookup: "lookup",
  connect: "connect",
  proxy: "proxy",
  tls: "TLS",
  upgrade: "upgrade",
  ping: "pings",
  close: "close",
};

/** How long a text of the server's may be in a line. */
const LONGEST = 200;

/** Header fields of the answer that say nothing about the server. */
const DULL = /^(connection|upgrade|sec-websocket-.*|date|content-length|keep-alive)$/i;

/** The whole report, with a newline at its end. */
export function reportText(report: ProbeReport, colour: boolean): string {
  const paint = colour ? COLOURED : PLAIN;
  const lines = [paint.title(told(report.url))];
  if (report.writtenAs !== undefined) {
    lines.push(
      paint.faint(`  instead of ${told(report.writtenAs)}, which is no WebSocket's address`),
    );
  }
  lines.push("");
  for (const step of report.steps) lines.push(...stepLines(step, report, paint));
  lines.push("", paint.title("Diagnosis"));
  for (const { level, text, next } of report.diagnosis) {
    const mark = level === "good" ? paint.good : level === "problem" ? paint.bad : paint.note;
    lines.push(`  ${mark(level === "good" ? "+" : level === "problem" ? "!" : "-")} ${told(text)}`);
    if (next !== undefined) lines.push(`    ${paint.next(told(next))}`);
  }
  return lines.join("\n") + "\n";
}

function told(text: string): string {
  const line = printable(text);
  return line.length > 5 * LONGEST ? line.slice(0, 5 * LONGEST) + "…" : line;
}

function stepLines(step: StepReport, report: ProbeReport, paint: Paints): string[] {
  const result = step.result === "ok"
    ? paint.good("ok     ")
    : step.result === "failed"
    ? paint.bad("FAILED ")
    : paint.faint("-      ");
  const time = step.milliseconds === undefined ? "" : milliseconds(step.milliseconds);
  const [first = "", ...more] = detailsOf(step, report);
  const head = `  ${result}${NAMES[step.step].padEnd(9)}${time.padStart(9)}  `;
  const indent = " ".repeat(29);
  return [
    (head + told(first)).trimEnd(),
    ...more.map((line) => indent + paint.faint(told(line))),
  ];
}

function milliseconds(time: number): string {
  return time < 10 ? `${time.toFixed(2)} ms` : `${time.toFixed(0)} ms`;
}

function detailsOf({ step, result }: StepReport, report: ProbeReport): string[] {
  switch (step) {
    case "lookup":
      return report.addresses === undefined ? [] : [report.addresses.join(", ")];
    case "connect":
      return connectDetails(report);
    case "proxy":
      return report.proxy === undefined ? [] : [report.proxy];
    case "tls":
      return tlsDetails(report);
    case "upgrade":
      return upgradeDetails(report);
    case "ping":
      return pingDetails(report);
    case "close":
      return result === "skipped" ? [] : closeDetails(report);
  }
}

function connectDetails({ attempts, remote, local, proxy }: ProbeReport): string[] {
  const lines = attempts.map(({ address, milliseconds: time, error }) =>
    `${address}  ${milliseconds(time)}${error === undefined ? "" : `  ${error}`}`
  );
  if (attempts.length === 1 && attempts[0].error === undefined) lines.length = 0;
  const from = local === undefined ? "" : ` from ${local}`;
  const to = remote === undefined
    ? []
    : [`${remote}${from}${proxy === undefined ? "" : " (the proxy)"}`];
  return [...to, ...lines];
}

function tlsDetails({ tls, failed }: ProbeReport): string[] {
  if (tls === undefined) return [];
  const { version, cipher, alpn, verified, certificates } = tls;
  const session = [
    version,
    cipher,
    alpn === undefined ? undefined : `ALPN ${alpn}`,
    failed === "tls" ? "with any certificate" : verified === false ? "not verified" : undefined,
  ].filter((part) => part !== undefined);
  const lines = [session.join(", ")];
  for (const [index, certificate] of certificates.entries()) {
    const { subject, issuer, names, daysLeft, validTo, selfSigned, fingerprint } = certificate;
    const by = selfSigned ? "signed by itself" : `issued by ${issuer}`;
    lines.push(`${index + 1}. ${subject || "(no subject)"}, ${by}`);
    if (names.length > 0) lines.push(`   for ${names.join(", ")}`);
    lines.push(`   until ${validTo.slice(0, 10)}: ${lifetime(daysLeft)}`);
    if (index === 0) lines.push(`   SHA-256 ${fingerprint}`);
  }
  return lines;
}

function upgradeDetails({ upgrade }: ProbeReport): string[] {
  if (upgrade === undefined) return [];
  const { status, reason, headers, body, protocol, extensions } = upgrade;
  const lines = [status === undefined ? "no answer" : `${status} ${reason ?? ""}`.trim()];
  if (status === 101) {
    lines.push(`subprotocol: ${protocol ?? "none"}; extensions: ${extensions ?? "none"}`);
  }
  for (const [name, value] of headers) {
    if (status !== 101 || !DULL.test(name)) lines.push(cut(`${name}: ${value}`));
  }
  const text = body?.replace(/<(script|style)\b[^]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ").trim();
  if (text) lines.push(cut(`“${text}”`));
  return lines;
}

function cut(text: string): string {
  return text.length > LONGEST ? text.slice(0, LONGEST) + "…" : text;
}

function pingDetails({ pings, messages }: ProbeReport): string[] {
  if (pings === undefined) return [];
  const { sent, received, min, avg, max } = pings;
  const times = min === undefined ? "" : `: min ${min}, avg ${avg}, max ${max} ms`;
  const lines = [`${received} of ${sent} answered${times}`];
  if (messages > 0) lines.push(`${messages} message${messages === 1 ? "" : "s"} came meanwhile`);
  return lines;
}

function closeDetails({ close }: ProbeReport): string[] {
  if (close === undefined) return [];
  const { meaning, reason, by } = close;
  return [
    `${meaning}${reason === "" ? "" : `: ${reason}`}${by === "server" ? ", by the server" : ""}`,
  ];
}
