import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { listenOnInherited } from "../../lib/ffi/listen_fd.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Registry } from "../../lib/core/registry.ts";
import { family as seqpacket } from "../../specs/seqpacket.ts";
import { eventually } from "../net/eventually.ts";
import { batchOf, messagesOf, request, testEnv } from "../peers.ts";
import { openSpecifier } from "../specs/endpoint.ts";
import { nextClient, testDescriptors } from "./descriptor_test_case.ts";
import { inheritableListener, inheritablePipe, inheritableTcpListener } from "./descriptors.ts";

const STREAM = 1;
const SEQPACKET = 5;

function test(name: string, fn: (path: string) => Promise<void>): void {
  testDescriptors(`--accept-from-fd: ${name}`, (directory) => fn(`${directory}/s`));
}

test("clients of an inherited UNIX socket", async (path) => {
  const fd = inheritableListener(path, STREAM);
  const listener = await listenOnInherited(String(fd), "unix-listen:", testEnv());
  for (const word of ["one", "two"]) {
    const client = await Deno.connect({ transport: "unix", path });
    const peer = await nextClient(listener);
    assertEquals(peer.info.client, undefined);
    await client.write(new TextEncoder().encode(word));
    assertEquals(messagesOf((await peer.readable.getReader().read()).value!), [word]);
    await peer.writable.getWriter().write(batchOf("back"));
    const into = new Uint8Array(10);
    assertEquals(await client.read(into), 4);
    await peer.close();
    assertEquals(await client.read(into), null);
    client.close();
  }
  listener.close();
  const another = async () => (await Deno.connect({ transport: "unix", path })).close();
  await eventually(() => assertRejects(another));
});

test("clients of an inherited TCP socket, with their addresses", async () => {
  const { fd, port } = inheritableTcpListener();
  const listener = await listenOnInherited(String(fd), "tcp-listen:", testEnv());
  const client = await Deno.connect({ port });
  const peer = await nextClient(listener);
  assertEquals(peer.info.client, `127.0.0.1:${(client.localAddr as Deno.NetAddr).port}`);
  client.close();
  await peer.close();
  listener.close();
});

test("--deny-address closes clients of an inherited TCP socket", async () => {
  const { fd, port } = inheritableTcpListener();
  const env = testEnv({ "deny-address": ["127.0.0.0/8"] });
  const listener = await listenOnInherited(String(fd), "tcp-listen:", env);
  const waiting = listener[Symbol.asyncIterator]().next();
  const client = await Deno.connect({ port });
  assertEquals(await client.read(new Uint8Array(1)).catch(() => null), null);
  client.close();
  listener.close();
  assertEquals((await waiting).done, true);
  assertEquals(env.lines.at(-1)!.includes("127.0.0.1 was turned away by --deny-address"), true);
});

test("clients of an inherited seqpacket socket", async (path) => {
  const fd = inheritableListener(path, SEQPACKET);
  const env = testEnv({ "accept-from-fd": true }, [seqpacket]);
  const specifier = parseSpecifier(`seqpacket-l:${fd}`, new Registry([seqpacket]));
  const listener = await opener(specifier, env).listen!(request());
  const client = await openSpecifier(seqpacket, `seqpacket:${path}`);
  const peer = await nextClient(listener);
  await client.writable.getWriter().write(batchOf("a", "b"));
  assertEquals(messagesOf((await peer.readable.getReader().read()).value!), ["a", "b"]);
  await client.close();
  await peer.close();
  listener.close();
});

test("a waiting accept ends when the listener is closed", async (path) => {
  const fd = inheritableListener(path, STREAM);
  const listener = await listenOnInherited(String(fd), "unix-listen:", testEnv());
  const waiting = listener[Symbol.asyncIterator]().next();
  await new Promise((done) => setTimeout(done, 5));
  listener.close();
  assertEquals((await waiting).done, true);
});

test("what is no listening stream socket is an error", async (path) => {
  const [pipe] = inheritablePipe();
  const packets = inheritableListener(path, SEQPACKET);
  for (const fd of [pipe, packets]) {
    await assertRejects(
      () => listenOnInherited(String(fd), "unix-listen:", testEnv()),
      WirecatError,
      `descriptor ${fd} is not a listening socket of this kind`,
    );
  }
  await assertRejects(
    () => listenOnInherited("999999", "unix-listen:", testEnv()),
    WirecatError,
    "no descriptor 999999 was inherited",
  );
});
