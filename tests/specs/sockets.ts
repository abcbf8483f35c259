/**
 * What the tests of stream sockets have in common.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { ListenAddress, Listener, Opener } from "../../lib/core/opener.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Batch } from "../../lib/core/batch.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { Registry, type SpecFamily } from "../../lib/core/registry.ts";
import { MessageReader, request, type TestEnv, testEnv } from "../peers.ts";

/** A specifier that was made to listen. */
export interface Listening extends Disposable {
  readonly listener: Listener;
  readonly address: ListenAddress;
  readonly env: TestEnv;
  /** Opens the next client. */
  next(): Promise<Peer>;
}

/** The opener of a specifier, and what it says when it listens. */
export function openerOf(
  family: SpecFamily,
  specifier: string,
  options: Record<string, unknown> = {},
): { opener: Opener; env: TestEnv; addresses: ListenAddress[] } {
  const addresses: ListenAddress[] = [];
  const env: TestEnv = {
    ...testEnv(options, [family]),
    onListening: (address) => void addresses.push(address),
  };
  return { opener: opener(parseSpecifier(specifier, env.registry), env), env, addresses };
}

/** Listens as the program does. */
export async function listen(
  family: SpecFamily,
  specifier: string,
  options: Record<string, unknown> = {},
): Promise<Listening> {
  const { opener, env, addresses } = openerOf(family, specifier, options);
  const listener = await opener.listen!(request());
  const clients = listener[Symbol.asyncIterator]();
  return {
    listener,
    address: addresses[0],
    env,
    async next() {
      return await (await clients.next()).value!.open(request());
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

/** Names of a family's specifiers, all of them. */
export function namesOf(family: SpecFamily): string[] {
  return new Registry([family]).specifiers.flatMap((type) => type.names);
}

const encoder = new TextEncoder();

/** Checks that each end may say that it has no more while the other goes on, both ways. */
export async function assertHalfCloses(one: Peer, other: Peer): Promise<void> {
  for (const [first, second] of [[one, other], [other, one]]) {
    const writer = first.writable.getWriter();
    await writer.write(Batch.of(encoder.encode("last words")));
    await writer.close();
    const reader = new MessageReader(second.readable);
    assertEquals((await reader.rest()).join(""), "last words");
  }
}

/** Checks that many bytes pass unchanged. */
export async function assertIntact(from: Peer, to: Peer): Promise<void> {
  const sent = new Uint8Array(5_000_001);
  for (let i = 0; i < sent.length; i++) sent[i] = (i * 31) ^ (i >> 9);
  const writing = (async () => {
    const writer = from.writable.getWriter();
    for (let at = 0; at < sent.length; at += 100_000) {
      await writer.write(Batch.of(sent.slice(at, at + 100_000)));
    }
    await writer.close();
  })();
  const received = new Uint8Array(sent.length);
  let length = 0;
  for await (const batch of to.readable) {
    const bytes = batch.join();
    received.set(bytes, length);
    length += bytes.length;
  }
  await writing;
  assertEquals(length, sent.length);
  assertEquals(received.every((byte, i) => byte === sent[i]), true);
}
