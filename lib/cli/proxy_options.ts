/**
 * Options about the way to a host and back: proxies, addresses, redirects.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { flag, integer, type Option, text, texts } from "../core/option.ts";

/** The option, with a look at what it is given: slips are to be told at once. */
function checked<T>(option: Option<T>, pattern: RegExp, what: string, example: string): Option<T> {
  return {
    ...option,
    parse(words) {
      for (const word of words) {
        if (pattern.test(word)) continue;
        throw usageError(`--${option.long}: '${word}' is not ${what}`, `as in ${example}`);
      }
      return option.parse(words);
    },
  };
}

/** The option, whose value has to be addresses and networks, apart by commas. */
function addresses<T>(option: Option<T>): Option<T> {
  const one = String.raw`\s*(unix:?|[\d.]+(/\d+)?|[\da-f.]*:[\da-f:.]+(/\d+)?|)\s*`;
  const list = new RegExp(`^${one}(,${one})*$`, "i");
  return checked(
    option,
    list,
    "an address or a network",
    "127.0.0.1, 10.0.0.0/8, fd00::/8 or unix",
  );
}

/** `--proxy`. */
export const proxy: Option<string | undefined> = text({
  long: "proxy",
  short: "x",
  value: "URL",
  group: "proxy",
  secret: true,
  conflicts: ["socks5"],
  help:
    "Connect through this proxy: http://[USER:PASSWORD@]HOST:PORT, https://, socks5h://, socks5://, socks4a:// or socks4://; empty for none, whatever the environment says.",
});

/** `--proxy-user`. */
export const proxyUser: Option<string | undefined> = text({
  long: "proxy-user",
  value: "USER:PASSWORD",
  group: "proxy",
  advanced: true,
  secret: true,
  help: "Log in to the proxy with this name and password.",
});

/** `--proxy-header`. */
export const proxyHeader: Option<readonly string[]> = texts({
  long: "proxy-header",
  value: "NAME:VALUE",
  oneWord: true,
  group: "proxy",
  advanced: true,
  help: "Add a header field to what an HTTP proxy is asked; the server does not see it.",
});

/** `--proxy-insecure`. */
export const proxyInsecure: Option<boolean> = flag({
  long: "proxy-insecure",
  group: "proxy",
  advanced: true,
  help: "Accept any certificate of an https:// proxy.",
});

/** `--proxy-cacert`. */
export const proxyCa: Option<string | undefined> = text({
  long: "proxy-cacert",
  value: "FILE",
  group: "proxy",
  advanced: true,
  help: "Certificates to trust for an https:// proxy, beside those of --cacert and the system's.",
});

/** `--proxy-cert`. */
export const proxyCert: Option<string | undefined> = text({
  long: "proxy-cert",
  value: "FILE",
  group: "proxy",
  advanced: true,
  help: "Certificate to show to an https:// proxy that asks for one: PEM, PKCS#12.",
});

/** `--proxy-key`. */
export const proxyKey: Option<string | undefined> = text({
  long: "proxy-key",
  value: "FILE",
  group: "proxy",
  advanced: true,
  help: "PEM file with the private key of --proxy-cert.",
});

/** `--proxy-pass`. */
export const proxyPass: Option<string | undefined> = text({
  long: "proxy-pass",
  value: "PASSWORD",
  group: "proxy",
  advanced: true,
  secret: true,
  defaultText: "empty",
  help: "What opens --proxy-cert, or the encrypted key of it.",
});

/** Those about TLS on the way to a proxy. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const proxyTlsOptions: readonly Option<any>[] = [
  proxyInsecure,
  proxyCa,
  proxyCert,
  proxyKey,
  proxyPass,
];

/** `--noproxy`. */
export const noProxy: Option<string | undefined> = text({
  long: "noproxy",
  value: "LIST",
  group: "proxy",
  advanced: true,
  help:
    "Instead of $no_proxy: hosts to connect to without a proxy, apart by commas: names with all below them, addresses, networks such as 10.0.0.0/8, * for all.",
});

/** `--resolve`. */
export const resolve: Option<readonly string[]> = checked(
  texts({
    long: "resolve",
    value: "HOST:PORT:ADDRESS[,ADDRESS]",
    oneWord: true,
    group: "proxy",
    advanced: true,
    help: "Take these addresses for HOST and PORT instead of looking the name up; HOST may be *.",
  }),
  /^\+?(\[[^\]]+\]|[^:[\]]+):\d{1,5}:./,
  "HOST:PORT:ADDRESS",
  "--resolve example.org:443:127.0.0.1, or --resolve '*:443:[::1],127.0.0.1'",
);

