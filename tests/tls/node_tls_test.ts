import { assertEquals, assertThrows } from "@std/assert";
import type { TLSSocket } from "node:tls";
import { chainOf } from "../../lib/tls/node_tls.ts";

/** A socket that can do no more than tell the certificate of the other side. */
function socketWith(getPeerCertificate: () => unknown): TLSSocket {
  return { getPeerCertificate } as unknown as TLSSocket;
}

Deno.test("node:tls: the certificates of the other side are told, an issuer of itself once", () => {
  const root: Record<string, unknown> = { raw: new Uint8Array([2]) };
  root.issuerCertificate = root;
  const own = { raw: new Uint8Array([1]), issuerCertificate: root };
  assertEquals(chainOf(socketWith(() => own)), [new Uint8Array([1]), new Uint8Array([2])]);
  assertEquals(chainOf(socketWith(() => ({}))), []);
});

Deno.test("node:tls: a runtime that cannot tell them has none, so that -k works all the same", () => {
  const cannot = () => {
    throw new TypeError("getPeerCertificate is not a function");
  };
  assertEquals(chainOf(socketWith(cannot)), []);
  const fails = () => {
    throw new Error("something else");
  };
  assertThrows(() => chainOf(socketWith(fails)), Error, "something else");
});
