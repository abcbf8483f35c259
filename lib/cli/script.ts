/**
 * What scripts ask of a run as a whole: `--json`, `--retry`, limits in time, and `-w`.
 *
 * @module
 */
import { offAbort, onAbort } from "../core/abort.ts";
import { usageError, WirecatError } from "../core/errors.ts";
import type { SpecifierPair } from "../core/fixups.ts";
import { hasNamed } from "../core/lints.ts";
import type { Log } from "../core/log.ts";
import { type Env, type Opener, overPeer } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import type { OverlayType } from "../core/registry.ts";
import { listens, type Specifier, trait } from "../core/specifier.ts";
import { startTimer } from "../core/timer.ts";
import type { Trace, TraceStep } from "../core/trace.ts";
import { errorLine, stepOf } from "../events/json_event.ts";
import { wasTold } from "../events/json_peer.ts";
import { OutputFile } from "../process/output_file.ts";
import { measuredPeer, MeasuredTrace, type MeasureOptions } from "./measure.ts";
import type { Addresses } from "./modes.ts";
import { oneshot } from "./options.ts";
import { print } from "./print.ts";
import { retrying, retryPolicy } from "./retry.ts";
import { idleTimeout, json, maxTime, output, writeOut } from "./script_options.ts";
import { maskAddress } from "../core/secrets.ts";
import type { Service } from "./serve.ts";
import { type Outcome, readFormat, type WriteOutFormat } from "./write_out.ts";

/** The part of a run that scripts ask for. */
export interface Script {
  /** The specifiers, measured where that is needed. */
  readonly pair: SpecifierPair;
  /** The service, with what belongs to the run's sessions. */
  service(service: Service): Service;
  /** Calls `stop` with a `timeout` error when the run's time is up. */
  limit(stop: (late: WirecatError) => void): void;
  /** Says what is to be said at the end. */
  end(outcome: Omit<Outcome, "tally">): Promise<void>;
}

/** Prepares it. Throws a usage error. */
export async function prepareScript(
  pair: SpecifierPair,
  addresses: Addresses,
  options: OptionValues,
  log: Log,
): Promise<Script> {
  if (options.get(json) && !hasNamed(pair, "json-events")) {
    throw usageError(
      "--json puts in json-events:, and --no-fixups prevents that",
      "write json-events: before the specifier whose events are wanted",
    );
  }
  const format = options.get(writeOut);
  return new ScriptedRun(
    pair,
    addresses,
    options,
    log,
    format === undefined ? undefined : await readFormat(format),
  );
}

class ScriptedRun implements Script {
  readonly pair: SpecifierPair;
  readonly #options: OptionValues;
  readonly #log: Log;
  readonly #format?: WriteOutFormat;
  readonly #side: "left" | "right";
  readonly #target: string;
  readonly #many: boolean;
  readonly #policy: ReturnType<typeof retryPolicy>;
  #signal?: AbortSignal;
  #trace?: MeasuredTrace;
  #open?: string;

  constructor(
    pair: SpecifierPair,
    addresses: Addresses,
    options: OptionValues,
    log: Log,
    format: WriteOutFormat | undefined,
  ) {
    this.#options = options;
    this.#log = log;
    this.#format = format;
    this.#policy = retryPolicy(options);
    this.#many = listens(pair.left) && !options.get(oneshot);
    const side = this.#side = connectionSide(pair, addresses);
    this.#target = maskAddress(addresses[side]);
    const idle = options.get(idleTimeout);
    const measured = format !== undefined || idle !== undefined;
    this.pair = measured ? { ...pair, [side]: measure(pair[side], idle) } : pair;
  }

  service(service: Service): Service {
    const { onBegun, env } = service;
    this.#signal = env.signal;
    return {
      ...service,
      left: this.#retrying(service.left),
      right: this.#retrying(service.right),
      onBegun: (left, right) => {
        this.#open = this.#side === "left" ? left.name : right.name;
        onBegun?.(left, right);
      },
      traced: { side: this.#side, run: (session) => this.#session(session) },
    };
  }

  #retrying(opener: Opener): Opener {
    return this.#policy === undefined ? opener : retrying(opener, this.#policy, this.#log);
  }

