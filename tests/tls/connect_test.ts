import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { type ByteConn, writeAll } from "../../lib/core/conn.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { connectTls, type ConnectTlsOptions, tlsOverConn } from "../../lib/tls/connect.ts";
import { readIdentity } from "../../lib/tls/identity.ts";
import { freePort } from "../free_port.ts";
import {
  cert,
  certPath,
  echo,
  identity,
  opaque,
  readAll,
  readText,
  tcpPair,
  TestServer,
  tlsServer,
  withEnv,
  write,
} from "./fixture.ts";

const root = [cert("root.pem")];

/** The ways to make a connection, which have to behave alike. */
const WAYS: Record<string, (options: ConnectTlsOptions) => Promise<ByteConn>> = {
  "the runtime's TLS": (options) => connectTls({ ...options, authorities: root }),
  "node:tls": (options) => connectTls({ ...options, insecure: true }),
  "node:tls over a stream": async ({ hostname, port, ...options }) => {
    const conn = opaque(await Deno.connect({ hostname, port }));
    return tlsOverConn(conn, { serverName: hostname, authorities: root, ...options });
  },
};

for (const [way, connect] of Object.entries(WAYS)) {
  Deno.test(`${way}: what is sent comes back, and ends with close_notify`, async () => {
    await using server = tlsServer(echo);
    const conn = await connect({ hostname: "127.0.0.1", port: server.port });
    const data = crypto.getRandomValues(new Uint8Array(60_000));
    const sent = (async () => {
      for (let i = 0; i < 20; i++) {
        for (let at = 0; at < data.length;) at += await conn.write(data.subarray(at));
      }
      await conn.closeWrite();
    })();
    const back = await readAll(conn);
    await sent;
    assertEquals(back.length, 20 * data.length);
    assertEquals(back.subarray(19 * data.length), data);
    conn.close();
    assertEquals(server.failures, []);
  });

  Deno.test(`${way}: reading goes on after the end was sent`, async () => {
    await using server = tlsServer(async (conn) => {
      const said = await readText(conn);
      await write(conn, `you said ${said}`);
      await conn.closeWrite();
    });
    const conn = await connect({ hostname: "127.0.0.1", port: server.port });
    await write(conn, "hello");
    await conn.closeWrite();
    assertEquals(await readText(conn), "you said hello");
    conn.close();
  });

  Deno.test(`${way}: an end without close_notify is an error, unless it is to be an end`, async () => {
    // A cut: TLS goes through a relay that drops both sides after the server's data.
    await using server = tlsServer(async (conn) => {
      await write(conn, "data");
      await conn.read(new Uint8Array(1));
    });
    for (const truncation of ["error", "end"] as const) {
      const cut = Promise.withResolvers<void>();
      await using relay = cuttingRelay(server.port, cut.promise);
      const conn = await connect({ hostname: "127.0.0.1", port: relay.port, truncation });
      const buffer = new Uint8Array(10);
      assertEquals(await conn.read(buffer), 4);
      cut.resolve();
      if (truncation === "end") {
        assertEquals(await conn.read(buffer), null);
      } else {
        const error = await assertRejects(() => conn.read(buffer), WirecatError);
        assertEquals(error.kind, "abnormal");
        assertStringIncludes(error.message, "without closing TLS");
      }
      conn.close();
    }
  });

  Deno.test(`${way}: a server that does not speak TLS is told by its answer`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using server = new TestServer(listener, async (conn) => {
      await conn.read(new Uint8Array(1024));
      await write(conn, "HTTP/1.1 400 Bad Request\r\n\r\n");
      await conn.read(new Uint8Array(1024));
    });
    const error = await assertRejects(
      () => connect({ hostname: "127.0.0.1", port: server.port }),
      WirecatError,
    );
    assertEquals(error.kind, "tls");
    assertStringIncludes(error.message, "what came is not TLS");
  });

  Deno.test(`${way}: a connection that ends in the handshake`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using server = new TestServer(listener, async (conn) => {
      await conn.read(new Uint8Array(1024));
    });
    const error = await assertRejects(
      () => connect({ hostname: "127.0.0.1", port: server.port }),
      WirecatError,
    );
    assertEquals(error.kind, "tls");
    assertStringIncludes(error.message, "ended during the handshake");
  });

  Deno.test(`${way}: an abort ends the handshake with its reason`, async () => {
    const started = Promise.withResolvers<void>();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using server = new TestServer(listener, async (conn) => {
      await conn.read(new Uint8Array(1024));
      started.resolve();
      await conn.read(new Uint8Array(1024));
    });
    const controller = new AbortController();
    const connecting = connect({
      hostname: "127.0.0.1",
      port: server.port,
      signal: controller.signal,
    });
    started.promise.then(() => controller.abort(new Error("enough")));
    await assertRejects(() => connecting, Error, "enough");
  });

  Deno.test(`${way}: close() ends a read that waits`, async () => {
    await using server = tlsServer((conn) => conn.read(new Uint8Array(1)));
    const conn = await connect({ hostname: "127.0.0.1", port: server.port });
    const reading = conn.read(new Uint8Array(10)).catch(() => "rejected");
    conn.close();
    assert((await reading) === "rejected" || (await reading) === null);
  });
}

