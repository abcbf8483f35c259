/**
 * What is printed when something fails: a line that names the step, the other end and the
 * cause, and one with what to do. Each is provoked for real.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { type ErrorKind, EXIT_STATUS } from "../../lib/core/errors.ts";
import { freePort } from "../free_port.ts";
import { certPath, identity } from "../tls/fixture.ts";
import {
  answering,
  closeFrame,
  frame,
  type Provoking,
  response,
  silent,
  tcpServer,
  untilEnd,
  upgrading,
} from "./provoking.ts";
import { run } from "./program.ts";

/** One failure: what provokes it, and what is to be said. */
interface Failure {
  /** What the other end does; a port that nobody listens on if not given. */
  readonly server?: () => Provoking;
  /** The command line. */
  readonly words: (port: number) => string[];
  /** What the error line has to match, behind `wirecat: error: `. */
  readonly says: RegExp;
  /** What the line below it has to match; none where the first says it all. */
  readonly hint?: RegExp;
  /** The kind, which decides the exit status; 0 for a warning only. */
  readonly kind: ErrorKind | "none";
}

const nobody = (): Provoking => {
  const port = freePort();
  return { port, [Symbol.asyncDispose]: () => Promise.resolve() };
};

async function check(name: string, { server = nobody, words, says, hint, kind }: Failure) {
  await using other = server();
  const args = words(other.port);
  const { code, stderr } = await run(args, { input: "hello\n" });
  const told = `${name}: ${args.join(" ")}\n${stderr}`;
  const lines = stderr.split("\n");
  const word = kind === "none" ? "warning" : "error";
  const at = lines.findLastIndex((line) => line.startsWith(`wirecat: ${word}: `));
  assertMatch(lines[at] ?? "", says, told);
  if (hint !== undefined) assertMatch(lines[at + 1], hint, told);
  assertEquals(lines.slice(at + (hint === undefined ? 1 : 2)), [""], told);
  assertEquals(code, kind === "none" ? 0 : EXIT_STATUS[kind], told);
}

/** So many run at once: they wait more than they work. */
const AT_ONCE = 4;

function failures(title: string, table: Record<string, Failure>): void {
  Deno.test(`failures: ${title}`, async () => {
    const rest = Object.entries(table);
    const work = async () => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) await check(...next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  });
}

const url = (port: number) => [`ws://127.0.0.1:${port}/x`];
const secureUrl = (port: number) => [`wss://127.0.0.1:${port}/x`];

