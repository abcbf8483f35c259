import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Batch, BINARY, MORE } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import type { ListenAddress, Listener } from "../../lib/core/opener.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { Registry } from "../../lib/core/registry.ts";
import { family } from "../../specs/seqpacket.ts";
import { family as modes } from "../../specs/socket_mode.ts";
import { nextClient, readMessages, testDescriptors } from "../ffi/descriptor_test_case.ts";
import { Python } from "../ffi/descriptors.ts";
import { eventually } from "../net/eventually.ts";
import { batchOf, request, testEnv } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";
import { assertFreesDescriptors } from "../descriptors.ts";

function test(name: string, fn: (path: string) => Promise<void>, ...programs: string[]): void {
  testDescriptors(`seqpacket: ${name}`, (directory) => fn(`${directory}/s`), ...programs);
}

async function listen(
  specifier: string,
  options: Record<string, unknown> = {},
  onListening?: (address: ListenAddress) => void,
): Promise<Listener> {
  const registry = new Registry([family, modes]);
  const env = { ...testEnv(options, [family, modes]), onListening };
  return await opener(parseSpecifier(specifier, registry), env).listen!(request());
}

test("each message is one packet, both ways, and the end is seen", async (path) => {
  await assertFreesDescriptors(async () => {
    const listener = await listen(`seqpacket-l:${path}`);
    const client = await openSpecifier(family, `seqpacket:${path}`);
    const server = await nextClient(listener);
    const toServer = client.writable.getWriter();
    const toClient = server.writable.getWriter();
    const atServer = server.readable.getReader();
    const atClient = client.readable.getReader();

    await toServer.write(batchOf("one", "two\n", "three"));
    assertEquals(await readMessages(atServer, 3), ["one", "two\n", "three"]);
    await toClient.write(batchOf("yes"));
    assertEquals(await readMessages(atClient, 1), ["yes"]);

    await toServer.close();
    assertEquals(await readMessages(atServer, 1), []);
    await toClient.write(batchOf("after"));
    assertEquals(await readMessages(atClient, 1), ["after"]);
    await toClient.close();
    assertEquals(await readMessages(atClient, 1), []);

    await client.close();
    await server.close();
    listener.close();
  });
});

test("many clients at once", async (path) => {
  const listener = await listen(`l-seqpacket:${path}`);
  const clients: Peer[] = [];
  const servers: Peer[] = [];
  for (let i = 0; i < 20; i++) {
    clients.push(await openSpecifier(family, `seqpacket-c:${path}`));
    servers.push(await nextClient(listener));
  }
  const reading = servers.map((server) => readMessages(server.readable.getReader(), 1));
  for (const [i, client] of clients.entries()) {
    await client.writable.getWriter().write(batchOf(`client ${i}`));
  }
  assertEquals((await Promise.all(reading)).flat(), clients.map((_, i) => `client ${i}`));
  for (const peer of [...clients, ...servers]) await peer.close();
  listener.close();
});

test("a leading @ is an abstract name, without a file", async () => {
  const name = `@wirecat-test-${Deno.pid}`;
  const listener = await listen(`seqpacket-listen:${name}`);
  const client = await openSpecifier(family, `seqpacket-connect:${name}`);
  const server = await nextClient(listener);
  await client.writable.getWriter().write(batchOf("x"));
  assertEquals(await readMessages(server.readable.getReader(), 1), ["x"]);
  await client.close();
  await server.close();
  listener.close();
  const another = async () => await (await openSpecifier(family, `seqpacket:${name}`)).close();
  await eventually(() => assertRejects(another, WirecatError, "refused"));
});

test("the listener tells what it is bound to", async (path) => {
  const told: ListenAddress[] = [];
  const listener = await listen(`seqpacket-l:${path}`, {}, (address) => told.push(address));
  assertEquals(told, [{ proto: "unix_seqpacket", path }]);
  listener.close();
});

