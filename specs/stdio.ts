/**
 * `-`, `asyncstdio:`, `threadedstdio:` and `inetd:`.
 *
 * @module
 */
import { bufferSize } from "../lib/cli/options.ts";
import { output } from "../lib/cli/script_options.ts";
import { peerFromConn } from "../lib/core/conn.ts";
import { hasPart, purpose } from "../lib/core/lints.ts";
import { connector, type Env, type Opener } from "../lib/core/opener.ts";
import { flag, type Option } from "../lib/core/option.ts";
import type { EndpointType, SpecFamily } from "../lib/core/registry.ts";
import type { OutputFile } from "../lib/process/output_file.ts";

/** `--async-stdio`. */
export const asyncStdio: Option<boolean> = flag({
  long: "async-stdio",
  group: "session",
  advanced: true,
  conflicts: ["no-async-stdio"],
  help:
    "Taken for websocat's sake, changes nothing: standard input and output never keep anything else waiting.",
});

/** `--no-async-stdio`. */
export const noAsyncStdio: Option<boolean> = flag({
  long: "no-async-stdio",
  group: "session",
  advanced: true,
  conflicts: ["async-stdio"],
  help:
    "Taken for websocat's sake, changes nothing: standard input and output are never set to non-blocking mode.",
});

/** The size of the first read: a pipe's whole capacity on Linux. */
const FIRST_READ = 64 * 1024;

/** What the four have in common. */
const stdio: Pick<EndpointType, "kind" | "orientation" | "singleton" | "opener"> = {
  kind: "endpoint",
  orientation: "bytes",
  singleton: "stdio",
  opener: (_argument, env) => open("stdio", env),
};

/** Standard input and output. */
export const family: SpecFamily = {
  options: [asyncStdio, noAsyncStdio],
  fixups: [purpose({
    options: [output],
    isThere: (pair) => hasPart(pair, ({ singleton, silent }) => singleton === "stdio" && !silent),
    what: "standard output",
    hint: "write - for the side that is to go to the file, or writefile:FILE for a side",
    fatal: true,
  })],
  specifiers: [
    {
      ...stdio,
      names: ["-", "stdio"],
      summary: "Standard input and output.",
      doc:
        "There is one of it, so many clients of a server share it. Both have to be named by one " +
        "`-`; `- -` is an exception and copies the input to the output.",
      examples: [
        "- ws://127.0.0.1:8080/",
        "- tcp:127.0.0.1:22",
      ],
    },
    {
      ...stdio,
      names: ["asyncstdio"],
      advanced: true,
      summary: "The same as `-`, under a name that websocat has.",
      examples: ["asyncstdio: ws://127.0.0.1:8080/"],
    },
    {
      ...stdio,
      names: ["threadedstdio"],
      advanced: true,
      summary: "The same as `-`, under another name that websocat has.",
      examples: ["threadedstdio: ws://127.0.0.1:8080/"],
    },
    {
      ...stdio,
      names: ["inetd"],
      silent: true,
      advanced: true,
      summary: "The socket that inetd(8) hands over as standard input and output.",
      doc: "Implies --quiet, since standard error is that socket too. When the other side has " +
        "ended, the sending half of the socket is shut down; that needs --allow-ffi, as -A has.",
      examples: ["inetd: ws://127.0.0.1:8080/"],
      opener: (_argument: string, env: Env) => open("inetd", env),
    },
  ],
};

function open(name: "stdio" | "inetd", env: Env): Opener {
  const maxRead = env.options.get(bufferSize);
  return connector(async ({ signal }) => {
    const { StdioConn } = await import("../lib/process/stdio.ts");
    const output = await outputFile(env);
    signal.throwIfAborted();
    const conn = new StdioConn({ socket: name === "inetd", output });
    return peerFromConn(conn, { name }, { bufferSize: FIRST_READ, maxRead });
  });
}

/** The file that stands in for standard output, if there is one; `-` is standard output itself. */
async function outputFile(env: Env): Promise<OutputFile | undefined> {
  const path = env.options.get(output);
  if (path === undefined || path === "-") return undefined;
  const { OutputFile } = await import("../lib/process/output_file.ts");
  return await OutputFile.open(path);
}
