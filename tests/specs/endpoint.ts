/**
 * Opening the endpoints of a family as the program does.
 *
 * @module
 */
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import type { Peer, PeerInfo } from "../../lib/core/peer.ts";
import { Registry, type SpecFamily } from "../../lib/core/registry.ts";
import { request, type TestEnv, testEnv } from "../peers.ts";

/** What a test may say about the run. */
export interface Run {
  /** Option values by long name. */
  readonly options?: Record<string, unknown>;
  /** What the left side is. */
  readonly left?: PeerInfo;
  /** Ends the run. */
  readonly controller?: AbortController;
  /** Where diagnostics go. */
  readonly env?: TestEnv;
}

/** Opens what a specifier says. */
export async function openSpecifier(
  family: SpecFamily,
  specifier: string,
  run: Run = {},
): Promise<Peer> {
  const registry = new Registry([family]);
  const env = run.env ?? testEnv(run.options ?? {}, [family]);
  const parsed = parseSpecifier(specifier, registry);
  return await opener(parsed, env).open(request(run.controller, run.left));
}
