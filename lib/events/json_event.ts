/**
 * Events as lines of JSON: version 1 of the format that `docs/json.md` tells of.
 *
 * @module
 */
import { type ErrorKind, reasonOf, WirecatError } from "../core/errors.ts";
import type { PeerInfo } from "../core/peer.ts";
import type { CertificateReport } from "../tls/certificate_report.ts";
import { stepOfFailure, type Trace, type TraceStep } from "../core/trace.ts";
import { CLOSE, closeName } from "../websocket/close.ts";
import { isUtf8 } from "../websocket/utf8.ts";
import type { ConnectionEvent, MessageEvent, PingEvent } from "./event.ts";

/** The version of the format, which each line says. */
export const JSON_VERSION = 1;

/** Where something failed: while a connection was made, on it, or in what was to be sent. */
export type FailedStep = TraceStep | "session" | "input";

/** What a line says beside its event. */
export interface LineContext {
  /** Which client, where there are many. */
  readonly id?: number;
  /** How the connection was made. */
  readonly trace?: Trace;
  /** The certificates that the other end has shown. */
  readonly certificates?: readonly CertificateReport[];
  /** Whether the connection has a closing handshake. */
  readonly closes?: boolean;
}

const decoder = new TextDecoder();

/** An event as a line of JSON with its newline. */
export function eventLine(
  event: ConnectionEvent,
  { id, trace, certificates, closes }: LineContext = {},
): string {
  const head = { v: JSON_VERSION, type: event.type, time: event.time, id };
  switch (event.type) {
    case "open":
      return line({ ...head, ...opened(event.info, trace, certificates) });
    case "message":
      return line({ ...head, direction: event.direction, ...payload(event, event.kind) });
    case "ping":
    case "pong":
      return line({
        ...head,
        direction: event.direction,
        ...payload(event, isUtf8(event.bytes, 0, event.bytes.length) ? "text" : "binary"),
        rtt_ms: rounded(event.roundTrip),
      });
    case "close": {
      const { code, reason, ours } = event;
      if (!closes) {
        const { exitStatus } = event;
        return line({ ...head, exit_status: exitStatus, clean: !exitStatus });
      }
      const clean = code !== CLOSE.abnormal;
      const by = ours ? "local" : clean ? "remote" : undefined;
      return line({ ...head, code, name: closeName(code), reason, by, clean });
    }
    case "error":
      return line({ ...head, kind: event.kind, step: "session", ...said(event) });
  }
}

/** An error that is no event of a connection, with where it happened. */
export function errorLine(
  error: unknown,
  context: {
    readonly step?: FailedStep;
    readonly line?: number;
    readonly id?: number;
    readonly client?: string;
  } = {},
): string {
  const known = error instanceof WirecatError ? error : undefined;
  const kind: ErrorKind = known?.kind ?? "other";
  return line({
    v: JSON_VERSION,
    type: "error",
    time: new Date(),
    id: context.id,
    client: context.client,
    kind,
    step: context.step,
    line: context.line,
    status: statusOf(error),
    ...said({ message: known?.message ?? reasonOf(error), hint: known?.hint }),
  });
}

/** The status of an answer that was no upgrade, be it the last of several. */
function statusOf(error: unknown): number | undefined {
  const { status, cause } = Object(error) as { status?: unknown; cause?: unknown };
  if (typeof status === "number") return status;
  return cause === undefined ? undefined : statusOf(cause);
}

/** Which step of making a connection an error has ended. */
export function stepOf(error: unknown, trace: Trace | undefined): FailedStep | undefined {
  if (!(error instanceof WirecatError)) return trace?.pending;
  return error.kind === "usage" ? undefined : stepOfFailure(error.kind, trace?.pending);
}

function said({ message, hint }: { message: string; hint?: string }) {
  return { message, hint };
}

function payload({ bytes }: MessageEvent | PingEvent, kind: MessageEvent["kind"]) {
  const data = kind === "text" ? decoder.decode(bytes) : bytes.toBase64();
  return { kind, size: bytes.length, data };
}

function opened(
  info: PeerInfo,
  trace: Trace | undefined,
  certificates: readonly CertificateReport[] | undefined,
) {
  const fields = info.headers?.() ?? trace?.response?.headers;
  return {
    name: info.name,
    client: info.client,
    uri: info.uri,
    user: info.user,
    client_certificate: info.certificate ?? undefined,
    address: trace?.remote,
    local: trace?.local,
    proxy: trace?.proxy,
    status: trace?.response?.status,
    headers: fields && byName(fields),
    subprotocol: info.protocol,
    extensions: info.extensions,
    tls: trace?.tls && {
      version: trace.tls.version,
      cipher: trace.tls.cipher,
      alpn: trace.tls.alpn || undefined,
      verified: trace.tls.verified,
      certificates: certificates?.map(certificate),
    },
    timings_ms: trace && timings(trace),
  };
}

/** A certificate with keys as those of events are written. */
function certificate({ validFrom, validTo, daysLeft, selfSigned, ...rest }: CertificateReport) {
  const { fingerprint, ...who } = rest;
  return {
    ...who,
    valid_from: validFrom,
    valid_to: validTo,
    days_left: daysLeft,
    self_signed: selfSigned,
    fingerprint,
  };
}

/** Header fields by name in lower case, each with all its values in order. */
function byName(fields: Iterable<readonly [string, string]>): Record<string, string[]> {
  const named = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const values = named.get(key);
    if (values === undefined) named.set(key, [value]);
    else values.push(value);
  }
  return Object.fromEntries(named);
}

function timings({ done }: Trace): Record<string, number> | undefined {
  const steps = Object.entries(done).map(([step, time]) => [step, rounded(time)]);
  return steps.length === 0 ? undefined : Object.fromEntries(steps);
}

/** Microseconds are as much as a clock tells. */
function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1000) / 1000;
}

function line(value: unknown): string {
  return JSON.stringify(value) + "\n";
}
