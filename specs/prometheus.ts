/**
 * `prometheus:`, figures for a monitoring system.
 *
 * @module
 */
import type { Fixup } from "../lib/core/fixups.ts";
import { type Env, overPeer } from "../lib/core/opener.ts";
import { type Option, text } from "../lib/core/option.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { withOverlayBelowLines } from "../lib/core/specifier.ts";
import { Metrics } from "../lib/overlay/metrics.ts";
import {
  type MetricsServer,
  parseMetricsAddress,
  serveMetrics,
} from "../lib/overlay/metrics_server.ts";

/** `--prometheus`. */
export const prometheus: Option<string | undefined> = text({
  long: "prometheus",
  value: "IP:PORT",
  group: "output",
  advanced: true,
  help:
    "Serve figures about connections and traffic at http://IP:PORT/metrics, in Prometheus's text format.",
});

/** What a run counts, and where it is served. */
export interface Metering {
  /** The figures. */
  readonly metrics: Metrics;
  /** The endpoint, if there is one. */
  readonly server?: MetricsServer;
}

const meterings = new WeakMap<Env, Metering>();

/** The figures of a run, which are counted and served from the first call on. */
export function metering(env: Env): Metering {
  let found = meterings.get(env);
  if (found === undefined) meterings.set(env, found = start(env));
  return found;
}

function start(env: Env): Metering {
  const metrics = new Metrics();
  const address = env.options.get(prometheus);
  if (address === undefined) {
    env.log.warn(
      "prometheus: counts, but nobody can see it",
      "--prometheus says where to serve it",
    );
    return { metrics };
  }
  const server = serveMetrics(metrics, parseMetricsAddress(address));
  env.signal.addEventListener("abort", () => void server.close(), { once: true });
  env.log.info(`serving metrics on port ${server.port}`);
  return { metrics, server };
}

/** `--prometheus` without `prometheus:`: the right side is counted, message by message. */
const insertPrometheus: Fixup = {
  when: "after",
  apply({ left, right }, { options, registry }) {
    const counted = [...left.overlays, ...right.overlays].some((o) => o === overlay);
    if (options.get(prometheus) === undefined || counted) return { left, right };
    return { left, right: withOverlayBelowLines(right, registry.overlay("prometheus")) };
  },
};

/** `prometheus:`. */
export const overlay: OverlayType = {
  kind: "overlay",
  names: ["prometheus", "metrics"],
  advanced: true,
  summary: "Count connections, messages and bytes, and serve the figures to Prometheus.",
  doc:
    "--prometheus says where, and puts this overlay in by itself. The names are those of websocat, " +
    "websocat1_connects for example; wirecat_open_sessions and a few more come on top. Every request to " +
    "that address is answered, whatever its path.",
  examples: ["--prometheus 127.0.0.1:9100 ws-l:127.0.0.1:8080 tcp:127.0.0.1:22"],
  orientation: "messages",
  opener(inner, env) {
    // The endpoint is there before the first connection, and a port that is taken is said at once.
    const { metrics } = metering(env);
    return overPeer(inner, async (peer) => {
      const { meteredPeer } = await import("../lib/overlay/metered_peer.ts");
      return meteredPeer(peer, metrics);
    }, env.log);
  },
};

/** The overlay and its option. */
export const family: SpecFamily = {
  specifiers: [overlay],
  options: [prometheus],
  fixups: [insertPrometheus],
};
