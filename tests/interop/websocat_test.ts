/** The same command line for wirecat and for websocat 1.14, with the same other end. */
import { assertEquals } from "@std/assert";
import { freePort } from "../free_port.ts";
import { TestProxy } from "../socks/proxy.ts";
import {
  asClient,
  asHttpClient,
  compare,
  type Scenario,
  see,
  type Seen,
  squeezed,
} from "./beside.ts";
import {
  pooled,
  type Program,
  Running,
  start,
  websocat,
  websocatIsHere,
  wirecat,
} from "./running.ts";

/** Compares where websocat 1.14 is on PATH. */
function beside(name: string, scenarios: readonly Scenario[]): void {
  Deno.test({
    name: `beside websocat: ${name}${websocatIsHere ? "" : " (skipped: no websocat 1.14 on PATH)"}`,
    ignore: !websocatIsHere,
    fn: () => compare(scenarios),
  });
}

const words = (text: string) => text.split(" ");

beside("a client's lines, flags and limits", [
  {
    name: "lines",
    args: words("-t - {url}"),
    stdin: "one\ntwo\n",
    server: { head: true },
    expect: { stdout: "one\ntwo\n", ok: true },
  },
  { name: "an unfinished line", args: words("-t - {url}"), stdin: "one\ntwo", server: {} },
  { name: "one argument", args: words("{url}"), stdin: "one\n", server: { closeAfter: 1 } },
  { name: "-b", args: words("-b - {url}"), stdin: "one\ntwo\x00\xff", server: {} },
  {
    name: "-n",
    args: words("-n -t - {url}"),
    stdin: "one\n",
    server: { closeAfter: 1 },
    // No Close of its own, but the server's is answered.
    differs: { wire: ["text one\n", "close"] },
  },
  {
    name: "-E",
    args: words("-E -t - {url}"),
    stdin: "one\n",
    server: { echo: false },
    expect: { wire: ["text one\n", "close"] },
  },
  {
    name: "-n -E",
    args: words("-n -E -t - {url}"),
    stdin: "one\n",
    server: { echo: false },
    expect: { wire: ["text one\n", "end"] },
  },
  { name: "-1", args: words("-1 -t - {url}"), stdin: "one\ntwo\n", server: {} },
  { name: "-u", args: words("-u -t - {url}"), stdin: "one\n", server: { echo: false } },
  {
    name: "-U",
    args: words("-U -t - {url}"),
    server: { greet: ["text one", "binary two"], closeAfter: 0 },
    expect: { stdout: "one\ntwo\n" },
  },
  { name: "-uU", args: words("-uU -t - {url}"), server: {}, expect: { wire: ["close"] } },
  { name: "-1 -u literal:", args: words("-1 -u -t literal:hello {url}"), server: { echo: false } },
  { name: "-0", args: words("-0 -t - {url}"), stdin: "one\ntwo\x00", server: {} },
  {
    name: "--linemode-strip-newlines",
    args: words("--linemode-strip-newlines -t - {url}"),
    stdin: "one\r\n",
    server: {},
  },
  { name: "--no-line", args: words("--no-line -t - {url}"), stdin: "one\ntwo\n", server: {} },
  {
    name: "--max-messages",
    args: words("--max-messages 2 -t - {url}"),
    stdin: "one\ntwo\nthree\n",
    server: {},
  },
  {
    name: "--max-messages-rev",
    args: words("--max-messages-rev 1 -E -t - {url}"),
    hold: true,
    server: { greet: ["text one", "text two"], closeAfter: 1 },
    same: (seen) => ({ ...seen, wire: [] }),
    expect: { stdout: "one\n" },
  },
  { name: "-p", args: words("-p hello -p you -t - {url}"), stdin: "one\n", server: {} },
  { name: "-P", args: words("-P hello -t - {url}"), stdin: "one\n", server: {} },
  {
    name: "-U -p",
    args: words("-U -t - {url} -p subscribe"),
    server: { greet: [], closeAfter: 1, echo: true },
  },
  {
    name: "-S",
    args: words("-S -B 10 -t - {url}"),
    stdin: "one\nmuch too long\ntwo\nrest",
    server: {},
  },
  {
    name: "-B",
    args: words("-B 10 -t - {url}"),
    stdin: "0123456789abcdef\n",
    server: {},
    differs: { stdout: "0123456789\nabcdef\n" },
  },
  { name: "bytes that are not UTF-8", args: words("-t - {url}"), stdin: "a\xffb\n", server: {} },
  {
    name: "messages with line breaks",
    args: words("-t - {url}"),
    server: { greet: ["text a\nb\r\nc", "text d\r\n", "binary \x00\xff"], closeAfter: 0 },
  },
  {
    name: "long messages",
    args: words("-b - {url}"),
    stdin: "x".repeat(40_000),
    server: {},
    same: (seen) => ({ ...seen, wire: [seen.wire.map((f) => f.replace(/^binary /, "")).join("")] }),
  },
]);

