import { assertEquals, assertThrows } from "@std/assert";
import { coreOptions } from "../../lib/cli/options.ts";
import { type CommandLine, parseCommandLine } from "../../lib/cli/parse.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import {
  bytes,
  choice,
  integer,
  type Option,
  restOfLine,
  text,
  texts,
} from "../../lib/core/option.ts";

const header: Option<readonly string[]> = texts({
  long: "header",
  short: "H",
  value: "NAME: VALUE",
  group: "websocket",
  help: "",
});
const login: Option<string | undefined> = text({
  long: "login",
  value: "USER:PASSWORD",
  env: "WIRECAT_TEST_LOGIN",
  group: "http",
  help: "",
});
const execArgs: Option<readonly string[] | undefined> = restOfLine({
  long: "exec-args",
  value: "WORDS",
  group: "program",
  help: "",
});
const level: Option<number> = integer({
  long: "level",
  aliases: ["lvl", "L"],
  value: "N",
  initial: 6,
  min: 1,
  max: 9,
  group: "overlay",
  help: "",
});

const table = [...coreOptions, header, login, execArgs, level];

function parse(...words: string[]): CommandLine {
  return parseCommandLine(words, table);
}

/** What was given, and the other words. */
function read(...words: string[]): [Record<string, unknown>, readonly string[]] {
  const { options, positional } = parse(...words);
  return [Object.fromEntries(options.entries()), positional];
}

function refused(words: string[], message: string, hint?: string): void {
  const error = assertThrows(() => parse(...words), WirecatError, message);
  assertEquals(error.kind, "usage");
  if (hint !== undefined) assertEquals(error.hint, hint);
}

Deno.test("options: short ones can be written in one word", () => {
  assertEquals(read("-bE", "-", "x"), [{ binary: true, "exit-on-eof": true }, ["-", "x"]]);
  assertEquals(read("-uUn1q")[0], {
    unidirectional: true,
    "unidirectional-reverse": true,
    "no-close": true,
    "one-message": true,
    quiet: true,
  });
});

Deno.test("options: the last of a cluster may have a value, joined or in the next word", () => {
  assertEquals(read("-bB10")[0], { binary: true, "buffer-size": 10 });
  assertEquals(read("-bB", "10")[0], { binary: true, "buffer-size": 10 });
  assertEquals(read("-B=10")[0], { "buffer-size": 10 });
});

Deno.test("options: -H takes exactly one value, in any way of writing it", () => {
  assertEquals(read("-HFoo: bar", "-H", "A: b", "-H=C: d", "--header", "E: f", "--header=G: h"), [
    { header: ["Foo: bar", "A: b", "C: d", "E: f", "G: h"] },
    [],
  ]);
  assertEquals(read("-H", "A: b", "ws://x/"), [{ header: ["A: b"] }, ["ws://x/"]]);
});

Deno.test("options: a value may look like an option, be empty, or have lines", () => {
  assertEquals(read("-p", "--x", "-p", "", "-p=", "-p", "a\nb=c", "--preamble=d=\ne")[0], {
    preamble: ["--x", "", "", "a\nb=c", "d=\ne"],
  });
});

Deno.test("options: they may follow the addresses", () => {
  assertEquals(read("-", "ws://x/", "-b"), [{ binary: true }, ["-", "ws://x/"]]);
});

Deno.test("options: after -- all is an address", () => {
  assertEquals(read("-b", "--", "-x", "--", "-b"), [{ binary: true }, ["-x", "--", "-b"]]);
});

Deno.test("options: addresses stay texts, also those that look like numbers", () => {
  assertEquals(read("-s", "0010")[1], ["0010"]);
  assertEquals(read("1e3", "0x10")[1], ["1e3", "0x10"]);
});

Deno.test("options: -v counts", () => {
  assertEquals(read("-vv", "-v", "--verbose")[0], { verbose: 4 });
});

