/**
 * What a probe has found out, as `--json` prints it. docs/probe.md describes the fields; a
 * change that breaks readers counts `v` up.
 *
 * @module
 */
import type { ErrorKind } from "../core/errors.ts";
import type { CertificateReport } from "../tls/certificate_report.ts";

/** The steps of a probe, in order. */
export type ProbeStep = "lookup" | "connect" | "proxy" | "tls" | "upgrade" | "ping" | "close";

/** How a step went. */
export interface StepReport {
  readonly step: ProbeStep;
  /** `skipped`: not come to, or not needed. */
  readonly result: "ok" | "failed" | "skipped";
  /** How long it took, in milliseconds, where it is known. */
  readonly milliseconds?: number;
}

/** An address of the host. */
export interface AddressReport {
  /** `IP:PORT`. */
  readonly address: string;
  readonly result: "ok" | "failed";
  readonly milliseconds: number;
  /** Why it failed. */
  readonly error?: string;
}

/** The TLS session. */
export interface TlsReport {
  readonly version?: string;
  readonly cipher?: string;
  readonly alpn?: string;
  readonly verified?: boolean;
  /** The server's own certificate first. */
  readonly certificates: readonly CertificateReport[];
}

/** The opening handshake. */
export interface UpgradeReport {
  /** Path and query, secrets masked. */
  readonly target: string;
  /** The header fields that were sent, secrets masked. */
  readonly requestHeaders: readonly (readonly [string, string])[];
  readonly status?: number;
  readonly reason?: string;
  /** The header fields of the answer, secrets masked. */
  readonly headers: readonly (readonly [string, string])[];
  /** The beginning of the body of a refusal. */
  readonly body?: string;
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
  /** The extensions that were agreed on. */
  readonly extensions?: string;
}

/** Pings and their answers. */
export interface PingReport {
  readonly sent: number;
  readonly received: number;
  /** Round trips in milliseconds, in the order of sending. */
  readonly roundTrips: readonly number[];
  readonly min?: number;
  readonly avg?: number;
  readonly max?: number;
}

/** How the connection was closed. */
export interface CloseReport {
  readonly code: number;
  /** What the code means, as in `1000 (normal closure)`. */
  readonly meaning: string;
  readonly reason: string;
  /** Whether both sides have sent a Close frame. */
  readonly clean: boolean;
  /** Who began: this side or the server. */
  readonly by: "us" | "server";
}

/** What a second attempt asks. */
export type Question =
  /** Would any certificate do (`-k`)? */
  | "unverified"
  /** Would it do without `-k`? */
  | "verified"
  /** Does the port speak WebSocket without TLS? */
  | "plain"
  /** Does the port speak TLS? */
  | "secure"
  /** Does the server want an Origin? */
  | "origin";

/** A second attempt, made to learn why the first one failed. */
export interface SecondLook {
  readonly question: Question;
  /** Whether it led to a WebSocket. */
  readonly works: boolean;
  /** What was tried: an address or an option. */
  readonly tried: string;
  readonly kind?: ErrorKind;
  readonly error?: string;
  /** The status of the answer to the upgrade request, where there was one. */
  readonly status?: number;
}

/** One sentence of the diagnosis. */
export interface Finding {
  readonly level: "good" | "note" | "problem";
  readonly text: string;
  /** What to try next. */
  readonly next?: string;
}

/** All of it. */
export interface ProbeReport {
  /** The version of this format. */
  readonly v: 1;
  /** When it began, by ISO 8601. */
  readonly date: string;
  /** The address, secrets masked. */
  readonly url: string;
  /** The address as it was written, where another one was taken. */
  readonly writtenAs?: string;
  /** Whether all went well. */
  readonly ok: boolean;
  /** The step that failed. */
  readonly failed?: ProbeStep;
  /** What the program ends with. */
  readonly exitStatus: number;
  readonly error?: { readonly kind: ErrorKind; readonly message: string; readonly hint?: string };
  readonly steps: readonly StepReport[];
  /** From the beginning to the end of the upgrade, or to the failure, in milliseconds. */
  readonly milliseconds: number;
  /** What the host's name stands for. */
  readonly addresses?: readonly string[];
  readonly attempts: readonly AddressReport[];
  /** The address that the connection is to, and this end's. */
  readonly remote?: string;
  readonly local?: string;
  /** The proxy in between. */
  readonly proxy?: string;
  readonly tls?: TlsReport;
  readonly upgrade?: UpgradeReport;
  /** How many messages came unasked. */
  readonly messages: number;
  readonly pings?: PingReport;
  readonly close?: CloseReport;
  readonly secondLooks: readonly SecondLook[];
  readonly diagnosis: readonly Finding[];
}
