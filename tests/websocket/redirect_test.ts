import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { isSameOrigin, redirectTarget } from "../../lib/websocket/redirect.ts";

const target = (location: string, from: string) => redirectTarget(location, new URL(from)).href;

Deno.test("redirect: http and https stand for ws and wss; relative places are of this server", () => {
  assertEquals(target("/b?q#f", "ws://h:81/a?x"), "ws://h:81/b?q");
  assertEquals(target("b", "wss://h/a/"), "wss://h/a/b");
  assertEquals(target("//other/b", "wss://h/a"), "wss://other/b");
  assertEquals(target("https://h/b", "ws://h/a"), "wss://h/b");
  assertEquals(target("http://h:82", "ws://h/a"), "ws://h:82/");
  assertEquals(target(" wss://h/b ", "ws://h/a"), "wss://h/b");
});

Deno.test("redirect: the login in the address goes along to the same origin only", () => {
  assertEquals(target("/b", "ws://me:secret@h/a"), "ws://me:secret@h/b");
  assertEquals(target("http://h/b", "ws://me:secret@h/a"), "ws://me:secret@h/b");
  assertEquals(target("ws://you:other@h/b", "ws://me:secret@h/a"), "ws://you:other@h/b");
  assertEquals(target("https://h/b", "ws://me:secret@h/a"), "wss://h/b");
  assertEquals(target("//h:81/b", "ws://me:secret@h/a"), "ws://h:81/b");
  assertEquals(target("//other/b", "ws://me:secret@h/a"), "ws://other/b");
  assertEquals(isSameOrigin(new URL("ws://h/"), new URL("ws://h:80/x")), true);
  assertEquals(isSameOrigin(new URL("ws://h/"), new URL("wss://h:80/x")), false);
});

Deno.test("redirect: from TLS to clear text is refused, and what is no WebSocket", () => {
  for (const location of ["ws://h/b?token=x", "http://h/b"]) {
    assertThrows(
      () => target(location, "wss://me:secret@h/a"),
      WirecatError,
      "wss://h/a redirects to ws://h/b, which has no TLS",
    );
  }
  for (const location of ["mailto:me", "http://", "ftp://h/"]) {
    assertThrows(() => target(location, "ws://h/"), WirecatError, "no WebSocket's address");
  }
});
