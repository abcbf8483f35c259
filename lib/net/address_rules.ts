/**
 * Which addresses connections are accepted from: `--allow-address`, `--deny-address`.
 *
 * @module
 */
import { allowAddress, denyAddress } from "../cli/auth_options.ts";
import { usageError } from "../core/errors.ts";
import type { Env } from "../core/opener.ts";
import type { Option, OptionValues } from "../core/option.ts";
import type { Network } from "./cidr.ts";

/** Whether a connection from an IP address is accepted. */
export type AddressTest = (ip: string) => boolean;

async function networks(
  options: OptionValues,
  option: Option<readonly string[]>,
): Promise<Network[]> {
  const { parseNetwork } = await import("./cidr.ts");
  return options.get(option).map((text) => {
    const network = parseNetwork(text);
    if (network !== undefined) return network;
    throw usageError(
      `--${option.long}: '${text}' is neither an IP address nor a network`,
      "write for example 127.0.0.1, 192.0.2.0/24 or 2001:db8::/32",
    );
  });
}

/**
 * What the options say about addresses; nothing if they accept all. One that is denied is not
 * accepted, whatever is allowed; where some are allowed the others are not accepted. Who is
 * turned away is told under `-v`. Throws a usage error.
 */
export async function addressRules(
  { options, log }: Pick<Env, "options" | "log">,
): Promise<AddressTest | undefined> {
  if (!options.given(allowAddress) && !options.given(denyAddress)) return undefined;
  const { inNetwork, parseIp } = await import("./cidr.ts");
  const allowed = await networks(options, allowAddress);
  const denied = await networks(options, denyAddress);
  return (text) => {
    const ip = parseIp(text);
    const within = (network: Network) => ip !== undefined && inNetwork(ip, network);
    const why = ip === undefined || denied.some(within)
      ? "--deny-address"
      : allowed.length > 0 && !allowed.some(within)
      ? "--allow-address"
      : undefined;
    if (why !== undefined) log.info(`a connection from ${text} was turned away by ${why}`);
    return why === undefined;
  };
}
