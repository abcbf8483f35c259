import { assertEquals } from "@std/assert";
import { type Key, KeyDecoder } from "../../lib/terminal/key.ts";

const encoder = new TextEncoder();

/** The keys as text: names in angle brackets, pastes in square ones. */
function shown(keys: readonly Key[]): string {
  return keys.map((key) => {
    if (key.type === "text") return key.text;
    if (key.type === "paste") return `[${key.text}]`;
    return key.type === "key" ? `<${key.name}>` : `!${key.bytes}`;
  }).join("");
}

function keysOf(text: string): string {
  return shown(new KeyDecoder().push(encoder.encode(text)));
}

Deno.test("keys: text and control characters", () => {
  assertEquals(
    keysOf("abc\x01\x05\x7f\x08\t\r\n\x00"),
    [
      "abc<ctrl-a><ctrl-e><backspace><backspace><tab><enter><enter><ctrl-space>",
    ].join(),
  );
  assertEquals(keysOf("\x1a\x1c\x1f\x12"), "<ctrl-z><ctrl-\\><ctrl-_><ctrl-r>");
});

Deno.test("keys: cursor keys of xterm, of the application mode, of rxvt and of the Linux console", () => {
  assertEquals(keysOf("\x1b[A\x1bOB\x1b[C\x1b[D"), "<up><down><right><left>");
  assertEquals(
    keysOf("\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1bOH\x1bOF"),
    [
      "<home><end><home><end><home><end><home><end>",
    ].join(),
  );
  assertEquals(keysOf("\x1b[3~\x1b[5~\x1b[6~\x1b[Z"), "<delete><pageup><pagedown><shift-tab>");
});

Deno.test("keys: modifiers", () => {
  assertEquals(
    keysOf("\x1b[1;5D\x1b[1;5C\x1b[1;3D\x1bOd\x1b[3;5~"),
    [
      "<ctrl-left><ctrl-right><alt-left><ctrl-left><ctrl-delete>",
    ].join(),
  );
  assertEquals(
    keysOf("\x1bb\x1bf\x1bd\x1b\x7f\x1b\r"),
    [
      "<alt-b><alt-f><alt-d><alt-backspace><alt-enter>",
    ].join(),
  );
  assertEquals(keysOf("\x1b[13;2u\x1b[27;5;13~\x1b[97;5u"), "<shift-enter><ctrl-enter><ctrl-a>");
});

Deno.test("keys: modifiers of rxvt", () => {
  assertEquals(
    keysOf("\x1b[3^\x1b[7$\x1b[8@\x1b[3$x"),
    "<ctrl-delete><shift-home><ctrl-shift-end><shift-delete>x",
  );
});

Deno.test("keys: Alt with a letter that is not ASCII is that letter", () => {
  assertEquals(keysOf("\x1bä\x1b日x"), "ä日x");
});

Deno.test("keys: behind Ctrl-V a control character is text, Enter a newline", () => {
  const bytes = encoder.encode("\x16\t\x16\x1b[A\x16\r\x16\x03\x16ab\x16ä\x03");
  for (let cut = 0; cut <= bytes.length; cut++) {
    const decoder = new KeyDecoder();
    const keys = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))];
    assertEquals(shown(keys), "\t\x1b[A\n\x03abä<ctrl-c>", `cut at ${cut}`);
  }
  assertEquals(keysOf("\x16\x1b[200~a\rb\x1b[201~"), "[a\nb]", "a paste stays one");
});

Deno.test("keys: UTF-8 may be cut anywhere", () => {
  const bytes = encoder.encode("日本 e\u0301 👨‍👩‍👧");
  for (let cut = 0; cut <= bytes.length; cut++) {
    const decoder = new KeyDecoder();
    const keys = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))];
    assertEquals(shown(keys), "日本 e\u0301 👨‍👩‍👧", `cut at ${cut}`);
  }
});

Deno.test("keys: a sequence may be cut anywhere", () => {
  const bytes = encoder.encode("a\x1b[1;5Cb\x1b[200~x\x1by\x1b[201~\x1b[A");
  for (let cut = 0; cut <= bytes.length; cut++) {
    const decoder = new KeyDecoder();
    const keys = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))];
    assertEquals(shown(keys), "a<ctrl-right>b[x\x1by]<up>", `cut at ${cut}`);
  }
});

Deno.test("keys: Escape alone is known by nothing that follows", () => {
  const decoder = new KeyDecoder();
  assertEquals(decoder.push(encoder.encode("\x1b")), []);
  assertEquals(decoder.pending, true);
  assertEquals(shown(decoder.flush()), "<escape>");
  assertEquals(decoder.pending, false);
  assertEquals(keysOf("\x1b\x1b[A"), "<escape><up>");
});

Deno.test("keys: what is not known is nothing, rather than text", () => {
  assertEquals(keysOf("\x1b[[A\x1b[?6c\x1b[99~\x1b[Ix"), "x");
  assertEquals(keysOf(`\x1b[${"1;".repeat(100)}`).includes("<"), false);
});

Deno.test("keys: a paste is one key, with newlines for what ends its lines", () => {
  assertEquals(
    keysOf("\x1b[200~one\rtwo\r\nthree\nfour\x03\x1b[201~x"),
    "[one\ntwo\nthree\nfour\x03]x",
  );
});

Deno.test("keys: a paste of many pieces stays one; one that is too long is left out", () => {
  const decoder = new KeyDecoder(100_000);
  const keys: Key[] = decoder.push(encoder.encode("\x1b[200~"));
  for (let i = 0; i < 1000; i++) {
    keys.push(...decoder.push(encoder.encode("0123456789".repeat(10))));
  }
  keys.push(...decoder.push(encoder.encode("\x1b[201~")));
  assertEquals(keys.map(({ type }) => type), ["paste"]);
  assertEquals(keys[0].type === "paste" && keys[0].text.length, 100_000);
  const small = new KeyDecoder(10);
  assertEquals(shown(small.push(encoder.encode("\x1b[200~12345678901\x1b[201~z"))), "!11z");
});

Deno.test("keys: a paste whose end is lost on the way is ended by Ctrl-C", () => {
  const decoder = new KeyDecoder();
  assertEquals(decoder.push(encoder.encode("\x1b[200~abc\x03d")), []);
  assertEquals(shown(decoder.push(encoder.encode("\x03"))), "<ctrl-c>");
  assertEquals(shown(decoder.push(encoder.encode("x"))), "x");
});
