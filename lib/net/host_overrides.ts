/**
 * `--resolve` and `--connect-to`: other addresses for a host than the system's, and other hosts.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { HostPort } from "./address.ts";
import { parseIp } from "./cidr.ts";

/** What to connect to instead of what is asked for. */
export interface HostOverrides {
  /** The host and port to connect to for these. */
  redirect(target: HostPort): HostPort;
  /** The addresses that stand for a host and port; undefined for those the system knows. */
  addresses(target: HostPort): readonly string[] | undefined;
}

interface Resolution {
  readonly hostname: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

interface Redirection {
  readonly from: Partial<HostPort>;
  readonly to: Partial<HostPort>;
}

/**
 * Reads both options, each with one text for each time it was given. Nothing if there is none.
 * Throws a usage error.
 */
export function parseOverrides(
  resolve: readonly string[],
  connectTo: readonly string[],
): HostOverrides | undefined {
  if (resolve.length === 0 && connectTo.length === 0) return undefined;
  const resolutions = resolve.map(parseResolve);
  const redirections = connectTo.map(parseConnectTo);
  return {
    redirect(target) {
      const found = redirections.find(({ from: { hostname, port } }) =>
        (hostname === undefined || hostname === normal(target.hostname)) &&
        (port === undefined || port === target.port)
      );
      if (found === undefined) return target;
      const { hostname = target.hostname, port = target.port } = found.to;
      return { hostname, port };
    },
    addresses({ hostname, port }) {
      const here = resolutions.filter((resolution) => resolution.port === port);
      const name = normal(hostname);
      // A later one replaces an earlier one; a host's own goes before one for any host.
      return (here.findLast((resolution) => resolution.hostname === name) ??
        here.findLast((resolution) => resolution.hostname === "*"))?.addresses;
    },
  };
}

/** Host names have no case, and may end with a dot that says nothing here. */
function normal(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").toLowerCase();
}

/** `HOST:PORT:ADDRESS[,ADDRESS]…`; HOST may be `*`. */
function parseResolve(text: string): Resolution {
  const match = /^\+?(\[[^\]]+\]|[^:[\]]+):(\d{1,5}):(.+)$/.exec(text);
  const addresses = match?.[3].split(",").map((word) => word.trim().replace(/^\[(.*)\]$/, "$1"));
  if (match === null || Number(match[2]) > 65535) {
    throw usageError(
      `--resolve: '${text}' is not HOST:PORT:ADDRESS`,
      "as in --resolve example.org:443:127.0.0.1, or --resolve '*:443:[::1],127.0.0.1'",
    );
  }
  for (const address of addresses!) {
    if (parseIp(address) === undefined) {
      throw usageError(
        `--resolve: '${address}' is not an IP address`,
        "for a name instead of a name, use --connect-to",
      );
    }
  }
  return { hostname: normal(match[1]), port: Number(match[2]), addresses: addresses! };
}

const PART = String.raw`(\[[^\]]*\]|[^:[\]]*):(\d{0,5})`;
const CONNECT_TO = new RegExp(`^${PART}:${PART}$`);

/** `HOST1:PORT1:HOST2:PORT2`, each of which may be empty. */
function parseConnectTo(text: string): Redirection {
  const match = CONNECT_TO.exec(text);
  if (match === null || Number(match[2]) > 65535 || Number(match[4]) > 65535) {
    throw usageError(
      `--connect-to: '${text}' is not HOST1:PORT1:HOST2:PORT2`,
      "as in --connect-to example.org:443:127.0.0.1:8443; what is left empty is any, or stays",
    );
  }
  const [, host1, port1, host2, port2] = match;
  const port = (digits: string) => digits === "" ? undefined : Number(digits);
  return {
    from: { hostname: host1 === "" ? undefined : normal(host1), port: port(port1) },
    to: {
      hostname: host2 === "" ? undefined : host2.replace(/^\[(.*)\]$/, "$1"),
      port: port(port2),
    },
  };
}
