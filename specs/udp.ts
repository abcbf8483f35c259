/**
 * Datagrams over IP: `udp:`, `udp-listen:` and `udp-server:`.
 *
 * @module
 */
import { bufferSize, strict } from "../lib/cli/options.ts";
import { usageError } from "../lib/core/errors.ts";
import type { Log } from "../lib/core/log.ts";
import { connector, type Env, listener, type OpenRequest } from "../lib/core/opener.ts";
import {
  bytes,
  flag,
  integer,
  milliseconds,
  type Option,
  type OptionValues,
  texts,
} from "../lib/core/option.ts";
import type { EndpointType, SpecFamily } from "../lib/core/registry.ts";
import {
  canonicalIpv6,
  isIpv4,
  isMulticast,
  parseHostPort,
  resolve,
} from "../lib/net/udp_address.ts";
import type { Membership, UdpSettings } from "../lib/net/udp_socket.ts";

/** `--udp-broadcast`. */
export const udpBroadcast: Option<boolean> = flag({
  long: "udp-broadcast",
  group: "udp",
  advanced: true,
  help: "Allow sending to a broadcast address; udp: then takes answers from every address.",
});

/** `--udp-multicast`. */
export const udpMulticast: Option<readonly string[]> = texts({
  long: "udp-multicast",
  value: "ADDRESS",
  group: "udp",
  advanced: true,
  help: "Join this multicast group.",
});

/** `--udp-multicast-iface-v4`. */
export const udpMulticastIfaceV4: Option<readonly string[]> = texts({
  long: "udp-multicast-iface-v4",
  value: "ADDRESS",
  group: "udp",
  advanced: true,
  help: "Join on the interface with this IPv4 address: give none, or one for each IPv4 group.",
});

/** `--udp-multicast-iface-v6`. */
export const udpMulticastIfaceV6: Option<readonly string[]> = texts({
  long: "udp-multicast-iface-v6",
  value: "INDEX",
  group: "udp",
  advanced: true,
  help: "Join on the interface with this number: give none, or one for each IPv6 group.",
});

/** `--udp-multicast-loop`. */
export const udpMulticastLoop: Option<boolean> = flag({
  long: "udp-multicast-loop",
  group: "udp",
  advanced: true,
  help: "Let this machine receive what it sends to a group.",
});

/** `--udp-ttl`. */
export const udpTtl: Option<number | undefined> = integer({
  long: "udp-ttl",
  value: "HOPS",
  initial: undefined,
  min: 1,
  max: 255,
  group: "udp",
  advanced: true,
  help: "How many routers an IPv4 datagram may pass, to a multicast group too.",
});

/** `--udp-reuseaddr`. */
export const udpReuseaddr: Option<boolean> = flag({
  long: "udp-reuseaddr",
  group: "udp",
  advanced: true,
  help: "Let other sockets bind to the same port.",
});

/** `--udp-oneshot`. */
export const udpOneshot: Option<boolean> = flag({
  long: "udp-oneshot",
  group: "udp",
  advanced: true,
  help: "udp-listen: answers each datagram with one; what else is to be sent waits for the next.",
});

/** `--udp-server-timeout-ms`. */
export const udpServerTimeout: Option<number> = milliseconds({
  long: "udp-server-timeout-ms",
  value: "MILLISECONDS",
  initial: 60_000,
  group: "udp",
  advanced: true,
  help: "udp-server: ends the session of a client that sends nothing for so long; 0: never.",
});

/** `--udp-server-max-clients`. */
export const udpServerMaxClients: Option<number> = integer({
  long: "udp-server-max-clients",
  value: "N",
  initial: 1024,
  min: 1,
  group: "udp",
  advanced: true,
  help: "udp-server: serves so many clients; one more ends the one that was silent for longest.",
});

/** `--udp-server-buffer-size`. */
export const udpServerBufferSize: Option<number | undefined> = bytes({
  long: "udp-server-buffer-size",
  value: "BYTES",
  initial: undefined,
  min: 1,
  defaultText: "as -B",
  group: "udp",
  advanced: true,
  help: "udp-server: cuts off what is beyond so many bytes of a received datagram.",
});

