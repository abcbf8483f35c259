/**
 * `unix-dgram:` and `abstract-dgram:`.
 *
 * @module
 */
import { bufferSize, strict, unlink } from "../lib/cli/options.ts";
import { usageError } from "../lib/core/errors.ts";
import { connector, type Env, type Opener } from "../lib/core/opener.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

const ABOUT = "Messages are received at the first address, from anybody, and sent to the second, " +
  "where a program has to receive already. Empty messages are packets too.";

/** UNIX datagram sockets. */
export const family: SpecFamily = {
  specifiers: [
    {
      kind: "endpoint",
      names: ["unix-dgram"],
      argument: "RECEIVE:SEND",
      orientation: "messages",
      advanced: true,
      summary: "Receive packets at one UNIX datagram socket's path, send them to another's.",
      doc: `${ABOUT} The file of the first is removed in the end; --unlink removes one that was ` +
        "left behind.",
      examples: ["- unix-dgram:/tmp/mine.socket:/tmp/theirs.socket"],
      check: (argument) => void parse(argument, "unix-dgram:"),
      opener: (argument, env) => opener(argument, false, env),
    },
    {
      kind: "endpoint",
      names: ["abstract-dgram"],
      argument: "RECEIVE:SEND",
      orientation: "messages",
      advanced: true,
      summary: "The same with names of Linux's abstract namespace.",
      doc: ABOUT,
      examples: ["- abstract-dgram:mine:theirs"],
      check: (argument) => void parse(argument, "abstract-dgram:"),
      opener: (argument, env) => opener(argument, true, env),
    },
  ],
};

function parse(argument: string, name: string): [receive: string, send: string] {
  const [receive, send, ...more] = argument.split(":");
  if (!receive || !send || more.length > 0) {
    throw usageError(
      `${name} needs two addresses, '${argument}' is something else`,
      `write ${name}RECEIVE:SEND`,
    );
  }
  return [receive, send];
}

function opener(argument: string, abstract: boolean, env: Env): Opener {
  const specifier = abstract ? "abstract-dgram:" : "unix-dgram:";
  const [receive, send] = parse(argument, specifier);
  return connector(async (request) => {
    const { openUnixDgram } = await import("../lib/ffi/unix_dgram.ts");
    return openUnixDgram(
      {
        receive: { text: receive, abstract },
        send: { text: send, abstract },
        unlink: env.options.get(unlink),
        maxMessage: env.options.get(bufferSize),
        dropLong: env.options.get(strict),
        dropUnsendable: request.shared,
        shown: specifier + argument,
      },
      env,
      request,
    );
  });
}
