import { assertEquals, assertThrows } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { WirecatError } from "../../lib/core/errors.ts";
import { certificateFacts } from "../../lib/tls/certificate.ts";
import { isPinned, parsePin } from "../../lib/tls/pin.ts";
import { cert } from "./fixture.ts";

// openssl x509 -in server.pem -noout -fingerprint -sha256
const FINGERPRINT = "79:75:B7:B8:3E:1E:F7:B8:D8:E0:BA:84:D4:B0:56:DE:" +
  "6E:7C:D3:03:C1:3E:81:79:D7:DB:67:3A:91:06:6D:48";
const der = new Uint8Array(new X509Certificate(cert("server.pem")).raw);

Deno.test("--pin: all ways to write a fingerprint are the same", () => {
  const { pin } = certificateFacts(der);
  const digits = FINGERPRINT.replaceAll(":", "").toLowerCase();
  for (
    const text of [
      FINGERPRINT,
      digits,
      pin,
      pin.replace("/", "//"),
      `sha256:${digits}`,
      `sha256 Fingerprint=${FINGERPRINT}`,
      `SHA256 Fingerprint=${FINGERPRINT}`,
      pin.slice("sha256/".length),
    ]
  ) assertEquals(parsePin(text), digits, text);
});

Deno.test("--pin: a slash may be the first digit", () => {
  const bytes = new Uint8Array(32).fill(0xff);
  const base64 = btoa(String.fromCharCode(...bytes));
  assertEquals(base64[0], "/");
  for (const before of ["", "sha256/", "sha256//"]) {
    assertEquals(parsePin(before + base64), "ff".repeat(32), before);
  }
});

Deno.test("--pin: a certificate is known by its own fingerprint and by its key's", async () => {
  const key = new X509Certificate(der).publicKey.export({ type: "spki", format: "der" });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(key)));
  const ofKey = parsePin(`sha256/${btoa(String.fromCharCode(...digest))}`);
  assertEquals(isPinned(der, [parsePin(FINGERPRINT)]), true);
  assertEquals(isPinned(der, [ofKey]), true);
  assertEquals(isPinned(der, ["00".repeat(32)]), false);
  assertEquals(isPinned(der, ["00".repeat(32), ofKey]), true);
});

Deno.test("--pin: what is no SHA-256 is a usage error", () => {
  for (
    const text of ["", "abc", "sha256/AAAA", "sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "00".repeat(31)]
  ) {
    assertEquals(assertThrows(() => parsePin(text), WirecatError).kind, "usage", text);
  }
});
