/**
 * Making the connection that a conversation is played over.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import type { Opener } from "../core/opener.ts";
import { Trace } from "../core/trace.ts";
import { Channel } from "../events/channel.ts";

/** A connection that was made, or why it was not, and what was learned on the way. */
export interface Opening {
  /** The connection, which is there unless there is an {@linkcode error}. */
  readonly channel?: Channel;
  /** Why there is none. */
  readonly error?: WirecatError;
  /** The HTTP status, of a refusal too. */
  readonly status?: number;
  /** The header fields of the other side. */
  readonly headers?: readonly (readonly [string, string])[];
  /** The subprotocol. */
  readonly protocol?: string;
  /** The path that a client asked for. */
  readonly uri?: string;
}

/**
 * Opens a peer. What a server refuses is an opening, too; other failures, and the reason of
 * `signal`, are with `status` unknown.
 */
export async function openFor(opener: Opener, signal: AbortSignal): Promise<Opening> {
  const trace = new Trace();
  try {
    const peer = await opener.open({ signal, trace });
    const { info } = peer;
    const response = (info.trace ?? trace).response;
    const headers = response?.headers ?? (info.headers && [...info.headers()]);
    const channel = new Channel(peer);
    await channel.next(); // The open event.
    return {
      channel,
      status: response?.status ?? 101,
      headers,
      protocol: info.protocol,
      uri: info.uri,
    };
  } catch (error) {
    const why = signal.aborted ? signal.reason : error;
    if (!(why instanceof WirecatError)) throw why;
    return { error: why, status: trace.response?.status, headers: trace.response?.headers };
  }
}

/** The values of a header field; nothing where header fields are not known. */
export function headerValues({ headers }: Opening, name: string): string[] | undefined {
  const wanted = name.toLowerCase();
  return headers?.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}