failures("connecting", {
  "a closed port": {
    words: url,
    says: /cannot connect to ws:\/\/127\.0\.0\.1:\d+\/x: connection refused/,
    hint: /is a server listening on port \d+\?/,
    kind: "connection",
  },
  "a closed port, with TLS": {
    words: secureUrl,
    says: /cannot connect to wss:\/\/127\.0\.0\.1:\d+\/x: connection refused/,
    hint: /is a server listening on port/,
    kind: "connection",
  },
  "a closed port, with TCP": {
    words: (port) => ["-", `tcp:127.0.0.1:${port}`],
    says: /cannot connect to tcp:127\.0\.0\.1:\d+: connection refused/,
    hint: /is a server listening/,
    kind: "connection",
  },
  "a name that is not there": {
    words: () => ["ws://no-such.invalid/x"],
    says: /cannot connect to ws:\/\/no-such\.invalid\/x: /,
    hint: /is no-such\.invalid spelled right/,
    kind: "resolution",
  },
  "a name that is not there, with TCP": {
    words: () => ["-", "tcp:no-such.invalid:1"],
    says: /cannot connect to tcp:no-such\.invalid:1: /,
    hint: /spelled right/,
    kind: "resolution",
  },
  "an HTTP proxy that is not there": {
    words: (port) => [`--proxy=http://127.0.0.1:${port}`, "ws://a.invalid/"],
    says: /cannot connect to the HTTP proxy 127\.0\.0\.1:\d+: connection refused/,
    hint: /is a server listening/,
    kind: "connection",
  },
  "an HTTP proxy that wants a login": {
    server: () => answering(response("407 Proxy Authentication Required")),
    words: (port) => [`--proxy=http://127.0.0.1:${port}`, "ws://a.invalid/"],
    says: /cannot connect to a\.invalid:80: the HTTP proxy .* refused with 407/,
    hint: /--proxy-user/,
    kind: "connection",
  },
  "a SOCKS5 proxy that wants a login": {
    server: () => answering(new Uint8Array([5, 255])),
    words: (port) => [`--socks5=127.0.0.1:${port}`, "ws://a.invalid/"],
    says: /cannot connect to a\.invalid:80: the SOCKS5 proxy 127\.0\.0\.1:\d+ wants a login/,
    hint: /--proxy-user/,
    kind: "connection",
  },
  "a SOCKS5 proxy that is none": {
    server: () => answering("SSH-2.0\r\n"),
    words: (port) => [`--socks5=127.0.0.1:${port}`, "ws://a.invalid/"],
    says:
      /cannot connect to a\.invalid:80: the SOCKS5 proxy 127\.0\.0\.1:\d+ does not speak SOCKS5/,
    hint: /is it a SOCKS5 proxy/,
    kind: "protocol",
  },
  "an HTTP proxy where there should be one of SOCKS5": {
    server: () => answering(response("400 Bad Request")),
    words: (port) => [`--socks5=127.0.0.1:${port}`, "ws://a.invalid/"],
    says:
      /cannot connect to a\.invalid:80: the SOCKS5 proxy 127\.0\.0\.1:\d+ does not speak SOCKS5/,
    hint: /such a proxy is written --proxy http:/,
    kind: "protocol",
  },
  "an HTTP proxy that allows nothing": {
    server: () => answering(response("403 Forbidden")),
    words: (port) => [`--proxy=http://127.0.0.1:${port}`, "wss://a.invalid/"],
    says: /cannot connect to a\.invalid:443: the HTTP proxy 127\.0\.0\.1:\d+ refused with 403/,
    hint: /its rules do not allow this host and port/,
    kind: "connection",
  },
  "an HTTP proxy that is none": {
    server: () => answering("220 mail ready\r\n"),
    words: (port) => [`--proxy=http://127.0.0.1:${port}`, "ws://a.invalid/"],
    says: /the HTTP proxy 127\.0\.0\.1:\d+ answered no HTTP response but "220 mail ready"/,
    hint: /a SOCKS5 proxy is written socks5h:/,
    kind: "protocol",
  },
});

failures("answers that are no WebSocket", {
  "a server that says nothing": {
    server: silent,
    words: (port) => ["--handshake-timeout=1.5", ...url(port)],
    says: /ws:.*\/x sent no complete HTTP head within 1\.5 seconds/,
    hint: /is it a WebSocket server/,
    kind: "timeout",
  },
  "a server that says nothing to TLS": {
    server: silent,
    words: (port) => ["--connect-timeout=1.5", ...secureUrl(port)],
    says: /cannot connect to wss:.*: no TLS handshake within 1\.5/,
    hint: /--connect-timeout/,
    kind: "timeout",
  },
  "a server that just ends": {
    server: () => answering(""),
    words: url,
    says: /ws:.*\/x closed the connection without sending an HTTP head/,
    hint: /is it a WebSocket server/,
    kind: "abnormal",
  },
  "another protocol, that waits": {
    server: () =>
      tcpServer(async (conn) => {
        await conn.write(new TextEncoder().encode("SSH-2.0-OpenSSH_9.9\r\n"));
        await untilEnd(conn);
      }),
    words: url,
    says: /ws:.*\/x answered no HTTP response but "SSH-2\.0-OpenSSH_9\.9"/,
    hint: /is it a WebSocket server/,
    kind: "protocol",
  },
  "bytes": {
    server: () => answering(new Uint8Array([0, 1, 2, 3])),
    words: url,
    says: /ws:.*\/x sent bytes that are not HTTP/,
    hint: /is it a WebSocket server/,
    kind: "protocol",
  },
  "TLS on a port that was taken for a plain one": {
    server: () => answering(new Uint8Array([0x15, 3, 3, 0, 2, 2, 40])),
    words: url,
    says: /ws:.*\/x sent bytes that are not HTTP/,
    hint: /it speaks TLS: is this to be wss:/,
    kind: "protocol",
  },
  "a head without end": {
    server: () => answering(`HTTP/1.1 200 OK\r\nX: ${"a".repeat(70_000)}`),
    words: url,
    says: /ws:.*\/x sent an HTTP head of more than 65536 bytes/,
    hint: /is it a WebSocket server/,
    kind: "protocol",
  },
  "a 101 of something else": {
    server: () => answering("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n"),
    words: url,
    says: /ws:.*\/x answered the upgrade wrongly: Upgrade is missing, not "websocket"/,
    hint: /something in between/,
    kind: "upgrade",
  },
  "an accept that does not fit the key": {
    server: () => upgrading(new Uint8Array(0), { accept: "abc=" }),
    words: url,
    says: /answered the upgrade wrongly: Sec-WebSocket-Accept is "abc=", not ".{28}"/,
    hint: /something in between/,
    kind: "upgrade",
  },
  "a subprotocol that was not offered": {
    server: () => upgrading(new Uint8Array(0), { fields: "Sec-WebSocket-Protocol: foo\r\n" }),
    words: url,
    says: /it chose the subprotocol "foo", which was not offered/,
    hint: /offer it with --protocol foo/,
    kind: "upgrade",
  },
  "an extension that was not offered": {
    server: () => upgrading(new Uint8Array(0), { fields: "Sec-WebSocket-Extensions: x-foo\r\n" }),
    words: url,
    says: /it uses the extension "x-foo", which was not offered/,
    hint: /permessage-deflate/,
    kind: "upgrade",
  },
});

