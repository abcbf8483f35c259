/**
 * The way to a host by TCP, as the options and the environment say it.
 *
 * @module
 */
import { environment } from "../lib/core/permission.ts";
import {
  connectTo,
  ipv4,
  ipv6,
  noProxy,
  proxy,
  proxyCa,
  proxyCert,
  proxyHeader,
  proxyInsecure,
  proxyKey,
  proxyPass,
  proxyUser,
  resolve,
  sendProxyProtocol,
} from "../lib/cli/proxy_options.ts";
import { socks5, socks5UserPass } from "../lib/cli/socks_options.ts";
import { refuseLoneKeys } from "../lib/cli/tls_options.ts";
import { headerFields } from "../lib/cli/websocket_options.ts";
import { type ByteConn, closeQuietly } from "../lib/core/conn.ts";
import type { Env, OpenRequest } from "../lib/core/opener.ts";
import type { OptionValues } from "../lib/core/option.ts";
import type { HostPort } from "../lib/net/address.ts";
import { type DialOptions, dialTcp } from "../lib/net/dial.ts";
import type { ProxyAddress } from "../lib/proxy/address.ts";
import type { ProxyRoute } from "../lib/proxy/dial.ts";
import { noProxyOfEnvironment, proxyOfEnvironment } from "../lib/proxy/environment.ts";
import type { TlsClientOptions } from "../lib/tls/connect.ts";

/** Connects to the host that a route leads to; may be called again. */
export type Dial = (request: Pick<OpenRequest, "signal" | "trace">) => Promise<ByteConn>;

/** What a route is for. */
export interface Journey {
  /** The host that is asked for. */
  readonly destination: HostPort;
  /** What errors call it. */
  readonly target: string;
  /** The protocol of its URL (`wss:`), for which the environment may name a proxy. */
  readonly protocol?: string;
  /** Whether the proxy of the options is for it. */
  readonly proxied: boolean;
  /** The address of the client for whom it is, `IP:PORT`, to be told with the PROXY protocol. */
  readonly client?: string;
}

/**
 * How to connect, where that is more than TCP to the address of the host; otherwise nothing.
 * Throws a usage error.
 */
export async function routeFor(
  journey: Journey,
  env: Env,
  traced: boolean,
): Promise<Dial | undefined> {
  const { options, log } = env;
  const { destination, target } = journey;
  const route = journey.proxied ? await proxyFor(journey, env) : undefined;
  const dial = await dialOptions(env);
  const header = options.get(sendProxyProtocol);
  if (route === undefined && dial === undefined && header === undefined && !traced) {
    return undefined;
  }
  return async ({ signal, trace }) => {
    let conn: ByteConn;
    if (route === undefined) {
      const { hostname, port } = destination;
      conn = await dialTcp(hostname, port, signal, { ...dial, target, trace });
    } else {
      const { describeProxy } = await import("../lib/proxy/address.ts");
      const { dialThroughProxy } = await import("../lib/proxy/dial.ts");
      log.info(`connecting to ${target} through ${describeProxy(route.proxy)}`);
      conn = await dialThroughProxy(destination, route, signal, { ...dial, trace });
    }
    if (header === undefined) return conn;
    try {
      const { sendProxyHeader } = await import("../lib/proxy/send_header.ts");
      await sendProxyHeader(conn, header, journey.client);
      return conn;
    } catch (error) {
      closeQuietly(conn);
      throw error;
    }
  };
}

/** What the options say about addresses, if anything. */
async function dialOptions({ options }: Env): Promise<DialOptions | undefined> {
  const version = options.get(ipv4) ? 4 : options.get(ipv6) ? 6 : undefined;
  if (!options.given(resolve) && !options.given(connectTo)) {
    return version && { version };
  }
  const { parseOverrides } = await import("../lib/net/host_overrides.ts");
  return { version, overrides: parseOverrides(options.get(resolve), options.get(connectTo)) };
}

/** The proxy to take, if one is to be taken. */
async function proxyFor(
  { destination, protocol }: Journey,
  env: Env,
): Promise<ProxyRoute | undefined> {
  const { options } = env;
  const socks = options.get(socks5);
  const explicit = socks !== undefined || options.given(proxy);
  if (options.get(proxy) === "" || (!explicit && protocol === undefined)) return undefined;
  const named = explicit ? undefined : proxyOfEnvironment(protocol!, environment);
  if (!explicit && named === undefined) return undefined;
  // websocat's --socks5 knows nothing of the variable.
  const exempt = options.get(noProxy) ??
    (socks === undefined ? noProxyOfEnvironment(environment) : "");
  const { bypassesProxy } = await import("../lib/proxy/no_proxy.ts");
  if (bypassesProxy(exempt, destination)) return undefined;
  return {
    proxy: await addressOf(named?.text ?? socks ?? options.get(proxy)!, named?.variable, env),
    variable: named?.variable,
    headers: headerFields(options, proxyHeader),
    tls: () => proxyTls(env),
  };
}

const read = new WeakMap<OptionValues, Promise<TlsClientOptions>>();

/** What the options say about TLS with a proxy. Reads the files that they name, once a run. */
function proxyTls(env: Env): Promise<TlsClientOptions> {
  let found = read.get(env.options);
  if (found === undefined) read.set(env.options, found = readProxyTls(env));
  return found;
}

async function readProxyTls({ options }: Env): Promise<TlsClientOptions> {
  const [{ readServerAuthorities }, { readCertificates }, { readIdentity }] = await Promise.all([
    import("./tls_client.ts"),
    import("../lib/tls/roots.ts"),
    import("../lib/tls/identity.ts"),
  ]);
  refuseLoneKeys(options, proxyCert, proxyKey);
  const authorities = [...await readServerAuthorities(options) ?? []];
  const ca = options.get(proxyCa);
  if (ca !== undefined) {
    authorities.push(await readCertificates(ca, `--proxy-cacert ${ca}`, "usage"));
  }
  const file = options.get(proxyCert);
  return {
    authorities: authorities.length === 0 ? undefined : authorities,
    insecure: options.get(proxyInsecure),
    identity: file === undefined ? undefined : await readIdentity({
      file,
      keyFile: options.get(proxyKey),
      options: { file: proxyCert.long, key: proxyKey.long, password: proxyPass.long },
      password: options.get(proxyPass) ?? "",
    }),
  };
}

/** The address of the proxy with the login that belongs to it. */
async function addressOf(
  text: string,
  variable: string | undefined,
  { options }: Env,
): Promise<ProxyAddress> {
  const { parseLogin, parseProxy } = await import("../lib/proxy/address.ts");
  let found: ProxyAddress;
  let option = proxyUser;
  if (variable === undefined && options.get(socks5) !== undefined) {
    const { parseDestination } = await import("../lib/socks/destination.ts");
    found = { scheme: "socks5h", ...parseDestination(text, "--socks5") };
    if (options.given(socks5UserPass)) option = socks5UserPass;
  } else {
    found = parseProxy(text, variable === undefined ? "--proxy" : `the variable ${variable}`);
  }
  const login = options.get(option);
  if (login === undefined || found.credentials !== undefined) return found;
  return { ...found, credentials: parseLogin(login, found.scheme, `--${option.long}`) };
}
