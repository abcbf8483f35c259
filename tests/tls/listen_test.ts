import { assert, assertEquals, assertRejects } from "@std/assert";
import { Trace } from "../../lib/core/trace.ts";
import { certificateFacts } from "../../lib/tls/certificate.ts";
import { connectTls } from "../../lib/tls/connect.ts";
import { libc, mayCallLibc } from "../../lib/ffi/libc.ts";
import { handOver } from "../../lib/tls/hand_over.ts";
import { canSendAtOnce } from "../../lib/tls/listen.ts";
import { listeningDescriptors } from "../../lib/tls/listening_descriptors.ts";
import { RenewableListener } from "../../lib/tls/renewable_listener.ts";
import { selfSigned } from "../../lib/tls/self_signed.ts";
import { tellsWatches } from "../ffi/tells_watches.ts";
import { cert, echo, identity, readText, TestServer, write } from "./fixture.ts";

const local = { hostname: "127.0.0.1", port: 0 };

async function subjectAt(port: number): Promise<string> {
  const trace = new Trace();
  const conn = await connectTls({ hostname: "127.0.0.1", port, insecure: true, trace });
  await conn.closeWrite();
  conn.close();
  return certificateFacts(trace.tls!.chain![0]).subject;
}

/** What `TestServer` wants of a listener. */
function asListener(listener: RenewableListener): Deno.Listener<Deno.TlsConn> {
  const iterate = async function* () {
    for (;;) yield await listener.accept();
  };
  return {
    addr: listener.addr,
    accept: () => listener.accept(),
    close: () => listener.close(),
    [Symbol.asyncIterator]: iterate,
  } as unknown as Deno.Listener<Deno.TlsConn>;
}

function denied(): boolean {
  throw new Error("denied");
}

/** The socket is there twice, and nobody waits for the second one. */
function half(from: Deno.NetAddr, to: Deno.NetAddr): boolean {
  if (!mayCallLibc()) return false;
  const library = libc("a test");
  const [[source], [target]] = [from, to].map((at) => listeningDescriptors(at, library));
  library.duplicate(source, target);
  return false;
}

for (
  const [way, how] of [
    ["", handOver],
    [", also where it is bound anew", () => false],
    [", also where asking the system fails", denied],
    [", also where the system does half of what it is asked for", half],
  ] as const
) {
  Deno.test(`a renewed listener shows the new certificate; connections live on${way}`, async () => {
    const listener = new RenewableListener(local, identity(), how);
    await using server = new TestServer(asListener(listener), echo);
    const authorities = [cert("root.pem")];
    const conn = await connectTls({ hostname: "127.0.0.1", port: server.port, authorities });
    assertEquals(await subjectAt(server.port), "CN=localhost");
    for (const name of ["first.test", "second.test"]) {
      await listener.renew(await selfSigned([name]));
      assertEquals(await subjectAt(server.port), `CN=${name},O=wirecat self-signed`);
    }
    await write(conn, "still there");
    await conn.closeWrite();
    assertEquals(await readText(conn), "still there");
    conn.close();
  });
}

Deno.test({
  name:
    "no client finds the port closed while its certificate is renewed (where Linux tells enough)",
  ignore: !canSendAtOnce() || !tellsWatches(),
  async fn() {
    let handed = 0;
    const listener = new RenewableListener(local, identity(), (from, to) => {
      const done = handOver(from, to);
      if (done) handed++;
      return done;
    });
    await using server = new TestServer(asListener(listener), echo);
    const { port } = server;
    let renewals = 0;
    let over = false;
    const coming = async () => {
      while (!over) {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port });
        const secure = await Deno.startTls(conn, {
          hostname: "localhost",
          caCerts: [cert("root.pem")],
        });
        await secure.write(Uint8Array.of(1));
        assertEquals(await secure.read(new Uint8Array(1)), 1);
        secure.close();
      }
    };
    const clients = Promise.all([coming(), coming(), coming()]);
    clients.catch(() => over = true);
    while (renewals < 20 && !over) {
      await listener.renew(identity());
      renewals++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    over = true;
    await clients;
    assertEquals(handed, renewals);
    assertEquals(renewals, 20);
  },
});

Deno.test("an identity that the runtime does not take changes nothing", async () => {
  const listener = new RenewableListener(local, identity());
  await using server = new TestServer(asListener(listener), echo);
  await assertRejects(() => listener.renew({ cert: "no", key: "no" }));
  assertEquals(await subjectAt(server.port), "CN=localhost");
});

Deno.test("close() ends a pending accept, also after a renewal", async () => {
  const listener = new RenewableListener(local, identity());
  const accepting = assertRejects(() => listener.accept());
  await listener.renew(identity());
  listener.close();
  await accepting;
  await assertRejects(() => listener.accept());
});

Deno.test({
  name: "a long answer does not wait for the client's acknowledgement (where FFI is allowed)",
  ignore: !canSendAtOnce(),
  async fn() {
    const listener = new RenewableListener(local, identity());
    await using server = new TestServer(asListener(listener), echo);
    const authorities = [cert("root.pem")];
    const conn = await connectTls({ hostname: "127.0.0.1", port: server.port, authorities });
    const message = new Uint8Array(100_000);
    const buffer = new Uint8Array(256 * 1024);
    // With Nagle's algorithm more than half of them take 40 ms and more, each time.
    const medians: number[] = [];
    while (medians.length < 10 && !(medians.at(-1)! < 30)) {
      const times: number[] = [];
      for (let i = 0; i < 15; i++) {
        const began = performance.now();
        for (let at = 0; at < message.length;) at += await conn.write(message.subarray(at));
        for (let got = 0; got < message.length;) got += (await conn.read(buffer))!;
        times.push(performance.now() - began);
      }
      medians.push(times.sort((a, b) => a - b)[7]);
    }
    conn.close();
    assert(medians.at(-1)! < 30, `${medians.map((time) => time.toFixed(1))}`);
  },
});
