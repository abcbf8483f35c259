/**
 * What a websockify server listens on.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import type { OptionValues } from "../core/option.ts";
import { ANY, formatHostPort, formatRemote, type HostPort } from "../net/address.ts";
import { setNoDelay } from "../net/dial.ts";
import { listenTcp } from "../net/listen.ts";
import type { ListeningSocket } from "../net/accept.ts";
import { inetd, preferIpv6, sslOnly, unixListen } from "./options.ts";
import type { TlsServer } from "./tls_server.ts";

/** A client's connection. */
export interface Arrival {
  /** Its bytes; inside TLS for {@linkcode Source.secure}, where the handshake is still to be done. */
  readonly conn: ByteConn;
  /** The client's address, or what it came by. */
  readonly name: string;
  /** Turns the client away. */
  close(): void;
}

/** A listening socket. */
export interface Source extends ListeningSocket<Arrival> {
  /** What it listens on, for people. */
  readonly name: string;
  /** The port, where there is one. */
  readonly port?: number;
  /** Whether connections are the runtime's own TLS ones. */
  readonly secure: boolean;
}

/** Listens. Throws a `WirecatError`. */
export async function openSource(
  address: HostPort | undefined,
  options: OptionValues,
  tls: TlsServer | undefined,
): Promise<Source> {
  const path = options.get(unixListen);
  if (path !== undefined) {
    const [{ listenUnix }, { parseSocketPath }] = await Promise.all([
      import("../net/unix.ts"),
      import("../net/socket_path.ts"),
    ]);
    const name = `unix socket ${path}`;
    const socket = await listenUnix(parseSocketPath(path, "--unix-listen"), name, { unlink: true });
    return sourceOf(socket, name, (conn) => ({ conn, name }));
  }
  if (options.get(inetd)) return await inherited();
  const resolved = await resolve(address!, options.get(preferIpv6));
  if (options.get(sslOnly) && tls?.simple) {
    const { listenTls } = await import("../tls/listen.ts");
    const listener = listenTls(resolved, tls.identity);
    return tcpSource(listener, resolved, true);
  }
  return tcpSource(listenTcp(resolved), resolved, false);
}

function tcpSource(
  listener: Deno.TcpListener | Deno.TlsListener,
  asked: HostPort,
  secure: boolean,
): Source {
  const { port } = listener.addr as Deno.NetAddr;
  const hostname = asked.hostname === ANY ? "" : asked.hostname;
  return sourceOf<Deno.TcpConn | Deno.TlsConn>(
    listener,
    formatHostPort({ hostname, port }),
    (conn) => {
      if ("setNoDelay" in conn) setNoDelay(conn as Deno.TcpConn);
      if ("setKeepAlive" in conn) keepAlive(conn as Deno.TcpConn);
      return { conn, name: formatRemote(conn.remoteAddr as Deno.NetAddr) };
    },
    port,
    secure,
  );
}

function keepAlive(conn: Deno.TcpConn): void {
  try {
    conn.setKeepAlive(true);
  } catch {
    // The client has gone already; reading will tell.
  }
}

function sourceOf<C extends { close(): void }>(
  socket: ListeningSocket<C>,
  name: string,
  arrival: (conn: C) => Omit<Arrival, "close">,
  port?: number,
  secure = false,
): Source {
  return {
    name,
    port,
    secure,
    async accept() {
      const conn = await socket.accept();
      return { ...arrival(conn), close: () => conn.close() };
    },
    close: () => socket.close(),
  };
}

/** The socket that is standard input. */
async function inherited(): Promise<Source> {
  const [{ listenerFromFd }, { FdConn }, { READ_WRITE }, { poller }] = await Promise.all([
    import("../ffi/listen_fd.ts"),
    import("../ffi/fd.ts"),
    import("../ffi/numbers.ts"),
    import("../ffi/poller.ts"),
  ]);
  const socket = listenerFromFd("0", "--inetd");
  const traits = { socket: true, nonBlocking: true, access: READ_WRITE };
  return sourceOf(socket, "the socket of inetd", ({ fd, client }) => ({
    conn: new FdConn(fd, poller("--inetd"), traits),
    name: client ?? "a client",
  }));
}

/** The address of a name in the family that is wanted, where it has one. */
async function resolve(address: HostPort, ipv6: boolean): Promise<HostPort> {
  const { hostname, port } = address;
  if (hostname === ANY) return ipv6 ? { hostname: "::", port } : address;
  if (hostname.includes(":") || /^[\d.]+$/.test(hostname)) return address;
  const { lookup } = await import("node:dns/promises");
  try {
    return { hostname: (await lookup(hostname, { family: ipv6 ? 6 : 4 })).address, port };
  } catch {
    return address; // It may have one of the other family, or the error is told by who listens.
  }
}
