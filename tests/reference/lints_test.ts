import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { understand } from "./understand.ts";

/** The words of a command line, and how what is said about it begins. */
type Case = readonly [words: string, said: string];

const WARNED: readonly Case[] = [
  ["--restrict-uri /ws - tcp:h:1", "--restrict-uri is for a WebSocket server"],
  ["--restrict-uri /ws ws://h/", "--restrict-uri is for a WebSocket server"],
  ["--server-protocol x ws://h/", "--server-protocol is for a WebSocket server"],
  ["--server-header A:b - tcp:h:1", "--server-header is for a WebSocket server"],
  ["-F /a:text/plain:deno.json tcp-l:1 mirror:", "-F is for a WebSocket server"],
  ["-F a:text/plain:deno.json -s 1", "-F: the URI a has no leading /"],
  ["-F /a:html:deno.json -s 1", "-F: html is not a content type"],
  ["-F /a:text/plain:/nonexistent/a/b -s 1", "-F: /nonexistent/a/b: "],
  ["--protocol x -s 1", "--protocol is for a WebSocket client"],
  ["-H=A:b -s 1", "-H is for a WebSocket client"],
  ["--origin o - ws-ll-c:tcp:h:1", "--origin is for a WebSocket client"],
  ["--websocket-version 8 -s 1", "--websocket-version is for a WebSocket client"],
  ["--ws-c-uri ws://h/ ws://h/", "--ws-c-uri is for ws-c:"],
  ["--ping-interval 1 - tcp:h:1", "--ping-interval is for a WebSocket"],
  ["--inhibit-pongs 1 - tcp:h:1", "--inhibit-pongs is for a WebSocket"],
  ["--close-status-code 1000 - tcp:h:1", "--close-status-code is for a WebSocket"],
  ["--ping-timeout 5 ws://h/", "--ping-timeout without --ping-interval"],
  ["--print-ping-rtts ws://h/", "--print-ping-rtts without --ping-interval"],
  ["--max-sent-pings 5 ws://h/", "--max-sent-pings without --ping-interval"],
  ["--ping-interval 5 --ping-timeout 5 ws://h/", "--ping-timeout 5 is over before"],
  ["--close-reason bye ws://h/", "--close-reason is not sent without a code"],
  ["--compress - tcp:h:1", "--compress is for a WebSocket with a handshake"],
  ["--compress - ws-ll-c:tcp:h:1", "--compress is for a WebSocket with a handshake"],
  ["--compress-level 9 ws://h/", "--compress-level without --compress"],
  ["--compress-threshold 9 ws://h/", "--compress-threshold without --compress"],
  [
    "--max-ws-message-length 10 --max-ws-frame-length 11 ws://h/",
    "--max-ws-message-length 10 refuses what --max-ws-frame-length 11 lets in",
  ],
  ["-e -s 1", "-e is for a program"],
  ["--exec-sighup-on-stdin-close -s 1", "--exec-sighup-on-stdin-close is for a program"],
  ["-e - cmd:date", "-e tells programs about the client of a WebSocket or TCP server"],
  ["--header-to-env A ws-l:1 cmd:date", "--header-to-env does nothing without -e"],
  ["-e --header-to-env A tcp-l:1 cmd:date", "--header-to-env takes headers from clients of a Web"],
  ["ws-l:1 cmd:date --exec-args a", "--exec-args is for exec:"],
  ["--socks5-destination h:1 ws://h/", "--socks5-destination is for socks5-connect:, socks5-bin"],
  [
    "--socks5-bind-script s --socks5-destination h:1 - socks5-connect:tcp:h:1",
    "--socks5-bind-script is for socks5-bind:",
  ],
  ["--tls-domain h - tcp:h:1", "--tls-domain is for a TLS client"],
  ["--crypto-key pwd:x - tcp:h:1", "--crypto-key is for crypto:"],
  ["-X POST ws://h/", "-X is for http: or http-request:"],
  ["--request-uri /x - http://h/", "--request-uri is for http-request:"],
  ["-E -u ws://h/", "-E changes nothing with -u"],
  ["-E -U ws://h/", "-E changes nothing with -U"],
  ["--oneshot ws://h/", "--oneshot is for a listener"],
  ["- tcp-l:1", "a listener on the right side serves one client only"],
  ["-b tcp-l:1 autoreconnect:broadcast:tcp:h:1", "autoreconnect: over broadcast: connects to"],
];