beside("close codes and pings", [
  {
    name: "a code with a reason",
    args: ["--close-status-code", "4001", "--close-reason", "bye bye", "-t", "-", "{url}"],
    server: {},
    expect: { wire: ["close 4001 bye bye"] },
  },
  { name: "a code", args: words("--close-status-code 1001 -t - {url}"), server: {} },
  { name: "a reason only", args: words("--close-reason bye -t - {url}"), server: {} },
  ...["close", "close 1000", "close 1001 away", "close 4000 mine"].map((close): Scenario => ({
    name: `the server's ${close}`,
    args: words("-t - {url}"),
    hold: true,
    server: { closeAfter: 0, close, greet: ["text one"] },
    // websocat waits for its input to end; wirecat has nothing left to do.
    same: (seen) => ({ ...seen, ok: true, wire: [] }),
    expect: { stdout: "one\n" },
  })).map((scenario) => ({ ...scenario, hold: false })),
  {
    name: "an error code of the server",
    args: words("-t - {url}"),
    server: { closeAfter: 0, close: "close 1011 broken" },
    same: (seen) => ({ ...seen, wire: [] }),
    differs: { ok: false },
  },
  {
    name: "an error code of the server that crosses our Close",
    args: words("-t - {url}"),
    server: { answer: "close 1011 broken" },
    differs: { ok: false },
  },
  {
    name: "a ping is answered",
    args: words("-t - {url} -E"),
    hold: true,
    server: { greet: ["ping abc", "text one"], closeAfter: 0 },
    same: (seen) => ({ ...seen, wire: seen.wire.slice(0, 1) }),
    expect: { wire: ["pong abc"], stdout: "one\n" },
  },
]);

const anyPing = (seen: Seen): Seen => ({
  ...seen,
  wire: seen.wire.slice(0, 1).map((frame) => frame.replace(/^ping .{12}$/s, "ping TIME")),
  more: seen.more?.replace(/\d+\.\d{6}/, "SECONDS"),
});

beside("pings of a client", [
  {
    name: "--ping-interval, --max-sent-pings, --print-ping-rtts",
    args: words("-t -E --ping-interval 1 --max-sent-pings 1 --print-ping-rtts - {url}"),
    hold: true,
    server: { ping: "answer and close" },
    look: (stderr) => stderr,
    same: anyPing,
    expect: { ok: true, wire: ["ping TIME"], more: "RTT SECONDS s\n" },
  },
  {
    name: "--ping-timeout",
    args: words("-t -E --ping-interval 1 --ping-timeout 2 - {url}"),
    hold: true,
    server: { ping: "ignore" },
    same: anyPing,
    expect: { ok: false, wire: ["ping TIME"] },
    differs: { ok: false },
  },
  {
    name: "--inhibit-pongs",
    args: words("-t -E --inhibit-pongs 1 - {url}"),
    hold: true,
    server: { greet: ["ping a", "ping b"], closeAfter: 0 },
    same: (seen) => ({ ...seen, wire: seen.wire.filter((frame) => frame.startsWith("pong")) }),
    expect: { wire: ["pong a"] },
  },
]);

Deno.test("--close-timeout: a server that does not close is not waited for", async () => {
  const seen = await see(wirecat, {
    name: "--close-timeout",
    args: words("-t --close-timeout 0.05 - {url}"),
    server: { keepsOpen: true },
  });
  assertEquals(seen.wire, ["close", "end"]);
});

