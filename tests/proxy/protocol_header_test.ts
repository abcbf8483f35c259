import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import {
  formatHeader,
  headerLength,
  MAX_HEADER,
  parseClient,
  parseHeader,
} from "../../lib/proxy/protocol_header.ts";

const text = (line: string) => new TextEncoder().encode(line);
const hex = (words: string) =>
  Uint8Array.from(words.replaceAll(" ", "").match(/../g) ?? [], (byte) => parseInt(byte, 16));
const SIGNATURE = "0d0a0d0a000d0a515549540a";

/** The client in a header of version 2, from its two bytes, its addresses and what follows. */
function v2(bytes: string, body: string): string | undefined {
  const length = hex(body).length.toString(16).padStart(4, "0");
  const header = hex(SIGNATURE + bytes + length + body);
  assertEquals(headerLength(header), header.length);
  return parseHeader(header);
}

/** The client in a line of version 1. */
function v1(line: string): string | undefined {
  const header = text(line);
  assertEquals(headerLength(header), header.length);
  return parseHeader(header);
}

Deno.test("proxy protocol v1: the source is the client", () => {
  assertEquals(v1("PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n"), "192.0.2.1:4711");
  assertEquals(v1("PROXY TCP6 2001:db8::1 ::1 65535 0\r\n"), "[2001:db8::1]:65535");
  assertEquals(v1("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"), "192.0.2.1:1");
  assertEquals(v1("PROXY UNKNOWN\r\n"), undefined);
  assertEquals(v1("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), undefined);
});

Deno.test("proxy protocol v1: what is no such line is refused", () => {
  for (
    const line of [
      "PROXY \r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 4711\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80 \r\n",
      "PROXY TCP4  192.0.2.1 192.0.2.2 4711 80\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\n",
      "PROXY TCP4 192.0.2.256 192.0.2.2 4711 80\r\n",
      "PROXY TCP4 ::1 ::1 4711 80\r\n",
      "PROXY TCP6 192.0.2.1 192.0.2.2 4711 80\r\n",
      "PROXY TCP6 ::1]/; ::1 4711 80\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 65536 80\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 -1 80\r\n",
      "PROXY UDP4 192.0.2.1 192.0.2.2 1 80\r\n",
    ]
  ) assertThrows(() => v1(line), WirecatError, "the PROXY protocol header", line);
});

Deno.test("proxy protocol v1: a line is at most 107 bytes long, and may come in pieces", () => {
  const line = text("PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\nGET / HTTP/1.1\r\n");
  const end = line.indexOf(10) + 1;
  for (let length = 1; length < line.length; length++) {
    const expected = length < end ? undefined : end;
    assertEquals(headerLength(line.subarray(0, length)), expected, `${length}`);
  }
  assertEquals(headerLength(text("PROXY " + "x".repeat(100))), undefined);
  assertThrows(
    () => headerLength(text("PROXY " + "x".repeat(101))),
    WirecatError,
    "without an end",
  );
});

Deno.test("proxy protocol v2: IPv4, IPv6 and UNIX; what follows the addresses is left out", () => {
  assertEquals(v2("2111", "c0000201 c0000202 1267 0050"), "192.0.2.1:4711");
  assertEquals(v2("2111", "c0000201 c0000202 1267 0050 04 0003 616263 ea0001ff"), "192.0.2.1:4711");
  const v6 = "20010db8000000000000000000000001";
  assertEquals(v2("2121", `${v6} ${v6} 1267 0050`), "[2001:db8::1]:4711");
  const mapped = "00000000000000000000ffffc0000201";
  assertEquals(v2("2121", `${mapped} ${mapped} 1267 0050`), "192.0.2.1:4711");
  const path = "2f746d702f78".padEnd(216, "0");
  assertEquals(v2("2131", path + "".padEnd(216, "0")), "/tmp/x");
  assertEquals(v2("2131", "".padEnd(432, "0")), undefined);
});

Deno.test("proxy protocol v2: LOCAL and what is not known leave the client as it is", () => {
  assertEquals(v2("2000", ""), undefined);
  assertEquals(v2("2011", "c0000201 c0000202 1267 0050"), undefined);
  assertEquals(v2("2100", "0102"), undefined);
});

Deno.test("proxy protocol v2: wrong versions, commands, families and lengths are refused", () => {
  for (
    const [bytes, body] of [
      ["1111", "c0000201 c0000202 1267 0050"],
      ["2211", "c0000201 c0000202 1267 0050"],
      ["2141", "c0000201 c0000202 1267 0050"],
      ["2113", "c0000201 c0000202 1267 0050"],
      ["2111", "c0000201 c0000202 1267 00"],
      ["2121", "c0000201 c0000202 1267 0050"],
    ]
  ) assertThrows(() => v2(bytes, body), WirecatError, "the PROXY protocol header");
});

Deno.test("proxy protocol: bytes that cannot begin a header are refused at the first one", () => {
  for (const start of ["G", "PROXX", "PRI * HTTP/2.0", "\r\n\r\n\r\n"]) {
    assertThrows(() => headerLength(text(start)), WirecatError, "is missing");
  }
  assertEquals(headerLength(text("P")), undefined);
  assertEquals(headerLength(hex(SIGNATURE.slice(0, 20))), undefined);
  assertEquals(headerLength(hex(SIGNATURE + "2111")), undefined);
});

Deno.test("proxy protocol v2: a header of more than 16 KiB is refused before it is read", () => {
  assertEquals(headerLength(hex(SIGNATURE + "21114000")), MAX_HEADER);
  assertThrows(() => headerLength(hex(SIGNATURE + "21114001")), WirecatError, "has 16385 bytes");
});

Deno.test("proxy protocol: what is written reads back; both addresses are of one family", () => {
  const v4 = { hostname: "192.0.2.1", port: 4711 };
  const v6 = { hostname: "2001:db8::1", port: 80 };
  for (const version of ["v1", "v2"] as const) {
    for (const [source, destination] of [[v4, v4], [v6, v6], [v4, v6], [v6, v4]]) {
      const header = formatHeader(version, source, destination);
      assertEquals(headerLength(header), header.length);
      assertEquals(parseHeader(header), source === v4 ? "192.0.2.1:4711" : "[2001:db8::1]:80");
    }
    assertEquals(parseHeader(formatHeader(version)), undefined);
    assertEquals(parseHeader(formatHeader(version, v4)), undefined);
  }
  assertEquals(
    new TextDecoder().decode(formatHeader("v1", v4, v4)),
    "PROXY TCP4 192.0.2.1 192.0.2.1 4711 4711\r\n",
  );
  assertEquals(parseClient("[::1]:5"), { hostname: "::1", port: 5 });
  assertEquals(parseClient("192.0.2.1:5"), { hostname: "192.0.2.1", port: 5 });
  assertEquals(parseClient("2001:db8::1"), { hostname: "2001:db8::1", port: 0 });
  assertEquals(parseClient("/tmp/x"), undefined);
});
