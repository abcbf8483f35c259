import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { configPaths } from "../../lib/cli/config.ts";
import { type Config, understandConfig } from "../../lib/cli/config_file.ts";
import { configSchema } from "../../lib/cli/config_schema.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { readWords, valuesOf } from "../../lib/cli/parse.ts";
import { maskAddress, maskField } from "../../lib/core/secrets.ts";
import { header, protocol } from "../../lib/cli/websocket_options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { text } from "../../lib/core/option.ts";
import { registry } from "../../specs/mod.ts";
import { refusing } from "../curl/refusing.ts";
import { run } from "./program.ts";

const token = text({
  long: "token",
  value: "TEXT",
  group: "http",
  env: "WIRECAT_TEST_TOKEN",
  conflicts: ["protocol"],
  help: "",
});
const table = [...coreOptions, header, protocol, token];

function understand(json: unknown): Config {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return understandConfig({ path: "/c.json", text }, table);
}

/** What a command line comes to with a file: its options and addresses. */
function read(json: unknown, ...words: string[]): [Record<string, unknown>, readonly string[]] {
  const said = readWords(words, table, (word) => word.includes(":"));
  const { positional, fallbacks } = understand(json).apply(said.positional);
  return [Object.fromEntries(valuesOf(said, table, fallbacks).entries()), positional];
}

function refused(json: unknown, message: string | RegExp, hint?: string, ...words: string[]): void {
  const error = assertThrows(() => read(json, ...words), WirecatError);
  assertEquals(error.kind, "usage");
  if (typeof message === "string") assertStringIncludes(error.message, message);
  else assertMatch(error.message, message);
  if (hint !== undefined) assertEquals(error.hint, hint);
}

Deno.test("config: defaults are options of every run", () => {
  assertEquals(
    read({ defaults: { binary: true, linger: "500ms", "max-messages": 3, verbose: 2 } }, "ws://x/"),
    [{ binary: true, linger: 0.5, "max-messages": 3, verbose: 2 }, ["ws://x/"]],
  );
});

Deno.test("config: an option beats the environment, which beats the file", () => {
  const file = { defaults: { token: "file" } };
  assertEquals(read(file, "ws://x/")[0], { token: "file" });
  Deno.env.set("WIRECAT_TEST_TOKEN", "environment");
  try {
    assertEquals(read(file, "ws://x/")[0], { token: "environment" });
    assertEquals(read(file, "--token=option", "ws://x/")[0], { token: "option" });
  } finally {
    Deno.env.delete("WIRECAT_TEST_TOKEN");
  }
});

Deno.test("config: a profile's options beat the defaults, and false takes a default away", () => {
  const file = {
    defaults: { linger: 1, binary: true, oneshot: true },
    profiles: { a: { url: "wss://a/", options: { linger: 2, binary: false } } },
  };
  assertEquals(read(file, "@a"), [{ linger: 2, oneshot: true }, ["wss://a/"]]);
  assertEquals(read(file, "--linger=3", "@a")[0], { linger: 3, oneshot: true });
});

Deno.test("config: what conflicts with something stronger is left out", () => {
  assertEquals(read({ defaults: { text: true } }, "-b", "ws://x/")[0], { binary: true });
  assertEquals(read({ defaults: { binary: true } }, "-t", "ws://x/")[0], { text: true });
  assertEquals(
    read({
      defaults: { token: "a" },
      profiles: { p: { url: "ws://x/", options: { protocol: "b" } } },
    }, "@p")[0],
    { protocol: "b" },
  );
  refused({ defaults: { text: true, binary: true } }, "cannot be given together", undefined, "-q");
});

Deno.test("config: header fields add up, and the stronger one of a name is sent", () => {
  const file = {
    defaults: { header: ["X-Default: 1", "X-Same: weak"] },
    profiles: { a: { url: "ws://x/", headers: { "X-Same": "strong", "X-List": ["1", "2"] } } },
  };
  assertEquals(read(file, "-H", "x-list: 3", "@a")[0], {
    header: ["x-list: 3", "X-Same: strong", "X-Default: 1"],
  });
  assertEquals(read(file, "@a")[0], {
    header: ["X-Same: strong", "X-List: 1", "X-List: 2", "X-Default: 1"],
  });
});

Deno.test("config: other lists are replaced", () => {
  const file = { defaults: { preamble: ["a", "b"] } };
  assertEquals(read(file, "ws://x/")[0], { preamble: ["a", "b"] });
  assertEquals(read(file, "-p", "c", "ws://x/")[0], { preamble: ["c"] });
});

