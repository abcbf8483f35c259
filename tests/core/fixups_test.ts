import { assertEquals, assertThrows } from "@std/assert";
import { coreOptions } from "../../lib/cli/options.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { applyFixups, type Fixup } from "../../lib/core/fixups.ts";
import { OptionValues } from "../../lib/core/option.ts";
import { Registry } from "../../lib/core/registry.ts";
import { formatSpecifier, orientation, parseSpecifier } from "../../lib/core/specifier.ts";
import { registry } from "../../specs/mod.ts";

/** What becomes of two specifiers, and what is said. */
function fixed(line: string): { left: string; right: string; said: string[] } {
  const table = [...coreOptions, ...registry.options];
  const { options, positional } = parseCommandLine(line.split(" "), table);
  const said: string[] = [];
  const [left, right] = positional.map((text) => parseSpecifier(text, registry));
  const pair = applyFixups({ left, right }, {
    options,
    registry,
    simple: false,
    warn: (message) => said.push(message),
  }, {
    lines: !options.given({ long: "no-line" }) && !options.given({ long: "binary" }),
    oneshot: options.given({ long: "oneshot" }),
  });
  return { left: formatSpecifier(pair.left), right: formatSpecifier(pair.right), said };
}

function becomes(line: string, left: string, right: string): void {
  const result = fixed(line);
  assertEquals([result.left, result.right], [left, right], line);
}

function refused(line: string, message: string): void {
  assertEquals(assertThrows(() => fixed(line), WirecatError, message).kind, "usage");
}

// --- Lines ---

/** Whether reads keep message bounds: of each, as websocat has it. */
const ORIENTATIONS: Record<"bytes" | "messages", readonly string[]> = {
  bytes: [
    "-",
    "asyncstdio:",
    "threadedstdio:",
    "inetd:",
    "tcp:x:1",
    "tcp-l:1",
    "unix:x",
    "unix-l:x",
    "abstract:x",
    "abstract-l:x",
    "exec:x",
    "cmd:x",
    "sh-c:x",
    "readfile:x",
    "writefile:x",
    "appendfile:x",
    "http://x/",
    "http-request:tcp:x:1",
    "log:ws://x/",
    "msg2line:ws://x/",
    "ssl-connect:tcp:x:1",
    "ssl-accept:tcp-l:1",
    "ssl-listen:1",
    "socks5-connect:tcp:x:1",
    "socks5-bind:tcp:x:1",
    "exit_on_specific_byte:-",
  ],
  messages: [
    "ws://x/",
    "wss://x/",
    "ws-l:1",
    "wss-l:1",
    "inetd-ws:",
    "l-ws-unix:x",
    "l-ws-abstract:x",
    "ws-c:tcp:x:1",
    "ws-u:tcp-l:1",
    "ws-ll-c:tcp:x:1",
    "ws-ll-s:tcp-l:1",
    "udp:127.0.0.1:1",
    "udp-l:127.0.0.1:1",
    "unix-dgram:a:b",
    "abstract-dgram:a:b",
    "seqpacket:x",
    "seqpacket-l:x",
    "mirror:",
    "literal:x",
    "literalreply:x",
    "assert:x",
    "assert2:x",
    "clogged:",
    "random:",
    "open-async:x",
    "open-fd:3",
    "line2msg:-",
    "lengthprefixed:-",
    "jsonrpc:-",
    "timestamp:-",
    "crypto:-",
    "prometheus:ws://x/",
    "http-post-sse:tcp-l:1",
  ],
};

for (const [oriented, texts] of Object.entries(ORIENTATIONS)) {
  Deno.test(`orientation: what has ${oriented}`, () => {
    for (const text of texts) {
      assertEquals(orientation(parseSpecifier(text, registry)), oriented, text);
    }
  });
}

Deno.test("orientation: these overlays have that of what they are over", () => {
  const names = [
    "autoreconnect",
    "reuse",
    "reuse-raw",
    "foreachmsg",
    "drop_on_backpressure",
    "waitfordata",
  ];
  for (const name of names) {
    assertEquals(orientation(parseSpecifier(`${name}:-`, registry)), "bytes", name);
    assertEquals(orientation(parseSpecifier(`${name}:ws://x/`, registry)), "messages", name);
  }
});

Deno.test("lines: put in where one side has messages and the other bytes", () => {
  becomes("- ws://x/", "line2msg:-", "msg2line:ws://x/");
  becomes("ws://x/ -", "msg2line:ws://x/", "line2msg:-");
  becomes("-t tcp-l:1 ws://x/", "line2msg:tcp-listen:1", "msg2line:ws://x/");
});

