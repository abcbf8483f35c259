/**
 * What the way a connection has ended means for whoever started the program.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import type { CloseStatus, Ending, Peer } from "../core/peer.ts";
import { CLOSE } from "../websocket/close_code.ts";

/** How the peer has closed, if it has. */
async function endingOf(peer: Pick<Peer, "closed">): Promise<Ending | undefined> {
  return await Promise.race([peer.closed, Promise.resolve(undefined)]);
}

/** Whether a close code tells of a success: those from 3000 on mean what an application says. */
export function isGoodEnding({ code }: CloseStatus): boolean {
  return code === CLOSE.normal || code === CLOSE.goingAway || code === CLOSE.none || code >= 3000;
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
  if (!isGoodEnding(ending)) {
    throw new WirecatError("abnormal", said, { hint: closeHint(ending.code) });
  }
  onClosed?.(said, ending.code >= 3000);
}
