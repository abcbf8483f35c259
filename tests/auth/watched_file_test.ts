import { assertEquals, assertRejects } from "@std/assert";
import { usageError, WirecatError } from "../../lib/core/errors.ts";
import { WatchedFile } from "../../lib/auth/watched_file.ts";

/** A file of a number, watched. */
async function watched(
  run: (path: string, file: WatchedFile<number>, told: string[]) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  const told: string[] = [];
  const path = `${folder}/number`;
  const file = new WatchedFile(path, {
    option: "--number",
    parse(text) {
      if (!/^\d+\n$/.test(text)) throw usageError(`--number: ${path} is no number`);
      return Number(text);
    },
    onWarning: (message) => told.push(message),
  });
  try {
    await run(path, file, told);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("watched file: a change counts at once, be it in place or by renaming", () =>
  watched(async (path, file) => {
    await Deno.writeTextFile(path, "1\n");
    assertEquals(await file.value(), 1);
    await Deno.writeTextFile(path, "22\n");
    assertEquals(await file.value(), 22);
    await Deno.writeTextFile(path + ".new", "33\n");
    await Deno.rename(path + ".new", path);
    assertEquals(await file.value(), 33);
  }));

Deno.test("watched file: what was right before holds while it is wrong or gone, told once each", () =>
  watched(async (path, file, told) => {
    await Deno.writeTextFile(path, "1\n");
    assertEquals(await file.value(), 1);
    await Deno.writeTextFile(path, "garbage\n");
    for (let i = 0; i < 2; i++) assertEquals(await file.value(), 1);
    assertEquals(told, [`--number: ${path} is no number: what it said before still holds`]);
    await Deno.remove(path);
    for (let i = 0; i < 2; i++) assertEquals(await file.value(), 1);
    assertEquals(told.length, 2);
    assertEquals(told[1].startsWith(`--number: cannot read ${path}: no such file`), true, told[1]);
    await Deno.writeTextFile(path, "2\n");
    assertEquals(await file.value(), 2);
  }));

Deno.test("watched file: one that was never right is an error each time", () =>
  watched(async (path, file, told) => {
    await assertRejects(() => file.value(), WirecatError, `--number: cannot read ${path}`);
    await Deno.writeTextFile(path, "garbage");
    await assertRejects(() => file.value(), WirecatError, "is no number");
    await assertRejects(() => file.value(), WirecatError, "is no number");
    await Deno.writeTextFile(path, "5\n");
    assertEquals(await file.value(), 5);
    assertEquals(told, []);
  }));

Deno.test("watched file: many who ask at once have it read once", () =>
  watched(async (path, file) => {
    await Deno.writeTextFile(path, "7\n");
    assertEquals(await Promise.all([file.value(), file.value(), file.value()]), [7, 7, 7]);
  }));

Deno.test("watched file: bytes that are not UTF-8 are refused, so that none stands for another", () =>
  watched(async (path, file) => {
    await Deno.writeFile(path, Uint8Array.of(0x31, 0xe4, 0x0a));
    await assertRejects(() => file.value(), WirecatError, `--number: ${path} is not UTF-8`);
  }));
