/**
 * What the tests of descriptors have in common.
 *
 * @module
 */
import type { Batch } from "../../lib/core/batch.ts";
import type { Listener } from "../../lib/core/opener.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { findProgram } from "../interop/programs.ts";
import { messagesOf, request } from "../peers.ts";
import { linuxFfi } from "./descriptors.ts";

/**
 * A test with a folder of its own, skipped where there is no C library to call, or none of the
 * `programs`; its name says so then.
 */
export function testDescriptors(
  name: string,
  fn: (directory: string) => Promise<void>,
  ...programs: string[]
): void {
  const absent = programs.find((program) => findProgram(program) === undefined);
  const missing = !linuxFfi ? "needs Linux and --allow-ffi" : absent && `no ${absent}`;
  Deno.test({
    name: missing === undefined ? name : `${name} (skipped: ${missing})`,
    ignore: missing !== undefined,
    sanitizeOps: false, // The poller ends a moment after its last user.
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        await fn(directory);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

/** The next client of a listener. */
export async function nextClient(listener: Listener): Promise<Peer> {
  const { value } = await listener[Symbol.asyncIterator]().next();
  return await value!.open(request());
}

/** The next messages, `count` of them or as many as there are. */
export async function readMessages(
  reader: ReadableStreamDefaultReader<Batch>,
  count: number,
): Promise<string[]> {
  const messages: string[] = [];
  while (messages.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    messages.push(...messagesOf(value));
  }
  return messages;
}
