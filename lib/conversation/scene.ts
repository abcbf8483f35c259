/**
 * Where a conversation is played: what its steps share.
 *
 * @module
 */
import type { Channel } from "../events/channel.ts";
import type { Inbox } from "./inbox.ts";
import type { Opening } from "./opening.ts";
import type { Message } from "./shown.ts";
import type { Traffic } from "./traffic.ts";
import type { Variables } from "./variables.ts";

/** What the steps of one conversation share. */
export interface Scene {
  /** How the connection was made. */
  readonly opening: Opening;
  /** What comes over it; nothing where there is none. */
  readonly inbox?: Inbox;
  /** The variables. */
  readonly variables: Variables;
  /** What came and went. */
  readonly traffic: Traffic;
  /** Ends it early, with its reason. */
  readonly signal: AbortSignal;
  /** Told of each message that was expected. */
  readonly onMatched?: (message: Message) => void | Promise<void>;
  /** How long an expectation waits, in seconds, where nothing else is said. */
  within: number;
}

/** How long the other end may take to answer our Close frame, in seconds. */
export const CLOSE_TIME = 1;

/** The connection. Throws why there is none. */
export function linkOf({ opening, inbox }: Scene): { channel: Channel; inbox: Inbox } {
  if (opening.channel === undefined || inbox === undefined) throw opening.error;
  return { channel: opening.channel, inbox };
}
