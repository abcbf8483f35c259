import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { hostOf, loginOf, parseWebSocketUrl, portOf } from "../../lib/websocket/url.ts";

Deno.test("RFC 6455 3: the port is the scheme's unless there is one", () => {
  for (
    const [text, host, port] of [
      ["ws://example.org", "example.org", 80],
      ["wss://example.org/x", "example.org", 443],
      ["ws://example.org:443/", "example.org", 443],
      ["wss://[::1]:80/", "::1", 80],
      ["WS://EXAMPLE.org:8080", "example.org", 8080],
    ] as const
  ) {
    const url = parseWebSocketUrl(text);
    assertEquals([hostOf(url), portOf(url)], [host, port]);
  }
});

Deno.test("RFC 6455 3: a fragment is not part of the address", () => {
  assertEquals(parseWebSocketUrl("ws://a/b?c#d").href, "ws://a/b?c");
});

Deno.test("url: a login is decoded", () => {
  assertEquals(loginOf(parseWebSocketUrl("ws://a/")), undefined);
  assertEquals(loginOf(parseWebSocketUrl("ws://us%3Aer:p%40ss@a/")), "us:er:p@ss");
  assertEquals(loginOf(parseWebSocketUrl("ws://user@a/")), "user:");
  assertEquals(loginOf(parseWebSocketUrl("ws://a%zz:b@a/")), "a%zz:b");
});

Deno.test("url: an error says which part is wrong", () => {
  const wrong = [
    ["ws://256.1.1.1/", "'256.1.1.1' is not a host", "a name or an IP address"],
    ["ws://127.0.0.1:99999/", "'99999' is not a port", "from 1 to 65535"],
    ["ws://127.0.0.1:0/", "'0' is not a port", "from 1 to 65535"],
    ["ws:///path", "names no host", "ws://HOST:PORT/PATH"],
    ["wss://me:secret@a:http/", "'http' is not a port", "from 1 to 65535"],
    ["ws://me:sec/secret@a/", "this address has a / ? or # before an @", "%2F, %3F and %23"],
    ["ws://::1:80/", "'::1' is not a host", "in brackets"],
    ["ws://[::1/", "'[::1' is not a host", "in brackets"],
    ["ws://:80/", "names no host", "ws://HOST:PORT/PATH"],
  ];
  for (const [text, message, hint] of wrong) {
    const error = assertThrows(() => parseWebSocketUrl(text), WirecatError, message);
    assertStringIncludes(error.hint ?? "", hint);
    assert(!error.message.includes("secret"), error.message);
  }
});

Deno.test("url: other addresses are refused", () => {
  for (const text of ["", "a", "http://a/", "ws:", "ws://", "ws://a:99999/", "wss//a", "tcp:a:1"]) {
    assertEquals(assertThrows(() => parseWebSocketUrl(text), WirecatError).kind, "usage", text);
  }
});
