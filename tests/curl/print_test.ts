import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { coreOptions } from "../../lib/cli/options.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { convertCurl } from "../../lib/curl/command.ts";
import { type CurlCommand, curlCommand, webSocketAddressOf } from "../../lib/curl/print.ts";
import { bashWords } from "../../lib/curl/shell_words.ts";
import { registry } from "../../specs/mod.ts";
import { run } from "../cli/program.ts";
import { testWith } from "../interop/programs.ts";
import { refusing } from "./refusing.ts";

const table = [...coreOptions, ...registry.options];
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

function printed(secrets: boolean, ...words: string[]): CurlCommand {
  const { options, positional } = parseCommandLine(words, table);
  return curlCommand(webSocketAddressOf(positional, registry), options, secrets, KEY);
}

Deno.test("print-curl: the command asks for the same upgrade", () => {
  const { text, masked, without } = printed(
    false,
    "-k",
    "--origin=http://o.invalid",
    "--protocol=chat",
    "-H",
    "X-It: it's",
    "wss://a.invalid:1/x y?z#f",
  );
  assertEquals([masked, without], [false, []]);
  assertEquals(bashWords(text), [
    "curl",
    "--http1.1",
    "--include",
    "--no-buffer",
    "--insecure",
    ...[
      "X-It: it's",
      "Origin: http://o.invalid",
      "Sec-WebSocket-Protocol: chat",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${KEY}`,
      "User-Agent:",
      "Accept:",
    ].flatMap((field) => ["--header", field]),
    "https://a.invalid:1/x%20y?z",
  ]);
});

Deno.test("print-curl: letters that curl would take for a pattern are sent as they are", () => {
  const { text } = printed(false, "ws://a.invalid/?q={1,2}&r=[3-4]");
  const words = bashWords(text);
  assertEquals([words.includes("--globoff"), words.at(-1)], [
    true,
    "http://a.invalid/?q={1,2}&r=[3-4]",
  ]);
  assertEquals(printed(false, "ws://[::1]/").text.includes("--globoff"), false);
});

Deno.test("print-curl: secrets are in it only where they are asked for", () => {
  const words = [
    "--basic-auth=me:hush",
    "-H",
    "Cookie: a=hush",
    "--socks5-user-pass=me:hush",
    "ws://u:hush@a.invalid/?token=hush",
  ];
  const hidden = printed(false, ...words);
  assertEquals([hidden.text.includes("hush"), hidden.masked], [false, true]);
  assertStringIncludes(hidden.text, "--user 'me:***'");
  const shown = printed(true, ...words);
  assertEquals([shown.text.split("hush").length, shown.masked], [6, false]);
});

Deno.test("print-curl: what curl cannot do is named", () => {
  assertEquals(printed(false, "--tls-domain=b.invalid", "wss://a.invalid/").without, [
    "--tls-domain",
  ]);
});

Deno.test("print-curl: needs one WebSocket server", () => {
  assertEquals(webSocketAddressOf(["-", "wss://a.invalid/"], registry).href, "wss://a.invalid/");
  for (const pair of [["-", "tcp:a:1"], ["ws://a.invalid/", "ws://b.invalid/"]]) {
    assertThrows(() => webSocketAddressOf(pair, registry), WirecatError, "--print-curl");
  }
});

Deno.test("print-curl: what is printed can be pasted back", () => {
  const { text } = printed(true, "-k", "--protocol=chat", "-H", "X: y", "wss://a.invalid/x");
  assertEquals(convertCurl([text], table).words, [
    "--insecure",
    "--header=X: y",
    "--protocol=chat",
    "wss://a.invalid/x",
  ]);
});

testWith(
  ["sh", "curl"],
  "print-curl: curl itself sends the request that wirecat sends",
  async () => {
    await using server = refusing();
    const words = [
      "--basic-auth=me:pä ss",
      "--origin=http://o.invalid",
      "--protocol=a, b",
      "--compress",
      "--ua=agent",
      "-H",
      "X-Empty:",
      "-H",
      'X-Quote: it\'s "so" $HOME',
      `ws://127.0.0.1:${server.port}/a%20b?c=d&e`,
    ];
    assertEquals((await run(words)).code, 6);
    const { stdout } = await run(["--print-curl=secrets", ...words]);
    await new Deno.Command("sh", { args: ["-c", stdout], stdout: "null", stderr: "null" }).output();
    assertEquals(server.heads.length, 2);
    const [ours, curls] = server.heads.map((head) =>
      head.trim().split("\r\n").map((line) => line.trim().replace(/^(Sec-WebSocket-Key): .*/, "$1"))
        .sort()
    );
    assertEquals(curls, ours);
  },
);

Deno.test("curl: a pasted command connects", async () => {
  await using server = refusing();
  const command =
    `curl 'http://127.0.0.1:${server.port}/x' -H 'Upgrade: websocket' -H 'X-It: yes' --http2`;
  const { code, stderr } = await run(["curl", command]);
  assertEquals(code, 6);
  assertStringIncludes(stderr, "warning: curl's option --http2 does nothing here");
  assertStringIncludes(server.heads[0], "X-It: yes\r\n");
  assertEquals(server.heads[0].match(/^Upgrade:/gm)?.length, 1);
});
