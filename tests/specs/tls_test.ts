import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { handshakeTimeout, insecure } from "../../lib/cli/options.ts";
import {
  clientKey,
  clientPkcs12Der,
  clientPkcs12Password,
  pkcs12Der,
  pkcs12Password,
  tlsCa,
  tlsCert,
  tlsDomain,
  tlsKey,
} from "../../lib/cli/tls_options.ts";
import { Batch } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { Log } from "../../lib/core/log.ts";
import type { Env, ListenAddress, Opener } from "../../lib/core/opener.ts";
import { type Option, OptionValues } from "../../lib/core/option.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { Registry } from "../../lib/core/registry.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { connectTls } from "../../lib/tls/connect.ts";
import { family as tcp } from "../../specs/tcp.ts";
import { family } from "../../specs/tls.ts";
import { tlsClientOptions } from "../../specs/tls_client.ts";
import { cert, certPath, echo, identity, readText, tlsServer, write } from "../tls/fixture.ts";

const registry = new Registry([tcp, family]);
const root = certPath("root.pem");

class TestEnv implements Env {
  readonly options: OptionValues;
  readonly registry = registry;
  readonly signal = new AbortController().signal;
  readonly said: string[] = [];
  readonly log = new Log(1, (line) => void this.said.push(line));
  readonly listening = Promise.withResolvers<number>();

  // deno-lint-ignore no-explicit-any -- options of all types
  constructor(options: [Option<any>, unknown][]) {
    this.options = new OptionValues(new Map(options.map(([row, value]) => [row.long, value])));
  }

  onListening = (address: ListenAddress) =>
    this.listening.resolve(address.proto === "tcp" ? address.port : 0);
}

// deno-lint-ignore no-explicit-any -- options of all types
const SERVER: [Option<any>, unknown][] = [
  [tlsCert, [certPath("server-chain.pem")]],
  [tlsKey, [certPath("server.key")]],
];

function open(text: string, env: Env): Opener {
  return opener(parseSpecifier(text, registry), env);
}

/** An overlay over `tcp:` or `tcp-listen:`, which say their address or do not. */
function overTcp(overlay: string, endpoint: string, port: number, env: Env, direct: boolean) {
  const { tcp: address, ...inner } = open(`${endpoint}:127.0.0.1:${port}`, env);
  assert(address !== undefined);
  return registry.overlay(overlay).opener(
    direct ? { ...inner, tcp: address } : inner,
    env,
  );
}

const request = { signal: new AbortController().signal };

async function exchange(peer: Peer, text: string): Promise<string> {
  const writer = peer.writable.getWriter();
  await writer.write(Batch.of(new TextEncoder().encode(text)));
  await writer.close();
  let back = "";
  for await (const batch of peer.readable) back += new TextDecoder().decode(batch.join());
  return back;
}

