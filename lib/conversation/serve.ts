/**
 * A conversation as a server: each client gets it from the top.
 *
 * @module
 */
import { announceListening, conncap } from "../cli/options.ts";
import { print } from "../cli/print.ts";
import { WirecatError } from "../core/errors.ts";
import { Answered, type Env, type ListenAddress, type Opener } from "../core/opener.ts";
import { formatHostPort } from "../net/address.ts";
import { openFor } from "./opening.ts";
import type { PlaySettings } from "./player.ts";
import { type Part, playOpened } from "./playing.ts";
import type { Result } from "./result.ts";
import { type RunSettings, serverOpener, variablesFrom, withRun } from "./session.ts";

/** What is served, and how. */
export interface ServeSettings extends RunSettings {
  /** The conversation. */
  readonly part: Part;
  /** Where to listen. */
  readonly address: string;
  /** Whether one client is enough. */
  readonly once: boolean;
  /** How it is played. */
  readonly settings: Pick<PlaySettings, "within" | "follows">;
  /** Told of each conversation when it is over, and of the end of the server. */
  readonly reporter: {
    /** The exit status so far. */
    readonly status: number;
    add(result: Result): Promise<void>;
    end(): Promise<void>;
  };
}

/** Serves until a signal comes, or one client was served; resolves to the exit status. */
export async function serveConversation(serving: ServeSettings): Promise<number> {
  const { reporter } = serving;
  let secure = false;
  const onListening = (address: ListenAddress) => announce(address, secure, serving);
  try {
    return await withRun({ ...serving, onListening }, async (env) => {
      const prepared = serverOpener(serving.address, env);
      const { opener } = prepared;
      secure = prepared.secure;
      if (serving.once) await serveOne(opener, serving, env);
      else await serveAll(opener, serving, env);
      return reporter.status;
    });
  } finally {
    await reporter.end();
  }
}

async function serveAll(
  opener: Opener,
  serving: ServeSettings,
  env: Env,
): Promise<void> {
  const listening = await opener.listen!({ signal: env.signal });
  const stop = () => listening.close();
  env.signal.addEventListener("abort", stop, { once: true });
  if (env.signal.aborted) stop();
  const playing = new Set<Promise<void>>();
  const most = serving.options.get(conncap) ?? Infinity;
  for await (const client of listening) {
    if (playing.size >= most) {
      env.log.warn(`a client was turned away: --conncap ${most} are being served`);
      turnAway(client);
      continue;
    }
    const played: Promise<void> = serveOne(client, serving, env)
      .catch((error) => {
        if (env.signal.aborted) return;
        if (error instanceof Answered) env.log.info(error.message);
        else env.log.failure(error);
      })
      .finally(() => playing.delete(played));
    playing.add(played);
  }
  await Promise.all(playing);
}

/** Drops a client without a byte. */
function turnAway(client: Opener): void {
  const signal = AbortSignal.abort(new Error("turned away"));
  client.open({ signal }).then((peer) => peer.close(), () => {});
}

/** Plays with one client. Throws why there was none. */
async function serveOne(
  opener: Opener,
  { part, settings, options, reporter, once }: ServeSettings,
  { signal }: Env,
): Promise<void> {
  const opening = await openFor(opener, signal);
  if (opening.error !== undefined) throw opening.error;
  const times = { began: new Date(), since: performance.now() };
  const client = opening.channel?.peer.info.client ?? "a client";
  const variables = variablesFrom(options);
  const all = { ...settings, variables, signal };
  const result = await playOpened(opening, client, part, all, times);
  if (!once) signal.throwIfAborted(); // Who ends the server has found no fault with its clients.
  await reporter.add(result);
  signal.throwIfAborted();
}

/** Says where clients find it. */
function announce(address: ListenAddress, secure: boolean, { options, log }: ServeSettings): void {
  if (address.proto !== "tcp") {
    log.note(`Listening on ${"path" in address ? address.path : "a socket"}`);
    return;
  }
  const at = formatHostPort({ hostname: address.ip, port: address.port });
  log.note(`Listening on ${secure ? "wss" : "ws"}://${at}/`);
  if (options.get(announceListening)) {
    const line = `LISTEN proto=tcp,ip=${address.ip},port=${address.port}\n`;
    print(line).catch((error) => log.failure(new WirecatError("other", String(error))));
  }
}
