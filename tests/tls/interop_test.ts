/** TLS with other programs, where they are installed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ByteConn } from "../../lib/core/conn.ts";
import { acceptTls, acceptTlsOverConn } from "../../lib/tls/accept.ts";
import { connectTls } from "../../lib/tls/connect.ts";
import { findProgram } from "../interop/programs.ts";
import { cert, certPath, echo, identity, readText, TestServer, write } from "./fixture.ts";

const openssl = findProgram("openssl");
const socat = findProgram("socat");

/** A program that says its port in a line, and what to do with it. It is killed after. */
async function withServer(
  program: string,
  args: string[],
  port: RegExp,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const found = Promise.withResolvers<number>();
  const watch = async (stream: ReadableStream<Uint8Array>) => {
    let text = "";
    for await (const chunk of stream) {
      text += new TextDecoder().decode(chunk);
      const match = text.match(port);
      if (match !== null) found.resolve(Number(match[1]));
    }
    found.reject(new Error(`${program} ended: ${text}`));
  };
  found.promise.catch(() => {});
  const watching = Promise.all([watch(child.stdout), watch(child.stderr)]);
  try {
    await body(await found.promise);
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.stdin.close().catch(() => {});
    await Promise.all([watching, child.status]);
  }
}

/** What a program prints that is given `input`. */
async function run(program: string, args: string[], input: string): Promise<string> {
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  const output = child.output();
  await writer.close().catch(() => {});
  const { stdout, stderr } = await output;
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

const SERVERS: Record<string, () => TestServer<Deno.Conn>> = {
  "the runtime's TLS": () =>
    new TestServer<Deno.Conn>(
      Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity() }),
      async (conn) => await served(await acceptTls(conn as Deno.TlsConn, { name: "a client" })),
    ),
  "node:tls": () =>
    new TestServer<Deno.Conn>(
      Deno.listen({ hostname: "127.0.0.1", port: 0 }),
      async (conn) => await served(await acceptTlsOverConn(conn, identity(), { name: "a client" })),
    ),
};

/** Answers one read with the same in capitals. */
async function served(conn: ByteConn): Promise<void> {
  const buffer = new Uint8Array(100);
  const length = await conn.read(buffer);
  await write(conn, new TextDecoder().decode(buffer.subarray(0, length ?? 0)).toUpperCase());
  await conn.closeWrite();
  await conn.read(buffer);
  conn.close();
}

for (const version of ["tls1_2", "tls1_3"]) {
  for (const insecure of [false, true]) {
    const way = insecure ? "node:tls" : "the runtime's TLS";
    Deno.test({
      name: `to openssl s_server by ${version}, ${way} (where openssl is installed)`,
      ignore: !openssl,
      async fn() {
        const args = ["s_server", "-accept", "127.0.0.1:0", "-rev", `-${version}`];
        args.push("-cert", certPath("server-chain.pem"), "-key", certPath("server.key"));
        args.push("-cert_chain", certPath("server-chain.pem"));
        await withServer("openssl", args, /ACCEPT 127\.0\.0\.1:(\d+)/, async (port) => {
          const authorities = [cert("root.pem")];
          const conn = await connectTls({ hostname: "127.0.0.1", port, authorities, insecure });
          await write(conn, "drawer\n");
          const buffer = new Uint8Array(100);
          const length = await conn.read(buffer);
          assertEquals(new TextDecoder().decode(buffer.subarray(0, length!)), "reward\n");
          conn.close();
        });
      },
    });
  }

  for (const [way, serve] of Object.entries(SERVERS)) {
    Deno.test({
      name: `from openssl s_client by ${version}, ${way} (where openssl is installed)`,
      ignore: !openssl,
      async fn() {
        await using server = serve();
        const args = ["s_client", "-connect", `127.0.0.1:${server.port}`, `-${version}`, "-quiet"];
        args.push("-CAfile", certPath("root.pem"), "-verify_return_error");
        args.push("-verify_hostname", "localhost");
        assertStringIncludes(await run("openssl", args, "hello\n"), "HELLO\n");
      },
    });
  }
}

for (const [way, serve] of Object.entries(SERVERS)) {
  Deno.test({
    name: `from socat, ${way} (where socat is installed)`,
    ignore: !socat,
    async fn() {
      await using server = serve();
      const address = `openssl:127.0.0.1:${server.port},cafile=${certPath("root.pem")}`;
      assertEquals(
        // Without -t it waits half a second for the answer once its input has ended.
        await run("socat", ["-t", "60", "-", `${address},commonname=localhost`], "hello\n"),
        "HELLO\n",
      );
    },
  });
}

Deno.test({
  name: "to socat, with a client certificate (where socat is installed)",
  ignore: !socat,
  async fn() {
    const listen = `openssl-listen:0,bind=127.0.0.1,cert=${certPath("server-chain.pem")},` +
      `key=${certPath("server.key")},cafile=${certPath("root.pem")},verify=1`;
    await withServer(
      "socat",
      ["-d", "-d", listen, "exec:cat"],
      /listening on .*:(\d+)\n/,
      async (port) => {
        const conn = await connectTls({
          hostname: "127.0.0.1",
          port,
          authorities: [cert("root.pem")],
          identity: identity("client", "client"),
        });
        await write(conn, "who am I\n");
        const buffer = new Uint8Array(100);
        const length = await conn.read(buffer);
        assert(length === 9);
        conn.close();
      },
    );
  },
});

Deno.test("a large echo through both implementations at once", async () => {
  await using server = new TestServer<Deno.Conn>(
    Deno.listen({ hostname: "127.0.0.1", port: 0 }),
    async (conn) => await echo(await acceptTlsOverConn(conn, identity(), { name: "a client" })),
  );
  const conn = await connectTls({
    hostname: "127.0.0.1",
    port: server.port,
    authorities: [cert("root.pem")],
  });
  const text = "0123456789abcdef".repeat(100_000);
  const sent = write(conn, text).then(() => conn.closeWrite());
  assert((await readText(conn)) === text);
  await sent;
  conn.close();
});
