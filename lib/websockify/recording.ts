/**
 * `--record`: a session as a script that noVNC's player reads.
 *
 * The file is JavaScript: an array of texts, one a frame, each with a direction (`}` from the
 * client, `{` from the target), the milliseconds since the session began, the direction again,
 * and the bytes as characters of the same number.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { Observer } from "./observer.ts";

const HEAD = "var VNC_frame_data = [\n";
const TAIL = "'EOF'];\n";

const NAMED: Record<number, string> = {
  9: "\\t",
  10: "\\n",
  13: "\\r",
  39: "\\'",
  92: "\\\\",
};

/** How each byte is written. */
const ESCAPED: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) =>
    NAMED[byte] ??
      (byte >= 32 && byte < 127
        ? String.fromCharCode(byte)
        : "\\x" + byte.toString(16).padStart(2, "0")),
);

/** One frame as a line of the file. `direction` is `}` or `{`. */
export function recordLine(direction: "{" | "}", milliseconds: number, bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += ESCAPED[bytes[i]];
  return `'${direction}${milliseconds}${direction}${text}',\n`;
}

/**
 * Begins a recording. Throws if the file cannot be written; if that fails later the session
 * goes on, and `onFailure` is told once.
 */
export function startRecording(path: string, onFailure: (error: Error) => void): Observer {
  const encoder = new TextEncoder();
  const began = performance.now();
  const failure = (cause: unknown) =>
    new WirecatError("other", `--record: cannot write ${path}: ${reasonOf(cause)}`, { cause });
  let file: Deno.FsFile | undefined;
  const write = (text: string) => {
    if (file === undefined) return;
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    } catch (error) {
      file.close();
      file = undefined;
      onFailure(failure(error));
    }
  };
  const elapsed = () => Math.round(performance.now() - began);
  try {
    file = Deno.openSync(path, { write: true, create: true, truncate: true });
  } catch (error) {
    throw failure(error);
  }
  write(HEAD);
  return {
    fromClient(batch) {
      for (let i = 0; i < batch.length; i++) write(recordLine("}", elapsed(), batch.message(i)));
    },
    fromTarget: (bytes) => write(recordLine("{", elapsed(), bytes)),
    end() {
      write(TAIL);
      file?.close();
      file = undefined;
    },
  };
}
