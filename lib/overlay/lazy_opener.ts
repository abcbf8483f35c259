/**
 * Openers whose code is loaded when it is needed.
 *
 * @module
 */
import { connector, type Opener } from "../core/opener.ts";

/** A connector that loads another one at the first request, and asks it from then on. */
export function lazyOpener(load: () => Promise<Opener>): Opener {
  let loading: Promise<Opener> | undefined;
  return connector(async (request) => (await (loading ??= load())).open(request));
}