const zip = ["deflate", "zlib", "gzip"] as const;
const formatOf = { deflate: "deflate-raw", zlib: "deflate", gzip: "gzip" } as const;
const packed = Object.fromEntries(
  await Promise.all(
    zip.map(async (name) =>
      [name, await squeezed("hello hello hello", new CompressionStream(formatOf[name]))] as const
    ),
  ),
);

beside("what is made of messages", [
  {
    name: "--base64",
    args: words("-b --base64 - {url}"),
    stdin: "AQL/\n",
    server: { greet: ["binary \x00\x01", "text plain"] },
    expect: { stdout: "AAE=\nplainAQL/\n" },
  },
  {
    name: "--base64 in lines",
    args: words("-t --base64 - {url}"),
    server: { greet: ["binary \x00\x01"], closeAfter: 0 },
  },
  {
    name: "--base64-text",
    args: words("-t --base64-text - {url}"),
    stdin: "aGk=\n",
    server: { greet: ["text hello", "binary x"] },
  },
  {
    name: "prefixes",
    args: words("-t --text-prefix T --binary-prefix B - {url}"),
    stdin: "Tone\nBtwo\nthree\n",
    server: { greet: ["text hello", "binary bin"] },
  },
  {
    name: "prefixes and base64",
    args: words("-t --text-prefix T --binary-prefix B --base64 - {url}"),
    stdin: "Tone\nBAQI=\n",
    server: { greet: ["text hello", "binary \x01\x02"] },
  },
  ...zip.map((format): Scenario => ({
    name: `--uncompress-${format}`,
    args: words(`-b --uncompress-${format} - {url}`),
    server: { greet: [`binary ${packed[format]}`, "text plain"], closeAfter: 0 },
    expect: { stdout: "hello hello helloplain" },
  })),
  ...zip.map((format): Scenario => ({
    name: `--compress-${format} and back`,
    args: words(`-b --compress-${format} --uncompress-${format} - {url}`),
    stdin: "hello hello hello",
    server: {},
    same: (seen) => ({ ...seen, wire: seen.wire.slice(1) }),
    expect: { stdout: "hello hello hello" },
  })),
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((length) =>
    [false, true].map((little): Scenario => {
      const header = (n: number) => {
        const bytes = [...Array(length - 1).fill(0), n];
        return String.fromCharCode(...little ? bytes.reverse() : bytes);
      };
      return {
        name: `lengthprefixed: ${length} bytes${little ? ", little endian" : ""}`,
        args: [
          "-b",
          `--lengthprefixed-nbytes=${length}`,
          ...little ? ["--lengthprefixed-little-endian"] : [],
          "lengthprefixed:-",
          "{url}",
        ],
        stdin: `${header(3)}one${header(5)}three`,
        server: {},
        expect: {
          stdout: `${header(3)}one${header(5)}three`,
          wire: ["binary one", "binary three", "close"],
        },
      };
    })
  ),
  {
    name: "--lengthprefixed-skip-read-direction",
    args: words("-b --lengthprefixed-skip-read-direction lengthprefixed:- {url}"),
    stdin: "one",
    server: {},
  },
  {
    name: "--lengthprefixed-skip-write-direction",
    args: words("-b --lengthprefixed-skip-write-direction lengthprefixed:- {url}"),
    stdin: "\x00\x00\x00\x03one",
    server: {},
  },
  {
    name: "log:",
    args: words("-b - log:{url}"),
    stdin: 'a\t"\\\x01\xff\n',
    server: {},
    look: (stderr) =>
      stderr.split("\n").filter((line) => /^(READ|WRITE) [1-9]/.test(line)).join("\n"),
  },
  {
    name: "timestamp:",
    args: words("-t - timestamp:{url}"),
    stdin: "one\n",
    server: {},
    same: (seen) => ({ ...seen, stdout: seen.stdout.replace(/^\d{10}\.\d{1,9} /, "SECONDS ") }),
    expect: { stdout: "SECONDS one\n" },
  },
  {
    name: "--jsonrpc",
    args: words("--jsonrpc {url}"),
    stdin: "add 1,2\n",
    server: { closeAfter: 1 },
  },
  {
    name: "jsonrpc:",
    args: words("-t --jsonrpc-omit-jsonrpc jsonrpc:line2msg:- {url}"),
    stdin: 'add 1,2\nlist\nset {"a":1}\n',
    server: {},
  },
  {
    name: "exit_on_specific_byte:",
    args: words("-b exit_on_specific_byte:- {url}"),
    stdin: "ab\x1ccd",
    server: {},
  },
  {
    name: "--byte-to-exit-on",
    args: words("-b --byte-to-exit-on 99 exit_on_specific_byte:- {url}"),
    stdin: "abcd",
    server: {},
  },
]);

