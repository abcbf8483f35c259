/**
 * Listening for clients.
 *
 * @module
 */
import { offAbort, onAbort } from "../core/abort.ts";
import { usageError } from "../core/errors.ts";
import { Answered, type ListenAddress, type Listener, type Opener } from "../core/opener.ts";
import type { Orientation } from "../core/registry.ts";
import { listens, opener, orientation, parseSpecifier } from "../core/specifier.ts";
import { registry } from "../../specs/mod.ts";
import { Connection } from "./connection.ts";
import { environment, type Settings } from "./settings.ts";

/** What {@linkcode listen} may be told. */
export interface ListenSettings extends Settings {
  /** Told why a client did not get through its handshake; the others are served on. */
  readonly onRefused?: (error: unknown) => void;
}

/** How many clients wait to be taken, their handshakes done, before no more are accepted. */
const BACKLOG = 64;

/** Clients as they come. Iterate over it; {@linkcode Server.close} ends that. */
export class Server implements AsyncIterable<Connection> {
  /** What is listened on. */
  readonly address: ListenAddress;
  readonly #listening: Listener;
  readonly #ready: Connection[] = [];
  readonly #orientation: Orientation;
  readonly #settings: ListenSettings;
  readonly #signal: AbortSignal;
  readonly #stop = () => this.#listening.close();
  #open = 0;
  #over = false;
  #changed = Promise.withResolvers<void>();

  /** Made by {@linkcode listen}. */
  constructor(
    listening: Listener,
    address: ListenAddress,
    orientation: Orientation,
    settings: ListenSettings,
    signal: AbortSignal,
  ) {
    this.#listening = listening;
    this.address = address;
    this.#orientation = orientation;
    this.#settings = settings;
    this.#signal = signal;
    onAbort(signal, this.#stop);
    this.#accept();
  }

  /** Stops listening. Connections live on; those that nobody has taken are closed. */
  close(): void {
    this.#listening.close();
  }

  /** Stops listening at the end of a scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The clients, when their handshakes are done. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, void, void> {
    while (!this.#over || this.#ready.length > 0 || this.#open > 0) {
      const next = this.#ready.shift();
      const changed = this.#changed.promise;
      if (next === undefined) {
        await changed;
      } else {
        this.#change();
        yield next;
      }
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listening) {
        this.#open++;
        this.#shake(client);
        while (this.#open + this.#ready.length >= BACKLOG) await this.#changed.promise;
      }
    } catch (error) {
      this.#settings.onRefused?.(error);
    }
    this.#over = true;
    offAbort(this.#signal, this.#stop);
    this.#change();
  }

  /** Handshakes run beside each other: no client waits for another one's. */
  async #shake(client: Opener): Promise<void> {
    try {
      const peer = await client.open({ signal: this.#signal });
      this.#ready.push(new Connection(peer, this.#orientation));
    } catch (error) {
      if (!(error instanceof Answered)) this.#settings.onRefused?.(error);
    }
    this.#open--;
    this.#change();
  }
}

/**
 * Listens as a specifier says: `ws-listen:127.0.0.1:8080`, `tcp-listen:0`. Resolves when it does.
 *
 * ```ts
 * import { listen } from "jsr:@wirecat/wirecat/lib";
 *
 * for await (const client of await listen("ws-listen:127.0.0.1:8080")) {
 *   client.readable.pipeTo(client.writable); // an echo
 * }
 * ```
 */
export async function listen(specifier: string, settings: ListenSettings = {}): Promise<Server> {
  const parsed = parseSpecifier(specifier, registry);
  if (!listens(parsed)) {
    throw usageError(`${specifier} does not wait for clients`, "connect() opens it");
  }
  let address: ListenAddress | undefined;
  const env = environment(settings, registry, (bound) => address ??= bound);
  const listening = await opener(parsed, env).listen!({ signal: env.signal });
  return new Server(listening, address!, orientation(parsed), settings, env.signal);
}
