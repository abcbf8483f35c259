import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { peerFromConn } from "../../lib/core/conn.ts";
import { isGone, WirecatError } from "../../lib/core/errors.ts";
import { Log } from "../../lib/core/log.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { type ChildBehaviour, type Program, startChild } from "../../lib/process/child.ts";
import { assertFreesDescriptors } from "../descriptors.ts";
import { batchOf, MessageReader } from "../peers.ts";

const linux = Deno.build.os === "linux";

/** Longer than a program takes on any machine, in milliseconds. */
const ENOUGH = 60_000;

/** A test that runs where there is a UNIX shell. */
function test(name: string, run: () => Promise<void>): void {
  Deno.test(name, { ignore: Deno.build.os === "windows" }, run);
}

function sh(script: string, behaviour: ChildBehaviour = {}, log = new Log(0)): Peer {
  return startChild({ name: `sh-c:${script}`, path: "sh", args: ["-c", script] }, behaviour, log);
}

async function say(peer: Peer, ...texts: string[]): Promise<void> {
  const writer = peer.writable.getWriter();
  for (const text of texts) await writer.write(batchOf(text));
  await writer.close();
}

async function output(peer: Peer): Promise<string> {
  return (await new MessageReader(peer.readable).rest()).join("");
}

/** Reads until the output so far contains `text`. */
async function readUntil(reader: MessageReader, text: string): Promise<string> {
  let all = "";
  while (!all.includes(text)) {
    const next = await reader.next();
    if (next === undefined) throw new Error(`the output ended before '${text}': ${all}`);
    all += next;
  }
  return all;
}

/** Whether there is a process of this number, a zombie too. */
function exists(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}

test("child: input goes in, output comes out, and the end of input is passed on", async () => {
  const peer = sh("cat; echo end");
  const all = output(peer);
  await say(peer, "one ", "two\n");
  assertEquals(await all, "one two\nend\n");
  await peer.close();
});

test("child: the messages of a batch are written back to back", async () => {
  const peer = sh("cat");
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("a", "", "b", "c"));
  await writer.close();
  assertEquals(await output(peer), "abc");
  await peer.close();
});

test("child: a megabyte comes back whole", async () => {
  const text = "0123456789abcdef".repeat(65536);
  const peer = sh("cat");
  const all = output(peer);
  await say(peer, text);
  assertEquals(await all === text, true);
  await peer.close();
});

test("child: its connection gives the same bytes, also in small reads", async () => {
  const peer = sh("printf 'hello world'");
  const readable = peerFromConn(peer.conn!, peer.info, { bufferSize: 4, maxRead: 4 }).readable;
  assertEquals(await new MessageReader(readable).rest(), ["hell", "o wo", "rld"]);
  await peer.close();
});

test("child: maxRead bounds a read", async () => {
  const peer = sh("printf 'hello world'", { maxRead: 4 });
  assertEquals(await new MessageReader(peer.readable).rest(), ["hell", "o wo", "rld"]);
  await peer.close();
});

test("child: a program that stops reading is gone, not broken", async () => {
  const peer = sh("exec 0<&-; echo closed; cat /dev/null");
  assertEquals(await output(peer), "closed\n");
  const error = await assertRejects(() => peer.writable.getWriter().write(batchOf("a")));
  assert(isGone(error));
  await peer.close();
});

test("child: closing the input of a program that has ended is quiet", async () => {
  const peer = sh("true");
  await output(peer);
  await peer.writable.close();
  await peer.close();
});

test("child: output is read to its end after the program itself has ended", async () => {
  const peer = sh("(sleep 0.1; echo late) & echo early");
  assertEquals(await output(peer), "early\nlate\n");
  await peer.close();
});

test("child: closing does not wait for a grandchild that holds the pipes", async () => {
  const peer = sh("sleep 20 <&0 & echo started");
  const reader = new MessageReader(peer.readable);
  await reader.next();
  const pending = reader.next();
  const begin = performance.now();
  await peer.close();
  assertEquals(await pending, undefined);
  assert(performance.now() - begin < 15_000);
});

test("child: closing frees a write that a grandchild keeps waiting", async () => {
  const peer = sh("sleep 20 <&0 & echo started; wait");
  await new MessageReader(peer.readable).next();
  const writing = peer.writable.getWriter().write(batchOf("x".repeat(1_000_000)));
  const failed = assertRejects(() => writing);
  const begin = performance.now();
  await peer.close();
  await failed;
  assert(performance.now() - begin < 15_000);
});

