/**
 * Messages compressed each by itself.
 *
 * @module
 */
import {
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
} from "node:zlib";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { Compression } from "../cli/transform_options.ts";

const LEVEL = 6;

/** More than this the compression library does not take as a limit. */
const MAX_LIMIT = 2 ** 31 - 1;

const COMPRESS = { deflate: deflateRawSync, gzip: gzipSync, zlib: deflateSync };
const UNCOMPRESS = { deflate: inflateRawSync, gzip: gunzipSync, zlib: inflateSync };

/** `bytes` compressed. */
export function compress(format: Compression, bytes: Uint8Array): Uint8Array {
  return COMPRESS[format](bytes, { level: LEVEL });
}

/**
 * What `bytes` were before compression.
 *
 * @throws {WirecatError} If they are broken, or come to more than `limit` bytes.
 */
export function uncompress(format: Compression, bytes: Uint8Array, limit: number): Uint8Array {
  try {
    return UNCOMPRESS[format](bytes, { maxOutputLength: Math.min(limit, MAX_LIMIT) });
  } catch (cause) {
    if ((cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw new WirecatError("protocol", `an uncompressed message is longer than ${limit} bytes`, {
        hint: "--max-ws-message-length sets this limit",
        cause,
      });
    }
    throw new WirecatError(
      "protocol",
      `cannot uncompress a binary message of ${bytes.length} bytes as ${format}: ${
        reasonOf(cause)
      }`,
      { hint: `does the peer send every binary message as ${format}?`, cause },
    );
  }
}
