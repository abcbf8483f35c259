import { assertEquals, assertThrows } from "@std/assert";
import { type EndpointType, Registry, type SpecFamily } from "../../lib/core/registry.ts";
import { MemoryOpener } from "../peers.ts";

const endpoint = (...names: [string, ...string[]]): EndpointType => ({
  kind: "endpoint",
  names,
  orientation: "bytes",
  summary: "",
  opener: () => new MemoryOpener(),
});
const family = (...specifiers: SpecFamily["specifiers"][number][]): SpecFamily => ({ specifiers });

Deno.test("registry: finds a specifier by any of its names", () => {
  const tcp = endpoint("tcp", "tcp-connect");
  const registry = new Registry([family(endpoint("udp")), family(tcp)]);
  assertEquals(registry.find("tcp"), tcp);
  assertEquals(registry.find("tcp-connect"), tcp);
  assertEquals(registry.find("TCP"), undefined);
});

Deno.test("registry: two specifiers of one name are refused", () => {
  assertThrows(
    () => new Registry([family(endpoint("a", "b")), family(endpoint("b"))]),
    Error,
    "b:",
  );
});

Deno.test("registry: an overlay that code asks for has to be there, and be one", () => {
  const registry = new Registry([family(endpoint("tcp"))]);
  assertThrows(() => registry.overlay("tcp"), Error, "no overlay tcp:");
  assertThrows(() => registry.overlay("log"), Error, "no overlay log:");
});

Deno.test("registry: the nearest name is one that may have been meant", () => {
  const registry = new Registry([
    family(endpoint("tcp-listen", "tcp-l"), endpoint("readfile"), endpoint("mirror")),
  ]);
  assertEquals(registry.nearest("tcp-lisetn"), "tcp-listen");
  assertEquals(registry.nearest("readfiel"), "readfile");
  assertEquals(registry.nearest("qqqqqqq"), undefined);
});
