/**
 * `autoreconnect:`.
 *
 * @module
 */
import type { Fixup } from "../lib/core/fixups.ts";
import { lint } from "../lib/core/lints.ts";
import { lazyOpener } from "../lib/core/opener.ts";
import { integer, milliseconds, type Option } from "../lib/core/option.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** `--autoreconnect-delay-millis`. */
export const delayMillis: Option<number> = milliseconds({
  long: "autoreconnect-delay-millis",
  value: "MS",
  initial: 20,
  group: "overlay",
  advanced: true,
  help:
    "How long autoreconnect: waits after a failed attempt; after further ones twice as long each time, less up to a half by chance.",
});

/** `--autoreconnect-max-delay-millis`. */
export const maxDelayMillis: Option<number> = milliseconds({
  long: "autoreconnect-max-delay-millis",
  value: "MS",
  initial: 10_000,
  group: "overlay",
  advanced: true,
  help: "The longest that autoreconnect: waits between two attempts.",
});

/** `--autoreconnect-max-attempts`. */
export const maxAttempts: Option<number | undefined> = integer({
  long: "autoreconnect-max-attempts",
  value: "N",
  initial: undefined,
  min: 1,
  group: "overlay",
  advanced: true,
  defaultText: "no limit",
  help: "autoreconnect: gives up when N attempts in a row have failed.",
});

const overSharing: Fixup = lint(({ left, right }, { warn }) => {
  for (const { overlays } of [left, right]) {
    const at = overlays.findIndex((overlay) => overlay.names[0] === "autoreconnect");
    const shared = overlays.find((overlay, i) => at >= 0 && i > at && overlay.reuser);
    if (shared === undefined) continue;
    const name = shared.names[0];
    warn(
      `autoreconnect: over ${name}: connects to what is shared again, not what is shared itself`,
      `write ${name}:autoreconnect:`,
    );
  }
});

/** The overlay and its options. */
export const family: SpecFamily = {
  specifiers: [{
    kind: "overlay",
    names: ["autoreconnect"],
    orientation: "inherit",
    single: true,
    summary: "Connect again whenever the connection ends or cannot be made.",
    doc:
      "A write waits until there is a connection; one that failed is written again to the next connection, whole, so a message may arrive twice but is not left out. (What the system had taken for a connection that then died is out of reach.) A connection that ends before anything came from it, within a second, counts as a failed attempt. The first failure is a warning, further ones are told under -v. Over a listener it serves one client after another, and listens all the time. When the other side has ended, the connection is ended in order and what it still sends is read; then it is made again, so add -E to stop there.",
    examples: [
      "- autoreconnect:tcp:127.0.0.1:5445",
      "-u ws-l:127.0.0.1:8080 reuse:autoreconnect:tcp:192.168.0.3:1025",
    ],
    opener: (inner, env) =>
      lazyOpener(async () => {
        const { autoreconnect } = await import("../lib/overlay/autoreconnect.ts");
        return autoreconnect(inner, {
          delay: env.options.get(delayMillis),
          maxDelay: env.options.get(maxDelayMillis),
          maxAttempts: env.options.get(maxAttempts),
          log: env.log,
        });
      }),
  }],
  options: [delayMillis, maxDelayMillis, maxAttempts],
  fixups: [overSharing],
};
