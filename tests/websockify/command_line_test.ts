import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseTarget, readCommandLine } from "../../lib/websockify/command_line.ts";
import { helpText } from "../../lib/websockify/help.ts";
import {
  cert,
  heartbeat,
  sslOnly,
  verbose,
  websockifyOptions,
  wrapMode,
} from "../../lib/websockify/options.ts";

const read = (...words: string[]) => readCommandLine(words);

Deno.test("command line: a port alone is on all addresses", () => {
  assertEquals(read("6080", "host:5900").source, { hostname: "*", port: 6080 });
  assertEquals(read(":6080", "host:5900").source, { hostname: "*", port: 6080 });
});

Deno.test("command line: addresses, IPv6 ones in brackets or not", () => {
  const line = read("[::1]:6080", "fe80::1:5900");
  assertEquals(line.source, { hostname: "::1", port: 6080 });
  assertEquals(line.target, { kind: "tcp", hostname: "fe80::1", port: 5900 });
});

Deno.test("command line: options may stand behind the addresses, before --", () => {
  const line = read("5901", "--wrap-mode=ignore", "--", "vncserver", "-geometry", "9x9", ":1");
  assertEquals(line.options.get(wrapMode), "ignore");
  assertEquals(line.program, ["vncserver", "-geometry", "9x9", ":1"]);
  assertEquals(line.target, undefined);
});

Deno.test("command line: an option may be shortened where that is clear, and the last counts", () => {
  const { options } = read("--verb", "--heart=3", "--heartbeat", "4", "1", "a:2");
  assertEquals([options.get(verbose), options.get(heartbeat)], [true, 4]);
  const error = assertThrows(() => read("--ssl", "1", "a:2"), WirecatError);
  assertEquals(
    error.message,
    "--ssl could be --ssl-only or --ssl-target or --ssl-version or " +
      "--ssl-ciphers",
  );
});

Deno.test("command line: defaults are websockify's", () => {
  const { options } = read("1", "a:2");
  assertEquals([options.get(cert), options.get(sslOnly)], ["self.pem", false]);
});

Deno.test("command line: tokens, a UNIX target and a program need no other target", () => {
  assertEquals(read("--token-plugin", "TokenFile", "--token-source", "x", "1").target, undefined);
  assertEquals(read("--target-config=x", "1").target, undefined);
  assertEquals(read("--unix-target=/s", "1").target, { kind: "unix", path: "/s" });
  assertEquals(read("--unix-listen=/l", "a:2").source, undefined);
  assertEquals(read("--inetd", "a:2").source, undefined);
});

Deno.test("command line: what is wrong is said", () => {
  const wrong: [string, ...string[]][] = [
    ["there is no port to listen on"],
    ["'abc' is no port to listen on", "abc", "x:1"],
    ["'70000' is no port to listen on", "70000", "x:1"],
    ["there is no target", "1"],
    ["'host' is not ADDRESS:PORT of a target", "1", "host"],
    ["too many arguments: more", "1", "a:2", "more"],
    ["there is no program behind --", "1", "--"],
    ["--web-auth needs --auth-plugin, which decides who may come in", "--web-auth", "1", "a:2"],
    ["--token-source is for a --token-plugin, and there is none", "--token-source=x", "1", "a:2"],
    ["there is no option --nonsense", "--nonsense", "1", "a:2"],
    [
      "a program behind -- is the target: leave out the other one",
      "--unix-target=x",
      "1",
      "--",
      "y",
    ],
  ];
  for (const [message, ...words] of wrong) {
    assertEquals(assertThrows(() => read(...words), WirecatError).message, message);
  }
});

Deno.test("target: HOST:PORT or unix_socket:PATH, else nothing", () => {
  assertEquals(parseTarget("a:1"), { kind: "tcp", hostname: "a", port: 1 });
  assertEquals(parseTarget("unix_socket:/a/b"), { kind: "unix", path: "/a/b" });
  assertEquals([parseTarget("a"), parseTarget("a:0"), parseTarget(":1"), parseTarget("a:b")], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("help: every option of websockify 0.10 is there", () => {
  const text = helpText();
  for (const option of websockifyOptions) assertEquals(text.includes(`--${option.long}`), true);
  assertStringIncludes(text, " Exit after one WebSocket session.\n");
  const names = "help verbose traffic record daemon run-once timeout idle-timeout cert key " +
    "key-password ssl-only ssl-target verify-client cafile ssl-version ssl-ciphers unix-target " +
    "inetd web web-auth wrap-mode prefer-ipv6 libserver target-config token-plugin token-source " +
    "host-token auth-plugin auth-source heartbeat log-file syslog legacy-syslog";
  const known = new Set(websockifyOptions.map((option) => option.long));
  assertEquals(names.split(" ").filter((name) => !known.has(name)), []);
});