beside("requests of clients", [
  {
    name: "headers",
    args: [
      "-t",
      "-",
      "ws://127.0.0.1:{port}/a%20b?c=d",
      "--origin=http://o",
      "--ua=agent/1",
      "--protocol=one, two",
      "--basic-auth=user:pass",
      "-H=X-One: 1",
      "-H=X-One:2",
    ],
    server: { head: true, fields: ["Sec-WebSocket-Protocol: two"] },
  },
  {
    name: "--websocket-version",
    args: words("-t - {url} --websocket-version 8"),
    server: { head: true },
  },
  {
    name: "--basic-auth-file",
    args: words("-t - {url} --basic-auth-file {dir}/login"),
    files: { login: "user:pass\n" },
    server: { head: true },
  },
  {
    name: "a login in the URL",
    args: words("-t - ws://u:p@127.0.0.1:{port}/"),
    server: { head: true },
  },
  {
    name: "ws-c:",
    args: words("-t - ws-c:tcp:127.0.0.1:{port} --ws-c-uri=ws://example.org:81/x?y"),
    stdin: "one\n",
    server: { head: true },
  },
  {
    name: "ws-c: without a URI",
    args: words("-t - ws-c:tcp:127.0.0.1:{port}"),
    server: { head: true },
  },
  {
    name: "ws-c: over a program",
    args: ["-t", "-", "ws-c:sh-c:socat - tcp:127.0.0.1:{port}"],
    stdin: "one\n",
    server: {},
  },
  {
    name: "ws-ll-c:",
    args: words("-t - ws-ll-c:tcp:127.0.0.1:{port}"),
    stdin: "one\n",
    server: { raw: true },
  },
  {
    name: "a server that says no",
    args: words("-t - {url}"),
    server: { http: "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" },
    expect: { ok: false },
  },
  {
    name: "nobody there",
    args: words("-t - ws://127.0.0.1:{free}/"),
    expect: { ok: false, stdout: "" },
  },
  {
    name: "http:",
    args: words("-Ub - http://127.0.0.1:{port}/x?y"),
    server: { http: "HTTP/1.1 200 OK\r\n\r\nbody" },
    same: (seen) => ({ ...seen, wire: seen.wire.filter((line) => line !== "connection: close") }),
    expect: { stdout: "body" },
  },
  {
    name: "http-request:",
    args: [
      "-Ub",
      "-",
      "http-request:tcp:127.0.0.1:{port}",
      "-X",
      "DELETE",
      "--request-uri=http://example.org/y",
      "--request-header=Connection: close",
    ],
    server: { http: "HTTP/1.1 202 Accepted\r\n\r\nbody" },
    differs: {
      wire: [
        "DELETE /y HTTP/1.1",
        "connection: close",
        "host: example.org",
        "transfer-encoding: chunked",
        "body 0\r\n\r\n",
      ],
    },
    expect: { stdout: "body" },
  },
  {
    name: "http: a status that is no success",
    args: words("-Ub - http://127.0.0.1:{port}/"),
    server: { http: "HTTP/1.1 404 Not Found\r\n\r\nbody" },
    same: (seen) => ({ ...seen, wire: [] }),
    expect: { ok: false, stdout: "" },
  },
]);

const read = (name: string) => async (_: string, dir: string) =>
  await Deno.readTextFile(`${dir}/${name}`);