/** `--connect-to`. */
export const connectTo: Option<readonly string[]> = checked(
  texts({
    long: "connect-to",
    value: "HOST1:PORT1:HOST2:PORT2",
    oneWord: true,
    group: "proxy",
    advanced: true,
    help:
      "Connect to HOST2:PORT2 where HOST1:PORT1 is asked for; the request and the certificate stay those of HOST1. Any part may be empty.",
  }),
  /^(\[[^\]]*\]|[^:[\]]*):\d{0,5}:(\[[^\]]*\]|[^:[\]]*):\d{0,5}$/,
  "HOST1:PORT1:HOST2:PORT2",
  "--connect-to example.org:443:127.0.0.1:8443; what is left empty is any, or stays",
);

/** `-4`. */
export const ipv4: Option<boolean> = flag({
  long: "ipv4",
  short: "4",
  group: "proxy",
  advanced: true,
  conflicts: ["ipv6"],
  help: "Connect by IPv4 only.",
});

/** `-6`. */
export const ipv6: Option<boolean> = flag({
  long: "ipv6",
  short: "6",
  group: "proxy",
  advanced: true,
  conflicts: ["ipv4"],
  help: "Connect by IPv6 only.",
});

/** `--follow-redirects`. */
export const followRedirects: Option<boolean> = flag({
  long: "follow-redirects",
  short: "L",
  aliases: ["location"],
  group: "proxy",
  advanced: true,
  help:
    "Ask again where a server says so that answers with a redirect; logins and cookies stay with the first server.",
});

/** `--max-redirs`. */
export const maxRedirects: Option<number> = integer<number>({
  long: "max-redirs",
  value: "N",
  initial: 10,
  group: "proxy",
  advanced: true,
  help: "Follow at most N redirects.",
});

/** `--send-proxy-protocol`. */
export const sendProxyProtocol: Option<"v1" | "v2" | undefined> = {
  ...text({
    long: "send-proxy-protocol",
    value: "v1|v2",
    group: "proxy",
    advanced: true,
    help:
      "Begin each TCP connection of tcp:, ws:// and wss:// with a PROXY protocol header that tells the address of the client on the left side.",
  }),
  initial: undefined,
  parse([word]) {
    if (word === "v1" || word === "v2") return word;
    throw usageError(`--send-proxy-protocol: '${word}' is none of v1, v2`);
  },
};

/** `--accept-proxy-protocol`. */
export const acceptProxyProtocol: Option<string | undefined> = addresses(text({
  long: "accept-proxy-protocol",
  value: "ADDRESSES",
  valueOptional: true,
  group: "proxy",
  advanced: true,
  help:
    "Expect a PROXY protocol header from clients of a listener, or only from those with these addresses, and take the client's address from it.",
}));

/** `--trust-forwarded`. */
export const trustForwarded: Option<readonly string[]> = addresses(texts({
  long: "trust-forwarded",
  value: "ADDRESS[/BITS]",
  oneWord: true,
  group: "proxy",
  advanced: true,
  help:
    "Take the client's address from the X-Forwarded-For field of requests that come from these proxies, as in 127.0.0.1 or 10.0.0.0/8; unix is a UNIX socket's.",
}));

/** `--forwarded-header`. */
export const forwardedHeader: Option<string> = {
  ...text({
    long: "forwarded-header",
    value: "NAME",
    group: "proxy",
    advanced: true,
    defaultText: "X-Forwarded-For",
    help:
      "The header field that the proxies of --trust-forwarded write: X-Forwarded-For, Forwarded, X-Real-IP …",
  }),
  initial: "X-Forwarded-For",
  parse([word]) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(word)) return word;
    throw usageError(`--forwarded-header: '${word}' is not the name of a header field`);
  },
};

/** Those that change the way to any TCP address. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const routeOptions: readonly Option<any>[] = [
  resolve,
  connectTo,
  ipv4,
  ipv6,
  sendProxyProtocol,
];

/** The rows above, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const proxyOptions: readonly Option<any>[] = [
  proxy,
  proxyUser,
  proxyHeader,
  ...proxyTlsOptions,
  noProxy,
  resolve,
  connectTo,
  ipv4,
  ipv6,
  followRedirects,
  maxRedirects,
  sendProxyProtocol,
  acceptProxyProtocol,
  trustForwarded,
  forwardedHeader,
];
