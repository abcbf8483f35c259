/**
 * TLS over any byte stream, and rules about its options.
 *
 * @module
 */
import { followRedirects, proxy } from "../lib/cli/proxy_options.ts";
import {
  alpn,
  caFile,
  cert,
  clientCert,
  clientPkcs12Der,
  pin,
  pkcs12Der,
  selfSigned,
  tlsCa,
  tlsCert,
  tlsDomain,
  tlsMin,
  tlsOptions,
  verifyClient,
} from "../lib/cli/tls_options.ts";
import { hasPart, lint, purpose } from "../lib/core/lints.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { connectOverlay } from "./tls_client.ts";
import { noteWebSocketServers } from "./tls_renewal.ts";
import { acceptOverlay } from "./tls_server.ts";

/** The overlays of TLS. */
export const family: SpecFamily = {
  specifiers: [
    connectOverlay,
    acceptOverlay,
    {
      kind: "alias",
      names: [
        "ssl-listen",
        "ssl-l",
        "tls-l",
        "tls-listen",
        "l-ssl",
        "listen-ssl",
        "l-tls",
        "listen-tls",
      ],
      argument: "ADDRESS:PORT",
      advanced: true,
      summary: "Listen for TLS clients on a TCP port: ssl-accept:tcp-listen:",
      examples: ["-b tls-l:127.0.0.1:8443 mirror: --pkcs12-der id.p12"],
      expand: (argument) => `ssl-accept:tcp-listen:${argument}`,
    },
  ],
  options: tlsOptions,
  fixups: [
    noteWebSocketServers,
    purpose({
      options: [pkcs12Der, tlsCert, selfSigned, verifyClient, caFile],
      isThere: (pair) => hasPart(pair, (part) => part.tls === "server"),
      what: "a TLS server",
      hint: "write wss-l:PORT, ssl-l:PORT or ssl-accept: before a listener",
      fatal: true,
    }),
    purpose({
      options: [clientPkcs12Der, clientCert, pin],
      isThere: (pair) => hasPart(pair, (part) => part.tls === "client"),
      what: "a TLS client",
      hint: "write wss://HOST/ or ssl:tcp:HOST:PORT",
      fatal: true,
    }),
    purpose({
      options: [cert],
      isThere: (pair) => hasPart(pair, (part) => part.tls !== undefined),
      what: "TLS",
      hint: "write wss-l:PORT to serve, or wss://HOST/ to connect",
      fatal: true,
    }),
    purpose({
      options: [tlsMin, alpn],
      isThere: (pair) => hasPart(pair, (part) => part.tls !== undefined),
      what: "TLS",
      hint: "write wss-l:PORT to serve, or wss://HOST/ to connect",
    }),
    purpose({
      options: [tlsCa],
      isThere: (pair, options) =>
        hasPart(pair, (part) => part.tls === "client") || options.given(proxy) ||
        options.get(followRedirects),
      what: "a TLS client",
      hint: "write wss://HOST/ or ssl:tcp:HOST:PORT; --cafile is for a server's clients",
    }),
    lint((pair, { options, warn }) => {
      const made = options.get(selfSigned) && hasPart(pair, (part) => part.tls === "server");
      if (!options.asked(tlsDomain) || made) return;
      if (hasPart(pair, (part) => part.tls === "client")) return;
      warn(
        "--tls-domain is for a TLS client, and there is none",
        "write wss://HOST/ or ssl:tcp:HOST:PORT",
      );
    }),
  ],
};
