/**
 * A program for the tests of standard input and output: each word of the command line is
 * something to do with a peer on them.
 *
 * @module
 */
import { Batch } from "../../lib/core/batch.ts";
import { peerFromConn } from "../../lib/core/conn.ts";
import { OutputClosed } from "../../lib/core/errors.ts";
import { StdioConn } from "../../lib/process/stdio.ts";

const [what] = Deno.args;
const open = (socket = false) => {
  const conn = new StdioConn({ socket });
  return peerFromConn(conn, { name: "stdio" }, { bufferSize: 65536 });
};
const say = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));

if (what === "copy") {
  const peer = open();
  await peer.readable.pipeTo(peer.writable);
} else if (what === "write") {
  const writer = open().writable.getWriter();
  const batch = Batch.of(new Uint8Array(1_000_000).fill(0x61));
  try {
    await writer.write(batch);
    say("written");
  } catch (error) {
    say(error instanceof OutputClosed ? "gone" : String(error));
  }
} else if (what === "reopen") {
  const first = open();
  const reading = first.readable.getReader().read();
  await new Promise((resolve) => setTimeout(resolve, 0)); // The stream pulls in a later turn.
  say("reading");
  first.close();
  const { value } = await open().readable.getReader().read();
  say(new TextDecoder().decode(value?.message(0)));
  await reading;
} else if (what === "half-close") {
  const peer = open(true);
  const writer = peer.writable.getWriter();
  await writer.write(Batch.of(new TextEncoder().encode("over")));
  await writer.close();
  const { value } = await peer.readable.getReader().read();
  say(new TextDecoder().decode(value?.message(0)));
} else if (what === "leave") {
  open().readable.getReader().read();
}
Deno.exit();
