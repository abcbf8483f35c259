import { assert, assertEquals, assertRejects } from "@std/assert";
import { Batch, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { readableFrom, writableFrom } from "../../lib/core/halves.ts";
import { Log } from "../../lib/core/log.ts";
import { connector } from "../../lib/core/opener.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { type JsonPeerOptions, openJsonPeer, wasTold } from "../../lib/events/json_peer.ts";

const SETTINGS: JsonPeerOptions = {
  kind: "text",
  preamble: [],
  maxIn: Infinity,
  maxOut: Infinity,
  maxMessage: 1 << 20,
  conncap: Infinity,
  log: new Log(0),
};

/** A connection whose reads are made by `read`; what is written is counted. */
function below(read: () => Promise<Batch | undefined>) {
  const state = { written: 0, closed: false, ended: false };
  const reader = {
    read: () => state.closed ? Promise.resolve(undefined) : read(),
    cancel: () => Promise.resolve(),
  };
  const writer = {
    write(batch: Batch) {
      state.written += batch.length;
      return Promise.resolve();
    },
    close() {
      state.ended = true;
      return Promise.resolve();
    },
  };
  const peer: Peer = {
    info: { name: "test" },
    reader,
    writer,
    readable: readableFrom(reader),
    writable: writableFrom(writer),
    close: () => void (state.closed = true),
  };
  return { state, inner: connector(() => Promise.resolve(peer)) };
}

const open = (inner: Parameters<typeof openJsonPeer>[0], settings: Partial<JsonPeerOptions> = {}) =>
  openJsonPeer(inner, { signal: new AbortController().signal }, false, {
    ...SETTINGS,
    ...settings,
  });

const commands = (line: string, count: number) =>
  Batch.of(new TextEncoder().encode(`${line}\n`.repeat(count)));

/** Lets everything run that waits for nothing. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

Deno.test("json peer: where nobody reads the events, no more is read from the connection", async () => {
  let reads = 0;
  const message = new Uint8Array(1000).fill(0x61);
  const { inner } = below(() => {
    reads++;
    return Promise.resolve(Batch.of(message.slice(), TEXT));
  });
  const peer = await open(inner);
  await settled();
  const before = reads;
  assert(before < 400, `${before} messages of a thousand bytes are kept`);
  await settled();
  assertEquals(reads, before);
  for (let i = 0; i < 10; i++) await peer.reader!.read();
  await settled();
  assert(reads > before, "it goes on when there is room again");
  await peer.close();
});

Deno.test("json peer: where nobody reads the events, no more is sent", async () => {
  const { inner, state } = below(() => new Promise(() => {}));
  const peer = await open(inner);
  let taken = 0;
  const writing = (async () => {
    for (; taken < 100; taken++) {
      await peer.writer!.write(commands(`{"text":"${"x".repeat(100)}"}`, 100));
    }
  })();
  await settled();
  await settled();
  assert(taken < 30, `${taken * 100} commands were taken`);
  const reading = (async () => {
    while (await peer.reader!.read() !== undefined);
  })();
  await writing;
  assertEquals(state.written, 10_000);
  await peer.close();
  await reading;
  assertEquals(state.closed, true);
});

Deno.test("json peer: where the events are not wanted, commands are still done", async () => {
  const { inner, state } = below(() => new Promise(() => {}));
  const peer = await open(inner);
  await peer.reader!.cancel();
  for (let i = 0; i < 100; i++) await peer.writer!.write(commands('{"text":"x"}', 100));
  assertEquals(state.written, 10_000);
  await peer.writer!.close();
  assertEquals(state.ended, true);
  await peer.close();
});

Deno.test("json peer: what ends a connection is thrown behind its last line, and known as told", async () => {
  const failure = new WirecatError("protocol", "broken");
  const { inner } = below(() => Promise.reject(failure));
  const peer = await open(inner);
  const lines: string[] = [];
  const error = await assertRejects(async () => {
    for (;;) {
      const batch = (await peer.reader!.read())!;
      for (let i = 0; i < batch.length; i++) {
        lines.push(JSON.parse(new TextDecoder().decode(batch.message(i))).type);
      }
    }
  });
  assertEquals(lines, ["open", "error", "close"]);
  assertEquals([error, wasTold(failure)], [failure, true]);
  await peer.close();
});

Deno.test("json peer: a line that is longer than any message is told, and nothing of it is kept", async () => {
  const noted: unknown[] = [];
  const { inner, state } = below(() => new Promise(() => {}));
  const peer = await open(inner, { maxMessage: 100, noteFailure: (error) => noted.push(error) });
  for (let i = 0; i < 100; i++) {
    await peer.writer!.write(Batch.of(new Uint8Array(1000).fill(0x20)));
  }
  await peer.writer!.write(commands('\n{"text":"x"}', 1));
  assertEquals([noted.length, state.written], [1, 1]);
  await peer.close();
});
