/**
 * The option table of the websockify personality.
 *
 * @module
 */
import { choice, flag, type Option, seconds, text } from "../core/option.ts";

/** An option as websockify reads it: of several the last counts. */
function last<T>(option: Option<T>): Option<T> {
  return { ...option, many: true, parse: (words) => option.parse(words.slice(-1)) };
}

/** `-h`. */
export const help: Option<boolean> = last(flag({
  long: "help",
  short: "h",
  group: "mode",
  help: "Print this help.",
}));

/** `-v`. */
export const verbose: Option<boolean> = last(flag({
  long: "verbose",
  short: "v",
  group: "output",
  help: "Say more: each request, the subprotocol, how a session ended.",
}));

/** `--traffic`. */
export const traffic: Option<boolean> = last(flag({
  long: "traffic",
  group: "output",
  help: "Print a sign for each frame that comes or goes.",
}));

/** `--record`. */
export const record: Option<string | undefined> = last(text({
  long: "record",
  value: "FILE",
  group: "output",
  help: "Record each session to FILE.N, N being its number, as noVNC's player reads it.",
}));

/** `-D`. */
export const daemon: Option<boolean> = last(flag({
  long: "daemon",
  short: "D",
  group: "mode",
  help: "Go on in the background as soon as the port is listened on.",
}));

/** `--pid-file`. */
export const pidFile: Option<string | undefined> = last(text({
  long: "pid-file",
  value: "FILE",
  group: "mode",
  help: "Write the number of the process that listens to FILE, and remove it at the end.",
}));

/** `--run-once`. */
export const runOnce: Option<boolean> = last(flag({
  long: "run-once",
  group: "mode",
  help: "Exit after one WebSocket session.",
}));

/** `--timeout`. */
export const timeout: Option<number> = last(seconds({
  long: "timeout",
  value: "SECONDS",
  initial: 0,
  group: "mode",
  help: "Exit so long after the start, as soon as nobody is connected; 0 for never.",
}));

/** `--idle-timeout`. */
export const idleTimeout: Option<number> = last(seconds({
  long: "idle-timeout",
  value: "SECONDS",
  initial: 0,
  group: "mode",
  help: "Exit when nobody has been connected for so long; 0 for never.",
}));

/** `--cert`. */
export const cert: Option<string> = last({
  ...text({
    long: "cert",
    value: "FILE",
    group: "tls",
    defaultText: "self.pem",
    help: "The certificate, in PEM, perhaps with its key. TLS is spoken if the file is there.",
  }),
  initial: "self.pem",
  parse: ([word]) => word,
});

/** `--key`. */
export const key: Option<string | undefined> = last(text({
  long: "key",
  value: "FILE",
  group: "tls",
  help: "The private key, in PEM, where it is not in the certificate's file.",
}));

/** `--key-password`. */
export const keyPassword: Option<string | undefined> = last(text({
  long: "key-password",
  value: "PASSWORD",
  group: "tls",
  help: "What opens the private key.",
}));

/** `--ssl-only`. */
export const sslOnly: Option<boolean> = last(flag({
  long: "ssl-only",
  group: "tls",
  help: "Turn away clients without TLS.",
}));

/** `--ssl-target`. */
export const sslTarget: Option<boolean> = last(flag({
  long: "ssl-target",
  group: "tls",
  help: "Speak TLS with the target. Its certificate is not checked.",
}));

/** `--verify-client`. */
export const verifyClient: Option<boolean> = last(flag({
  long: "verify-client",
  group: "tls",
  help: "Take TLS clients only that show a certificate of a trusted authority.",
}));

/** `--cafile`. */
export const caFile: Option<string | undefined> = last(text({
  long: "cafile",
  value: "FILE",
  group: "tls",
  help: "The authorities that --verify-client trusts, in PEM, instead of the system's.",
}));

/** `--ssl-version`. */
export const sslVersion: Option<"default" | "tlsv1_1" | "tlsv1_2" | "tlsv1_3"> = last(choice({
  long: "ssl-version",
  choices: ["default", "tlsv1_1", "tlsv1_2", "tlsv1_3"],
  group: "tls",
  help: "The oldest version of TLS to speak; nothing older than 1.2 is spoken in any case.",
}));

/** `--ssl-ciphers`. */
export const sslCiphers: Option<string | undefined> = last(text({
  long: "ssl-ciphers",
  value: "LIST",
  group: "tls",
  advanced: true,
  help: "Taken, but the runtime chooses the ciphers, all of them of TLS 1.2 and 1.3, by itself.",
}));

/** `--unix-target`. */
export const unixTarget: Option<string | undefined> = last(text({
  long: "unix-target",
  value: "FILE",
  group: "session",
  help: "The target is this UNIX socket.",
}));

