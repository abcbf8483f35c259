/**
 * Who is behind the proxies that a request has come through.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { formatHostPort } from "../net/address.ts";
import { inNetwork, type Network, parseIp, parseNetwork } from "../net/cidr.ts";

/** The proxies to believe. */
export interface TrustedProxies {
  /** Their addresses. */
  readonly networks: readonly Network[];
  /** Whether who comes by a UNIX socket is one of them. */
  readonly unix: boolean;
}

/**
 * Reads addresses and networks, apart by commas; `unix` stands for UNIX sockets. `option` is
 * named in the usage error.
 */
export function parseTrusted(texts: readonly string[], option: string): TrustedProxies {
  const items = texts.flatMap((text) => text.split(",")).map((item) => item.trim())
    .filter((item) => item !== "");
  const networks = items.filter((item) => !/^unix:?$/.test(item)).map((item) => {
    const network = parseNetwork(item);
    if (network !== undefined) return network;
    throw usageError(
      `${option}: '${item}' is not an address or a network`,
      "as in 127.0.0.1, 10.0.0.0/8, fd00::/8 or unix",
    );
  });
  return { networks, unix: networks.length < items.length };
}

/** Whether `client`, an `IP:PORT` or undefined for a UNIX socket, is one of them. */
export function isTrusted(
  client: string | undefined,
  { networks, unix }: TrustedProxies,
): boolean {
  if (client === undefined) return unix;
  const ip = addressOf(client);
  return ip !== undefined && networks.some((network) => inNetwork(ip, network));
}

/**
 * The client of a request: the last address in the field `header` that is not itself a trusted
 * proxy's. `client` is the other end of the connection, `IP:PORT`, or undefined for a UNIX
 * socket; it is the answer, too, where it is not trusted or the field says nothing. What a client
 * has written into the field is before what the first proxy adds to it, and so is never believed.
 */
export function clientBehind(
  headers: Headers,
  client: string | undefined,
  trusted: TrustedProxies,
  header: string,
): string | undefined {
  if (!isTrusted(client, trusted)) return client;
  let found = client;
  for (const hop of hopsOf(headers.get(header) ?? "", header).reverse()) {
    if (addressOf(hop) === undefined) break; // `unknown`, or a name that only the proxy knows.
    found = tidy(hop);
    if (!isTrusted(hop, trusted)) break;
  }
  return found;
}

/** The addresses in a field, the nearest proxy's last. */
function hopsOf(value: string, header: string): string[] {
  if (header.toLowerCase() !== "forwarded") {
    return value.split(",").map((hop) => hop.trim()).filter((hop) => hop !== "");
  }
  // A quote that a client has left open would swallow what the proxies add: then nothing is told.
  if (!/^(?:"(?:[^"\\]|\\.)*"|[^"])*$/.test(value)) return [];
  // RFC 7239, section 4: a comma or a semicolon may be within quotes.
  return (value.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? []).map((element) => {
    for (const pair of element.match(/(?:"(?:[^"\\]|\\.)*"|[^";])+/g) ?? []) {
      const [, quoted, token] = /^\s*for\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))\s*$/i.exec(pair) ??
        [];
      const hop = quoted?.replace(/\\(.)/g, "$1") ?? token;
      if (hop !== undefined) return hop;
    }
    return "unknown";
  });
}

/** The address in `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`. */
function addressOf(hop: string): number[] | undefined {
  return parseIp(parts(hop).hostname);
}

function parts(hop: string): { hostname: string; port?: number } {
  const [, v6, v4, digits] = /^(?:\[([^\]]*)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(hop) ?? [];
  return { hostname: v6 ?? v4 ?? hop, port: digits === undefined ? undefined : Number(digits) };
}

/** `IP:PORT`, or the address alone where no port is told. */
function tidy(hop: string): string {
  const { hostname, port } = parts(hop);
  return port === undefined ? hostname : formatHostPort({ hostname, port });
}