test("the socket file is removed in the end", async (path) => {
  const listener = await listen(`seqpacket-l:${path}`);
  assert((await Deno.lstat(path)).isSocket);
  listener.close();
  await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
});

test("a socket that is in the way is an error, --unlink removes it", async (path) => {
  const old = await listen(`seqpacket-l:${path}`);
  const error = await assertRejects(() => listen(`seqpacket-l:${path}`), WirecatError, "in use");
  assertStringIncludes(error.hint!, "--unlink");
  const listener = await listen(`seqpacket-l:${path}`, { unlink: true });
  old.close();
  assert((await Deno.lstat(path)).isSocket, "the old listener must not remove the new one's file");
  listener.close();
});

test("--unlink leaves a file alone that is no socket", async (path) => {
  await Deno.writeTextFile(path, "mine");
  await assertRejects(() => listen(`seqpacket-l:${path}`, { unlink: true }), WirecatError);
  assertEquals(await Deno.readTextFile(path), "mine");
});

test("--chmod-owner and its like set the mode of the file", async (path) => {
  for (const [option, mode] of [["owner", 0o600], ["group", 0o660], ["everyone", 0o666]] as const) {
    const listener = await listen(`seqpacket-l:${path}`, { [`chmod-${option}`]: true });
    assertEquals((await Deno.stat(path)).mode! & 0o777, mode);
    listener.close();
  }
});

test("a path that is too long is an error", async (path) => {
  await assertRejects(() => listen(`seqpacket-l:${path}${"x".repeat(108)}`), WirecatError, "long");
  await assertRejects(
    () => openSpecifier(family, `seqpacket:@${"x".repeat(108)}`),
    WirecatError,
    "at most 107",
  );
});

test("no listener there: the error says so", async (path) => {
  const error = await assertRejects(() => openSpecifier(family, `seqpacket:${path}`), WirecatError);
  assertEquals(error.kind, "connection");
  assertStringIncludes(error.message, `cannot connect to seqpacket:${path}: no such file`);
});

test("packets of all sizes keep their bounds", async (path) => {
  const listener = await listen(`seqpacket-l:${path}`);
  const client = await openSpecifier(family, `seqpacket:${path}`);
  const server = await nextClient(listener);
  const sizes = [1, 100_000, 3, 4096, 4097, 70_000, 1, 200_000, 2, 5000, 150_000];
  const writer = client.writable.getWriter();
  const writing = (async () => {
    for (const size of sizes) await writer.write(Batch.of(new Uint8Array(size)));
  })();
  const messages = await readMessages(server.readable.getReader(), sizes.length);
  assertEquals(messages.map((message) => message.length), sizes);
  await writing;
  await client.close();
  await server.close();
  listener.close();
});

test("packets that came together are read in batches as far as they fit", async (path) => {
  const listener = await listen(`seqpacket-l:${path}`);
  const client = await openSpecifier(family, `seqpacket:${path}`);
  const server = await nextClient(listener);
  const texts = [1, 3000, 3, 4096, 4097, 20_000, 1, 30_000, 2]
    .map((size, i) => String(i).repeat(size));
  await client.writable.getWriter().write(batchOf(...texts));
  assertEquals(await readMessages(server.readable.getReader(), texts.length), texts);
  await client.close();
  await server.close();
  listener.close();
});

test("a message that is too long for a packet is an error that names the option", async (path) => {
  const listener = await listen(`seqpacket-l:${path}`);
  for (const batch of [Batch.of(new Uint8Array(64 << 20), BINARY), batchOf(["part", MORE])]) {
    const client = await openSpecifier(family, `seqpacket:${path}`);
    const error = await assertRejects(
      () => client.writable.getWriter().write(batch),
      WirecatError,
      "too long for one packet",
    );
    assertStringIncludes(error.hint!, "--buffer-size");
    await client.close();
  }
  listener.close();
});

