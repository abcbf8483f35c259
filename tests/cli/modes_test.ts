import { assertEquals, assertThrows } from "@std/assert";
import { addressesOf, addressTest } from "../../lib/cli/modes.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { OptionValues } from "../../lib/core/option.ts";
import { registry } from "../../specs/mod.ts";

const none = new OptionValues();
const serving = (...more: [string, unknown][]) =>
  new OptionValues(new Map([["server-mode", true], ...more]));

function refused(words: string[], options: OptionValues, message: string, hint?: string): void {
  const error = assertThrows(() => addressesOf(words, options), WirecatError, message);
  assertEquals([error.kind, error.hint], ["usage", hint]);
}

Deno.test("modes: one ws:// or wss:// address is a client on the terminal", () => {
  for (const url of ["ws://x/", "wss://x:1/y?z"]) {
    assertEquals(addressesOf([url], none), { mode: "client", left: "-", right: url });
  }
});

Deno.test("modes: the scheme may be in capitals", () => {
  assertEquals(addressesOf(["WSS://X/Y"], none).right, "wss://X/Y");
});

Deno.test("modes: -s serves on a port or an address, to the terminal", () => {
  for (const where of ["8080", "0.0.0.0:8080", "[::1]:0"]) {
    assertEquals(addressesOf([where], serving()), {
      mode: "server",
      left: `ws-l:${where}`,
      right: "-",
    });
  }
});

Deno.test("modes: -s with a certificate serves TLS", () => {
  for (const option of ["pkcs12-der", "tls-cert"]) {
    assertEquals(addressesOf(["8080"], serving([option, "file"])).left, "wss-l:8080");
  }
});

Deno.test("modes: two words are two specifiers", () => {
  assertEquals(addressesOf(["ws-l:1", "ws://x/"], none), {
    mode: "pair",
    left: "ws-l:1",
    right: "ws://x/",
  });
});

Deno.test("modes: what is no command line gets a hint", () => {
  refused(
    [],
    none,
    "nothing to connect",
    "wirecat ws://HOST:PORT/ connects, wirecat -s PORT serves; --help tells the rest",
  );
  refused(["a", "b", "c d"], none, "not 3: a b c d", "is something to be put in quotes?");
  refused(
    ["8080"],
    none,
    "one number is no address",
    "-s 8080 serves there, ws://127.0.0.1:8080/ connects to who does",
  );
  refused(["-"], none, "- is one side only", "as in wirecat - ws://HOST:PORT/");
  refused(
    ["@"],
    none,
    "not enough",
    "the name of a profile comes behind the @: wirecat @NAME",
  );
  refused(
    ["config", "show"],
    none,
    "config is a command, and has to be the first word",
    "write wirecat config and then the options",
  );
  refused(["tcp:x:1"], none, "not enough", "connect it to the terminal with: - tcp:x:1");
  refused(["tcp-l:80"], none, "not enough", "connect it to the terminal with: tcp-l:80 -");
  refused(["ws:"], none, "not enough", "write ws://HOST:PORT/PATH, or wss:// for TLS");
  refused(
    ["/socket"],
    none,
    "not enough",
    "as in ws://HOST:PORT/socket, or readfile:/socket for a file",
  );
  const serve = "as in -s 8080, or -s 0.0.0.0:8080 for all addresses of this machine";
  refused([], serving(), "-s needs a port", serve);
  refused(["a", "b"], serving(), "-s takes one argument", serve);
  for (const port of ["70000", "[::1]:65536", "127.0.0.1:999999"]) {
    refused([port], serving(), `-s takes a port up to 65535, not ${port}`, serve);
  }
  refused(["127.0.0.1"], serving(), "-s takes PORT or ADDRESS:PORT, not 127.0.0.1", serve);
  refused(
    ["example"],
    none,
    "example is no address",
    "did you mean ws://example, or the specifier example: with another one?",
  );
});

Deno.test("modes: a host, or a page's address, gets the WebSocket address as a hint", () => {
  for (const host of ["localhost:8080", "example.org/feed", "127.0.0.1:80", "[::1]:80"]) {
    refused([host], none, "not enough", `did you mean ws://${host}?`);
  }
  refused(["https://x/y"], none, "not enough", "did you mean wss://x/y?");
  refused(
    ["htps://x/y"],
    none,
    "not enough",
    "a WebSocket's address begins with ws:// or wss://: wss://x/y",
  );
  refused(["HTTP://x/"], none, "not enough", "did you mean ws://x/?");
});

Deno.test("modes: @NAME is an address where nothing else is one, else perhaps a value", () => {
  assertEquals(addressTest(["-p", "a", "@b"], registry)("@b"), true);
  assertEquals(addressTest(["-p", "a", "@b", "ws://x/"], registry)("@b"), false);
});

Deno.test("modes: an address whose colon or slashes are wrong gets the right one as a hint", () => {
  for (const slip of ["wss//host:1/x", "WSS:/host:1/x", "wss:host:1/x", "wss;//host:1/x"]) {
    refused([slip], none, "not enough", "did you mean wss://host:1/x?");
  }
});

Deno.test("modes: a host and a port in two words get their specifiers as a hint", () => {
  for (const host of ["localhost", "example.org", "127.0.0.1", "[::1]"]) {
    refused(
      [host, "80"],
      none,
      `${host} 80 are two words`,
      `write ws://${host}:80/ for a WebSocket, - tcp:${host}:80 for TCP`,
    );
  }
});

Deno.test("modes: a mistyped command gets the command as a hint, whatever comes behind it", () => {
  for (
    const [word, ...rest] of [["hlep"], ["prob", "ws://x/"], ["websockfy", "6080", "x:1"], ["comp"]]
  ) {
    const command = { h: "help", p: "probe", w: "websockify", c: "completions" }[word[0]];
    const message = `${word} is neither a command nor an address`;
    refused([word, ...rest], none, message, `did you mean wirecat ${command}?`);
  }
});

Deno.test("modes: the first words of other programs get what does the same", () => {
  const serve = "-s PORT serves: wirecat -s 8080";
  refused(["listen", "8080"], none, "listen is neither a command", serve);
  refused(["version"], none, "version is neither a command", "write wirecat --version");
});

Deno.test("modes: no specifier is taken for a mistyped command", () => {
  for (const name of registry.specifiers.flatMap(({ names }) => names)) {
    assertEquals(addressesOf([name, "-"], none).left, name);
  }
});
