/**
 * Ending a connection whose TLS handshake is not over.
 *
 * @module
 */
import { closeQuietly } from "../core/conn.ts";
import { type Libc, libc, mayCallLibc } from "../ffi/libc.ts";
import { openDescriptors } from "../ffi/open_descriptors.ts";
import { parseIp, unmapped } from "../net/cidr.ts";

/** Both ends of a connection, as a text. */
type Ends = string;

/** Connections whose sockets are still to be shut down. */
const waiting = new Set<Ends>();
let timer: ReturnType<typeof setTimeout> | undefined;
let looked = -Infinity;

/** How long it is at least from one look at all descriptors to the next, in milliseconds. */
const PAUSE = 50;

/**
 * Closes `conn`, also where the other end says nothing: the runtime's `close()` keeps the socket
 * until the handshake is over, so that silent clients could hold any number of them. Its socket
 * is found by its two ends and shut down through the C library, where that may be called; at once,
 * or together with others a moment later where there are many.
 */
export function dropUnshaken(conn: Deno.TlsConn): void {
  const local = conn.localAddr as Deno.NetAddr;
  const remote = conn.remoteAddr as Deno.NetAddr;
  closeQuietly(conn);
  const ip = parseIp(remote.hostname);
  if (ip === undefined || !mayCallLibc()) return;
  waiting.add(endsOf(local.port, ip, remote.port));
  const rest = looked + PAUSE - performance.now();
  if (rest <= 0) shutDownWaiting();
  else timer ??= setTimeout(shutDownWaiting, rest);
}

function shutDownWaiting(): void {
  clearTimeout(timer);
  timer = undefined;
  const library = libc("ending a TLS handshake");
  for (const fd of openDescriptors()) {
    const ends = endsOfSocket(fd, library);
    if (ends !== undefined && waiting.has(ends)) library.shutdownBoth(fd);
  }
  waiting.clear();
  looked = performance.now();
}

function endsOfSocket(fd: number, library: Libc): Ends | undefined {
  const remotePort = library.remotePort(fd);
  if (remotePort === undefined) return undefined;
  return endsOf(library.localPort(fd)!, unmapped(library.remoteIp(fd)!), remotePort);
}

function endsOf(localPort: number, remoteIp: readonly number[], remotePort: number): Ends {
  return `${localPort} ${remoteIp.join(".")} ${remotePort}`;
}
