import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { addressRules } from "../../lib/net/address_rules.ts";
import { testEnv } from "../peers.ts";

const CASES: readonly [allow: string[], deny: string[], in_: string[], out: string[]][] = [
  [["127.0.0.1"], [], ["127.0.0.1", "::ffff:127.0.0.1"], ["127.0.0.2", "::1"]],
  [["192.0.2.0/24"], ["192.0.2.128/25"], ["192.0.2.1"], ["192.0.2.129", "192.0.3.1"]],
  [[], ["192.0.2.7", "2001:db8::/32"], ["192.0.2.8", "::1"], ["192.0.2.7", "2001:db8::1"]],
  [["::1", "2001:db8::/33"], [], ["::1", "2001:db8:1::"], ["2001:db8:8000::", "127.0.0.1"]],
  [["0.0.0.0/0"], [], ["203.0.113.9"], ["::1"]],
  [["127.0.0.1"], ["127.0.0.1"], [], ["127.0.0.1"]],
];

for (const [allow, deny, in_, out] of CASES) {
  Deno.test(`--allow-address ${allow} --deny-address ${deny}`, async () => {
    const env = testEnv({ "allow-address": allow, "deny-address": deny });
    const rules = (await addressRules(env))!;
    for (const ip of in_) assertEquals(rules(ip), true, ip);
    for (const ip of out) assertEquals(rules(ip), false, ip);
    assertEquals(env.lines.length, out.length);
  });
}

Deno.test("--allow-address: who is turned away is told under -v, and why", async () => {
  const env = testEnv({ "allow-address": ["127.0.0.0/8"], "deny-address": ["127.0.0.2"] });
  const rules = (await addressRules(env))!;
  rules("::1");
  rules("127.0.0.2");
  assertEquals(env.lines, [
    "wirecat: a connection from ::1 was turned away by --allow-address",
    "wirecat: a connection from 127.0.0.2 was turned away by --deny-address",
  ]);
});

Deno.test("--allow-address: without the options there are no rules", async () => {
  assertEquals(await addressRules(testEnv()), undefined);
});

for (
  const text of ["", "localhost", "127.0.0.1/33", "127.0.0.1/", "::1/129", "1.2.3", "1.2.3.4/-1"]
) {
  Deno.test(`--deny-address: '${text}' is refused`, async () => {
    await assertRejects(
      () => addressRules(testEnv({ "deny-address": [text] })),
      WirecatError,
      `--deny-address: '${text}' is neither an IP address nor a network`,
    );
  });
}
