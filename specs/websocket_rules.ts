/**
 * What is said about options and specifiers of WebSockets that do not fit together.
 *
 * @module
 */
import {
  closeReason,
  closeStatusCode,
  compress,
  compressLevel,
  compressThreshold,
  header,
  inhibitPongs,
  maxFrameLength,
  maxMessageLength,
  maxSentPings,
  origin,
  pingInterval,
  pingTimeout,
  printPingRtts,
  protocol,
  restrictUri,
  serverHeader,
  serverProtocol,
  websocketVersion,
  wsClientUri,
} from "../lib/cli/websocket_options.ts";
import { halfClose } from "../lib/cli/options.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { hasNamed, hasPart, lint, purpose } from "../lib/core/lints.ts";

const forServers: Fixup = purpose({
  options: [restrictUri, serverProtocol, serverHeader],
  isThere: (pair) => hasNamed(pair, "ws-upgrade"),
  what: "a WebSocket server",
  hint: "write ws-l:PORT for one on TCP, or ws-u: before another listener",
});

const forClients: Fixup = purpose({
  options: [header, origin, protocol, websocketVersion],
  isThere: (pair) => hasNamed(pair, "ws", "wss", "ws-connect"),
  what: "a WebSocket client",
  hint: "a server has --server-header and --server-protocol, http: has --request-header",
});

const forClientsOverOthers: Fixup = purpose({
  options: [wsClientUri],
  isThere: (pair) => hasNamed(pair, "ws-connect"),
  what: "ws-c:",
  hint: "write ws-c:tcp:HOST:PORT, or the address as ws://HOST:PORT/",
});

const forBoth: Fixup = purpose({
  options: [
    pingInterval,
    pingTimeout,
    maxSentPings,
    printPingRtts,
    inhibitPongs,
    closeStatusCode,
    closeReason,
    halfClose,
  ],
  isThere: (pair) => hasPart(pair, (part) => part.websocket !== undefined),
  what: "a WebSocket",
  hint: "write ws://HOST:PORT/ for a client, ws-l:PORT for a server",
});

const forHandshakes: Fixup = purpose({
  options: [compress],
  isThere: (pair) => hasNamed(pair, "ws", "wss", "ws-connect", "ws-upgrade"),
  what: "a WebSocket with a handshake",
  hint: "write ws://HOST:PORT/ for a client, ws-l:PORT for a server",
});

const compression: Fixup = lint((_pair, { options, warn }) => {
  if (options.given(compress)) return;
  for (const option of [compressLevel, compressThreshold]) {
    if (!options.asked(option)) continue;
    warn(`--${option.long} without --compress: nothing is compressed`, "add --compress");
  }
});

const pings: Fixup = lint((_pair, { options, warn }) => {
  const interval = options.get(pingInterval);
  const timeout = options.get(pingTimeout);
  if (interval === undefined) {
    for (const option of [pingTimeout, maxSentPings, printPingRtts]) {
      if (!options.asked(option)) continue;
      warn(
        `--${option.long} without --ping-interval: no Pings are sent, so no Pongs come`,
        "add --ping-interval SECONDS",
      );
    }
  } else if (timeout !== undefined && timeout <= interval) {
    warn(
      `--ping-timeout ${timeout} is over before a Ping of every ${interval} s can be answered`,
      `make it more than ${interval}`,
    );
  }
});

const closeFrame: Fixup = lint((_pair, { options, warn }) => {
  if (options.asked(closeReason) && !options.given(closeStatusCode)) {
    warn("--close-reason is not sent without a code", "add --close-status-code 1000");
  }
});

const limits: Fixup = lint((_pair, { options, warn }) => {
  if (!options.given(maxFrameLength) || !options.given(maxMessageLength)) return;
  const frame = options.get(maxFrameLength);
  const message = options.get(maxMessageLength);
  if (message >= frame) return;
  warn(
    `--max-ws-message-length ${message} refuses what --max-ws-frame-length ${frame} lets in`,
    "a message is at least as long as each of its frames: make the first limit the larger one",
  );
});

/** The rules, in order. */
export const webSocketRules: readonly Fixup[] = [
  forServers,
  forClients,
  forClientsOverOthers,
  forBoth,
  forHandshakes,
  compression,
  pings,
  closeFrame,
  limits,
];
