/**
 * `socks5-connect:` and `socks5-bind:`: through a SOCKS5 proxy.
 *
 * @module
 */
import { handshakeTimeout } from "../lib/cli/options.ts";
import {
  socks5,
  socks5BindScript,
  socks5Destination,
  socks5UserPass,
} from "../lib/cli/socks_options.ts";
import { type ByteConn, connFromPeer, peerFromConn } from "../lib/core/conn.ts";
import { reasonOf, usageError, WirecatError } from "../lib/core/errors.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { hasNamed, purpose } from "../lib/core/lints.ts";
import { type Env, type Opener, type OpenRequest, overPeer } from "../lib/core/opener.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { formatHostPort, type HostPort } from "../lib/net/address.ts";
import { type Credentials, parseCredentials, parseDestination } from "../lib/socks/destination.ts";

/** What both overlays are told by the options. */
interface Settings {
  readonly destination: HostPort;
  readonly credentials?: Credentials;
  readonly timeout: number;
}

function settings(name: string, { options }: Env): Settings {
  const destination = options.get(socks5Destination);
  if (destination === undefined) {
    throw usageError(`${name}: does not know the other end`, "give --socks5-destination HOST:PORT");
  }
  const userPass = options.get(socks5UserPass);
  return {
    destination: parseDestination(destination, "--socks5-destination"),
    credentials: userPass === undefined
      ? undefined
      : parseCredentials(userPass, "--socks5-user-pass"),
    timeout: options.get(handshakeTimeout),
  };
}

/** The overlay's opener: `shake` speaks with the proxy and returns the name of the new peer. */
function overProxy(
  inner: Opener,
  env: Env,
  shake: (conn: ByteConn, peer: Peer, request: OpenRequest) => Promise<string>,
): Opener {
  return overPeer(inner, async (peer, request) => {
    const conn = connFromPeer(peer);
    const name = await shake(conn, peer, request);
    return peerFromConn(conn, { ...peer.info, name }, { onClose: () => peer.close() });
  }, env.log);
}

/** The proxy, as messages name it. */
function described({ info }: Peer): string {
  return `the SOCKS5 proxy ${info.name}`;
}

const connectOverlay: OverlayType = {
  kind: "overlay",
  names: ["socks5-connect"],
  orientation: "bytes",
  advanced: true,
  summary: "Ask the SOCKS5 proxy below to connect to --socks5-destination.",
  doc: "The proxy looks up a name in the destination. For a ws:// or wss:// URL the option " +
    "--socks5 does all of this by itself.",
  examples: [
    "- socks5-connect:tcp:127.0.0.1:1080 --socks5-destination example.org:80",
    "- ws-c:socks5-connect:tcp:127.0.0.1:1080 --socks5-destination example.org:80 --ws-c-uri ws://example.org/chat",
  ],
  opener(inner, env) {
    const { destination, credentials, timeout } = settings("socks5-connect", env);
    return overProxy(inner, env, async (conn, peer, { signal }) => {
      const { requestSocks5 } = await import("../lib/socks/client.ts");
      await requestSocks5(conn, {
        name: described(peer),
        command: "connect",
        destination,
        credentials,
        timeout,
        signal,
      });
      return `${formatHostPort(destination)} through ${peer.info.name}`;
    });
  },
};

const bindOverlay: OverlayType = {
  kind: "overlay",
  names: ["socks5-bind"],
  orientation: "bytes",
  advanced: true,
  summary: "Ask the SOCKS5 proxy below to take one connection for us.",
  doc:
    "The proxy listens on a port of its choice for a connection from --socks5-destination; many " +
    "proxies take 0.0.0.0:0 for 'from anywhere'. --socks5-bind-script is run with the port as soon " +
    "as it is known, and --stdout-announce-listening-ports prints it.",
  examples: [
    "- socks5-bind:tcp:127.0.0.1:1080 --socks5-destination 0.0.0.0:0 --socks5-bind-script ./port-is",
  ],
  opener(inner, env) {
    const { destination, credentials, timeout } = settings("socks5-bind", env);
    const script = env.options.get(socks5BindScript);
    return overProxy(inner, env, async (conn, peer, { signal }) => {
      const { awaitSocks5Client, requestSocks5 } = await import("../lib/socks/client.ts");
      const name = described(peer);
      const bound = await requestSocks5(conn, {
        name,
        command: "bind",
        destination,
        credentials,
        timeout,
        signal,
      });
      env.log.info(`${peer.info.name} listens for us on ${formatHostPort(bound)}`);
      env.onListening?.({ proto: "tcp", ip: bound.hostname, port: bound.port });
      if (script !== undefined) await tell(script, bound.port, env);
      const client = formatHostPort(await awaitSocks5Client(conn, { name, destination, signal }));
      return `${client} through ${peer.info.name}`;
    });
  },
};

/** Runs the script; nobody waits for it. */
async function tell(script: string, port: number, { registry }: Env): Promise<void> {
  const { environmentWithout, secretVariables } = await import("../lib/process/environment.ts");
  const environment = environmentWithout(secretVariables(registry.options));
  try {
    const args = [String(port)];
    const child = new Deno.Command(script, { args, stdin: "null", ...environment }).spawn();
    child.unref();
    child.status.catch(() => {});
  } catch (cause) {
    throw new WirecatError(
      "connection",
      `cannot run --socks5-bind-script ${script}: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

const forOverlays: Fixup = purpose({
  options: [socks5Destination],
  isThere: (pair) => hasNamed(pair, "socks5-connect", "socks5-bind", "http-connect"),
  what: "socks5-connect:, socks5-bind: or http-connect:",
  hint: "write socks5-connect:tcp:PROXY:PORT; a ws:// client has --socks5 PROXY:PORT instead",
});

const forBind: Fixup = purpose({
  options: [socks5BindScript],
  isThere: (pair) => hasNamed(pair, "socks5-bind"),
  what: "socks5-bind:",
  hint: "write socks5-bind:tcp:PROXY:PORT with --socks5-destination HOST:PORT",
});

/** The overlays for SOCKS5 proxies. */
export const family: SpecFamily = {
  specifiers: [connectOverlay, bindOverlay],
  options: [socks5, socks5Destination, socks5UserPass, socks5BindScript],
  fixups: [forOverlays, forBind],
};
