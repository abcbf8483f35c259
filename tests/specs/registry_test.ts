import { assertEquals, assertRejects } from "@std/assert";
import type { Opener } from "../../lib/core/opener.ts";
import { Registry } from "../../lib/core/registry.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { connectionPair } from "../../lib/overlay/pipe.ts";
import { family } from "../../specs/registry.ts";
import { batchOf, MessageReader, request, settle, testEnv } from "../peers.ts";

function endpoints(name: string, env = testEnv()): { listen: Opener; connect: Opener } {
  const [listening, connecting] = family.specifiers.map((type) => {
    if (type.kind !== "endpoint") throw new Error("not an endpoint");
    return type.opener(name, env);
  });
  return { listen: listening, connect: connecting };
}

Deno.test("registry-stream: bytes go both ways, and so does the end", async () => {
  const { listen, connect } = endpoints("a");
  const [far, near] = await Promise.all([listen.open(request()), connect.open(request())]);
  const farReader = new MessageReader(far.readable);
  const nearReader = new MessageReader(near.readable);
  const nearWriter = near.writable.getWriter();
  await nearWriter.write(batchOf("hello"));
  assertEquals(await farReader.next(), "hello");
  await nearWriter.close();
  assertEquals(await farReader.next(), undefined);
  await far.writable.getWriter().write(batchOf("bye"));
  assertEquals(await nearReader.next(), "bye");
  await far.close();
  assertEquals(await nearReader.next(), undefined);
  await near.close();
});

Deno.test("registry-stream: a listener serves many, also those who came before it", async () => {
  const env = testEnv();
  const { listen, connect } = endpoints("", env);
  const early = connect.open(request());
  await settle();
  const listening = await listen.listen!(request());
  const late = connect.open(request());
  const clients = listening[Symbol.asyncIterator]();
  for (const [i, connecting] of [early, late].entries()) {
    const server = await (await clients.next()).value.open(request());
    const client = await connecting;
    await client.writable.getWriter().write(batchOf(`client ${i}`));
    assertEquals(await new MessageReader(server.readable).next(), `client ${i}`);
    await client.close();
    await server.close();
  }
  const next = clients.next();
  listening.close();
  assertEquals((await next).done, true);
});

Deno.test("registry-stream: names are apart, and one listens at each", async () => {
  const env = testEnv();
  const a = endpoints("a", env);
  const b = endpoints("b", env);
  const first = await a.listen.listen!(request());
  await assertRejects(() => a.listen.listen!(request()), Error, "listened at already");
  const second = await b.listen.listen!(request());
  const stop = new AbortController();
  const connecting = endpoints("c", env).connect.open(request(stop));
  await settle();
  stop.abort(new Error("over"));
  await assertRejects(() => connecting, Error, "over");
  first.close();
  second.close();
  (await a.listen.listen!(request())).close();
});

Deno.test("registry-stream: a program does not see another one's names", async () => {
  const listening = await endpoints("a").listen.listen!(request());
  const stop = new AbortController();
  const connecting = endpoints("a").connect.open(request(stop));
  await settle();
  stop.abort(new Error("nobody"));
  await assertRejects(() => connecting, Error, "nobody");
  listening.close();
});

Deno.test("pipe: a write waits when the buffer is full, and is read in order", async () => {
  const [a, b] = connectionPair(4);
  const bytes = (text: string) => new TextEncoder().encode(text);
  assertEquals(await a.write(bytes("abcdef")), 4);
  let done = false;
  const write = a.write(bytes("ef")).then((n) => {
    done = true;
    return n;
  });
  await settle();
  assertEquals(done, false);
  const into = new Uint8Array(3);
  assertEquals(await b.read(into), 3);
  assertEquals(await write, 2);
  const rest = new Uint8Array(10);
  assertEquals(new TextDecoder().decode(rest.subarray(0, (await b.read(rest))!)), "def");
  await a.closeWrite();
  assertEquals(await b.read(rest), null);
});

Deno.test("pipe: closing ends a read and a write that wait", async () => {
  const [a, b] = connectionPair(1);
  await a.write(new Uint8Array(1));
  const write = a.write(new Uint8Array(1));
  const read = a.read(new Uint8Array(1));
  b.close();
  await assertRejects(() => write, Deno.errors.BrokenPipe);
  assertEquals(await read, null);
  await assertRejects(() => b.read(new Uint8Array(1)));
});

Deno.test("--registry-connect-bufsize: how much a connection holds that nobody has read", async () => {
  const registry = new Registry([family]);
  const env = testEnv({ "registry-connect-bufsize": 4 }, [family]);
  const open = (text: string) => opener(parseSpecifier(text, registry), env).open(request());
  const [far, near] = await Promise.all([
    open("registry-stream-listen:b"),
    open("registry-stream-connect:b"),
  ]);
  const writer = near.writable.getWriter();
  let written = 0;
  const writing = writer.write(batchOf("12345678")).then(() => written = 8);
  await settle();
  assertEquals(written, 0, "the write waits for a reader");
  const reader = new MessageReader(far.readable);
  let got = "";
  while (got.length < 8) got += await reader.next();
  await writing;
  assertEquals([got, written], ["12345678", 8]);
  await Promise.all([far.close(), near.close()]);
});
