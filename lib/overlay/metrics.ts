/**
 * Counters and histograms in the text format of Prometheus, version 0.0.4, under the
 * names that websocat gives them.
 *
 * @module
 */

/** The media type of {@linkcode Metrics.render}. */
export const METRICS_TYPE = "text/plain; version=0.0.4";

/** A number that only grows. */
export class Counter {
  /** Its value. */
  value = 0;

  /** Adds `by`. */
  add(by = 1): void {
    this.value += by;
  }
}

/** How many values lie below each of some bounds. */
export class Histogram {
  /** The bounds, which belong to what is below them. */
  readonly bounds: readonly number[];
  /** How many values lie between each bound and the one before; the last: above all bounds. */
  readonly counts: number[];
  /** The sum of all values. */
  sum = 0;

  /** `bounds` ascend. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  /** Counts a value. */
  observe(value: number): void {
    const { bounds } = this;
    let i = 0;
    while (i < bounds.length && value > bounds[i]) i++;
    this.counts[i]++;
    this.sum += value;
  }
}

const DURATIONS = [0.1, 1, 10, 60, 300, 3600];
const SESSION_BYTES = [0, 32, 1024, 65536, 1048576, 33554432, 1073741824];
const SESSION_MESSAGES = [0, 1, 2, 8, 64, 2048, 65536, 2097152];
const RATES = [0.5, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
const LENGTHS = [0, 1, 10, 50, 300, 1024, 8192, 65536, 4194304];
const TIMINGS = [1e-4, 1e-3, 0.01, 0.1, 1, 10];

/** What is counted of all connections of a program. Read and written are seen from above. */
export class Metrics {
  readonly w_msgs: Counter = new Counter();
  readonly r_msgs: Counter = new Counter();
  readonly w_bytes: Counter = new Counter();
  readonly r_bytes: Counter = new Counter();
  readonly connects: Counter = new Counter();
  readonly disconnects: Counter = new Counter();
  readonly read_errors: Counter = new Counter();
  readonly read_wouldblocks: Counter = new Counter();
  readonly write_errors: Counter = new Counter();
  readonly write_wouldblocks: Counter = new Counter();
  readonly session_durations: Histogram = new Histogram(DURATIONS);
  readonly between_connects: Histogram = new Histogram(DURATIONS);
  readonly session_w_bytes: Histogram = new Histogram(SESSION_BYTES);
  readonly session_r_bytes: Histogram = new Histogram(SESSION_BYTES);
  readonly session_w_msgs: Histogram = new Histogram(SESSION_MESSAGES);
  readonly session_r_msgs: Histogram = new Histogram(SESSION_MESSAGES);
  readonly session_avg_r_bps: Histogram = new Histogram(RATES);
  readonly session_avg_w_bps: Histogram = new Histogram(RATES);
  readonly read_lengths: Histogram = new Histogram(LENGTHS);
  readonly write_lengths: Histogram = new Histogram(LENGTHS);
  readonly read_timings: Histogram = new Histogram(TIMINGS);
  readonly write_timings: Histogram = new Histogram(TIMINGS);
  #lastConnect?: number;

  /** Counts a connection that was opened `now`, in milliseconds of any clock. */
  opened(now: number): SessionMetrics {
    this.connects.add();
    if (this.#lastConnect !== undefined) {
      this.between_connects.observe((now - this.#lastConnect) / 1000);
    }
    this.#lastConnect = now;
    return new SessionMetrics(this, now);
  }

  /** Everything in the text format; the gauges are of the present moment. */
  render(gauges: readonly Gauge[] = []): string {
    const lines: string[] = [];
    for (const [name, help] of DESCRIPTIONS) {
      const metric = this[name];
      const full = `websocat1_${name}`;
      const type = metric instanceof Counter ? "counter" : "histogram";
      lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`);
      if (metric instanceof Counter) lines.push(`${full} ${metric.value}`);
      else pushHistogram(lines, full, metric);
    }
    const open: Gauge = {
      name: "wirecat_open_sessions",
      help: "Connections that are open now",
      value: this.connects.value - this.disconnects.value,
    };
    for (const { name, help, value } of [open, ...gauges]) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`);
    }
    return lines.join("\n") + "\n";
  }
}

/** A number of the present moment. */
export interface Gauge {
  /** Its whole name. */
  readonly name: string;
  /** What it is. */
  readonly help: string;
  /** How much it is now. */
  readonly value: number;
}

/** What is counted of one connection. */
export class SessionMetrics {
  readonly #all: Metrics;
  readonly #start: number;
  #readBytes = 0;
  #writtenBytes = 0;
  #readMessages = 0;
  #writtenMessages = 0;
  #closed = false;

  /** A connection that began at `start`; {@linkcode Metrics.opened} makes them. */
  constructor(all: Metrics, start: number) {
    this.#all = all;
    this.#start = start;
  }

  /** Counts a message of `length` bytes that was read. */
  read(length: number): void {
    this.#readMessages++;
    this.#readBytes += length;
    this.#all.r_msgs.add();
    this.#all.r_bytes.add(length);
    this.#all.read_lengths.observe(length);
  }

  /** Counts a message of `length` bytes that was written. */
  written(length: number): void {
    this.#writtenMessages++;
    this.#writtenBytes += length;
    this.#all.w_msgs.add();
    this.#all.w_bytes.add(length);
    this.#all.write_lengths.observe(length);
  }

  /** Counts the end of the connection, once. */
  closed(now: number): void {
    if (this.#closed) return;
    this.#closed = true;
    const all = this.#all;
    const duration = (now - this.#start) / 1000;
    all.disconnects.add();
    all.session_durations.observe(duration);
    all.session_r_bytes.observe(this.#readBytes);
    all.session_w_bytes.observe(this.#writtenBytes);
    all.session_r_msgs.observe(this.#readMessages);
    all.session_w_msgs.observe(this.#writtenMessages);
    if (duration <= 0) return;
    all.session_avg_r_bps.observe(this.#readBytes / duration);
    all.session_avg_w_bps.observe(this.#writtenBytes / duration);
  }
}

type MetricName = {
  [K in keyof Metrics]: Metrics[K] extends Counter | Histogram ? K : never;
}[keyof Metrics];

const DESCRIPTIONS: readonly (readonly [MetricName, string])[] = [
  ["w_msgs", "Messages or chunks written"],
  ["r_msgs", "Messages or chunks read"],
  ["w_bytes", "Bytes written"],
  ["r_bytes", "Bytes read"],
  ["connects", "Connections opened"],
  ["disconnects", "Connections closed"],
  ["read_errors", "Reads that failed"],
  ["read_wouldblocks", "Always 0: reads wait"],
  ["write_errors", "Writes that failed"],
  ["write_wouldblocks", "Always 0: writes wait"],
  ["session_durations", "Seconds from the opening to the closing of a connection"],
  ["between_connects", "Seconds from one connection's opening to the next one's"],
  ["session_w_bytes", "Bytes written to a connection"],
  ["session_r_bytes", "Bytes read from a connection"],
  ["session_w_msgs", "Messages or chunks written to a connection"],
  ["session_r_msgs", "Messages or chunks read from a connection"],
  ["session_avg_r_bps", "Bytes read from a connection, per second of its life"],
  ["session_avg_w_bps", "Bytes written to a connection, per second of its life"],
  ["read_lengths", "Bytes in a message or chunk read"],
  ["write_lengths", "Bytes in a message or chunk written"],
  ["read_timings", "Seconds from asking for data until there was some"],
  ["write_timings", "Seconds until written data was taken"],
];

function pushHistogram(lines: string[], name: string, { bounds, counts, sum }: Histogram): void {
  let total = 0;
  counts.forEach((count, i) => {
    total += count;
    const bound = i < bounds.length ? String(bounds[i]) : "+Inf";
    lines.push(`${name}_bucket{le="${bound}"} ${total}`);
  });
  lines.push(`${name}_sum ${sum}`, `${name}_count ${total}`);
}
