/**
 * `assert:` and `assert2:`: checking what arrives.
 *
 * @module
 */
import { connector } from "../lib/core/opener.ts";
import type { EndpointType, SpecFamily } from "../lib/core/registry.ts";

function assertion(
  name: string,
  described: Pick<EndpointType, "summary" | "doc" | "examples">,
): EndpointType {
  return {
    kind: "endpoint",
    names: [name],
    advanced: true,
    ...described,
    argument: "TEXT",
    orientation: "messages",
    opener: (text) =>
      connector(async () => {
        const { assertPeer } = await import("../lib/local/assert.ts");
        return assertPeer(`${name}:`, text);
      }),
  };
}

/** Checks as endpoints. */
export const family: SpecFamily = {
  specifiers: [
    assertion("assert", {
      summary: "fails with exit status 10 if the whole input is not this text",
      doc: "Where the input is cut into messages does not matter.",
      examples: ["-u ws://127.0.0.1:8080/ assert:hello"],
    }),
    assertion("assert2", {
      summary: "the same as assert:",
      examples: ["-u ws://127.0.0.1:8080/ assert2:hello"],
    }),
  ],
};
