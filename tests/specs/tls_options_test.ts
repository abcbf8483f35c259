import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { readAgain } from "../../lib/cli/hang_up.ts";
import {
  alpn,
  caFile,
  cert,
  clientCert,
  clientKey,
  clientPkcs12Der,
  key,
  pin,
  pkcs12Der,
  pkcs12Password,
  selfSigned,
  tlsCa,
  tlsCert,
  tlsDomain,
  tlsKey,
  tlsMin,
  verifyClient,
} from "../../lib/cli/tls_options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { Log } from "../../lib/core/log.ts";
import type { Env, ListenAddress, Opener } from "../../lib/core/opener.ts";
import { type Option, OptionValues } from "../../lib/core/option.ts";
import type { PeerInfo } from "../../lib/core/peer.ts";
import { Registry } from "../../lib/core/registry.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Trace } from "../../lib/core/trace.ts";
import { certificateFacts } from "../../lib/tls/certificate.ts";
import { connectTls, type ConnectTlsOptions } from "../../lib/tls/connect.ts";
import { parsePin } from "../../lib/tls/pin.ts";
import { selfSigned as makeSelfSigned } from "../../lib/tls/self_signed.ts";
import { family as tcp } from "../../specs/tcp.ts";
import { family } from "../../specs/tls.ts";
import { serverWishes } from "../../specs/tls_wishes.ts";
import { tlsClientOptions } from "../../specs/tls_client.ts";
import { RenewableServer } from "../../specs/tls_renewal.ts";
import { cert as pem, certPath, echo, identity, readText, tlsServer } from "../tls/fixture.ts";

// deno-lint-ignore no-explicit-any -- options of all types
type AnyOption = Option<any>;

const registry = new Registry([tcp, family]);
const request = { signal: new AbortController().signal };

class TestEnv implements Env {
  readonly options: OptionValues;
  readonly registry = registry;
  readonly signal = request.signal;
  readonly said: string[] = [];
  readonly log = new Log(1, (line) => {
    this.said.push(line);
    this.#wake?.();
  });
  readonly listening = Promise.withResolvers<number>();
  #wake: (() => void) | undefined;

  constructor(...options: [AnyOption, unknown][]) {
    this.options = new OptionValues(new Map(options.map(([row, value]) => [row.long, value])));
  }

  onListening = (address: ListenAddress) =>
    this.listening.resolve(address.proto === "tcp" ? address.port : 0);

  /** The first line that has been said, or will be, with a text. */
  async heard(text: string): Promise<string> {
    for (;;) {
      const line = this.said.find((line) => line.includes(text));
      if (line !== undefined) return line;
      await this.more();
    }
  }

  /** Resolves when another line is said. */
  more(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }
}

const SERVER: [AnyOption, unknown][] = [
  [cert, certPath("server-chain.pem")],
  [key, certPath("server.key")],
];

const overTcp = (env: Env) => opener(parseSpecifier("ssl-listen:127.0.0.1:0", registry), env);
/** The same where the runtime cannot do TCP and TLS in one. */
const overAnother = (env: Env) => {
  const { tcp: _, ...inner } = opener(parseSpecifier("tcp-listen:127.0.0.1:0", registry), env);
  return registry.overlay("ssl-accept").opener(inner, env);
};

/** A server that answers each client with what it reads until the end. */
class EchoServer implements AsyncDisposable {
  readonly infos: PeerInfo[] = [];
  readonly failures: string[] = [];
  readonly #listening;
  readonly #serving: Promise<void>;

  static async start(env: TestEnv, make: (env: Env) => Opener = overTcp) {
    const listening = await make(env).listen!(request);
    return Object.assign(new EchoServer(listening), { port: await env.listening.promise });
  }

  constructor(listening: Awaited<ReturnType<NonNullable<Opener["listen"]>>>) {
    this.#listening = listening;
    this.#serving = this.#serve();
  }

  async #serve(): Promise<void> {
    const clients: Promise<void>[] = [];
    for await (const client of this.#listening) {
      clients.push((async () => {
        try {
          const peer = await client.open(request);
          this.infos.push(peer.info);
          await peer.readable.pipeTo(peer.writable).catch(() => {});
          await peer.close();
        } catch (error) {
          this.failures.push((error as Error).message);
        }
      })());
    }
    await Promise.all(clients);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening.close();
    await this.#serving;
  }
}

