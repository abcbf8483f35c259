/**
 * `prometheus:`, figures for a monitoring system.
 *
 * @module
 */
import { type Env, type Opener, type OpenRequest, overPeer } from "../lib/core/opener.ts";
import { type Option, text } from "../lib/core/option.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import type { Metrics } from "../lib/overlay/metrics.ts";
import type { MetricsServer } from "../lib/overlay/metrics_server.ts";

/** `--prometheus`. */
export const prometheus: Option<string | undefined> = text({
  long: "prometheus",
  value: "IP:PORT",
  group: "output",
  help:
    "Serve figures about connections and traffic at http://IP:PORT/metrics, in Prometheus's text format.",
});

/** What a run counts, and where it is served. */
interface Metering {
  readonly metrics: Metrics;
  readonly server?: MetricsServer;
}

const meterings = new WeakMap<Env, Promise<Metering>>();

async function start(env: Env): Promise<Metering> {
  const { Metrics } = await import("../lib/overlay/metrics.ts");
  const metrics = new Metrics();
  const address = env.options.get(prometheus);
  if (address === undefined) {
    env.log.warn(
      "prometheus: counts, but nobody can see it",
      "--prometheus says where to serve it",
    );
    return { metrics };
  }
  const { parseMetricsAddress, serveMetrics } = await import("../lib/overlay/metrics_server.ts");
  const server = serveMetrics(metrics, parseMetricsAddress(address));
  env.log.info(`serving metrics on port ${server.port}`);
  return { metrics, server };
}

/**
 * Starts to count and to serve the figures, once a run. `prometheus:` does so when it is first
 * opened; who calls it earlier has the endpoint before the first client.
 */
export function startMetering(env: Env): Promise<Metering> {
  let metering = meterings.get(env);
  if (metering === undefined) meterings.set(env, metering = start(env));
  return metering;
}

function meteredOpener(inner: Opener, env: Env): Opener {
  const { open, listen } = overPeer(inner, async (peer) => {
    const { meteredPeer } = await import("../lib/overlay/metered_peer.ts");
    return meteredPeer(peer, (await startMetering(env)).metrics);
  }, env.log);
  // A port that is taken is said before anything is connected.
  const started = <T>(then: (request: OpenRequest) => Promise<T>) => async (r: OpenRequest) => {
    await startMetering(env);
    return await then(r);
  };
  return { open: started(open), listen: listen && started(listen) };
}

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
  opener: meteredOpener,
};

/** The overlay and its option. */
export const family: SpecFamily = { specifiers: [overlay], options: [prometheus] };