beside("endpoints beside a WebSocket", [
  { name: "literal:", args: ["-t", "literal:hello you", "{url}"], server: {} },
  {
    name: "literalreply:",
    args: words("-t {url} literalreply:x"),
    server: { greet: ["text a", "text b"], closeAfter: 2, echo: false },
  },
  {
    name: "assert2: right",
    args: words("-t {url} assert2:one"),
    server: { greet: ["text one"], closeAfter: 0 },
    same: (seen) => ({ ...seen, wire: [] }),
  },
  {
    name: "assert2: wrong",
    args: words("-t {url} assert2:two"),
    server: { greet: ["text one"], closeAfter: 0 },
    same: (seen) => ({ ...seen, wire: [] }),
  },
  {
    name: "assert: wrong",
    args: words("-b {url} assert:two"),
    server: { greet: ["text one"], closeAfter: 0 },
    same: (seen) => ({ ...seen, wire: [] }),
    expect: { ok: false },
  },
  {
    name: "readfile:",
    args: words("-t readfile:{dir}/in {url}"),
    files: { in: "one\ntwo\n" },
    server: {},
  },
  {
    name: "writefile:",
    args: words("-t -u {url} writefile:{dir}/out"),
    files: { out: "old" },
    server: { greet: ["text one", "text two"], closeAfter: 0 },
    same: (seen) => ({ ...seen, wire: [] }),
    look: read("out"),
    expect: { more: "one\ntwo\n" },
  },
  {
    name: "appendfile:",
    args: words("-b -u {url} appendfile:{dir}/out"),
    files: { out: "old" },
    server: { greet: ["text one", "text two"], closeAfter: 0 },
    same: (seen) => ({ ...seen, wire: [] }),
    look: read("out"),
    expect: { more: "oldonetwo" },
  },
  {
    name: "foreachmsg:",
    args: words("-t -u {url} foreachmsg:writefile:{dir}/out"),
    server: { greet: ["text one", "text two"], closeAfter: 0 },
    same: (seen) => ({ ...seen, wire: [] }),
    look: read("out"),
    expect: { more: "two\n" },
  },
  {
    name: "cmd:",
    args: words("-t {url} cmd:cat"),
    server: { greet: ["text one", "text two"], closeAfter: 2, echo: false },
  },
  {
    name: "exec:",
    args: ["-t", "{url}", "exec:sh", "--exec-args", "-c", "echo $1; echo -E", "sh", "hi"],
    server: { echo: false },
    expect: { wire: ["text hi\n", "text -E\n", "close"] },
  },
  {
    name: "autoreconnect:",
    args: words("-t -E --max-messages-rev 2 - autoreconnect:{url}"),
    hold: true,
    server: { greet: ["text one"], closeAfter: 0, connections: 2 },
    same: (seen) => ({ ...seen, wire: [] }),
    expect: { stdout: "one\none\n", ok: true },
  },
  { name: "- -", args: words("-t - -"), stdin: "one\ntwo", expect: { stdout: "one\ntwo\n" } },
  { name: "-b - -", args: words("-b - -"), stdin: "one\ntwo", expect: { stdout: "one\ntwo" } },
  {
    name: "waitfordata:",
    args: words("-t - waitfordata:{url}"),
    stdin: "one\n",
    server: { closeAfter: 1 },
    same: (seen) => ({ ...seen, wire: [] }),
    differs: { ok: true, stdout: "one\n" },
  },
]);

const GET = "GET /i HTTP/1.1\r\nHost: h\r\n\r\n";
const status = (response: string) => response.split("\r\n")[0].split(" ")[1];

