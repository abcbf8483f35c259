/**
 * What the way a connection has ended means for whoever started the program.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import type { Ending, Peer } from "../core/peer.ts";
import { isGoodCode } from "../websocket/close_code.ts";

/** How the peer has closed, if it has. */
async function endingOf(peer: Pick<Peer, "closed">): Promise<Ending | undefined> {
  return await Promise.race([peer.closed, Promise.resolve(undefined)]);
}

/**
 * Throws if a peer has closed its connection in a way that is not a success; otherwise
 * `onClosed` is told in words how it did, and whether an application or a library has a code of
 * its own for that.
 */
export async function judgeEnding(
  peer: Peer,
  onClosed?: (said: string, special: boolean) => void,
): Promise<void> {
  const ending = await endingOf(peer);
  if (ending === undefined || ending.ours) return;
  const { closeHint, describeClose } = await import("../websocket/close.ts");
  const said = `${peer.info.name} closed: ${describeClose(ending)}`;
  if (!isGoodCode(ending.code)) {
    throw new WirecatError("abnormal", said, { hint: closeHint(ending.code) });
  }
  onClosed?.(said, ending.code >= 3000);
}
