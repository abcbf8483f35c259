import { assert, assertEquals, assertRejects } from "@std/assert";
import { Batch } from "../../lib/core/batch.ts";
import {
  type ByteConn,
  closeQuietly,
  connFromPeer,
  MAX_BUFFER,
  MAX_CHUNK,
  MIN_BUFFER,
  nextCapacity,
  peerFromConn,
  writeAll,
} from "../../lib/core/conn.ts";
import { batchOf, MemoryPeer, MessageReader, settle } from "../peers.ts";

const decoder = new TextDecoder();
const bytes = (text: string) => new TextEncoder().encode(text);

/** A connection that reads what it is told to, and takes a few bytes with each write. */
class MemoryConn implements ByteConn {
  readonly reads: string[] = [];
  readonly capacities: number[] = [];
  written = "";
  most = Infinity;
  writes = 0;
  ended = 0;
  closes = 0;

  read(into: Uint8Array): Promise<number | null> {
    this.capacities.push(into.length);
    const next = this.reads.shift();
    if (next === undefined) return Promise.resolve(null);
    const part = bytes(next).subarray(0, into.length);
    into.set(part);
    if (part.length < next.length) this.reads.unshift(next.slice(part.length));
    return Promise.resolve(part.length);
  }

  write(data: Uint8Array): Promise<number> {
    this.writes++;
    const length = Math.min(this.most, data.length);
    this.written += decoder.decode(data.subarray(0, length));
    return Promise.resolve(length);
  }

  closeWrite(): Promise<void> {
    this.ended++;
    return Promise.resolve();
  }

  close(): void {
    if (++this.closes > 1) throw new Deno.errors.BadResource("closed");
  }
}

Deno.test("writeAll: goes on until all is written", async () => {
  const conn = new MemoryConn();
  conn.most = 3;
  await writeAll(conn, bytes("0123456789"));
  assertEquals([conn.written, conn.writes], ["0123456789", 4]);
});

Deno.test("nextCapacity: grows with full reads, shrinks with small ones, within bounds", () => {
  assertEquals(nextCapacity(1024, 1024), 8192);
  assertEquals(nextCapacity(MAX_BUFFER, MAX_BUFFER), MAX_BUFFER);
  assertEquals(nextCapacity(8192, 600), 8192);
  assertEquals(nextCapacity(8192, 500), 4096);
  assertEquals(nextCapacity(MIN_BUFFER, 1), MIN_BUFFER);
});

Deno.test("conn peer: a read is an entry, the end is the end", async () => {
  const conn = new MemoryConn();
  conn.reads.push("one", "two");
  const peer = peerFromConn(conn, { name: "x" });
  assertEquals(await new MessageReader(peer.readable).rest(), ["one", "two"]);
});

Deno.test("conn peer: a long read is entries of at most 64 KiB, and with a limit it is one", async () => {
  for (
    const [maxRead, lengths] of [[undefined, [65536, 65536, 1000]], [200_000, [132_072]]] as const
  ) {
    const conn = new MemoryConn();
    const text = Array.from({ length: 2 * MAX_CHUNK + 1000 }, (_, i) => i % 10).join("");
    conn.reads.push(text);
    const peer = peerFromConn(conn, { name: "x" }, { bufferSize: MAX_BUFFER, maxRead });
    const { value } = await peer.readable.getReader().read();
    assertEquals(
      Array.from({ length: value!.length }, (_, i) => value!.message(i).length),
      lengths,
    );
    assert(decoder.decode(value!.join()) === text);
    assertEquals(conn.capacities, [maxRead ?? MAX_BUFFER]);
  }
});

Deno.test("conn peer: reads no further than asked, and no more at once than it may", async () => {
  const conn = new MemoryConn();
  conn.reads.push("x".repeat(20));
  const peer = peerFromConn(conn, { name: "x" }, { maxRead: 8 });
  const reader = new MessageReader(peer.readable);
  await settle();
  assertEquals(conn.capacities, []);
  assertEquals(await reader.next(), "x".repeat(8));
  assertEquals(await reader.rest(), ["x".repeat(8), "x".repeat(4)]);
  assertEquals(conn.capacities.every((capacity) => capacity === 8), true);
});

Deno.test("conn peer: a batch is one write, its messages back to back; nothing is none", async () => {
  const conn = new MemoryConn();
  const writer = peerFromConn(conn, { name: "x" }).writable.getWriter();
  await writer.write(batchOf("a", "", "bc"));
  await writer.write(batchOf(""));
  assertEquals([conn.written, conn.writes], ["abc", 1]);
  await writer.close();
  assertEquals([conn.ended, conn.closes], [1, 0]);
});

Deno.test("conn peer: closing frees once, the connection and then the rest", async () => {
  const conn = new MemoryConn();
  const order: string[] = [];
  const peer = peerFromConn(conn, { name: "x" }, {
    onClose: () => void order.push(`after ${conn.closes}`),
  });
  await peer.close();
  await peer.close();
  assertEquals([conn.closes, order], [1, ["after 1"]]);
  closeQuietly(conn);
});

Deno.test("connFromPeer: a peer that has a connection gives it", () => {
  const conn = new MemoryConn();
  assert(connFromPeer(peerFromConn(conn, { name: "x" })) === conn);
});

Deno.test("connFromPeer: messages become bytes, as many as there is room for", async () => {
  const peer = new MemoryPeer();
  const conn = connFromPeer(peer);
  peer.push("abc", "de");
  peer.push("", "f");
  peer.end();
  const into = new Uint8Array(2);
  let all = "";
  for (let n = await conn.read(into); n !== null; n = await conn.read(into)) {
    assert(n > 0);
    all += decoder.decode(into.subarray(0, n));
  }
  assertEquals(all, "abcdef");
});

Deno.test("connFromPeer: writes, half-closes and closes the peer", async () => {
  const peer = new MemoryPeer();
  const conn = connFromPeer(peer);
  assertEquals(await conn.write(bytes("out")), 3);
  assertEquals(peer.written, ["out"]);
  await conn.closeWrite();
  assertEquals([peer.writeEnd, peer.closes], ["closed", 0]);
  conn.close();
  await settle();
  assertEquals([peer.cancelled, peer.closes], [true, 1]);
});

Deno.test("connFromPeer: errors come out", async () => {
  const peer = new MemoryPeer();
  const conn = connFromPeer(peer);
  peer.fail(new Error("broken"));
  await assertRejects(() => conn.read(new Uint8Array(1)), Error, "broken");
  peer.failWrites(new Error("no room"));
  await assertRejects(() => conn.write(bytes("x")), Error, "no room");
});

Deno.test("batch: bytes that others look at are copied before they are changed", () => {
  const batch = Batch.of(bytes("abc"));
  assert(batch.own() === batch);
  const share = batch.share();
  share.own().bytes.fill(0);
  assertEquals(decoder.decode(batch.message(0)), "abc");
});
