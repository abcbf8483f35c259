/**
 * `foreachmsg:`.
 *
 * @module
 */
import { lazyOpener } from "../lib/core/opener.ts";
import { flag, type Option } from "../lib/core/option.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** `--foreachmsg-wait-read`. */
export const waitRead: Option<boolean> = flag({
  long: "foreachmsg-wait-read",
  group: "overlay",
  advanced: true,
  help:
    "foreachmsg: takes the next message only when everything that came back for this one is read.",
});

/** The overlay and its option. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "overlay",
    names: ["foreachmsg"],
    advanced: true,
    orientation: "inherit",
    single: true,
    summary: "Open a connection, or start a program, for each message.",
    doc:
      "For each message the connection below is opened, the message is written and the write side closed. What comes back is read until the next message arrives, which closes the connection; with --foreachmsg-wait-read the next message waits until all has come back, so that replies keep the order of the messages. An error with one message ends the session.",
    examples: [
      "-t -u ws://server/updates foreachmsg:writefile:status.txt",
      "-t ws-l:127.0.0.1:8080 foreachmsg:sh-c:'wc -c' --foreachmsg-wait-read",
    ],
    opener: (inner, env) =>
      lazyOpener(async () => {
        const { foreachmsg } = await import("../lib/overlay/foreachmsg.ts");
        return foreachmsg(inner, env.options.get(waitRead));
      }),
  }],
  options: [waitRead],
};
