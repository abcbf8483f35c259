/**
 * TLS as a client: what the options say, and `ssl-connect:`.
 *
 * @module
 */
import { insecure } from "../lib/cli/options.ts";
import {
  alpn,
  cert,
  clientCert,
  clientKey,
  clientPkcs12Der,
  clientPkcs12Password,
  key,
  pin,
  pkcs12Password,
  refuseLoneKeys,
  tlsCa,
  tlsDomain,
  tlsMin,
} from "../lib/cli/tls_options.ts";
import { connFromPeer } from "../lib/core/conn.ts";
import { usageError } from "../lib/core/errors.ts";
import {
  connector,
  type Env,
  type Opener,
  type OpenRequest,
  overPeer,
} from "../lib/core/opener.ts";
import type { OptionValues } from "../lib/core/option.ts";
import type { OverlayType } from "../lib/core/registry.ts";
import { formatHostPort } from "../lib/net/address.ts";
import type { TlsClientOptions } from "../lib/tls/connect.ts";
import type { IdentitySource, TlsIdentity } from "../lib/tls/identity.ts";
import { agreed, keyLogWarning } from "./tls_handshake.ts";

/**
 * What the command line says about connecting with TLS, for whatever connects. Reads the
 * files that it names, once a run. Throws a `tls` error for one that cannot be used.
 */
export function tlsClientOptions(
  { options, log }: Pick<Env, "options"> & Partial<Pick<Env, "log">>,
): Promise<TlsClientOptions> {
  let read = clientOptions.get(options);
  if (read === undefined) {
    const onHiddenKeys = log && keyLogWarning(log);
    read = readClientOptions(options).then((read) => ({ ...read, onHiddenKeys }));
    clientOptions.set(options, read);
  }
  return read;
}

const clientOptions = new WeakMap<OptionValues, Promise<TlsClientOptions>>();

async function readClientOptions(options: OptionValues): Promise<TlsClientOptions> {
  const source = clientIdentitySource(options);
  const pins = options.get(pin);
  return {
    serverName: options.get(tlsDomain) || undefined,
    insecure: options.get(insecure),
    authorities: await readServerAuthorities(options),
    pins: pins.length === 0 ? undefined : await readPins(pins),
    minVersion: options.given(tlsMin) ? options.get(tlsMin) : undefined,
    alpn: options.get(alpn),
    identity: source && await readIdentityFrom(source),
  };
}

/** Where the certificate for servers is, if there is one. */
function clientIdentitySource(options: OptionValues): IdentitySource | undefined {
  refuseLoneKeys(options, clientCert, clientKey);
  refuseLoneKeys(options, cert, key);
  const password = options.get(clientPkcs12Password) ?? options.get(pkcs12Password) ?? "";
  const archive = options.get(clientPkcs12Der);
  if (archive !== undefined) {
    const names = { file: clientPkcs12Der.long, key: clientKey.long };
    return { file: archive, keyFile: options.get(clientKey), options: names, password };
  }
  const own = options.get(clientCert);
  const [file, keyFile] = own === undefined
    ? [options.get(cert), options.get(key)]
    : [own, options.get(clientKey)];
  if (file === undefined) return undefined;
  const names = own === undefined ? [cert.long, key.long] : [clientCert.long, clientKey.long];
  return { file, keyFile, options: { file: names[0], key: names[1] }, password };
}

async function readPins(words: readonly string[]): Promise<readonly string[]> {
  const { parsePin } = await import("../lib/tls/pin.ts");
  return words.map(parsePin);
}

/** What `--cacert` names. Throws an error for a file that cannot be used. */
export async function readServerAuthorities(
  options: OptionValues,
): Promise<readonly string[] | undefined> {
  const path = options.get(tlsCa);
  if (path === undefined) return undefined;
  const { readCertificates } = await import("../lib/tls/roots.ts");
  return [await readCertificates(path, `--cacert ${path}`, "usage")];
}

async function readIdentityFrom(source: IdentitySource): Promise<TlsIdentity> {
  const { readIdentity } = await import("../lib/tls/identity.ts");
  return readIdentity(source);
}

function connectOver(inner: Opener, env: Env): Opener {
  const { tcp, dial } = inner;
  if (tcp !== undefined && inner.listen === undefined) {
    const name = `tls:${formatHostPort(tcp)}`;
    const connect = async (request: OpenRequest) => {
      const { signal, trace } = request;
      const { connectTls } = await import("../lib/tls/connect.ts");
      const info = { name, trace };
      const options = { ...await tlsClientOptions(env), ...tcp, name: info.name };
      return await agreed(
        env,
        signal,
        `cannot connect to ${info.name}`,
        info,
        async (signal) => ({
          conn: await connectTls({
            ...options,
            signal,
            trace,
            dial: dial && (() => dial({ ...request, signal })),
          }),
        }),
      );
    };
    return connector(async (request) => {
      const { connectWithin } = await import("../lib/cli/connect_limit.ts");
      return await connectWithin(env.options, request, name, connect, Infinity);
    });
  }
  const { options } = env;
  if (!options.get(tlsDomain) && !options.get(insecure) && options.get(pin).length === 0) {
    throw usageError(
      "ssl-connect: over anything but tcp: has to know whose certificate to expect",
      "name the server with --tls-domain or --pin, or accept any certificate with -k",
    );
  }
  return overPeer(inner, async (peer, { signal, trace }) => {
    const { tlsOverConn } = await import("../lib/tls/connect.ts");
    const options = await tlsClientOptions(env);
    const info = { ...peer.info, name: `tls:${peer.info.name}` };
    return await agreed(
      env,
      signal,
      `cannot connect to ${info.name}`,
      info,
      async (signal) => {
        const { name } = info;
        return { conn: await tlsOverConn(connFromPeer(peer), { ...options, name, signal, trace }) };
      },
      peer,
    );
  }, env.log);
}

/** `ssl-connect:`. */
export const connectOverlay: OverlayType = {
  kind: "overlay",
  names: [
    "ssl-connect",
    "ssl-c",
    "ssl",
    "tls",
    "tls-connect",
    "tls-c",
    "c-ssl",
    "connect-ssl",
    "c-tls",
    "connect-tls",
  ],
  orientation: "bytes",
  tls: "client",
  advanced: true,
  summary: "Speak TLS as a client over the connection below.",
  doc: "The certificate has to be for the host of the tcp: below, or for the name given with " +
    "--tls-domain; over other connections that option is needed. -k accepts any certificate. " +
    "TLS 1.2 and 1.3.",
  examples: [
    "- tls:tcp:example.com:443",
    "- tls:unix:/run/proxy.sock --tls-domain example.com",
  ],
  opener: connectOver,
};
