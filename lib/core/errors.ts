/**
 * Errors a person can act on, and the exit status of each kind.
 *
 * @module
 */

/** The kinds of failure that scripts can tell apart, with the exit status of each. */
export const EXIT_STATUS = {
  /** Anything that has no status of its own. */
  other: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A host name could not be resolved. */
  resolution: 3,
  /** Connecting, listening or opening failed. */
  connection: 4,
  /** The TLS handshake or a certificate failed. */
  tls: 5,
  /** The server did not agree to speak WebSocket. */
  upgrade: 6,
  /** A peer broke the protocol. */
  protocol: 7,
  /** A connection ended without being closed properly. */
  abnormal: 8,
  /** Something took too long. */
  timeout: 9,
  /** `--expect`, `wirecat run`, `assert:` or `assert2:` saw other data than it should. */
  assertion: 10,
} as const;

/** A key of {@linkcode EXIT_STATUS}. */
export type ErrorKind = keyof typeof EXIT_STATUS;

/** What one line of standard error says: what was tried, what came back; `hint` says what to do. */
export class WirecatError extends Error {
  /** What sort of failure this is; it decides the exit status. */
  readonly kind: ErrorKind;
  /** What to do next, in one line. */
  readonly hint?: string;

  /** `message` is one line without a full stop; `cause` is shown with `-vv`. */
  constructor(
    kind: ErrorKind,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "WirecatError";
    this.kind = kind;
    this.hint = options.hint;
  }
}

/** A program has ended with a status that is to be that of the run. */
export class ProgramFailed extends WirecatError {
  /** The status, from 1 to 255. */
  readonly status: number;

  /** `message` is one line without a full stop. */
  constructor(message: string, status: number, hint?: string) {
    super("other", message, { hint });
    this.status = status;
  }
}

/** The error for a wrong command line. */
export function usageError(message: string, hint?: string): WirecatError {
  return new WirecatError("usage", message, { hint });
}

/** The exit status that an error of any sort leads to. */
export function exitStatus(error: unknown): number {
  if (error instanceof ProgramFailed) return error.status;
  return EXIT_STATUS[error instanceof WirecatError ? error.kind : "other"];
}

/** Not a failure: nobody is left to take the output, so that the session may end. */
export class OutputClosed extends Error {
  /** Says so. */
  constructor() {
    super("nobody reads the output any more");
    this.name = "OutputClosed";
  }
}

/** What to throw where standard output does not take what is written. */
export function outputFailure(cause: unknown): WirecatError {
  return new WirecatError("other", `cannot write to standard output: ${reasonOf(cause)}`, {
    cause,
  });
}

/** What a system error says, without its class and number: `connection refused`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.message
    .replace(/ \(os error \d+\)/, "")
    .replace(/: [a-z]+ '.*'$/, "")
    .replace(/^[A-Z][A-Za-z]+: /, "");
  if (text === "") return error.name;
  return /^[A-Z][a-z]/.test(text) ? text[0].toLowerCase() + text.slice(1) : text;
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/: no such file or directory$/, "is the path right, seen from the current folder?"],
  [/: permission denied$/, "may this user do that? ls -l shows who may"],
  [/: is a directory$/, "name a file in it"],
  [/: not a directory$/, "a part of the path is a file"],
  [/: no space left on device$/, "the disk is full: df shows which"],
  [/: too many open files$/, "the limit of open files is reached: ulimit -n raises it"],
  [/permission denied by Deno$/, "run wirecat with -A, or with the --allow- option for it"],
];

/** What to do about what the system says of a file, for the message of an error without a hint. */
export function systemHint(message: string): string | undefined {
  return HINTS.find(([pattern]) => pattern.test(message))?.[1];
}

const GONE: readonly unknown[] = ["EPIPE", "ECONNRESET", "ECONNABORTED", "ENOTCONN"];

/**
 * Whether a peer has just gone away: a broken pipe or a reset connection. Half-closing a
 * connection that was reset says that it is not connected.
 */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.NotConnected ||
    GONE.includes((error as { code?: unknown } | null)?.code);
}
