import { assertEquals } from "@std/assert";
import { isForHost } from "../../lib/tls/certificate.ts";
import { selfSigned } from "../../lib/tls/self_signed.ts";

Deno.test("RFC 9525 6: a certificate is for its names and addresses", async () => {
  const { cert } = await selfSigned(["a.test", "*.b.test", "127.0.0.1", "fe80::1"]);
  for (
    const [host, is] of [
      ["a.test", true],
      ["A.Test.", true],
      ["x.b.test", true],
      ["x.y.b.test", false],
      ["b.test", false],
      ["127.0.0.1", true],
      ["127.0.0.2", false],
      ["fe80::1", true],
      ["FE80:0::1", true],
      ["fe80::1%eth0", true],
      ["fe80::2%eth0", false],
      ["127.0.1", false],
      ["999.1.1.1", false],
      ["::ffff:127.0.0.1", false],
      ["", false],
    ] as const
  ) assertEquals(isForHost(cert, host), is, host);
});
