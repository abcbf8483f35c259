import { assert, assertEquals } from "@std/assert";
import { connect, type Socket } from "node:net";
import { mayCallLibc } from "../../lib/ffi/libc.ts";
import { dropUnshaken } from "../../lib/tls/drop.ts";
import { Clock } from "../core/clock.ts";
import { freePort } from "../free_port.ts";
import { identity } from "./fixture.ts";

/** A connection from an address of this machine, and what the server has of it. */
async function client(
  listener: Deno.TlsListener,
  localAddress: string,
  localPort: number,
): Promise<[Socket, Deno.TlsConn]> {
  const { port } = listener.addr;
  const socket = connect({ host: "127.0.0.1", port, localAddress, localPort });
  const failed = new Promise<never>((_, reject) => socket.once("error", reject));
  return [socket, await Promise.race([listener.accept(), failed])];
}

/** What comes first: bytes, or the end. */
function firstOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", () => resolve("bytes"));
    socket.once("end", () => resolve("end"));
    socket.once("error", () => resolve("end"));
  });
}

Deno.test({
  name: "dropped before the handshake: that client and no other, were its port the same",
  ignore: Deno.build.os !== "linux" || !mayCallLibc(), // Others have one address of loopback.
  async fn() {
    const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity() });
    const port = freePort();
    const [one, dropped] = await client(listener, "127.0.0.1", port);
    const [other, kept] = await client(listener, "127.0.0.2", port);
    assertEquals((kept.remoteAddr as Deno.NetAddr).hostname, "127.0.0.2");
    dropUnshaken(dropped);
    assertEquals(await firstOf(one), "end");
    const answer = firstOf(other);
    other.write("this is not TLS\r\n\r\n");
    assertEquals(await answer, "bytes"); // The alert.
    await kept.handshake().catch(() => {});
    for (const socket of [one, other]) {
      if (!socket.destroyed) socket.destroy();
    }
    kept.close();
    listener.close();
  },
});

Deno.test({
  name: "dropped before the handshake: many at once, without a look at all descriptors for each",
  ignore: !mayCallLibc(),
  async fn() {
    const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity() });
    const clients: [Socket, Deno.TlsConn][] = [];
    for (let i = 0; i < 40; i++) clients.push(await client(listener, "127.0.0.1", freePort()));
    const ends = clients.map(([socket]) => firstOf(socket));
    // Not as many looks as there are pauses on a machine that is held up.
    using clock = new Clock();
    const { readDirSync } = Deno;
    let looks = 0;
    Deno.readDirSync = (path) => {
      looks++;
      return readDirSync(path);
    };
    try {
      for (const [, conn] of clients) dropUnshaken(conn);
      await clock.pass(1000);
      assertEquals(new Set(await Promise.all(ends)), new Set(["end"]));
    } finally {
      Deno.readDirSync = readDirSync;
    }
    assert(looks <= 2, `${looks} looks`);
    for (const [socket] of clients) socket.destroy();
    listener.close();
  },
});
