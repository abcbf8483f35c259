/**
 * What is learned while a connection is made, for whoever asks: each step notes its part.
 *
 * @module
 */
import type { ErrorKind } from "./errors.ts";

/** The steps of making a connection, in order. */
export type TraceStep = "lookup" | "connect" | "proxy" | "tls" | "upgrade";

/** What is known of a TLS session; fields that the runtime does not tell are absent. */
export interface TlsFacts {
  /** `TLSv1.3`. */
  readonly version?: string;
  /** The name of the cipher suite. */
  readonly cipher?: string;
  /** The protocol that ALPN agreed on. */
  readonly alpn?: string;
  /** The other end's certificates, its own first, in DER. */
  readonly chain?: readonly Uint8Array[];
  /** Whether the certificate was verified; false with `-k`. */
  readonly verified?: boolean;
}

/** One address that was tried. */
export interface Attempt {
  /** `IP:PORT`. */
  readonly address: string;
  /** How long it took, in milliseconds. */
  readonly milliseconds: number;
  /** Why it failed; absent where it connected. */
  readonly error?: string;
}

/**
 * The making of one connection. An opener that finds one in its request fills in what it
 * learns; no request of a plain run has one, so that nothing is paid for it.
 */
export class Trace {
  /** Whether somebody wants to know the TLS session, which takes a slower way than TLS does else. */
  readonly wantsSession: boolean;
  /** When it began, by `performance.now()`. */
  readonly began: number = performance.now();
  /** When it began, as a date. */
  readonly date: Date = new Date();
  /** When each step was done, in milliseconds since the beginning. */
  readonly done: Partial<Record<TraceStep, number>> = {};
  /** The addresses that the name stands for. */
  addresses?: readonly string[];
  /** The addresses that were tried. */
  readonly attempts: Attempt[] = [];
  /** The other end, as `IP:PORT`. */
  remote?: string;
  /** This end, as `IP:PORT`. */
  local?: string;
  /** The proxy in between, without its password. */
  proxy?: string;
  /** The TLS session. */
  tls?: TlsFacts;
  /** The request line and header fields that were sent, as they were. */
  request?: { readonly target: string; readonly headers: readonly (readonly [string, string])[] };
  /** The answer to it. */
  response?: {
    readonly status: number;
    readonly reason: string;
    readonly headers: readonly (readonly [string, string])[];
  };
  /** The beginning of the body of a refusal. */
  body?: string;

  /** Begins a connection. */
  constructor(wantsSession = true) {
    this.wantsSession = wantsSession;
  }

  /** A fresh one, for another connection that somebody wants to know the same of. */
  another(): Trace {
    return new Trace(this.wantsSession);
  }

  /** Notes that a step is done. */
  mark(step: TraceStep): void {
    this.done[step] = performance.now() - this.began;
  }

  /** The first step that is not done, as far as the marks tell; nothing when all are. */
  get pending(): TraceStep | undefined {
    const { done } = this;
    if (done.upgrade !== undefined) return undefined;
    if (this.request !== undefined) return "upgrade";
    if (done.tls !== undefined) return "upgrade";
    if (done.proxy !== undefined) return "tls";
    if (done.connect !== undefined) return this.proxy === undefined ? "tls" : "proxy";
    return done.lookup === undefined ? "lookup" : "connect";
  }
}

/** The step that an error of a kind has ended, `pending` being the one that was under way. */
export function stepOfFailure(
  kind: ErrorKind,
  pending: TraceStep | undefined,
): TraceStep | undefined {
  switch (kind) {
    case "resolution":
      return "lookup";
    case "tls":
    case "upgrade":
      return kind;
    case "connection":
      return pending === "proxy" ? "proxy" : "connect";
    default:
      return pending;
  }
}
