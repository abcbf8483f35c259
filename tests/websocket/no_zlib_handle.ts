/**
 * A runtime whose `node:zlib` has no calls below its documented ones: a module to run before others.
 *
 * @module
 */
import { createDeflateRaw } from "node:zlib";

const { _handle } = createDeflateRaw() as unknown as { _handle: object };
Object.defineProperty(Object.getPrototypeOf(_handle), "writeSync", { value: undefined });
