import { assert, assertEquals, assertRejects } from "@std/assert";
import { Batch, BINARY, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { freePort } from "../free_port.ts";
import { connectTo, echo, type Options, serve } from "./endpoints.ts";
import { randomNumbers } from "./frames.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Both engines, at both ends. */
const PAIRS = [
  ["stream", "stream"],
  ["native", "stream"],
  ["stream", "native"],
  ["native", "native"],
] as const;

/** What happens between a client and a server, whichever engines they use. */
interface Case {
  name: string;
  client?: Options;
  server?: Options;
  run(client: Peer, server: Peer): Promise<void>;
}

/** Reads whole messages as `kind text`. */
class Messages {
  readonly #reader: ReadableStreamDefaultReader<Batch>;
  #waiting: string[] = [];
  #part = "";

  constructor(peer: Peer) {
    this.#reader = peer.readable.getReader();
  }

  /** The next message, or nothing at the end. */
  async next(): Promise<string | undefined> {
    while (this.#waiting.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      for (let i = 0; i < value.length; i++) {
        this.#part += decoder.decode(value.message(i));
        if (!value.isLast(i)) continue;
        this.#waiting.push(`${value.kind(i) === TEXT ? "text" : "binary"} ${this.#part}`);
        this.#part = "";
      }
    }
    return this.#waiting.shift();
  }
}

async function send(peer: Peer, ...messages: (readonly [text: string, flags: number])[]) {
  const writer = peer.writable.getWriter();
  for (const [text, flags] of messages) {
    await writer.write(Batch.of(encoder.encode(text), flags));
  }
  writer.releaseLock();
}

const CASES: Case[] = [
  {
    name: "text and binary arrive as such, empty ones too",
    async run(client, server) {
      for (const [from, to] of [[client, server], [server, client]]) {
        const messages = new Messages(to);
        await send(from, ["κόσμε", TEXT], ["b", BINARY], ["", TEXT], ["", BINARY], ["bytes", 0]);
        for (const expected of ["text κόσμε", "binary b", "text ", "binary ", "text bytes"]) {
          assertEquals(await messages.next(), expected);
        }
      }
    },
  },
  {
    name: "-b sends everything as binary, -t as text",
    client: { binary: true },
    server: { text: true },
    async run(client, server) {
      await send(client, ["a", TEXT]);
      assertEquals(await new Messages(server).next(), "binary a");
      await send(server, ["b", BINARY]);
      assertEquals(await new Messages(client).next(), "text b");
    },
  },
  {
    name: "many messages arrive in order",
    async run(client, server) {
      const echoing = echo(server);
      const messages = new Messages(client);
      const random = randomNumbers(7);
      const sent = Array.from({ length: 2000 }, (_, i) => `${i} ${"x".repeat(random(300))}`);
      const writing = send(client, ...sent.map((text) => [text, TEXT] as const));
      for (const text of sent) assertEquals(await messages.next(), `text ${text}`);
      await writing;
      await client.writable.close();
      assertEquals(await messages.next(), undefined);
      await echoing;
    },
  },
  {
    name: "a message of 1 MiB arrives whole",
    async run(client, server) {
      const bytes = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => i * 7 + (i >> 9));
      const writer = client.writable.getWriter();
      const reader = server.readable.getReader();
      const writing = writer.write(Batch.of(bytes.slice(), BINARY));
      const { value } = await reader.read();
      assertEquals([value!.length, value!.flags(0)], [1, BINARY]);
      const came = value!.message(0);
      assert(came.length === bytes.length && came.every((byte, i) => byte === bytes[i]));
      await writing;
      writer.releaseLock();
    },
  },
  {
    name: "a message in parts is one message",
    async run(client, server) {
      await send(client, ["one ", TEXT | MORE], ["mess", TEXT | MORE | CONTINUED], [
        "age",
        TEXT | CONTINUED,
      ]);
      assertEquals(await new Messages(server).next(), "text one message");
    },
  },
  {
    name: "the client's Close frame ends both with its code",
    client: { "close-status-code": 3001, "close-reason": "done" },
    async run(client, server) {
      await client.writable.close();
      assertEquals(await new Messages(server).next(), undefined);
      assertEquals(await server.closed, { code: 3001, reason: "done", ours: false });
      assertEquals(await new Messages(client).next(), undefined);
      assertEquals((await client.closed)?.code, 3001);
      assertEquals((await client.closed)?.ours, true);
    },
  },
  {
    name: "the server's Close frame ends both with its code",
    server: { "close-status-code": 4999 },
    async run(client, server) {
      await send(server, ["last", TEXT]);
      await server.writable.close();
      const messages = new Messages(client);
      assertEquals(await messages.next(), "text last");
      assertEquals(await messages.next(), undefined);
      assertEquals(await client.closed, { code: 4999, reason: "", ours: false });
      assertEquals(await new Messages(server).next(), undefined);
      assertEquals((await server.closed)?.ours, true);
    },
  },
  {
    name: "a close reason that is too long is cut",
    client: { "close-status-code": 3000, "close-reason": "x".repeat(200) },
    async run(client, server) {
      await client.writable.close();
      assertEquals(await new Messages(server).next(), undefined);
      assertEquals((await server.closed)?.reason, "x".repeat(123));
    },
  },
  {
    name: "after the end nothing can be written",
    async run(client, server) {
      await server.writable.close();
      assertEquals(await new Messages(client).next(), undefined);
      await assertRejects(() => send(client, ["late", TEXT]), Deno.errors.BrokenPipe);
    },
  },
  {
    name: "nobody need read for the closing handshake",
    async run(client, server) {
      await send(client, ["unread", TEXT]);
      await server.readable.cancel();
      await client.writable.close();
      assertEquals((await server.closed)?.ours, false);
    },
  },
  {
    name: "the subprotocol is agreed on",
    client: { protocol: "a, b" },
    server: { "server-protocol": "b" },
    run(client, server) {
      assertEquals([client.info.protocol, server.info.protocol], ["b", "b"]);
      return Promise.resolve();
    },
  },
  {
    name: "the server sees the client's header fields",
    client: { header: ["X-Token: abc"], origin: "https://example.org" },
    server: { "header-to-env": ["X-Token"] },
    run(_, server) {
      const { headers, uri } = server.info;
      assertEquals([headers!().get("X-Token"), headers!().get("Origin"), uri], [
        "abc",
        "https://example.org",
        "/",
      ]);
      return Promise.resolve();
    },
  },
  {
    name: "a message over the limit fails",
    server: { "max-ws-message-length": 1000 },
    async run(client, server) {
      await send(client, ["x".repeat(1000), TEXT], ["y".repeat(1001), TEXT]);
      const messages = new Messages(server);
      assertEquals((await messages.next())?.length, 1005);
      const error = await assertRejects(() => messages.next(), WirecatError);
      assertEquals(error.kind, "protocol");
    },
  },
];

