import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { optionTable, understand } from "./understand.ts";

/** Flags of websocat 1.14, with all their names. */
const FLAGS: readonly string[] = [
  "stdout-announce-listening-ports",
  "async-stdio",
  "compress-deflate",
  "compress-gzip",
  "compress-zlib",
  "crypto-reverse",
  "dump-spec",
  "e set-environment",
  "E exit-on-eof",
  "foreachmsg-wait-read",
  "jsonrpc",
  "jsonrpc-omit-jsonrpc",
  "just-generate-key",
  "lengthprefixed-little-endian",
  "lengthprefixed-skip-read-direction",
  "lengthprefixed-skip-write-direction",
  "linemode-strip-newlines",
  "0 null-terminated",
  "no-line",
  "no-exit-on-zeromsg",
  "no-fixups",
  "no-async-stdio",
  "1 one-message",
  "oneshot",
  "print-ping-rtts",
  "exec-exit-on-disconnect",
  "exec-sighup-on-stdin-close",
  "exec-sighup-on-zero-msg",
  "q",
  "reuser-send-zero-msg-on-disconnect",
  "s server-mode",
  "S strict",
  "timestamp-monotonic",
  "k insecure",
  "udp-broadcast",
  "udp-multicast-loop",
  "udp-oneshot",
  "udp-reuseaddr",
  "uncompress-deflate",
  "uncompress-gzip",
  "uncompress-zlib",
  "u unidirectional",
  "U unidirectional-reverse",
  "accept-from-fd",
  "unlink",
  "V version",
  "b binary",
  "n no-close",
  "websocket-ignore-zeromsg",
  "t text",
  "base64",
  "base64-text",
  "long-help",
];

/** Its options with a value: all names, a value that is sensible, and what is read from it. */
type Row = readonly [names: string, value: string, read: unknown];

