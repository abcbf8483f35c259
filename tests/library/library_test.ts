import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { connect, type Connection, listen, WirecatError } from "../../lib/mod.ts";

/** The first messages that come. */
async function take(connection: Connection, count: number): Promise<unknown[]> {
  const reader = connection.readable.getReader();
  const messages = [];
  while (messages.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    messages.push(value);
  }
  reader.releaseLock();
  return messages;
}

function portOf(server: Awaited<ReturnType<typeof listen>>): number {
  if (!("port" in server.address)) throw new Error("no port");
  return server.address.port;
}

Deno.test("library: a client and a server pass text and binary messages as streams", async () => {
  using server = await listen("ws-listen:127.0.0.1:0");
  const served = (async () => {
    for await (const client of server) {
      await client.readable.pipeTo(client.writable);
      await client.close();
      return await client.closed;
    }
  })();
  const client = await connect(`ws://127.0.0.1:${portOf(server)}/chat`);
  const writer = client.writable.getWriter();
  await writer.write("hello");
  await writer.write(new Uint8Array([1, 2, 3]));
  assertEquals(await take(client, 2), ["hello", new Uint8Array([1, 2, 3])]);
  await writer.close();
  assertEquals((await served)?.ours, false);
  assertEquals(await take(client, 1), []);
  assertEquals((await client.closed).code, 1005);
  await client.close();
});

Deno.test("library: a server knows who asked for what; a close has its code and reason", async () => {
  using server = await listen("ws-listen:127.0.0.1:0", { options: { "server-protocol": "v2" } });
  const connecting = connect(`ws://127.0.0.1:${portOf(server)}/room?x=1`, {
    options: { protocol: "v1,v2", "ping-interval": 20 },
  });
  for await (const accepted of server) {
    assertEquals([accepted.info.uri, accepted.info.protocol], ["/room?x=1", "v2"]);
    accepted.close(4000, "enough");
    break;
  }
  await using client = await connecting;
  assertEquals(client.info.protocol, "v2");
  assertEquals(await take(client, 1), []);
  assertEquals(await client.closed, { code: 4000, reason: "enough", ours: false });
});

Deno.test("library: a byte stream has chunks of bytes, text or not", async () => {
  using server = await listen("tcp-listen:127.0.0.1:0");
  const connecting = connect(`tcp:127.0.0.1:${portOf(server)}`);
  for await (const accepted of server) {
    const writer = accepted.writable.getWriter();
    await writer.write("héllo");
    await writer.close();
    await using client = await connecting;
    assertEquals(await take(client, 2), [new TextEncoder().encode("héllo")]);
    await accepted.close();
    break;
  }
});

Deno.test("library: overlays and programs are specifiers like any other", async () => {
  await using connection = await connect("line2msg:cmd:printf 'a\\nb\\n'");
  assertEquals(await take(connection, 9), ["a\n", "b\n"]);
});

Deno.test("library: what fails is told as an error with its kind", async () => {
  const error = await assertRejects(() => connect("ws://127.0.0.1:1/"), WirecatError);
  assertEquals(error.kind, "connection");
  await assertRejects(() => connect("ws-listen:0"), WirecatError, "waits for clients");
  await assertRejects(() => listen("ws://127.0.0.1:1/"), WirecatError, "does not wait");
  await assertRejects(
    () => connect("mirror:", { options: { hedaer: ["a: b"] } }),
    WirecatError,
    "no option --hedaer",
  );
});

Deno.test("library: a client that does not get through is told of, and the next is served", async () => {
  const refused = Promise.withResolvers<unknown>();
  using server = await listen("ws-listen:127.0.0.1:0", { onRefused: refused.resolve });
  (await Deno.connect({ hostname: "127.0.0.1", port: portOf(server) })).close();
  assertInstanceOf(await refused.promise, WirecatError);
  const client = await connect(`ws://127.0.0.1:${portOf(server)}/`);
  const { value } = await server[Symbol.asyncIterator]().next();
  await Promise.all([client.close(), value!.close()]);
});

Deno.test("library: aborting ends listening", async () => {
  const stop = new AbortController();
  const server = await listen("ws-listen:127.0.0.1:0", { signal: stop.signal });
  const clients = Array.fromAsync(server);
  stop.abort(new Error("enough"));
  assertEquals(await clients, []);
});
