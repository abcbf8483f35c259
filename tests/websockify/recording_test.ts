import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Batch, BINARY } from "../../lib/core/batch.ts";
import { recordLine, startRecording } from "../../lib/websockify/recording.ts";

Deno.test("recording: any byte is read back as the character of its number", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const line = recordLine("{", 12, bytes);
  assertMatch(line, /^'\{12\{[ -~]*',\n$/);
  const [text] = new Function(`return [${line}];`)() as string[];
  assertEquals(Array.from(text.slice(4), (char) => char.charCodeAt(0)), [...bytes]);
});

Deno.test("recording: a session is a script that noVNC's player can read", async () => {
  const path = await Deno.makeTempFile();
  try {
    const recording = startRecording(path, () => {});
    recording.fromClient!(Batch.of(new TextEncoder().encode("it's"), BINARY));
    recording.fromTarget!(new TextEncoder().encode("a\\b\n"));
    recording.end!();
    const script = await Deno.readTextFile(path);
    const frames = new Function(`${script}; return VNC_frame_data;`)() as string[];
    assertEquals(frames.map((frame) => frame.replace(/\d+/, "N")), ["}N}it's", "{N{a\\b\n", "EOF"]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("recording: a file that cannot be written is an error at once", () => {
  assertThrows(() => startRecording("/nowhere/at/all", () => {}), Error, "--record");
});
