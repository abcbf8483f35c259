/**
 * Serving with the native engine.
 *
 * @module
 */
import { connector, type Listener, type Opener, type TcpAddress } from "../core/opener.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { HeaderField } from "../http/head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import type { ConnectionOptions } from "./connection.ts";
import { chooseProtocol, protocolList } from "./handshake.ts";
import { nativePeer } from "./native.ts";

/** What a native server is told. */
export interface NativeServerSettings {
  /** Where to listen. */
  readonly address: TcpAddress;
  /** The only path (with its query) that is served. */
  readonly restrictUri?: string;
  /** The only subprotocol that is spoken. */
  readonly protocol?: string;
  /** Further header fields of responses. */
  readonly headers: readonly HeaderField[];
  /** How connections behave. */
  readonly connection: ConnectionOptions;
  /** Called with the address when it is bound. */
  readonly onListening: (ip: string, port: number) => void;
}

/** Listens. Throws `connection` if the port cannot be had. */
export function listenNative(settings: NativeServerSettings): Listener {
  const { address } = settings;
  const waiting: Opener[] = [];
  let wake = () => {};
  let closed = false;
  let server: Deno.HttpServer<Deno.NetAddr>;
  const handle = (request: Request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    const { hostname, port } = remoteAddr;
    const client = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
    try {
      return upgrade(request, client, settings, (opener) => {
        waiting.push(opener);
        wake();
      });
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      const headers = [...settings.headers, ...error.headers].map((
        [n, v],
      ): [string, string] => [n, v]);
      return new Response(error.message + "\n", { status: error.status, headers });
    }
  };
  try {
    server = Deno.serve({
      hostname: address.hostname,
      port: address.port,
      onListen: ({ hostname, port }) => settings.onListening(hostname, port),
    }, handle);
  } catch (cause) {
    throw new WirecatError(
      "connection",
      `cannot listen on ${address.hostname}:${address.port}: ${reasonOf(cause)}`,
      { cause },
    );
  }
  return {
    close() {
      if (closed) return;
      closed = true;
      server.shutdown().catch(() => {});
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!;
        if (closed) return;
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
  };
}

function upgrade(
  request: Request,
  client: string,
  settings: NativeServerSettings,
  give: (opener: Opener) => void,
): Response {
  const url = new URL(request.url);
  const uri = url.pathname + url.search;
  if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
    throw new HttpRefusal(426, "Only WebSocket clients are served here.", [
      ["Upgrade", "websocket"],
    ]);
  }
  if (settings.restrictUri !== undefined && uri !== settings.restrictUri) {
    throw new HttpRefusal(404, `There is no WebSocket at ${uri}.`);
  }
  const offered = protocolList(request.headers.get("Sec-WebSocket-Protocol"));
  const protocol = chooseProtocol(offered, settings.protocol);
  // The request's own header fields cannot be read once it is upgraded.
  const headers = new Headers(request.headers);
  const { socket, response } = Deno.upgradeWebSocket(request, { protocol, idleTimeout: 0 });
  for (const [name, value] of settings.headers) response.headers.append(name, value);
  const info = { name: `the client ${client}`, client, uri, headers: () => headers, protocol };
  socket.onopen = () => {
    const peer = nativePeer(socket, info, settings.connection);
    give(connector(() => Promise.resolve(peer)));
  };
  return response;
}
