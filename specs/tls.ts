/**
 * TLS over any byte stream: `ssl-connect:` and `ssl-accept:`.
 *
 * @module
 */
import { bufferSize, handshakeTimeout, insecure } from "../lib/cli/options.ts";
import { type ByteConn, connFromPeer, peerFromConn } from "../lib/core/conn.ts";
import { usageError } from "../lib/core/errors.ts";
import { hasPart, purpose } from "../lib/core/lints.ts";
import {
  connector,
  type Env,
  listener,
  type Opener,
  type OpenRequest,
  overPeer,
  type TcpAddress,
} from "../lib/core/opener.ts";
import { type Option, type OptionValues, text } from "../lib/core/option.ts";
import type { Peer, PeerInfo } from "../lib/core/peer.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { formatHostPort, formatRemote } from "../lib/net/address.ts";
import type { TlsClientOptions } from "../lib/tls/connect.ts";
import type { IdentitySource, TlsIdentity } from "../lib/tls/identity.ts";

/** `--pkcs12-der`. */
export const pkcs12Der: Option<string | undefined> = text({
  long: "pkcs12-der",
  value: "FILE",
  group: "tls",
  advanced: true,
  conflicts: ["tls-cert"],
  help: "PKCS#12 archive with the server's certificate and key. A PEM file will do, too.",
});

/** `--pkcs12-passwd`. */
export const pkcs12Password: Option<string | undefined> = text({
  long: "pkcs12-passwd",
  value: "PASSWORD",
  group: "tls",
  advanced: true,
  defaultText: "empty",
  help: "What opens --pkcs12-der, or the encrypted key of --tls-cert.",
});

/** `--tls-cert`. */
export const tlsCert: Option<string | undefined> = text({
  long: "tls-cert",
  value: "FILE",
  group: "tls",
  help: "PEM file with the server's certificate chain, and its key unless --tls-key names it.",
});

/** `--tls-key`. */
export const tlsKey: Option<string | undefined> = text({
  long: "tls-key",
  value: "FILE",
  group: "tls",
  help: "PEM file with the server's private key.",
});

/** `--tls-ca`. */
export const tlsCa: Option<string | undefined> = text({
  long: "tls-ca",
  value: "FILE",
  group: "tls",
  help: "PEM file with certificates to trust when connecting, beside the system's.",
});

/** `--tls-domain`. */
export const tlsDomain: Option<string | undefined> = text({
  long: "tls-domain",
  aliases: ["ssl-domain"],
  value: "NAME",
  group: "tls",
  advanced: true,
  defaultText: "the host connected to",
  help: "The name to ask a TLS server for, which its certificate has to carry.",
});

/** `--client-pkcs12-der`. */
export const clientPkcs12Der: Option<string | undefined> = text({
  long: "client-pkcs12-der",
  value: "FILE",
  group: "tls",
  advanced: true,
  conflicts: ["client-cert"],
  help: "PKCS#12 archive with a certificate and key to show to TLS servers that ask for one.",
});

/** `--client-pkcs12-passwd`. */
export const clientPkcs12Password: Option<string | undefined> = text({
  long: "client-pkcs12-passwd",
  value: "PASSWORD",
  group: "tls",
  advanced: true,
  defaultText: "empty",
  help: "What opens --client-pkcs12-der, or the encrypted key of --client-cert.",
});

/** `--client-cert`. */
export const clientCert: Option<string | undefined> = text({
  long: "client-cert",
  value: "FILE",
  group: "tls",
  advanced: true,
  help: "PEM file with a certificate to show to TLS servers that ask for one, and its key.",
});

/** `--client-key`. */
export const clientKey: Option<string | undefined> = text({
  long: "client-key",
  value: "FILE",
  group: "tls",
  advanced: true,
  help: "PEM file with the private key of --client-cert, where that one does not have it.",
});

/**
 * What the command line says about connecting with TLS, for whatever connects. Reads the
 * files that it names, once a run. Throws a `tls` error for one that cannot be used.
 */
export function tlsClientOptions({ options }: Pick<Env, "options">): Promise<TlsClientOptions> {
  let read = clientOptions.get(options);
  if (read === undefined) clientOptions.set(options, read = readClientOptions(options));
  return read;
}

const clientOptions = new WeakMap<OptionValues, Promise<TlsClientOptions>>();

