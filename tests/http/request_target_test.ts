import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseRequestTarget } from "../../lib/http/request_target.ts";

const read = (uri: string, method = "GET") => {
  const { url: _, ...parts } = parseRequestTarget(uri, method, "--request-uri");
  return parts;
};

Deno.test("request target: of a URL it is path and query, and the host is said apart", () => {
  assertEquals(read("http://h:81/p?q#f"), { target: "/p?q", host: "h:81" });
  assertEquals(read("http://h:80"), { target: "/", host: "h" });
  assertEquals(read("https://[::1]:443/"), { target: "/", host: "[::1]" });
  assertEquals(read("HTTP://a%3A:b@h/"), { target: "/", host: "h", userInfo: "a::b" });
});

Deno.test("request target: a path alone has no host", () => {
  assertEquals(read("/p?q"), { target: "/p?q", host: "" });
  assertEquals(read("//p"), { target: "//p", host: "" });
  assertEquals(read("/é x"), { target: "/%C3%A9%20x", host: "" });
  assertEquals(read("*"), { target: "*", host: "" });
});

Deno.test("request target: CONNECT is for a host and a port", () => {
  assertEquals(read("h:443", "CONNECT"), { target: "h:443", host: "h:443" });
  assertEquals(read("[::1]:443", "CONNECT").target, "[::1]:443");
  for (const bad of ["/", "h", "http://h:80/", "::1:80"]) {
    assertThrows(() => read(bad, "CONNECT"), WirecatError, "CONNECT needs HOST:PORT");
  }
});

Deno.test("request target: anything else is refused", () => {
  for (const bad of ["", "p", "h:80", "ftp://h/", "http://"]) {
    assertThrows(() => read(bad), WirecatError, "is not a URI to ask for");
  }
});
