/**
 * All addresses of a host name, as the system knows them.
 *
 * @module
 */
import { lookup as systemLookup } from "node:dns";
import { unlessAborted } from "../core/abort.ts";
import { isAddress } from "./cidr.ts";
import { LOOPBACK, LOOPBACK_ADDRESSES } from "./loopback.ts";

/** A version of IP. */
export type IpVersion = 4 | 6;

/**
 * The addresses of a name by `getaddrinfo`, which knows `/etc/hosts`, in the order that it
 * prefers; those of one version of IP only if `version` is given. An address is its own. Throws
 * what the system says, or the reason of `signal`: the search itself goes on then.
 */
export async function lookup(
  hostname: string,
  version?: IpVersion,
  signal?: AbortSignal,
): Promise<string[]> {
  signal?.throwIfAborted();
  if (isAddress(hostname)) return ofVersion([hostname], version);
  if (LOOPBACK.test(hostname)) return ofVersion(LOOPBACK_ADDRESSES, version);
  const search = searched(hostname, version ?? 0);
  return signal === undefined ? await search : await unlessAborted(search, signal);
}

function searched(hostname: string, family: IpVersion | 0): Promise<string[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, family, verbatim: true }, (error, found) => {
      if (error) reject(unresolved(error));
      else resolve([...new Set(found.map(({ address }) => address))]);
    });
  });
}

/** Those of one version of IP. */
export function ofVersion(addresses: readonly string[], version?: IpVersion): string[] {
  if (version === undefined) return [...addresses];
  return addresses.filter((address) => (address.includes(":") ? 6 : 4) === version);
}

/** The error as `Deno.connect` has it, whose words are the system's. */
function unresolved(error: Error): Error {
  const { code } = error as { code?: unknown };
  const text = code === "ENOTFOUND"
    ? "Name or service not known"
    : code === "EAI_AGAIN"
    ? "Temporary failure in name resolution"
    : String(code ?? error.message);
  return new Error(`failed to lookup address information: ${text}`, { cause: error });
}
