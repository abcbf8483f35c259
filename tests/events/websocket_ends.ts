/**
 * One WebSocket over TCP on this machine, after its handshake.
 *
 * @module
 */
import type { Peer } from "../../lib/core/peer.ts";
import { type ConnectionOptions, webSocketPeer } from "../../lib/websocket/connection.ts";

const SETTINGS: Omit<ConnectionOptions, "role"> = {
  kind: "keep",
  maxFrame: 1 << 20,
  maxMessage: 1 << 20,
  sendClose: true,
  closeStatus: { code: 1005, reason: "" },
  closeTimeout: 5,
  maxPongs: Infinity,
  keepalive: {},
};

/** Its two ends: the client's, the server's. Each has the name of the other one. */
export async function webSocketEnds(): Promise<[client: Peer, server: Peer]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [server, client] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port: (listener.addr as Deno.NetAddr).port }),
  ]);
  const nothing = new Uint8Array(0);
  return [
    webSocketPeer(client, nothing, { name: "server" }, { ...SETTINGS, role: "client" }),
    webSocketPeer(server, nothing, { name: "client" }, { ...SETTINGS, role: "server" }),
  ];
}
