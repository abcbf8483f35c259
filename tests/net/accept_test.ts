import { assertEquals, assertRejects } from "@std/assert";
import type { ByteConn } from "../../lib/core/conn.ts";
import { peerFromConn } from "../../lib/core/conn.ts";
import { Log } from "../../lib/core/log.ts";
import { acceptClients } from "../../lib/net/accept.ts";
import { request } from "../peers.ts";

class FakeConn implements ByteConn {
  closes = 0;
  read = () => Promise.resolve(null);
  write = (bytes: Uint8Array) => Promise.resolve(bytes.length);
  closeWrite = () => Promise.resolve();
  close = () => void this.closes++;
}

const shortage = () =>
  Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" });

/** A socket that answers each accept with the next of `answers`, then waits until it is closed. */
function socketOf(...answers: (FakeConn | Error)[]) {
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {});
  let accepts = 0;
  return {
    get accepts() {
      return accepts;
    },
    accept(): Promise<FakeConn> {
      const answer = answers[accepts++];
      if (answer === undefined) return closed.promise;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    close: () => closed.reject(new Deno.errors.BadResource("closed")),
  };
}

const peerOf = (conn: FakeConn) => peerFromConn(conn, { name: "fake" });

Deno.test("accept: a shortage of descriptors is waited out, and told once", async () => {
  const lines: string[] = [];
  const socket = socketOf(shortage(), shortage(), shortage(), new FakeConn());
  const clients = acceptClients(socket, peerOf, new Log(1, (line) => lines.push(line)));
  const before = performance.now();
  for await (const client of clients) {
    await (await client.open(request())).close();
    clients.close();
  }
  assertEquals(socket.accepts, 4);
  assertEquals(performance.now() - before >= 5 + 10 + 20 - 3, true, "it did not wait");
  assertEquals(lines.length, 2);
  assertEquals(lines[0].includes("too many open files"), true, lines[0]);
  assertEquals(lines[1].includes("--conncap"), true, lines[1]);
});

Deno.test("accept: clients that are gone before they are accepted hold nobody up", async () => {
  const lines: string[] = [];
  const gone = Array.from({ length: 20 }, () => new Deno.errors.NotConnected("gone"));
  const socket = socketOf(...gone, new FakeConn());
  const clients = acceptClients(socket, peerOf, new Log(1, (line) => lines.push(line)));
  for await (const client of clients) {
    await (await client.open(request())).close();
    clients.close();
  }
  assertEquals([socket.accepts, lines], [21, []]);
});

Deno.test("accept: closing ends the iteration while it waits for a client", async () => {
  const clients = acceptClients(socketOf(), peerOf, new Log(0));
  const first = clients[Symbol.asyncIterator]().next();
  clients.close();
  clients.close();
  assertEquals((await first).done, true);
});

Deno.test("accept: closing ends the iteration while it pauses after a failure", async () => {
  const failures = Array.from({ length: 50 }, shortage);
  const told = Promise.withResolvers<void>();
  const clients = acceptClients(socketOf(...failures), peerOf, new Log(1, () => told.resolve()));
  const first = clients[Symbol.asyncIterator]().next();
  await told.promise;
  clients.close();
  assertEquals((await first).done, true);
});

Deno.test("accept: a client that is not opened any more is dropped", async () => {
  const conn = new FakeConn();
  const clients = acceptClients(socketOf(conn), peerOf, new Log(0));
  const { value } = await clients[Symbol.asyncIterator]().next();
  const controller = new AbortController();
  controller.abort(new Error("over"));
  await assertRejects(() => value.open(request(controller)), Error, "over");
  assertEquals(conn.closes, 1);
  clients.close();
});

Deno.test("accept: a client that is not wanted is closed at once, and the next one served", async () => {
  const [one, other] = [new FakeConn(), new FakeConn()];
  const socket = socketOf(one, other);
  const listener = acceptClients(socket, peerOf, new Log(0), (conn) => conn !== one);
  const { value } = await listener[Symbol.asyncIterator]().next();
  assertEquals([one.closes, other.closes], [1, 0]);
  const peer = await value!.open(request());
  await peer.close();
  assertEquals(other.closes, 1);
  listener.close();
});