const TRUSTING_WAYS = Object.entries(WAYS).filter(([way]) => way !== "node:tls");

for (const [way, connect] of TRUSTING_WAYS) {
  const failsFor = async (who: string, options: Partial<ConnectTlsOptions>, chain = who) => {
    await using server = tlsServer((conn) => conn.handshake(), identity(chain, who));
    const hostname = "127.0.0.1";
    const error = await assertRejects(
      () => connect({ hostname, port: server.port, ...options }),
      WirecatError,
    );
    assertEquals(error.kind, "tls");
    return `${error.message} | ${error.hint}`;
  };

  Deno.test(`${way}: a certificate for another name, and which`, async () => {
    const said = await failsFor("server", { serverName: "example.com" }, "server-chain");
    assertStringIncludes(said, "certificate is for localhost, 127.0.0.1");
    assertStringIncludes(said, "--tls-domain");
  });

  Deno.test(`${way}: a certificate for another address`, async () => {
    const said = await failsFor("server", { serverName: "127.0.0.2" }, "server-chain");
    assertMatch(said, /its certificate is for .*127\.0\.0\.1/);
  });

  Deno.test(`${way}: a certificate of an unknown issuer`, async () => {
    // Without the intermediate certificate the chain has a gap.
    const said = await failsFor("server", {});
    assertStringIncludes(
      said,
      "signed by nobody who is trusted here; the server does not show its",
    );
  });

  Deno.test(`${way}: a certificate that signed itself`, async () => {
    const said = await failsFor("self-signed", {});
    assertStringIncludes(said, "signed by itself");
    assertStringIncludes(said, "--cacert");
  });

  Deno.test(`${way}: a certificate that signed itself and is trusted`, async () => {
    await using server = tlsServer(echo, identity("self-signed", "self-signed"));
    const conn = await (way === "the runtime's TLS" ? connectTls : connect)({
      hostname: "127.0.0.1",
      serverName: "localhost",
      port: server.port,
      authorities: [cert("self-signed.pem")],
    });
    await write(conn, "x");
    await conn.closeWrite();
    assertEquals(await readText(conn), "x");
    conn.close();
  });
}

Deno.test("an expired certificate", async () => {
  await using server = tlsServer((conn) => conn.handshake(), identity("expired", "expired"));
  const error = await assertRejects(
    () => connectTls({ hostname: "127.0.0.1", port: server.port, authorities: root }),
    WirecatError,
  );
  assertEquals(error.kind, "tls");
  assertStringIncludes(
    error.message,
    `cannot connect to tls:127.0.0.1:${server.port}: its certificate has expired on 2020-02-01`,
  );
});

Deno.test("insecure: an expired certificate for another name is taken", async () => {
  await using server = tlsServer(echo, identity("expired", "expired"));
  const conn = await connectTls({
    hostname: "127.0.0.1",
    serverName: "example.com",
    port: server.port,
    insecure: true,
  });
  await write(conn, "x");
  await conn.closeWrite();
  assertEquals(await readText(conn), "x");
  conn.close();
});

Deno.test("a port on which nobody listens: connection refused, whatever the way", async () => {
  const port = freePort();
  const client = await readIdentity({ file: certPath("client.p12"), password: "sesame" });
  for (const options of [{}, { insecure: true }, { identity: client }]) {
    const error = await assertRejects(
      () => connectTls({ hostname: "127.0.0.1", port, ...options }),
      WirecatError,
    );
    assertEquals(error.kind, "connection");
    assertEquals(error.message, `cannot connect to tls:127.0.0.1:${port}: connection refused`);
  }
});

Deno.test("SSL_CERT_FILE adds to the system's roots", async () => {
  await using server = tlsServer(echo);
  await withEnv({ SSL_CERT_FILE: certPath("root.pem"), SSL_CERT_DIR: undefined }, async () => {
    const conn = await connectTls({ hostname: "127.0.0.1", port: server.port });
    conn.close();
  });
});

