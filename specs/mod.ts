/**
 * Every family of specifiers. A new one is a file beside this and two lines here.
 *
 * @module
 */
import { Registry } from "../lib/core/registry.ts";
import { family as assert } from "./assert.ts";
import { family as auth } from "./auth.ts";
import { family as autoreconnect } from "./autoreconnect.ts";
import { family as broadcast } from "./broadcast.ts";
import { family as clogged } from "./clogged.ts";
import { family as crypto } from "./crypto.ts";
import { family as dropOnBackpressure } from "./drop_on_backpressure.ts";
import { family as exitOnSpecificByte } from "./exit_on_specific_byte.ts";
import { family as fd } from "./fd.ts";
import { family as file } from "./file.ts";
import { family as foreachmsg } from "./foreachmsg.ts";
import { family as http } from "./http.ts";
import { family as jsonEvents } from "./json_events.ts";
import { family as jsonPretty } from "./json_pretty.ts";
import { family as jsonrpc } from "./jsonrpc.ts";
import { family as lengthprefixed } from "./lengthprefixed.ts";
import { family as line } from "./line.ts";
import { family as literal } from "./literal.ts";
import { family as log } from "./log.ts";
import { family as messageTransform } from "./message_transform.ts";
import { family as mirror } from "./mirror.ts";
import { family as process } from "./process.ts";
import { family as prometheus } from "./prometheus.ts";
import { family as proxy } from "./proxy.ts";
import { family as random } from "./random.ts";
import { family as rendezvous } from "./registry.ts";
import { family as reuseRaw } from "./reuse_raw.ts";
import { family as seqpacket } from "./seqpacket.ts";
import { family as session } from "./session.ts";
import { family as socketMode } from "./socket_mode.ts";
import { family as socks5 } from "./socks5.ts";
import { family as staticFile } from "./static_file.ts";
import { family as stdio } from "./stdio.ts";
import { family as tcp } from "./tcp.ts";
import { family as tee } from "./tee.ts";
import { family as timestamp } from "./timestamp.ts";
import { family as tls } from "./tls.ts";
import { family as udp } from "./udp.ts";
import { family as unix } from "./unix.ts";
import { family as unixDgram } from "./unix_dgram.ts";
import { family as waitfordata } from "./waitfordata.ts";
import { family as webSocket } from "./websocket.ts";

/** The specifiers that wirecat knows, in the order of the help. */
export const registry: Registry = new Registry([
  webSocket,
  session,
  messageTransform,
  auth,
  staticFile,
  tcp,
  tls,
  unix,
  socketMode,
  fd,
  udp,
  unixDgram,
  seqpacket,
  stdio,
  process,
  file,
  http,
  socks5,
  proxy,
  literal,
  mirror,
  assert,
  clogged,
  random,
  line,
  broadcast,
  reuseRaw,
  autoreconnect,
  foreachmsg,
  waitfordata,
  dropOnBackpressure,
  log,
  timestamp,
  jsonEvents,
  jsonPretty,
  jsonrpc,
  lengthprefixed,
  crypto,
  prometheus,
  exitOnSpecificByte,
  rendezvous,
  tee,
]);
