import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { readIdentity } from "../../lib/tls/identity.ts";
import { certificateBlocks, readCertificates } from "../../lib/tls/roots.ts";
import { cert, certPath } from "./fixture.ts";

const strip = (pem: string) => pem.replaceAll(/\s/g, "");

for (const name of ["server.p12", "server-legacy.p12"]) {
  Deno.test(`${name}: certificate, issuers without the root, and key`, async () => {
    const { cert: chain, key } = await readIdentity({ file: certPath(name), password: "sesame" });
    assertEquals(strip(chain), strip(cert("server-chain.pem")));
    assertEquals(strip(key), strip(cert("server.key")));
  });

  Deno.test(`${name}: a wrong password is told as such`, async () => {
    const file = certPath(name);
    const error = await assertRejects(() => readIdentity({ file, password: "x" }), WirecatError);
    assertEquals(error.kind, "tls");
    assertEquals(error.message, `${file}: the password does not open the archive`);
    const none = await assertRejects(() => readIdentity({ file, password: "" }), WirecatError);
    assertEquals(none.message, `${file}: the archive needs a password`);
  });
}

Deno.test("an archive with an empty password", async () => {
  const file = certPath("server-no-password.p12");
  const { cert: chain } = await readIdentity({ file, password: "" });
  assertEquals(strip(chain), strip(cert("server.pem")));
});

Deno.test("PEM: certificate and key in two files", async () => {
  const { cert: chain, key } = await readIdentity({
    file: certPath("server-chain.pem"),
    keyFile: certPath("server.key"),
    password: "",
  });
  assertEquals(strip(chain), strip(cert("server-chain.pem")));
  assertMatch(key, /^-----BEGIN PRIVATE KEY-----/);
});

Deno.test("PEM: both in one file, in any order, with other certificates before", async () => {
  const file = await Deno.makeTempFile();
  const certificates = [cert("client.pem"), cert("intermediate.pem"), cert("server.pem")];
  await Deno.writeTextFile(file, cert("server.key") + certificates.join("\n"));
  const { cert: chain } = await readIdentity({ file, password: "" });
  assertEquals(strip(chain), strip(cert("server-chain.pem")));
  await Deno.remove(file);
});

Deno.test("PEM: an encrypted key is opened with the password", async () => {
  const source = { file: certPath("server.pem"), keyFile: certPath("server-encrypted.key") };
  const { key } = await readIdentity({ ...source, password: "sesame" });
  assertEquals(strip(key), strip(cert("server.key")));
  for (const [password, said] of [["", "needs a password"], ["x", "does not open"]]) {
    const error = await assertRejects(() => readIdentity({ ...source, password }), WirecatError);
    assertStringIncludes(error.message, said);
  }
});

Deno.test("what cannot be used is told in one line, and of which file", async () => {
  const empty = await Deno.makeTempFile();
  const rows: [string, string | undefined, string][] = [
    [certPath("missing.pem"), undefined, "cannot read"],
    [certPath("server.pem"), undefined, "there is no private key in it"],
    [certPath("server.key"), undefined, "there is no certificate in it"],
    [certPath("server.pem"), certPath("client.key"), "does not belong to the certificate"],
    [certPath("server.pem"), certPath("root.pem"), "there is no private key in it"],
    [certPath("README.md"), undefined, "neither a PKCS#12 archive nor a PEM file"],
    [empty, undefined, "neither a PKCS#12 archive nor a PEM file"],
  ];
  for (const [file, keyFile, said] of rows) {
    const error = await assertRejects(
      () => readIdentity({ file, keyFile, password: "" }),
      WirecatError,
    );
    assertEquals(error.kind, "tls");
    assertStringIncludes(error.message, said);
    assertStringIncludes(error.message, "/");
  }
  await Deno.remove(empty);
});

Deno.test("a certificate in the place of a key, and the other way round, get a hint", async () => {
  const [pem, key] = [certPath("server.pem"), certPath("server.key")];
  const options = { file: "cert", key: "key" };
  const rows: [string, string | undefined, string][] = [
    [key, pem, `${key} has the private key, and ${pem} the certificate: swap --cert and --key`],
    [key, key, `${key} has a private key only: name the certificate with --cert`],
    [key, undefined, `${key} has a private key only: name the certificate with --cert`],
    [pem, pem, "it has a certificate; name the file that has the key with --key"],
    [pem, undefined, "it has a certificate; name the file that has the key with --key"],
    [pem, certPath("make.sh"), "name the file that has it with --key"],
  ];
  for (const [file, keyFile, hint] of rows) {
    const source = { file, keyFile, options, password: "" };
    const error = await assertRejects(() => readIdentity(source), WirecatError);
    assertEquals(error.hint, hint);
  }
});

Deno.test("a file that an option names and that is not there is a usage error", async () => {
  const missing = certPath("missing.pem");
  const options = { file: "tls-cert", key: "tls-key" };
  for (
    const [source, said] of [
      [{ file: missing }, `cannot read --tls-cert ${missing}: no such file`],
      [{ file: certPath("server.pem"), keyFile: missing }, `cannot read --tls-key ${missing}: no`],
    ] as const
  ) {
    const error = await assertRejects(
      () => readIdentity({ ...source, options, password: "" }),
      WirecatError,
      said,
    );
    assertEquals(error.kind, "usage");
  }
  const error = await assertRejects(
    () => readCertificates(missing, `--tls-ca ${missing}`, "usage"),
    WirecatError,
    `cannot read --tls-ca ${missing}: no such file`,
  );
  assertEquals(error.kind, "usage");
});

Deno.test("certificateBlocks: takes certificates only", () => {
  const text = `comment\n${cert("server.key")}${cert("root.pem")}\n# x\n${cert("client.pem")}`;
  assertEquals(certificateBlocks(text).map(strip), [
    strip(cert("root.pem")),
    strip(cert("client.pem")),
  ]);
});
