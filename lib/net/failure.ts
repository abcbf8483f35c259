/**
 * What the system says when a connection or a listener cannot be made, in words that
 * tell what to do.
 *
 * @module
 */
import { type ErrorKind, reasonOf, WirecatError } from "../core/errors.ts";
import type { HostPort } from "./address.ts";

/** Why `target` could not be connected to; of kind `resolution`, `timeout` or `connection`. */
export function connectFailure(error: unknown, target: string, address: HostPort): WirecatError {
  const kind = kindOf(error);
  const hint = kind === "resolution"
    ? resolutionHint(address.hostname)
    : kind === "timeout"
    ? "the host is down, or a firewall drops what is sent to it"
    : error instanceof Deno.errors.ConnectionRefused
    ? `is a server listening on port ${address.port}?`
    : permissionHint(error);
  const reason = kind === "timeout" ? "no answer in time" : systemReason(error);
  return new WirecatError(kind, `cannot connect to ${target}: ${reason}`, { hint, cause: error });
}

/** Why nothing can listen on `target`; of kind `resolution` or `connection`. */
export function listenFailure(error: unknown, target: string, address: HostPort): WirecatError {
  const fail = (reason: string, hint?: string, kind: ErrorKind = "connection") =>
    new WirecatError(kind, `cannot listen on ${target}: ${reason}`, { hint, cause: error });
  if (isUnresolved(error)) {
    return fail(systemReason(error), resolutionHint(address.hostname), "resolution");
  }
  if (error instanceof Deno.errors.AddrInUse) {
    return fail(
      "the port is already in use",
      "stop what listens there, or choose another port (0 takes a free one)",
    );
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return fail(
      "this machine does not have that address",
      "127.0.0.1 is for this machine only, 0.0.0.0 is all of its addresses",
    );
  }
  if (error instanceof Deno.errors.PermissionDenied && address.port < 1024) {
    return fail(
      systemReason(error),
      "ports below 1024 are for privileged programs; choose another",
    );
  }
  return fail(systemReason(error), permissionHint(error));
}

/** What to do when Deno itself refuses. */
function permissionHint(error: unknown): string | undefined {
  return error instanceof Deno.errors.NotCapable
    ? "run wirecat with --allow-net, or -A"
    : undefined;
}

function kindOf(error: unknown): "resolution" | "timeout" | "connection" {
  if (isUnresolved(error)) return "resolution";
  const name = error instanceof Error ? error.name : "";
  return name === "TimedOut" || name === "TimeoutError" ? "timeout" : "connection";
}

/** How Rust's standard library begins the messages of `getaddrinfo`, on UNIX. */
const LOOKUP = /^failed to lookup address information:? ?/;

/** Whether a host name has no address. Deno has no class for it. */
function isUnresolved(error: unknown): boolean {
  return error instanceof Error &&
    (LOOKUP.test(error.message) || /^No such host is known/.test(error.message) ||
      /^No resolved address found/.test(error.message));
}

function systemReason(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "permission denied by Deno";
  return reasonOf(error).replace(LOOKUP, "").replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase());
}

function resolutionHint(hostname: string): string {
  return `is ${hostname} spelled right, and is its name server within reach?`;
}
