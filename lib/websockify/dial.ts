/**
 * Connecting to the target of a session.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import { dialTcp } from "../net/dial.ts";
import { withTimeLimit } from "../net/time_limit.ts";
import { dialUnix } from "../net/unix.ts";
import { formatTarget, type Target } from "./command_line.ts";

/** How many seconds connecting may take. */
const PATIENCE = 60;

/**
 * Connects. With `tls` it shakes hands, and takes any certificate, as websockify does.
 * Throws a `WirecatError`.
 */
export function dialTarget(
  target: Target,
  tls: boolean,
  signal: AbortSignal,
): Promise<ByteConn> {
  const name = formatTarget(target);
  const late = () =>
    new WirecatError("timeout", `cannot connect to ${name}: no answer in time`, {
      hint: "the host is down, or a firewall drops what is sent to it",
    });
  return withTimeLimit(PATIENCE, signal, late, async (signal) => {
    const conn = target.kind === "unix"
      ? await dialUnix(target.path, name, signal)
      : await dialTcp(target.hostname, target.port, signal, { target: name });
    if (!tls) return conn;
    const { tlsOverConn } = await import("../tls/connect.ts");
    return await tlsOverConn(conn, {
      serverName: target.kind === "tcp" ? target.hostname : undefined,
      insecure: true,
      name,
      truncation: "end",
      signal,
    });
  });
}
