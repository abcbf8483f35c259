import { assertEquals, assertThrows } from "@std/assert";
import {
  closeArgument,
  CommandError,
  completeCommand,
  findCommand,
  helpLines,
  readTypedLine,
  type SlashCommand,
} from "../../lib/terminal/slash_command.ts";

const nothing = () => {};
const commands: SlashCommand<string>[] = [
  { name: "ping", argument: "[TEXT]", summary: "One.", run: nothing },
  {
    name: "close",
    argument: "[CODE]",
    summary: "Two.",
    run: nothing,
    completes: () => ["1000", "1001"],
  },
  { name: "clients", argument: "", summary: "Three.", run: nothing },
  { name: "save", argument: "FILE", summary: "Four.", run: nothing, completes: "files" },
  { name: "binary", argument: "HEX|@FILE", summary: "Five.", run: nothing, completes: "@files" },
];

Deno.test("slash: commands and messages", () => {
  assertEquals(readTypedLine("hello /x"), { type: "message", text: "hello /x" });
  assertEquals(readTypedLine("//etc"), { type: "message", text: "/etc" });
  assertEquals(readTypedLine("///"), { type: "message", text: "//" });
  assertEquals(readTypedLine("/close 1000  a b\nc "), {
    type: "command",
    name: "close",
    argument: "1000  a b\nc ",
  });
  assertEquals(readTypedLine("/"), { type: "command", name: "", argument: "" });
});

Deno.test("slash: a command may be shortened as long as it is clear", () => {
  assertEquals(findCommand(commands, "p").name, "ping");
  assertThrows(() => findCommand(commands, "cl"), CommandError, "it may be /close or /clients");
  assertThrows(
    () => findCommand(commands, "etc/passwd"),
    CommandError,
    "/help lists what there is",
  );
  assertThrows(() => findCommand(commands, ""), CommandError);
});

Deno.test("slash: close codes and reasons", () => {
  assertEquals(closeArgument(""), undefined);
  assertEquals(closeArgument("1000"), { code: 1000, reason: "" });
  assertEquals(closeArgument(" 4001  a reason "), { code: 4001, reason: "a reason" });
  assertThrows(() => closeArgument("bye"), CommandError, "/close 1000 bye");
  assertThrows(() => closeArgument("1005"), CommandError, "1005 cannot be sent");
  assertThrows(() => closeArgument(`1000 ${"ä".repeat(62)}`), CommandError, "123 bytes");
});

Deno.test("slash: Tab completes commands and what comes after them", () => {
  const of = (before: string) => completeCommand(before, commands, "");
  assertEquals(of("/p"), { from: 0, candidates: ["/ping "] });
  assertEquals(of("/cl"), { from: 0, candidates: ["/close", "/clients"] });
  assertEquals(of("/clients"), { from: 0, candidates: ["/clients"] });
  assertEquals(of("/close 10"), { from: 7, candidates: ["1000", "1001"] });
  assertEquals(of("/close 1001"), { from: 7, candidates: ["1001"] });
  assertEquals(of("/binary "), { from: 8, candidates: ["@"] });
  assertEquals(of("/ping x"), undefined);
  assertEquals(of("hello"), undefined);
  assertEquals(of("//p"), undefined);
});

Deno.test("slash: Tab completes the names of files", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    for (const name of ["data/a 1.bin", "data/a2.bin", "data/.hidden"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    const of = (before: string) => completeCommand(before, commands, "");
    assertEquals(of(`/save ${folder}/d`)?.candidates, [`${folder}/data/`]);
    assertEquals(of(`/binary @${folder}/data/`), {
      from: 9,
      candidates: [`${folder}/data/a 1.bin`, `${folder}/data/a2.bin`],
      unlisted: `${folder}/data/`.length,
    });
    assertEquals(of(`/save #12 ${folder}/d`)?.candidates, [`${folder}/data/`]);
    assertEquals(of(`/save #12 ${folder}/d`)?.from, 10);
    assertEquals(of(`/save ${folder}/data/.`)?.candidates, [`${folder}/data/.hidden`]);
    assertEquals(of(`/save ${folder}/nosuch/`)?.candidates, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("slash: the help has a line for each", () => {
  assertEquals(helpLines(commands).slice(0, 2), [
    "/ping [TEXT]       One.",
    "/close [CODE]      Two.",
  ]);
});

Deno.test("slash: the help is wrapped between words, in narrow terminals below the commands", () => {
  const long = [{ ...commands[0], summary: "Send a Ping and show how long its Pong takes." }];
  assertEquals(helpLines(long, 40).slice(0, 3), [
    "/ping [TEXT]  Send a Ping and show how",
    "              long its Pong takes.",
    "",
  ]);
  const narrow = helpLines(long, 20);
  assertEquals(narrow.slice(0, 2), ["/ping [TEXT]", "    Send a Ping and"]);
  assertEquals(narrow.filter((line) => line.length > 20), []);
});
