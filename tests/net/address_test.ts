import { assertEquals, assertThrows } from "@std/assert";
import { exitStatus, WirecatError } from "../../lib/core/errors.ts";
import {
  formatHostPort,
  formatRemote,
  parseConnectAddress,
  parseListenAddress,
} from "../../lib/net/address.ts";

const connects: [text: string, hostname: string, port: number][] = [
  ["example.org:80", "example.org", 80],
  ["127.0.0.1:65535", "127.0.0.1", 65535],
  ["[::1]:22", "::1", 22],
  ["[fe80::1%eth0]:22", "fe80::1%eth0", 22],
  ["[::ffff:1.2.3.4]:22", "::ffff:1.2.3.4", 22],
  ["8080", "localhost", 8080],
  [":8080", "localhost", 8080],
];
for (const [text, hostname, port] of connects) {
  Deno.test(`address: connecting to ${text} means ${hostname}, port ${port}`, () => {
    assertEquals(parseConnectAddress(text, "tcp:"), { hostname, port });
  });
}

const listens: [text: string, hostname: string, port: number][] = [
  ["8080", "127.0.0.1", 8080],
  ["0", "127.0.0.1", 0],
  [":8080", "*", 8080],
  ["*:8080", "*", 8080],
  ["0.0.0.0:8080", "0.0.0.0", 8080],
  ["[::]:0", "::", 0],
  ["localhost:1", "localhost", 1],
];
for (const [text, hostname, port] of listens) {
  Deno.test(`address: listening on ${text} means ${hostname}, port ${port}`, () => {
    assertEquals(parseListenAddress(text, "tcp-l:"), { hostname, port });
  });
}

const wrong: [text: string, message: string, hint: string][] = [
  ["", "needs an address", "tcp:HOST:PORT"],
  ["example.org", "the port is missing", "tcp:example.org:PORT"],
  ["example.org:", "the port is missing", "HOST:PORT"],
  ["[::1]", "the port is missing", "HOST:PORT"],
  ["::1:80", "in brackets", "tcp:[::1]:80"],
  ["[::1", "written [ADDRESS]:PORT", "tcp:[::1]:8080"],
  ["[::1:80", "written [ADDRESS]:PORT", "tcp:[::1]:8080"],
  ["[::1]80", "written [ADDRESS]:PORT", "tcp:[::1]:8080"],
  ["[example.org]:80", "only an IPv6 address", "HOST:PORT"],
  ["host:http", "'http' is not a port", "1 to 65535"],
  ["host:65536", "'65536' is not a port", "1 to 65535"],
  ["host:-1", "'-1' is not a port", "1 to 65535"],
  ["a b:80", "'a b' is not a host name", "HOST:PORT"],
  ["user@host:80", "'user@host' is not a host name", "HOST:PORT"],
  ["//host:80", "looks like a URL", "write tcp:host:80"],
  ["http://host:80/", "looks like a URL", "write tcp:host:80"],
  ["host:0", "port 0", "1 to 65535"],
  ["*:80", "for listening only", "tcp:HOST:80"],
];
for (const [text, message, hint] of wrong) {
  Deno.test(`address: '${text}' is a usage error that says what to write`, () => {
    const error = assertThrows(() => parseConnectAddress(text, "tcp:"), WirecatError, message);
    assertEquals(exitStatus(error), 2);
    assertEquals(error.hint?.includes(hint), true, error.hint);
  });
}

Deno.test("address: IPv6 is written in brackets", () => {
  assertEquals(formatHostPort({ hostname: "::1", port: 80 }), "[::1]:80");
  assertEquals(formatHostPort({ hostname: "10.0.0.1", port: 80 }), "10.0.0.1:80");
});

Deno.test("address: an IPv4 client of an IPv6 socket is told by its IPv4 address", () => {
  assertEquals(formatRemote({ hostname: "::ffff:10.0.0.1", port: 80 }), "10.0.0.1:80");
  assertEquals(formatRemote({ hostname: "::ffff:1", port: 80 }), "[::ffff:1]:80");
});
