/**
 * `--half-close`: a Close frame that comes ends one direction, as the end of a TCP direction does.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../lib/core/conn.ts";
import { Server as Program } from "../interop/programs.ts";
import { MessageReader } from "../peers.ts";
import { batchOf } from "../peers.ts";
import { closeBytes, masked } from "./frames.ts";
import { connect } from "./memory_conn.ts";

/** A peer that takes a Close frame for the end of one direction, and what goes out of it. */
function halfClosing(options: Parameters<typeof connect>[0] = {}) {
  const { conn, peer } = connect(options);
  peer.control!.halfClose!();
  return {
    conn,
    peer,
    reader: new MessageReader(peer.readable),
    writer: peer.writable.getWriter(),
  };
}

Deno.test("half-close: what is written after a Close has come goes out, then the answer", async () => {
  const { conn, peer, reader, writer } = halfClosing();
  conn.push(masked(1, "question"), masked(8, closeBytes(4000, "enough")));
  assertEquals(await reader.rest(), ["question"]);
  await writer.write(batchOf("answer"));
  await writer.write(batchOf("more"));
  await writer.close();
  const frames = await conn.frames(3);
  assertEquals(frames.map(({ opcode }) => opcode), [1, 1, 8]);
  assertEquals(frames[2].payload, closeBytes(4000));
  assertEquals(await peer.closed, { code: 4000, reason: "enough", ours: false });
  await peer.close();
});

Deno.test("half-close: a Close without a code is answered without one, also under -n", async () => {
  for (const sendClose of [true, false]) {
    const { conn, peer, reader, writer } = halfClosing({ sendClose });
    conn.push(masked(8));
    assertEquals(await reader.rest(), []);
    await writer.close();
    const [frame] = await conn.frames(1);
    assertEquals([frame.opcode, frame.payload.length], [8, 0]);
    assertEquals((await peer.closed)?.code, 1005);
    await peer.close();
  }
});

Deno.test("half-close: who closes first reads on until the answer", async () => {
  const { conn, peer, reader, writer } = halfClosing();
  await writer.close();
  await conn.frames(1);
  conn.push(masked(1, "late"), masked(8, closeBytes(1000)));
  assertEquals(await reader.rest(), ["late"]);
  assertEquals(await peer.closed, { code: 1000, reason: "", ours: true });
  await peer.close();
});

Deno.test("half-close: a peer that goes away after its Close is gone, with the code that it gave", async () => {
  const { conn, peer, reader } = halfClosing();
  conn.push(masked(8, closeBytes(1001)));
  assertEquals(await reader.rest(), []);
  conn.end();
  assertEquals(await peer.closed, { code: 1001, reason: "", ours: false });
  await peer.close();
});

Deno.test("half-close: an error on our side is told in the answer", async () => {
  const { conn, peer, reader } = halfClosing();
  conn.push(masked(8, closeBytes(1000)));
  assertEquals(await reader.rest(), []);
  await peer.shutdown!(1011);
  assertEquals((await conn.frames(1))[0].payload, closeBytes(1011));
  await peer.closed;
  await peer.close();
});

Deno.test("half-close: a peer that does not take the answer is let go after --close-timeout", async () => {
  const { conn, peer, reader, writer } = halfClosing({ closeTimeout: 0.05 });
  conn.push(masked(8, closeBytes(1000, "enough")));
  assertEquals(await reader.rest(), []);
  conn.block();
  await assertRejects(() => writer.close(), Deno.errors.BrokenPipe);
  assertEquals(await peer.closed, { code: 1000, reason: "enough", ours: false });
  assert(conn.closed);
});

Deno.test("half-close: a Close that comes while ours waits for a write is what is answered", async () => {
  const { conn, peer, reader, writer } = halfClosing({ closeStatus: { code: 1001, reason: "" } });
  conn.block();
  const written = Promise.all([writer.write(batchOf("answer")), writer.close()]);
  conn.push(masked(8, closeBytes(4000, "enough")));
  assertEquals(await reader.rest(), []);
  conn.unblock();
  await written;
  const frames = await conn.frames(2);
  assertEquals(frames.map(({ opcode }) => opcode), [1, 8]);
  assertEquals(frames[1].payload, closeBytes(4000));
  assertEquals(await peer.closed, { code: 4000, reason: "enough", ours: false });
  await peer.close();
});

/** Sends `text`, ends that direction, and gives what comes back, to its end. */
async function ask(port: number, text: string): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await writeAll(conn, new TextEncoder().encode(text));
  await conn.closeWrite();
  return await everything(conn);
}

/** Serves one TCP client at a time with `serve`. */
function tcpServer(serve: (conn: Deno.TcpConn) => Promise<void>): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const conn of listener) await serve(conn).finally(() => conn.close());
  })();
  return listener;
}

/** All that comes, to the end. */
async function everything(conn: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (let length = await conn.read(buffer); length !== null; length = await conn.read(buffer)) {
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return text;
}

Deno.test("--half-close: through a tunnel, either end of TCP may be done first", async () => {
  const uploaded = Promise.withResolvers<string>();
  using server = tcpServer(async (conn) => {
    const first = new Uint8Array(1);
    await conn.read(first);
    // "a": answers when all has come; "b": says all it has to say, then takes what comes.
    if (first[0] === 0x61) {
      const text = await everything(conn);
      await conn.write(new TextEncoder().encode(`${text.length} came`));
    } else {
      await conn.write(new TextEncoder().encode("hello"));
      await conn.closeWrite();
      uploaded.resolve(await everything(conn));
    }
  });
  await using outer = await Program.start(
    ["-b", "--half-close", "ws-l:127.0.0.1:0", `tcp:127.0.0.1:${server.addr.port}`],
  );
  await using inner = await Program.start(
    ["-b", "--half-close", "tcp-l:127.0.0.1:0", `ws://127.0.0.1:${outer.port}/`],
  );
  assertEquals(await ask(inner.port, "a" + "x".repeat(300_000)), "300000 came");

  using conn = await Deno.connect({ hostname: "127.0.0.1", port: inner.port });
  await conn.write(new TextEncoder().encode("b"));
  assertEquals(await everything(conn), "hello"); // To its end: that direction is over.
  const text = "y".repeat(300_000);
  await writeAll(conn, new TextEncoder().encode(text));
  await conn.closeWrite();
  assertEquals(await uploaded.promise === text, true);
});