const VALUED: readonly Row[] = [
  ["socks5", "127.0.0.1:9050", "127.0.0.1:9050"],
  ["autoreconnect-delay-millis", "50", 50],
  ["basic-auth", "user:pass", "user:pass"],
  ["basic-auth-file", "auth", "auth"],
  ["queue-len", "32", 32],
  ["B buffer-size", "1000", 1000],
  ["byte-to-exit-on", "255", 255],
  ["client-pkcs12-der", "c.p12", "c.p12"],
  ["client-pkcs12-passwd", "secret", "secret"],
  ["close-reason", "bye bye", "bye bye"],
  ["close-status-code", "4000", 4000],
  ["crypto-key", "pwd:secret", "pwd:secret"],
  ["H header", "X: y", ["X: y"]],
  ["server-header", "X: y", ["X: y"]],
  ["header-to-env", "X", ["X"]],
  ["inhibit-pongs", "3", 3],
  ["just-generate-accept", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="],
  ["lengthprefixed-nbytes", "8", 8],
  ["max-messages", "3", 3],
  ["max-messages-rev", "3", 3],
  ["conncap", "3", 3],
  ["max-sent-pings", "3", 3],
  ["max-ws-frame-length", "1000", 1000],
  ["max-ws-message-length", "1000", 1000],
  ["origin", "http://h", "http://h"],
  ["pkcs12-der", "s.p12", "s.p12"],
  ["pkcs12-passwd", "secret", "secret"],
  ["p preamble", "hello", ["hello"]],
  ["P preamble-reverse", "hello", ["hello"]],
  ["prometheus", "127.0.0.1:9100", "127.0.0.1:9100"],
  ["request-header", "X: y", ["X: y"]],
  ["X request-method", "POST", "POST"],
  ["request-uri uri", "/x", "/x"],
  ["restrict-uri", "/ws", "/ws"],
  ["F static-file", "/a:text/html:a", ["/a:text/html:a"]],
  ["socks5-bind-script", "./script", "./script"],
  ["socks5-user-pass", "user:pass", "user:pass"],
  ["socks5-destination", "2600:::80", "2600:::80"],
  ["tls-domain ssl-domain", "h", "h"],
  ["udp-multicast", "239.0.0.1", ["239.0.0.1"]],
  ["udp-multicast-iface-v4", "127.0.0.1", ["127.0.0.1"]],
  ["udp-multicast-iface-v6", "1", ["1"]],
  ["udp-ttl", "5", 5],
  ["ua", "agent", "agent"],
  ["protocol", "a, b", "a, b"],
  ["server-protocol", "a", "a"],
  ["websocket-version", "8", "8"],
  ["binary-prefix", "B", "B"],
  ["ws-c-uri", "ws://h/x", "ws://h/x"],
  ["ping-interval", "20", 20],
  ["ping-timeout", "30", 30],
  ["text-prefix", "T", "T"],
];

/** What an option is worth that is not given, as websocat's help says it. */
const DEFAULTS: readonly (readonly [name: string, worth: unknown])[] = [
  ["autoreconnect-delay-millis", 20],
  ["byte-to-exit-on", 28],
  ["lengthprefixed-nbytes", 4],
  ["ws-c-uri", "ws://0.0.0.0/"],
  // These four are other ones in wirecat: docs/differences.md says why.
  ["queue-len", undefined],
  ["buffer-size", undefined],
  ["max-ws-frame-length", 64 * 1024 ** 2],
  ["max-ws-message-length", 64 * 1024 ** 2],
];

/** The option with this name, long or short. */
function optionOf(name: string) {
  const found = optionTable.find(({ long, short, aliases = [] }) =>
    [long, short, ...aliases].includes(name)
  );
  if (found === undefined) throw new Error(`there is no option ${name}`);
  return found;
}

function read(...words: string[]) {
  return parseCommandLine(words, optionTable);
}

const dashed = (name: string) => name.length === 1 ? `-${name}` : `--${name}`;

Deno.test("options: every flag of websocat 1.14 is taken, under each of its names", () => {
  for (const names of FLAGS) {
    const rows = names.split(" ").map(optionOf);
    assertEquals(new Set(rows).size, 1, `${names} are one option`);
    for (const name of names.split(" ")) {
      const { options, positional } = read(dashed(name), "ws://h/");
      assertEquals([options.get(rows[0]), positional], [true, ["ws://h/"]], name);
    }
  }
  assertEquals(read("-vv").options.get(optionOf("v")), 2);
});

Deno.test("options: every option with a value is taken, with the value behind it or joined", () => {
  for (const [names, value, expected] of VALUED) {
    const rows = names.split(" ").map(optionOf);
    assertEquals(new Set(rows).size, 1, `${names} are one option`);
    for (const name of names.split(" ")) {
      const forms = [["ws://h/", dashed(name), value], [`${dashed(name)}=${value}`, "ws://h/"]];
      if (name.length === 1) forms.push([`-E${name}${value}`, "ws://h/"]);
      for (const words of forms) {
        const { options, positional } = read(...words);
        assertEquals([options.get(rows[0]), positional], [expected, ["ws://h/"]], words.join(" "));
      }
    }
  }
});

Deno.test("options: --exec-args takes all words behind it, options too", () => {
  const { options, positional } = read("-", "exec:ls", "--exec-args", "-l", "--all", "--", "x");
  assertEquals(options.get(optionOf("exec-args")), ["-l", "--all", "--", "x"]);
  assertEquals(positional, ["-", "exec:ls"]);
});

Deno.test("options: help in all its spellings", () => {
  const help = optionOf("help");
  for (const word of ["-?", "-h", "--help"]) assertEquals(read(word).options.get(help), "", word);
  for (const what of ["short", "long", "full", "all", "doc"]) {
    assertEquals(read(`--help=${what}`).options.get(help), what);
  }
});

Deno.test("options: defaults are those of websocat's help, or told as a difference", async () => {
  for (const [name, worth] of DEFAULTS) assertEquals(optionOf(name).initial, worth, name);
  const page = await Deno.readTextFile(new URL("../../docs/differences.md", import.meta.url));
  for (const option of ["-B", "--max-ws-frame-length", "--max-ws-message-length"]) {
    assertEquals(page.includes(`\`${option}\``), true, `docs/differences.md tells of ${option}`);
  }
});

Deno.test("options: many values of one option, in the spellings that websocat takes", () => {
  const header = optionOf("H");
  assertEquals(read("-H", "A: 1", "-H=B: 2", "--header=C: 3", "-HD: 4").options.get(header), [
    "A: 1",
    "B: 2",
    "C: 3",
    "D: 4",
  ]);
  assertEquals(read("-p", "one", "-p", "-", "ws://h/").options.get(optionOf("p")), ["one", "-"]);
});

Deno.test("options: many values behind one option, up to what is an address", () => {
  const values = (line: string[], name: string) => understand(line).options.get(optionOf(name));
  const preambles = ["one", "two words"];
  assertEquals(values(["ws://h/", "-p", ...preambles], "p"), preambles);
  assertEquals(values(["-p", ...preambles, "ws://h/"], "p"), preambles);
  assertEquals(values(["-p", ...preambles, "--", "-", "ws://h/"], "p"), preambles);
  assertEquals(values(["-p", "-", "-", "ws://h/"], "p"), ["-"]);
  assertEquals(values(["-s", "-p", "one", "two", "8080"], "p"), ["one", "two"]);
  assertEquals(values(["-sp", "one", "127.0.0.1:8080"], "p"), ["one"]);
  const groups = ["239.0.0.1", "239.0.0.2"];
  assertEquals(values(["-", "udp:h:1", "--udp-multicast", ...groups], "udp-multicast"), groups);
  const files = ["/a:text/html:a", "/b:text/html:b"];
  assertEquals(values(["-s", "1", "-F", ...files], "F"), files);
  assertThrows(() => understand(["--origin", "a", "b", "ws://h/"]), WirecatError, "specifier b:");
});

Deno.test("options: a header option takes exactly one value, never the arguments after it", () => {
  for (const option of ["-H", "--header", "--server-header", "--request-header"]) {
    const { options } = understand(["ws://h/", option, "A: 1"]);
    assertEquals(options.get(optionOf(option.replace(/^-+/, ""))), ["A: 1"]);
    assertThrows(
      () => understand([option, "A: 1", "B: 2", "ws://h/"]),
      WirecatError,
      "specifier",
    );
  }
});

Deno.test("options: what websocat 1.14 refuses is refused", () => {
  const refused = (said: string, ...words: string[]) =>
    assertThrows(() => read(...words), WirecatError, said);
  refused("--origin is given 2 times", "--origin", "a", "--origin", "b");
  refused("--oneshot is given 2 times", "--oneshot", "--oneshot");
  refused("there is no option --onesho", "--onesho");
  refused("cannot be given together", "--basic-auth", "a:b", "--basic-auth-file", "f");
  refused("is out of range", "--lengthprefixed-nbytes", "9");
  refused("is out of range", "--byte-to-exit-on", "256");
  refused("is not", "--max-messages", "many");
  refused("needs a value", "--origin");
});

Deno.test("options: no value is needed at the end of the line where there is a default", () => {
  const { positional } = read("ws://h/", "--queue-len");
  assertEquals(positional, ["ws://h/"]);
});
