/** `http-post-sse:tcp-l:` on a free port, and clients of it. */
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Registry } from "../../lib/core/registry.ts";
import type { Listener, Opener, OpenRequest } from "../../lib/core/opener.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { family as http } from "../../specs/http.ts";
import { family as tcp } from "../../specs/tcp.ts";
import { request, testEnv, Wait } from "../peers.ts";

export class SseClients implements AsyncDisposable {
  readonly #peers = new Wait<Peer>();
  readonly #failures = new Wait<unknown>();
  readonly #port = Promise.withResolvers<number>();
  readonly #listening: Promise<Listener>;
  readonly #done: Promise<void>;

  constructor(options: Record<string, unknown> = {}) {
    const registry = new Registry([http, tcp]);
    const env = {
      ...testEnv(options, [http, tcp]),
      onListening: (address: { proto: string; port?: number }) => this.#port.resolve(address.port!),
    };
    const specifier = parseSpecifier("http-post-sse:tcp-l:127.0.0.1:0", registry);
    this.#listening = opener(specifier, env).listen!(request());
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    const opening: Promise<void>[] = [];
    for await (const client of await this.#listening) opening.push(this.#open(client, request()));
    await Promise.all(opening);
  }

  async #open(client: Opener, request: OpenRequest): Promise<void> {
    try {
      this.#peers.put(await client.open(request));
    } catch (error) {
      this.#failures.put(error);
    }
  }

  /** The next client whose request was taken. */
  peer(): Promise<Peer> {
    return this.#peers.take();
  }

  /** The next error that a client was turned away with. */
  failure(): Promise<unknown> {
    return this.#failures.take();
  }

  /** Where the server listens. */
  get port(): Promise<number> {
    return this.#port.promise;
  }

  async fetch(init: RequestInit): Promise<Response> {
    return await fetch(`http://127.0.0.1:${await this.#port.promise}/path?x`, init);
  }

  async connect(): Promise<Deno.TcpConn> {
    return await Deno.connect({ hostname: "127.0.0.1", port: await this.#port.promise });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    (await this.#listening).close();
    await this.#done;
  }
}
