import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import {
  canonicalIpv6,
  formatAddress,
  isIpv4,
  isMulticast,
  parseHostPort,
  resolve,
} from "../../lib/net/udp_address.ts";

const { signal } = new AbortController();

Deno.test("udp address: names, IPv4 and bracketed IPv6 are read", () => {
  assertEquals(parseHostPort("localhost:53", "udp"), { hostname: "localhost", port: 53 });
  assertEquals(parseHostPort("127.0.0.1:0", "udp"), { hostname: "127.0.0.1", port: 0 });
  assertEquals(parseHostPort("[::1]:65535", "udp"), { hostname: "::1", port: 65535 });
});

Deno.test("udp address: a port alone is an error that says what to write", () => {
  const error = assertThrows(() => parseHostPort("53", "udp-listen"), WirecatError);
  assertEquals(error.message, "udp-listen: '53' is not HOST:PORT");
  assertEquals(error.hint, "write udp-listen:127.0.0.1:53");
});

Deno.test("udp address: IPv6 addresses get their canonical notation", () => {
  assertEquals(canonicalIpv6("0:0:0:0:0:0:0:1"), "::1");
  assertEquals(canonicalIpv6("FD00::00AB"), "fd00::ab");
  assertEquals(canonicalIpv6("::ffff:10.1.2.3"), "::ffff:10.1.2.3");
  assertEquals(canonicalIpv6("::g"), undefined);
  assertEquals(canonicalIpv6("10.1.2.3"), undefined);
});

Deno.test("udp address: multicast groups are told from other addresses", () => {
  const groups = ["224.0.0.1", "239.255.255.255", "ff02::1", "FF0E::1"];
  const others = ["223.255.255.255", "240.0.0.0", "fd00::1", "ff::1", "name", ""];
  assertEquals(groups.map(isMulticast), groups.map(() => true));
  assertEquals(others.map(isMulticast), others.map(() => false));
  assertEquals([isIpv4("1.2.3.4"), isIpv4("1.2.3.256"), isIpv4("1.2.3")], [true, false, false]);
});

Deno.test("udp address: only IPv6 has brackets when written", () => {
  assertEquals(formatAddress({ ip: "::1", port: 1 }), "[::1]:1");
  assertEquals(formatAddress({ ip: "1.2.3.4", port: 1 }), "1.2.3.4:1");
});

Deno.test("udp address: numeric addresses are not looked up, names are", async () => {
  assertEquals(await resolve({ hostname: "0:0::1", port: 5 }, signal), { ip: "::1", port: 5 });
  assertEquals(await resolve({ hostname: "10.0.0.1", port: 5 }, signal), {
    ip: "10.0.0.1",
    port: 5,
  });
  const { ip } = await resolve({ hostname: "localhost", port: 5 }, signal);
  assertEquals(["127.0.0.1", "::1"].includes(ip), true);
});

Deno.test("udp address: an abort ends a lookup", async () => {
  const abort = new AbortController();
  const looking = resolve({ hostname: "localhost", port: 5 }, abort.signal);
  const reason = new Error("stopped");
  abort.abort(reason);
  assertEquals(await looking.catch((error) => error), reason);
});
