/**
 * What is said of certificates that are too weak to be verified.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { WirecatError } from "../../lib/core/errors.ts";
import { proofFailure, tlsFailure } from "../../lib/tls/failure.ts";
import { verificationFailure } from "../../lib/tls/verification.ts";

/** Signed with ecdsa-with-SHA1, for the host `h`. */
const SHA1 = `-----BEGIN CERTIFICATE-----
MIIBazCCARKgAwIBAgIUU1RA7zNhZJi6Gx0YVD78YVf8KZYwCQYHKoZIzj0EATAN
MQswCQYDVQQDDAJDQTAgFw0yNjExMjExNzAwNTVaGA8yMTI2MTAyODE3MDA1NVow
DDEKMAgGA1UEAwwBaDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABA6OWcaqYqLh
+C43r8Y74H7wv481tKld1t0WsvPML+yyucZ585dOm2Lb57QqP+6Pj3+abwx2oQX4
lx+u+ZEFhNWjUDBOMAwGA1UdEQQFMAOCAWgwHQYDVR0OBBYEFEmzQfqz76YvSPnG
nM3YiC3o/6icMB8GA1UdIwQYMBaAFOXuWB5VK9mM7gLNiBB9vxYZ/XC6MAkGByqG
SM49BAEDSAAwRQIgE2R/7b8fCtIGT7i4fZplMTpyVWDJEHXGX4o7aMHBGBICIQCs
KKx6FVxAQh8heDYtlVLKLbWDbzbgn328LJGFysmUCw==
-----END CERTIFICATE-----`;

Deno.test("TLS: a certificate signed with SHA-1 is told to be weak, and not to be a stranger's", () => {
  const chain = [new Uint8Array(new X509Certificate(SHA1).raw)];
  for (const said of ["UnsupportedSignatureAlgorithmContext", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]) {
    const { kind, message } = verificationFailure("cannot connect to x", {
      chain,
      serverName: "h",
      said,
    });
    assertEquals(kind, "tls");
    assertStringIncludes(message, "its certificate is signed in a way that is too weak");
  }
});

Deno.test("TLS: a proof that cannot be verified is no matter of trust, whatever is accepted", () => {
  const error = new Error("unable to verify the first certificate");
  const { message, hint } = proofFailure("cannot connect to x", error);
  assertStringIncludes(message, "its key too weak");
  assertStringIncludes(hint!, "2048 bits");
  const refused = tlsFailure(
    "cannot connect to x",
    new Error("invalid peer certificate: BadSignature"),
  );
  assertEquals([refused.message, refused.hint], [message, hint]);
  const known = new WirecatError("tls", "known");
  assertEquals(proofFailure("cannot connect to x", known), known);
  assertStringIncludes(proofFailure("x", new Error("socket hang up")).message, "ended during");
});

Deno.test("TLS: a server with old versions only is told which ones wirecat speaks", () => {
  const { hint } = tlsFailure("x", new Error("received fatal alert: ProtocolVersion"));
  assertEquals(hint, "wirecat speaks TLS 1.2 and 1.3, and only the latter with --tls-min 1.3");
});