Deno.test("lines: not between two of a kind", () => {
  becomes("ws-l:1 ws://x/", "ws-upgrade:tcp-listen:1", "ws://x/");
  becomes("- tcp:x:1", "-", "tcp:x:1");
  becomes("- log:ws://x/", "-", "log:ws://x/");
  becomes("timestamp:- ws://x/", "timestamp:-", "ws://x/");
});

Deno.test("lines: not with -b, nor with --no-line", () => {
  becomes("-b - ws://x/", "-", "ws://x/");
  becomes("--no-line - ws://x/", "-", "ws://x/");
});

Deno.test("lines: below overlays that take what they are over, above the first of its own mind", () => {
  becomes("- autoreconnect:ws://x/", "line2msg:-", "autoreconnect:msg2line:ws://x/");
  becomes(
    "- reuse:autoreconnect:ws://x/",
    "line2msg:-",
    "broadcast:autoreconnect:msg2line:ws://x/",
  );
  becomes("- autoreconnect:log:ws://x/", "-", "autoreconnect:log:ws://x/");
  becomes("log:- ws://x/", "line2msg:log:-", "msg2line:ws://x/");
  becomes(
    "waitfordata:exit_on_specific_byte:- mirror:",
    "waitfordata:line2msg:exit_on_specific_byte:-",
    "msg2line:mirror:",
  );
});

// --- Standard input and output ---

Deno.test("stdio: shared by the clients of a server", () => {
  becomes("-t ws-l:1 -", "msg2line:ws-upgrade:tcp-listen:1", "broadcast:line2msg:-");
  becomes("-b ws-l:1 log:-", "ws-upgrade:tcp-listen:1", "broadcast:log:-");
});

Deno.test("stdio: not shared where there is one client, or something shares it already", () => {
  becomes("-b --oneshot ws-l:1 -", "ws-upgrade:tcp-listen:1", "-");
  becomes("-b ws-l:1 reuse-raw:-", "ws-upgrade:tcp-listen:1", "reuse-raw:-");
  becomes("-b reuse:ws-l:1 -", "broadcast:ws-upgrade:tcp-listen:1", "-");
  becomes("-b ws://x/ -", "ws://x/", "-");
});

Deno.test("stdio: on both sides it is an echo; with overlays it is refused", () => {
  becomes("-b - -", "-", "mirror:");
  becomes("-t - -", "line2msg:-", "msg2line:mirror:");
  refused("log:- -", "both sides are the terminal");
  refused("- line2msg:stdio:", "both sides are the terminal");
});

// --- Files ---

Deno.test("files: clients of a server write to one opening of a file", () => {
  becomes("-b ws-l:1 writefile:x", "ws-upgrade:tcp-listen:1", "reuse-raw:writefile:x");
  becomes(
    "-t ws-l:1 appendfile:x",
    "msg2line:ws-upgrade:tcp-listen:1",
    "reuse-raw:line2msg:appendfile:x",
  );
  becomes("-b --oneshot ws-l:1 writefile:x", "ws-upgrade:tcp-listen:1", "writefile:x");
  becomes("-b ws-l:1 readfile:x", "ws-upgrade:tcp-listen:1", "readfile:x");
});

// --- What cannot work ---

Deno.test("refused: two overlays that share, also one put in", () => {
  refused("reuse:ws-l:1 broadcast:mirror:", "cannot be combined");
  refused("reuse-raw:broadcast:- mirror:", "reuse-raw: and broadcast: cannot be combined");
});

Deno.test("refused: two programs with one set of arguments", () => {
  refused("exec:a exec:b", "exec: on both sides");
  becomes("exec:a cmd:b", "exec:a", "cmd:b");
});

Deno.test("warned of: a listener on the right, without --oneshot", () => {
  assertEquals(fixed("-b - ws-l:1").said, ["a listener on the right side serves one client only"]);
  assertEquals(fixed("-b --oneshot - ws-l:1").said, []);
});

// --- Order ---

Deno.test("families: their rules come before sharing and lines, or after them", () => {
  const seen: string[] = [];
  const watch = (when: Fixup["when"]): Fixup => ({
    when,
    apply(pair) {
      seen.push(`${when}: ${formatSpecifier(pair.left)} ${formatSpecifier(pair.right)}`);
      return pair;
    },
  });
  const fixups = [watch("after"), watch("before")];
  const watched = new Registry([{ specifiers: registry.specifiers, fixups }]);
  const [left, right] = ["ws-l:1", "-"].map((text) => parseSpecifier(text, watched));
  applyFixups(
    { left, right },
    { options: new OptionValues(), registry: watched, simple: false, warn() {} },
    { lines: true, oneshot: false },
  );
  assertEquals(seen, [
    "before: ws-upgrade:tcp-listen:1 -",
    "after: msg2line:ws-upgrade:tcp-listen:1 broadcast:line2msg:-",
  ]);
});
