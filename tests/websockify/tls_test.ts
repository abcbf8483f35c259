/** The program as a whole: TLS on the port of all else. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { cert, certPath } from "../tls/fixture.ts";
import { EchoTarget, frame, RawClient, upgrade, Websockify } from "./raw_client.ts";

const CERT = ["--cert", certPath("server-chain.pem"), "--key", certPath("server.key")];

async function secure(port: number, identity?: { cert: string; key: string }): Promise<RawClient> {
  const conn = await Deno.connectTls({
    ...{ hostname: "localhost", port, caCerts: [cert("root.pem")] },
    ...identity,
  });
  await conn.handshake();
  return new RawClient(conn);
}

Deno.test("TLS: on the same port as plain clients, and with a key that has a password", async (t) => {
  using target = new EchoTarget();
  const key = ["--key", certPath("server-encrypted.key"), "--key-password", "sesame"];
  const options = [...CERT.slice(0, 2), ...key];
  await using server = await Websockify.start(options, [`127.0.0.1:${target.port}`]);
  for (const [name, connect] of [["wss", secure], ["ws", RawClient.connect]] as const) {
    await t.step(name, async () => {
      using client = await connect(server.port);
      await client.send(upgrade());
      assertMatch(await client.head(), /^HTTP\/1\.1 101 /);
      await client.send(frame(2, "hello"));
      assertEquals(await client.take(7), "\x82\x05hello");
      await server.waitFor(new RegExp(`: ${name} session for /`));
    });
  }
});

Deno.test("--ssl-only: clients without TLS are turned away", async () => {
  using target = new EchoTarget();
  await using server = await Websockify.start([...CERT, "--ssl-only"], [
    `127.0.0.1:${target.port}`,
  ]);
  using plain = await RawClient.connect(server.port);
  await plain.send(upgrade());
  assertEquals((await plain.rest()).startsWith("HTTP"), false);
  using client = await secure(server.port);
  await client.send(upgrade());
  assertMatch(await client.head(), /^HTTP\/1\.1 101 /);
});

Deno.test("--ssl-target: the target is spoken to with TLS", async () => {
  using listener = Deno.listenTls({
    ...{ hostname: "127.0.0.1", port: 0, cert: cert("self-signed.pem") },
    key: cert("self-signed.key"),
  });
  const serving = (async () => {
    using conn = await listener.accept();
    const buffer = new Uint8Array(16);
    const length = await conn.read(buffer) ?? 0;
    await conn.write(buffer.subarray(0, length));
    await conn.read(buffer);
  })();
  const { port } = listener.addr;
  await using server = await Websockify.start(["--ssl-target"], [`127.0.0.1:${port}`]);
  using client = await RawClient.upgraded(server.port);
  await client.send(frame(2, "safe"));
  assertEquals(await client.take(6), "\x82\x04safe");
  await client.send(frame(8, ""));
  await client.rest();
  await serving.catch(() => {});
});

Deno.test("--verify-client: certificates of the authority only, by name with ClientCertCNAuth", async (t) => {
  using target = new EchoTarget();
  const start = (name: string) =>
    Websockify.start([
      ...[...CERT, "--verify-client", "--cafile", certPath("root.pem")],
      ...["--auth-plugin", "ClientCertCNAuth", "--auth-source", name],
    ], [`127.0.0.1:${target.port}`]);
  const answer = async (port: number, name?: string) => {
    const pair = name && { cert: cert(`${name}.pem`), key: cert(`${name}.key`) };
    using client = await secure(port, pair || undefined);
    await client.send(upgrade());
    return await client.head();
  };
  await t.step("the right name gets its session", async () => {
    await using server = await start("wirecat test client");
    assertMatch(await answer(server.port, "client"), /^HTTP\/1\.1 101 /);
  });
  await using server = await start("another");
  await t.step("another name is answered with 403", async () => {
    assertMatch(await answer(server.port, "client"), /^HTTP\/1\.1 403 /);
  });
  for (const name of ["self-signed", "expired", undefined]) {
    await t.step(`${name ?? "no certificate"} is not answered`, async () => {
      assertEquals(await answer(server.port, name).catch(() => ""), "");
    });
  }
  await server.waitFor(/the client's certificate \(CN=.*\) is of nobody who is trusted/);
});

Deno.test("--ssl-version tlsv1_3: nothing older is spoken", async () => {
  using target = new EchoTarget();
  await using server = await Websockify.start([...CERT, "--ssl-version=tlsv1_3"], [
    `127.0.0.1:${target.port}`,
  ]);
  const tls = await import("node:tls");
  const protocol = (maxVersion: "TLSv1.2" | "TLSv1.3") =>
    new Promise<string | null>((resolve, reject) => {
      const ca = cert("root.pem");
      const socket = tls.connect({ host: "localhost", port: server.port, ca, maxVersion }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on("error", reject);
    });
  assertEquals(await protocol("TLSv1.3"), "TLSv1.3");
  await assertRejects(() => protocol("TLSv1.2"));
});