for (const direct of [true, false]) {
  const where = direct ? "directly over TCP" : "over another stream";

  Deno.test(`ssl-connect: ${where}`, async () => {
    await using server = tlsServer(echo);
    const env = new TestEnv([[tlsCa, root], [tlsDomain, "localhost"]]);
    const peer = await overTcp("ssl-connect", "tcp", server.port, env, direct).open(request);
    assertEquals(await exchange(peer, "hello"), "hello");
    assertEquals(peer.info.name.startsWith("tls:"), true);
    await peer.close();
    assertEquals(server.failures, []);
  });

  Deno.test(`ssl-connect: ${where}, -k takes any certificate`, async () => {
    await using server = tlsServer(echo, identity("expired", "expired"));
    const env = new TestEnv([[insecure, true]]);
    const peer = await overTcp("ssl-connect", "tcp", server.port, env, direct).open(request);
    assertEquals(await exchange(peer, "hello"), "hello");
    await peer.close();
  });

  Deno.test(`ssl-connect: ${where}, a name that the certificate is not for`, async () => {
    await using server = tlsServer((conn) => conn.handshake());
    const env = new TestEnv([[tlsCa, root], [tlsDomain, "example.com"]]);
    const opener = overTcp("ssl-connect", "tcp", server.port, env, direct);
    const error = await assertRejects(() => opener.open(request), WirecatError);
    assertEquals(error.kind, "tls");
    assertStringIncludes(error.message, "its certificate is for localhost");
  });

  Deno.test(`ssl-connect: ${where}, a server that is silent: --handshake-timeout`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const env = new TestEnv([[handshakeTimeout, 0.05], [tlsDomain, "localhost"]]);
    const opener = overTcp("ssl-connect", "tcp", listener.addr.port, env, direct);
    // The time may be over before it has connected.
    const accepted = listener.accept().catch(() => {});
    const error = await assertRejects(() => opener.open(request), WirecatError);
    assertEquals(error.kind, "timeout");
    listener.close();
    (await accepted)?.close();
  });

  Deno.test(`ssl-accept: ${where}, one client after another, whatever others send`, async () => {
    const env = new TestEnv(SERVER);
    const inner = overTcp("ssl-accept", "tcp-listen", 0, env, direct);
    const listening = await inner.listen!(request);
    const port = await env.listening.promise;
    const failures: WirecatError[] = [];
    const serving = (async () => {
      for await (const client of listening) {
        try {
          const peer = await client.open(request);
          assert(/^127\.0\.0\.1:\d+$/.test(peer.info.client!));
          await peer.readable.pipeTo(peer.writable);
          await peer.close();
        } catch (error) {
          failures.push(error as WirecatError);
        }
      }
    })();

    const plain = await Deno.connect({ hostname: "127.0.0.1", port });
    await write(plain, "GET / HTTP/1.1\r\n\r\n");
    await readText(plain).catch(() => {});
    plain.close();
    const silent = await Deno.connect({ hostname: "127.0.0.1", port });
    silent.close();
    await assertRejects(
      () => connectTls({ hostname: "127.0.0.1", port, authorities: [] }),
      WirecatError,
      "nobody",
    );

    for (const text of ["first", "second"]) {
      const authorities = [cert("root.pem")];
      const conn = await connectTls({ hostname: "127.0.0.1", port, authorities });
      await write(conn, text);
      await conn.closeWrite();
      assertEquals(await readText(conn), text);
      conn.close();
    }
    listening.close();
    await serving;
    assertEquals(failures.map((error) => error.kind), ["tls", "tls", "tls"]);
    assertStringIncludes(failures[0].message, "what came is not TLS");
    assertStringIncludes(failures[1].message, "ended during the handshake");
    assertStringIncludes(failures[2].message, "does not trust the certificate");
  });

  Deno.test(`ssl-accept: ${where}, opened for one client, takes the first good one`, async () => {
    const env = new TestEnv(SERVER);
    const opening = overTcp("ssl-accept", "tcp-listen", 0, env, direct).open(request);
    const port = await env.listening.promise;
    const plain = await Deno.connect({ hostname: "127.0.0.1", port });
    await write(plain, "plain text, and enough of it to be a record");
    await readText(plain).catch(() => {});
    plain.close();
    const conn = await connectTls({ hostname: "127.0.0.1", port, insecure: true });
    const peer = await opening;
    const copied = peer.readable.pipeTo(peer.writable);
    await write(conn, "hello");
    await conn.closeWrite();
    assertEquals(await readText(conn), "hello");
    await copied;
    conn.close();
    await peer.close();
    assertEquals(env.said.length, 2); // The failure of the first, with its hint.
    assertStringIncludes(env.said[0], "what came is not TLS");
  });

  Deno.test(`ssl-accept: ${where}, a client that is silent: --handshake-timeout`, async () => {
    const env = new TestEnv([...SERVER, [handshakeTimeout, 0.05]]);
    const listening = await overTcp("ssl-accept", "tcp-listen", 0, env, direct).listen!(request);
    const port = await env.listening.promise;
    const silent = await Deno.connect({ hostname: "127.0.0.1", port });
    for await (const client of listening) {
      const error = await assertRejects(() => client.open(request), WirecatError);
      assertEquals(error.kind, "timeout");
      break;
    }
    // The runtime's close() alone would let it stay for as long as the client does.
    assertEquals(await readText(silent).catch(() => ""), "");
    silent.close();
    listening.close();
  });
}

