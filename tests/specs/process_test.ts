import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { OptionValues } from "../../lib/core/option.ts";
import type { PeerInfo } from "../../lib/core/peer.ts";
import { Registry } from "../../lib/core/registry.ts";
import { parseSpecifier, trait } from "../../lib/core/specifier.ts";
import { BOTH_WAYS, runSession } from "../../lib/core/session.ts";
import { family as random } from "../../specs/random.ts";
import { checkOptions, execArgs, family, platformShell } from "../../specs/process.ts";
import { run } from "../cli/program.ts";
import { freePort } from "../free_port.ts";
import { batchOf, MemoryPeer, MessageReader, testEnv } from "../peers.ts";
import { openSpecifier, type Run } from "./endpoint.ts";
import { writeScript } from "./script.ts";

/** A test that runs where there is a UNIX shell. */
function test(name: string, run: () => Promise<void>, ignore = false): void {
  Deno.test(name, { ignore: ignore || Deno.build.os === "windows" }, run);
}

/** All that a program prints without input. */
async function outputOf(specifier: string, run: Run = {}): Promise<string> {
  const peer = await openSpecifier(family, specifier, run);
  await peer.writable.close();
  const text = (await new MessageReader(peer.readable).rest()).join("");
  await peer.close();
  return text;
}

test("exec: runs a program with the arguments of --exec-args, as they are", async () => {
  const options = { "exec-args": ["%s|", "a b", "$HOME", "*"] };
  assertEquals(await outputOf("exec:printf", { options }), "a b|$HOME|*|");
  assertEquals(await outputOf("exec:echo"), "\n");
});

test("exec: the words of --exec-args are kept, options too", async () => {
  const words = ["-n", "--exec-args", "-e"];
  assertEquals([execArgs.rest, execArgs.parse(words)], [true, words]);
  await Promise.resolve();
});

test("cmd: and sh-c: run a command line", async () => {
  assertEquals(await outputOf("cmd:echo a:b | tr a-z A-Z"), "A:B\n");
  assertEquals(await outputOf("sh-c:x=1; echo $x"), "1\n");
});

test("cmd: input and output are joined to the program", async () => {
  const peer = await openSpecifier(family, "cmd:tr a-z A-Z");
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("hello\n", "world\n"));
  await writer.close();
  assertEquals((await new MessageReader(peer.readable).rest()).join(""), "HELLO\nWORLD\n");
  await peer.close();
});

test("exec: a command line is refused, with what was meant", async () => {
  const error = await assertRejects(
    () => openSpecifier(family, "exec:echo hello"),
    WirecatError,
    "there is no program called 'echo hello'",
  );
  assertEquals(error.kind, "usage");
  assertStringIncludes(error.hint!, "cmd:'echo hello'");
});

test("exec: a program with a space in its path is run", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeScript(`${folder}/my program`, "#!/bin/sh\necho ran\n");
    assertEquals(await outputOf(`exec:${folder}/my program`), "ran\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("programs: something to run is needed", async () => {
  for (const name of ["exec:", "cmd:", "sh-c:"]) {
    await assertRejects(() => openSpecifier(family, name), WirecatError, `${name} needs a`);
  }
});

const SHOW = 'sh-c:echo "${WEBSOCAT_URI-unset} ${WIRECAT_URI-unset} ${WEBSOCAT_CLIENT-unset} ' +
  '${WIRECAT_CLIENT-unset}"';

test("-e tells URI and client of the left side", async () => {
  const left: PeerInfo = { name: "ws-l:", uri: "/a?b=c", client: "127.0.0.1:5" };
  const options = { "set-environment": true };
  assertEquals(
    await outputOf(SHOW, { options, left }),
    "/a?b=c /a?b=c 127.0.0.1:5 127.0.0.1:5\n",
  );
  assertEquals(await outputOf(SHOW, { left }), "unset unset unset unset\n");
});

