import { assertEquals } from "@std/assert";
import { registry } from "../../specs/mod.ts";
import { optionTable } from "./understand.ts";

/** The test file that shows what an option or a specifier does, for each of them. */
const SHOWN_IN: Record<string, { options?: string; specifiers?: string }> = {
  "tests/auth/credentials_test.ts": { options: "basic-auth-file user bearer bearer-file netrc" },
  "tests/auth/origin_rules_test.ts": { options: "allow-origin" },
  "tests/cli/auth_test.ts": {
    options: "require-basic-auth require-bearer require-origin deny-address cookie-jar",
  },
  "tests/cli/completions_test.ts": { options: "completions" },
  "tests/cli/config_test.ts": { options: "config no-config" },
  "tests/cli/dump_test.ts": { options: "dump-spec no-fixups" },
  "tests/cli/exit_status_test.ts": { options: "version" },
  "tests/cli/help_test.ts": { options: "help long-help just-generate-key just-generate-accept" },
  "tests/cli/parse_test.ts": { options: "linger verbose" },
  "tests/cli/script_test.ts": {
    options:
      "connect-timeout idle-timeout max-time retry retry-delay retry-max-time retry-all-errors output write-out",
  },
  "tests/cli/signals_test.ts": { options: "stdout-announce-listening-ports" },
  "tests/curl/print_test.ts": { options: "print-curl" },
  "tests/conversation/options_test.ts": { options: "send expect step set set-secret within" },
  "tests/cli/terminal_options_test.ts": { options: "no-tty" },
  "tests/terminal/client_prompt_test.ts": { options: "timestamps no-json-pretty" },
  "tests/terminal/pty_test.ts": { options: "no-history" },
  "tests/overlay/json_indenter_test.ts": { options: "json-pretty", specifiers: "json-pretty" },
  "tests/interop/novnc_test.ts": { options: "quiet" },
  "tests/interop/websocat_test.ts": {
    options:
      "text binary null-terminated strict buffer-size no-line linemode-strip-newlines unidirectional unidirectional-reverse exit-on-eof no-close one-message max-messages max-messages-rev preamble preamble-reverse oneshot conncap protocol server-protocol ping-interval ping-timeout inhibit-pongs close-status-code close-reason websocket-version ws-c-uri header server-header origin restrict-uri base64-text text-prefix binary-prefix ua request-header socks5 socks5-user-pass jsonrpc lengthprefixed-nbytes lengthprefixed-little-endian lengthprefixed-skip-read-direction lengthprefixed-skip-write-direction crypto-key max-sent-pings print-ping-rtts close-timeout",
    specifiers: "l-ws-unix ws-connect ws-lowlevel-client ws-lowlevel-server - log",
  },
  "tests/net/address_rules_test.ts": { options: "allow-address" },
  "tests/net/udp_test.ts": { options: "udp-ttl" },
  "tests/reference/examples_test.ts": {
    options:
      "tls-cert tls-key server-mode insecure pkcs12-passwd client-pkcs12-der client-pkcs12-passwd",
    specifiers:
      "ws wss ws-listen wss-listen inetd-ws l-ws-abstract ws-upgrade tcp tcp-listen random",
  },
  "tests/specs/assert_test.ts": { specifiers: "assert assert2" },
  "tests/specs/autoreconnect_test.ts": {
    options: "autoreconnect-delay-millis autoreconnect-max-delay-millis autoreconnect-max-attempts",
    specifiers: "autoreconnect",
  },
  "tests/specs/broadcast_test.ts": { options: "queue-len", specifiers: "broadcast" },
  "tests/specs/clogged_test.ts": { specifiers: "clogged" },
  "tests/specs/crypto_test.ts": { options: "crypto-reverse", specifiers: "crypto" },
  "tests/specs/drop_on_backpressure_test.ts": { specifiers: "drop_on_backpressure" },
  "tests/specs/exit_on_specific_byte_test.ts": {
    options: "byte-to-exit-on",
    specifiers: "exit_on_specific_byte",
  },
  "tests/specs/fd_test.ts": { specifiers: "open-async open-fd" },
  "tests/specs/file_test.ts": { specifiers: "readfile writefile appendfile" },
  "tests/specs/foreachmsg_test.ts": { options: "foreachmsg-wait-read", specifiers: "foreachmsg" },
  "tests/specs/http_test.ts": {
    options: "basic-auth request-method request-uri",
    specifiers: "http https http-request http-post-sse",
  },
  "tests/specs/jsonrpc_test.ts": { options: "jsonrpc-omit-jsonrpc", specifiers: "jsonrpc" },
  "tests/specs/json_events_test.ts": { options: "json", specifiers: "json-events" },
  "tests/specs/lengthprefixed_test.ts": {
    options: "max-ws-message-length",
    specifiers: "lengthprefixed",
  },
  "tests/specs/line_test.ts": { specifiers: "line2msg msg2line" },
  "tests/specs/literal_test.ts": { specifiers: "literal literalreply" },
  "tests/specs/log_test.ts": {
    options: "log-traffic log-hex log-omit-content log-timestamps log-verbose",
  },
  "tests/specs/message_transform_test.ts": {
    options:
      "base64 compress-deflate compress-gzip compress-zlib uncompress-deflate uncompress-gzip uncompress-zlib websocket-ignore-zeromsg no-exit-on-zeromsg",
  },
  "tests/specs/mirror_test.ts": { specifiers: "mirror" },
  "tests/specs/process_test.ts": {
    options:
      "exec-args set-environment header-to-env exec-sighup-on-stdin-close exec-sighup-on-zero-msg exec-exit-on-disconnect exec-status exec-chdir exec-uid exec-gid",
    specifiers: "exec cmd sh-c",
  },
  "tests/specs/prometheus_test.ts": { options: "prometheus", specifiers: "prometheus" },
  "tests/specs/registry_test.ts": {
    options: "registry-connect-bufsize",
    specifiers: "registry-stream-listen registry-stream-connect",
  },
  "tests/specs/reuse_raw_test.ts": {
    options: "reuser-send-zero-msg-on-disconnect",
    specifiers: "reuse-raw",
  },
  "tests/specs/seqpacket_test.ts": {
    options: "chmod-owner chmod-group chmod-everyone unlink",
    specifiers: "seqpacket seqpacket-listen",
  },
  "tests/specs/proxy_test.ts": {
    options:
      "proxy proxy-user proxy-header noproxy resolve connect-to ipv4 ipv6 follow-redirects max-redirs send-proxy-protocol accept-proxy-protocol trust-forwarded forwarded-header",
    specifiers: "http-connect proxy-protocol",
  },
  "tests/interop/proxy_test.ts": {
    options: "proxy-insecure proxy-cacert proxy-cert proxy-key proxy-pass",
  },
  "tests/specs/socks5_test.ts": {
    options: "socks5-destination socks5-bind-script",
    specifiers: "socks5-connect socks5-bind",
  },
  "tests/specs/static_file_test.ts": { options: "static-file static-dir" },
  "tests/specs/stdio_test.ts": {
    options: "async-stdio no-async-stdio",
    specifiers: "asyncstdio threadedstdio inetd",
  },
  "tests/specs/tcp_test.ts": { options: "accept-from-fd" },
  "tests/specs/tee_test.ts": {
    options: "tee tee-propagate-failures tee-propagate-eof tee-tolerate-torn-msgs",
    specifiers: "tee",
  },
  "tests/specs/timestamp_test.ts": { options: "timestamp-monotonic", specifiers: "timestamp" },
  "tests/specs/tls_options_test.ts": {
    options: "cert key self-signed verify-client cafile tls-min alpn",
  },
  "tests/tls/pin_test.ts": { options: "pin" },
  "tests/specs/tls_test.ts": {
    options: "handshake-timeout pkcs12-der tls-ca tls-domain client-cert client-key",
    specifiers: "ssl-connect ssl-accept ssl-listen",
  },
  "tests/specs/udp_test.ts": {
    options:
      "udp-broadcast udp-multicast udp-multicast-iface-v4 udp-multicast-iface-v6 udp-multicast-loop udp-reuseaddr udp-oneshot udp-server-timeout-ms udp-server-max-clients udp-server-buffer-size udp-server-qlen",
    specifiers: "udp udp-listen udp-server",
  },
  "tests/specs/unix_dgram_test.ts": { specifiers: "unix-dgram abstract-dgram" },
  "tests/specs/unix_test.ts": {
    specifiers: "unix unix-listen abstract abstract-listen",
  },
  "tests/specs/waitfordata_test.ts": { specifiers: "waitfordata" },
  "tests/specs/websocket_fields_test.ts": { options: "cookie" },
  "tests/websocket/decoder_test.ts": { options: "max-ws-frame-length" },
  "tests/websocket/engines_test.ts": { options: "engine" },
  "tests/websocket/half_close_test.ts": { options: "half-close" },
  "tests/websocket/compression_test.ts": {
    options: "compress compress-level compress-threshold",
  },
};

