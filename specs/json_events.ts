/**
 * `json-events:` and `--json`.
 *
 * @module
 */
import {
  asBinary,
  conncap,
  maxMessages,
  maxMessagesReverse,
  oneMessage,
  oneshot,
  preamble,
  preambleReverse,
  unidirectional,
  unidirectionalReverse,
} from "../lib/cli/options.ts";
import { json } from "../lib/cli/script_options.ts";
import { maxMessageLength } from "../lib/cli/websocket_options.ts";
import { usageError } from "../lib/core/errors.ts";
import type { Fixup, SpecifierPair } from "../lib/core/fixups.ts";
import { hasNamed } from "../lib/core/lints.ts";
import { connector, type Env, type Opener } from "../lib/core/opener.ts";
import type { OptionValues } from "../lib/core/option.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { trait, withOverlay } from "../lib/core/specifier.ts";
import type { JsonPeerOptions } from "../lib/events/json_peer.ts";

/** What a session would see to, were the lines messages. */
type Rules = Pick<JsonPeerOptions, "preamble" | "maxIn" | "maxOut">;

const NO_RULES: Rules = { preamble: [], maxIn: Infinity, maxOut: Infinity };

function open(inner: Opener, env: Env, rules: Rules): Opener {
  const { options, log, noteFailure } = env;
  const many = inner.listen !== undefined && !options.get(oneshot);
  return connector(async (request) => {
    const { openJsonPeer } = await import("../lib/events/json_peer.ts");
    return await openJsonPeer(inner, request, many, {
      ...rules,
      kind: options.get(asBinary) ? "binary" : "text",
      maxMessage: options.get(maxMessageLength),
      conncap: options.get(conncap) ?? Infinity,
      log,
      noteFailure,
    });
  });
}

/** The overlay as it is written on a command line. */
const overlay: OverlayType = {
  kind: "overlay",
  names: ["json-events"],
  advanced: true,
  orientation: "bytes",
  single: true,
  summary: "Turn a connection into lines of JSON: its events to read, commands to write.",
  doc: "Each line that is read is an event: open, message, ping, pong, close or error. Each line " +
    'that is written is a command, such as {"type":"message","data":"hello"}. The page ' +
    "docs/json.md tells of all keys. Over a listener all clients share the lines: events have " +
    'the "id" of their client, and a command is for the client whose "id" it has, or for all. ' +
    "--json puts this over the side that is not standard input and output.",
  examples: [
    "- json-events:ws://127.0.0.1:8080/",
    "json-events:ws-l:127.0.0.1:8080 cmd:./chat.py",
  ],
  opener: (inner, env) => open(inner, env, NO_RULES),
};

/** Puts the overlay over the side whose events are wanted. */
const insertOverlay: Fixup = {
  when: "before",
  apply(pair, { options }) {
    if (!options.get(json) || hasNamed(pair, "json-events")) return pair;
    const side = sideOf(pair);
    const rules = rulesOf(options, side);
    const ofRules: OverlayType = {
      ...overlay,
      ownRules: true,
      opener: (inner, env) => open(inner, env, rules),
    };
    return { ...pair, [side]: withOverlay(pair[side], ofRules) };
  },
};

function sideOf({ left, right }: SpecifierPair): "left" | "right" {
  const isStdio = [left, right].map((side) => trait(side, "singleton") === "stdio");
  if (isStdio[0] !== isStdio[1]) return isStdio[0] ? "right" : "left";
  throw usageError(
    "--json is for standard input and output on one side, and a connection on the other",
    "write json-events: before the specifier whose events are wanted",
  );
}

function rulesOf(options: OptionValues, side: "left" | "right"): Rules {
  const most = options.get(oneMessage) ? 1 : Infinity;
  const forward = options.get(unidirectionalReverse)
    ? 0
    : Math.min(most, options.get(maxMessages) ?? Infinity);
  const reverse = options.get(unidirectional)
    ? 0
    : Math.min(most, options.get(maxMessagesReverse) ?? Infinity);
  return side === "right"
    ? { preamble: options.get(preamble), maxOut: forward, maxIn: reverse }
    : { preamble: options.get(preambleReverse), maxOut: reverse, maxIn: forward };
}

/** The overlay and the option that puts it in. */
export const family: SpecFamily = { specifiers: [overlay], fixups: [insertOverlay] };