beside("servers", [
  {
    name: "an echo",
    args: words("-t --oneshot ws-l:127.0.0.1:{free} mirror:"),
    client: (port) =>
      asClient(port, ["text one", "? text one", "binary two", "? text two", "close 1000"]),
    // The code is sent back.
    differs: {
      wire: ["HTTP/1.1 101 Switching Protocols", "text one", "text two", "close 1000"],
    },
  },
  {
    name: "-b",
    args: words("-b --oneshot ws-l:127.0.0.1:{free} mirror:"),
    client: (port) => asClient(port, ["text one", "? binary one", "close"]),
  },
  {
    name: "standard output",
    args: words("-t --oneshot ws-l:127.0.0.1:{free} -"),
    stdin: "hello\n",
    client: (port) => asClient(port, ["? text hello\n", "text one", "close"]),
  },
  {
    name: "a program, with the request in its environment",
    args: [
      "-t",
      "--oneshot",
      "-e",
      "ws-l:127.0.0.1:{free}",
      // wirecat's H_X_One is one that shells can read.
      "sh-c:env | grep -E '^(WEBSOCAT|H)_' | grep -v ^H_X_ | sort",
      "--header-to-env",
      "X-One",
      "Other",
    ],
    client: (port) => asClient(port, [], { path: "/p?q", fields: ["X-One: 1", "Other: two"] }),
    same: (seen) => ({
      ...seen,
      wire: seen.wire.map((frame) => frame.replace(/127.0.0.1:\d+/, "CLIENT")),
    }),
  },
  {
    name: "-E",
    args: words("-t -E --oneshot ws-l:127.0.0.1:{free} literal:bye"),
    client: (port) => asClient(port, []),
  },
  {
    name: "subprotocol, headers",
    args: ["-t", "--oneshot", "--server-header=X-One: 1", "ws-l:127.0.0.1:{free}", "mirror:"],
    client: (port) =>
      asClient(port, ["close"], { head: true, fields: ["Sec-WebSocket-Protocol: one"] }),
  },
  {
    name: "--server-protocol",
    args: words("-t --oneshot --server-protocol two ws-l:127.0.0.1:{free} mirror:"),
    client: (port) =>
      asClient(port, ["close"], { head: true, fields: ["Sec-WebSocket-Protocol: two"] }),
  },
  {
    name: "--restrict-uri, -F",
    args: [
      "-t",
      "-E",
      "ws-l:127.0.0.1:{free}",
      "mirror:",
      "--restrict-uri=/ws",
      "-F=/i:text/plain:{dir}/i",
    ],
    files: { i: "the file" },
    client: async (port) => {
      const [head, body] = (await asHttpClient(port, GET)).split("\r\n\r\n");
      const other = status(await asHttpClient(port, GET.replace("/i", "/j")));
      const right = await asClient(port, ["close"], { path: "/ws" });
      const file = /^content-type: (.*)$/im.exec(head)?.[1].trim();
      return [status(head), file ?? "", body, other, right[0]];
    },
    endless: true,
    expect: { wire: ["200", "text/plain", "the file", "404", "HTTP/1.1 101 Switching Protocols"] },
  },
  {
    name: "--conncap",
    args: words("-t -E --conncap 1 ws-l:127.0.0.1:{free} mirror:"),
    client: async (port) => {
      using first = await Deno.connect({ hostname: "127.0.0.1", port });
      await first.write(new TextEncoder().encode("GET / HTTP/1.1\r\n"));
      return [await asHttpClient(port, "").catch(() => "")];
    },
    endless: true,
    expect: { wire: [""] },
  },
  {
    name: "ws-ll-s:",
    args: words("-t --oneshot ws-ll-s:tcp-l:127.0.0.1:{free} mirror:"),
    client: async (port) => {
      const got = await asHttpClient(port, "\x81\x83\x00\x00\x00\x00one\x88\x80\x00\x00\x00\x00");
      return [JSON.stringify(got)];
    },
  },
  {
    name: "tcp-l:",
    args: words("-b --oneshot tcp-l:127.0.0.1:{free} cmd:cat"),
    client: async (port) => {
      using conn = await Deno.connect({ hostname: "127.0.0.1", port });
      await conn.write(new TextEncoder().encode("one\ntwo"));
      await conn.closeWrite();
      return [await new Response(conn.readable).text()];
    },
    expect: { wire: ["one\ntwo"] },
  },
  {
    name: "udp-l:",
    args: words("-b udp-l:127.0.0.1:{free} mirror:"),
    hold: true,
    client: async (port) => {
      const to = `udp:127.0.0.1:${port},shut-null`;
      await using client = new Running("socat", ["-t5", "-", to]);
      await client.write("ping");
      return [await client.until(({ stdout }) => stdout)];
    },
    endless: true,
    expect: { wire: ["ping"] },
  },
  {
    name: "http-post-sse: a POST",
    args: words("-t --oneshot http-post-sse:tcp-l:127.0.0.1:{free} -"),
    client: async (port) => {
      const request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nQQQ";
      return [status(await asHttpClient(port, request, "\r\n\r\n"))];
    },
    hold: true,
    endless: true,
    prints: "QQQ",
    same: (seen) => ({ ...seen, stdout: seen.stdout.trimEnd() }),
    expect: { stdout: "QQQ", wire: ["204"] },
  },
  {
    name: "http-post-sse: a GET",
    args: ["-t", "--oneshot", "http-post-sse:tcp-l:127.0.0.1:{free}", "literal:one\ntwo"],
    client: async (port) => {
      const [head, body] = (await asHttpClient(port, GET, "data: two\n\n")).split("\r\n\r\n");
      const type = /^content-type: (.*)$/im.exec(head)?.[1].trim();
      return [
        status(head),
        type ?? "",
        JSON.stringify(body.replace(/^[0-9a-f]+\r\n/, "")),
      ];
    },
    endless: true,
  },
]);