/** `--unix-listen`. */
export const unixListen: Option<string | undefined> = last(text({
  long: "unix-listen",
  value: "FILE",
  group: "listen",
  help: "Listen on this UNIX socket instead of a port.",
}));

/** `--inetd`. */
export const inetd: Option<boolean> = last(flag({
  long: "inetd",
  group: "listen",
  help: "Standard input is the socket to listen on.",
}));

/** `--web`. */
export const web: Option<string | undefined> = last(text({
  long: "web",
  value: "DIR",
  group: "http",
  help: "Serve the files below DIR to those who ask for no WebSocket.",
}));

/** `--web-auth`. */
export const webAuth: Option<boolean> = last(flag({
  long: "web-auth",
  group: "http",
  help: "Ask the --auth-plugin before files are served, too.",
}));

/** `--wrap-mode`. */
export const wrapMode: Option<"exit" | "ignore" | "respawn"> = last(choice({
  long: "wrap-mode",
  choices: ["exit", "ignore", "respawn"],
  group: "program",
  help: "What to do when the program behind -- ends.",
}));

/** `-6`. */
export const preferIpv6: Option<boolean> = last(flag({
  long: "prefer-ipv6",
  short: "6",
  group: "listen",
  help: "Listen on an IPv6 address of the source, where it has one.",
}));

/** `--libserver`. */
export const libserver: Option<boolean> = last(flag({
  long: "libserver",
  group: "mode",
  advanced: true,
  help: "Chooses between two servers in websockify; here there is one, and it changes nothing.",
}));

/** `--target-config`. */
export const targetConfig: Option<string | undefined> = last(text({
  long: "target-config",
  value: "FILE",
  group: "session",
  conflicts: ["token-plugin"],
  help: "The same as --token-plugin TokenFile --token-source FILE.",
}));

/** `--token-plugin`. */
export const tokenPlugin: Option<string | undefined> = last(text({
  long: "token-plugin",
  value: "NAME",
  group: "session",
  help: "What finds the target of a token: TokenFile, ReadOnlyTokenFile, " +
    "BaseTokenAPI, JWTTokenApi, TokenRedis, UnixDomainSocketDirectory, " +
    "or a TypeScript or JavaScript file.",
}));

/** `--token-source`. */
export const tokenSource: Option<string | undefined> = last(text({
  long: "token-source",
  value: "TEXT",
  group: "session",
  help: "What the token plugin works with.",
}));

/** `--host-token`. */
export const hostToken: Option<boolean> = last(flag({
  long: "host-token",
  group: "session",
  help: "The token is the name in the Host header, not the parameter 'token' of the address.",
}));

/** `--auth-plugin`. */
export const authPlugin: Option<string | undefined> = last(text({
  long: "auth-plugin",
  value: "NAME",
  group: "http",
  help: "What decides who may connect: BasicHTTPAuth, ExpectOrigin, ClientCertCNAuth, " +
    "or a TypeScript or JavaScript file.",
}));

/** `--auth-source`. */
export const authSource: Option<string | undefined> = last(text({
  long: "auth-source",
  value: "TEXT",
  group: "http",
  help: "What the auth plugin works with.",
}));

/** `--heartbeat`. */
export const heartbeat: Option<number> = last(seconds({
  long: "heartbeat",
  value: "SECONDS",
  initial: 0,
  group: "session",
  help: "Send a Ping this often; 0 for never.",
}));

/** `--log-file`. */
export const logFile: Option<string | undefined> = last(text({
  long: "log-file",
  value: "FILE",
  group: "output",
  help: "Add what is logged to FILE, with the time, instead of printing it.",
}));

/** `--syslog`. */
export const syslog: Option<string | undefined> = last(text({
  long: "syslog",
  value: "SERVER",
  group: "output",
  help: "Send what is logged to a socket such as /dev/log, or to HOST:PORT with UDP.",
}));

/** `--legacy-syslog`. */
export const legacySyslog: Option<boolean> = last(flag({
  long: "legacy-syslog",
  group: "output",
  help: "Speak the older syslog protocol (RFC 3164) instead of RFC 5424.",
}));

/** All rows, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const websockifyOptions: readonly Option<any>[] = [
  help,
  daemon,
  pidFile,
  runOnce,
  timeout,
  idleTimeout,
  libserver,
  unixTarget,
  tokenPlugin,
  tokenSource,
  hostToken,
  targetConfig,
  heartbeat,
  wrapMode,
  preferIpv6,
  unixListen,
  inetd,
  web,
  webAuth,
  authPlugin,
  authSource,
  cert,
  key,
  keyPassword,
  sslOnly,
  sslTarget,
  verifyClient,
  caFile,
  sslVersion,
  sslCiphers,
  verbose,
  traffic,
  record,
  logFile,
  syslog,
  legacySyslog,
];
