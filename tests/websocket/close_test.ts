import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  closePayload,
  ClosePayloadError,
  describeClose,
  isWireCode,
  parseClose,
} from "../../lib/websocket/close.ts";
import { bytesOf, closeBytes, concat } from "./frames.ts";

Deno.test("RFC 6455 7.4: of all codes, only those that may stand in a Close frame are taken", () => {
  const allowed = [[1000, 1003], [1007, 1014], [3000, 4999]];
  for (let code = 0; code < 65536; code++) {
    const expected = allowed.some(([first, last]) => code >= first && code <= last);
    assertEquals(isWireCode(code), expected, String(code));
  }
});

Deno.test("RFC 6455 7.4.1: 1004, 1005, 1006 and 1015 in a Close frame are a protocol error", () => {
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]) {
    const error = assertThrows(() => parseClose(closeBytes(code)), ClosePayloadError);
    assertEquals(error.code, 1002);
    assertStringIncludes(error.message, String(code));
  }
});

Deno.test("RFC 6455 5.5.1: code and reason are read", () => {
  assertEquals(parseClose(closeBytes(1000)), { code: 1000, reason: "" });
  assertEquals(parseClose(closeBytes(4999, "bye, κόσμε")), { code: 4999, reason: "bye, κόσμε" });
  const longest = "x".repeat(123);
  assertEquals(parseClose(closeBytes(3000, longest)), { code: 3000, reason: longest });
});

Deno.test("RFC 6455 7.1.5: a Close frame without a code counts as 1005", () => {
  assertEquals(parseClose(new Uint8Array(0)), { code: 1005, reason: "" });
});

Deno.test("RFC 6455 5.5.1: half a code is a protocol error", () => {
  assertEquals(assertThrows(() => parseClose(bytesOf([3])), ClosePayloadError).code, 1002);
});

Deno.test("RFC 6455 5.5.1: a reason that is not UTF-8 is refused with 1007", () => {
  for (const wrong of [[0xff], [0xc3], [0xed, 0xa0, 0x80]]) {
    const payload = concat(closeBytes(1000, "a"), wrong);
    assertEquals(assertThrows(() => parseClose(payload), ClosePayloadError).code, 1007);
  }
});

Deno.test("RFC 6455 7.4.1: 1005 is never sent: it is a Close frame without a payload", () => {
  assertEquals(closePayload({ code: 1005, reason: "left out" }), new Uint8Array(0));
});

Deno.test("RFC 6455 5.5: a reason too long for a control frame is cut between characters", () => {
  assertEquals(
    closePayload({ code: 1000, reason: "x".repeat(200) }),
    closeBytes(1000, "x".repeat(123)),
  );
  assertEquals(
    closePayload({ code: 1000, reason: "€".repeat(60) }),
    closeBytes(1000, "€".repeat(41)),
  );
  assertEquals(closePayload({ code: 1000, reason: "x€".repeat(60) }).length, 2 + 30 * 4 + 1);
});

Deno.test("close: payloads come back as they were", () => {
  for (const code of [1000, 1001, 1011, 3000, 4999]) {
    for (const reason of ["", "a", "großes κόσμε 🍺"]) {
      assertEquals(parseClose(closePayload({ code, reason })), { code, reason });
    }
  }
});

Deno.test("close: a status is told in words", () => {
  assertEquals(describeClose({ code: 1001, reason: "bye" }), "1001 (going away): bye");
  assertEquals(describeClose({ code: 4321, reason: "" }), "4321 (the application's own code)");
  assertEquals(describeClose({ code: 3321, reason: "" }), "3321 (a library's own code)");
  assertEquals(describeClose({ code: 2321, reason: "" }), "2321");
});