Deno.test("SSL_CERT_FILE and SSL_CERT_DIR together replace the system's roots", async () => {
  await using server = tlsServer(echo);
  const directory = await Deno.makeTempDir();
  const { port } = server;
  await withEnv({ SSL_CERT_FILE: certPath("root.pem"), SSL_CERT_DIR: directory }, async () => {
    (await connectTls({ hostname: "127.0.0.1", port })).close();
  });
  const other = certPath("self-signed.pem");
  await withEnv({ SSL_CERT_FILE: other, SSL_CERT_DIR: directory }, async () => {
    await assertRejects(() => connectTls({ hostname: "127.0.0.1", port }), WirecatError, "nobody");
  });
  await Deno.remove(directory);
});

Deno.test("a client certificate is shown to a server that asks for one", async () => {
  const tls = await import("node:tls");
  const names: unknown[] = [];
  const server = tls.createServer(
    { ...identity(), ca: root, requestCert: true, rejectUnauthorized: true },
    (socket) => {
      names.push(socket.getPeerCertificate().subject.CN);
      socket.end("welcome");
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const client = await readIdentity({ file: certPath("client.p12"), password: "sesame" });
  try {
    for (const insecure of [false, true]) {
      for (const serverName of ["127.0.0.1", "localhost"]) {
        const conn = await connectTls({
          hostname: "127.0.0.1",
          port,
          serverName,
          insecure,
          authorities: root,
          identity: client,
        });
        assertEquals(await readText(conn), "welcome");
        conn.close();
      }
    }
    assertEquals(names, Array(4).fill("wirecat test client"));
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

Deno.test("who insists on a client certificate is told of with its own, if it is not trusted", async () => {
  const tls = await import("node:tls");
  const server = tls.createServer({
    ...identity("server"),
    ca: root,
    requestCert: true,
    rejectUnauthorized: true,
    maxVersion: "TLSv1.2", // Later ones show theirs before they ask.
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const client = await readIdentity({ file: certPath("client.p12"), password: "sesame" });
  try {
    const error = await assertRejects(
      () => connectTls({ hostname: "127.0.0.1", port, identity: client }),
      WirecatError,
      "signed by nobody who is trusted here (CN=",
    );
    assertStringIncludes(error.hint!, "--pin ");
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

Deno.test("ALPN: the protocols are offered", async () => {
  const agreed: (string | null)[] = [];
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    alpnProtocols: ["http/1.1"],
    ...identity(),
  });
  await using server = new TestServer(listener, async (conn) => {
    agreed.push((await conn.handshake()).alpnProtocol);
  });
  for (const insecure of [false, true]) {
    const conn = await connectTls({
      hostname: "127.0.0.1",
      port: server.port,
      authorities: root,
      insecure,
      alpn: ["http/1.1"],
    });
    await conn.read(new Uint8Array(1));
    conn.close();
  }
  assertEquals(agreed, ["http/1.1", "http/1.1"]);
});

Deno.test("over a TCP connection that is there already the runtime's TLS takes over", async () => {
  const [left, right] = await tcpPair();
  const { acceptTlsOverConn } = await import("../../lib/tls/accept.ts");
  const accepting = acceptTlsOverConn(right, identity(), { name: "client" });
  await withEnv({ SSL_CERT_FILE: certPath("root.pem"), SSL_CERT_DIR: undefined }, async () => {
    const conn = await tlsOverConn(left, { serverName: "localhost" });
    const served = accepting.then(async (conn) => {
      await echo(conn);
      conn.close();
    });
    await write(conn, "taken over");
    await conn.closeWrite();
    assertEquals(await readText(conn), "taken over");
    assertEquals(conn.constructor.name, "SecureConn");
    conn.close();
    await served;
  });
});

/** Passes bytes both ways until `cut`, then drops both sides. */
function cuttingRelay(port: number, cut: Promise<void>): TestServer<Deno.TcpConn> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return new TestServer(listener, async (client) => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    const both = Promise.allSettled([pass(client, server), pass(server, client)]);
    await cut;
    client.close();
    server.close();
    await both;
  });
}

/** Writes to the second what comes from the first. */
async function pass(from: ByteConn, to: ByteConn): Promise<void> {
  const buffer = new Uint8Array(32 * 1024);
  for (let length; (length = await from.read(buffer)) !== null;) {
    await writeAll(to, buffer.subarray(0, length));
  }
}

for (const [way, connect] of Object.entries(WAYS)) {
  Deno.test(`${way}: a server that just says handshake failure may want a certificate`, async () => {
    await using server = new TestServer(
      Deno.listen({ hostname: "127.0.0.1", port: 0 }),
      async (conn) => {
        await conn.read(new Uint8Array(4096));
        await conn.write(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40));
      },
    );
    const error = await assertRejects(
      () => connect({ hostname: "127.0.0.1", port: server.port }),
      WirecatError,
      "refused by the other side: handshake failure",
    );
    assertStringIncludes(error.hint ?? "", "--cert and --key");
  });
}
