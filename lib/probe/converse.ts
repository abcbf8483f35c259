/**
 * What a WebSocket that is open can do: answer Pings, and close in order.
 *
 * @module
 */
import { durationText } from "../core/duration.ts";
import { WirecatError } from "../core/errors.ts";
import { readerOf } from "../core/halves.ts";
import type { Ending, Peer } from "../core/peer.ts";
import { within } from "../core/timer.ts";
import { CLOSE, describeClose } from "../websocket/close.ts";
import type { ProbeSettings } from "./attempt.ts";
import type { Measured } from "./measure.ts";

/** What was learned of a connection that is there. */
export type Conversation = Pick<Measured, "failure" | "messages" | "pings" | "close">;

/** Pings and closes in order, and judges how the other end took it. */
export async function converse(peer: Peer, settings: ProbeSettings): Promise<Conversation> {
  const { patience, env: { signal }, onStep } = settings;
  const incoming = new Incoming(peer);
  try {
    onStep?.(() => "waiting for answers to pings");
    const pings = await sendPings(peer, settings, incoming);
    onStep?.(() => "closing");
    const close = await closeInOrder(peer, patience, incoming, signal);
    const failure = readFailure(incoming) ?? closedByServer(peer, close, pings) ??
      pingFailure(peer, pings, patience) ?? closeFailure(peer, close, patience);
    return { failure, messages: incoming.messages, pings, close };
  } finally {
    // The native engine waits for an answer to its Close frame, which may never come.
    const over = Promise.all([peer.close(), incoming.over]).then(() => {});
    await within(patience, over, undefined);
  }
}

/** Reads what comes, so that control frames are seen. */
class Incoming {
  /** How many whole messages have come. */
  messages = 0;
  /** Why reading has failed. */
  error: unknown;
  /** Resolves when no more comes. */
  readonly over: Promise<void>;

  constructor(peer: Peer) {
    this.over = this.#read(peer);
  }

  async #read(peer: Peer): Promise<void> {
    const reader = readerOf(peer);
    try {
      for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
        for (let i = 0; i < batch.length; i++) if (batch.isLast(i)) this.messages++;
      }
    } catch (error) {
      this.error = error;
    }
  }
}

/** Sends one Ping after the other; stops at the first that is not answered. */
async function sendPings(
  peer: Peer,
  { pings, patience }: ProbeSettings,
  incoming: Incoming,
): Promise<Measured["pings"]> {
  const { control } = peer;
  if (control === undefined || pings === 0) return undefined;
  const roundTrips: number[] = [];
  let expected = new Uint8Array(0);
  let answered: (() => void) | undefined;
  control.observe((direction, kind, payload) => {
    if (direction === "in" && kind === "pong" && equal(payload, expected)) answered?.();
  });
  let sent = 0;
  while (sent < pings) {
    expected = crypto.getRandomValues(new Uint8Array(8));
    const pong = new Promise<boolean>((resolve) => answered = () => resolve(true));
    const began = performance.now();
    sent++;
    control.ping(expected);
    const ended = Promise.race([incoming.over, peer.closed ?? new Promise(() => {})])
      .then(() => false);
    if (!await within(patience, Promise.race([pong, ended]), false)) break;
    roundTrips.push(performance.now() - began);
  }
  return { sent, roundTrips };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Closes with 1000, unless the server has done so before. */
async function closeInOrder(
  peer: Peer,
  patience: number,
  incoming: Incoming,
  signal: AbortSignal,
): Promise<Measured["close"]> {
  const { control, closed } = peer;
  if (closed === undefined) return undefined;
  const began = performance.now();
  if (!signal.aborted) {
    const closing = control?.close(CLOSE.normal, "") ?? peer.shutdown?.(CLOSE.normal);
    if (closing !== undefined) await within(patience, closing.catch(() => {}), undefined);
  }
  const none: Ending = { code: CLOSE.abnormal, reason: "", ours: true };
  const ended = Promise.race([closed, incoming.over.then(() => within(100, closed, none))]);
  const { code, reason, ours } = await within(patience, ended, none);
  return {
    code,
    meaning: describeClose({ code, reason: "" }),
    reason,
    clean: code !== CLOSE.abnormal,
    by: ours ? "us" : "server",
    milliseconds: performance.now() - began,
  };
}

/** What was wrong with what came, in the middle of it all. */
function readFailure({ error }: Incoming): Measured["failure"] {
  return error instanceof WirecatError ? { step: "ping", error } : undefined;
}

function pingFailure(
  peer: Peer,
  pings: Measured["pings"],
  patience: number,
): Measured["failure"] {
  if (pings === undefined || pings.roundTrips.length === pings.sent) return undefined;
  return {
    step: "ping",
    error: new WirecatError(
      "timeout",
      `${peer.info.name} did not answer a Ping within ${durationText(patience / 1000)}`,
      { hint: "RFC 6455 asks every endpoint to answer; --pings 0 does without" },
    ),
  };
}

/** A server that closes first, and not because it is done, or before all is. */
function closedByServer(
  peer: Peer,
  close: Measured["close"],
  pings: Measured["pings"],
): Measured["failure"] {
  if (close?.by !== "server") return undefined;
  const early = pings !== undefined && pings.roundTrips.length < pings.sent;
  const normal = close.code === CLOSE.normal || close.code === CLOSE.none;
  if (normal && !early) return undefined;
  const when = normal ? "closed before it had answered a Ping" : "closed";
  const message = `${peer.info.name} ${when}: ${describeClose(close)}`;
  return { step: "close", error: new WirecatError("abnormal", message) };
}

function closeFailure(
  peer: Peer,
  close: Measured["close"],
  patience: number,
): Measured["failure"] {
  if (close === undefined || close.clean) return undefined;
  const { name } = peer.info;
  const message = close.milliseconds >= patience
    ? `${name} did not answer the Close frame within ${durationText(patience / 1000)}`
    : `${name} dropped the connection instead of answering the Close frame`;
  const hint = "it works otherwise; wirecat waits for --close-timeout in such a case";
  return { step: "close", error: new WirecatError("abnormal", message, { hint }) };
}