test("--header-to-env gives a header, and nothing inherited in its place", async () => {
  // Not through sh, which may drop variables that it could not have set.
  const headersOf = (text: string) => text.split("\n").filter((line) => line.startsWith("H_"));
  const headers = new Headers({ "X-Real-IP": "10.0.0.1" });
  const left: PeerInfo = { name: "ws-l:", headers: () => headers };
  const options = { "set-environment": true, "header-to-env": ["X-Real-Ip", "X_None"] };
  Deno.env.set("H_X_None", "forged");
  try {
    const env = testEnv(options, [family]);
    assertEquals(headersOf(await outputOf("exec:env", { left, env })).sort(), [
      "H_X-Real-Ip=10.0.0.1",
      "H_X_Real_Ip=10.0.0.1",
    ]);
    assertEquals(env.lines, [
      "wirecat: warning: the client sent no header X_None, so H_X_None is not set",
    ]);
    // The rest of the environment stays.
    assertEquals(await outputOf("sh-c:echo ${PATH:+path}", { options, left }), "path\n");
  } finally {
    Deno.env.delete("H_X_None");
  }
});

test("cmd: a command that there is not is warned about", async () => {
  const env = testEnv({}, [family]);
  await outputOf("cmd:exec 2>&-; no-such-command-here", { env });
  assertEquals(env.lines, [
    "wirecat: warning: cmd:exec 2>&-; no-such-command-here ended with status 127",
    "  there is no such command",
  ]);
});

test("cmd: a program that fails is warned about, unless it serves one client of many", async () => {
  const hint = "  --exec-status makes that the status of wirecat, too";
  const env = testEnv({}, [family]);
  await outputOf("cmd:exit 3", { env });
  await outputOf("cmd:echo said; kill -KILL $$", { env });
  await outputOf("cmd:exit 3", { env, left: { name: "a client", client: "127.0.0.1:1" } });
  await outputOf("cmd:exit 0", { env });
  assertEquals(env.lines, [
    "wirecat: warning: cmd:exit 3 ended with status 3",
    hint,
    "wirecat: warning: cmd:echo said; kill -KILL $$ was ended by SIGKILL",
    hint,
    "wirecat: cmd:exit 3 ended with status 3",
  ]);
});

test("--exec-status: the program's status is the run's, where all else went well", async () => {
  const status = async (words: string[], input = "") => (await run(words, { input })).code;
  assertEquals(await status(["--exec-status", "-", "cmd:exit 3"]), 3);
  assertEquals(await status(["--exec-status", "-", "cmd:cat; exit 4"], "x\n"), 4);
  assertEquals(await status(["--exec-status", "-", "cmd:kill -KILL $$"]), 137);
  assertEquals(await status(["--exec-status", "-", "cmd:cat"], "x\n"), 0);
  assertEquals(await status(["--exec-status", "--exec-exit-on-disconnect", "-", "cmd:exit 5"]), 5);
  assertEquals(await status(["-", "cmd:exit 3"]), 0);
  const refused = `tcp:127.0.0.1:${freePort()}`;
  assertEquals(await status(["--exec-status", "cmd:exit 3", refused]), 4);
});

test("--header-to-env does nothing without -e", async () => {
  const left: PeerInfo = { name: "ws-l:", headers: () => new Headers({ "A": "1" }) };
  const options = { "header-to-env": ["A"] };
  assertEquals(await outputOf("sh-c:echo ${H_A-unset}", { options, left }), "unset\n");
});

test("--exec-chdir sets the folder", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const options = { "exec-chdir": folder };
    assertEquals(await outputOf("exec:pwd", { options }), `${folder}\n`);
  } finally {
    await Deno.remove(folder);
  }
  await assertRejects(
    () => openSpecifier(family, "exec:pwd", { options: { "exec-chdir": folder } }),
    WirecatError,
    `there is no folder ${folder}`,
  );
});

