import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { Trace } from "../../lib/core/trace.ts";
import { certificateFacts } from "../../lib/tls/certificate.ts";
import { connectTls, type ConnectTlsOptions, tlsOverConn } from "../../lib/tls/connect.ts";
import { parsePin } from "../../lib/tls/pin.ts";
import { selfSigned } from "../../lib/tls/self_signed.ts";
import { cert, echo, identity, opaque, readText, tlsServer, write } from "./fixture.ts";

const root = [cert("root.pem")];

async function overAnotherStream(options: ConnectTlsOptions) {
  const { hostname, port } = options;
  const conn = opaque(await Deno.connect({ hostname, port }));
  return await tlsOverConn(conn, { serverName: hostname, ...options });
}

for (
  const [way, connect] of [
    ["the runtime's TLS", connectTls],
    ["node:tls", overAnotherStream],
  ] as const
) {
  const refused = async (
    who: { cert: string; key: string },
    options: Partial<ConnectTlsOptions> = {},
  ) => {
    await using server = tlsServer((conn) => conn.handshake().then(() => readText(conn)), who);
    const asked = { hostname: "127.0.0.1", port: server.port, authorities: root, ...options };
    const error = await assertRejects(() => connect(asked), WirecatError);
    assertEquals(error.kind, "tls");
    assert(!`${error.message}${error.hint}`.includes("\n"));
    return error;
  };

  Deno.test(`${way}: a refusal tells which certificate, why, and what to type`, async () => {
    const { message, hint } = await refused(identity("expired", "expired"));
    const { fingerprint, pin } = certificateFacts(cert("expired.pem"));
    assertStringIncludes(message, "its certificate has expired on 2020-02-01 (CN=localhost, ");
    assertStringIncludes(message, "issued by CN=wirecat test root, valid 2020-01-01 to 2020-02-01");
    assertStringIncludes(message, `SHA-256 ${fingerprint})`);
    assertStringIncludes(hint!, `--pin ${pin}`);
  });

  Deno.test(`${way}: a certificate that is not valid yet`, async () => {
    const later = await selfSigned(["127.0.0.1"], new Date(Date.now() + 1e10));
    const { message, hint } = await refused(later, { authorities: [later.cert] });
    assertMatch(message, /its certificate is valid only from \d{4}-\d\d-\d\d on \(/);
    assertStringIncludes(hint!, "is this machine's clock right?");
  });

  Deno.test(`${way}: two things that are wrong are both told`, async () => {
    const { message } = await refused(identity("expired", "expired"), { serverName: "a.test" });
    assertStringIncludes(
      message,
      "has expired on 2020-02-01; it is for localhost, 127.0.0.1, ::1, not for a.test",
    );
  });

  Deno.test(`${way}: a name mismatch tells the names, and --tls-domain`, async () => {
    const { message, hint } = await refused(identity(), { serverName: "a.test" });
    assertStringIncludes(
      message,
      "its certificate is for localhost, 127.0.0.1, ::1, not for a.test (",
    );
    assertStringIncludes(hint!, "--tls-domain NAME");
  });

  Deno.test(`${way}: an unknown issuer, and a certificate of its own`, async () => {
    const unknown = await refused(identity(), { authorities: [cert("clients-root.pem")] });
    assertStringIncludes(unknown.message, "is signed by nobody who is trusted here (");
    assertStringIncludes(unknown.hint!, "--cacert FILE");
    const alone = await refused(identity("server"), { authorities: [cert("root.pem")] });
    assertStringIncludes(alone.message, "; the server does not show its issuer's certificate (");
    const [chain, top] = [cert("server-chain.pem"), cert("root.pem")];
    const shown = { ...identity(), cert: chain + top };
    const whole = await refused(shown, { authorities: [cert("clients-root.pem")] });
    assertStringIncludes(whole.message, "is signed by nobody who is trusted here (");
    const own = await refused(await selfSigned(["127.0.0.1"]));
    assertStringIncludes(own.message, "is signed by itself, and not trusted here (CN=127.0.0.1");
  });

  Deno.test(`${way}: a pin is enough, whatever is wrong with the certificate`, async () => {
    await using server = tlsServer(echo, identity("expired", "expired"));
    const pins = [parsePin(certificateFacts(cert("expired.pem")).pin)];
    const asked = { hostname: "127.0.0.1", port: server.port, serverName: "a.test", pins };
    const conn = await connect(asked);
    await write(conn, "x");
    await conn.closeWrite();
    assertEquals(await readText(conn), "x");
    conn.close();
  });

  Deno.test(`${way}: another certificate than the pinned one is refused, valid or not, -k or not`, async () => {
    const pins = ["00".repeat(32)];
    for (const insecure of [false, true]) {
      const { message, hint } = await refused(identity(), { pins, insecure });
      assertStringIncludes(message, "its certificate is not the one of --pin (CN=localhost, ");
      assertStringIncludes(hint!, `--pin ${certificateFacts(cert("server.pem")).pin}`);
    }
  });

  Deno.test(`${way}: a trace has the session and the chain`, async () => {
    await using server = tlsServer(echo);
    const trace = new Trace();
    const asked = { hostname: "127.0.0.1", port: server.port, authorities: root, trace };
    (await connect(asked)).close();
    assertEquals(trace.tls?.version, "TLSv1.3");
    assertMatch(trace.tls!.cipher!, /^TLS_/);
    assertEquals(trace.tls?.verified, true);
    assertEquals(certificateFacts(trace.tls!.chain![0]).subject, "CN=localhost");
    assertEquals(
      certificateFacts(trace.tls!.chain![1]).subject,
      "CN=wirecat test intermediate",
    );
    assert(trace.done.tls! > 0);
  });

  Deno.test(`${way}: a trace has the session also where the certificate is refused`, async () => {
    const trace = new Trace();
    await refused(identity("expired", "expired"), { trace });
    assertEquals(trace.tls?.verified, false);
    assertEquals(certificateFacts(trace.tls!.chain![0]).until.getUTCFullYear(), 2020);
  });
}

Deno.test("a refusal costs the server no failed handshake", async () => {
  const seen: string[] = [];
  await using server = tlsServer(async (conn) => {
    await conn.handshake();
    seen.push(await readText(conn));
  });
  const asked = { hostname: "localhost", port: server.port, authorities: [] };
  await assertRejects(() => connectTls(asked), WirecatError, "nobody");
  while (seen.length === 0 || server.failures.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(seen, [""]); // It looked at the certificate, said nothing and closed in order.
  assertEquals(server.failures.length, 1); // The first one refused the certificate itself.
});

Deno.test("minVersion 1.3: a server of TLS 1.2 is refused", async () => {
  const { createServer } = await import("node:tls");
  const server = createServer({ ...identity(), maxVersion: "TLSv1.2" }, (socket) => socket.end());
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  const asked = { hostname: "127.0.0.1", port, authorities: root };
  await assertRejects(
    () => connectTls({ ...asked, minVersion: "1.3" }),
    WirecatError,
    "refused by the other side: protocol version",
  );
  (await connectTls({ ...asked, minVersion: "1.2" })).close();
  await new Promise((resolve) => server.close(resolve));
});
