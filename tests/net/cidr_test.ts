import { assertEquals } from "@std/assert";
import { inNetwork, parseIp, parseNetwork } from "../../lib/net/cidr.ts";

const within = (ip: string, network: string) => inNetwork(parseIp(ip)!, parseNetwork(network)!);

Deno.test("cidr: an address is in a network whose first bits it has", () => {
  for (
    const [ip, network, is] of [
      ["192.0.2.1", "192.0.2.1", true],
      ["192.0.2.2", "192.0.2.1", false],
      ["192.0.2.255", "192.0.2.0/24", true],
      ["192.0.3.0", "192.0.2.0/24", false],
      ["10.1.2.3", "10.0.0.0/8", true],
      ["10.128.0.0", "10.0.0.0/9", false],
      ["10.127.255.255", "10.0.0.0/9", true],
      ["8.8.8.8", "0.0.0.0/0", true],
      ["::1", "0.0.0.0/0", false],
      ["127.0.0.1", "::/0", false],
      ["2001:db8::5", "2001:db8::/32", true],
      ["2001:db9::5", "2001:db8::/32", false],
      ["2001:db8:8000::", "2001:db8::/33", false],
      ["fe80::1%eth0", "fe80::/10", true],
      ["[::1]", "::1", true],
    ] as const
  ) assertEquals(within(ip, network), is, `${ip} in ${network}`);
});

Deno.test("cidr: an IPv4 address that is written as IPv6 is that IPv4 address", () => {
  assertEquals(parseIp("::ffff:192.0.2.1"), [192, 0, 2, 1]);
  assertEquals(within("::ffff:10.0.0.1", "10.0.0.0/8"), true);
  assertEquals(within("10.0.0.1", "::ffff:10.0.0.0/104"), true);
  assertEquals(parseNetwork("::ffff:10.0.0.0/95"), undefined);
});

Deno.test("cidr: what is no address and no network is none", () => {
  for (
    const text of [
      "",
      "h",
      "1.2.3",
      "256.0.0.1",
      "10.0.0.0/33",
      "::/129",
      "10.0.0.0/",
      "/8",
      "1.2.3.4/8/9",
      "010.0.0.1",
      "::1]/[",
      "a:b@[::1",
      "::1%a b",
    ]
  ) {
    assertEquals(parseNetwork(text), undefined, text);
  }
});
