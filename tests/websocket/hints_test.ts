import { assertEquals, assertMatch } from "@std/assert";
import { closeHint } from "../../lib/websocket/close.ts";
import { refusalHint, violationHint } from "../../lib/websocket/hints.ts";

const NONE = { version: null, retryAfter: null };

Deno.test("hints: every status that is not 101 has one", () => {
  for (let status = 200; status < 600; status++) {
    assertMatch(refusalHint(status, NONE), /^\S.{10,}/, String(status));
  }
  assertMatch(refusalHint(426, { ...NONE, version: "8" }), /version 8/);
  assertMatch(refusalHint(426, { ...NONE, version: "8, 13" }), /drops the Upgrade header/);
  assertMatch(refusalHint(426, { ...NONE, version: "13", asked: "8" }), /version 13/);
  assertMatch(refusalHint(429, { ...NONE, retryAfter: "3" }), /after 3 seconds/);
  assertMatch(refusalHint(503, { ...NONE, retryAfter: "Fri, 01 Jan" }), /try again later/);
});

Deno.test("hints: a bad request is understood by what the server says of it", () => {
  const hint = (said: string) => refusalHint(400, { ...NONE, said });
  assertMatch(hint("The plain HTTP request was sent to HTTPS port"), /speaks TLS.*wss:/);
  assertMatch(hint("No required SSL certificate was sent"), /--cert FILE and --key FILE/);
  assertMatch(
    refusalHint(403, { ...NONE, said: "the client showed no certificate" }),
    /--cert FILE and --key FILE/,
  );
  assertMatch(hint("Missing Upgrade header"), /drops the Upgrade header/);
  assertMatch(hint('{"code":0,"message":"Transport unknown"}'), /Socket\.IO.*EIO=4/);
  assertMatch(hint("no such room"), /did not like the request/);
});

Deno.test("hints: a login is of the kind that the server names", () => {
  const hint = (challenge: string) => refusalHint(401, { ...NONE, challenge });
  assertMatch(hint('Basic realm="x"'), /^give a name: --user NAME/);
  assertMatch(hint('Bearer realm="x"'), /^it wants a token: --bearer TOKEN$/);
  assertMatch(hint('Digest realm="x", nonce="1"'), /login by Digest, and wirecat knows --user/);
  assertMatch(refusalHint(401, NONE), /--user NAME.*--bearer TOKEN/);
});

Deno.test("hints: every close code of a failure has one, a good end has none", () => {
  for (const code of [1002, 1003, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]) {
    assertMatch(closeHint(code) ?? "", /^\S.{10,}/, String(code));
  }
  for (const code of [1000, 1001, 1005, 3000, 4000]) assertEquals(closeHint(code), undefined);
});

Deno.test("hints: a limit is told to both, what a client does wrong not to its server", () => {
  const limit = "a message of at least 10 bytes, over --max-ws-message-length (5)";
  for (const role of ["client", "server"] as const) {
    assertEquals(violationHint(limit, role), "--max-ws-message-length BYTES allows more");
  }
  assertEquals(violationHint("an unmasked frame from a client", "server"), undefined);
  assertMatch(violationHint("a text message that is not UTF-8", "client") ?? "", /binary/);
});
