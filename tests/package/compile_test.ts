import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  archiveName,
  compileWords,
  failureText,
  planOf,
  PLATFORMS,
} from "../../scripts/compile.ts";
import { type ArchiveFile, checksumLine, tarGz, zip } from "../../scripts/release/archive.ts";
import { runCommand } from "../checkout.ts";
import { testWith } from "../interop/programs.ts";

Deno.test("compile: without a target it is for this machine, with --all for every platform", () => {
  const machine = "aarch64-apple-darwin";
  assertEquals(planOf([], undefined, machine).targets, [machine]);
  assertEquals(planOf(["--all"], undefined, machine).targets, Object.keys(PLATFORMS));
});

Deno.test("compile: --target may be given many times", () => {
  const targets = ["aarch64-apple-darwin", "x86_64-pc-windows-msvc"];
  const words = targets.flatMap((target) => ["--target", target]);
  assertEquals(planOf(words, undefined), { targets, importMap: undefined });
});

Deno.test("compile: an unknown target is refused with the list of those that are", () => {
  assertThrows(() => planOf(["--target", "vax"]), Error, "no target vax; the targets are x86_64");
});

Deno.test("compile: one runtime is not taken for many targets", () => {
  assertThrows(() => planOf(["--all"], "denort"), Error, "name that one with --target");
});

Deno.test("compile: a runtime that cannot be got is told, with where to get it", () => {
  const text = failureText("x86_64-apple-darwin", "error sending request for url (…/denort-x.zip)");
  assertMatch(
    text,
    /dl\.deno\.land was not reached\n.*denort-x86_64-apple-darwin\.zip.*DENORT_BIN=/,
  );
});

Deno.test("compile: dependencies that cannot be got are told, with where else they are", () => {
  const text = failureText("x86_64-apple-darwin", "JSR package manifest for '@std/fmt' failed");
  assertMatch(text, /jsr\.io was not reached\n.*--import-map scripts\/npm\/imports\.json/);
});

Deno.test("compile: a module that git does not know yet is told by name", () => {
  const said = 'error: Module not found "file:///tmp/x1/wirecat/lib/new.ts".';
  assertMatch(failureText("x86_64-apple-darwin", said), /no lib\/new\.ts among .*\n.*git add lib/);
});

Deno.test("compile: archives are named by version and platform", () => {
  assertEquals(archiveName("1.2.3", "aarch64-apple-darwin"), "wirecat-1.2.3-macos-arm64");
});

Deno.test("compile: the executable is asked for with the options that its user cannot give", () => {
  const words = compileWords("x86_64-apple-darwin", "out");
  for (const word of ["-A", "--no-prompt", "--no-code-cache"]) assert(words.includes(word), word);
});

const files: ArchiveFile[] = [
  { path: "a/program", bytes: new TextEncoder().encode("#!/bin/sh\necho hi\n"), executable: true },
  { path: "a/text", bytes: new TextEncoder().encode("text\n") },
];

const ARCHIVES =
  "archives: tar unpacks what was packed, programs as such, and the same bytes each time";

testWith(["tar", "gzip"], ARCHIVES, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const bytes = await tarGz(files, 1_700_000_000);
    assertEquals(await tarGz(files, 1_700_000_000), bytes);
    await Deno.writeFile(`${folder}/a.tar.gz`, bytes);
    const { code, stderr } = await runCommand("tar", ["-xzf", "a.tar.gz"], { cwd: folder });
    assertEquals([code, stderr], [0, ""]);
    assertEquals((await runCommand(`${folder}/a/program`, [])).stdout, "hi\n");
    const { mtime, mode } = await Deno.stat(`${folder}/a/text`);
    assertEquals([mtime?.getTime(), (mode ?? 0) & 0o777], [1_700_000_000_000, 0o644]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("archives: zip has the same bytes each time, and its files", async () => {
  const bytes = zip(files, 1_700_000_000);
  assertEquals(zip(files, 1_700_000_000), bytes);
  const { unzipSync } = await import("fflate");
  assertEquals(new TextDecoder().decode(unzipSync(bytes)["a/text"]), "text\n");
});

Deno.test("archives: checksums are as sha256sum checks them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/wirecat`, "abc");
    assertEquals(
      await checksumLine(folder, "wirecat"),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  wirecat\n",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