/** Statuses, the hint of each, and header fields that matter. */
const STATUSES: [status: string, hint: RegExp, fields?: Record<string, string>][] = [
  ["200 OK", /a web page, not a WebSocket/],
  ["204 No Content", /a web page, not a WebSocket/, {}],
  ["301 Moved Permanently", /it redirects: try ws:.*\/y/, { Location: "/y" }],
  ["302 Found", /it redirects: try wss:\/\/b\.invalid\//, { Location: "https://b.invalid/" }],
  ["400 Bad Request", /--origin or -H/],
  ["401 Unauthorized", /--user NAME .*--bearer TOKEN/],
  ["401 Unauthorized", /^ +it wants a token: --bearer/, { "WWW-Authenticate": "Bearer" }],
  ["401 Unauthorized", /login by Digest/, { "WWW-Authenticate": 'Digest realm="x"' }],
  ["403 Forbidden", /--origin.*--user/],
  ["404 Not Found", /no WebSocket at this path/],
  ["405 Method Not Allowed", /no WebSocket/],
  ["407 Proxy Authentication Required", /--proxy-user/],
  ["418 I'm a teapot", /wirecat probe shows the whole answer/],
  ["426 Upgrade Required", /a proxy in between that drops the Upgrade header/],
  ["426 Upgrade Required", /speaks version 8/, { "Sec-WebSocket-Version": "8" }],
  ["426 Upgrade Required", /drops the Upgrade header/, { "Sec-WebSocket-Version": "13" }],
  ["429 Too Many Requests", /after 7 seconds/, { "Retry-After": "7" }],
  ["500 Internal Server Error", /its log tells more/],
  ["502 Bad Gateway", /what is in front of the server answers/],
  ["503 Service Unavailable", /try again later/],
];

failures(
  "refused upgrades, by status",
  Object.fromEntries(STATUSES.map(([status, hint, fields], index): [string, Failure] => [
    `${index}: ${status}`,
    {
      server: () => answering(response(status, fields, fields === undefined ? "why not" : "")),
      words: url,
      says: new RegExp(
        `ws:.*/x refused the upgrade with ${status}${fields === undefined ? ": why not" : ""}$`,
      ),
      hint,
      kind: "upgrade",
    },
  ])),
);

/** Close codes, what is said of each, and the hint. */
const CODES: [code: number, name: string, hint?: RegExp][] = [
  [1002, "protocol error", /objects/],
  [1003, "unsupported data", /-t for text, or -b/],
  [1007, "invalid payload data", /-b/],
  [1008, "policy violation", /a login .* or an Origin/],
  [1009, "message too big", /-B/],
  [1010, "mandatory extension missing", /--compress/],
  [1011, "internal error", /its log/],
  [1012, "service restart", /autoreconnect:/],
  [1013, "try again later", /--retry/],
  [1014, "bad gateway", /is it running/],
  [3000, "unauthorized"],
  [3003, "forbidden"],
  [3999, "a library's own code"],
  [4000, "the application's own code"],
  [4999, "the application's own code"],
];

failures(
  "close codes, by name; those of applications are no failures but told",
  Object.fromEntries(CODES.map(([code, name, hint]): [string, Failure] => [`${code}`, {
    server: () => upgrading(closeFrame(code, "bye")),
    words: url,
    says: new RegExp(`ws:.*/x closed: ${code} \\(${name}\\): bye$`),
    hint,
    kind: code < 3000 ? "abnormal" : "none",
  }])),
);

Deno.test("failures: the close codes of a proper end are none, and nothing is said", async () => {
  for (const code of [undefined, 1000, 1001]) {
    await using server = upgrading(closeFrame(code));
    const { code: status, stderr } = await run(url(server.port), { input: "hello\n" });
    assertEquals([status, stderr], [0, ""]);
  }
});

/** What a server sends behind a proper handshake, and what is wrong with it. */
const VIOLATIONS: [frames: Uint8Array, says: RegExp, hint?: RegExp, words?: string[]][] = [
  [frame(0x81, [0xff, 0xfe]), /a text message that is not UTF-8/, /has to send binary/],
  [frame(0x83), /a frame with the reserved opcode 3/],
  [frame(0xc1, "x"), /a frame with reserved bits set/, /--compress/],
  [new Uint8Array([0x81, 0x81, 1, 2, 3, 4, 5]), /a masked frame from a server/],
  [frame(0x80, "x"), /a continuation frame without a message/],
  [new Uint8Array([...frame(1, "a"), ...frame(0x81, "b")]), /a new message within an unfinished/],
  [frame(0x09, "x"), /a fragmented control frame/],
  [new Uint8Array([0x89, 126, 0, 126, ...new Uint8Array(126)]), /a control frame over 125 bytes/],
  [frame(0x88, [3]), /a Close frame with half a code/],
  [frame(0x88, [3, 232, 0xff]), /a close reason that is not UTF-8/, /UTF-8/],
  [
    new Uint8Array([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0]),
    /a frame of 4294967296 bytes, over --max-ws-frame-length \(67108864\)/,
    /--max-ws-frame-length BYTES allows more/,
  ],
  [
    frame(0x82, "abcdefghij"),
    /a message of at least 10 bytes, over --max-ws-message-length \(5\)/,
    /--max-ws-message-length BYTES allows more/,
    ["--max-ws-message-length=5"],
  ],
  ...[1004, 1005, 1006, 1015, 2000, 5000, 999].map((code): [Uint8Array, RegExp] => [
    closeFrame(code),
    new RegExp(`a Close frame with the reserved code ${code}`),
  ]),
];

failures(
  "frames that break the protocol",
  Object.fromEntries(VIOLATIONS.map(([frames, says, hint, words = []]): [string, Failure] => [
    String(says),
    {
      server: () => upgrading(frames),
      words: (port) => [...words, ...url(port)],
      says: new RegExp(`ws:.*/x: ${says.source}`),
      hint: hint ?? /breaks RFC 6455/,
      kind: "protocol",
    },
  ])),
);

failures("connections that end", {
  "without a Close frame": {
    server: () => upgrading(new Uint8Array(0), { drop: true }),
    words: url,
    says: /ws:.*\/x closed: 1006 \(connection ended without a Close frame\)/,
    hint: /--ping-interval/,
    kind: "abnormal",
  },
  "within a frame": {
    server: () => upgrading(new Uint8Array([0x82, 10, 1, 2]), { drop: true }),
    words: url,
    says: /ws:.*\/x: the connection ended in the middle of a message/,
    hint: /--ping-interval/,
    kind: "abnormal",
  },
  "because no Pong comes": {
    server: () => upgrading(new Uint8Array(0)),
    words: (port) => ["--ping-interval=0.1", "--ping-timeout=0.2", "--linger=9", ...url(port)],
    says: /ws:.*\/x: no Pong for 200 ms/,
    hint: /may be gone/,
    kind: "timeout",
  },
  "because nothing comes": {
    server: () => upgrading(new Uint8Array(0)),
    words: (port) => ["--idle-timeout=0.2", "--linger=9", ...url(port)],
    says: /ws:.*\/x: no data either way for (0\.2|200 ms)/,
    hint: /--idle-timeout/,
    kind: "timeout",
  },
  "because the time is over": {
    server: () => upgrading(new Uint8Array(0)),
    words: (port) => ["--max-time=4", "--linger=9", ...url(port)],
    says: /--max-time are over: ws:.*\/x is still open/,
    kind: "timeout",
  },
});

/** A TLS server that takes hands and says nothing more. */
function secure(chain: string, key: string): Provoking {
  const who = identity(chain, key);
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...who });
  const open = new Set<Deno.Conn>();
  const serving = (async () => {
    for await (const conn of listener) {
      open.add(conn);
      untilEnd(conn).catch(() => {});
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) conn.close();
      await serving.catch(() => {});
    },
  };
}

