/**
 * The HTTP endpoint that Prometheus asks.
 *
 * @module
 */
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import { type Metrics, METRICS_TYPE } from "./metrics.ts";

/** Where to listen. */
export interface MetricsAddress {
  /** An IP address or a name. */
  readonly hostname: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** Reads `IP:PORT`, `[IPV6]:PORT` or `PORT`, which is on 127.0.0.1. Throws a usage error. */
export function parseMetricsAddress(text: string): MetricsAddress {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw usageError(
      `--prometheus: '${text}' is no address`,
      "write IP:PORT, as in 127.0.0.1:9100",
    );
  }
  return { hostname: match[1] ?? match[2] ?? "127.0.0.1", port };
}

/** A running endpoint. */
export interface MetricsServer {
  /** The port it listens on. */
  readonly port: number;
  /** Ends it. */
  close(): Promise<void>;
}

/**
 * Answers every request with the metrics. Does not keep the program alive.
 *
 * @throws {WirecatError} If the address cannot be listened on.
 */
export function serveMetrics(metrics: Metrics, address: MetricsAddress): MetricsServer {
  const start = performance.timeOrigin / 1000;
  const handler = () =>
    new Response(
      metrics.render([
        { name: "wirecat_start_time_seconds", help: "When the program began", value: start },
        {
          name: "wirecat_resident_memory_bytes",
          help: "Memory that the program takes up",
          value: Deno.memoryUsage().rss,
        },
      ]),
      { headers: { "content-type": METRICS_TYPE } },
    );
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({ ...address, onListen() {} }, handler);
  } catch (cause) {
    const busy = cause instanceof Deno.errors.AddrInUse;
    const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
    throw new WirecatError(
      "connection",
      `cannot serve metrics on ${host}:${address.port}: ${reasonOf(cause)}`,
      { hint: busy ? "give another port to --prometheus" : undefined, cause },
    );
  }
  server.unref();
  return { port: server.addr.port, close: () => server.shutdown() };
}
