import { assertFreesDescriptors } from "../descriptors.ts";
import { assert, assertEquals } from "@std/assert";
import { Epoll } from "../../lib/ffi/epoll.ts";
import { FdConn } from "../../lib/ffi/fd.ts";
import { libc } from "../../lib/ffi/libc.ts";
import { POLL_IN, POLL_OUT, READ_WRITE } from "../../lib/ffi/numbers.ts";
import { Poll } from "../../lib/ffi/poll.ts";
import { Poller } from "../../lib/ffi/poller.ts";
import { linuxFfi } from "./descriptors.ts";

const ways = {
  epoll: (calls: ReturnType<typeof libc>) => new Epoll(calls),
  poll: (calls: ReturnType<typeof libc>) => new Poll(calls),
};

for (const [way, make] of Object.entries(ways)) {
  const test = (name: string, run: (poller: Poller) => Promise<void>) =>
    Deno.test({
      name: `${way}: ${name}${linuxFfi ? "" : " (skipped: needs Linux and --allow-ffi)"}`,
      ignore: !linuxFfi,
      async fn() {
        const poller = new Poller(libc("test"), make);
        await assertFreesDescriptors(() => run(poller));
      },
    });

  const pair = (poller: Poller) => {
    const traits = { socket: true, nonBlocking: true, access: READ_WRITE };
    return poller.libc.pair().map((fd) => new FdConn(fd, poller, traits));
  };

  test("a read waits for data and gets it", async (poller) => {
    const [a, b] = pair(poller);
    const into = new Uint8Array(8);
    const reading = a.read(into);
    await b.write(new Uint8Array([1, 2, 3]));
    assertEquals(await reading, 3);
    assertEquals([...into.subarray(0, 3)], [1, 2, 3]);
    a.close();
    b.close();
  });

  test("a descriptor that comes while another waits is waited for too", async (poller) => {
    const [a, b] = pair(poller);
    const [c, d] = pair(poller);
    const first = a.read(new Uint8Array(8));
    await poller.turn(1 << 30); // By now the other thread waits for `a`.
    const second = c.read(new Uint8Array(8));
    await d.write(new Uint8Array(5));
    assertEquals(await second, 5);
    await b.write(new Uint8Array(2));
    assertEquals(await first, 2);
    [a, b, c, d].forEach((conn) => conn.close());
  });

  test("closing gets a read that waits back", async (poller) => {
    const [a, b] = pair(poller);
    const reading = a.read(new Uint8Array(8));
    await poller.turn(1 << 30);
    a.close();
    assertEquals(await reading, null);
    b.close();
  });

  test("closing gets a write that waits back", async (poller) => {
    const [a, b] = pair(poller);
    const failed = (async () => {
      for (;;) await a.write(new Uint8Array(1 << 16));
    })().catch((error) => error);
    for (let i = 0; i < 20; i++) await poller.turn(1 << 30);
    a.close();
    assert(await failed instanceof Deno.errors.BadResource);
    b.close();
  });

  test("one end is read and written at the same time, and all arrives", async (poller) => {
    const [a, b] = pair(poller);
    const total = 8 << 20;
    const bytes = new Uint8Array(total).map((_, i) => i * 31 >> 8);
    const send = async (conn: FdConn) => {
      for (let at = 0; at < total;) at += await conn.write(bytes.subarray(at, at + 100_000));
      await conn.closeWrite();
    };
    const receive = async (conn: FdConn) => {
      const into = new Uint8Array(50_000);
      let at = 0;
      for (let n = await conn.read(into); n !== null; n = await conn.read(into)) {
        for (let i = 0; i < n; i += 997) assertEquals(into[i], bytes[at + i]);
        at += n;
      }
      return at;
    };
    const got = await Promise.all([receive(a), receive(b), send(a), send(b)]);
    assertEquals(got.slice(0, 2), [total, total]);
    a.close();
    b.close();
  });

  test("a hang-up wakes whoever waits", async (poller) => {
    const [a, b] = pair(poller);
    const reading = a.read(new Uint8Array(8));
    await poller.turn(1 << 30);
    b.close();
    assertEquals(await reading, null);
    const error = await a.write(new Uint8Array(8)).catch((error) => error);
    assertEquals(error.code, "EPIPE");
    a.close();
  });

  test("a hundred connections wait at once, each gets its own", async (poller) => {
    const pairs = Array.from({ length: 100 }, () => pair(poller));
    const reading = pairs.map(async ([a]) => {
      const into = new Uint8Array(8);
      const n = await a.read(into);
      return n === 1 ? into[0] : -1;
    });
    await poller.turn(1 << 30);
    for (const [i, [, b]] of [...pairs.entries()].reverse()) await b.write(new Uint8Array([i]));
    assertEquals(await Promise.all(reading), pairs.map((_, i) => i));
    pairs.flat().forEach((conn) => conn.close());
  });

  test("a descriptor that is always ready leaves timers their turn", async (poller) => {
    const fd = poller.libc.openDevice("/dev/zero");
    const zero = new FdConn(fd, poller, { socket: false, nonBlocking: true, access: READ_WRITE });
    let fired = false;
    const timer = setTimeout(() => fired = true, 1);
    const into = new Uint8Array(4096);
    let reads = 0;
    while (!fired && reads++ < 1e6) await zero.read(into);
    clearTimeout(timer);
    assert(fired);
    zero.close();
  });

  test("waiting for both directions of one descriptor", async (poller) => {
    const [a, b] = pair(poller);
    poller.retain();
    const [x, y] = poller.libc.pair();
    const readable = poller.wait(x, POLL_IN);
    assertEquals(await poller.wait(x, POLL_OUT), true);
    assertEquals(poller.libc.close(y), 0);
    assertEquals(await readable, true);
    poller.forget(x);
    poller.libc.close(x);
    poller.release();
    a.close();
    b.close();
  });
}
