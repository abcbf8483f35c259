/**
 * Sessions: one, or one for each client of a listener.
 *
 * @module
 */
import { OutputClosed, WirecatError } from "../core/errors.ts";
import { Answered, type Env, type Opener } from "../core/opener.ts";
import type { Ending, Peer } from "../core/peer.ts";
import { runSession, type SessionRules } from "../core/session.ts";
import { CLOSE, describeClose } from "../websocket/close.ts";

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
}

/** Opens both sides and copies until they are done. Throws what went wrong. */
export async function serveOne(service: Service, left: Opener = service.left): Promise<void> {
  const { right, rules, env: { signal } } = service;
  const leftPeer = await left.open({ signal });
  let rightPeer: Peer;
  try {
    rightPeer = await right.open({ signal, left: leftPeer.info });
  } catch (error) {
    await endPeers([leftPeer], CLOSE.internalError);
    throw error;
  }
  const peers = [leftPeer, rightPeer];
  let stop: Promise<void> | undefined;
  const onAbort = () => stop ??= endPeers(peers, CLOSE.goingAway);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    const session = runSession(leftPeer, rightPeer, rules);
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await Promise.race([session, aborted]);
    if (signal.aborted) {
      session.catch(() => {}); // Its peers were closed under it.
      return;
    }
    await refuseBadEndings(peers);
  } catch (error) {
    if (signal.aborted || error instanceof OutputClosed) return;
    await endPeers(peers, CLOSE.internalError);
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (stop !== undefined) await stop;
    else await endPeers(peers);
  }
}

/** How long a peer may take to be told of the end, in milliseconds. */
const SHUTDOWN_TIME = 2000;

/** Closes peers; with a `code`, after telling them why. */
async function endPeers(peers: readonly Peer[], code?: number): Promise<void> {
  await Promise.allSettled(peers.map(async (peer) => {
    if (code !== undefined && peer.shutdown !== undefined) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => timer = setTimeout(resolve, SHUTDOWN_TIME));
      await Promise.race([peer.shutdown(code).catch(() => {}), late]);
      clearTimeout(timer);
    }
    await peer.close();
  }));
}

/** Throws if a peer has closed its connection in a way that is not a success. */
async function refuseBadEndings(peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) {
    const ending = await endingOf(peer);
    if (ending === undefined || ending.ours || isGoodEnding(ending)) continue;
    throw new WirecatError("abnormal", `${peer.info.name} closed: ${describeClose(ending)}`);
  }
}

/** How the peer has closed, if it has. */
export async function endingOf(peer: Peer): Promise<Ending | undefined> {
  return await Promise.race([peer.closed, Promise.resolve(undefined)]);
}

/** Codes from 3000 on have the meaning that an application gives them. */
function isGoodEnding({ code }: Ending): boolean {
  return code === CLOSE.normal || code === CLOSE.goingAway || code === CLOSE.none || code >= 3000;
}

/** Serves clients until the listener is closed or the signal comes. Errors end one session only. */
export async function serveMany(service: Service): Promise<void> {
  const { left, env, conncap } = service;
  const { signal } = env;
  const sessions = new Set<Promise<void>>();
  const listening = await left.listen!({ signal });
  const stop = () => listening.close();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  for await (const client of listening) {
    if (sessions.size >= conncap) {
      env.log.warn(`a client was turned away: --conncap ${conncap} are being served`);
      turnAway(client);
      continue;
    }
    const session = serveOne(service, client).catch((error) => report(error, env))
      .finally(() => sessions.delete(session));
    sessions.add(session);
  }
  signal.removeEventListener("abort", stop);
  await Promise.all(sessions);
}

function report(error: unknown, { log }: Env): void {
  if (error instanceof Answered) log.info(error.message);
  else if (error instanceof WirecatError && error.kind === "abnormal") log.info(error.message);
  else log.failure(error);
}

/** Drops a client without a byte. */
function turnAway(client: Opener): void {
  const signal = AbortSignal.abort(new Error("turned away"));
  client.open({ signal }).then((peer) => peer.close(), () => {});
}
