/**
 * Options for SOCKS5 proxies.
 *
 * @module
 */
import { type Option, text } from "../core/option.ts";

/** `--socks5`. */
export const socks5: Option<string | undefined> = text({
  long: "socks5",
  value: "HOST:PORT",
  group: "proxy",
  advanced: true,
  help:
    "Connect to the ws:// or wss:// server through this SOCKS5 proxy, which also looks up the name; the same as --proxy socks5h://HOST:PORT.",
});

/** `--socks5-destination`. */
export const socks5Destination: Option<string | undefined> = text({
  long: "socks5-destination",
  aliases: ["proxy-destination"],
  value: "HOST:PORT",
  group: "proxy",
  advanced: true,
  help:
    "What the proxy is to connect to for socks5-connect: and http-connect:, or whom it is to expect for socks5-bind:.",
});

/** `--socks5-user-pass`. */
export const socks5UserPass: Option<string | undefined> = text({
  long: "socks5-user-pass",
  value: "USER:PASSWORD",
  group: "proxy",
  secret: true,
  advanced: true,
  help: "Log in to the SOCKS5 proxy with this name and password.",
});

/** `--socks5-bind-script`. */
export const socks5BindScript: Option<string | undefined> = text({
  long: "socks5-bind-script",
  value: "PROGRAM",
  group: "proxy",
  advanced: true,
  help:
    "Run this program when socks5-bind: knows the port that the proxy listens on; the port is its only argument.",
});