  async #session(session: (trace: Trace) => Promise<void>): Promise<void> {
    const trace = this.#trace = new MeasuredTrace();
    trace.tally.target = this.#target;
    if (!this.#many) return await session(trace);
    try {
      await session(trace);
      await this.#writeOut({ tally: trace.tally });
    } catch (error) {
      if (error instanceof WirecatError) await this.#writeOut({ tally: trace.tally, error });
      throw error;
    }
  }

  limit(stop: (late: WirecatError) => void): void {
    const seconds = this.#options.get(maxTime);
    if (seconds === undefined) return;
    const stopTimer = startTimer(seconds * 1000, () => {
      stop(
        new WirecatError("timeout", `the ${seconds} s of --max-time are over: ${this.#state()}`),
      );
    });
    const over = () => {
      stopTimer();
      offAbort(this.#signal!, over);
    };
    onAbort(this.#signal!, over);
  }

  /** What is being waited for. */
  #state(): string {
    if (this.#many) return "clients are still being served";
    if (this.#open !== undefined) return `${this.#open} is still open`;
    if (this.#trace?.tally.pausing) return "still waiting to try again";
    return WAITING[this.#trace?.tally.trace.pending ?? "lookup"];
  }

  async end({ error, status }: Omit<Outcome, "tally">): Promise<void> {
    if (error !== undefined && this.#options.get(json) && !wasTold(error)) {
      const step = this.#open === undefined ? stepOf(error, this.#trace?.tally.trace) : "session";
      await this.#printLine(errorLine(error, { step }));
    }
    if (!this.#many && this.#trace !== undefined) {
      await this.#writeOut({ tally: this.#trace.tally, error, status });
    }
  }

  /** Writes a line where the events have gone. */
  async #printLine(line: string): Promise<void> {
    const path = this.#options.get(output);
    if (path === undefined || path === "-") return await print(line);
    const file = await OutputFile.open(path);
    const bytes = new TextEncoder().encode(line);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  }

  async #writeOut(outcome: Outcome): Promise<void> {
    if (this.#format === undefined) return;
    const { stdout, stderr } = this.#format.render(outcome);
    if (stderr !== "") Deno.stderr.writeSync(new TextEncoder().encode(stderr));
    if (stdout !== "") await print(stdout);
  }
}

const WAITING: Record<TraceStep, string> = {
  lookup: "still looking for the address of the host",
  connect: "still waiting for the TCP connection",
  proxy: "still waiting for the proxy",
  tls: "still waiting for the TLS handshake",
  upgrade: "still waiting for the answer to the upgrade",
};

/** The side whose connection a script wants to know of. */
function connectionSide({ left, right }: SpecifierPair, { mode }: Addresses): "left" | "right" {
  if (mode !== "pair") return mode === "server" ? "left" : "right";
  if (trait(right, "websocket") !== undefined) return "right";
  if (trait(left, "websocket") !== undefined) return "left";
  return trait(right, "singleton") === "stdio" ? "left" : "right";
}

/** Overlays that turn messages into something else, above which nothing is to be counted. */
const FORMATS = ["json-events", "line2msg", "msg2line"];

/** The specifier with its messages counted, and watched for silence. */
function measure(specifier: Specifier, idle: number | undefined): Specifier {
  const { overlays, endpoint } = specifier;
  const below = overlays.findIndex((overlay) => overlay.websocket !== undefined);
  const at = below >= 0
    ? below
    : endpoint.websocket !== undefined
    ? overlays.length
    : overlays.findLastIndex((overlay) => FORMATS.includes(overlay.names[0])) + 1;
  return { ...specifier, overlays: overlays.toSpliced(at, 0, measuring(idle)) };
}

function measuring(idle: number | undefined): OverlayType {
  const opener = (inner: Opener, env: Env) =>
    overPeer(inner, (peer, { trace }) => {
      const options: MeasureOptions = {
        trace: trace instanceof MeasuredTrace ? trace : undefined,
        idle,
      };
      return measuredPeer(peer, options);
    }, env.log);
  return {
    kind: "overlay",
    names: ["measured"],
    orientation: "inherit",
    summary: "Count what goes over a connection.",
    opener,
  };
}