const CA = ["--tls-ca", certPath("root.pem")];

failures("TLS", {
  "an issuer that is not trusted": {
    server: () => secure("server-chain", "server"),
    words: secureUrl,
    says: /cannot connect to wss:.*: its certificate is signed by nobody who is trusted here/,
    hint: /trust its issuer with/,
    kind: "tls",
  },
  "a certificate that is its own issuer": {
    server: () => secure("self-signed", "self-signed"),
    words: secureUrl,
    says: /cannot connect to wss:.*: its certificate is signed by itself/,
    hint: /-k/,
    kind: "tls",
  },
  "a certificate that has expired": {
    server: () => secure("expired", "expired"),
    words: (port) => [...CA, ...secureUrl(port)],
    says: /cannot connect to wss:.*: its certificate has expired/,
    hint: /-k/,
    kind: "tls",
  },
  "a certificate for another name": {
    server: () => secure("server-chain", "server"),
    words: (port) => [...CA, "--tls-domain=other.invalid", ...secureUrl(port)],
    says: /cannot connect to wss:.*: its certificate is for .*localhost/,
    hint: /connect by a name it is for/,
    kind: "tls",
  },
  "a port without TLS": {
    server: () => answering(response("400 Bad Request")),
    words: secureUrl,
    says: /cannot connect to wss:.*: what came is not TLS/,
    hint: /without TLS on this port/,
    kind: "tls",
  },
  "an end instead of a handshake": {
    server: () => answering(""),
    words: secureUrl,
    says: /cannot connect to wss:.*: the connection ended during the handshake/,
    hint: /speak TLS on this port/,
    kind: "tls",
  },
  "a list of authorities that is not there": {
    words: () => ["--tls-ca=/nonexistent/a/b", "wss://127.0.0.1:1/"],
    says: /cannot read --\S+ \/nonexistent\/a\/b: no such file/,
    hint: /is the path right/,
    kind: "usage",
  },
  "a list of authorities that is none": {
    words: () => ["--tls-ca", certPath("README.md"), "wss://127.0.0.1:1/"],
    says: /there is no certificate in it/,
    hint: /a PEM file/,
    kind: "tls",
  },
  "a server without a certificate": {
    words: () => ["wss-l:127.0.0.1:0", "-"],
    says: /a TLS server needs a certificate/,
    hint: /give --/,
    kind: "usage",
  },
  "a key of another certificate": {
    words: () => [
      ...["--tls-cert", certPath("server.pem"), "--tls-key", certPath("client.key")],
      ...["-s", "127.0.0.1:0"],
    ],
    says: /server\.pem: the private key does not belong to the certificate/,
    hint: /give the key/,
    kind: "tls",
  },
});

