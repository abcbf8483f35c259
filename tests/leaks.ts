/**
 * Has every test fail that leaves a timer, a file, a connection or a program behind. It is loaded
 * before each test file by `deno task test:leaks`.
 *
 * @module
 */
import { libc } from "../lib/ffi/libc.ts";
import { forEveryTest } from "./every_test.ts";

try {
  libc("tests"); // It is opened once and stays open, so that is not to happen in a test.
} catch {
  // It is not here, and no test can open it either.
}

forEveryTest({ sanitizeOps: true, sanitizeResources: true });
