import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { Registry } from "../../lib/core/registry.ts";
import { registry } from "../../specs/mod.ts";
import { canonical, understand } from "./understand.ts";

/** All names of a specifier of websocat 1.14, an argument, and what `--dump-spec` makes of them. */
type Row = readonly [names: string, argument: string, dumped: string];

const SPECIFIERS: readonly Row[] = [
  ["ws", "//h/p", "ws://h/p"],
  ["wss", "//h/p", "wss://h/p"],
  ["ws-listen ws-l l-ws listen-ws", "127.0.0.1:1", "ws-upgrade:tcp-listen:127.0.0.1:1"],
  ["ws-listen ws-l l-ws listen-ws", "tcp-l:127.0.0.1:1", "ws-upgrade:tcp-listen:127.0.0.1:1"],
  ["wss-listen wss-l l-wss", "127.0.0.1:1", "ws-upgrade:ssl-accept:tcp-listen:127.0.0.1:1"],
  ["inetd-ws ws-inetd", "", "ws-upgrade:inetd:"],
  ["l-ws-unix", "/s", "ws-upgrade:unix-listen:/s"],
  ["l-ws-abstract", "s", "ws-upgrade:abstract-listen:s"],
  ["ws-upgrade upgrade-ws ws-u u-ws", "tcp:h:1", "ws-upgrade:tcp:h:1"],
  ["ws-connect ws-c c-ws connect-ws", "tcp:h:1", "ws-connect:tcp:h:1"],
  ["ws-lowlevel-client ws-ll-client ws-ll-c", "tcp:h:1", "ws-lowlevel-client:tcp:h:1"],
  ["ws-lowlevel-server ws-ll-server ws-ll-s", "tcp:h:1", "ws-lowlevel-server:tcp:h:1"],
  ["http", "//h/p", "http://h/p"],
  ["http-request", "tcp:h:1", "http-request:tcp:h:1"],
  ["http-post-sse", "tcp-l:1", "http-post-sse:tcp-listen:1"],
  [
    "ssl-connect ssl-c ssl tls tls-connect tls-c c-ssl connect-ssl c-tls connect-tls",
    "tcp:h:1",
    "ssl-connect:tcp:h:1",
  ],
  ["ssl-accept ssl-a tls-a tls-accept a-ssl accept-ssl accept-tls", "-", "ssl-accept:-"],
  [
    "ssl-listen ssl-l tls-l tls-listen l-ssl listen-ssl listen-tls",
    "127.0.0.1:1",
    "ssl-accept:tcp-listen:127.0.0.1:1",
  ],
  ["stdio", "", "-"],
  ["asyncstdio", "", "asyncstdio:"],
  ["threadedstdio", "", "threadedstdio:"],
  ["inetd", "", "inetd:"],
  ["tcp tcp-connect connect-tcp tcp-c c-tcp", "h:1", "tcp:h:1"],
  ["tcp-listen listen-tcp tcp-l l-tcp", "[::1]:1", "tcp-listen:[::1]:1"],
  ["udp udp-connect connect-udp udp-c c-udp", "127.0.0.1:1", "udp:127.0.0.1:1"],
  ["udp-listen listen-udp udp-l l-udp", "127.0.0.1:1", "udp-listen:127.0.0.1:1"],
  ["unix unix-connect connect-unix unix-c c-unix", "/s", "unix:/s"],
  ["unix-listen listen-unix unix-l l-unix", "/s", "unix-listen:/s"],
  ["unix-dgram", "/r:/s", "unix-dgram:/r:/s"],
  ["abstract-dgram", "r:s", "abstract-dgram:r:s"],
  ["abstract abstract-connect connect-abstract abstract-c c-abstract", "s", "abstract:s"],
  ["abstract-listen listen-abstract abstract-l l-abstract", "s", "abstract-listen:s"],
  ["seqpacket seqpacket-connect connect-seqpacket seqpacket-c c-seqpacket", "@s", "seqpacket:@s"],
  ["seqpacket-listen listen-seqpacket seqpacket-l l-seqpacket", "/s", "seqpacket-listen:/s"],
  ["sh-c", "a b", "sh-c:a b"],
  ["cmd", "a b", "cmd:a b"],
  ["exec", "a", "exec:a"],
  ["readfile", "a", "readfile:a"],
  ["writefile", "a", "writefile:a"],
  ["appendfile", "a", "appendfile:a"],
  ["open-async", "a", "open-async:a"],
  ["open-fd", "5", "open-fd:5"],
  ["mirror", "", "mirror:"],
  ["literal", "a:b", "literal:a:b"],
  ["literalreply", "a", "literalreply:a"],
  ["clogged", "", "clogged:"],
  ["assert", "a", "assert:a"],
  ["assert2", "a", "assert2:a"],
  ["random", "", "random:"],
  ["reuse-raw raw-reuse", "-", "reuse-raw:-"],
  ["broadcast reuse reuse-broadcast broadcast-reuse", "-", "broadcast:-"],
  ["autoreconnect", "-", "autoreconnect:-"],
  ["foreachmsg", "-", "foreachmsg:-"],
  ["msg2line", "-", "msg2line:-"],
  ["line2msg", "-", "line2msg:-"],
  ["lengthprefixed", "-", "lengthprefixed:-"],
  ["log", "-", "log:-"],
  ["jsonrpc", "-", "jsonrpc:-"],
  ["timestamp", "-", "timestamp:-"],
  ["exit_on_specific_byte", "-", "exit_on_specific_byte:-"],
  ["drop_on_backpressure", "-", "drop_on_backpressure:-"],
  ["socks5-connect", "-", "socks5-connect:-"],
  ["socks5-bind", "-", "socks5-bind:-"],
  ["waitfordata wait-for-data", "-", "waitfordata:-"],
  ["crypto", "-", "crypto:-"],
  ["prometheus metrics", "-", "prometheus:-"],
];

