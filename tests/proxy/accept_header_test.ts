import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { acceptHeader } from "../../lib/proxy/accept_header.ts";
import { formatHeader } from "../../lib/proxy/protocol_header.ts";

const encoder = new TextEncoder();
const source = { hostname: "192.0.2.1", port: 4711 };

/** A connection that gives these pieces, one a read, then its end; without `end` it hangs. */
function conn(pieces: Uint8Array[], end = true) {
  const left = [...pieces];
  return {
    read(into: Uint8Array): Promise<number | null> {
      const piece = left.shift();
      if (piece === undefined) return end ? Promise.resolve(null) : new Promise(() => {});
      into.set(piece.subarray(0, into.length));
      if (piece.length > into.length) left.unshift(piece.subarray(into.length));
      return Promise.resolve(Math.min(piece.length, into.length));
    },
    write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
    closeWrite: () => Promise.resolve(),
    close() {},
  };
}

async function rest(from: { read(into: Uint8Array): Promise<number | null> }): Promise<string> {
  const into = new Uint8Array(3);
  let text = "";
  for (let count; (count = await from.read(into)) !== null;) {
    text += new TextDecoder().decode(into.subarray(0, count));
  }
  return text;
}

Deno.test("accept proxy header: nothing behind it is lost, however it comes", async () => {
  const tlvs = new Uint8Array(8000);
  const long = formatHeader("v2", source, source);
  long[14] = (12 + tlvs.length) >> 8;
  long[15] = (12 + tlvs.length) & 255;
  for (
    const header of [
      formatHeader("v1", source, source),
      formatHeader("v2", source, source),
      new Uint8Array([...long, ...tlvs]),
    ]
  ) {
    const all = new Uint8Array([...header, ...encoder.encode("behind it")]);
    for (const size of [1, 5, 16, 300, all.length]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < all.length; at += size) pieces.push(all.subarray(at, at + size));
      const accepted = await acceptHeader(conn(pieces), { from: "p" });
      assertEquals(accepted.client, "192.0.2.1:4711");
      assertEquals(await rest(accepted.conn), "behind it");
    }
  }
});

Deno.test("accept proxy header: with nothing behind it the connection is the same one", async () => {
  const below = conn([formatHeader("v1", source, source)]);
  assertEquals((await acceptHeader(below, { from: "p" })).conn === below, true);
});

Deno.test("accept proxy header: an end, other bytes, silence and an abort", async () => {
  const fails = async (kind: string, message: string, accepting: Promise<unknown>) => {
    const error = await assertRejects(() => accepting, WirecatError) as WirecatError;
    assertEquals([error.kind, error.message], [kind, message]);
  };
  await fails(
    "abnormal",
    "1.2.3.4:5: the connection ended before the PROXY protocol header",
    acceptHeader(conn([encoder.encode("PRO")]), { from: "1.2.3.4:5" }),
  );
  await fails(
    "protocol",
    "p: the PROXY protocol header is missing",
    acceptHeader(conn([encoder.encode("GET / HTTP/1.1\r\n\r\n")]), { from: "p" }),
  );
  await fails(
    "timeout",
    "p sent no PROXY protocol header within 10 ms",
    acceptHeader(conn([], false), { from: "p", timeout: 0.01 }),
  );
  const abort = new AbortController();
  const accepting = acceptHeader(conn([], false), { from: "p", signal: abort.signal });
  abort.abort(new Error("over"));
  await assertRejects(() => accepting, Error, "over");
});
