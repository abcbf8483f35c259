/**
 * One-way load: WebSocket servers that swallow or pour, and both ends of a relay.
 *
 * @module
 */
import { acceptUpgrade, frame, repeat, upgrade, writeAll } from "./frames.ts";
import type { RelayJob, Result, SinkJob, SourceJob } from "./job.ts";
import { Counter, measure, say } from "./stopwatch.ts";

const BLOCK = 128 * 1024;

/** Listens for a client and counts its frames, whose length the first one tells. */
export async function sink(job: SinkJob): Promise<Result> {
  const conn = await firstClient(listen());
  await acceptUpgrade(conn);
  const counter = new Counter();
  const { wire, size } = await firstFrame(conn, counter);
  count(conn, counter);
  return await measure(job, counter, wire, size);
}

/** Listens for a client and sends it text messages that end with a newline. */
export async function source(job: SourceJob): Promise<Result> {
  const conn = await firstClient(listen());
  await acceptUpgrade(conn);
  const message = frame(job.size, true, false);
  message[message.length - 1] = 0x0a;
  const counter = new Counter();
  pour(conn, repeat(message, BLOCK), counter);
  return await measure(job, counter, message.length, job.size);
}

/** A WebSocket client on one end, a TCP server on the other; the port of the relay comes later. */
export async function relay(job: RelayJob, port: Promise<number>): Promise<Result> {
  const listener = listen();
  const client = await Deno.connect({ hostname: "127.0.0.1", port: await port });
  client.setNoDelay(true);
  const [behind] = await Promise.all([listener.accept(), upgrade(client)]);
  const counter = new Counter();
  if (job.from === "websocket") {
    pour(client, repeat(frame(job.size, false, true), BLOCK));
    count(behind, counter);
  } else {
    pour(behind, repeat(new Uint8Array(job.size).fill(0x61), BLOCK));
    count(client, counter);
  }
  return await measure(job, counter, job.size, job.size);
}

/** Listens on a free port and says which. */
export function listen(): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  say({ is: "ready", port: listener.addr.port });
  return listener;
}

async function firstClient(listener: Deno.TcpListener): Promise<Deno.Conn> {
  const conn = await listener.accept();
  conn.setNoDelay(true);
  return conn;
}

/** Counts what comes. */
function count(conn: Deno.Conn, counter: Counter): void {
  const into = new Uint8Array(256 * 1024);
  const receive = async () => {
    for (let length; (length = await conn.read(into)) !== null;) counter.bytes += length;
  };
  receive().catch(() => {});
}

/** Writes the block again and again. */
function pour(conn: Deno.Conn, block: Uint8Array, counter?: Counter): void {
  const send = async () => {
    for (;;) {
      await writeAll(conn, block);
      if (counter !== undefined) counter.bytes += block.length;
    }
  };
  send().catch(() => {});
}

/** The length of a client's first frame, on the wire and of its payload. */
async function firstFrame(
  conn: Deno.Conn,
  counter: Counter,
): Promise<{ wire: number; size: number }> {
  const into = new Uint8Array(64 * 1024);
  let length = 0;
  while (length < 8) {
    const read = await conn.read(into.subarray(length));
    if (read === null) throw new Error("the program closed the connection");
    length += read;
  }
  counter.bytes += length;
  const short = into[1] & 0x7f;
  if (short === 127) throw new Error("the first message is over 64 KiB");
  const size = short < 126 ? short : new DataView(into.buffer).getUint16(2);
  return { wire: size + 4 + (short < 126 ? 2 : 4), size };
}
