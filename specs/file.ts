/**
 * `readfile:`, `writefile:` and `appendfile:`: regular files.
 *
 * @module
 */
import { bufferSize } from "../lib/cli/options.ts";
import { usageError } from "../lib/core/errors.ts";
import { connector } from "../lib/core/opener.ts";
import type { EndpointType, SpecFamily } from "../lib/core/registry.ts";

function needsPath(name: string): (argument: string) => void {
  return (argument) => {
    if (argument === "") throw usageError(`${name}: needs a path`, `write ${name}:PATH`);
  };
}

const readfile: EndpointType = {
  kind: "endpoint",
  names: ["readfile"],
  summary: "a file to read; what is written to it is thrown away",
  doc: "Each connection reads the file from its start. For devices and pipes there is open-async:.",
  examples: ["-U ws-l:127.0.0.1:8080 readfile:greeting.json"],
  argument: "PATH",
  orientation: "bytes",
  check: needsPath("readfile"),
  opener: (path, env) =>
    connector(async ({ signal }) => {
      const { openToRead } = await import("../lib/file/file.ts");
      return openToRead({ name: `readfile:${path}`, path, signal }, env.options.get(bufferSize));
    }),
};

function writer(
  name: "writefile" | "appendfile",
  mode: "truncate" | "append",
  described: Pick<EndpointType, "summary" | "doc" | "examples">,
): EndpointType {
  return {
    kind: "endpoint",
    names: [name],
    ...described,
    argument: "PATH",
    orientation: "bytes",
    sharedWriter: true,
    check: needsPath(name),
    opener: (path) =>
      connector(async ({ signal }) => {
        const { openToWrite } = await import("../lib/file/file.ts");
        return openToWrite({ name: `${name}:${path}`, path, signal }, mode);
      }),
  };
}

/** Files as endpoints. */
export const family: SpecFamily = {
  specifiers: [
    readfile,
    writer("writefile", "truncate", {
      summary: "a file to write, emptied first; there is nothing to read from it",
      doc: "The file is made if there is none. Many clients of a server share one opening of it.",
      examples: ["-u ws://127.0.0.1:8080/ writefile:received.txt"],
    }),
    writer("appendfile", "append", {
      summary: "a file to add to; there is nothing to read from it",
      doc: "The file is made if there is none. Many clients of a server share one opening of it.",
      examples: ["-u ws-l:127.0.0.1:8080 appendfile:log.txt"],
    }),
  ],
};
