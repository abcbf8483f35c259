import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import type { Opener } from "../../lib/core/opener.ts";
import { Registry, type SpecFamily } from "../../lib/core/registry.ts";
import {
  formatSpecifier,
  listens,
  namesSpecifier,
  opener,
  orientation,
  parseSpecifier,
  trait,
  withOverlay,
  withOverlayAboveLines,
  withOverlayBelowLines,
} from "../../lib/core/specifier.ts";
import { MemoryOpener, testEnv } from "../peers.ts";

const opened: string[] = [];

const family: SpecFamily = {
  specifiers: [
    {
      kind: "endpoint",
      names: ["-", "stdio"],
      orientation: "bytes",
      singleton: "stdio",
      summary: "",
      opener: () => new MemoryOpener(),
    },
    {
      kind: "endpoint",
      names: ["tcp-listen", "tcp-l"],
      argument: "PORT",
      orientation: "bytes",
      listens: true,
      summary: "",
      check(argument) {
        if (argument === "bad") throw new WirecatError("usage", "a bad port");
      },
      opener(argument) {
        opened.push(`tcp-listen ${argument}`);
        return new MemoryOpener();
      },
    },
    {
      kind: "overlay",
      names: ["log"],
      orientation: "bytes",
      summary: "",
      opener(inner: Opener) {
        opened.push("log");
        return inner;
      },
    },
    {
      kind: "overlay",
      names: ["ws-upgrade", "ws-u"],
      orientation: "messages",
      websocket: "server",
      summary: "",
      opener(inner: Opener) {
        opened.push("ws-upgrade");
        return inner;
      },
    },
    {
      kind: "overlay",
      names: ["broadcast"],
      orientation: "inherit",
      single: true,
      reuser: true,
      summary: "",
      opener: (inner) => inner,
    },
    {
      kind: "overlay",
      names: ["msg2line", "to-lines"],
      orientation: "bytes",
      summary: "",
      opener: (inner) => inner,
    },
    {
      kind: "alias",
      names: ["ws-listen", "ws-l"],
      argument: "PORT",
      summary: "",
      expand: (argument) => `ws-u:tcp-l:${argument}`,
    },
    { kind: "alias", names: ["round"], summary: "", expand: () => "round:" },
  ],
};

const registry = new Registry([family]);
const parse = (text: string) => parseSpecifier(text, registry);

function refused(text: string, message: string, hint?: string): void {
  const error = assertThrows(() => parse(text), WirecatError, message);
  assertEquals(error.kind, "usage");
  if (hint !== undefined) assertEquals(error.hint, hint);
}

Deno.test("specifier: overlays come before one endpoint, the rest is its argument", () => {
  const { overlays, endpoint, argument } = parse("log:ws-u:tcp-l:[::1]:80");
  assertEquals(overlays.map(({ names }) => names[0]), ["log", "ws-upgrade"]);
  assertEquals([endpoint.names[0], argument], ["tcp-listen", "[::1]:80"]);
});

Deno.test("specifier: an alias stands for a specifier, also below overlays", () => {
  assertEquals(formatSpecifier(parse("log:ws-l:80")), "log:ws-upgrade:tcp-listen:80");
});

Deno.test("specifier: the canonical form is read as the same again", () => {
  for (const text of ["-", "log:-", "broadcast:log:ws-u:tcp-l:1:2:3"]) {
    const canonical = formatSpecifier(parse(text));
    assertEquals(formatSpecifier(parse(canonical)), canonical);
  }
});

Deno.test("specifier: an argument where there can be none is too much", () => {
  refused("stdio:x", "stdio: takes no argument, 'x' is too much");
  refused("-:x", "- takes no argument");
  assertEquals(parse("stdio:").endpoint, parse("-").endpoint);
});

Deno.test("specifier: an overlay needs something below it", () => {
  refused("log:", "log: needs a specifier after the colon");
  refused("log", "log: needs a specifier after the colon");
});

Deno.test("specifier: an unknown name gets the nearest as a hint, and where it stands", () => {
  refused("tcp-lisen:80", "there is no specifier tcp-lisen:", "did you mean tcp-listen:?");
  refused("log:stdoi:", "there is no specifier stdoi: in log:stdoi:", "did you mean stdio:?");
  refused("zzzzzzzz:", "there is no specifier zzzzzzzz:", "see --help=long for the list");
  refused("", "an empty specifier");
  refused("LOG:-", "there is no specifier LOG:");
});

Deno.test("specifier: an address without one gets a hint of what it may be", () => {
  for (const address of ["127.0.0.1:80", "[::1]:80", "8080"]) {
    refused(address, `${address} is an address, not a specifier`);
  }
});

Deno.test("specifier: open: is told what it is called here", () => {
  refused("open:/x", "there is no open:");
});

Deno.test("specifier: an alias of itself ends", () => {
  refused("round:", "too many parts");
});

Deno.test("specifier: a known name at the beginning makes a specifier of a text", () => {
  assertEquals(["tcp-l:x", "log", "127.0.0.1:80", "9"].map((t) => namesSpecifier(t, registry)), [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("specifier: the outermost overlay that has an orientation decides it", () => {
  assertEquals(orientation(parse("-")), "bytes");
  assertEquals(orientation(parse("broadcast:-")), "bytes");
  assertEquals(orientation(parse("ws-l:1")), "messages");
  assertEquals(orientation(parse("broadcast:ws-l:1")), "messages");
  assertEquals(orientation(parse("log:ws-l:1")), "bytes");
});

Deno.test("specifier: a listener listens, unless an overlay makes one of many", () => {
  assertEquals(listens(parse("ws-l:1")), true);
  assertEquals(listens(parse("broadcast:ws-l:1")), false);
  assertEquals(listens(parse("-")), false);
});

Deno.test("specifier: traits are those of any part", () => {
  assertEquals(trait(parse("log:-"), "singleton"), "stdio");
  assertEquals(trait(parse("log:ws-l:1"), "websocket"), "server");
  assertEquals(trait(parse("log:-"), "reuser"), undefined);
});

Deno.test("specifier: an overlay can be put on top", () => {
  const shared = withOverlay(parse("log:-"), registry.overlay("broadcast"));
  assertEquals(formatSpecifier(shared), "broadcast:log:-");
});

Deno.test("specifier: an overlay can be put right above or below what makes lines of messages", () => {
  const overlay = registry.overlay("broadcast");
  for (
    const [text, above, below] of [
      ["log:to-lines:ws-l:1", "log:broadcast:msg2line:", "log:msg2line:broadcast:"],
      ["msg2line:ws-l:1", "broadcast:msg2line:", "msg2line:broadcast:"],
      ["log:ws-l:1", "broadcast:log:", "broadcast:log:"],
    ]
  ) {
    const rest = "ws-upgrade:tcp-listen:1";
    assertEquals(formatSpecifier(withOverlayAboveLines(parse(text), overlay)), above + rest);
    assertEquals(formatSpecifier(withOverlayBelowLines(parse(text), overlay)), below + rest);
  }
});

Deno.test("specifier: openers are built from the endpoint outwards, its argument checked first", () => {
  const env = testEnv({}, [family]);
  opener(parse("log:ws-l:1"), env);
  assertEquals(opened.splice(0), ["tcp-listen 1", "ws-upgrade", "log"]);
  assertThrows(() => opener(parse("log:ws-l:bad"), env), WirecatError, "a bad port");
  assertEquals(opened, []);
});
