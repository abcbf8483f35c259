/**
 * WebSocket endpoints as the program opens them, on a free port of this machine.
 *
 * @module
 */
import type { Listener } from "../../lib/core/opener.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { registry } from "../../specs/mod.ts";
import { request, type TestEnv, testEnv } from "../peers.ts";

/** Option values by long name. */
export type Options = Record<string, unknown>;

/** A server that listens. */
export interface Server extends Disposable {
  /** Where to connect. */
  readonly url: string;
  /** Opens the next client; fails if its handshake does. */
  next(): Promise<Peer>;
  /** Where its diagnostics go. */
  readonly env: TestEnv;
}

/** Listens with `ws-l:`. */
export async function serve(options: Options = {}): Promise<Server> {
  let port = 0;
  const env: TestEnv = {
    ...testEnv(options),
    registry,
    onListening: (address) => {
      if (address.proto === "tcp") port = address.port;
    },
  };
  const made = opener(parseSpecifier("ws-l:127.0.0.1:0", registry), env);
  const listener: Listener = await made.listen!(request());
  const clients = listener[Symbol.asyncIterator]();
  return {
    url: `ws://127.0.0.1:${port}/`,
    env,
    async next() {
      return await (await clients.next()).value!.open(request());
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

/** Connects with `ws:`. */
export async function connectTo(
  url: string,
  options: Options = {},
  controller?: AbortController,
): Promise<Peer> {
  const env = { ...testEnv(options), registry };
  return await opener(parseSpecifier(url, registry), env).open(request(controller));
}

/** Sends back what comes until the other end closes. */
export async function echo(peer: Peer): Promise<void> {
  const reader = peer.readable.getReader();
  const writer = peer.writable.getWriter();
  writer.closed.catch(() => {}); // Whoever closed first decides.
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    await writer.write(value);
  }
  await peer.close();
}