Deno.test("config: a profile may have two addresses, none, or stand beside another one", () => {
  const file = {
    profiles: { pair: { addresses: ["-", "tcp:a:1"] }, one: { url: "ws://b/" }, none: {} },
  };
  assertEquals(read(file, "@pair")[1], ["-", "tcp:a:1"]);
  assertEquals(read(file, "ws-l:1", "@one")[1], ["ws-l:1", "ws://b/"]);
  assertEquals(read(file, "@none", "ws://c/")[1], ["ws://c/"]);
});

Deno.test("config: a profile extends another one", () => {
  const file = {
    profiles: {
      base: {
        url: "wss://base/",
        headers: { A: "1", B: "1" },
        options: { linger: 1, quiet: true },
      },
      more: { extends: "base", headers: { B: "2" }, options: { linger: 2 } },
      most: { extends: "more", url: "wss://most/", options: { quiet: false } },
    },
  };
  assertEquals(read(file, "@more"), [
    { linger: 2, quiet: true, header: ["B: 2", "A: 1"] },
    ["wss://base/"],
  ]);
  assertEquals(read(file, "@most"), [{ linger: 2, header: ["B: 2", "A: 1"] }, ["wss://most/"]]);
});

Deno.test("config: what conflicts with a profile is not taken from the one that it extends", () => {
  const base = { url: "ws://x/", options: { token: "t", binary: true } };
  const file = { profiles: { base, p: { extends: "base", options: { protocol: "v1" } } } };
  assertEquals(read(file, "@p")[0], { protocol: "v1", binary: true });
});

Deno.test("config: options that cannot stand together are told with their place", () => {
  const options = { token: "t", protocol: "v1" };
  const message = /^\/c\.json:1: \/profiles\/p\/options\/token: --token and --protocol cannot be/;
  refused({ profiles: { p: { options } } }, message, "leave one out");
});

Deno.test("config: a profile without an address needs one beside it", () => {
  const file = { profiles: { p: { options: { binary: true } } } };
  refused(file, "the profile @p has no address, and none is given beside it", undefined, "@p");
  assertEquals(read(file, "@p", "ws://x/")[1], ["ws://x/"]);
});

Deno.test("config: what is wrong is named with its line and key", () => {
  refused(
    '{\n "defaults": {\n  "lingr": 1\n }\n}',
    "/c.json:3: /defaults/lingr: there is no option",
    'did you mean "linger"?',
  );
  refused({ defaults: { B: "64k" } }, "/defaults/B:", 'did you mean "buffer-size"?');
  refused({ defaults: { "--linger": 1 } }, "there is no option --linger", 'did you mean "linger"?');
  refused({ defaults: { linger: "soon" } }, "/c.json:1: /defaults/linger: 'soon' is not a length");
  refused({ defaults: { binary: "yes" } }, "this has to be true or false, not a string");
  refused({ defaults: { linger: [1] } }, "this has to be a string or a number, not a list");
  refused({ defaults: { preamble: ["a", {}] } }, "/defaults/preamble/1: this has to be a string");
  refused({ defaults: { verbose: "very" } }, "a whole number");
  refused({ defaults: { version: true } }, "on the command line only");
  refused({ default: {} }, "/default: there is no key 'default' here", "did you mean defaults?");
  refused({ defaults: 1 }, "/defaults: this has to be an object, not a number");
  refused([], "/c.json:1: this has to be an object, not a list");
  refused(
    { profiles: { a: { uri: "x" } } },
    "/profiles/a/uri: there is no key",
    "did you mean url?",
  );
  refused({ profiles: { a: { url: "x", addresses: ["y"] } } }, "url or addresses, not both");
  refused({ profiles: { a: { addresses: ["1", "2", "3"] } } }, "one or two strings");
  refused({ profiles: { a: { headers: { "X Y": "z" } } } }, "is not the name of a header field");
  refused({ profiles: { "a b": {} } }, "/profiles/a b: a profile's name is");
  refused({ profiles: { a: { extends: "b" } } }, "there is no profile 'b'");
  refused(
    { profiles: { a: { extends: "b" }, b: { extends: "a" } } },
    "a profile cannot extend itself: a → b → a",
  );
});

Deno.test("config: what is no JSON is told with its line, and not quoted", () => {
  refused('{\n "defaults": {\n  "bearer": "hush",\n }\n}', "/c.json:4: this is not JSON");
  const error = assertThrows(() => understand('{"bearer": hush}'), WirecatError);
  assertEquals(error.message.includes("hush"), false);
});

