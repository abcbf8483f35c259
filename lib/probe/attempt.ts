/**
 * One opening of a probe, by the opener that a run uses, so that a probe tests what a run does.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { Env } from "../core/opener.ts";
import type { Peer } from "../core/peer.ts";
import { opener, parseSpecifier } from "../core/specifier.ts";
import type { Trace } from "../core/trace.ts";

/** What a probe is told. */
export interface ProbeSettings {
  /** The address, with `ws:` or `wss:`. */
  readonly url: URL;
  /** What every opening gets. */
  readonly env: Env;
  /** How many Pings are sent. */
  readonly pings: number;
  /** How many milliseconds a Pong, the answer to a Close frame or a second look may take. */
  readonly patience: number;
  /** Told what is being done, as something that says it anew whenever it is asked. */
  readonly onStep?: (step: () => string | undefined) => void;
}

/** Loads what opening loads, so that no step's time is that of reading modules and files. */
export async function loadAll(url: URL): Promise<void> {
  await Promise.all([
    import("../net/dial_by_step.ts"),
    import("../websocket/client.ts"),
    import("../websocket/connection.ts"),
  ]);
  if (url.protocol !== "wss:") return;
  const [{ trustedRoots }] = await Promise.all([
    import("../tls/roots.ts"),
    import("../tls/connect.ts"),
    import("../tls/node_tls.ts"),
    import("../tls/verification.ts"),
  ]);
  await trustedRoots().catch(() => {}); // Whoever needs them hears of it.
}

/** Opens the WebSocket. */
export function openUrl(url: URL, env: Env, trace: Trace, signal: AbortSignal): Promise<Peer> {
  const specifier = parseSpecifier(url.href, env.registry);
  return opener(specifier, env).open({ signal, trace });
}

/** An error of any sort as one that says what failed. */
export function asWirecatError(cause: unknown, url: URL): WirecatError {
  if (cause instanceof WirecatError) return cause;
  const timeout = cause instanceof DOMException && cause.name === "TimeoutError";
  const name = `${url.protocol}//${url.host}${url.pathname}`;
  return timeout
    ? new WirecatError("timeout", `cannot connect to ${name}: no answer in time`, { cause })
    : new WirecatError("other", `cannot connect to ${name}: ${reasonOf(cause)}`, { cause });
}