for (const { name, client: clientOptions, server: serverOptions, run } of CASES) {
  for (const [clientEngine, serverEngine] of PAIRS) {
    Deno.test(`${clientEngine} client, ${serverEngine} server: ${name}`, async () => {
      using listening = await serve({ ...serverOptions, engine: serverEngine });
      const [server, client] = await Promise.all([
        listening.next(),
        connectTo(listening.url, { ...clientOptions, engine: clientEngine }),
      ]);
      try {
        await run(client, server);
      } finally {
        await Promise.all([client.close(), server.close()]);
      }
    });
  }
}

for (const engine of ["stream", "native"]) {
  Deno.test(`${engine} server: what is no WebSocket is refused, and what is at another path`, async () => {
    using listening = await serve({ engine, "restrict-uri": "/ws" });
    const answers = (async () => {
      for (;;) {
        try {
          return await listening.next();
        } catch (error) {
          if (!(error instanceof WirecatError)) throw error;
        }
      }
    })();
    const http = listening.url.replace("ws:", "http:");
    const plain = await fetch(http + "ws");
    assertEquals([plain.status, plain.headers.get("Upgrade")], [426, "websocket"]);
    await plain.body?.cancel();
    await assertRejects(() => connectTo(listening.url), WirecatError, "404");
    const client = await connectTo(listening.url + "ws");
    const server = await answers;
    await Promise.all([client.close(), server.close()]);
  });

  Deno.test(`${engine} client: a connection that is refused is told`, async () => {
    const error = await assertRejects(
      () => connectTo(`ws://127.0.0.1:${freePort()}/`, { engine }),
      WirecatError,
    );
    assertEquals(error.kind, "connection");
  });

  Deno.test(`${engine} client: an abort ends connecting`, async () => {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const controller = new AbortController();
    const connecting = connectTo(`ws://127.0.0.1:${silent.addr.port}/`, { engine }, controller);
    const conn = await silent.accept();
    controller.abort(new Error("enough"));
    await assertRejects(() => connecting, Error, "enough");
    conn.close();
  });

  Deno.test(`${engine} client: a silent server is given up in time`, async () => {
    const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const options = { engine, "handshake-timeout": 0.05 };
    // The time may be over before the connection is here.
    const conn = silent.accept().catch(() => undefined);
    const error = await assertRejects(
      () => connectTo(`ws://127.0.0.1:${silent.addr.port}/`, options),
      WirecatError,
    );
    assertEquals(error.kind, "timeout");
    silent.close();
    (await conn)?.close();
  });
}
