import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseCommand } from "../../lib/events/json_command.ts";

/** What a line asks for, in short. */
function asked(line: string, kind?: "text" | "binary"): string | undefined {
  const addressed = parseCommand(line, kind);
  if (addressed === undefined) return undefined;
  const { command, id } = addressed;
  const to = id === undefined ? "" : `${id}: `;
  switch (command.type) {
    case "message":
      return `${to}${command.kind} ${new Uint8Array(command.bytes).toHex()}`;
    case "ping":
      return `${to}ping ${command.bytes?.toHex() ?? ""}`.trim();
    case "close":
      return `${to}close ${command.code ?? ""} ${command.reason ?? ""}`.trim();
  }
}

Deno.test("json command: messages, each in the ways to write it", () => {
  for (
    const [line, expected] of [
      ['{"type":"message","data":"hi"}', "text 6869"],
      ['{"type":"message","kind":"binary","data":"aGk="}', "binary 6869"],
      ['{"type":"message","kind":"binary","hex":"68 69"}', "binary 6869"],
      ['{"data":"hi"}', "text 6869"],
      ['{"text":"é"}', "text c3a9"],
      ['{"binary":"_-8"}', "binary ffef"],
      ['{"hex":"00FF"}', "binary 00ff"],
      ['{"json":{"a":[1,null]}}', "text 7b2261223a5b312c6e756c6c5d7d"],
      ['"hi"', "text 6869"],
      ['{"text":"hi","kind":"binary"}', "binary 6869"],
      ['{"text":"hi","id":3}', "3: text 6869"],
      ['{"text":""}', "text"],
    ]
  ) {
    assertEquals(asked(line)?.trim(), expected, line);
  }
  assertEquals(asked('{"data":"hi"}', "binary"), "binary 6869", "what -b makes of it");
});

Deno.test("json command: pings and closing", () => {
  assertEquals(asked('{"type":"ping"}'), "ping");
  assertEquals(asked('{"type":"ping","data":"hi"}'), "ping 6869");
  assertEquals(asked('{"type":"close"}'), "close");
  assertEquals(
    asked('{"type":"close","code":4001,"reason":"enough","id":1}'),
    "1: close 4001 enough",
  );
});

Deno.test("json command: what was recorded can be sent again", () => {
  const recorded = (fields: string) => `{"v":1,"time":"2026-01-01T00:00:00.000Z",${fields}}`;
  assertEquals(
    asked(recorded('"type":"message","direction":"in","kind":"binary","size":2,"data":"aGk="')),
    "binary 6869",
  );
  const told = [
    '"type":"open","name":"ws://h/"',
    '"type":"pong","direction":"in","kind":"text","size":0,"data":"","rtt_ms":1',
    '"type":"error","kind":"other","message":"x"',
  ];
  for (const fields of told) assertEquals(asked(recorded(fields)), undefined);
  const ending = '"type":"close","reason":"","clean":false,"code":';
  assertEquals(asked(recorded(`${ending}1006,"name":"x"`)), "close");
  assertEquals(asked(recorded(`${ending}1000,"by":"local"`)), "close 1000");
});

Deno.test("json command: blank lines are none", () => {
  for (const line of ["", "  ", "\r"]) assertEquals(asked(line), undefined);
});

Deno.test("json command: what is wrong is said", () => {
  for (
    const [line, message] of [
      ["hello", "not JSON"],
      ['{"type":"message"', "not JSON"],
      ["17", "a command is a JSON object"],
      ["[]", "a command is a JSON object"],
      ["null", "a command is a JSON object"],
      ["{}", "there is nothing to send"],
      ['{"type":"message"}', "there is nothing to send"],
      ['{"text":"a","hex":"00"}', "text and hex are too much"],
      ['{"text":"a","knd":"text"}', 'there is no key "knd"'],
      ['{"type":"pong"}', '"type":"pong" is nothing that can be sent'],
      ['{"type":7}', '"type":7 is nothing'],
      ['{"data":{"a":1}}', '"data" is a text'],
      ['{"kind":"blob","data":"a"}', '"kind" is "text" or "binary"'],
      ['{"kind":"text","hex":"00"}', '"hex" is for binary messages'],
      ['{"kind":"binary","data":"?"}', "'?' is not base64"],
      ['{"hex":"0"}', "'0' is not hex"],
      ['{"text":"a","id":0}', '"id" is the number of a client'],
      ['{"text":"a","id":"1"}', '"id" is the number of a client'],
      ['{"v":2,"type":"message","data":"a"}', "version 2 is not known"],
      ['{"type":"close","code":1005,"reason":"x"}', undefined],
      ['{"type":"close","code":1006}', "1006 cannot be sent"],
      ['{"type":"close","code":"1000"}', '"1000" cannot be sent'],
      ['{"type":"close","reason":"x"}', "a reason needs a code"],
      [`{"type":"close","code":1000,"reason":"${"x".repeat(124)}"}`, "at most 123 bytes"],
      [`{"type":"ping","data":"${"x".repeat(126)}"}`, "at most 125 bytes"],
    ] as const
  ) {
    if (message === undefined) assertEquals(asked(line), "close", line);
    else {
      const error = assertThrows(() => parseCommand(line), WirecatError, message, line);
      assertEquals(error.kind, "usage");
      assertEquals(error.message.includes("\n"), false);
    }
  }
});