failures("responses of HTTP", {
  "one that ends too early": {
    server: () => answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
    words: (port) => ["-u", `http://127.0.0.1:${port}/`, "-"],
    says: /http:\/\/127\.0\.0\.1:\d+\/: the connection ended after 3 of 9 bytes of the body/,
    hint: /did not send all of the response/,
    kind: "abnormal",
  },
  "one in chunks that are none": {
    server: () => answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"),
    words: (port) => ["-u", `http://127.0.0.1:${port}/`, "-"],
    says: /http:\/\/127\.0\.0\.1:\d+\/: the chunked body is malformed: a chunk has no size/,
    hint: /did not send all of the response/,
    kind: "protocol",
  },
});

failures("what is left of a run", {
  "a file of --output without a folder": {
    words: () => ["-o", "/nonexistent/a/b", "-", "mirror:"],
    says: /--output: cannot write \/nonexistent\/a\/b: no such file/,
    hint: /is the path right/,
    kind: "other",
  },
  "a variable of --write-out that there is not": {
    words: () => ["-w", "%{http_cod}", "-", "mirror:"],
    says: /--write-out: there is no %\{http_cod\}/,
    hint: /did you mean %\{http_code\}\?/,
    kind: "usage",
  },
  "a variable of --write-out like no other": {
    words: () => ["-w", "%{nope}", "-", "mirror:"],
    says: /--write-out: there is no %\{nope\}/,
    hint: /%\{json\} prints all/,
    kind: "usage",
  },
  "a program that fails": {
    words: () => ["-", "sh-c:cat; exit 3"],
    says: /sh-c:cat; exit 3 ended with status 3/,
    hint: /--exec-status makes that the status of wirecat, too/,
    kind: "none",
  },
  "a message that was not sealed": {
    words: () => ["--crypto-key=base64:" + "A".repeat(43) + "=", "crypto:-", "mirror:"],
    says: /crypto: a message of 6 bytes is too short to be a sealed one/,
    hint: /does the other end send through crypto:/,
    kind: "protocol",
  },
  "a command that was copied for another shell": {
    words: () => ["curl", "'wss://a.invalid/'", "-H", "'Origin:", "x'"],
    says: /the curl command has 2 addresses: 'wss:\/\/a\.invalid\/' x'/,
    hint: /it was copied for another shell than this one/,
    kind: "usage",
  },
});