async function readClientOptions(options: OptionValues): Promise<TlsClientOptions> {
  const file = options.get(clientPkcs12Der) ?? options.get(clientCert);
  if (file === undefined && options.given(clientKey)) {
    throw usageError("--client-key needs --client-cert", "give the certificate of the key, too");
  }
  const authorities = options.get(tlsCa);
  return {
    serverName: options.get(tlsDomain) || undefined,
    insecure: options.get(insecure),
    authorities: authorities === undefined ? undefined : [await readAuthorities(authorities)],
    identity: file === undefined ? undefined : await readIdentityFrom({
      file,
      keyFile: options.get(clientKey),
      options: {
        file: options.given(clientPkcs12Der) ? clientPkcs12Der.long : clientCert.long,
        key: clientKey.long,
      },
      password: options.get(clientPkcs12Password) ?? "",
    }),
  };
}

/**
 * What the command line says about answering with TLS. Throws a usage error if it names no
 * certificate.
 */
export function serverIdentitySource(env: Env): IdentitySource {
  const { options } = env;
  const file = options.get(pkcs12Der) ?? options.get(tlsCert);
  if (file === undefined) {
    throw usageError(
      "a TLS server needs a certificate",
      "give --tls-cert FILE with --tls-key FILE, or --pkcs12-der FILE",
    );
  }
  const password = options.get(pkcs12Password) ?? "";
  return {
    file,
    keyFile: options.get(tlsKey),
    options: { file: options.given(pkcs12Der) ? pkcs12Der.long : tlsCert.long, key: tlsKey.long },
    password,
  };
}

async function readAuthorities(path: string): Promise<string> {
  const { readCertificates } = await import("../lib/tls/roots.ts");
  return readCertificates(path, `--tls-ca ${path}`, "usage");
}

async function readIdentityFrom(source: IdentitySource): Promise<TlsIdentity> {
  const { readIdentity } = await import("../lib/tls/identity.ts");
  return readIdentity(source);
}

/** Does it once, at the first call, for all that ask. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

function connectOver(inner: Opener, env: Env): Opener {
  const { tcp } = inner;
  if (tcp !== undefined && inner.listen === undefined) {
    return connector(async ({ signal }) => {
      const { connectTls } = await import("../lib/tls/connect.ts");
      const info = { name: `tls:${formatHostPort(tcp)}` };
      const options = { ...await tlsClientOptions(env), ...tcp, ...info };
      return await agreed(
        env,
        signal,
        `cannot connect to ${info.name}`,
        info,
        (signal) => connectTls({ ...options, signal }),
      );
    });
  }
  if (!env.options.get(tlsDomain) && !env.options.get(insecure)) {
    throw usageError(
      "ssl-connect: over anything but tcp: has to know whose certificate to expect",
      "name the server with --tls-domain, or accept any certificate with -k",
    );
  }
  return overPeer(inner, async (peer, { signal }) => {
    const { tlsOverConn } = await import("../lib/tls/connect.ts");
    const options = await tlsClientOptions(env);
    const info = { ...peer.info, name: `tls:${peer.info.name}` };
    return await agreed(
      env,
      signal,
      `cannot connect to ${info.name}`,
      info,
      (signal) => tlsOverConn(connFromPeer(peer), { ...options, name: info.name, signal }),
      peer,
    );
  }, env.log);
}

function acceptOver(inner: Opener, env: Env): Opener {
  const source = serverIdentitySource(env);
  const read = once(() => readIdentityFrom(source));
  const { tcp } = inner;
  if (tcp !== undefined && inner.listen !== undefined) {
    return overPeer(listenSecurely(tcp, read, env), async (peer, { signal }) => {
      const { acceptTls } = await import("../lib/tls/accept.ts");
      const { info } = peer;
      return await agreed(
        env,
        signal,
        `no TLS with ${info.client}`,
        info,
        (signal) => acceptTls(peer.conn as Deno.TlsConn, { name: info.client!, signal }),
        peer,
      );
    }, env.log);
  }
  return overPeer(after(read, inner), async (peer, { signal }) => {
    const { acceptTlsOverConn } = await import("../lib/tls/accept.ts");
    const identity = await read();
    const name = peer.info.client ?? peer.info.name;
    const info = { ...peer.info, name: `tls:${peer.info.name}` };
    return await agreed(
      env,
      signal,
      `no TLS with ${name}`,
      info,
      (signal) => acceptTlsOverConn(connFromPeer(peer), identity, { name, signal }),
      peer,
    );
  }, env.log);
}

/** The same opener, once `ready` has not failed. */
function after(ready: () => Promise<unknown>, inner: Opener): Opener {
  const open = async (request: OpenRequest) => {
    await ready();
    return await inner.open(request);
  };
  if (inner.listen === undefined) return { open };
  const listen = async (request: OpenRequest) => {
    await ready();
    return await inner.listen!(request);
  };
  return { open, listen };
}

