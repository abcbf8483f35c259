/**
 * Every family of specifiers. A new one is a file beside this and two lines here.
 *
 * @module
 */
import { Registry } from "../lib/core/registry.ts";
import { family as assertFamily } from "./assert.ts";
import { family as broadcastFamily } from "./broadcast.ts";
import { family as cloggedFamily } from "./clogged.ts";
import { family as fileFamily } from "./file.ts";
import { family as lineFamily } from "./line.ts";
import { family as literalFamily } from "./literal.ts";
import { family as mirrorFamily } from "./mirror.ts";
import { family as processFamily } from "./process.ts";
import { family as randomFamily } from "./random.ts";
import { family as reuseRawFamily } from "./reuse_raw.ts";
import { family as stdioFamily } from "./stdio.ts";
import { family as tcpFamily } from "./tcp.ts";
import { family as tlsFamily } from "./tls.ts";
import { family as unixFamily } from "./unix.ts";
import { family as webSocketFamily } from "./websocket.ts";

/** The specifiers that wirecat knows. */
export const registry: Registry = new Registry([
  webSocketFamily,
  tcpFamily,
  tlsFamily,
  unixFamily,
  stdioFamily,
  processFamily,
  fileFamily,
  literalFamily,
  mirrorFamily,
  assertFamily,
  cloggedFamily,
  randomFamily,
  lineFamily,
  broadcastFamily,
  reuseRawFamily,
]);