failures("this machine", {
  "a port that is taken": {
    server: silent,
    words: (port) => ["-s", `127.0.0.1:${port}`],
    says: /cannot listen on 127\.0\.0\.1:\d+: the port is already in use/,
    hint: /choose another port/,
    kind: "connection",
  },
  "a file that is not there": {
    words: () => ["-u", "readfile:/nonexistent/a/b", "-"],
    says: /cannot open \/nonexistent\/a\/b: there is no such file/,
    hint: /is the path right/,
    kind: "connection",
  },
  "a folder that is not there": {
    words: () => ["-", "writefile:/nonexistent/a/b"],
    says: /cannot open \/nonexistent\/a\/b: its folder does not exist/,
    hint: /create the folder/,
    kind: "connection",
  },
  "a folder in the place of a file": {
    words: () => ["-u", `readfile:${certPath("")}`, "-"],
    says: /cannot open .*: it is a directory/,
    hint: /name a file in it/,
    kind: "connection",
  },
  "a program that is not there": {
    words: () => ["-", "exec:no-such-program"],
    says: /cannot start no-such-program: no such program/,
    hint: /in a folder of PATH/,
    kind: "connection",
  },
  "a program that is none": {
    words: () => ["-", `exec:${certPath("README.md")}`],
    says: /cannot start .*README\.md: permission denied/,
    hint: /chmod \+x/,
    kind: "connection",
  },
  "a password file that is not there": {
    words: () => ["--basic-auth-file=/nonexistent/a/b", "ws://127.0.0.1:1/"],
    says: /--basic-auth-file: cannot read \/nonexistent\/a\/b: no such file/,
    hint: /is the path right/,
    kind: "usage",
  },
  "a UNIX socket that is not there": {
    words: () => ["-", "unix:/nonexistent/a/b"],
    says: /cannot connect to unix:\/nonexistent\/a\/b: no such file/,
    hint: /has its server been started\?/,
    kind: "connection",
  },
  "a file in the place of a UNIX socket": {
    words: () => ["-", `unix:${certPath("README.md")}`],
    says: /cannot connect to unix:.*: connection refused/,
    hint: /it is not a socket/,
    kind: "connection",
  },
  "a descriptor that was not inherited": {
    words: () => ["-", "open-fd:99"],
    says: /open-fd:99: no descriptor 99 was inherited/,
    hint: /99<>FILE/,
    kind: "connection",
  },
});

