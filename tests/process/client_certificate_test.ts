import { assertEquals } from "@std/assert";
import type { PeerInfo } from "../../lib/core/peer.ts";
import { describeConnection } from "../../lib/process/environment.ts";

const NAMES = [
  "SSL_CLIENT_VERIFY",
  "SSL_CLIENT_S_DN",
  "SSL_CLIENT_I_DN",
  "SSL_CLIENT_SERIAL",
  "SSL_CLIENT_FINGERPRINT",
];

/** The variables of TLS, and which of them are unset. */
function variables(left: Partial<PeerInfo>) {
  const { set, unset } = describeConnection({ name: "tls-l:", ...left }, []);
  const ofTls = (name: string) => name.startsWith("SSL_");
  return {
    set: Object.fromEntries(Object.entries(set).filter(([name]) => ofTls(name))),
    unset: unset.filter(ofTls),
  };
}

Deno.test("environment: a client's certificate", () => {
  const certificate = { subject: "CN=ann", issuer: "CN=us", serial: "0A", fingerprint: "ab12" };
  assertEquals(variables({ certificate }), {
    set: {
      SSL_CLIENT_VERIFY: "SUCCESS",
      SSL_CLIENT_S_DN: "CN=ann",
      SSL_CLIENT_I_DN: "CN=us",
      SSL_CLIENT_SERIAL: "0A",
      SSL_CLIENT_FINGERPRINT: "ab12",
    },
    unset: [],
  });
});

Deno.test("environment: a client that was asked for a certificate and has none", () => {
  const { set, unset } = variables({ certificate: null });
  assertEquals(set, { SSL_CLIENT_VERIFY: "NONE" });
  assertEquals(unset, NAMES.slice(1));
});

Deno.test("environment: without such a question nothing is inherited from outside", () => {
  assertEquals(variables({}), { set: {}, unset: NAMES });
});
