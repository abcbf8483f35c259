/**
 * The variables and files that a run may read or write without being told on the command line.
 *
 * @module
 */

/** A variable or a file, and what it is for. */
export type Surrounding = readonly [name: string, text: string];

/** Variables of the environment. */
export const ENVIRONMENT: readonly Surrounding[] = [
  ["WIRECAT_CONFIG", "The file of defaults and profiles, as --config names it."],
  ["WEBSOCAT_BASIC_AUTH", "USER:PASSWORD to log in with, as --basic-auth takes it."],
  [
    "ws_proxy, wss_proxy, http_proxy, https_proxy, all_proxy, no_proxy",
    "Proxies for URLs, and the hosts that need none, as curl reads them. All but http_proxy may " +
    "also be in capitals.",
  ],
  [
    "SSL_CERT_FILE, SSL_CERT_DIR",
    "A file and a folder of certificates to trust, as OpenSSL reads them.",
  ],
  ["SSLKEYLOGFILE", "Where to write the keys of TLS sessions, for Wireshark."],
  ["NO_COLOR", "If it is not empty, nothing is coloured."],
  ["TERM", "If it is dumb, there is no prompt."],
  [
    "XDG_CONFIG_HOME, XDG_STATE_HOME",
    "Where the files below are, instead of ~/.config and ~/.local/state.",
  ],
  [
    "LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES",
    "Sockets that systemd has opened, for --accept-from-fd.",
  ],
  [
    "WIRECAT_URI, WIRECAT_CLIENT, WEBSOCAT_URI, WEBSOCAT_CLIENT, REMOTE_USER, H_NAME, SSL_CLIENT_*",
    "What programs are told with -e: path, address and login of the client, the header fields of " +
    "--header-to-env, and the client's certificate.",
  ],
];

/** Files. */
export const FILES: readonly Surrounding[] = [
  [
    "~/.config/wirecat/config.json",
    "Defaults and profiles; wirecat config path prints where they are on this system.",
  ],
  ["~/.local/state/wirecat/history", "What was typed at the prompt, unless --no-history is given."],
  ["~/.netrc", "Logins, for --netrc."],
];
