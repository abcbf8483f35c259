import { assertEquals } from "@std/assert";
import { comingsAndGoings } from "../../lib/cli/comings_and_goings.ts";
import type { Mode } from "../../lib/cli/modes.ts";
import { Log, type Verbosity } from "../../lib/core/log.ts";
import { OptionValues } from "../../lib/core/option.ts";

/** What is said of a session that begins and ends. */
function said(
  mode: Mode,
  terminal: { stdin: boolean; stderr: boolean; prompt?: boolean },
  { verbosity = 1, given = [], special = false }: {
    verbosity?: Verbosity;
    given?: string[];
    special?: boolean;
  } = {},
): string[] {
  const lines: string[] = [];
  const env = {
    log: new Log(verbosity, (line) => void lines.push(line)),
    options: new OptionValues(new Map(given.map((name) => [name, true]))),
  };
  const told = comingsAndGoings({ mode, left: "", right: "" }, env, { prompt: false, ...terminal });
  told.onBegun?.({ name: "the client 10.0.0.1:5", client: "10.0.0.1:5" }, { name: "ws://a/" });
  told.onClosed?.("closed: 1000", special);
  told.onLeft?.({ name: "the client 10.0.0.1:5", client: "10.0.0.1:5" });
  return lines;
}

const TERMINAL = { stdin: true, stderr: true };

Deno.test("comings and goings: a client at a terminal is told how to go on", () => {
  const closed = "wirecat: closed: 1000";
  assertEquals(said("client", TERMINAL), [
    "wirecat: connected to ws://a/; lines are sent as messages, Ctrl-D ends",
    closed,
  ]);
  for (const name of ["binary", "no-line", "null-terminated"]) {
    const [first] = said("client", TERMINAL, { given: [name] });
    assertEquals(first, "wirecat: connected to ws://a/; Ctrl-D ends");
  }
  const [first] = said("client", TERMINAL, { given: ["unidirectional-reverse"] });
  assertEquals(first, "wirecat: connected to ws://a/");
  assertEquals(said("client", { stdin: false, stderr: true }), [closed]);
});

Deno.test("comings and goings: the simple server at a terminal tells who comes and leaves", () => {
  assertEquals(said("server", TERMINAL), [
    "wirecat: 10.0.0.1:5 connected",
    "wirecat: 10.0.0.1:5 left",
  ]);
});

Deno.test("comings and goings: nothing is said under -q, of two addresses, without terminal", () => {
  for (const mode of ["client", "server"] as const) {
    assertEquals(said(mode, TERMINAL, { verbosity: 0 }), []);
    assertEquals(said(mode, { stdin: true, stderr: false }), []);
  }
  assertEquals(said("pair", TERMINAL), []);
});

Deno.test("comings and goings: an application's own close code is told without a terminal, too", () => {
  const script = { stdin: false, stderr: false };
  assertEquals(said("client", script, { special: true }), ["wirecat: warning: closed: 1000"]);
  assertEquals(said("client", script, { special: true, verbosity: 0 }), []);
  for (const mode of ["server", "pair"] as const) {
    assertEquals(said(mode, script, { special: true }), []);
  }
});

Deno.test("comings and goings: where there is a prompt, that tells them", () => {
  for (const mode of ["client", "server"] as const) {
    assertEquals(said(mode, { ...TERMINAL, prompt: true }), []);
  }
});
