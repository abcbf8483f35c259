import { assertEquals, assertThrows } from "@std/assert";
import { X509Certificate } from "node:crypto";
import {
  dotted,
  elements,
  encode,
  integer,
  objectIdentifier,
  sequence,
  TAG,
  time,
} from "../../lib/tls/der.ts";
import { distinguishedNames } from "../../lib/tls/distinguished_name.ts";
import { cert } from "./fixture.ts";

Deno.test("DER: lengths below and above 127 bytes", () => {
  assertEquals([...encode(TAG.octetString, new Uint8Array(2))], [4, 2, 0, 0]);
  assertEquals([...encode(TAG.octetString, new Uint8Array(200)).subarray(0, 3)], [4, 0x81, 200]);
  const long = encode(TAG.octetString, new Uint8Array(70000));
  assertEquals([...long.subarray(0, 5)], [4, 0x83, 1, 0x11, 0x70]);
  assertEquals(elements(long)[0].content.length, 70000);
});

Deno.test("DER: integers have no needless zeros, and a sign where it is needed", () => {
  assertEquals([...integer(Uint8Array.of(0, 0, 5))], [2, 1, 5]);
  assertEquals([...integer(Uint8Array.of(0x80))], [2, 2, 0, 0x80]);
  assertEquals([...integer(Uint8Array.of(0))], [2, 1, 0]);
});

Deno.test("DER: object identifiers there and back", () => {
  for (const name of ["2.5.4.3", "1.2.840.10045.4.3.2", "0.9.2342.19200300.100.1.1", "2.999"]) {
    assertEquals(dotted(elements(objectIdentifier(name))[0].content), name);
  }
});

Deno.test("DER: times have two digits of the year until 2049", () => {
  const text = (date: string) => new TextDecoder().decode(time(new Date(date)).subarray(2));
  assertEquals(text("2026-11-21T13:14:15Z"), "261121131415Z");
  assertEquals(text("2050-01-01T00:00:00Z"), "20500101000000Z");
});

Deno.test("DER: what is cut off is an error", () => {
  assertThrows(() => elements(sequence(new Uint8Array(9)).subarray(0, 5)), RangeError);
  assertThrows(() => elements(Uint8Array.of(0x30)), RangeError);
});

Deno.test("a name in a certificate is escaped, so that no value can pass for another part", () => {
  const der = new X509Certificate(cert("chained-client.pem")).raw;
  assertEquals(distinguishedNames(new Uint8Array(der)), {
    subject: 'CN=al\\+ice\\, \\"of\\" tests',
    issuer: "CN=wirecat test clients intermediate",
  });
});
