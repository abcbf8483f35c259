import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { checksumLine, EXECUTABLES, failureText, planOf } from "../../scripts/compile.ts";

Deno.test("compile: without --target there is an executable for every platform", () => {
  assertEquals(planOf([], undefined).targets, Object.keys(EXECUTABLES));
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
  assertThrows(() => planOf([], "denort"), Error, "name that one with --target");
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

Deno.test("compile: checksums are as sha256sum checks them", async () => {
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
