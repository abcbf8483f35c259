import { assertEquals } from "@std/assert";
import { BOTH_WAYS, runSession } from "../../lib/core/session.ts";
import { family as broadcast } from "../../specs/broadcast.ts";
import { family as autoreconnect } from "../../specs/autoreconnect.ts";
import { family as waitfordata } from "../../specs/waitfordata.ts";
import { family as foreachmsg } from "../../specs/foreachmsg.ts";
import { MemoryOpener, MemoryPeer, overlayOpener, request, testEnv } from "../peers.ts";

Deno.test("broadcast: a session that ends leaves the other one and the connection alone", async () => {
  const stop = new AbortController();
  const inner = new MemoryOpener();
  const opener = overlayOpener(broadcast, "broadcast", inner, testEnv({}, [], 2, stop.signal));
  const lefts = [new MemoryPeer("l0"), new MemoryPeer("l1")];
  const rights = [await opener.open(request()), await opener.open(request())];
  const sessions = lefts.map((l, i) => runSession(l, rights[i], { ...BOTH_WAYS, exitOnEof: true }));
  lefts[0].push("hi");
  lefts[1].push("ho");
  await inner.peers[0].next();
  await inner.peers[0].next();
  inner.peers[0].push("x", "y");
  for (const l of lefts) assertEquals([await l.next(), await l.next()], ["x", "y"]);
  lefts[0].end();
  await sessions[0];
  await rights[0].close();
  await lefts[0].close();
  inner.peers[0].push("z");
  assertEquals(await lefts[1].next(), "z");
  lefts[1].end();
  await sessions[1];
  await rights[1].close();
  stop.abort();
});

Deno.test("foreachmsg:, waitfordata: and autoreconnect: in a session that copies one way only", async () => {
  for (
    const [family, name, options] of [
      [foreachmsg, "foreachmsg", { "foreachmsg-wait-read": true }],
      [waitfordata, "waitfordata", {}],
      [autoreconnect, "autoreconnect", {}],
    ] as const
  ) {
    const inner = new MemoryOpener((below) => {
      below.push("reply");
      if (name === "foreachmsg") below.end();
    });
    const right = await overlayOpener(family, name, inner, testEnv(options)).open(request());
    const left = new MemoryPeer();
    left.push("a", "b");
    left.end();
    await runSession(left, right, { ...BOTH_WAYS, skipReverse: true });
    await right.close();
    assertEquals(inner.peers.flatMap((below) => below.written), ["a", "b"], name);
    assertEquals(inner.peers.every((below) => below.closes === 1), true, name);
  }
});
