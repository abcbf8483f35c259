/**
 * `-w`: a line of one's own about a connection, after its end.
 *
 * @module
 */
import { exitStatus, reasonOf, usageError, WirecatError } from "../core/errors.ts";
import type { Tally } from "./measure.ts";
import { nearestName } from "./nearest.ts";

/** What is known at the end of a connection. */
export interface Outcome {
  /** What went over it. */
  readonly tally: Tally;
  /** What ended it, if that was a failure. */
  readonly error?: unknown;
  /** The exit status, where it is not the error's. */
  readonly status?: number;
}

/** A value: a text, a number of seconds, or another number. */
type Value = string | { readonly seconds: number } | number;

const time = (milliseconds: number | undefined): Value => ({
  seconds: (milliseconds ?? 0) / 1000,
});

/** The variables in the order of the documentation. */
const VARIABLES: Record<string, (outcome: Outcome) => Value> = {
  time_namelookup: ({ tally }) => time(tally.trace.done.lookup),
  time_connect: ({ tally }) => time(tally.trace.done.connect),
  time_proxy: ({ tally }) => time(tally.trace.done.proxy),
  time_appconnect: ({ tally }) => time(tally.trace.done.tls),
  time_upgrade: ({ tally }) => time(tally.trace.done.upgrade),
  time_first_message: ({ tally }) => time(tally.firstMessage),
  time_total: ({ tally }) => time(performance.now() - tally.trace.began),
  http_code: ({ tally }) => tally.trace.response?.status ?? 0,
  close_code: ({ tally }) => tally.ending?.code ?? 0,
  close_reason: ({ tally }) => tally.ending?.reason ?? "",
  messages_sent: ({ tally }) => tally.sent.messages,
  messages_received: ({ tally }) => tally.received.messages,
  bytes_sent: ({ tally }) => tally.sent.bytes,
  bytes_received: ({ tally }) => tally.received.bytes,
  remote_ip: (outcome) => split(remote(outcome)).ip,
  remote_port: (outcome) => split(remote(outcome)).port,
  local_ip: ({ tally }) => split(tally.trace.local).ip,
  local_port: ({ tally }) => split(tally.trace.local).port,
  url: urlOf,
  scheme: (outcome) => /^(\w+):/.exec(urlOf(outcome))?.[1] ?? "",
  path: ({ tally }) => tally.info?.uri ?? tally.trace.request?.target ?? "",
  subprotocol: ({ tally }) => tally.info?.protocol ?? "",
  extensions: ({ tally }) => tally.info?.extensions ?? "",
  tls_version: ({ tally }) => tally.trace.tls?.version ?? "",
  num_retries: ({ tally }) => tally.retries,
  errormsg: ({ error }) => error === undefined ? "" : messageOf(error),
  exitcode: ({ error, status }) => status ?? (error === undefined ? 0 : exitStatus(error)),
};

/** Names of curl's for the same. */
const ALIASES: Record<string, string> = {
  response_code: "http_code",
  time_starttransfer: "time_upgrade",
  url_effective: "url",
  size_download: "bytes_received",
  size_upload: "bytes_sent",
};

/** What is no variable but says where the text behind it goes, or whether. */
const SWITCHES: readonly string[] = ["stdout", "stderr", "onerror"];

function urlOf({ tally }: Outcome): string {
  return tally.info?.name ?? tally.target ?? "";
}

function remote({ tally }: Outcome): string | undefined {
  return tally.trace.remote ?? tally.info?.client;
}

function split(address: string | undefined): { ip: string; port: number } {
  const [, ip = "", port = "0"] = /^(.*):(\d+)$/.exec(address ?? "") ?? [];
  return { ip: ip.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

function messageOf(error: unknown): string {
  return error instanceof WirecatError ? error.message : reasonOf(error);
}

type Part = string | { readonly variable: string } | { readonly header: string };

/** Where a part of the text goes. */
export interface WrittenOut {
  /** To standard output. */
  readonly stdout: string;
  /** To standard error. */
  readonly stderr: string;
}

/** A format that was read. */
export class WriteOutFormat {
  readonly #parts: readonly Part[];

  /** Reads a format. Throws a usage error that names a variable which there is not. */
  constructor(format: string) {
    this.#parts = partsOf(format);
  }

  /** The text for one outcome. */
  render(outcome: Outcome): WrittenOut {
    const texts = { stdout: "", stderr: "" };
    let to: keyof WrittenOut = "stdout";
    for (const part of this.#parts) {
      if (typeof part === "string") texts[to] += part;
      else if ("header" in part) texts[to] += headersOf(outcome)[part.header]?.[0] ?? "";
      else if (part.variable === "stdout" || part.variable === "stderr") to = part.variable;
      else if (part.variable === "onerror") {
        if (VARIABLES.exitcode(outcome) === 0) break;
      } else texts[to] += valueOf(part.variable, outcome);
    }
    return texts;
  }
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };

function partsOf(format: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of format.matchAll(/%%|%(header)?\{([^}]*)\}|\\([nrt\\])/g)) {
    if (match.index > at) parts.push(format.slice(at, match.index));
    at = match.index + match[0].length;
    const [all, header, name, escape] = match;
    if (escape !== undefined) parts.push(ESCAPES[escape]);
    else if (all === "%%") parts.push("%");
    else if (header !== undefined) parts.push({ header: name.toLowerCase() });
    else parts.push({ variable: known(name) });
  }
  if (at < format.length) parts.push(format.slice(at));
  return parts;
}

function known(variable: string): string {
  const names = [...Object.keys(VARIABLES), "json", "header_json", ...SWITCHES];
  if (names.includes(variable)) return variable;
  if (Object.hasOwn(ALIASES, variable)) return ALIASES[variable];
  const nearest = nearestName(variable, names);
  throw usageError(
    `--write-out: there is no %{${variable}}`,
    nearest === undefined ? "%{json} prints all that there are" : `did you mean %{${nearest}}?`,
  );
}

/** The header fields of the answer to the upgrade, by name in lower case, each with its values. */
function headersOf({ tally }: Outcome): Record<string, string[]> {
  const named: Record<string, string[]> = Object.create(null);
  for (const [name, value] of tally.trace.response?.headers ?? []) {
    (named[name.toLowerCase()] ??= []).push(value);
  }
  return named;
}

function valueOf(variable: string, outcome: Outcome): string {
  if (variable === "json") return asJson(outcome);
  if (variable === "header_json") return JSON.stringify(headersOf(outcome));
  const value = VARIABLES[variable](outcome);
  // As curl writes them: a code that is not there has its three digits, too.
  if (variable === "http_code") return String(value).padStart(3, "0");
  return typeof value === "object" ? value.seconds.toFixed(6) : String(value);
}

/** All variables as one JSON object; times are numbers of seconds. */
function asJson(outcome: Outcome): string {
  const values = Object.entries(VARIABLES).map(([name, value]) => {
    const is = value(outcome);
    return [name, typeof is === "object" ? Math.round(is.seconds * 1e6) / 1e6 : is];
  });
  return JSON.stringify(Object.fromEntries(values));
}

/** The format that `-w` was given, or that the file after an `@` has. Throws a usage error. */
export async function readFormat(value: string): Promise<WriteOutFormat> {
  if (!value.startsWith("@")) return new WriteOutFormat(value);
  const path = value.slice(1);
  if (path === "-") {
    throw usageError("--write-out cannot be read from standard input, which is data", undefined);
  }
  try {
    return new WriteOutFormat(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof WirecatError) throw error;
    throw usageError(`--write-out: cannot read ${path}: ${reasonOf(error)}`);
  }
}
