import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BINARY, CONTINUED, MORE } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { family, metering } from "../../specs/prometheus.ts";
import {
  batchOf,
  MemoryListener,
  MemoryOpener,
  MessageReader,
  overlayOpener,
  request,
  testEnv,
} from "../peers.ts";
import { fixed } from "./fixed.ts";

function figures(text: string): (name: string) => number {
  return (name) => Number(new RegExp(`^websocat1_${name} (.*)$`, "m").exec(text)?.[1]);
}

Deno.test("prometheus: counts what passes, and serves it", async () => {
  const inner = new MemoryOpener();
  const env = testEnv({ prometheus: "127.0.0.1:0" });
  const peer = await overlayOpener(family, "metrics", inner, env).open(request());
  inner.peers[0].push("one", "four");
  inner.peers[0].push(["ab", BINARY | MORE], ["c", BINARY | CONTINUED]);
  inner.peers[0].end();
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("written"));
  await writer.close();
  assertEquals(await new MessageReader(peer.readable).rest(), ["one", "four", "ab>", "<c"]);
  const { metrics, server } = metering(env);
  const url = `http://127.0.0.1:${server!.port}/metrics`;
  const open = figures(await (await fetch(url)).text());
  assertEquals([open("r_msgs"), open("r_bytes"), open("w_msgs"), open("w_bytes")], [3, 10, 1, 7]);
  assertEquals([open("read_timings_count"), open("write_timings_count")], [2, 1]);
  assertEquals([open("connects"), open("disconnects")], [1, 0]);
  await peer.close();
  await peer.close();
  assertEquals([inner.peers[0].writeEnd, inner.peers[0].closes], ["closed", 2]);
  assertEquals(figures(metrics.render())("disconnects"), 1);
  await server!.close();
});

Deno.test("prometheus: failures are counted", async () => {
  const inner = new MemoryOpener();
  const env = testEnv({ prometheus: "127.0.0.1:0" });
  const peer = await overlayOpener(family, "prometheus", inner, env).open(request());
  inner.peers[0].fail(new Error("no"));
  inner.peers[0].failWrites(new Error("no"));
  await assertRejects(() => new MessageReader(peer.readable).rest(), Error, "no");
  await assertRejects(() => peer.writable.getWriter().write(batchOf("x")), Error, "no");
  const { metrics, server } = metering(env);
  const value = figures(metrics.render());
  assertEquals([value("read_errors"), value("write_errors"), value("w_msgs")], [1, 1, 0]);
  await server!.close();
});

Deno.test("prometheus: clients of a listener are counted one by one", async () => {
  const inner = new MemoryListener();
  const env = testEnv({ prometheus: "127.0.0.1:0" });
  const listener = await overlayOpener(family, "prometheus", inner, env).listen!(request());
  inner.connect();
  inner.connect();
  let clients = 0;
  for await (const client of listener) {
    await client.open(request());
    if (++clients === 2) break;
  }
  listener.close();
  const { metrics, server } = metering(env);
  assertEquals([metrics.connects.value, inner.listening], [2, 0]);
  await server!.close();
});

Deno.test("prometheus: a taken port is said at the start", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const env = testEnv({ prometheus: `127.0.0.1:${(taken.addr as Deno.NetAddr).port}` });
  assertThrows(
    () => overlayOpener(family, "prometheus", new MemoryOpener(), env),
    WirecatError,
    "cannot serve metrics",
  );
});

Deno.test("prometheus: without --prometheus there is a warning", async () => {
  const env = testEnv();
  const opener = overlayOpener(family, "prometheus", new MemoryOpener(), env);
  await opener.open(request());
  await opener.open(request());
  assertEquals(env.lines.length, 2, "one warning and its hint");
});

Deno.test("prometheus: --prometheus counts the right side, message by message", () => {
  const options = { prometheus: "127.0.0.1:0" };
  assertEquals(fixed(options, "-", "ws://h/"), "line2msg:- msg2line:prometheus:ws://h/");
  assertEquals(fixed(options, "-", "tcp:h:1"), "- prometheus:tcp:h:1");
  assertEquals(
    fixed(options, "ws-l:127.0.0.1:1", "-"),
    "msg2line:ws-upgrade:tcp-listen:127.0.0.1:1 broadcast:line2msg:prometheus:-",
  );
  assertEquals(
    fixed(options, "metrics:tcp:h:1", "tcp:h:2", { lines: false }),
    "prometheus:tcp:h:1 tcp:h:2",
  );
  assertEquals(fixed({}, "-", "tcp:h:1"), "- tcp:h:1");
});
