/**
 * `open-async:` and `open-fd:`, and `--accept-from-fd`.
 *
 * @module
 */
import { bufferSize, strict } from "../lib/cli/options.ts";
import { usageError } from "../lib/core/errors.ts";
import { connector, type Env, type Opener } from "../lib/core/opener.ts";
import { flag, type Option } from "../lib/core/option.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** `--accept-from-fd`. */
export const acceptFromFd: Option<boolean> = flag({
  long: "accept-from-fd",
  group: "listen",
  advanced: true,
  help:
    "Listening UNIX, seqpacket and TCP specifiers take no address but an inherited listening socket: the number of its descriptor, 'systemd' for the only one that the service manager handed over, or that one's name.",
});

/** Descriptors and devices. */
export const family: SpecFamily = {
  specifiers: [
    {
      kind: "endpoint",
      names: ["open-async"],
      argument: "PATH",
      orientation: "messages",
      advanced: true,
      summary: "Open a device or a named pipe for reading and writing.",
      doc: "It has to exist. Each read is a message. A named pipe does not end when its other " +
        "programs close it. For regular files there are readfile:, writefile: and appendfile:.",
      examples: ["-U ws-l:127.0.0.1:8088 open-async:/dev/urandom"],
      check(argument) {
        if (argument === "") throw usageError("open-async: needs a path after the colon");
      },
      opener: device,
    },
    {
      kind: "endpoint",
      names: ["open-fd"],
      argument: "N",
      orientation: "messages",
      advanced: true,
      sharedWriter: true,
      summary: "Use a file descriptor that was inherited, both ways.",
      doc:
        "It may be a socket, a pipe, a file or a device. Each read is a message; of a datagram " +
        "or seqpacket socket each packet. What can only be written is at its end at once, what " +
        "can only be read takes and drops everything. All clients of a listener share it, as if " +
        "reuse-raw: were written before it.",
      examples: ["-U ws-l:127.0.0.1:8088 open-fd:55 55</dev/urandom"],
      check: (argument) => void descriptor(argument),
      opener: inherited,
    },
  ],
  options: [acceptFromFd],
};

function descriptor(argument: string): number {
  if (/^\d{1,9}$/.test(argument)) return Number(argument);
  throw usageError(
    `open-fd: needs the number of a descriptor, '${argument}' is none`,
    "for a path there is open-async:",
  );
}

function device(path: string, { options }: Env): Opener {
  return connector(async ({ signal }) => {
    const { openDevice } = await import("../lib/ffi/open_fd.ts");
    signal.throwIfAborted();
    return openDevice(path, { maxMessage: options.get(bufferSize), dropLong: options.get(strict) });
  });
}

function inherited(argument: string, env: Env): Opener {
  const fd = descriptor(argument);
  return connector(async ({ signal, shared }) => {
    const { openInherited } = await import("../lib/ffi/open_fd.ts");
    signal.throwIfAborted();
    const { options } = env;
    const limits = {
      maxMessage: options.get(bufferSize),
      dropLong: options.get(strict),
      dropUnsendable: shared,
    };
    return openInherited(fd, limits, env);
  });
}
