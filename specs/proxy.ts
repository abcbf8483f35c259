/**
 * `http-connect:` and `proxy-protocol:`; the options for proxies, before a client and before a
 * server.
 *
 * @module
 */
import { bufferSize, handshakeTimeout } from "../lib/cli/options.ts";
import {
  acceptProxyProtocol,
  followRedirects,
  forwardedHeader,
  maxRedirects,
  noProxy,
  proxy,
  proxyHeader,
  proxyOptions,
  proxyTlsOptions,
  proxyUser,
  routeOptions,
  trustForwarded,
} from "../lib/cli/proxy_options.ts";
import { socks5, socks5Destination } from "../lib/cli/socks_options.ts";
import { headerFields } from "../lib/cli/websocket_options.ts";
import { connFromPeer, peerFromConn } from "../lib/core/conn.ts";
import { usageError, WirecatError } from "../lib/core/errors.ts";
import type { Fixup, SpecifierPair } from "../lib/core/fixups.ts";
import { hasNamed, purpose } from "../lib/core/lints.ts";
import { Answered, type Env, overPeer } from "../lib/core/opener.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { EndpointType, OverlayType, SpecFamily } from "../lib/core/registry.ts";
import type { Specifier } from "../lib/core/specifier.ts";
import { formatHostPort } from "../lib/net/address.ts";
import { parseProxy } from "../lib/proxy/address.ts";
import { parseDestination } from "../lib/socks/destination.ts";
import { connect } from "./tcp.ts";

const connectOverlay: OverlayType = {
  kind: "overlay",
  names: ["http-connect", "proxy"],
  orientation: "bytes",
  advanced: true,
  summary: "Ask the HTTP proxy below to connect to --proxy-destination.",
  doc: "With --proxy-user it logs in (basic authentication). For a ws://, wss:// or tcp: address " +
    "the option --proxy does all of this by itself.",
  examples: [
    "- http-connect:tcp:127.0.0.1:3128 --proxy-destination example.org:22",
    "- http-connect:tls:tcp:proxy.example.org:443 --proxy-destination example.org:22",
  ],
  opener(inner, env) {
    const { options } = env;
    const text = options.get(socks5Destination);
    if (text === undefined) {
      throw usageError(
        "http-connect: does not know the other end",
        "give --proxy-destination HOST:PORT",
      );
    }
    const destination = parseDestination(text, "--proxy-destination");
    const headers = headerFields(options, proxyHeader);
    return overPeer(inner, async (peer, { signal }) => {
      const { requestTunnel } = await import("../lib/proxy/http_connect.ts");
      const { parseLogin } = await import("../lib/proxy/address.ts");
      const login = options.get(proxyUser);
      const conn = await requestTunnel(connFromPeer(peer), {
        destination,
        credentials: login === undefined ? undefined : parseLogin(login, "http", "--proxy-user"),
        headers,
        name: `the HTTP proxy ${peer.info.name}`,
        timeout: options.get(handshakeTimeout),
        signal,
      });
      const name = `${formatHostPort(destination)} through ${peer.info.name}`;
      return peerFromConn(conn, { ...peer.info, name }, { onClose: () => peer.close() });
    }, env.log);
  },
};

const protocolOverlay: OverlayType = {
  kind: "overlay",
  names: ["proxy-protocol"],
  orientation: "bytes",
  advanced: true,
  summary: "Take the client's address from the PROXY protocol header of each connection below.",
  doc: "Versions 1 and 2, as haproxy, nginx, and load balancers send them. The header has to be " +
    "there: nobody but the proxy should be able to connect. --accept-proxy-protocol ADDRESSES names " +
    "whom to expect it from; connections from others are taken as they are. That option also puts " +
    "this overlay in by itself.",
  examples: ["ws-u:proxy-protocol:tcp-l:127.0.0.1:8080 mirror:"],
  opener(inner, env) {
    const { options, log } = env;
    return overPeer(inner, async (peer, { signal }) => {
      const { client: from = peer.info.name } = peer.info;
      if (!await isExpectedFrom(peer, options.get(acceptProxyProtocol))) return peer;
      const { acceptHeader } = await import("../lib/proxy/accept_header.ts");
      try {
        const { conn, client } = await acceptHeader(connFromPeer(peer), {
          from,
          timeout: options.get(handshakeTimeout),
          signal,
        });
        if (client !== undefined) log.info(`${from} passes on a connection of ${client}`);
        const info = client === undefined ? peer.info : { ...peer.info, name: client, client };
        return peerFromConn(conn, info, {
          maxRead: options.get(bufferSize),
          onClose: () => peer.close(),
        });
      } catch (error) {
        // One client's mistake is no failure of the server.
        if (inner.listen === undefined || !(error instanceof WirecatError)) throw error;
        throw new Answered(error.message);
      }
    }, log);
  },
};