Deno.test("options: others are given once", () => {
  refused(["-B1", "-B1"], "--buffer-size is given 2 times", "once is enough");
  refused(["-bb"], "--binary is given 2 times");
  refused(["--lvl", "2", "--level=3"], "--level is given 2 times");
});

Deno.test("options: what contradicts itself is refused", () => {
  refused(["-t", "-b"], "--text and --binary cannot be given together");
  refused(["-bt"], "--text and --binary cannot be given together");
});

Deno.test("options: aliases are other names of the same", () => {
  assertEquals(read("--lvl", "3")[0], { level: 3 });
  assertEquals(read("-L4")[0], { level: 4 });
  assertEquals(read("-?")[0], { help: "" });
});

Deno.test("options: a value that may be left out never takes the next word", () => {
  assertEquals(read("--help", "doc"), [{ help: "" }, ["doc"]]);
  assertEquals(read("--help=doc"), [{ help: "doc" }, []]);
});

Deno.test("options: one with a default needs no value at the end of the line", () => {
  assertEquals(read("-", "x", "-B"), [{}, ["-", "x"]]);
  assertEquals(read("--level"), [{}, []]);
  refused(["-p"], "-p needs a value: -p TEXT");
  refused(["--preamble"], "--preamble needs a value: --preamble TEXT");
});

Deno.test("options: a flag takes no value", () => {
  refused(["--binary=yes"], "--binary takes no value, 'yes' is too much");
});

Deno.test("options: an unknown one gets the nearest as a hint", () => {
  refused(["--binry"], "there is no option --binry", "did you mean --binary?");
  refused(["-Z"], "there is no option -Z", "see --help for the list");
  refused(["-bZ"], "there is no option -Z in -bZ");
  refused(["-binary"], "there is no option -i in -binary", "did you mean --binary?");
});

Deno.test("options: they are not abbreviated", () => {
  refused(["--bin"], "there is no option --bin");
});

Deno.test("options: one that takes the rest of the line takes options, too", () => {
  assertEquals(read("-b", "-", "exec:ls", "--exec-args", "-l", "--", "-b", "--help"), [
    { binary: true, "exec-args": ["-l", "--", "-b", "--help"] },
    ["-", "exec:ls"],
  ]);
  assertEquals(read("--exec-args")[0], { "exec-args": [] });
});

Deno.test("options: an environment variable stands in for one that is not given", () => {
  Deno.env.set("WIRECAT_TEST_LOGIN", "u:p");
  try {
    assertEquals(parse().options.get(login), "u:p");
    assertEquals(parse("--login", "v:q").options.get(login), "v:q");
    Deno.env.set("WIRECAT_TEST_LOGIN", "");
    assertEquals(parse().options.get(login), undefined);
  } finally {
    Deno.env.delete("WIRECAT_TEST_LOGIN");
  }
});

Deno.test("options: numbers, sizes and times say what they want", () => {
  refused(["-B", "ten"], "--buffer-size: 'ten' is not a number of bytes, such as 65536 or 64k");
  refused(["-B0"], "--buffer-size: 0 is out of range: it has to be at least 1");
  refused(["--level=10"], "--level: 10 is out of range: it has to be from 1 to 9");
  refused(["--max-messages", "1.5"], "--max-messages: '1.5' is not a whole number");
  refused(["--linger", "soon"], "--linger: 'soon' is not a length of time");
  assertEquals(read("-B64k", "--linger=.25", "--max-messages=07")[0], {
    "buffer-size": 65536,
    linger: 0.25,
    "max-messages": 7,
  });
  assertEquals(read("--linger", "forever")[0], { linger: Infinity });
});

Deno.test("options: a table with one name twice is refused", () => {
  const twice = choice({ long: "x", short: "b", choices: ["a"], group: "mode", help: "" });
  assertThrows(() => parseCommandLine([], [...coreOptions, twice]), Error, "-b".slice(1));
  const size = bytes({ long: "binary", value: "N", initial: 1, group: "mode", help: "" });
  assertThrows(() => parseCommandLine([], [...coreOptions, size]), Error, "binary");
});
