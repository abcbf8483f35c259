/**
 * From options to what a WebSocket connection and its handshake are told.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { Env } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import type { ConnectionOptions } from "../websocket/connection.ts";
import type { DeflateAgreement, DeflateParameters } from "../websocket/deflate_negotiation.ts";
import { CLOSE, isWireCode } from "../websocket/close_code.ts";
import { asBinary, asText, closeTimeout, engine, halfClose, noClose } from "./options.ts";
import { json } from "./script_options.ts";
import { transformsOutgoing } from "./transform_options.ts";
import {
  closeReason,
  closeStatusCode,
  compress,
  compressLevel,
  compressThreshold,
  inhibitPongs,
  maxFrameLength,
  maxMessageLength,
  maxSentPings,
  pingInterval,
  pingTimeout,
  printPingRtts,
} from "./websocket_options.ts";

/** What messages are sent as; a transform of messages decides it itself. */
function kindOf(options: OptionValues): ConnectionOptions["kind"] {
  // Commands say what their messages are.
  if (transformsOutgoing(options) || options.get(json)) return "keep";
  return options.get(asText) ? "text" : options.get(asBinary) ? "binary" : "keep";
}

/** How connections of a role behave. Throws a usage error for a close code that cannot be sent. */
export function connectionOptions(env: Env, role: "client" | "server"): ConnectionOptions {
  const { options, log } = env;
  const code = options.get(closeStatusCode);
  if (code !== undefined && !isWireCode(code)) {
    throw usageError(
      `--close-status-code ${code} is reserved and cannot be sent`,
      "use 1000 to 1003, 1007 to 1014, or 3000 to 4999",
    );
  }
  if (options.get(compress) !== undefined) needsStreamEngine("--compress", env);
  if (options.get(halfClose)) needsStreamEngine("--half-close", env);
  let repaired = false;
  return {
    role,
    kind: kindOf(options),
    maxFrame: options.get(maxFrameLength),
    maxMessage: options.get(maxMessageLength),
    sendClose: !options.get(noClose),
    closeStatus: {
      code: code ?? CLOSE.none,
      reason: code === undefined ? "" : options.get(closeReason) ?? "",
    },
    closeTimeout: options.get(closeTimeout),
    maxPongs: options.get(inhibitPongs) ?? Infinity,
    keepalive: {
      interval: options.get(pingInterval),
      timeout: options.get(pingTimeout),
      maxPings: options.get(maxSentPings),
      onRoundTrip: options.get(printPingRtts)
        ? (seconds) => log.line(`RTT ${seconds.toFixed(6)} s`)
        : undefined,
    },
    onRepair() {
      if (repaired) return;
      repaired = true;
      log.warn(
        "bytes that are not UTF-8 were replaced in a text message",
        "send binary messages with -b",
      );
    },
  };
}

/** Whether it has been told that this runtime cannot compress. */
let toldOfNoDeflate = false;

/** What is wanted of compression; nothing, with a warning, where the runtime cannot do it. */
export async function wantedDeflate({ options, log }: Env): Promise<DeflateParameters | undefined> {
  const wanted = options.get(compress);
  if (wanted === undefined) return undefined;
  const { deflateWorks } = await import("../websocket/raw_deflate.ts");
  if (deflateWorks) return wanted;
  if (!toldOfNoDeflate) {
    log.warn(
      `--compress does nothing with Deno ${Deno.version.deno}, whose zlib has no synchronous calls`,
      "messages go as they are",
    );
  }
  toldOfNoDeflate = true;
  return undefined;
}

/** The same for one connection on which compression was agreed on, if it was. */
export async function withCompression(
  connection: ConnectionOptions,
  agreement: DeflateAgreement | undefined,
  name: string,
  { options, log }: Env,
): Promise<ConnectionOptions> {
  if (agreement === undefined) {
    if (options.get(compress) !== undefined) log.info(`${name}: no compression was agreed on`);
    return connection;
  }
  log.info(`${name}: agreed on ${agreement.header}`);
  const { Compression } = await import("../websocket/compression.ts");
  const compression = new Compression(agreement, {
    role: connection.role,
    level: options.get(compressLevel),
    threshold: options.get(compressThreshold),
    maxMessage: connection.maxMessage,
    onEnd: (sent, received) => log.info(`${name}: sent ${sent}; received ${received}`),
  });
  return { ...connection, compression };
}

/** Throws a usage error if `name` is to be done by the native engine, which cannot. */
export function needsStreamEngine(name: string, env: Env): void {
  if (env.options.get(engine) !== "native") return;
  throw usageError(
    `${name} is beyond the native engine, which does ws://, wss:// and ws-l: over TCP only`,
    "leave out --engine native",
  );
}
