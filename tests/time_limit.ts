/**
 * Gives every test a time limit: one that hangs fails and is named, and the others go on. It is
 * loaded before each test file by `deno task test`.
 *
 * @module
 */
import { forEveryTest } from "./every_test.ts";

/** How long a test may take, in milliseconds, on a slow machine too, unless it says otherwise. */
const TIME_LIMIT = 90_000;

forEveryTest({ timeout: TIME_LIMIT });
