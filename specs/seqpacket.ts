/**
 * `seqpacket:` and `seqpacket-listen:`.
 *
 * @module
 */
import { bufferSize, strict, unlink } from "../lib/cli/options.ts";
import { usageError } from "../lib/core/errors.ts";
import {
  connector,
  type Env,
  listener,
  type Opener,
  type OpenRequest,
} from "../lib/core/opener.ts";
import type { PacketLimits } from "../lib/ffi/packets.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { acceptFromFd } from "./fd.ts";
import { socketModeOptions } from "./socket_mode.ts";

const ABOUT =
  "Each message is one packet, both ways. A leading @ marks a name of Linux's abstract " +
  "namespace. A read of nothing means that the other end is done, so empty messages are not " +
  "sent. Linux only.";

/** UNIX sockets of the type `SOCK_SEQPACKET`. */
export const family: SpecFamily = {
  specifiers: [
    {
      kind: "endpoint",
      names: ["seqpacket", "seqpacket-connect", "connect-seqpacket", "seqpacket-c", "c-seqpacket"],
      argument: "PATH",
      orientation: "messages",
      advanced: true,
      socket: true,
      summary: "Connect to a UNIX socket that keeps message bounds (SOCK_SEQPACKET).",
      doc: ABOUT,
      examples: ["ws-l:127.0.0.1:1234 seqpacket:@test"],
      check,
      opener: connect,
    },
    {
      kind: "endpoint",
      names: [
        "seqpacket-listen",
        "listen-seqpacket",
        "seqpacket-l",
        "l-seqpacket",
      ],
      argument: "PATH",
      orientation: "messages",
      listens: true,
      advanced: true,
      socket: true,
      summary: "Listen on a UNIX socket that keeps message bounds (SOCK_SEQPACKET).",
      doc: `${ABOUT} The socket's file is removed in the end; --unlink removes one that was ` +
        "left behind.",
      examples: ["--unlink seqpacket-l:/tmp/the.socket ws://127.0.0.1:8089"],
      check,
      opener: listen,
    },
  ],
};

function check(argument: string): void {
  if (argument === "" || argument === "@") {
    throw usageError("seqpacket: needs a path, or @ and a name, after the colon");
  }
}

function limits({ options }: Env, { shared }: OpenRequest): PacketLimits {
  return {
    maxMessage: options.get(bufferSize),
    dropLong: options.get(strict),
    dropUnsendable: shared,
  };
}

function connect(path: string, env: Env): Opener {
  return connector(async (request) => {
    const { connectSeqpacket } = await import("../lib/ffi/seqpacket.ts");
    return connectSeqpacket(path, limits(env, request), env, request);
  });
}

function listen(path: string, env: Env): Opener {
  return listener(async (request) => {
    const { listenSeqpacket } = await import("../lib/ffi/seqpacket.ts");
    request.signal.throwIfAborted();
    return listenSeqpacket(path, {
      ...limits(env, request),
      unlink: env.options.get(unlink),
      mode: socketModeOptions(env.options),
      inherited: env.options.get(acceptFromFd),
    }, env);
  }, env.log);
}
