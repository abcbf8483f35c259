/**
 * `registry-stream-listen:` and `registry-stream-connect:`.
 *
 * @module
 */
import { connector, listener } from "../lib/core/opener.ts";
import { bytes, type Option } from "../lib/core/option.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** `--registry-connect-bufsize`. */
export const connectBufferSize: Option<number> = bytes({
  long: "registry-connect-bufsize",
  value: "BYTES",
  initial: 1024,
  min: 1,
  group: "overlay",
  advanced: true,
  help: "How many bytes registry-stream-connect: holds in each direction until they are read.",
});

/** The two endpoints and their option. */
export const family: SpecFamily = {
  specifiers: [
    {
      kind: "endpoint",
      names: ["registry-stream-listen", "regstr-l"],
      argument: "NAME",
      orientation: "bytes",
      listens: true,
      advanced: true,
      summary: "Serve connections that are made to a name within this program.",
      doc:
        "The other ends are registry-stream-connect: with the same name, which may be empty. One command line has one pair of addresses, so this is for programs that run several pairs through the library, with one registry for all.",
      opener: (name, env) =>
        listener(async () => {
          const { rendezvousOf } = await import("../lib/overlay/rendezvous.ts");
          return rendezvousOf(env.registry).listen(name);
        }, env.log),
    },
    {
      kind: "endpoint",
      names: ["registry-stream-connect", "regstr-c"],
      argument: "NAME",
      orientation: "bytes",
      advanced: true,
      summary: "Connect to a name within this program.",
      doc: "Waits until somebody listens at the name.",
      opener: (name, env) =>
        connector(async (request) => {
          const { rendezvousOf } = await import("../lib/overlay/rendezvous.ts");
          const size = env.options.get(connectBufferSize);
          return rendezvousOf(env.registry).connect(name, size, request);
        }),
    },
  ],
  options: [connectBufferSize],
};
