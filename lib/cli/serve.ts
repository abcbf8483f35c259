/**
 * Sessions: one, or one for each client of a listener.
 *
 * @module
 */
import { unlessAborted } from "../core/abort.ts";
import { OutputClosed, WirecatError } from "../core/errors.ts";
import { Answered, type Env, LoginRefused, type Opener, type OpenRequest } from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { runSession, type SessionRules } from "../core/session.ts";
import { within } from "../core/timer.ts";
import type { Trace } from "../core/trace.ts";
import { CLOSE } from "../websocket/close_code.ts";
import { judgeEnding } from "./ending.ts";

/** What every session of a run has in common. */
export interface Service {
  /** Opens the left side. */
  readonly left: Opener;
  /** Opens the right side, anew for each session. */
  readonly right: Opener;
  /** The rules of each session. */
  readonly rules: SessionRules;
  /** What the run shares. */
  readonly env: Env;
  /** How many clients are served at once. */
  readonly conncap: number;
  /** Which side's making is traced, and what runs a session with the trace of it. */
  readonly traced?: {
    readonly side: "left" | "right";
    readonly run: (session: (trace: Trace) => Promise<void>) => Promise<void>;
  };
  /** Told of both peers when a session begins. */
  readonly onBegun?: (left: PeerInfo, right: PeerInfo) => void;
  /** Told in words how a peer has closed its connection, where that is a success. */
  readonly onClosed?: (said: string, special: boolean) => void;
  /** Told of the left peer when its session is over, unless the run is. */
  readonly onLeft?: (left: PeerInfo) => void;
}

/**
 * Opens both sides and copies until they are done. Throws what went wrong, also
 * {@linkcode OutputClosed}; nothing when the run is aborted.
 */
export function serveOne(service: Service, left: Opener = service.left): Promise<void> {
  const { traced } = service;
  if (traced !== undefined) return traced.run((trace) => serveTraced(service, left, trace));
  return serveTraced(service, left);
}

function serveTraced(service: Service, left: Opener, trace?: Trace): Promise<void> {
  // Opening is a function of its own so that an idle session keeps nothing of it.
  return openBoth(service, left, trace).then((peers) => peers && serveSession(service, peers));
}

/** Both peers, or nothing if the run is aborted. */
async function openBoth(
  service: Service,
  left: Opener,
  trace?: Trace,
): Promise<readonly Peer[] | undefined> {
  const { right, traced, env: { signal } } = service;
  const of = (side: "left" | "right") => traced?.side === side ? trace : undefined;
  const peers: Peer[] = [];
  try {
    const leftPeer = await open(left, { signal, trace: of("left") });
    peers.push(leftPeer);
    peers.push(await open(right, { signal, left: leftPeer.info, trace: of("right") }));
    service.onBegun?.(peers[0].info, peers[1].info);
    return peers;
  } catch (error) {
    return await endAfter(error, peers, signal);
  }
}

/** Copies, then ends the peers. No async function: an idle session keeps one frame less. */
function serveSession(service: Service, peers: readonly Peer[]): Promise<void> {
  const { rules, env: { signal } } = service;
  return runSession(peers[0], peers[1], rules, signal).then(
    () => conclude(service, peers),
    (error) => {
      left(service, peers);
      return endAfter(error, peers, signal);
    },
  );
}

function left({ onLeft, env: { signal } }: Service, peers: readonly Peer[]): void {
  if (!signal.aborted) onLeft?.(peers[0].info);
}

/** Judges how a session ended and ends its peers. */
async function conclude(service: Service, peers: readonly Peer[]): Promise<void> {
  left(service, peers);
  try {
    for (const peer of peers) await judgeEnding(peer, service.onClosed);
  } catch (error) {
    return await endAfter(error, peers, service.env.signal);
  }
  await endPeers(peers);
}

/** Ends the peers of a session that failed, then throws why, unless the run is aborted. */
async function endAfter(
  error: unknown,
  peers: readonly Peer[],
  signal: AbortSignal,
): Promise<undefined> {
  const ours = signal.aborted || error instanceof OutputClosed ||
    (error instanceof WirecatError && error.kind === "timeout");
  await endPeers(peers, ours ? CLOSE.goingAway : CLOSE.internalError);
  if (!signal.aborted) throw error;
}

/** How long an opening that was called off may take to clean up, in milliseconds. */
const CALL_OFF_TIME = 500;

/** Opens a peer. An abort does not wait for what cannot be called off, as a name lookup. */
export async function open(opener: Opener, request: OpenRequest): Promise<Peer> {
  const opening = opener.open(request);
  try {
    return await unlessAborted(opening, request.signal);
  } catch (error) {
    if (request.signal.aborted) {
      const late = opening.then((peer) => endPeers([peer], CLOSE.goingAway), () => {});
      await within(CALL_OFF_TIME, late, undefined);
    }
    throw error;
  }
}

/** How long a peer may take to be told of the end, in milliseconds. */
const SHUTDOWN_TIME = 2000;

/** Closes peers; with a `code`, after telling them why. */
export async function endPeers(peers: readonly Peer[], code?: number): Promise<void> {
  const end = async (peer: Peer) => {
    if (code !== undefined && peer.shutdown !== undefined) {
      await within(SHUTDOWN_TIME, peer.shutdown(code).catch(() => {}), undefined);
    }
    await peer.close();
  };
  const telling = peers.filter(({ tellsEnd }) => tellsEnd);
  if (telling.length > 0) await Promise.allSettled(telling.map(end));
  await Promise.allSettled(peers.filter((peer) => !telling.includes(peer)).map(end));
}

/**
 * Serves clients until the listener is closed, the run is aborted, or nobody reads the
 * output that they share. Errors end one session only.
 */
export async function serveMany(service: Service): Promise<void> {
  const { left, conncap } = service;
  const output = new AbortController();
  const signal = AbortSignal.any([service.env.signal, output.signal]);
  const env = { ...service.env, signal };
  const each = { ...service, env };
  let running = 0;
  const idle = Promise.withResolvers<void>();
  let stopping = false;
  const settled = () => {
    if (--running === 0 && stopping) idle.resolve();
  };
  const failed = (error: unknown) => {
    if (error instanceof OutputClosed) output.abort(error);
    else report(error, env);
    settled();
  };
  const listening = await left.listen!({ signal });
  const stop = () => listening.close();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const client of listening) {
      if (running >= conncap) {
        env.log.warn(`a client was turned away: --conncap ${conncap} are being served`);
        turnAway(client);
        continue;
      }
      running++;
      serveOne(each, client).then(settled, failed);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stopping = true;
    if (running > 0) await idle.promise;
  }
}

/** Tells of what ended one session of many. */
export function report(error: unknown, env: Env): void {
  const { log } = env;
  if (error instanceof Answered) log.info(error.message);
  else if (error instanceof LoginRefused) reportLogin(error, env);
  else if (error instanceof WirecatError && error.kind === "abnormal") log.info(error.message);
  else log.failure(error);
}

async function reportLogin(error: LoginRefused, env: Env): Promise<void> {
  (await import("../auth/refused_logins.ts")).reportLogin(error, env);
}

/** Drops a client without a byte. */
export function turnAway(client: Opener): void {
  const signal = AbortSignal.abort(new Error("turned away"));
  client.open({ signal }).then((peer) => peer.close(), () => {});
}