test("--exec-uid and --exec-gid set user and group", async () => {
  const options = { "exec-uid": 4711, "exec-gid": 4712 };
  assertEquals(await outputOf("sh-c:id -u; id -g", { options }), "4711\n4712\n");
}, Deno.build.os === "windows" || Deno.uid() !== 0);

test("--exec-sighup-on-stdin-close, --exec-sighup-on-zero-msg", async () => {
  const script = "sh-c:trap 'echo hup; exit' HUP; echo ready; while :; do sleep 0.02; done";
  for (const option of ["exec-sighup-on-stdin-close", "exec-sighup-on-zero-msg"]) {
    const peer = await openSpecifier(family, script, { options: { [option]: true } });
    const reader = new MessageReader(peer.readable);
    assertEquals(await reader.next(), "ready\n");
    const writer = peer.writable.getWriter();
    if (option.endsWith("zero-msg")) await writer.write(batchOf(""));
    else await writer.close();
    assertEquals(await reader.rest(), ["hup\n"]);
    await peer.close();
  }
});

test("--exec-exit-on-disconnect kills at once", async () => {
  const options = { "exec-exit-on-disconnect": true };
  const file = await Deno.makeTempFile();
  try {
    // Without the option it would get time, and then SIGTERM first.
    const trap = `trap 'echo term >> ${file}' TERM`;
    const script = `sh-c:${trap}; echo ready; while :; do sleep 0.02; done`;
    const peer = await openSpecifier(family, script, { options });
    await new MessageReader(peer.readable).next();
    await peer.writable.close();
    await peer.close();
    assertEquals(await Deno.readTextFile(file), "");
  } finally {
    await Deno.remove(file);
  }
});

test("programs: a session with an endless source ends when the program has read enough", async () => {
  const left = await openSpecifier(random, "random:");
  const right = await openSpecifier(family, "cmd:head -c 100000 | wc -c");
  const output = new MemoryPeer();
  await runSession({ ...left, writable: output.writable }, right, BOTH_WAYS);
  await left.close();
  await right.close();
  assertEquals(output.written.join("").trim(), "100000");
});

test("-B bounds a read", async () => {
  const peer = await openSpecifier(family, "cmd:printf 123456789", {
    options: { "buffer-size": 4 },
  });
  assertEquals(await new MessageReader(peer.readable).rest(), ["1234", "5678", "9"]);
  await peer.close();
});

test("programs: nothing is started when the run has ended", async () => {
  const controller = new AbortController();
  controller.abort(new Error("the run ended"));
  await assertRejects(
    () => openSpecifier(family, "cmd:echo a", { controller }),
    Error,
    "the run ended",
  );
});

Deno.test("cmd: uses cmd /C on Windows, with the line unquoted", () => {
  assertEquals(platformShell('echo "a b"', "windows"), {
    path: "cmd",
    args: ["/C", 'echo "a b"'],
    rawArguments: true,
  });
});

Deno.test("programs: options that only UNIX has are refused on Windows", () => {
  const given = (name: string) => new OptionValues(new Map([[name, true]]));
  for (const name of ["exec-sighup-on-stdin-close", "exec-sighup-on-zero-msg", "exec-uid"]) {
    assertThrows(
      () => checkOptions(given(name), "windows"),
      WirecatError,
      `--${name} is for UNIX only`,
    );
    checkOptions(given(name), "linux");
  }
});

Deno.test("--header-to-env: what cannot be a header's name is refused", () => {
  for (const name of ["", "a b", "a=b", "ä"]) {
    const options = new OptionValues(new Map([["header-to-env", [name]]]));
    assertThrows(() => checkOptions(options), WirecatError, "is not the name of a header");
  }
});

Deno.test("programs: all have the trait", () => {
  const registry = new Registry([family]);
  for (const text of ["exec:a", "cmd:a", "sh-c:a"]) {
    assertEquals(trait(parseSpecifier(text, registry), "program"), true);
  }
});