test("child: a program whose input ended may finish its work", async () => {
  const file = await Deno.makeTempFile();
  try {
    const script = `cat > ${file}; sleep 0.1; echo done >> ${file}`;
    const peer = sh(script, { graceMillis: ENOUGH });
    await say(peer, "data\n");
    await peer.close();
    assertEquals(await Deno.readTextFile(file), "data\ndone\n");
  } finally {
    await Deno.remove(file);
  }
});

test("child: output that nobody wants does not stop the program", async () => {
  const file = await Deno.makeTempFile();
  try {
    const peer = sh(`head -c 300000 /dev/zero; cat > ${file}`, { graceMillis: ENOUGH });
    await say(peer, "data");
    await peer.close();
    assertEquals(await Deno.readTextFile(file), "data");
  } finally {
    await Deno.remove(file);
  }
});

test("child: once its output is cancelled it goes on, before it is closed", async () => {
  const file = await Deno.makeTempFile();
  const peer = sh(`head -c 300000 /dev/zero; cat > ${file}`);
  try {
    assertEquals(peer.mustRead, true);
    await peer.readable.cancel();
    await say(peer, "data");
    const giveUp = performance.now() + 20_000;
    while ((await Deno.stat(file)).size === 0 && performance.now() < giveUp) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals(await Deno.readTextFile(file), "data");
  } finally {
    await peer.close();
    await Deno.remove(file);
  }
});

test("child: closing sends SIGTERM to one that goes on", async () => {
  const file = await Deno.makeTempFile();
  try {
    const peer = sh(
      `trap 'echo term > ${file}; exit' TERM; echo ready; while :; do sleep 0.02; done`,
      { killAfterMillis: ENOUGH },
    );
    await readUntil(new MessageReader(peer.readable), "ready");
    await peer.close();
    assertEquals(await Deno.readTextFile(file), "term\n");
  } finally {
    await Deno.remove(file);
  }
});

test("child: after the grace a program that ignores the end of its input gets SIGTERM", async () => {
  const peer = sh("echo ready; exec sleep 60", { graceMillis: 50 });
  await readUntil(new MessageReader(peer.readable), "ready");
  await say(peer);
  const begin = performance.now();
  await peer.close();
  const millis = performance.now() - begin;
  assert(millis >= 45 && millis < 30_000, `${millis} ms`);
});

test("child: SIGKILL ends one that ignores SIGTERM", async () => {
  const peer = sh("trap '' TERM; echo $$; while :; do sleep 0.02; done", { killAfterMillis: 100 });
  const pid = Number(await new MessageReader(peer.readable).next());
  const begin = performance.now();
  await peer.close();
  assert(performance.now() - begin >= 95);
  if (linux) assertEquals(exists(pid), false);
});

test("child: one that still gets input is given no time to finish", async () => {
  const peer = sh("echo ready; exec sleep 600", { graceMillis: 1e6 });
  await readUntil(new MessageReader(peer.readable), "ready");
  await peer.close();
});