const REFUSED: readonly Case[] = [
  ["--socks5 p:1 - udp:h:1", "--socks5 is for a ws:// or wss:// client, http: or tcp:, and th"],
  [
    "--socks5 p:1 ws://a/ wss://b/",
    "--socks5 is for one ws:// or wss:// client, and there are two",
  ],
  ["--pkcs12-der f ws-l:1 -", "--pkcs12-der is for a TLS server, and there is none"],
  ["--tls-cert f - tcp:h:1", "--tls-cert is for a TLS server, and there is none"],
  ["--client-pkcs12-der f ws://h/", "--client-pkcs12-der is for a TLS client, and there is none"],
  ["exec:a exec:b", "exec: on both sides"],
  ["-b tcp-l:1 reuse:reuse-raw:tcp:h:1", "broadcast: and reuse-raw: cannot be combined"],
  ["ws-l:1 log:reuse-raw:- --jsonrpc", "--jsonrpc goes with one address only"],
  ["-t -b ws://h/", "--text and --binary cannot be given together"],
  ["-s 1 -", "-s takes one argument"],
  ["--async-stdio --no-async-stdio ws://h/", "--async-stdio and --no-async-stdio cannot be"],
  ["--compress-zlib --compress-gzip ws://h/", "--compress-gzip and --compress-zlib cannot be"],
  ["--uncompress-zlib --uncompress-gzip ws://h/", "--uncompress-gzip and --uncompress-zlib can"],
  ["log:- -", "both sides are the terminal"],
  ["--max-messages 1 --max-messages 2 ws://h/", "--max-messages is given 2 times"],
];

/** What is right is not warned about. */
const SILENT: readonly string[] = [
  "ws://h/",
  "-s 1",
  "-b ws-l:1 tcp:h:1",
  "tcp-l:1 mirror:",
  "--restrict-uri /ws --server-protocol x --server-header A:b -F /a:text/plain:deno.json -s 1",
  "--protocol x -H=A:b --origin o --websocket-version 13 ws://h/",
  "--ws-c-uri ws://h/ -H=A:b - ws-c:tcp:h:1",
  "--ping-interval 1 --ping-timeout 2 --max-sent-pings 3 --print-ping-rtts -s 1",
  "--ping-interval 1 --inhibit-pongs 1 - ws-ll-c:tcp:h:1",
  "--close-status-code 1000 --close-reason bye ws://h/",
  "--max-ws-message-length 10 ws://h/",
  "--max-ws-message-length 11 --max-ws-frame-length 10 ws://h/",
  "-e --header-to-env A ws-l:1 exec:date --exec-args -u",
  "-e tcp-l:1 sh-c:date",
  "--socks5 p:1 ws://h/",
  "--socks5-destination h:1 --socks5-bind-script s ws-u:socks5-bind:tcp:p:1 -",
  "--tls-domain h --client-pkcs12-der f wss://h/",
  "--pkcs12-der f -s 1",
  "--tls-cert f ssl-l:1 mirror:",
  "--crypto-key pwd:x --crypto-reverse -b - crypto:ws://h/",
  "-X POST --request-header A:b - http://h/",
  "-X POST --request-uri /x - http-request:tcp:h:1",
  "--oneshot -b - tcp-l:1",
  "-b tcp-l:1 broadcast:autoreconnect:tcp:h:1",
];

Deno.test("lints: odd combinations are warned about, once, with what to write instead", () => {
  for (const [line, said] of WARNED) {
    const { warnings } = understand(line.split(" "));
    assertEquals(warnings.map((warning) => warning.slice(0, said.length)), [said], line);
  }
});

Deno.test("lints: what cannot work is refused with a usage error", () => {
  for (const [line, said] of REFUSED) {
    const error = assertThrows(() => understand(line.split(" ")), WirecatError, said, line);
    assertEquals(error.kind, "usage", line);
  }
});

Deno.test("lints: what is right is passed in silence", () => {
  for (const line of SILENT) assertEquals(understand(line.split(" ")).warnings, [], line);
});

Deno.test("lints: --no-fixups leaves out all of them", () => {
  for (const [line] of WARNED) {
    assertEquals(understand(["--no-fixups", ...line.split(" ")]).warnings, [], line);
  }
});
