/**
 * What is said of a connection in one line.
 *
 * @module
 */
import type { CloseStatus, PeerInfo } from "../core/peer.ts";
import type { Trace } from "../core/trace.ts";
import { describeClose } from "../websocket/close.ts";
import { printable } from "./printable.ts";

/** `connected to wss://h/ (127.0.0.1:443), TLSv1.3, subprotocol chat, in 12 ms`. */
export function connectedText(info: PeerInfo, trace: Trace, milliseconds: number): string {
  const { remote, proxy, tls } = trace;
  const parts = [`connected to ${info.name}${remote === undefined ? "" : ` (${remote})`}`];
  if (proxy !== undefined) parts.push(`through ${proxy}`);
  if (tls !== undefined) {
    parts.push((tls.version ?? "TLS") + (tls.verified === false ? " (not verified)" : ""));
  }
  if (info.protocol) parts.push(`subprotocol ${info.protocol}`);
  if (info.extensions) parts.push(info.extensions);
  parts.push(`in ${millisecondsText(milliseconds)}`);
  return printable(parts.join(", "));
}

/** `1 connected from 127.0.0.1:5000, /chat, subprotocol chat`. */
export function clientConnectedText(name: string, info: PeerInfo): string {
  const parts = [`${name} connected from ${info.client ?? info.name}`];
  if (info.user) parts.push(`as ${info.user}`);
  if (info.uri !== undefined && info.uri !== "/") parts.push(info.uri);
  if (info.protocol) parts.push(`subprotocol ${info.protocol}`);
  if (info.extensions) parts.push(info.extensions);
  return printable(parts.join(", "));
}

/** `closed by the server: 1000 (normal closure): bye`; `said` is what our side closed with first. */
export function closedText(ending: CloseStatus, said?: CloseStatus): string {
  if (said === undefined) return printable(`closed by the server: ${describeClose(ending)}`);
  const text = `closed by us: ${describeClose(said)}`;
  // Most answers repeat the code and leave the reason out.
  const repeated = ending.code === said.code && (ending.reason || said.reason) === said.reason;
  return printable(repeated ? text : `${text}, answered with ${describeClose(ending)}`);
}

/** A time in milliseconds: `0.4 ms`, `12 ms`, `1.50 s`. */
export function millisecondsText(milliseconds: number): string {
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** How long a connection has been open: `59 s`, `1 min 5 s`, `2 h 3 min`. */
export function ageText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