/** Whether whoever is at the other end has to send the header. */
async function isExpectedFrom({ info }: Peer, addresses = ""): Promise<boolean> {
  if (addresses === "") return true;
  const { isTrusted, parseTrusted } = await import("../lib/http/forwarded.ts");
  return isTrusted(info.client, parseTrusted([addresses], "--accept-proxy-protocol"));
}

// --- Rules ---

/** The endpoints that have a URL, for which `--proxy` is first of all. */
const URLS = ["ws", "wss", "http", "https"];

const sidesOf = ({ left, right }: SpecifierPair): Specifier[] => [left, right];
const isTcp = ({ endpoint }: Specifier) => endpoint.names[0] === "tcp";

/**
 * A proxy is for the URLs of a command line; where there is none, for its `tcp:`. `--socks5` takes
 * one client only, as websocat's does.
 */
const throughProxy: Fixup = {
  when: "after",
  apply(pair, { options }) {
    const text = options.get(proxy);
    if (text) parseProxy(text, "--proxy"); // A wrong one is told at once.
    const option = options.given(socks5) ? "--socks5" : "--proxy";
    if (!options.given(socks5) && !text) return pair;
    const urls = sidesOf(pair).filter(({ endpoint }) => URLS.includes(endpoint.names[0]));
    const count = urls.length > 0 ? urls.length : sidesOf(pair).filter(isTcp).length;
    if (count === 0) {
      throw usageError(
        `${option} is for a ws:// or wss:// client, http: or tcp:, and there is none`,
        "for others, write socks5-connect: or http-connect: over the way to the proxy",
      );
    }
    if (count === 2 && options.given(socks5)) {
      throw usageError(
        "--socks5 is for one ws:// or wss:// client, and there are two",
        "--proxy socks5h://HOST:PORT is for both, but for hosts of --noproxy",
      );
    }
    if (urls.length > 0) return pair;
    return { left: proxied(pair.left), right: proxied(pair.right) };
  },
};

/** The same, with a `tcp:` that goes through the proxy. */
function proxied(specifier: Specifier): Specifier {
  if (!isTcp(specifier)) return specifier;
  const endpoint: EndpointType = {
    ...specifier.endpoint,
    opener: (argument: string, env: Env) => connect(argument, env, true),
  };
  return { ...specifier, endpoint };
}

/** Puts `proxy-protocol:` over a listener, below all else. */
const acceptHeaders: Fixup = {
  when: "before",
  apply(pair, { options, registry, warn }) {
    if (!options.given(acceptProxyProtocol) || hasNamed(pair, "proxy-protocol")) return pair;
    const listens = ({ endpoint }: Specifier) => endpoint.listens && endpoint.socket;
    if (!sidesOf(pair).some(listens)) {
      warn(
        "--accept-proxy-protocol is for a listener, and there is none",
        "write ws-l:PORT or tcp-l:PORT, or proxy-protocol: over a connection",
      );
    }
    const overlay = registry.overlay("proxy-protocol");
    const introduced = (specifier: Specifier) =>
      listens(specifier) ? { ...specifier, overlays: [...specifier.overlays, overlay] } : specifier;
    return { left: introduced(pair.left), right: introduced(pair.right) };
  },
};

const isClient = (pair: SpecifierPair) => hasNamed(pair, ...URLS, "tcp");

const forClients: Fixup = purpose({
  options: [...routeOptions, noProxy, ...proxyTlsOptions],
  isThere: isClient,
  what: "a client of ws://, wss://, http: or tcp:",
  hint: "write ws://HOST:PORT/ or tcp:HOST:PORT",
});

const forProxies: Fixup = purpose({
  options: [proxyUser, proxyHeader],
  isThere: (pair) => isClient(pair) || hasNamed(pair, "http-connect"),
  what: "a client that may go through a proxy",
  hint: "write ws://HOST:PORT/ with --proxy, or http-connect: over the way to the proxy",
});

const forHttpsProxies: Fixup = purpose({
  options: proxyTlsOptions,
  isThere: (pair, options) =>
    !isClient(pair) || !(options.given(proxy) || options.given(socks5)) ||
    /^(https:|$)/i.test(options.get(proxy) ?? "socks5:"),
  what: "an https:// proxy",
  hint: "write -x https://HOST:PORT",
});

const forRedirects: Fixup = purpose({
  options: [followRedirects, maxRedirects],
  isThere: (pair) => hasNamed(pair, "ws", "wss"),
  what: "a ws:// or wss:// client",
  hint: "others are not redirected",
});

const forServers: Fixup = purpose({
  options: [trustForwarded, forwardedHeader],
  isThere: (pair) => hasNamed(pair, "ws-upgrade", "http-post-sse"),
  what: "a WebSocket server or http-post-sse:",
  hint: "write ws-l:PORT, or ws-u: before another listener",
});

/** Proxies before clients and before servers. */
export const family: SpecFamily = {
  specifiers: [connectOverlay, protocolOverlay],
  options: proxyOptions,
  fixups: [
    acceptHeaders,
    throughProxy,
    forClients,
    forProxies,
    forHttpsProxies,
    forRedirects,
    forServers,
  ],
};
