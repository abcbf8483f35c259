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
  refused(["8080"], none, "one number is no address", "did you mean -s 8080, to serve there?");
  refused(
    ["config", "show"],
    none,
    "config is a command, and has to be the first word",
    "write wirecat config and then the options",
  );
  refused(["tcp:x:1"], none, "not enough", "connect it to the terminal with: - tcp:x:1");
  refused(["tcp-l:80"], none, "not enough", "connect it to the terminal with: tcp-l:80 -");
  refused(["ws:/x"], none, "not enough", "write ws://HOST:PORT/PATH, or wss:// for TLS");
  const serve = "as in -s 8080, or -s 0.0.0.0:8080 for all addresses of this machine";
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