/** What wirecat has beyond websocat 1.14. */
const OWN: readonly string[] = [
  "https",
  "udp-server",
  "tee",
  "registry-send",
  "registry-stream-listen",
  "registry-stream-connect",
  "http-connect",
  "proxy-protocol",
  "json-events",
  "json-pretty",
];

Deno.test("specifiers: every name of websocat 1.14 means what its canonical name means", () => {
  for (const [names, argument, dumped] of SPECIFIERS) {
    for (const name of names.split(" ")) {
      assertEquals(canonical(`${name}:${argument}`), dumped, name);
    }
  }
  assertEquals(canonical("-"), "-");
});

Deno.test("specifiers: the canonical notation reads as itself", () => {
  for (const [, , dumped] of SPECIFIERS) assertEquals(canonical(dumped), dumped);
});

Deno.test("specifiers: the table above and the registry have the same names", () => {
  const listed = new Set(["-", ...SPECIFIERS.flatMap(([names]) => names.split(" "))]);
  const beyond = registry.specifiers.filter(({ names }) => !names.some((name) => listed.has(name)));
  const names = beyond.map((type) => type.names[0]);
  assertEquals(names.filter((name) => !OWN.includes(name)), [], "neither listed nor told as own");
});

Deno.test("specifiers: overlays and aliases over one another", () => {
  assertEquals(
    canonical("ws-c:ws-l:ws-c:-"),
    "ws-connect:ws-upgrade:ws-connect:-",
    "the wacky mode of the reference",
  );
  assertEquals(canonical("tls-a:tcp-l:1"), "ssl-accept:tcp-listen:1");
  assertEquals(canonical("reuse:autoreconnect:tcp:h:1"), "broadcast:autoreconnect:tcp:h:1");
  assertEquals(canonical("l-ws:unix-l:/s"), "ws-upgrade:unix-listen:/s");
});

/** Command lines, and what goes into them by itself. */
const FIXED: readonly (readonly [words: string, left: string, right: string])[] = [
  ["ws://h/", "line2msg:-", "msg2line:ws://h/"],
  ["-b ws://h/", "-", "ws://h/"],
  ["--no-line ws://h/", "-", "ws://h/"],
  ["WSS://h/", "line2msg:-", "msg2line:wss://h/"],
  ["-s 1", "msg2line:ws-upgrade:tcp-listen:1", "broadcast:line2msg:-"],
  ["-s 1 --pkcs12-der f", "msg2line:ws-upgrade:ssl-accept:tcp-listen:1", "broadcast:line2msg:-"],
  ["-t - ws-c:tcp:h:1", "line2msg:-", "msg2line:ws-connect:tcp:h:1"],
  ["-t ws-l:1 mirror:", "ws-upgrade:tcp-listen:1", "mirror:"],
  ["-t ws-l:1 tcp:h:1", "msg2line:ws-upgrade:tcp-listen:1", "line2msg:tcp:h:1"],
  ["-t - autoreconnect:ws://h/", "line2msg:-", "autoreconnect:msg2line:ws://h/"],
  ["-t ws-l:1 reuse:-", "msg2line:ws-upgrade:tcp-listen:1", "broadcast:line2msg:-"],
  ["-t --oneshot ws-l:1 -", "msg2line:ws-upgrade:tcp-listen:1", "line2msg:-"],
  ["- -", "line2msg:-", "msg2line:mirror:"],
  ["-b - -", "-", "mirror:"],
  ["-b ws-l:1 writefile:f", "ws-upgrade:tcp-listen:1", "reuse-raw:writefile:f"],
  ["-t ws-l:1 appendfile:f", "msg2line:ws-upgrade:tcp-listen:1", "reuse-raw:line2msg:appendfile:f"],
  ["-t - log:ws://h/", "-", "log:ws://h/"],
  ["--jsonrpc ws://h/", "jsonrpc:line2msg:-", "msg2line:ws://h/"],
  ["--no-fixups ws-l:1 -", "ws-upgrade:tcp-listen:1", "-"],
];

Deno.test("specifiers: lines, sharing and the mirror of - - are put in as websocat does", () => {
  for (const [words, left, right] of FIXED) {
    const understood = understand(words.split(" "));
    assertEquals([understood.left, understood.right], [left, right], words);
  }
});

Deno.test("specifiers: what websocat refuses is refused, with what to write", () => {
  const refused = (text: string, said: string) =>
    assertThrows(() => canonical(text), WirecatError, said, text);
  refused("open:/dev/null", "there is no open:");
  refused("127.0.0.1:80", "is an address, not a specifier");
  refused("tpc:h:1", "there is no specifier tpc:");
  refused("log:", "needs a specifier after the colon");
  refused("-:x", "takes no argument");
  assertThrows(() => understand(["tcp:h:1"]), WirecatError, "one specifier is not enough");
  assertThrows(() => understand([]), WirecatError, "nothing to connect");
});

Deno.test("specifiers: two of one name are a mistake of the program", () => {
  const [mirror] = registry.specifiers.filter((type) => type.names[0] === "mirror");
  const family = { specifiers: [mirror] };
  assertThrows(() => new Registry([family, family]), Error, "two specifiers are called mirror:");
});
