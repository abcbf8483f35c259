import { assertEquals } from "@std/assert";
import { CONTINUED, MORE } from "../../lib/core/batch.ts";
import { EventStreamEncoder } from "../../lib/http/event_stream.ts";
import { batchOf, type Message } from "../peers.ts";

const encode = (...messages: Message[]) =>
  new TextDecoder().decode(new EventStreamEncoder().encode(batchOf(...messages)));

/** What a browser makes of a stream: the data of its events. */
function eventsOf(stream: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of stream.split(/\r\n|\n|\r/)) {
    if (line.startsWith("data: ")) data.push(line.slice(6));
    if (line === "" && data.length > 0) {
      events.push(data.join("\n"));
      data = [];
    }
  }
  return events;
}

Deno.test("event stream: a message is an event", () => {
  assertEquals(encode("one", "two"), "data: one\n\ndata: two\n\n");
});

Deno.test("event stream: a line is a field, whatever ends it", () => {
  assertEquals(encode("a\nb\rc\r\nd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  assertEquals(encode("a\r\r\n\nb"), "data: a\ndata: \ndata: \ndata: b\n\n");
});

Deno.test("event stream: a browser gets each message back, with LF for any line end", () => {
  const messages = ["x", "", "\n", "one\n", "a\n\nb", " lead", "data: x", ": c", "é😀", "id: 1\n"];
  assertEquals(eventsOf(encode(...messages)), messages);
  assertEquals(eventsOf(encode("a\rb", "c\r\nd\r")), ["a\nb", "c\nd\n"]);
});

Deno.test("event stream: parts of a message are one event, also where CR LF is split", () => {
  const encoder = new EventStreamEncoder();
  const text = (...messages: Message[]) =>
    new TextDecoder().decode(encoder.encode(batchOf(...messages)));
  assertEquals(text(["a\r", MORE]), "data: a\ndata: ");
  assertEquals(
    text(["\nb", MORE | CONTINUED], ["\nc", CONTINUED], "\nd"),
    "b\ndata: c\n\ndata: \ndata: d\n\n",
  );
});

Deno.test("event stream: nothing but line ends fits, too", () => {
  assertEquals(eventsOf(encode("\r".repeat(5000)))[0], "\n".repeat(5000));
});
