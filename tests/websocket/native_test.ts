import { assertEquals, assertRejects } from "@std/assert";
import { type Batch, BINARY, TEXT } from "../../lib/core/batch.ts";
import type { Peer } from "../../lib/core/peer.ts";
import type { ConnectionOptions } from "../../lib/websocket/connection.ts";
import { nativePeer } from "../../lib/websocket/native.ts";

const KIB = 1024;

const OPTIONS: ConnectionOptions = {
  role: "server",
  kind: "keep",
  maxFrame: 64 * KIB * KIB,
  maxMessage: 64 * KIB * KIB,
  sendClose: true,
  closeStatus: { code: 1000, reason: "" },
  closeTimeout: 1,
  maxPongs: Infinity,
  keepalive: {},
};

/** The runtime's WebSocket as the engine sees it: events come when the test says so. */
class FakeSocket {
  readyState = WebSocket.OPEN;
  bufferedAmount = 0;
  onmessage: (event: { data: string | ArrayBuffer }) => void = () => {};
  onclose: (event: { code: number; reason: string }) => void = () => {};

  close(code: number, reason: string): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose({ code, reason });
  }
}

function open(): { socket: FakeSocket; peer: Peer } {
  const socket = new FakeSocket();
  const peer = nativePeer(socket as unknown as WebSocket, { name: "ws:test" }, OPTIONS);
  return { socket, peer };
}

/** The messages of a batch, in short: kind and length. */
function short(batch: Batch | undefined): [number, number][] {
  return Array.from({ length: batch?.length ?? 0 }, (_, i) => {
    return [batch!.kind(i), batch!.message(i).length];
  });
}

Deno.test("native engine: messages that wait are read together, each as it came", async () => {
  const { socket, peer } = open();
  for (const data of ["a", new ArrayBuffer(2), "", "dé"]) socket.onmessage({ data });
  const reader = peer.readable.getReader();
  const { value } = await reader.read();
  assertEquals(short(value), [[TEXT, 1], [BINARY, 2], [TEXT, 0], [TEXT, 3]]);
  assertEquals(new TextDecoder().decode(value!.message(3)), "dé");
  await peer.close();
  assertEquals((await reader.read()).done, true);
});

Deno.test("native engine: a failure that the peer tells of is not ours, also after our Close frame", async () => {
  for (const [code, ours] of [[1011, false], [1000, true]] as const) {
    const { socket, peer } = open();
    socket.close = () => socket.onclose({ code, reason: "" });
    await peer.writable.close();
    assertEquals(await peer.closed, { code, reason: "", ours });
  }
});

Deno.test("native engine: what waits is read in portions, in order", async () => {
  const { socket, peer } = open();
  for (const size of [100 * KIB, 100 * KIB, 100 * KIB, 300 * KIB, 1]) {
    socket.onmessage({ data: new ArrayBuffer(size) });
  }
  const reader = peer.readable.getReader();
  const lengths = [];
  for (let i = 0; i < 4; i++) {
    lengths.push(short((await reader.read()).value).map(([, length]) => length / KIB));
  }
  assertEquals(lengths, [[100, 100], [100], [300], [1 / KIB]]);
  await peer.close();
});

Deno.test("native engine: what was read no longer counts as waiting", async () => {
  const { socket, peer } = open();
  const reader = peer.readable.getReader();
  for (let i = 0; i < 3; i++) {
    for (let part = 0; part < 4; part++) {
      socket.onmessage({ data: new ArrayBuffer(10 * KIB * KIB) });
    }
    for (let part = 0; part < 4; part++) await reader.read();
  }
  for (let part = 0; part < 7; part++) socket.onmessage({ data: new ArrayBuffer(10 * KIB * KIB) });
  for (let part = 0; part < 6; part++) await reader.read();
  await assertRejects(() => reader.read(), Error, "wait to be read");
  await peer.close();
});

Deno.test("native engine: empty messages that nobody reads take no memory without end", async () => {
  const { socket, peer } = open();
  for (let i = 0; i < 200_000; i++) socket.onmessage({ data: "" });
  assertEquals(socket.readyState, WebSocket.CLOSED);
  const reader = peer.readable.getReader();
  const { value } = await reader.read();
  assertEquals(value!.byteLength, 0);
  await assertRejects(() => reader.read(), Error, "wait to be read");
  await peer.close();
});
