import { assertEquals } from "@std/assert";
import {
  EXIT_STATUS,
  exitStatus,
  isGone,
  OutputClosed,
  reasonOf,
  usageError,
  WirecatError,
} from "../../lib/core/errors.ts";
import { Log } from "../../lib/core/log.ts";

Deno.test("errors: each kind has an exit status of its own, below those of signals", () => {
  const all = Object.values(EXIT_STATUS);
  assertEquals(new Set(all).size, all.length);
  assertEquals(all.every((status) => status > 0 && status < 128), true);
  for (const [kind, status] of Object.entries(EXIT_STATUS)) {
    assertEquals(exitStatus(new WirecatError(kind as keyof typeof EXIT_STATUS, "x")), status);
  }
  assertEquals(exitStatus(new Error("x")), 1);
  assertEquals(exitStatus("thrown text"), 1);
  assertEquals(exitStatus(usageError("x", "y")), 2);
});

Deno.test("errors: a system error's reason comes without its class and number", () => {
  const refused = new Deno.errors.ConnectionRefused("Connection refused (os error 111)");
  assertEquals(reasonOf(refused), "connection refused");
  const missing = new Deno.errors.NotFound("No such file or directory (os error 2): open '/x'");
  assertEquals(reasonOf(missing), "no such file or directory");
  assertEquals(reasonOf(new Error("")), "Error");
  assertEquals(reasonOf("text"), "text");
});

Deno.test("errors: a peer that has gone away is told from other failures", () => {
  for (
    const name of ["BrokenPipe", "ConnectionReset", "ConnectionAborted", "NotConnected"] as const
  ) {
    assertEquals(isGone(new Deno.errors[name]("x")), true, name);
  }
  for (const code of ["EPIPE", "ECONNRESET"]) {
    assertEquals(isGone(Object.assign(new Error("x"), { code })), true, code);
  }
  for (const other of [new Deno.errors.TimedOut("x"), new OutputClosed(), new Error("x"), null]) {
    assertEquals(isGone(other), false);
  }
});

/** What a log of this verbosity writes. */
function written(verbosity: 0 | 1 | 2 | 3, use: (log: Log) => void): string[] {
  const lines: string[] = [];
  use(new Log(verbosity, (line) => lines.push(line)));
  return lines;
}

Deno.test("log: an error is one line, with its hint below", () => {
  const error = new WirecatError("connection", "no luck", { hint: "try again" });
  assertEquals(written(0, (log) => log.error(error)), ["wirecat: error: no luck", "  try again"]);
});

Deno.test("log: the stack, and that of the cause, come at the highest verbosity only", () => {
  const error = new WirecatError("other", "outer", { cause: new Error("inner") });
  assertEquals(written(2, (log) => log.error(error)).length, 1);
  const [, stack] = written(3, (log) => log.error(error));
  assertEquals([stack.includes("at "), stack.includes("caused by: Error: inner")], [true, true]);
});

Deno.test("log: what is said grows with the verbosity", () => {
  const all = (log: Log) => {
    log.error(new Error("1"));
    log.failure(new Error("2"));
    log.warn("3", "hint");
    log.note("4");
    log.info("5");
    log.debug("6");
    log.line("7");
  };
  const count = (verbosity: 0 | 1 | 2) => written(verbosity, all).length;
  assertEquals([count(0), count(1), count(2)], [2, 6, 7]);
});

Deno.test("log: what others said does nothing to the terminal, and stays on its line", () => {
  const said = "bad\x1b[31m\nnews\x9b\x07 für alle";
  const shown = "bad\\x1b[31m\\nnews\\x9b\\x07 für alle";
  assertEquals(written(1, (log) => log.note(said)), [`wirecat: ${shown}`]);
  assertEquals(written(1, (log) => log.warn(said, said)), [
    `wirecat: warning: ${shown}`,
    `  ${shown}`,
  ]);
  assertEquals(written(1, (log) => log.error(new WirecatError("upgrade", said))), [
    `wirecat: error: ${shown}`,
  ]);
});