Deno.test("config: an editor's byte order mark is no mistake", () => {
  assertEquals(read('\ufeff{"defaults": {"binary": true}}', "ws://x/")[0], { binary: true });
});

Deno.test("config: the value of a secret is not told", () => {
  const secret = {
    ...token,
    long: "pin",
    secret: true as const,
    parse: () => {
      throw new WirecatError("usage", "--pin: 'hush' is no number");
    },
  };
  const error = assertThrows(
    () => understandConfig({ path: "/c", text: '{"defaults":{"pin":"hush"}}' }, [secret]),
    WirecatError,
  );
  assertEquals(error.message, "/c:1: /defaults/pin: this is no value for it");
});

Deno.test("config: a profile that is not there gets the list of those that are", () => {
  refused({ profiles: { a: {}, b: {} } }, "no profile @c in /c.json", "it has @a, @b", "@c");
  refused({}, "no profile @c", "it has none", "@c");
  refused({ profiles: { a: {}, b: {} } }, "only one profile can be used", undefined, "@a", "@b");
});

Deno.test("config: the file is where the system keeps such files", () => {
  const paths = (system: typeof Deno.build.os, env: Record<string, string>) =>
    configPaths(system, (name) => env[name]);
  assertEquals(paths("linux", { HOME: "/h" }), ["/h/.config/wirecat/config.json"]);
  assertEquals(paths("linux", { HOME: "/h", XDG_CONFIG_HOME: "/x" }), ["/x/wirecat/config.json"]);
  assertEquals(paths("darwin", { HOME: "/h" }), [
    "/h/.config/wirecat/config.json",
    "/h/Library/Application Support/wirecat/config.json",
  ]);
  assertEquals(paths("windows", { APPDATA: "C:\\A" }), ["C:\\A\\wirecat\\config.json"]);
  assertEquals(paths("linux", {}), []);
});

Deno.test("config: the schema has every option that the file may have", () => {
  const all = [...coreOptions, ...registry.options];
  // deno-lint-ignore no-explicit-any -- a schema is any JSON
  const { $defs } = configSchema(all) as any;
  const { properties } = $defs.options;
  for (const row of all) {
    assertEquals(
      Object.hasOwn(properties, row.long),
      (row.group !== "mode" || row.long === "server-mode") && !row.rest,
      row.long,
    );
  }
  assertEquals(properties.binary.type, "boolean");
  assertEquals(properties.engine.anyOf[0], { enum: ["stream", "native"] });
  assertEquals(properties.header.anyOf[2].type, "array");
});

Deno.test("config: logins are not shown", () => {
  assertEquals(maskField("Authorization: Bearer abc"), "Authorization: Bearer ***");
  assertEquals(maskField("Cookie: a=b"), "Cookie: ***");
  assertEquals(maskField("X-Api-Key:abc"), "X-Api-Key: ***");
  assertEquals(maskField("api_key: abc"), "api_key: ***");
  assertEquals(maskField("Accept: */*"), "Accept: */*");
  assertEquals(maskAddress("ws://host/?api_key=x#a"), "ws://host/?api_key=***#a");
  assertEquals(
    maskAddress("wss://me:pw@host/?a=1&access_token=x"),
    "wss://me:***@host/?a=1&access_token=***",
  );
});

/** A folder with a file of defaults and profiles, as the environment names it. */
async function withFile(json: unknown, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/wirecat/config.json`;
    await Deno.mkdir(`${folder}/wirecat`);
    await Deno.writeTextFile(path, typeof json === "string" ? json : JSON.stringify(json));
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("config: @NAME connects to the profile's URL with its headers and options", async () => {
  await using server = refusing();
  const url = `ws://127.0.0.1:${server.port}/`;
  const options = { origin: "http://o.invalid" };
  const profiles = { here: { url, headers: { "X-Token": "abc" }, options } };
  await withFile({ profiles }, async (path) => {
    const env = { XDG_CONFIG_HOME: path.replace(/\/wirecat\/.*/, ""), WIRECAT_CONFIG: "" };
    assertEquals((await run(["@here"], { env })).code, 6);
    assertEquals((await run(["-H", "x-token: other", "@here"], { env })).code, 6);
    assertEquals((await run(["@here", "--config", path])).code, 6);
    const sent = server.heads.map((head) => [
      /^x-token: (.*)$/im.exec(head)?.[1],
      /^Origin: (.*)$/m.exec(head)?.[1],
    ]);
    const origin = "http://o.invalid";
    assertEquals(sent, [["abc", origin], ["other", origin], ["abc", origin]]);
    const refused = await run(["--no-config", "@here"], { env });
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(refused.stderr, "--no-config");
  });
});

