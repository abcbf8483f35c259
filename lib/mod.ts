/**
 * wirecat as a library: connect to anything, listen for clients, and put overlays between, with
 * messages in web streams. Below that is what a file in `specs/` is written with, and the
 * WebSocket engine for use on its own.
 *
 * ```ts
 * import { connect } from "jsr:@wirecat/wirecat/lib";
 *
 * await using connection = await connect("ws://127.0.0.1:8080/");
 * await connection.writable.getWriter().write("hello");
 * for await (const message of connection.readable) console.log(message);
 * ```
 *
 * @module
 */
export { connect } from "./library/connect.ts";
export { Connection, type Message } from "./library/connection.ts";
export { listen, type ListenSettings, Server } from "./library/listen.ts";
export type { Settings, SettingValue } from "./library/settings.ts";
export * from "./core/batch.ts";
export * from "./core/conn.ts";
export * from "./core/errors.ts";
export * from "./core/fixups.ts";
export type { BatchReader, BatchWriter } from "./core/halves.ts";
export * from "./core/log.ts";
export * from "./core/opener.ts";
export * from "./core/option.ts";
export * from "./core/peer.ts";
export * from "./core/registry.ts";
export * from "./core/session.ts";
export * from "./core/specifier.ts";
export * from "./core/streams.ts";
export * from "./core/trace.ts";
export { Channel, type ChannelOptions } from "./events/channel.ts";
export * from "./events/event.ts";
export { run } from "./cli/run.ts";
export { registry } from "../specs/mod.ts";
export { type ConnectionOptions, webSocketPeer } from "./websocket/connection.ts";
export type { KeepaliveOptions } from "./websocket/keepalive.ts";
export type { Compression, CompressionOptions } from "./websocket/compression.ts";
export type { DeflateAgreement, DeflateDirection } from "./websocket/deflate_negotiation.ts";
export type { DeflateTraffic } from "./websocket/deflate_traffic.ts";
export type { Deflater, DeflaterOptions } from "./websocket/deflater.ts";
export type { Inflater, InflaterOptions } from "./websocket/inflater.ts";
