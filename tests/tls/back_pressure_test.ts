import { assert } from "@std/assert";
import type { ByteConn } from "../../lib/core/conn.ts";
import { acceptTls, acceptTlsOverConn } from "../../lib/tls/accept.ts";
import { connectTls } from "../../lib/tls/connect.ts";
import { cert, identity, TestServer } from "./fixture.ts";

/** More than the buffers of the system and of both ends hold together, in bytes. */
const TOO_MUCH = 64 * 1024 * 1024;
/** What may be under way when nobody reads. */
const HELD = 24 * 1024 * 1024;

/** Writes until that stands still; how much was taken. */
async function fill(conn: ByteConn): Promise<number> {
  const bytes = new Uint8Array(64 * 1024);
  let taken = 0;
  const writing = (async () => {
    while (taken < TOO_MUCH) taken += await conn.write(bytes);
  })().catch(() => {});
  for (let before = -1; taken !== before;) {
    before = taken;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pause = new Promise<void>((resolve) => timer = setTimeout(resolve, 150));
    await Promise.race([writing, pause]);
    clearTimeout(timer);
  }
  return taken;
}

for (const way of ["the runtime's TLS", "node:tls"]) {
  const node = way === "node:tls";
  const options = (port: number) => ({
    hostname: "127.0.0.1",
    port,
    authorities: [cert("root.pem")],
  });

  Deno.test(`${way}: a client that is not read from holds its server back`, async () => {
    const done = Promise.withResolvers<number>();
    await using server = new TestServer(
      Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity() }),
      async (conn) => done.resolve(await fill(await acceptTls(conn, { name: "a client" }))),
    );
    const conn = await connectTls({ ...options(server.port), insecure: node });
    assert(await done.promise < HELD);
    conn.close();
  });

  Deno.test(`${way}: a server that is not read from holds its client back`, async () => {
    const ready = Promise.withResolvers<ByteConn>();
    const done = Promise.withResolvers<void>();
    await using server = new TestServer<Deno.Conn>(
      node
        ? Deno.listen({ hostname: "127.0.0.1", port: 0 })
        : Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity() }),
      async (conn) => {
        const name = "a client";
        ready.resolve(
          node
            ? await acceptTlsOverConn(conn, identity(), { name })
            : await acceptTls(conn as Deno.TlsConn, { name }),
        );
        await done.promise;
      },
    );
    const conn = await connectTls({ ...options(server.port), insecure: node });
    const other = await ready.promise;
    assert(await fill(conn) < HELD);
    conn.close();
    other.close();
    done.resolve();
  });
}
