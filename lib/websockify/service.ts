/**
 * What all clients of a websockify server share.
 *
 * @module
 */
import type { AuthPlugin } from "./auth_plugins.ts";
import type { Target } from "./command_line.ts";
import type { Journal } from "./journal.ts";
import type { TlsServer } from "./tls_server.ts";
import type { TokenPlugin } from "./token_plugins.ts";
import type { WebFiles } from "./web.ts";

/** Settings, plugins and files. */
export interface Service {
  /** Where sessions go, if tokens do not decide. */
  readonly target?: Target;
  /** What decides otherwise. */
  readonly tokens?: TokenPlugin;
  /** Whether the token is the Host header's name. */
  readonly hostToken: boolean;
  /** Whether the target is spoken to with TLS. */
  readonly tlsTarget: boolean;
  /** Who may connect. */
  readonly auth?: AuthPlugin;
  /** Whether that is asked for files, too. */
  readonly webAuth: boolean;
  /** The files that are served. */
  readonly files?: WebFiles;
  /** TLS for clients, if there is a certificate. */
  readonly tls?: TlsServer;
  /** Why there is no TLS. */
  readonly noTls: string;
  /** Whether clients without TLS are turned away. */
  readonly tlsOnly: boolean;
  /** How often Pings are sent, in seconds. */
  readonly heartbeat?: number;
  /** Where sessions are recorded, without their number. */
  readonly record?: string;
  /** Where `--traffic` prints to. */
  readonly traffic?: (signs: string) => void;
  /** The log. */
  readonly journal: Journal;
  /** Aborted when the server ends. */
  readonly signal: AbortSignal;
}

/** A client that was accepted. */
export interface Client {
  /** Its address, or what it came by. */
  readonly name: string;
  /** Its number, from 1. */
  readonly number: number;
  /** The log, for lines about it. */
  readonly journal: Journal;
  /** Calls back while the server must not end for idleness. */
  readonly busy: <T>(kind: "session" | "request", work: () => Promise<T>) => Promise<T>;
}
