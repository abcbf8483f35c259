/**
 * TLS as a server: `ssl-accept:`.
 *
 * @module
 */
import { connFromPeer, peerFromConn } from "../lib/core/conn.ts";
import {
  type Env,
  type Listener,
  listener,
  type Opener,
  type OpenRequest,
  overPeer,
  type TcpAddress,
} from "../lib/core/opener.ts";
import type { OverlayType } from "../lib/core/registry.ts";
import { formatRemote } from "../lib/net/address.ts";
import type { ListenTlsIdentity } from "../lib/tls/listen.ts";
import type { RenewableListener } from "../lib/tls/renewable_listener.ts";
import type { TlsServerSettings } from "../lib/tls/server.ts";
import { agreed } from "./tls_handshake.ts";
import { RenewableServer } from "./tls_renewal.ts";

function acceptOver(inner: Opener, env: Env): Opener {
  const server = new RenewableServer(env);
  const { tcp } = inner;
  const below = tcp !== undefined && inner.listen !== undefined
    ? listenSecurely(tcp, server, env)
    : after(server, inner);
  return overPeer(below, async (peer, { signal, trace }) => {
    const name = peer.info.client ?? peer.info.name;
    const info = { ...peer.info, name: `tls:${peer.info.name.replace(/^tls:/, "")}` };
    return await agreed(env, signal, `no TLS with ${name}`, info, async (signal) => {
      const { conn } = peer;
      if (conn === undefined || !("handshake" in conn)) {
        return await (await server.acceptor())(connFromPeer(peer), { name, signal, trace });
      }
      const { acceptTls } = await import("../lib/tls/accept.ts");
      return { conn: await acceptTls(conn as Deno.TlsConn, { name, signal, trace }) };
    }, peer);
  }, env.log);
}

/** The same opener, once the server's files have been read; they are read again at a SIGHUP. */
function after(server: RenewableServer, inner: Opener): Opener {
  const open = async (request: OpenRequest) => {
    await server.acceptor();
    await server.announce();
    return await inner.open(request);
  };
  if (inner.listen === undefined) return { open };
  const listen = async (request: OpenRequest) => {
    await server.acceptor();
    const listening = await inner.listen!(request);
    await server.announce();
    return closing(listening, server.renewing(() => Promise.resolve()));
  };
  return { open, listen };
}

/** The same listener; when it is closed, `close` is called. */
function closing(listening: Listener, close: () => void): Listener {
  return {
    [Symbol.asyncIterator]: () => listening[Symbol.asyncIterator](),
    close() {
      close();
      listening.close();
    },
  };
}

/**
 * Clients of a TCP port that have yet to shake hands: each a `Deno.TlsConn` where the runtime's
 * own TLS can do what is asked for, else a `Deno.TcpConn`.
 */
function listenSecurely(address: TcpAddress, server: RenewableServer, env: Env): Opener {
  return listener(async ({ signal }) => {
    const [settings, { acceptClients }, { addressRules }, secure] = await Promise.all([
      server.settings(),
      import("../lib/net/accept.ts"),
      import("../lib/net/address_rules.ts"),
      import("../lib/tls/listen.ts"),
    ]);
    const rules = await addressRules(env);
    const direct = server.simple && secure.canSendAtOnce();
    if (!direct) await server.acceptor();
    const [{ listenTcp }, { RenewableListener }, { setNoDelay }, { dropUnshaken }] = await Promise
      .all([
        import("../lib/net/listen.ts"),
        import("../lib/tls/renewable_listener.ts"),
        import("../lib/net/dial.ts"),
        import("../lib/tls/drop.ts"),
      ]);
    signal.throwIfAborted();
    const socket: Deno.TcpListener | RenewableListener = direct
      ? new RenewableListener(address, identityOf(settings))
      : listenTcp(address);
    const { hostname, port } = socket.addr as Deno.NetAddr;
    env.onListening?.({ proto: "tcp", ip: hostname, port });
    await server.announce({ hostname, port });
    const stop = server.renewing(async (settings) => {
      if ("renew" in socket) await socket.renew(identityOf(settings));
    });
    const listening = acceptClients<Deno.TlsConn | Deno.TcpConn>(
      socket,
      (conn) => {
        if (!("handshake" in conn)) setNoDelay(conn);
        const client = formatRemote(conn.remoteAddr);
        return peerFromConn(conn, { name: `tls:${client}`, client });
      },
      env.log,
      rules && ((conn) => {
        const admitted = rules(conn.remoteAddr.hostname);
        if (!admitted && "handshake" in conn) dropUnshaken(conn);
        return admitted;
      }),
    );
    return closing(listening, stop);
  }, env.log);
}

function identityOf({ identities: [identity], alpn }: TlsServerSettings): ListenTlsIdentity {
  return { ...identity, alpn };
}

/** `ssl-accept:`. */
export const acceptOverlay: OverlayType = {
  kind: "overlay",
  names: [
    "ssl-accept",
    "ssl-a",
    "tls-a",
    "tls-accept",
    "a-ssl",
    "accept-ssl",
    "accept-tls",
  ],
  orientation: "bytes",
  tls: "server",
  advanced: true,
  summary: "Speak TLS as a server over the connections below.",
  doc:
    "Needs a certificate with its key: --cert and --key, --pkcs12-der, or --self-signed. A client " +
    "that does not speak TLS is turned away; the others are served on. Directly over " +
    "tcp-listen: it is about twice as fast as over other connections. TLS 1.2 and 1.3.",
  examples: [
    "-b tls-accept:tcp-l:127.0.0.1:8443 mirror: --cert cert.pem --key key.pem",
  ],
  opener: acceptOver,
};