/** `--udp-server-qlen`. */
export const udpServerQueueLength: Option<number> = integer({
  long: "udp-server-qlen",
  value: "N",
  initial: 256,
  min: 1,
  group: "udp",
  advanced: true,
  help: "udp-server: so many datagrams wait for a client's session; further ones are dropped.",
});

/** The groups to join, each with its interface. Throws a usage error if they do not fit together. */
export function memberships(options: OptionValues): Membership[] {
  const groups = options.get(udpMulticast).map((group) => {
    const ip = isIpv4(group) ? group : canonicalIpv6(group);
    if (ip === undefined || !isMulticast(ip)) {
      throw usageError(
        `--udp-multicast: '${group}' is not the address of a multicast group`,
        "groups are 224.0.0.0 to 239.255.255.255, and IPv6 addresses that begin with ff",
      );
    }
    return ip;
  });
  const v4 = options.get(udpMulticastIfaceV4);
  for (const iface of v4) {
    if (!isIpv4(iface)) {
      throw usageError(
        `--udp-multicast-iface-v4: '${iface}' is not an IPv4 address`,
        "name an interface by one of its addresses",
      );
    }
  }
  const v6 = options.get(udpMulticastIfaceV6).map((iface) => {
    if (!/^\d{1,9}$/.test(iface)) {
      throw usageError(
        `--udp-multicast-iface-v6: '${iface}' is not the number of an interface`,
        "see the numbers that 'ip link' lists",
      );
    }
    return Number(iface);
  });
  const v4Groups = groups.filter(isIpv4).length;
  checkCount(4, v4.length, v4Groups);
  checkCount(6, v6.length, groups.length - v4Groups);
  if (options.get(udpMulticastLoop) && groups.length === 0) {
    throw usageError("--udp-multicast-loop needs a group", "name it with --udp-multicast");
  }
  let nextV4 = 0;
  let nextV6 = 0;
  return groups.map((group) => ({
    group,
    iface: isIpv4(group) ? v4[nextV4++] : v6[nextV6++],
  }));
}

function checkCount(family: 4 | 6, interfaces: number, groups: number): void {
  if (interfaces === 0 || interfaces === groups) return;
  throw usageError(
    `--udp-multicast-iface-v${family}: ${interfaces} given for ${groups} IPv${family} groups`,
    "give none, or one for each group in the same order",
  );
}

function settings(options: OptionValues, { shared = false }: OpenRequest): UdpSettings {
  return {
    broadcast: options.get(udpBroadcast),
    reuseAddress: options.get(udpReuseaddr),
    ttl: options.get(udpTtl),
    memberships: memberships(options),
    multicastLoop: options.get(udpMulticastLoop),
    maxDatagram: options.get(bufferSize) ?? Infinity,
    dropTooLong: options.get(strict) || shared,
    oneshot: options.get(udpOneshot),
  };
}

/** Says what of the options is odd, though it may be meant. */
function warn(options: OptionValues, log: Log): void {
  if (options.get(udpBroadcast) && options.get(udpMulticast).length > 0) {
    log.warn(
      "--udp-broadcast and --udp-multicast together",
      "multicast needs no --udp-broadcast",
    );
  }
}

function announce(env: Env, local: { ip: string; port: number }): void {
  env.onListening?.({ proto: "udp", ...local });
}