/** Clients of a TCP port, each a `Deno.TlsConn` that has yet to shake hands. */
function listenSecurely(address: TcpAddress, read: () => Promise<TlsIdentity>, env: Env): Opener {
  return listener(async ({ signal }) => {
    const identity = await read();
    const [{ acceptClients }, { listenTls }] = await Promise.all([
      import("../lib/net/accept.ts"),
      import("../lib/tls/listen.ts"),
    ]);
    signal.throwIfAborted();
    const socket = listenTls(address, identity);
    const { hostname: ip, port } = socket.addr;
    env.onListening?.({ proto: "tcp", ip, port });
    return acceptClients(socket, (conn) => {
      const client = formatRemote(conn.remoteAddr);
      return peerFromConn(conn, { name: `tls:${client}`, client });
    }, env.log);
  }, env.log);
}

/** The peer inside TLS, if hands are shaken in time. Closing it closes `below`. */
async function agreed(
  env: Env,
  signal: AbortSignal,
  attempt: string,
  info: PeerInfo,
  step: (signal: AbortSignal) => Promise<ByteConn>,
  below?: Peer,
): Promise<Peer> {
  const { withTimeLimit } = await import("../lib/tls/time_limit.ts");
  const conn = await withTimeLimit(env.options.get(handshakeTimeout), signal, attempt, step);
  env.log.info(`TLS with ${info.name}`);
  return peerFromConn(conn, info, {
    maxRead: env.options.get(bufferSize),
    onClose: () => below?.close(),
  });
}

/** The overlays of TLS. */
export const family: SpecFamily = {
  specifiers: [
    {
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
    },
    {
      kind: "overlay",
      names: [
        "ssl-accept",
        "ssl-a",
        "tls-a",
        "tls-accept",
        "a-ssl",
        "accept-ssl",
        "accept-tls",
      ],
      orientation: "bytes",
      tls: "server",
      advanced: true,
      summary: "Speak TLS as a server over the connections below.",
      doc:
        "Needs a certificate with its key: --tls-cert and --tls-key, or --pkcs12-der. A client " +
        "that does not speak TLS is turned away; the others are served on. Directly over " +
        "tcp-listen: it is about twice as fast as over other connections. TLS 1.2 and 1.3.",
      examples: [
        "-b tls-accept:tcp-l:127.0.0.1:8443 mirror: --tls-cert cert.pem --tls-key key.pem",
      ],
      opener: acceptOver,
    },
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
      summary: "Listen for TLS clients on a TCP port: ssl-accept:tcp-listen:",
      examples: ["-b tls-l:127.0.0.1:8443 mirror: --pkcs12-der id.p12"],
      expand: (argument) => `ssl-accept:tcp-listen:${argument}`,
    },
  ],
  options: [
    pkcs12Der,
    pkcs12Password,
    tlsCert,
    tlsKey,
    tlsCa,
    tlsDomain,
    clientPkcs12Der,
    clientPkcs12Password,
    clientCert,
    clientKey,
  ],
  fixups: [
    purpose({
      options: [pkcs12Der, tlsCert],
      isThere: (pair) => hasPart(pair, (part) => part.tls === "server"),
      what: "a TLS server",
      hint: "write wss-l:PORT, ssl-l:PORT or ssl-accept: before a listener",
      fatal: true,
    }),
    purpose({
      options: [clientPkcs12Der, clientCert],
      isThere: (pair) => hasPart(pair, (part) => part.tls === "client"),
      what: "a TLS client",
      hint: "write wss://HOST/ or ssl:tcp:HOST:PORT",
      fatal: true,
    }),
    purpose({
      options: [tlsDomain],
      isThere: (pair) => hasPart(pair, (part) => part.tls === "client"),
      what: "a TLS client",
      hint: "write wss://HOST/ or ssl:tcp:HOST:PORT",
    }),
  ],
};
