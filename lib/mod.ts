/**
 * The library below the program: what a file in `specs/` is written with, and the
 * WebSocket engine for use on its own.
 *
 * @module
 */
export * from "./core/batch.ts";
export * from "./core/conn.ts";
export * from "./core/errors.ts";
export * from "./core/fixups.ts";
export * from "./core/log.ts";
export * from "./core/opener.ts";
export * from "./core/option.ts";
export type { BatchReader, BatchWriter } from "./core/halves.ts";
export * from "./core/peer.ts";
export * from "./core/registry.ts";
export * from "./core/session.ts";
export * from "./core/specifier.ts";
export * from "./core/streams.ts";
export { run } from "./cli/run.ts";
export { type ConnectionOptions, webSocketPeer } from "./websocket/connection.ts";
export type { KeepaliveOptions } from "./websocket/keepalive.ts";
