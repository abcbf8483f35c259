import { assert, assertEquals } from "@std/assert";
import { History } from "../../lib/terminal/history.ts";
import { HistoryFile, historyPath, looksSecret } from "../../lib/terminal/history_file.ts";

Deno.test("history: lines of a host, and of all", () => {
  const history = new History("a", [{ host: "a", text: "1" }, { host: "b", text: "2" }]);
  history.add("3");
  assertEquals(history.lines(), ["1", "3"]);
  assertEquals(history.lines(true), ["1", "2", "3"]);
});

Deno.test("history: empty lines, repeated ones and those that begin with a space are not kept", () => {
  const kept: string[] = [];
  const history = new History("a", [], ({ text }) => void kept.push(text));
  for (const line of ["x", "x", "", "  ", " secret", "y", "x"]) history.add(line);
  assertEquals(kept, ["x", "y", "x"]);
  assertEquals(history.lines(), ["x", "y", "x"]);
});

Deno.test("history: it is bounded", () => {
  const history = new History("a");
  for (let i = 0; i < 6000; i++) history.add(String(i));
  assertEquals([history.lines().length, history.lines()[0]], [5000, "1000"]);
  history.add("x".repeat(100_000));
  assertEquals(history.lines().at(-1), "5999");
});

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("history file: it is for its owner only, its folder too", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state/wirecat/history`;
    const file = new HistoryFile(path);
    assertEquals(await file.read(), []);
    await file.add({ host: "h:1", text: "one\ntwo ä" });
    assertEquals(await new HistoryFile(path).read(), [{ host: "h:1", text: "one\ntwo ä" }]);
    if (Deno.build.os === "windows") return;
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    assertEquals((await Deno.stat(`${folder}/state/wirecat`)).mode! & 0o777, 0o700);
    await Deno.chmod(path, 0o644);
    await file.add({ host: "h:1", text: "three" });
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  });
});

Deno.test("history file: many write at once and nothing is lost", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/history`;
    const files = Array.from({ length: 8 }, () => new HistoryFile(path));
    await Promise.all(
      files.flatMap((file, at) =>
        Array.from({ length: 25 }, (_, i) => file.add({ host: "h", text: `${at} ${i}` }))
      ),
    );
    const texts = (await files[0].read()).map(({ text }) => text);
    assertEquals([texts.length, new Set(texts).size], [200, 200]);
  });
});

Deno.test("history file: it is cut when it becomes too long, the newest lines stay", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/history`;
    const line = JSON.stringify(["h", "x".repeat(1000)]) + "\n";
    await Deno.writeTextFile(path, line.repeat(2200));
    const file = new HistoryFile(path);
    await file.add({ host: "h", text: "the newest" });
    assert((await Deno.stat(path)).size < 1.1 * 1024 * 1024);
    const entries = await file.read();
    assertEquals(entries.at(-1)?.text, "the newest");
    assertEquals(new Set(entries.slice(0, -1).map(({ text }) => text.length)), new Set([1000]));
  });
});

Deno.test("history file: damaged lines are left out", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/history`;
    await Deno.writeTextFile(path, 'nonsense\n["h","a"]\n["h",5]\n{}\n["h","b"]');
    assertEquals((await new HistoryFile(path).read()).map(({ text }) => text), ["a", "b"]);
  });
});

Deno.test("history file: what looks like a password is not written", async () => {
  await inFolder(async (folder) => {
    const file = new HistoryFile(`${folder}/history`);
    const secrets = [
      '{"user":"a","password":"hunter2"}',
      "login a passwd=hunter2",
      '{"op":"auth","token":"abc"}',
      "Authorization: Bearer abcdefghijkl",
      "AUTH eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x",
      "{'api_key': 'x'}",
    ];
    for (const text of secrets) {
      assert(looksSecret(text), text);
      await file.add({ host: "h", text });
    }
    await file.add({ host: "h", text: "pass the salt; tokens are fine" });
    assertEquals((await file.read()).map(({ text }) => text), ["pass the salt; tokens are fine"]);
  });
});

Deno.test("history file: where it is", () => {
  const at = (env: Record<string, string>, os = "linux") => historyPath((name) => env[name], os);
  assertEquals(at({ XDG_STATE_HOME: "/s", HOME: "/h" }), "/s/wirecat/history");
  assertEquals(at({ XDG_STATE_HOME: "relative", HOME: "/h" }), "/h/.local/state/wirecat/history");
  assertEquals(at({}), undefined);
  assertEquals(at({ LOCALAPPDATA: "C:\\d" }, "windows"), "C:\\d\\wirecat\\history");
});
