import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { certificateFacts, isForHost } from "../../lib/tls/certificate.ts";
import { connectTls } from "../../lib/tls/connect.ts";
import { selfSigned } from "../../lib/tls/self_signed.ts";
import { findProgram } from "../interop/programs.ts";
import { echo, readText, tlsServer, write } from "./fixture.ts";

Deno.test("a certificate made on the fly is for all its names, for 90 days", async () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const { cert } = await selfSigned(["my.test", "localhost", "127.0.0.1", "::1"], now);
  const facts = certificateFacts(cert);
  assertEquals(facts.names, ["my.test", "localhost", "127.0.0.1", "::1"]);
  assertEquals(facts.subject, "CN=my.test,O=wirecat self-signed");
  assertEquals(facts.from, new Date("2026-11-21T11:00:00Z"));
  assertEquals(facts.until, new Date("2027-02-19T12:00:00Z"));
  assert(facts.selfSigned);
  for (const host of ["my.test", "127.0.0.1", "::1"]) assert(isForHost(cert, host), host);
  for (const host of ["your.test", "127.0.0.2", "::2"]) assert(!isForHost(cert, host), host);
});

Deno.test("a certificate made on the fly is another one each time", async () => {
  const [a, b] = await Promise.all([selfSigned(["localhost"]), selfSigned(["localhost"])]);
  assert(new X509Certificate(a.cert).serialNumber !== new X509Certificate(b.cert).serialNumber);
  assert(a.key !== b.key);
});

Deno.test("a certificate made on the fly serves, trusted by its pin or as an authority", async () => {
  const identity = await selfSigned(["localhost", "127.0.0.1"]);
  const { pin } = certificateFacts(identity.cert);
  const { parsePin } = await import("../../lib/tls/pin.ts");
  await using server = tlsServer(echo, identity);
  for (const trust of [{ pins: [parsePin(pin)] }, { authorities: [identity.cert] }]) {
    const conn = await connectTls({ hostname: "127.0.0.1", port: server.port, ...trust });
    await write(conn, "hello");
    await conn.closeWrite();
    assertEquals(await readText(conn), "hello");
    conn.close();
  }
});

Deno.test({
  name: "openssl verifies a certificate made on the fly (where openssl is installed)",
  ignore: findProgram("openssl") === undefined,
  async fn() {
    const { cert } = await selfSigned(["my.test", "::1"]);
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, cert);
    const run = async (...args: string[]) => {
      const { stdout } = await new Deno.Command("openssl", { args }).output();
      return new TextDecoder().decode(stdout);
    };
    assertStringIncludes(
      await run("verify", "-verify_hostname", "my.test", "-CAfile", file, file),
      "OK",
    );
    const text = await run("x509", "-in", file, "-noout", "-text");
    assertStringIncludes(text, "DNS:my.test, IP Address:0:0:0:0:0:0:0:1");
    assertStringIncludes(text, "CA:FALSE");
    await Deno.remove(file);
  },
});
