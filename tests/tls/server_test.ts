import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import type { ByteConn } from "../../lib/core/conn.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { Trace } from "../../lib/core/trace.ts";
import { certificateFacts } from "../../lib/tls/certificate.ts";
import { tlsOverConn } from "../../lib/tls/connect.ts";
import type { TlsClientOptions } from "../../lib/tls/connect.ts";
import { selfSigned } from "../../lib/tls/self_signed.ts";
import { tlsAcceptor, type TlsServerSettings } from "../../lib/tls/server.ts";
import { cert, identity, opaque, readText, tcpPair, write } from "./fixture.ts";

const root = [cert("root.pem")];
const chained = { cert: cert("chained-client.pem"), key: cert("chained-client.key") };
const clients = (required: boolean) => ({ required, authorities: cert("clients-root.pem") });

/** Both ends of a TLS connection, or why there is none. */
async function connected(
  settings: Partial<TlsServerSettings>,
  client: TlsClientOptions,
  then: (conn: ByteConn) => Promise<void> = () => Promise.resolve(),
) {
  const [left, right] = await tcpPair();
  const accept = tlsAcceptor({ identities: [identity()], ...settings });
  const accepting = accept(right, { name: "the client" });
  const connecting = tlsOverConn(opaque(left), {
    serverName: "localhost",
    authorities: root,
    truncation: "end",
    ...client,
  }).then(async (conn) => {
    await then(conn);
    return conn;
  });
  const [accepted, conn] = await Promise.allSettled([accepting, connecting]);
  const close = () => {
    if (conn.status === "fulfilled") conn.value.close();
    if (accepted.status === "fulfilled") accepted.value.conn.close();
  };
  return { accepted, conn, close };
}

async function accepted(settings: Partial<TlsServerSettings>, client: TlsClientOptions = {}) {
  // A client that ends at once, so that nobody who is refused is waited for.
  const { accepted, close } = await connected(settings, client, (conn) => conn.closeWrite());
  close();
  if (accepted.status === "rejected") throw accepted.reason;
  return accepted.value;
}

Deno.test("SNI: each name gets its certificate, an unknown one and none the first", async () => {
  const [other, wild] = await Promise.all([
    selfSigned(["other.test"]),
    selfSigned(["*.wild.test"]),
  ]);
  const identities = [identity(), other, wild] as const;
  for (
    const [serverName, subject] of [
      ["other.test", "CN=other.test,O=wirecat self-signed"],
      ["a.wild.test", "CN=*.wild.test,O=wirecat self-signed"],
      ["localhost", "CN=localhost"],
      ["nobody.test", "CN=localhost"],
      ["127.0.0.1", "CN=localhost"],
    ]
  ) {
    const trace = new Trace();
    await accepted({ identities }, { serverName, insecure: true, trace });
    assertEquals(certificateFacts(trace.tls!.chain![0]).subject, subject);
  }
});

Deno.test("client certificates: one with its issuer is told by subject and fingerprint", async () => {
  const { certificate } = await accepted({ clients: clients(true) }, { identity: chained });
  const facts = certificateFacts(chained.cert);
  assertEquals(certificate, {
    subject: 'CN=al\\+ice\\, \\"of\\" tests',
    issuer: "CN=wirecat test clients intermediate",
    serial: facts.serial,
    fingerprint: facts.fingerprint.replaceAll(":", "").toLowerCase(),
  });
});

Deno.test("client certificates: required and none shown is refused", async () => {
  await assertRejects(
    () => accepted({ clients: clients(true) }),
    WirecatError,
    "no TLS with the client: the client showed no certificate",
  );
});

Deno.test("client certificates: optional and none shown is served", async () => {
  assertEquals((await accepted({ clients: clients(false) })).certificate, null);
});

Deno.test("client certificates: not asked for, nothing is told", async () => {
  assertEquals((await accepted({}, { identity: chained })).certificate, undefined);
});

