import { assertEquals } from "@std/assert";
import type { ByteConn } from "../../lib/core/conn.ts";
import { finish } from "../../lib/http/finish.ts";
import { prefixedConn } from "../../lib/http/prefixed_conn.ts";

/** A connection that notes what is done with it, and gives these bytes, then its end. */
function fake(bytes: number[], calls: string[] = []): ByteConn & { calls: string[] } {
  return {
    calls,
    read(into) {
      calls.push("read");
      const piece = bytes.splice(0, into.length);
      into.set(piece);
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
    write(data) {
      calls.push("write");
      return Promise.resolve(data.length);
    },
    closeWrite() {
      calls.push("closeWrite");
      return Promise.resolve();
    },
    close() {
      calls.push("close");
    },
  };
}

Deno.test("prefixedConn: the bytes read before come first, in reads of any size", async () => {
  const conn = prefixedConn(fake([4, 5]), Uint8Array.of(1, 2, 3));
  const read: (number[] | null)[] = [];
  for (let i = 0; i < 4; i++) {
    const into = new Uint8Array(2);
    const count = await conn.read(into);
    read.push(count === null ? null : [...into.subarray(0, count)]);
  }
  assertEquals(read, [[1, 2], [3], [4, 5], null]);
});

Deno.test("prefixedConn: everything else is the connection's own", async () => {
  const inner = fake([]);
  const conn = prefixedConn(inner, Uint8Array.of(1));
  assertEquals(await conn.write(Uint8Array.of(1, 2)), 2);
  await conn.closeWrite();
  conn.close();
  assertEquals(inner.calls, ["write", "closeWrite", "close"]);
  assertEquals(prefixedConn(inner, new Uint8Array(0)), inner);
});

Deno.test("finish: ends the writing half, reads to the end, and leaves closing to others", async () => {
  const conn = fake(new Array(5000).fill(7));
  await finish(conn);
  assertEquals(conn.calls, ["closeWrite", "read", "read", "read"]);
});

Deno.test("finish: an endless sender, a silent one and one that is gone do not hold it up", async () => {
  await finish({ ...fake([]), read: (into) => Promise.resolve(into.length) });
  await finish({ ...fake([]), closeWrite: () => Promise.reject(new Error("gone")) });
  const silent = { ...fake([]), read: () => new Promise<null>(() => {}) };
  await finish(silent, AbortSignal.abort());
});