test("child: closing its connection ends it, too", async () => {
  const peer = sh("echo $$; exec sleep 600");
  const pid = Number((await readUntil(new MessageReader(peer.readable), "\n")).trim());
  peer.conn!.close();
  while (linux && exists(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  await peer.close();
});

test("child: killOnClose leaves no time", async () => {
  const peer = sh("trap '' TERM; echo ready; while :; do sleep 0.02; done", {
    killOnClose: true,
    graceMillis: 1e6,
    killAfterMillis: 1e6,
  });
  await readUntil(new MessageReader(peer.readable), "ready");
  await say(peer);
  await peer.close();
});

test("child: shutdown sends SIGTERM, and what the program still says is read", async () => {
  const peer = sh("trap 'echo bye; exit' TERM; echo ready; while :; do sleep 0.02; done");
  const reader = new MessageReader(peer.readable);
  await readUntil(reader, "ready");
  await peer.shutdown!();
  assertEquals((await reader.rest()).join(""), "bye\n");
  await peer.close();
});

test("child: SIGHUP at the end of input, if asked for", async () => {
  const script = "trap 'echo hup; exit' HUP; echo ready; while :; do sleep 0.02; done";
  const peer = sh(script, { hangUpOnInputEnd: true });
  const reader = new MessageReader(peer.readable);
  await readUntil(reader, "ready");
  await peer.writable.close();
  assertEquals((await reader.rest()).join(""), "hup\n");
  await peer.close();
});

test("child: SIGHUP for each empty message, if asked for, and not for parts", async () => {
  const script = "trap 'echo hup' HUP; echo ready; while read -r l; do echo \"$l\"; done";
  const peer = sh(script, { hangUpOnEmptyMessage: true });
  const reader = new MessageReader(peer.readable);
  const writer = peer.writable.getWriter();
  await readUntil(reader, "ready");
  await writer.write(batchOf("a\n"));
  await readUntil(reader, "a\n");
  await writer.write(batchOf(["", 4], ["", 12], ["b\n", 8]));
  assertEquals(await readUntil(reader, "b\n"), "b\n");
  await writer.write(batchOf(""));
  assertEquals(await readUntil(reader, "hup\n"), "hup\n");
  await peer.close();
});

test("child: an empty message without the option is nothing at all", async () => {
  const peer = sh("cat");
  await say(peer, "", "a", "");
  assertEquals(await output(peer), "a");
  await peer.close();
});

test("child: aborting the input ends it", async () => {
  const peer = sh("cat; echo end");
  await peer.writable.abort(new Error("gone away"));
  assertEquals(await output(peer), "end\n");
  await peer.close();
});

test("child: a status other than 0 is told under -v, our own signals are not", async () => {
  const lines: string[] = [];
  const log = new Log(2, (line) => lines.push(line));
  for (const script of ["exit 3", "kill -9 $$", "exit 0"]) {
    const peer = sh(script, {}, log);
    await output(peer);
    await say(peer);
    await peer.close();
  }
  await sh("exec sleep 5", {}, log).close();
  assertEquals(lines, [
    "wirecat: sh-c:exit 3 ended with status 3",
    "wirecat: sh-c:kill -9 $$ was ended by SIGKILL",
  ]);
});

Deno.test({
  name: "child: nothing is left after closing: no zombie, no pipe",
  ignore: !linux,
  async fn() {
    await sh("true").close(); // The runtime opens what it keeps for signals of children.
    await assertFreesDescriptors(async () => {
      const pids: number[] = [];
      const peers = Array.from({ length: 4 }, () => sh("echo $$; exec cat"));
      const readers = peers.map((peer) => new MessageReader(peer.readable));
      for (const reader of readers) pids.push(Number(await reader.next()));
      await say(peers[0], "a");
      await peers[1].writable.abort();
      await peers[2].readable.cancel().catch(() => {});
      const pending = [readers[0].rest(), readers[3].rest()];
      await Promise.all(peers.map((peer) => peer.close()));
      await Promise.all(pending);
      await Promise.all(peers.map((peer) => peer.close()));
      assertEquals(pids.filter(exists), []);
    });
  },
});

test("child: one that ends by itself is reaped before it is closed", async () => {
  const peer = sh("echo $$");
  const pid = Number(await output(peer));
  const giveUp = performance.now() + 20_000;
  while (linux && exists(pid) && performance.now() < giveUp) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (linux) assertEquals(exists(pid), false);
  await peer.close();
});

test("child: what cannot be started is a clear error", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/plain`, "text");
    await Deno.chmod(`${folder}/plain`, 0o644);
    const fails = (program: Partial<Program>, message: string, hint: string) => {
      const start = () =>
        startChild({ name: "exec:", path: "true", args: [], ...program }, {}, new Log(0));
      const error = assertThrows(start, WirecatError, message);
      assertEquals([error.kind, error.hint?.includes(hint)], ["connection", true], error.hint);
    };
    fails(
      { path: "no-such-program" },
      "cannot start no-such-program: no such program",
      "folder of PATH",
    );
    fails({ path: `${folder}/none` }, `cannot start ${folder}/none: no such program`, "name");
    fails({ path: "echo a" }, "cannot start echo a: no such program", "cmd:'echo a'");
    fails(
      { path: `${folder}/plain` },
      `cannot start ${folder}/plain: permission denied`,
      "chmod +x",
    );
    fails({ cwd: `${folder}/none` }, `there is no folder ${folder}/none`, "--exec-chdir");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