Deno.test("client certificates: a bad one is refused, required or optional", async () => {
  const expired = { cert: cert("expired.pem"), key: cert("expired.key") };
  const [leaf] = chained.cert.split(/(?<=-----END CERTIFICATE-----\n)/);
  const bad: [string, { cert: string; key: string }, string][] = [
    [
      "of another authority",
      { cert: cert("client.pem"), key: cert("client.key") },
      cert("clients-root.pem"),
    ],
    ["without its issuer", { cert: leaf, key: chained.key }, cert("clients-root.pem")],
    ["a server's", { cert: cert("server-chain.pem"), key: cert("server.key") }, cert("root.pem")],
    ["expired", expired, cert("root.pem")],
    ["self-signed", await selfSigned(["client"]), cert("clients-root.pem")],
  ];
  for (const required of [true, false]) {
    for (const [what, identity, authorities] of bad) {
      const error = await assertRejects(
        () => accepted({ clients: { required, authorities } }, { identity }),
        WirecatError,
      );
      assertEquals(error.kind, "tls", what);
      assertStringIncludes(error.message, "the client's certificate", what);
    }
  }
});

Deno.test("client certificates: who is refused is told why within TLS, then closed", async () => {
  const refusal = (reason: string) => new TextEncoder().encode(`sorry: ${reason}`);
  const [left, right] = await tcpPair();
  const accept = tlsAcceptor({ identities: [identity()], clients: clients(true), refusal });
  const accepting = assertRejects(() => accept(right, { name: "x" }), WirecatError);
  const conn = await tlsOverConn(opaque(left), { serverName: "localhost", authorities: root });
  assertEquals(await readText(conn), "sorry: the client showed no certificate");
  await conn.closeWrite();
  await accepting;
  conn.close();
});

Deno.test("ALPN: the first of the server's that the client offers", async () => {
  const trace = new Trace();
  await accepted({ alpn: ["b", "a"] }, { alpn: ["a", "b", "c"], trace });
  assertEquals(trace.tls?.alpn, "b");
});

Deno.test("ALPN: where there is nothing in common, both sides say so", async () => {
  const { accepted, conn } = await connected({ alpn: ["b", "a"] }, { alpn: ["c"] });
  assertEquals([accepted.status, conn.status], ["rejected", "rejected"]);
  if (accepted.status !== "rejected") return;
  assertStringIncludes(`${accepted.reason}`, "the client offers none of the protocols of --alpn");
});

Deno.test("minVersion 1.3: a client of TLS 1.2 is refused, one of 1.3 served", async () => {
  const { connect } = await import("node:tls");
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accept = tlsAcceptor({ identities: [identity()], minVersion: "1.3" });
    const accepting = listener.accept().then((conn) => accept(conn, { name: "x" }));
    const socket = connect({
      ...{ host: "127.0.0.1", port: listener.addr.port, maxVersion, rejectUnauthorized: false },
    });
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    if (maxVersion === "TLSv1.3") (await accepting).conn.close();
    else await assertRejects(() => accepting, WirecatError, "no version or cipher in common");
    socket.destroy();
    await closed;
  }
});

Deno.test("a long echo through a server that asks for certificates", async () => {
  const both = await connected({ clients: clients(true) }, { identity: chained });
  if (both.accepted.status === "rejected") throw both.accepted.reason;
  if (both.conn.status === "rejected") throw both.conn.reason;
  const server = both.accepted.value.conn;
  const client = both.conn.value;
  const text = "0123456789abcdef".repeat(20_000);
  const echoing = readText(server).then(async (got) => {
    await write(server, got);
    await server.closeWrite();
  });
  await write(client, text);
  await client.closeWrite();
  assertEquals((await readText(client)).length, text.length);
  await echoing;
  both.close();
});

Deno.test("authorities that cannot be read are an error at once", () => {
  const authorities = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
  assertThrows(
    () => tlsAcceptor({ identities: [identity()], clients: { required: true, authorities } }),
    WirecatError,
    "a certificate of --cafile is broken",
  );
});