Deno.test("config: a file that is named has to be there; an empty one says nothing", async () => {
  const missing = await run(["--config=/nonexistent/a/b", "literal:", "-"]);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "--config: cannot read /nonexistent/a/b");
  const named = await run(["literal:", "-"], { env: { WIRECAT_CONFIG: "/nonexistent/a/b" } });
  assertStringIncludes(named.stderr, "WIRECAT_CONFIG: cannot read");
  await withFile("", async (path) => {
    assertEquals((await run(["--config", path, "literal:", "-"])).code, 0);
  });
});

Deno.test("config: help is there whatever is wrong with the file", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "{");
    for (const words of [["--version"], ["--help"], ["--completions=bash"]]) {
      assertEquals((await run([`--config=${path}`, ...words])).code, 0, words[0]);
    }
    assertEquals((await run([`--config=${path}`, "ws://127.0.0.1:9/"])).code, 2);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("config: wirecat config shows what is understood, without secrets", async () => {
  const json = {
    defaults: { "basic-auth": "me:hush" },
    profiles: { a: { url: "wss://u:hush@h/", headers: { Authorization: "Bearer hush" } } },
  };
  await withFile(json, async (path) => {
    const { code, stdout } = await run(["config", "show", "--config", path]);
    assertEquals(code, 0);
    assertEquals(stdout.includes("hush"), false);
    assertEquals(JSON.parse(stdout), {
      file: path,
      defaults: { "basic-auth": "***" },
      profiles: {
        a: { addresses: ["wss://u:***@h/"], options: { header: ["Authorization: Bearer ***"] } },
      },
    });
    assertEquals((await run(["config", "path", "--config", path])).stdout, path + "\n");
  });
  assertEquals(JSON.parse((await run(["config", "schema"])).stdout).type, "object");
});

Deno.test("config: what is wrong only when it is used is told with the file, too", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const text = '{"defaults": {"header": "a"}, "profiles": {"p": {"url": "http://a.invalid/"}, ' +
      '"q": {"addresses": ["-"]}}}';
    await Deno.writeTextFile(path, text);
    const told = async (...words: string[]) =>
      (await run(words, { env: { WIRECAT_CONFIG: path } })).stderr.split("\n")[0];
    assertEquals(
      await told("ws://a.invalid/"),
      `wirecat: error: ${path}: --header: 'a' is not NAME:VALUE`,
    );
    assertEquals(
      await told("-H", "b", "ws://a.invalid/"),
      "wirecat: error: --header: 'b' is not NAME:VALUE",
    );
    assertEquals(
      await told("@p"),
      `wirecat: error: ${path}: one specifier is not enough: http://a.invalid/`,
    );
    assertEquals(await told("@q"), `wirecat: error: ${path}: - is one side only`);
    assertEquals(
      await told("@q", "exec:no such-program"),
      "wirecat: error: exec: there is no program called 'no such-program'",
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("config: a default that a run has no use for is no mistake, unlike an option", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const defaults = {
      "retry-delay": "1s",
      "retry-all-errors": true,
      "ping-interval": 30,
      "ping-timeout": 90,
      "close-reason": "bye",
      "compress-level": 9,
      "header-to-env": ["X-A"],
    };
    await Deno.writeTextFile(path, JSON.stringify({ defaults }));
    const quiet = await run(["--config", path, "literal:x", "-"]);
    assertEquals([quiet.code, quiet.stdout, quiet.stderr], [0, "x\n", ""]);
    const asked = await run(["--config", path, "--ping-timeout=3", "literal:x", "-"]);
    assertMatch(asked.stderr, /^wirecat: warning: --ping-timeout is for a WebSocket/);
    const alone = await run(["--config", path, "--retry-delay=3", "literal:x", "-"]);
    assertEquals(alone.code, 2);
    assertMatch(alone.stderr, /--retry-delay says how to try again, and nothing says to/);
    // A profile is for the runs that name it.
    const options = { "retry-delay": "1s" };
    const profiles = { a: { addresses: ["literal:x", "-"], options } };
    await Deno.writeTextFile(path, JSON.stringify({ profiles }));
    assertEquals((await run(["--config", path, "@a"])).code, 2);
    // What should protect is not left out in silence.
    await Deno.writeTextFile(path, JSON.stringify({ defaults: { "require-origin": true } }));
    assertEquals((await run(["--config", path, "literal:x", "-"])).code, 2);
  } finally {
    await Deno.remove(path);
  }
});
