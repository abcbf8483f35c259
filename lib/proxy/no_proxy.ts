/**
 * Hosts that no proxy is used for.
 *
 * @module
 */
import type { HostPort } from "../net/address.ts";
import { inNetwork, parseIp, parseNetwork } from "../net/cidr.ts";

/**
 * Whether `list`, the text of `NO_PROXY` or `--noproxy`, names the host. Its items are apart by
 * commas or blanks. `*` is every host; a name is itself and all names below it, with or without a
 * dot or `*.` before it; an address is itself, `192.0.2.0/24` a network. Behind a colon may be a
 * port, which then is the only one meant. A name is not looked up to compare it with addresses.
 */
export function bypassesProxy(list: string, { hostname, port }: HostPort): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").toLowerCase();
  const ip = parseIp(host);
  return list.split(/[\s,]+/).some((item) => {
    if (item === "") return false;
    if (item === "*") return true;
    if (ip !== undefined) {
      const network = parseNetwork(item.replace(/^\[(.*)\]$/, "$1"));
      if (network !== undefined) return inNetwork(ip, network);
    }
    const [, name, digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(item.toLowerCase()) ?? [];
    if (name === undefined || (digits !== undefined && Number(digits) !== port)) return false;
    if (ip !== undefined) {
      const network = parseNetwork(name.replace(/^\[(.*)\]$/, "$1"));
      return network !== undefined && inNetwork(ip, network);
    }
    const suffix = name.replace(/^\*?\./, "").replace(/\.$/, "");
    return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
  });
}