failures("the command line", {
  "nothing": {
    words: () => [],
    says: /nothing to connect/,
    hint: /wirecat ws:.* connects, wirecat -s PORT serves/,
    kind: "usage",
  },
  "an option that is a slip": {
    words: () => ["--binry", "ws://a.invalid/"],
    says: /there is no option --binry/,
    hint: /did you mean --binary\?/,
    kind: "usage",
  },
  "an option that is nothing like one": {
    words: () => ["--frobnicate", "ws://a.invalid/"],
    says: /there is no option --frobnicate/,
    hint: /--help=long/,
    kind: "usage",
  },
  "an option of another program": {
    words: () => ["--timeout", "5", "ws://a.invalid/"],
    says: /there is no option --timeout/,
    hint: /--max-time limits the whole run, --connect-timeout the connecting/,
    kind: "usage",
  },
  "a port that is too high for -s": {
    words: () => ["-s", "70000"],
    says: /-s takes a port up to 65535, not 70000/,
    hint: /as in -s 8080/,
    kind: "usage",
  },
  "a specifier that is a slip": {
    words: () => ["-", "tcpp:127.0.0.1:1"],
    says: /there is no specifier tcpp:/,
    hint: /did you mean tcp:\?/,
    kind: "usage",
  },
  "an address without its port": {
    words: () => ["-", "tcp:localhost"],
    says: /tcp:localhost: the port is missing/,
    hint: /write tcp:localhost:PORT/,
    kind: "usage",
  },
  "the address of a page": {
    words: () => ["https://a.invalid/x"],
    says: /one specifier is not enough: https:/,
    hint: /did you mean wss:\/\/a\.invalid\/x\?/,
    kind: "usage",
  },
  "a listener alone": {
    words: () => ["ws-l:8080"],
    says: /one specifier is not enough: ws-l:8080/,
    hint: /with: ws-l:8080 -$/,
    kind: "usage",
  },
  "a word": {
    words: () => ["example"],
    says: /example is no address/,
    hint: /did you mean ws:\/\/example/,
    kind: "usage",
  },
  "a header field that is none": {
    words: () => ["-H", "x", "ws://a.invalid/"],
    says: /--header: 'x' is not NAME:VALUE/,
    hint: /-H 'X-Token: abc'/,
    kind: "usage",
  },
  "a header field whose name is two words": {
    words: (port) => ["-H", "A B: c", `ws://127.0.0.1:${port}/`],
    says: /--header: 'A…' is not the name of a header field/,
    hint: /it is one word/,
    kind: "usage",
  },
  "a port that cannot be": {
    words: () => ["ws://127.0.0.1:0/"],
    says: /ws:\/\/127\.0\.0\.1:0\/: '0' is not a port/,
    hint: /from 1 to 65535/,
    kind: "usage",
  },
  "an address without a host": {
    words: () => ["ws:///path"],
    says: /'ws:\/\/\/path' names no host/,
    hint: /ws:\/\/HOST:PORT\/PATH/,
    kind: "usage",
  },
  "a command behind an option": {
    words: () => ["-k", "probe", "wss://a.invalid/"],
    says: /probe is a command, and has to be the first word/,
    hint: /write wirecat probe and then the options/,
    kind: "usage",
  },
  "a profile without a file": {
    words: () => ["@example"],
    says: /there is no profile @example/,
    hint: /wirecat config schema/,
    kind: "usage",
  },
  "a time that is none": {
    words: () => ["--linger=soon", "ws://a.invalid/"],
    says: /--linger: 'soon' is not a length of time, such as/,
    kind: "usage",
  },
});