/** Both programs in a pair: this one serves with these words, the other is its client with those. */
interface Pair {
  readonly name: string;
  readonly server: string;
  readonly client: string;
  readonly stdin: string;
  /** What the client prints. */
  readonly prints: string;
}

const key = "--crypto-key=pwd:correct horse";

const PAIRS: readonly Pair[] = [
  {
    name: "crypto:",
    server: `-b;--oneshot;crypto:ws-l:127.0.0.1:{free};mirror:;${key}`,
    client: `-b;-;crypto:ws://127.0.0.1:{free}/;${key}`,
    stdin: "secret",
    prints: "secret",
  },
  {
    name: "crypto: with --crypto-reverse, a key in base64",
    server: `-b;--oneshot;ws-l:127.0.0.1:{free};crypto:mirror:;--crypto-reverse;` +
      `--crypto-key=base64:${btoa("k".repeat(32))}`,
    client: `-b;-;crypto:ws://127.0.0.1:{free}/;--crypto-key=base64:${btoa("k".repeat(32))}`,
    stdin: "secret",
    prints: "secret",
  },
  {
    name: "unix-l: and unix:",
    server: "-b;--oneshot;unix-l:{dir}/s;mirror:",
    client: "-b;-;unix:{dir}/s",
    stdin: "one\ntwo",
    prints: "one\ntwo",
  },
  {
    name: "l-ws-unix: and ws-c:unix:",
    server: "-t;--oneshot;l-ws-unix:{dir}/s;mirror:",
    client: "-t;-;ws-c:unix:{dir}/s",
    stdin: "one\n",
    prints: "one\n",
  },
  {
    name: "abstract-l: and abstract:",
    server: "-b;--oneshot;abstract-l:wirecat-{free};mirror:",
    client: "-b;-;abstract:wirecat-{free}",
    stdin: "one\ntwo",
    prints: "one\ntwo",
  },
  {
    name: "seqpacket-l: and seqpacket:",
    server: "-b;--oneshot;seqpacket-l:{dir}/s;mirror:",
    client: "-b;-E;--max-messages-rev=1;-;seqpacket:{dir}/s",
    stdin: "packet",
    prints: "packet",
  },
  {
    name: "seqpacket-l: with an abstract name",
    server: "-b;--oneshot;seqpacket-l:@wirecat-{free};mirror:",
    client: "-b;-E;--max-messages-rev=1;-;seqpacket:@wirecat-{free}",
    stdin: "packet",
    prints: "packet",
  },
  {
    name: "udp-l: and udp:",
    server: "-b;udp-l:127.0.0.1:{free};mirror:",
    client: "-b;-E;--max-messages-rev=1;-;udp:127.0.0.1:{free}",
    stdin: "packet",
    prints: "packet",
  },
  {
    name: "ws-ll-s: and ws-ll-c:",
    server: "-t;--oneshot;ws-ll-s:tcp-l:127.0.0.1:{free};mirror:",
    client: "-t;-;ws-ll-c:tcp:127.0.0.1:{free}",
    stdin: "one\n",
    prints: "one\n",
  },
  ...zip.map((format): Pair => ({
    name: `--compress-${format} and --uncompress-${format}`,
    server:
      `-b;--oneshot;ws-l:127.0.0.1:{free};mirror:;--compress-${format};--uncompress-${format}`,
    client: `-b;-;ws://127.0.0.1:{free}/;--compress-${format};--uncompress-${format}`,
    stdin: "hello ".repeat(100),
    prints: "hello ".repeat(100),
  })),
  {
    name: "lengthprefixed: over TCP",
    server: "-b;--oneshot;lengthprefixed:tcp-l:127.0.0.1:{free};mirror:",
    client: "-b;-;lengthprefixed:tcp:127.0.0.1:{free}",
    stdin: "one",
    prints: "one",
  },
];

