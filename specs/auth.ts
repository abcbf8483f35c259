/**
 * The options of logins, and what is said about them where they are of no use.
 *
 * @module
 */
import {
  allowAddress,
  allowOrigin,
  basicAuth,
  basicAuthFile,
  bearer,
  bearerFile,
  cookie,
  cookieJar,
  denyAddress,
  netrc,
  requireBasicAuth,
  requireBearer,
  requireOrigin,
  user,
} from "../lib/cli/auth_options.ts";
import { usageError } from "../lib/core/errors.ts";
import { hasNamed, lint, purpose } from "../lib/core/lints.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

const CLIENTS = ["ws", "wss", "ws-connect", "http", "https", "http-request"];

/** The options of logins. */
export const family: SpecFamily = {
  specifiers: [],
  options: [
    user,
    basicAuth,
    basicAuthFile,
    bearer,
    bearerFile,
    netrc,
    cookie,
    cookieJar,
    requireBasicAuth,
    requireBearer,
    allowOrigin,
    requireOrigin,
    allowAddress,
    denyAddress,
  ],
  fixups: [
    purpose({
      // Not --basic-auth, which may come from the environment.
      options: [user, basicAuthFile, bearer, bearerFile, netrc],
      isThere: (pair) => hasNamed(pair, ...CLIENTS),
      what: "a client",
      hint: "a server asks for logins with --require-basic-auth and --require-bearer",
    }),
    purpose({
      options: [cookie, cookieJar],
      isThere: (pair) => hasNamed(pair, ...CLIENTS),
      what: "a client",
      hint: "write ws://HOST/ or http://HOST/ for one",
    }),
    // Whoever asks for protection must not run without it.
    purpose({
      options: [requireBasicAuth, requireBearer, allowOrigin, requireOrigin],
      isThere: (pair) => hasNamed(pair, "ws-upgrade", "http-post-sse"),
      what: "a WebSocket or HTTP server",
      hint: "write ws-l:PORT for one",
      fatal: true,
    }),
    purpose({
      options: [allowAddress, denyAddress],
      isThere: (pair) => hasNamed(pair, "tcp-listen"),
      what: "a server on a TCP port",
      hint: "write tcp-l:PORT or ws-l:PORT for one; UNIX sockets have --chmod-owner and the like",
      fatal: true,
    }),
    lint((_pair, { options }) => {
      if (options.get(requireOrigin) && !options.given(allowOrigin)) {
        throw usageError(
          "--require-origin needs --allow-origin",
          "--allow-origin '*' takes any origin",
        );
      }
    }),
  ],
};
