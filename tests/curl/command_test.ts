import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { coreOptions } from "../../lib/cli/options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { flag, text } from "../../lib/core/option.ts";
import { convertCurl } from "../../lib/curl/command.ts";
import { bashWords } from "../../lib/curl/shell_words.ts";

const NAMES = "ua user bearer tls-ca client-key client-pkcs12-passwd proxy proxy-user resolve " +
  "proxy-cacert proxy-cert proxy-key proxy-pass " +
  "connect-to cookie max-time connect-timeout output header protocol client-cert";
const table = [
  ...coreOptions,
  ...NAMES.split(" ").filter((long) => coreOptions.every((row) => row.long !== long))
    .map((long) => text({ long, value: "X", group: "http", help: "" })),
  flag({ long: "our-flag", group: "http", help: "" }),
  text({ long: "our-value", value: "X", group: "http", help: "" }),
];

function converted(command: string): [words: readonly string[], ignored: readonly string[]] {
  const { words, ignored } = convertCurl(bashWords(command), table);
  return [words, ignored];
}

function refused(command: string, message: string): void {
  const error = assertThrows(() => converted(command), WirecatError, message);
  assertEquals(error.kind, "usage");
}

/** As Chrome copies it. */
const CHROME = `curl 'wss://example.invalid/chat?room=1' \\
  -H 'Upgrade: websocket' \\
  -H 'Origin: https://example.invalid' \\
  -H 'Cache-Control: no-cache' \\
  -H 'Accept-Language: en-US,en;q=0.9' \\
  -H 'Pragma: no-cache' \\
  -H 'Connection: Upgrade' \\
  -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \\
  -b 'a=1; b=2' \\
  -H 'User-Agent: Mozilla/5.0' \\
  -H 'Sec-WebSocket-Version: 13' \\
  -H 'Sec-WebSocket-Protocol: chat, v2' \\
  -H 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'`;

const CHROME_WORDS = [
  "--cookie=a=1; b=2",
  "--header=Origin: https://example.invalid",
  "--header=Cache-Control: no-cache",
  "--header=Accept-Language: en-US,en;q=0.9",
  "--header=Pragma: no-cache",
  "--header=User-Agent: Mozilla/5.0",
  "--protocol=chat, v2",
  "wss://example.invalid/chat?room=1",
];

Deno.test("curl: what Chrome copies keeps all but the handshake's own fields", () => {
  assertEquals(converted(CHROME), [CHROME_WORDS, []]);
});

Deno.test("curl: the whole command may be one word, with or without curl before it", () => {
  for (const text of [CHROME, CHROME.slice(5), `$ ${CHROME}`]) {
    assertEquals(convertCurl([text], table).words, CHROME_WORDS);
  }
  assertEquals(convertCurl(["ws://x.invalid/"], table).words, ["ws://x.invalid/"]);
});

Deno.test("curl: options may stand beside a command that is one word", () => {
  const pasted = "$ curl 'ws://h/x' -H 'A: b'";
  const all = ["--binary", "--header=A: b", "ws://h/x"];
  assertEquals(convertCurl([pasted, "--binary"], table).words, all);
  assertEquals(convertCurl(["--binary", pasted], table).words, all);
});

Deno.test("curl: what is copied for Windows' cmd is the same", () => {
  const command = CHROME.replaceAll("'", '^"').replaceAll("\\\n", "^\r\n").replace(
    "chat?room=1",
    "chat?room=1^&x=^%^7E",
  );
  assertEquals(
    convertCurl([command], table).words.at(-1),
    "wss://example.invalid/chat?room=1&x=%7E",
  );
});

Deno.test("curl: what Firefox copies is understood", () => {
  const command = "curl 'https://example.invalid/ws' --compressed --http1.1 -X GET " +
    "-H 'Accept-Encoding: gzip, deflate, br' -H 'Sec-Fetch-Mode: websocket' -H 'Origin: null'";
  assertEquals(converted(command), [[
    "--header=Accept-Encoding: gzip, deflate, br",
    "--header=Sec-Fetch-Mode: websocket",
    "--header=Origin: null",
    "wss://example.invalid/ws",
  ], []]);
});

Deno.test("curl: options that we have are handed on", () => {
  assertEquals(
    converted(
      "-sSk -A agent -ume:pw -x http://p:1 --resolve a:1:127.0.0.1 --connect-to a:1:b:2 -m 2.5 " +
        "--connect-timeout 1 -o file -v --cacert ca.pem -E c.pem:pw --key k.pem -e http://r/ a.invalid:1/x",
    ),
    [[
      "--quiet",
      "--insecure",
      "--ua=agent",
      "--user=me:pw",
      "--proxy=http://p:1",
      "--resolve=a:1:127.0.0.1",
      "--connect-to=a:1:b:2",
      "--max-time=2.5",
      "--connect-timeout=1",
      "--output=file",
      "--verbose",
      "--tls-ca=ca.pem",
      "--client-key=k.pem",
      "--header=Referer: http://r/",
      "--client-cert=c.pem",
      "--client-pkcs12-passwd=pw",
      "ws://a.invalid:1/x",
    ], []],
  );
});

