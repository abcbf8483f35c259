/**
 * curl's options, and what they are here.
 *
 * @module
 */

/** What becomes of an option of curl's. */
export type CurlAction =
  /** The option of ours with the same meaning and value. */
  | { readonly option: string }
  /** Handled by name in `command.ts`. */
  | "special"
  /** Without a meaning for a WebSocket, or what happens anyway. */
  | "moot"
  /** Left out, and told. */
  | "ignored"
  /** It would be another request: refused. */
  | "refused";

/** One option of curl's. */
export interface CurlOption {
  /** Its name without dashes. */
  readonly long: string;
  /** Its letter. */
  readonly short?: string;
  /** Whether it takes a value. */
  readonly value: boolean;
  /** What becomes of it. */
  readonly action: CurlAction;
}

/** `long`, or `l/long` with its letter; `=ours` where it is another name; a colon takes a value. */
const SAME = "A/user-agent:=ua u/user: oauth2-bearer:=bearer k/insecure cacert:=tls-ca " +
  "key:=client-key pass:=client-pkcs12-passwd x/proxy: U/proxy-user: proxy-header: " +
  "proxy-insecure proxy-cacert: proxy-key: proxy-pass: noproxy: resolve: connect-to: 4/ipv4 6/ipv6 b/cookie: c/cookie-jar: n/netrc " +
  "netrc-file:=netrc m/max-time: connect-timeout: o/output: w/write-out: retry: retry-delay: " +
  "retry-max-time: L/location=follow-redirects max-redirs: " +
  "v/verbose s/silent=quiet";

const SPECIAL = "H/header: e/referer: E/cert: cert-type: proxy-cert: X/request: url: socks5: " +
  "socks5-hostname: socks4: socks4a: haproxy-protocol";

const MOOT = "compressed http1.1 N/no-buffer i/include g/globoff f/fail fail-with-body " +
  "S/show-error #/progress-bar no-progress-meter path-as-is styled-output basic tr-encoding " +
  "tcp-nodelay tcp-fastopen no-keepalive q/disable suppress-connect-headers no-alpn key-type: " +
  "no-sessionid ssl-no-revoke raw";

const REFUSED = "d/data: data-ascii: data-binary: data-raw: data-urlencode: F/form: " +
  "form-string: json: T/upload-file: I/head request-target: url-query: unix-socket: " +
  "abstract-unix-socket: K/config: :/next aws-sigv4: digest ntlm ntlm-wb negotiate preproxy: " +
  "proxy1.0: interface: doh-url: pinnedpubkey: crlfile: cert-status";

const IGNORED = "alt-svc: anyauth a/append capath: ciphers: compressed-ssh C/continue-at: " +
  "create-dirs create-file-mode: crlf curves: delegation: disable-eprt disable-epsv " +
  "disallow-username-in-url dns-interface: dns-ipv4-addr: dns-ipv6-addr: dns-servers: " +
  "doh-cert-status doh-insecure D/dump-header: egd-file: engine: etag-compare: etag-save: " +
  "expect100-timeout: fail-early false-start form-escape G/get happy-eyeballs-timeout-ms: " +
  "haproxy-clientip: hsts: http0.9 0/http1.0 http2 http2-prior-knowledge http3 http3-only " +
  "ignore-content-length j/junk-session-cookies keepalive-time: keepalive-cnt: krb: libcurl: " +
  "limit-rate: l/list-only local-port: location-trusted login-options: max-filesize: " +
  "netrc-optional no-clobber no-npn output-dir: Z/parallel parallel-immediate parallel-max: " +
  "post301 post302 post303 proto: proto-default: proto-redir: proxy-anyauth proxy-basic " +
  "proxy-capath: proxy-cert-type: proxy-ciphers: proxy-crlfile: " +
  "proxy-digest proxy-key-type: proxy-negotiate proxy-ntlm " +
  "proxy-pinnedpubkey: proxy-service-name: proxy-ssl-allow-beast proxy-tls13-ciphers: " +
  "proxy-tlsv1 p/proxytunnel random-file: r/range: rate: J/remote-header-name O/remote-name " +
  "remote-name-all R/remote-time remove-on-error retry-all-errors retry-connrefused " +
  "sasl-authzid: sasl-ir service-name: socks5-basic socks5-gssapi Y/speed-limit: y/speed-time: " +
  "ssl ssl-allow-beast ssl-reqd ssl-revoke-best-effort stderr: z/time-cond: tls-max: " +
  "tls13-ciphers: 1/tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 trace: trace-ascii: trace-time " +
  "trace-ids trace-config: B/use-ascii xattr ech: ca-native skip-existing variable: vlan-priority:";

function rows(names: string, action?: CurlAction): CurlOption[] {
  return names.split(" ").map((text) => {
    const [, short, long, colon, ours] = /^(?:(.)\/)?([^:=]+)(:)?(?:=(.+))?$/.exec(text)!;
    return { long, short, value: colon !== undefined, action: action ?? { option: ours ?? long } };
  });
}

/** The options of curl that connect somewhere over HTTP. */
export const curlOptions: readonly CurlOption[] = [
  ...rows(SAME),
  ...rows(SPECIAL, "special"),
  ...rows(MOOT, "moot"),
  ...rows(REFUSED, "refused"),
  ...rows(IGNORED, "ignored"),
];
