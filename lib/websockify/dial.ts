/**
 * Connecting to the target of a session.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { dialTcp } from "../net/dial.ts";
import { dialUnix } from "../net/unix.ts";
import { formatTarget, type Target } from "./command_line.ts";

/** How many seconds connecting may take. */
const PATIENCE = 60;

/**
 * Connects. With `tls` it shakes hands, and takes any certificate, as websockify does.
 * Throws a `WirecatError`.
 */
export async function dialTarget(
  target: Target,
  tls: boolean,
  signal: AbortSignal,
): Promise<ByteConn> {
  const limit = new AbortController();
  const stop = () => limit.abort(signal.reason);
  const timer = setTimeout(
    () => limit.abort(new DOMException("no answer in time", "TimeoutError")),
    PATIENCE * 1000,
  );
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    const conn = target.kind === "unix"
      ? await dialUnix(target.path, formatTarget(target), limit.signal)
      : await dialTcp(target.hostname, target.port, limit.signal, { target: formatTarget(target) });
    if (!tls) return conn;
    const { tlsOverConn } = await import("../tls/connect.ts");
    return await tlsOverConn(conn, {
      serverName: target.kind === "tcp" ? target.hostname : undefined,
      insecure: true,
      name: formatTarget(target),
      truncation: "end",
      signal: limit.signal,
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