const read = async (path: string) =>
  await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

/** Names in an order of their own, each as often as it is there. */
const sorted = (names: Iterable<string>) => [...names].sort();

const named = (key: "options" | "specifiers") =>
  Object.values(SHOWN_IN).flatMap((shown) => shown[key]?.split(" ") ?? []);

Deno.test("every option has a test that shows its effect, and so has every specifier", () => {
  assertEquals(sorted(named("options")), sorted(optionTable.map((row) => row.long)));
  const specifiers = registry.specifiers.map((type) => type.names[0]);
  assertEquals(sorted(named("specifiers")), sorted(specifiers));
});

/** Whether a text has a word in it that does not go on in a longer one. */
function has(text: string, word: string): boolean {
  return new RegExp(`(?<![\\w-])${RegExp.escape(word)}(?![\\w-])`).test(text);
}

Deno.test("the tests that are said to show an option or a specifier name it", async () => {
  const missing: string[] = [];
  for (const [path, { options = "", specifiers = "" }] of Object.entries(SHOWN_IN)) {
    const text = await read(path);
    for (const long of options.split(" ").filter(Boolean)) {
      const row = optionTable.find((row) => row.long === long)!;
      const short = row.short !== undefined &&
        new RegExp(`[" ]-\\w{0,3}${row.short}`).test(text);
      // Options of a kind are spelled out by the test: `--compress-${format}`.
      const formed = text.includes(`${long.replace(/-[a-z]+$/, "")}-\${`);
      // A flag of a table may be written without its dashes, as the options of an environment are.
      if (!short && !formed && !has(text, `--${long}`) && !has(text, long)) {
        missing.push(`${path}: --${long}`);
      }
    }
    for (const name of specifiers.split(" ").filter(Boolean)) {
      const { names } = registry.find(name)!;
      if (!names.some((name) => has(text, name))) missing.push(`${path}: ${name}:`);
    }
  }
  assertEquals(missing, []);
});