/** Whose certificate a server shows. */
async function session(port: number, options: Partial<ConnectTlsOptions> = {}) {
  const trace = new Trace();
  const asked = { hostname: "127.0.0.1", port, insecure: true, trace, truncation: "end" } as const;
  const conn = await connectTls({ ...asked, ...options });
  await conn.closeWrite();
  await readText(conn);
  conn.close();
  const { chain, ...rest } = trace.tls!;
  return { ...rest, ...certificateFacts(chain![0]) };
}

// --- Which certificate ---

const file = (name: string) => certPath(name);

Deno.test("--cert and --key: for the role that the command line has; the role's own go first", async () => {
  const both = new TestEnv([cert, file("client.pem")], [key, file("client.key")]);
  const shown = await tlsClientOptions(both);
  assertStringIncludes(shown.identity!.cert, pem("client.pem").trim());
  assertEquals(serverWishes(both).certificates.map(({ file, keyFile }) => [file, keyFile]), [
    [file("client.pem"), file("client.key")],
  ]);

  const apart = new TestEnv(
    [cert, "none"],
    [clientCert, file("client.pem")],
    [clientKey, file("client.key")],
    [tlsCert, [file("server-chain.pem")]],
    [tlsKey, [file("server.key")]],
  );
  assertStringIncludes((await tlsClientOptions(apart)).identity!.cert, pem("client.pem").trim());
  assertEquals(serverWishes(apart).certificates.map(({ file }) => file), [
    file("server-chain.pem"),
  ]);
});

Deno.test("--cert: takes a PKCS#12 archive too", async () => {
  const env = new TestEnv([cert, file("server.p12")], [pkcs12Password, "sesame"]);
  await using server = await EchoServer.start(env);
  assertEquals((await session(server.port)).subject, "CN=localhost");
  assert((await tlsClientOptions(env)).identity !== undefined);
});

Deno.test("a key without its certificate is a usage error that names both", async () => {
  for (const [row, certificate] of [[key, "--cert"], [tlsKey, "--tls-cert"]] as const) {
    const env = new TestEnv([row, row === tlsKey ? ["x"] : "x"]);
    assertEquals(assertThrows(() => serverWishes(env), WirecatError, certificate).kind, "usage");
  }
  for (const [row, certificate] of [[key, "--cert"], [clientKey, "--client-cert"]] as const) {
    const env = new TestEnv([row, "x"]);
    await assertRejects(() => tlsClientOptions(env), WirecatError, certificate);
  }
  const archive = new TestEnv([clientPkcs12Der, file("client.p12")], [
    clientKey,
    file("client.key"),
  ]);
  await assertRejects(() => tlsClientOptions(archive), WirecatError, "password");
});

