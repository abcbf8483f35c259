/**
 * Peers over descriptors that no other specifier opens: devices, and what was inherited.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { peerFromConn, writeAll } from "../core/conn.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { Env } from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { derivePeer } from "../core/streams.ts";
import { errno } from "./errno.ts";
import { FdConn, type FdTraits } from "./fd.ts";
import { takeInherited } from "./inherited.ts";
import type { Libc } from "./libc.ts";
import { DGRAM, platform, READ_WRITE, STREAM } from "./numbers.ts";
import { packetPeer } from "./packets.ts";
import { poller } from "./poller.ts";
import type { PacketLimits } from "./packets.ts";

/** The longest message that a read of an endless device makes, in bytes. */
const DEFAULT_READ = 64 * 1024;

/** Opens a device, a terminal or a named pipe for reading and writing, without waiting for its other end. */
export function openDevice(path: string, limits: PacketLimits): Peer {
  const shown = `open-async:${path}`;
  const waits = poller("open-async:");
  const { libc } = waits;
  refuse(path, shown);
  const fd = libc.openDevice(path);
  if (fd < 0) {
    throw new WirecatError(
      "connection",
      `cannot open ${path} for reading and writing: ${reasonOf(libc.error(fd))}`,
      { hint: fd === -errno.ENXIO ? "for a socket there is unix:" : undefined },
    );
  }
  const conn = new FdConn(fd, waits, { socket: false, nonBlocking: true, access: READ_WRITE });
  return peerOfCalls(conn, { name: shown }, limits);
}

/**
 * A peer each of whose messages is one `write`, as far as it is taken: some devices
 * look at the bounds of calls.
 */
function peerOfCalls(conn: FdConn, info: PeerInfo, limits: PacketLimits): Peer {
  const peer = peerFromConn(conn, info, { maxRead: limits.maxMessage ?? DEFAULT_READ });
  const writable = new WritableStream<Batch>({
    async write(batch) {
      for (let i = 0; i < batch.length; i++) {
        if (batch.end(i) > batch.start(i)) await writeAll(conn, batch.message(i));
      }
    },
    close: () => conn.closeWrite(),
  }, { highWaterMark: 1 });
  return derivePeer(peer, { writable });
}

function refuse(path: string, shown: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    throw new WirecatError("connection", `cannot open ${path}: ${reasonOf(error)}`, {
      hint: error instanceof Deno.errors.NotFound ? "the file has to exist" : undefined,
      cause: error,
    });
  }
  if (info.isFile || info.isDirectory) {
    throw new WirecatError(
      "connection",
      `${shown} is a ${info.isFile ? "regular file" : "directory"}, not a device or a pipe`,
      { hint: info.isFile ? "use readfile:, writefile: or appendfile: for files" : undefined },
    );
  }
}

/** Takes over the inherited descriptor `fd`, whatever it is. */
export function openInherited(fd: number, limits: PacketLimits, env: Env): Peer {
  const shown = `open-fd:${fd}`;
  const waits = poller("open-fd:");
  const { libc } = waits;
  takeInherited(fd, shown, libc);
  const type = libc.socketOption(fd, platform.SO_TYPE);
  if (type >= 0 && libc.socketOption(fd, platform.SO_ACCEPTCONN) > 0) {
    throw new WirecatError("connection", `${shown} is a listening socket`, {
      hint: `listen on it with --accept-from-fd and unix-l:${fd} or tcp-l:${fd}`,
    });
  }
  const info = { name: shown };
  if (type >= 0 && type !== STREAM) {
    const connected = type !== DGRAM;
    return packetPeer({ fd, poller: waits, info, log: env.log, connected, ...limits });
  }
  return peerOfCalls(new FdConn(fd, waits, traits(fd, type >= 0, libc)), info, limits);
}

function traits(fd: number, socket: boolean, libc: Libc): FdTraits {
  return {
    socket,
    nonBlocking: libc.seekable(fd),
    access: libc.accessMode(fd),
    keep: fd <= 2,
  };
}