const udp: EndpointType = {
  kind: "endpoint",
  names: ["udp", "udp-connect", "connect-udp", "udp-c", "c-udp"],
  argument: "HOST:PORT",
  orientation: "messages",
  summary: "Send each message as a UDP datagram, and take the answers.",
  doc: "Datagrams from other addresses are ignored, unless the address is a multicast group, or " +
    "--udp-broadcast is given: then answers may come from anywhere. It never ends by itself, and " +
    "does not notice if nobody listens there. " +
    "A message that does not fit in a datagram (65507 bytes, 65527 over IPv6) is an error; -B splits it " +
    "and --strict drops it, as broadcast: and reuse-raw: do. An empty datagram is an empty message.",
  examples: ["- udp:127.0.0.1:5000", "-b ws-l:127.0.0.1:8080 udp:[::1]:5000"],
  check(argument, options) {
    if (parseHostPort(argument, "udp").port === 0) throw usageError("udp: the port cannot be 0");
    memberships(options);
  },
  opener(argument, env) {
    warn(env.options, env.log);
    return connector(async (request) => {
      const { signal } = request;
      const { connectUdp } = await import("../lib/net/udp.ts");
      const to = await resolve(parseHostPort(argument, "udp"), signal);
      return await unlessAborted(connectUdp(to, settings(env.options, request), env.log), signal);
    });
  },
};

const udpListen: EndpointType = {
  kind: "endpoint",
  names: ["udp-listen", "listen-udp", "udp-l", "l-udp"],
  advanced: true,
  argument: "HOST:PORT",
  orientation: "messages",
  summary: "Take UDP datagrams from anywhere, and answer whoever sent the last one.",
  doc:
    "All senders share one session; udp-server: gives each its own. What is to be sent before the " +
    "first datagram came waits for it. With --udp-oneshot each datagram is answered once.",
  examples: ["udp-l:127.0.0.1:5000 -", "-b udp-l:0.0.0.0:5000 mirror:"],
  check(argument, options) {
    parseHostPort(argument, "udp-listen");
    memberships(options);
  },
  opener(argument, env) {
    warn(env.options, env.log);
    return connector(async (request) => {
      const { signal } = request;
      const { bindUdp } = await import("../lib/net/udp.ts");
      const address = await resolve(parseHostPort(argument, "udp-listen"), signal);
      const peer = bindUdp(
        address,
        settings(env.options, request),
        env.log,
        (local) => announce(env, local),
      );
      return await unlessAborted(peer, signal);
    });
  },
};

const udpServer: EndpointType = {
  kind: "endpoint",
  names: ["udp-server"],
  advanced: true,
  argument: "HOST:PORT",
  orientation: "messages",
  listens: true,
  summary: "Takes UDP datagrams, with a session for each address that they come from.",
  doc:
    "A client that sends nothing for --udp-server-timeout-ms has ended; if it sends again, that is " +
    "a new session. When there are more than --udp-server-max-clients, the one that was silent for " +
    "longest has ended.",
  examples: ["-b udp-server:0.0.0.0:5000 ws://127.0.0.1:8080/"],
  check(argument, options) {
    parseHostPort(argument, "udp-server");
    memberships(options);
  },
  opener(argument, env) {
    warn(env.options, env.log);
    return listener(async (request) => {
      const { signal } = request;
      const { listenUdp } = await import("../lib/net/udp_server.ts");
      const { options } = env;
      const common = settings(options, request);
      const address = await resolve(parseHostPort(argument, "udp-server"), signal);
      const server = await unlessAborted(
        listenUdp(address, {
          ...common,
          maxDatagram: options.get(udpServerBufferSize) ?? common.maxDatagram,
          timeout: options.get(udpServerTimeout) || Infinity,
          maxClients: options.get(udpServerMaxClients),
          queueLength: options.get(udpServerQueueLength),
        }, env.log),
        signal,
      );
      announce(env, server.local);
      return server;
    }, env.log);
  },
};

/** What was opened, or the reason of an abort that came meanwhile. */
async function unlessAborted<T extends { close(): unknown }>(
  opening: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const opened = await opening;
  if (signal.aborted) {
    await opened.close();
    throw signal.reason;
  }
  return opened;
}

/** UDP specifiers and their options. */
export const family: SpecFamily = {
  specifiers: [udp, udpListen, udpServer],
  options: [
    udpBroadcast,
    udpMulticast,
    udpMulticastIfaceV4,
    udpMulticastIfaceV6,
    udpMulticastLoop,
    udpTtl,
    udpReuseaddr,
    udpOneshot,
    udpServerTimeout,
    udpServerMaxClients,
    udpServerBufferSize,
    udpServerQueueLength,
  ],
};