Deno.test("curl: the certificate for a proxy may have its password behind a colon", () => {
  assertEquals(
    converted(
      "--proxy-cacert ca --proxy-cert 'c\\:1.pem:p:w' --proxy-key k -x https://p a.invalid",
    ),
    [[
      "--proxy-cacert=ca",
      "--proxy-cert=c:1.pem",
      "--proxy-pass=p:w",
      "--proxy-key=k",
      "--proxy=https://p",
      "ws://a.invalid/",
    ], []],
  );
  assertEquals(converted("--proxy-cert c --proxy-pass pw a.invalid")[0].slice(0, 2), [
    "--proxy-cert=c",
    "--proxy-pass=pw",
  ]);
});

Deno.test("curl: addresses of pages are addresses of WebSockets", () => {
  for (
    const [given, wanted] of [
      ["http://a.invalid/x", "ws://a.invalid/x"],
      ["HTTPS://a.invalid:9/", "wss://a.invalid:9/"],
      ["localhost:80/x", "ws://localhost/x"],
      ["--url wss://a.invalid/", "wss://a.invalid/"],
    ]
  ) assertEquals(converted(given)[0], [wanted]);
  refused("ftp://a.invalid/", "is not the address of a WebSocket");
  refused("-k", "has no address");
  refused("ws://a.invalid/ ws://b.invalid/", "has 2 addresses");
});

Deno.test("curl: header fields may be empty or taken away", () => {
  assertEquals(converted("-H 'X-Empty;' -H 'Accept:' -H 'Host: a.invalid' ws://a.invalid/")[0], [
    "--header=X-Empty:",
    "ws://a.invalid/",
  ]);
  assertEquals(converted("-H 'Host: b.invalid' ws://a.invalid/")[0][0], "--header=Host: b.invalid");
  refused("-H @file ws://a.invalid/", "reads header fields from a file");
});

Deno.test("curl: what has no meaning here is named, and takes its value along", () => {
  assertEquals(converted("--http2 --limit-rate 10k --frobnicate -Z ws://a.invalid/"), [
    ["ws://a.invalid/"],
    ["--http2", "--limit-rate", "--frobnicate", "-Z"],
  ]);
});

Deno.test("curl: what is refused and can be had in another way says which", () => {
  const hint = (...words: string[]) =>
    assertThrows(() => convertCurl(words, table), WirecatError).hint ?? "";
  assertStringIncludes(hint("--unix-socket", "/s", "http://h/"), "- ws-c:unix:PATH");
  assertStringIncludes(hint("-K", "file", "http://h/"), "WIRECAT_CONFIG");
  assertStringIncludes(hint("--digest", "http://h/"), "--user (Basic)");
  assertStringIncludes(hint("-d", "x", "http://h/"), "a GET request without a body");
});

Deno.test("curl: what another shell has made of a command is told", () => {
  const hint = (...words: string[]) =>
    assertThrows(() => convertCurl(words, table), WirecatError).hint ?? "";
  for (
    const words of [
      ["'wss://h/'", "-H", "'Origin:", "x'"],
      ["wss://h/", "\\"],
      ["wss://h/", "`"],
      ["^wss://h/^", "^"],
      ["'wss://h/'"],
    ]
  ) {
    assertStringIncludes(hint(...words), "copied for another shell", words.join(" "));
  }
  assertStringIncludes(hint("wss://h/", "x"), "in quotes?");
  assertStringIncludes(hint('Invoke-WebRequest -Uri "wss://h/"'), "choose Copy as cURL");
  assertStringIncludes(hint('fetch("wss://h/", {})'), "choose Copy as cURL");
  // What a query may have is no rest of a quote.
  assertEquals(convertCurl(["wss://h/?a={b}|^c"], table).words, ["wss://h/?a={b}|^c"]);
});

Deno.test("curl: what would be another request is refused", () => {
  for (
    const option of ["-d x", "--data-raw x", "-F a=b", "-T file", "-I", "--json {}", "--digest"]
  ) {
    refused(`${option} ws://a.invalid/`, "another request");
  }
  refused("-X POST ws://a.invalid/", "-X POST");
  refused("ws://a.invalid/ -H", "-H needs a value");
});

Deno.test("curl: options that only we have may stand among curl's", () => {
  assertEquals(converted("--our-flag --our-value 5 --our-value=6 -k ws://a.invalid/")[0], [
    "--our-flag",
    "--our-value",
    "5",
    "--our-value=6",
    "--insecure",
    "ws://a.invalid/",
  ]);
});