test("a long read of a byte stream goes in packets of 64 KiB", async (path) => {
  const listener = await listen(`seqpacket-l:${path}`);
  const client = await openSpecifier(family, `seqpacket:${path}`);
  const server = await nextClient(listener);
  const bytes = new Uint8Array(1_000_000).map((_, i) => i % 26 + 97);
  const text = new TextDecoder().decode(bytes);
  const writing = client.writable.getWriter().write(Batch.of(bytes));
  const messages = await readMessages(server.readable.getReader(), 16);
  await writing;
  assertEquals(messages.map((message) => message.length), [...Array(15).fill(65536), 16960]);
  assert(messages.join("") === text);
  await client.close();
  await server.close();
  listener.close();
});

test("empty messages are not sent: they would be the end", async (path) => {
  const listener = await listen(`seqpacket-l:${path}`);
  const client = await openSpecifier(family, `seqpacket:${path}`);
  const server = await nextClient(listener);
  await client.writable.getWriter().write(batchOf("", "a", "", "b"));
  assertEquals(await readMessages(server.readable.getReader(), 2), ["a", "b"]);
  await client.close();
  await server.close();
  listener.close();
});

test("--buffer-size splits packets, with --strict they are dropped", async (path) => {
  for (const [strict, expected] of [[false, ["abcd", "ef", "gh"]], [true, ["gh"]]] as const) {
    const listener = await listen(`seqpacket-l:${path}`, { "buffer-size": 4, strict });
    const client = await openSpecifier(family, `seqpacket:${path}`);
    const server = await nextClient(listener);
    await client.writable.getWriter().write(batchOf("abcdef", "gh"));
    assertEquals(await readMessages(server.readable.getReader(), expected.length), [...expected]);
    await client.close();
    await server.close();
    listener.close();
  }
});

test("a writer waits for a slow reader, aborting gets it back", async (path) => {
  const listener = await listen(`seqpacket-l:${path}`);
  const client = await openSpecifier(family, `seqpacket:${path}`);
  const server = await nextClient(listener);
  const writer = client.writable.getWriter();
  let written = 0;
  const failed = (async () => {
    for (;; written++) await writer.write(Batch.of(new Uint8Array(10_000)));
  })().catch(() => "stopped");
  let seen = -1;
  while (seen !== written || written === 0) {
    seen = written;
    await new Promise((done) => setTimeout(done, 5));
  }
  await writer.abort(new Error("enough"));
  assertEquals(await failed, "stopped");
  await client.close();
  await server.close();
  listener.close();
});

test("closing gets a waiting read and a waiting accept back", async (path) => {
  const listener = await listen(`seqpacket-l:${path}`);
  const client = await openSpecifier(family, `seqpacket:${path}`);
  const server = await nextClient(listener);
  const next = listener[Symbol.asyncIterator]().next();
  const reading = client.readable.getReader().read();
  await new Promise((done) => setTimeout(done, 5));
  await client.close();
  listener.close();
  assertEquals((await reading).done, true);
  assertEquals((await next).done, true);
  await server.close();
});

test("talks with Python's socket module", async (path) => {
  await using other = new Python(
    `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(sys.argv[1]); s.listen(); print("listening")
c, _ = s.accept()
for _ in range(2): print(c.recv(65536).decode())
c.send(b"x" * 10); c.send(b"y" * 20); c.close()
`,
    path,
  );
  assertEquals(await other.line(), "listening");
  const client = await openSpecifier(family, `seqpacket:${path}`);
  await client.writable.getWriter().write(batchOf("first", "second"));
  assertEquals([await other.line(), await other.line()], ["first", "second"]);
  const reader = client.readable.getReader();
  assertEquals(await readMessages(reader, 3), ["x".repeat(10), "y".repeat(20)]);
  await client.close();
}, "python3");

Deno.test("seqpacket: the path may not be missing", () => {
  const registry = new Registry([family]);
  for (const specifier of ["seqpacket:", "seqpacket-l:@"]) {
    assertThrows(
      () => opener(parseSpecifier(specifier, registry), testEnv()),
      WirecatError,
      "needs a path",
    );
  }
});
