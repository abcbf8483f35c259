import { assertEquals } from "@std/assert";
import type { ListenAddress } from "../../lib/core/opener.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { family as autoreconnect } from "../../specs/autoreconnect.ts";
import { family as drop } from "../../specs/drop_on_backpressure.ts";
import { family as tcp } from "../../specs/tcp.ts";
import { batchOf, request, settle, testEnv, Wait } from "../peers.ts";

Deno.test("drop_on_backpressure:autoreconnect:tcp-l: serves observers that come and go", async () => {
  const bound = new Wait<ListenAddress>();
  const env = {
    ...testEnv({ "queue-len": 1 }, [autoreconnect, drop, tcp]),
    onListening: (address: ListenAddress) => bound.put(address),
  };
  const text = "drop_on_backpressure:autoreconnect:tcp-l:127.0.0.1:0";
  const peer = await opener(parseSpecifier(text, env.registry), env).open(request());
  const address = await bound.take();
  if (address.proto !== "tcp") throw new Error("not TCP");
  // As a session does that copies one way only.
  assertEquals(peer.mustRead, true);
  await peer.readable.cancel();
  const writer = peer.writable.getWriter();
  // Without an observer nothing holds up whoever writes.
  for (let i = 0; i < 100; i++) await writer.write(batchOf(`early ${i}`));
  for (const name of ["first", "second"]) {
    const observer = await Deno.connect({ hostname: "127.0.0.1", port: address.port });
    const buffer = new Uint8Array(1024);
    let seen = "";
    const watching = (async () => {
      while (!seen.endsWith(name)) {
        const length = await observer.read(buffer);
        seen += new TextDecoder().decode(buffer.subarray(0, length!));
      }
    })();
    // What is written before the end of the last observer is noticed goes nowhere.
    while (!seen.endsWith(name)) {
      await writer.write(batchOf(name));
      await settle();
    }
    await watching;
    observer.close();
  }
  await peer.close();
});
