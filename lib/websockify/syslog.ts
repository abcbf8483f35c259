/**
 * `--syslog`: the log as syslog messages, to a UNIX datagram socket or with UDP.
 *
 * @module
 */
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import type { Severity, Sink } from "./journal.ts";

/** The facility "system daemons" (RFC 5424, section 6.2.1). */
const DAEMON = 3;
const NAME = "websockify";

/** One message (RFC 5424, section 6, or RFC 3164, section 4). */
export function syslogMessage(
  line: string,
  severity: Severity,
  { date, host, pid, legacy }: { date: Date; host: string; pid: number; legacy: boolean },
): string {
  const priority = `<${DAEMON * 8 + severity}>`;
  if (legacy) return `${priority}${legacyTime(date)} ${NAME}[${pid}]: ${line}`;
  return `${priority}1 ${date.toISOString()} ${host} ${NAME} ${pid} - - ${line}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function legacyTime(date: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2)} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Sends to `server`: a socket's path, or `HOST:PORT`. Throws a `WirecatError`. */
export async function syslogSink(server: string, legacy: boolean): Promise<Sink> {
  const socket = server.includes("/") ? await unixSocket(server) : await udpSocket(server);
  const host = hostname();
  const encoder = new TextEncoder();
  return {
    write(line, severity) {
      const about = { date: new Date(), host, pid: Deno.pid, legacy };
      socket.send(encoder.encode(syslogMessage(line, severity, about)));
    },
    close: () => socket.close(),
  };
}

interface DatagramSocket {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): Promise<void> | void;
}

/** How many lines wait to be sent; more are lost. */
const MOST_WAITING = 1000;

/** Sends one after another: datagrams that are handed over at once may leave in another order. */
function inOrder(
  send: (bytes: Uint8Array, done: () => void) => void,
  close: () => void,
): DatagramSocket {
  let waiting = 0;
  let last = Promise.resolve();
  return {
    send(bytes) {
      if (waiting === MOST_WAITING) return;
      waiting++;
      last = last.then(() => new Promise<void>((resolve) => send(bytes, resolve)))
        .then(() => void waiting--);
    },
    close: () => last.then(close),
  };
}

function hostname(): string {
  try {
    return Deno.hostname() || "-";
  } catch {
    return "-";
  }
}

async function udpSocket(server: string): Promise<DatagramSocket> {
  const match = /^\[?([^\]]+)\]?:(\d{1,5})$/.exec(server);
  if (match === null) {
    throw usageError(`--syslog: '${server}' is neither a path such as /dev/log nor HOST:PORT`);
  }
  const { createSocket } = await import("node:dgram");
  const { lookup } = await import("node:dns/promises");
  const port = Number(match[2]);
  try {
    const { address, family } = await lookup(match[1]);
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    socket.on("error", () => {}); // A log that nobody takes must not end the service.
    await new Promise<void>((resolve) => socket.connect(port, address, () => resolve()));
    socket.unref();
    return inOrder(
      (bytes, done) => socket.send(bytes, done),
      () => socket.close(),
    );
  } catch (cause) {
    throw new WirecatError("resolution", `--syslog: ${match[1]}: ${reasonOf(cause)}`, { cause });
  }
}

async function unixSocket(path: string): Promise<DatagramSocket> {
  const [{ poller }, { addressOf }, { DGRAM }, { newSocket, connectSocket }] = await Promise.all([
    import("../ffi/poller.ts"),
    import("../ffi/libc.ts"),
    import("../ffi/numbers.ts"),
    import("../ffi/unix_socket.ts"),
  ]);
  const shown = `--syslog ${path}`;
  const waits = poller(shown);
  const { libc } = waits;
  const fd = newSocket(libc, DGRAM, shown);
  try {
    await connectSocket(
      waits,
      fd,
      { text: path, abstract: false },
      shown,
      new AbortController().signal,
    );
  } catch (error) {
    libc.close(fd);
    throw error;
  }
  return {
    // What does not fit at once is lost: the service does not wait for its log.
    send: (bytes) => void libc.send(fd, addressOf(bytes), bytes.length),
    close: () => void libc.close(fd),
  };
}
