/**
 * `reuse-raw:`.
 *
 * @module
 */
import { maxMessageLength } from "../lib/cli/websocket_options.ts";
import { lazyOpener } from "../lib/core/opener.ts";
import { flag, type Option } from "../lib/core/option.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** `--reuser-send-zero-msg-on-disconnect`. */
export const sendZeroMessage: Option<boolean> = flag({
  long: "reuser-send-zero-msg-on-disconnect",
  group: "overlay",
  advanced: true,
  help: "reuse-raw: writes an empty message when a client has disconnected.",
});

/** The overlay and its option. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "overlay",
    names: ["reuse-raw", "raw-reuse"],
    orientation: "inherit",
    single: true,
    reuser: true,
    advanced: true,
    summary: "Share one connection among all sessions; what comes from it goes to one of them.",
    doc:
      "The connection is opened for the first client and stays open while the program runs. Each message that comes from it goes to the client that has been waiting longest, so it is best used with -u, or with one client at a time. Nothing is dropped: what no client asks for waits in the connection. Messages from the clients go to it one after another, a long one when all of it has come: nobody waits for a client that stops in the middle, and what never gets complete is dropped.",
    examples: [
      "-u ws-l:127.0.0.1:8800 reuse-raw:tcp:127.0.0.1:4567",
      "-u ws-l:127.0.0.1:8000 reuse-raw:appendfile:log.txt",
    ],
    opener: (inner, env) =>
      lazyOpener(async () => {
        const { reuseRaw } = await import("../lib/overlay/reuse_raw.ts");
        return reuseRaw(inner, {
          sayGoodbye: env.options.get(sendZeroMessage),
          maxMessage: env.options.get(maxMessageLength),
          signal: env.signal,
          track: env.track,
          log: env.log,
        });
      }),
  }],
  options: [sendZeroMessage],
};