Deno.test("ssl-accept: a PKCS#12 archive serves as a certificate", async () => {
  const env = new TestEnv([[pkcs12Der, certPath("server.p12")], [pkcs12Password, "sesame"]]);
  const opening = open("ssl-listen:127.0.0.1:0", env).open(request);
  const port = await env.listening.promise;
  const conn = await connectTls({
    hostname: "127.0.0.1",
    port,
    authorities: [cert("root.pem")],
  });
  const peer = await opening;
  conn.close();
  await peer.close();
});

Deno.test("ssl-accept: a wrong password ends it when it begins to listen", async () => {
  const env = new TestEnv([[pkcs12Der, certPath("server.p12")], [pkcs12Password, "x"]]);
  for (const direct of [true, false]) {
    const inner = overTcp("ssl-accept", "tcp-listen", 0, env, direct);
    await assertRejects(() => inner.listen!(request), WirecatError, "does not open the archive");
  }
});

Deno.test("ssl-accept: without a certificate is a usage error", () => {
  const error = assertThrows(
    () => open("ssl-accept:tcp-l:127.0.0.1:0", new TestEnv([])),
    WirecatError,
  );
  assertEquals(error.kind, "usage");
  assertStringIncludes(error.hint!, "--pkcs12-der");
});

Deno.test("ssl-connect: over another connection it has to be told the name", () => {
  const env = new TestEnv([]);
  const inner: Opener = { open: () => Promise.reject(new Error("not opened")) };
  const error = assertThrows(
    () => registry.overlay("ssl-connect").opener(inner, env),
    WirecatError,
  );
  assertEquals(error.kind, "usage");
  assertStringIncludes(error.hint!, "--tls-domain");
});

Deno.test("the options of a client are read from the command line, files once", async () => {
  const env = new TestEnv([
    [tlsCa, root],
    [tlsDomain, "example.com"],
    [clientPkcs12Der, certPath("client.p12")],
    [clientPkcs12Password, "sesame"],
  ]);
  const options = await tlsClientOptions(env);
  assertEquals(options.serverName, "example.com");
  assertEquals(options.insecure, false);
  assertStringIncludes(options.authorities![0], "BEGIN CERTIFICATE");
  assertStringIncludes(options.identity!.key, "BEGIN PRIVATE KEY");
  assert(options === await tlsClientOptions(env));
});

Deno.test("--client-key without --client-cert is a usage error", async () => {
  const env = new TestEnv([[clientKey, certPath("client.key")]]);
  await assertRejects(() => tlsClientOptions(env), WirecatError, "--client-cert");
});

Deno.test("--tls-ca: a file without certificates is an error that names it", async () => {
  const env = new TestEnv([[tlsCa, certPath("server.key")]]);
  const error = await assertRejects(() => tlsClientOptions(env), WirecatError);
  assertEquals(error.kind, "tls");
  assertStringIncludes(error.message, "--cacert");
});

Deno.test("every alias is known", () => {
  const names = "ssl-connect ssl-c ssl tls tls-connect tls-c c-ssl connect-ssl c-tls connect-tls " +
    "ssl-accept ssl-a tls-a tls-accept a-ssl accept-ssl accept-tls " +
    "ssl-listen ssl-l tls-l tls-listen l-ssl listen-ssl listen-tls";
  for (const name of names.split(" ")) assert(registry.find(name) !== undefined, name);
});
