import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { arrangeIdentity } from "../../lib/tls/chain.ts";
import { readIdentity } from "../../lib/tls/identity.ts";
import { KEY_HINT, unusableKey } from "../../lib/tls/key_kind.ts";
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

for (const name of ["encrypted", "des3", "sha1"]) {
  Deno.test(`PEM: an encrypted key (${name}) is opened with the password`, async () => {
    const source = { file: certPath("server.pem"), keyFile: certPath(`server-${name}.key`) };
    const { key } = await readIdentity({ ...source, password: "sesame" });
    assertEquals(strip(key), strip(cert("server.key")));
    for (const [password, said] of [["", "needs a password"], ["x", "does not open"]]) {
      const error = await assertRejects(() => readIdentity({ ...source, password }), WirecatError);
      assertStringIncludes(error.message, said);
    }
  });
}

Deno.test("a key that TLS cannot take is told as such, with those that it can", () => {
  const keys = [
    ["rsa", { modulusLength: 1024 }, "its RSA key has only 1024 bits"],
    ["ec", { namedCurve: "secp256k1" }, "its key is for the curve secp256k1"],
    ["ed448", undefined, "its key is one of ED448"],
  ] as const;
  for (const [asymmetricKeyType, asymmetricKeyDetails, said] of keys) {
    const key = { asymmetricKeyType, asymmetricKeyDetails } as unknown as KeyObject;
    assertEquals(unusableKey(key), said);
    const error = assertThrows(() => arrangeIdentity([], key, "id.pem"), WirecatError);
    assertEquals([error.message, error.hint], [
      `id.pem: ${said}, which is of no use here`,
      KEY_HINT,
    ]);
  }
  for (const name of ["server", "client"]) {
    assertEquals(unusableKey(createPrivateKey(cert(`${name}.key`))), undefined);
  }
  for (const [type, options] of [["rsa", { modulusLength: 2048 }], ["ed25519", {}]] as const) {
    const { privateKey } = generateKeyPairSync(type as "rsa", options as { modulusLength: number });
    assertEquals(unusableKey(privateKey), undefined);
  }
  for (const namedCurve of ["prime256v1", "P-256", "secp384r1", "secp521r1"]) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve });
    assertEquals(unusableKey(privateKey), undefined, namedCurve);
  }
});

Deno.test("files of other kinds get the command that makes them what is needed", async () => {
  const folder = await Deno.makeTempDir();
  const block = (name: string) => `-----BEGIN ${name}-----\nAAAA\n-----END ${name}-----\n`;
  const der = new Uint8Array(new X509Certificate(cert("server.pem")).raw);
  const rows: [Uint8Array | string, string, string][] = [
    [der, "neither a PKCS#12 archive nor a PEM file", "openssl x509 -inform DER -in"],
    [block("TRUSTED CERTIFICATE"), "there is no certificate in it", "openssl x509 -in"],
    [block("CERTIFICATE REQUEST"), "there is no certificate in it", "the request for a certif"],
    [cert("server.pem") + block("OPENSSH PRIVATE KEY"), "is one for SSH", "ssh-keygen -p -m PEM"],
    [cert("server.pem") + block("PRIVATE KEY"), "is broken, or of a kind", "openssl pkey -noout"],
  ];
  try {
    const file = `${folder}/file`;
    for (const [content, said, hint] of rows) {
      if (typeof content === "string") await Deno.writeTextFile(file, content);
      else await Deno.writeFile(file, content);
      const error = await assertRejects(() => readIdentity({ file, password: "" }), WirecatError);
      assertStringIncludes(error.message, said);
      assertStringIncludes(error.hint ?? "", hint);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a key in DER gets the command that makes PEM of it, and nothing else does", async () => {
  const keyFile = await Deno.makeTempFile();
  const hintFor = async (bytes: Uint8Array) => {
    await Deno.writeFile(keyFile, bytes);
    const source = { file: certPath("server.pem"), keyFile, password: "" };
    const error = await assertRejects(() => readIdentity(source), WirecatError);
    assertStringIncludes(error.message, "there is no private key in it");
    return error.hint ?? "";
  };
  const encrypted = { cipher: "aes-256-cbc", passphrase: "sesame" };
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const { privateKey: ed } = generateKeyPairSync("ed25519");
  const keys = [
    rsa.export({ format: "der", type: "pkcs1" }),
    ec.export({ format: "der", type: "sec1" }),
    ...[rsa, ec, ed].flatMap((key) => [
      key.export({ format: "der", type: "pkcs8" }),
      key.export({ format: "der", type: "pkcs8", ...encrypted }),
    ]),
  ];
  try {
    for (const key of keys) {
      const command = `openssl pkey -inform DER -in ${keyFile} -out key.pem`;
      assertStringIncludes(await hintFor(key), command, key.subarray(0, 24).toHex());
    }
    const others = [
      new X509Certificate(cert("server.pem")).raw,
      Deno.readFileSync(certPath("server.p12")),
      new TextEncoder().encode("0 not a key"),
    ];
    for (const other of others) assertEquals((await hintFor(other)).includes("DER"), false);
  } finally {
    await Deno.remove(keyFile);
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
    [certPath("version-1.pem"), certPath("server.key"), "the certificate is one of version 1"],
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