/** Whether standard input is kept open, so that the answer comes first. */
const holds = ({ client }: Pair) => client.includes("-E");

async function together(server: Program, client: Program, pair: Pair): Promise<string> {
  const dir = await Deno.makeTempDir();
  const free = String(freePort());
  const fill = (words: string) =>
    words.split(";").map((word) => word.replaceAll("{free}", free).replaceAll("{dir}", dir));
  await using serving = start(server, [
    "--stdout-announce-listening-ports",
    ...fill(pair.server),
  ]);
  try {
    await serving.until(({ stdout }) => stdout.includes("LISTEN "));
    await using asking = start(client, fill(pair.client));
    const late = setTimeout(() => asking.kill(), 30_000);
    await asking.write(pair.stdin);
    if (!holds(pair)) await asking.end();
    const { stdout, stderr, code } = await asking.outcome();
    clearTimeout(late);
    return code === 0 ? stdout : `${stdout} ${code} ${stderr} ${serving.stderr}`;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test({
  name: `with websocat: each as the other's server${
    websocatIsHere ? "" : " (skipped: no websocat 1.14)"
  }`,
  ignore: !websocatIsHere,
  async fn() {
    const runs = PAIRS.flatMap((pair) => [
      { pair, server: wirecat, client: websocat },
      { pair, server: websocat, client: wirecat },
    ]);
    const failures: string[] = [];
    await pooled(runs, 3, async ({ pair, server, client }) => {
      const printed = await together(server, client, pair).catch(String);
      if (printed !== pair.prints) {
        failures.push(`${pair.name}, ${server.name} serving: ${JSON.stringify(printed)}`);
      }
    });
    assertEquals(failures, []);
  },
});

Deno.test({
  name: `beside websocat: the names of metrics${
    websocatIsHere ? "" : " (skipped: no websocat 1.14)"
  }`,
  ignore: !websocatIsHere,
  async fn() {
    const names = async (program: Program) => {
      const port = freePort();
      const metrics = freePort();
      await using running = start(program, [
        "-t",
        "-E",
        "--stdout-announce-listening-ports",
        `--prometheus=127.0.0.1:${metrics}`,
        `ws-l:127.0.0.1:${port}`,
        "mirror:",
      ]);
      await running.port();
      await asClient(port, ["text one", "? text one", "close"]);
      const page = await asHttpClient(
        metrics,
        "GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      );
      return [...page.matchAll(/^# TYPE (\S+ \S+)$/gm)].map(([, name]) => name).sort();
    };
    const [theirs, ours] = await Promise.all([names(websocat), names(wirecat)]);
    assertEquals(theirs.length > 20, true);
    assertEquals(theirs.filter((name) => !ours.includes(name)), []);
  },
});

Deno.test({
  name: `beside websocat: --socks5${websocatIsHere ? "" : " (skipped: no websocat 1.14)"}`,
  ignore: !websocatIsHere,
  async fn() {
    await using proxy = new TestProxy({ login: "user:pass" });
    await compare([
      {
        name: "--socks5",
        args: [
          "-t",
          "-",
          "{url}",
          `--socks5=127.0.0.1:${proxy.port}`,
          "--socks5-user-pass=user:pass",
        ],
        stdin: "one\n",
        server: { head: true },
        expect: { ok: true, stdout: "one\n" },
      },
      {
        name: "socks5-connect:",
        args: [
          "-t",
          "-",
          `ws-c:socks5-connect:tcp:127.0.0.1:${proxy.port}`,
          "--socks5-destination=127.0.0.1:{port}",
          "--socks5-user-pass=user:pass",
        ],
        stdin: "one\n",
        server: { head: true },
        expect: { ok: true, stdout: "one\n" },
      },
    ]);
    assertEquals(proxy.requests.length, 4);
  },
});