for (
  const [where, make] of [["over TCP", overTcp], ["over another stream", overAnother]] as const
) {
  Deno.test(`--tls-cert, many (SNI): each name gets its own, ${where}`, async () => {
    const folder = await Deno.makeTempDir();
    const other = await makeSelfSigned(["other.test"]);
    await Deno.writeTextFile(`${folder}/other.pem`, other.cert);
    await Deno.writeTextFile(`${folder}/other.key`, other.key);
    const env = new TestEnv(
      [tlsCert, [file("server-chain.pem"), `${folder}/other.pem`]],
      [tlsKey, [file("server.key"), `${folder}/other.key`]],
    );
    await using server = await EchoServer.start(env, make);
    const subject = async (serverName: string) =>
      (await session(server.port, { serverName })).subject;
    assertEquals(await subject("other.test"), "CN=other.test,O=wirecat self-signed");
    assertEquals(await subject("localhost"), "CN=localhost");
    assertEquals(await subject("unknown.test"), "CN=localhost");
    await Deno.remove(folder, { recursive: true });
  });

  Deno.test(`--self-signed: a certificate, and the words that trust it, ${where}`, async () => {
    const env = new TestEnv([selfSigned, true], [tlsDomain, "my.test"]);
    await using server = await EchoServer.start(env, make);
    const made = await env.heard("Self-signed certificate");
    assertStringIncludes(made, "for my.test, localhost, 127.0.0.1, ::1: SHA-256 ");
    const [, words] = /trust it with: (.*)$/.exec(await env.heard("trust it"))!;
    const [, printed] = /--pin (\S+)/.exec(words)!;
    const expected = make === overTcp
      ? `wirecat --pin ${printed} - tls:127.0.0.1:${server.port}`
      : `--pin ${printed}`;
    assertEquals(words, expected);
    const pins = [parsePin(printed)];
    const { fingerprint, verified } = await session(server.port, { insecure: false, pins });
    assertStringIncludes(made, fingerprint);
    assertEquals(verified, true);
  });

  Deno.test(`--verify-client: the certificate is told, none is refused, ${where}`, async () => {
    const env = new TestEnv(
      ...SERVER,
      [verifyClient, "require"],
      [caFile, file("clients-root.pem")],
    );
    const server = await EchoServer.start(env, make);
    const identity = { cert: pem("chained-client.pem"), key: pem("chained-client.key") };
    await session(server.port, { identity });
    await session(server.port).catch(() => {});
    await server[Symbol.asyncDispose]();
    assertEquals(server.infos.map((info) => info.certificate?.subject), [
      'CN=al\\+ice\\, \\"of\\" tests',
    ]);
    assertMatch(server.failures.join(), /^no TLS with 127.*: the client showed no certificate$/);
  });

  Deno.test(`--verify-client=optional: none is served, and told as none, ${where}`, async () => {
    const env = new TestEnv(
      ...SERVER,
      [verifyClient, "optional"],
      [caFile, file("clients-root.pem")],
    );
    const server = await EchoServer.start(env, make);
    await session(server.port);
    await server[Symbol.asyncDispose]();
    assertEquals(server.infos.map((info) => info.certificate), [null]);
  });

  Deno.test(`--alpn: agrees on one of the names, ${where}`, async () => {
    const env = new TestEnv(...SERVER, [alpn, ["one", "two"]]);
    await using server = await EchoServer.start(env, make);
    assertEquals((await session(server.port, { alpn: ["two", "three"] })).alpn, "two");
  });

  Deno.test(`SIGHUP: new files are used, broken ones are not, connections live on, ${where}`, async () => {
    const folder = await Deno.makeTempDir();
    const put = async (identity: { cert: string; key: string }) => {
      await Deno.writeTextFile(`${folder}/it.pem`, identity.cert);
      await Deno.writeTextFile(`${folder}/it.key`, identity.key);
    };
    await put(identity());
    const env = new TestEnv([cert, `${folder}/it.pem`], [key, `${folder}/it.key`]);
    const server = await EchoServer.start(env, make);
    const old = await connectTls({ hostname: "127.0.0.1", port: server.port, insecure: true });
    assertEquals((await session(server.port)).subject, "CN=localhost");

    await put(await makeSelfSigned(["new.test"]));
    assert(readAgain());
    assertMatch(
      await env.heard("read again"),
      /The certificate was read again: CN=new\.test,O=wirecat self-signed, valid until 20\d\d-/,
    );
    assertEquals((await session(server.port)).subject, "CN=new.test,O=wirecat self-signed");

    await put({ cert: pem("server.pem"), key: "nothing" });
    assert(readAgain());
    assertStringIncludes(
      await env.heard("warning"),
      `the old certificate stays in use: ${folder}/it.key: there is no private key in it`,
    );
    assertEquals((await session(server.port)).subject, "CN=new.test,O=wirecat self-signed");

    await old.write(new TextEncoder().encode("still here"));
    await old.closeWrite();
    assertEquals(await readText(old), "still here");
    old.close();
    await server[Symbol.asyncDispose]();
    assertEquals(readAgain(), false); // Nobody listens any more, so that it is the end.
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("SIGHUP: two at once are served one after the other", async () => {
  const env = new TestEnv(...SERVER);
  let busy = 0;
  let most = 0;
  const stop = new RenewableServer(env).renewing(async () => {
    most = Math.max(most, ++busy);
    await new Promise((resolve) => setTimeout(resolve, 20));
    busy--;
  });
  assert(readAgain());
  assert(readAgain());
  while (env.said.filter((line) => line.includes("read again")).length < 2) await env.more();
  stop();
  assertEquals(most, 1);
});

Deno.test("--tls-min 1.3: TLS 1.2 is refused, 1.3 is served", async () => {
  const { connect } = await import("node:tls");
  const env = new TestEnv(...SERVER, [tlsMin, "1.3"]);
  const server = await EchoServer.start(env);
  const shake = (maxVersion: "TLSv1.2" | "TLSv1.3") =>
    new Promise<string>((resolve) => {
      const host = "127.0.0.1";
      const socket = connect({ host, port: server.port, maxVersion, rejectUnauthorized: false });
      socket.once("secureConnect", () => {
        resolve(socket.getProtocol()!);
        socket.destroy();
      });
      socket.once("error", () => resolve("refused"));
      socket.once("close", () => resolve("refused"));
    });
  const came = [await shake("TLSv1.2"), await shake("TLSv1.3")];
  await server[Symbol.asyncDispose](); // By now it has told of all of them.
  assertEquals(came, ["refused", "TLSv1.3"]);
  assertMatch(server.failures[0], /no version or cipher in common$/);
});

Deno.test("an expired certificate is served, and told of at the start", async () => {
  const env = new TestEnv([cert, file("expired.pem")], [key, file("expired.key")]);
  await using _server = await EchoServer.start(env);
  assertStringIncludes(await env.heard("warning"), "the certificate has expired on 2020-02-01");
});

// --- What is missing or too much ---

Deno.test("what does not go together is a usage error that says what to add", () => {
  const cases: [[AnyOption, unknown][], string][] = [
    [[], "a TLS server needs a certificate"],
    [[...SERVER, [verifyClient, "require"]], "has to know whose certificates"],
    [[...SERVER, [caFile, "x"]], "--cafile does nothing without --verify-client"],
    [[[tlsCert, ["a", "b"]], [tlsKey, ["a"]]], "2 --tls-cert and 1 --tls-key"],
    [[[selfSigned, true], [tlsDomain, "a b"]], "--tls-domain: 'a b' is no host name"],
  ];
  for (const [options, said] of cases) {
    const error = assertThrows(() => serverWishes(new TestEnv(...options)), WirecatError, said);
    assertEquals(error.kind, "usage");
    assertEquals(error.hint === undefined, said.startsWith("--tls-domain"));
  }
});

Deno.test("--self-signed: names of --tls-domain are brought into the form of certificates", () => {
  const names = (name: string) =>
    serverWishes(new TestEnv([selfSigned, true], [tlsDomain, name])).selfSigned;
  const usual = ["localhost", "127.0.0.1", "::1"];
  assertEquals(names("Bücher.Test"), ["xn--bcher-kva.test", ...usual]);
  assertEquals(names("*.my.test"), ["*.my.test", ...usual]);
  assertEquals(names("FD00::0:1"), ["fd00::1", ...usual]);
  assertEquals(names("localhost"), usual);
});

Deno.test("the values of --verify-client and --alpn", () => {
  assertEquals(["", "require", "optional"].map((word) => verifyClient.parse([word])), [
    "require",
    "require",
    "optional",
  ]);
  assertThrows(() => verifyClient.parse(["maybe"]), WirecatError, "none of require, optional");
  assertEquals(alpn.parse(["http/1.1, h2"]), ["http/1.1", "h2"]);
  assertThrows(() => alpn.parse(["a,,b"]), WirecatError, "no list of names");
});

Deno.test("a client's wishes: pins, version and protocols", async () => {
  const env = new TestEnv([pin, ["00".repeat(32)]], [tlsMin, "1.3"], [alpn, ["a"]]);
  const { pins, minVersion, alpn: names } = await tlsClientOptions(env);
  assertEquals([pins, minVersion, names], [["00".repeat(32)], "1.3", ["a"]]);
  await assertRejects(() => tlsClientOptions(new TestEnv([pin, ["x"]])), WirecatError, "--pin");
});

Deno.test("ssl-connect: over another stream a pin says whose certificate to expect", async () => {
  await using server = tlsServer(echo);
  const { pin: right } = certificateFacts(pem("server.pem"));
  for (const [value, good] of [[right, true], ["00".repeat(32), false]] as const) {
    const env = new TestEnv([pin, [value]]);
    const { tcp: _, ...inner } = opener(
      parseSpecifier(`tcp:127.0.0.1:${server.port}`, registry),
      env,
    );
    const opening = registry.overlay("ssl-connect").opener(inner, env).open(request);
    if (good) await (await opening).close();
    else await assertRejects(() => opening, WirecatError, "not the one of --pin");
  }
});

Deno.test("a wrong password of an archive is told without the password", async () => {
  const env = new TestEnv([pkcs12Der, file("server.p12")], [pkcs12Password, "not-sesame"]);
  const error = await assertRejects(() => overTcp(env).listen!(request), WirecatError);
  assertStringIncludes(error.message, "the password does not open the archive");
  assert(!`${error.message}${error.hint}${error.cause}`.includes("not-sesame"));
});

Deno.test("--cacert is another name of --tls-ca", () => {
  assertEquals(tlsCa.aliases, ["cacert"]);
});
