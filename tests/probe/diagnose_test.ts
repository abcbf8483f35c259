import { assertEquals, assertStringIncludes } from "@std/assert";
import { diagnose } from "../../lib/probe/diagnose.ts";
import type { Findings } from "../../lib/probe/findings.ts";
import type { SecondLook } from "../../lib/probe/report.ts";
import { findings, refused } from "./findings.ts";

/** The sentences, with what to do next behind them. */
function said(found: Findings): string {
  return diagnose(found).map(({ level, text, next }) =>
    `${level}: ${text}${next === undefined ? "" : ` => ${next}`}`
  ).join("\n");
}

function look(question: SecondLook["question"], parts: Partial<SecondLook> = {}): SecondLook {
  return { question, works: false, tried: "THAT", ...parts };
}

function tls(...secondLooks: SecondLook[]): Findings {
  const error = { kind: "tls" as const, message: "TLS is wrong", hint: "the usual hint" };
  return findings({ failed: "tls", error, secondLooks });
}

Deno.test("diagnosis: all works", () => {
  const pings = { sent: 3, received: 3, roundTrips: [1, 1, 1], min: 1, avg: 1, max: 1 };
  const close = { code: 1000, meaning: "", reason: "", clean: true, by: "us" as const };
  assertEquals(
    said(findings({ pings, close })),
    "good: all works: the WebSocket opens, answers pings and closes in order",
  );
});

Deno.test("diagnosis: what fails is named with what works before it", () => {
  assertStringIncludes(
    said(tls()),
    "problem: TLS fails, finding the address and connecting work: TLS is wrong => the usual hint",
  );
});

Deno.test("diagnosis: who probes is not told to probe", () => {
  const failing = (hint: string) =>
    said(findings({ failed: "upgrade", error: { kind: "protocol", message: "no", hint } }));
  assertStringIncludes(failing("is it one? wirecat probe looks closer"), "no => is it one?");
  assertEquals(failing("wirecat probe shows the whole answer").includes("=>"), false);
});

const CASES: [what: string, found: Findings, ...parts: string[]][] = [
  [
    "TLS that works with -k only",
    tls(look("unverified", { works: true })),
    "works only with -k: TLS is wrong",
  ],
  [
    "a certificate that is not all that is wrong",
    tls(look("unverified", { kind: "upgrade", error: "403" })),
    "the certificate is at fault, and with -k it fails later: 403",
  ],
  [
    "a WebSocket without TLS",
    tls(look("unverified", { kind: "tls" }), look("plain", { works: true })),
    "speaks WebSocket without TLS => use THAT",
  ],
  [
    "plain HTTP on what should be a TLS port",
    tls(look("unverified", { kind: "tls" }), look("plain", { kind: "upgrade", status: 404 })),
    "plain HTTP, without TLS: it answers 404",
  ],
  [
    "TLS on what should be a plain port",
    findings({
      failed: "upgrade",
      error: { kind: "protocol", message: "no HTTP" },
      secondLooks: [look("secure", { works: true })],
    }),
    "this port speaks TLS => use THAT",
  ],
  [
    "a port that speaks neither",
    findings({
      failed: "upgrade",
      error: { kind: "timeout", message: "no answer" },
      secondLooks: [look("secure", { kind: "timeout" })],
    }),
    "answers neither HTTP nor TLS",
  ],
  [
    "a TLS port of nginx",
    refused(400, {}, { body: "The plain HTTP request was sent to HTTPS port" }),
    "plain HTTP on a TLS port => use wss://a.invalid/x",
  ],
  [
    "a certificate of the client that is missing",
    refused(400, {}, { body: "<h1>No required SSL certificate was sent</h1>" }),
    "wants a certificate of its client => give --cert FILE, --key FILE",
  ],
  ["a web page", refused(200), "the port answers HTTP, but there is no WebSocket at this path"],
  ["a path that is not there", refused(404), "there is no WebSocket at this path"],
  [
    "a redirect",
    refused(301, { Location: "/y" }),
    "redirects to /y => go there, or follow with -L",
  ],
  [
    "a redirect to a login",
    refused(302, { Location: "https://a.invalid/login?next=x" }),
    "it needs a login => give the cookie",
  ],
  [
    "a login that is missing",
    refused(401, { "WWW-Authenticate": 'Basic realm="the vault"' }),
    "it needs a login (Basic, for the vault) => give --user NAME",
  ],
  [
    "a token that is missing",
    refused(401, { "WWW-Authenticate": "Bearer" }),
    "it needs a login (Bearer) => give --bearer TOKEN",
  ],
  [
    "a login that is wrong",
    refused(401, {}, { sent: [["Authorization", "Basic ***"]] }),
    "did not take the one that was sent",
  ],
  [
    "an Origin that is missing",
    refused(403, {}, { secondLooks: [look("origin", { works: true })] }),
    "wants an Origin header => give THAT",
  ],
  ["an Origin that does not help", refused(403), "did not help either"],
  ["a proxy that wants a login", refused(407), "a proxy in between wants a login"],
  ["a proxy that drops the upgrade", refused(426), "did not see an upgrade request"],
  [
    "a proxy that drops the upgrade, with a server that knows this version",
    refused(426, { "Sec-WebSocket-Version": "8, 13" }, {
      sent: [["Sec-WebSocket-Version", "13"]],
    }),
    "did not see an upgrade request",
  ],
  [
    "a server of another version",
    refused(426, { "Sec-WebSocket-Version": "8" }),
    "refused with 426 => the usual hint",
  ],
  [
    "a login of a kind that there is not here",
    refused(401, { "WWW-Authenticate": 'Digest realm="x", nonce="1"' }),
    "it needs a login (Digest, for x), of a kind that wirecat does not know => it knows --user",
  ],
  ["a redirect to nowhere", refused(308), "it redirects, and does not say where to"],
  ["a server that is down", refused(503), "does not serve at present => is the server that"],
  [
    "a server that is down for some time",
    refused(503, { "Retry-After": "120" }),
    "does not serve at present => try again after 120 s, as --retry does",
  ],
  [
    "a 101 with a subprotocol that was not offered",
    refused(101, {}, {
      error: { kind: "upgrade", message: "it chose x, which was not offered", hint: "offer it" },
    }),
    "which was not offered => offer it",
  ],
  ["too many requests", refused(429, { "Retry-After": "7" }), "=> try again after 7 s"],
  ["a server behind a proxy that is down", refused(502), "the server behind it does not"],
  ["a 101 that is none", refused(101), "not that of a WebSocket server"],
  [
    "a proxy that names itself",
    refused(404, { Via: "1.1 squid" }),
    "proxy in between: Via: 1.1 squid",
  ],
  [
    "a host without a server",
    findings({
      failed: "connect",
      error: { kind: "connection", message: "refused" },
      attempts: [{ address: "a", result: "failed", milliseconds: 1, error: "connection refused" }],
    }),
    "no program listens on this port",
  ],
  [
    "a host that is silent",
    findings({ failed: "connect", error: { kind: "timeout", message: "no answer" }, attempts: [] }),
    "not even a refusal",
  ],
  [
    "one family of addresses that fails",
    findings({
      attempts: [
        { address: "127.0.0.1:80", result: "ok", milliseconds: 1 },
        { address: "[::1]:80", result: "failed", milliseconds: 1, error: "unreachable" },
      ],
    }),
    "IPv6 does not work, the other family does: [::1]:80 (unreachable)",
  ],
  [
    "a step that takes most of the time",
    findings({
      milliseconds: 2500,
      steps: [
        { step: "lookup", result: "ok", milliseconds: 100 },
        { step: "tls", result: "ok", milliseconds: 2300 },
      ],
    }),
    "slow: 2.3 s of 2.5 s were TLS",
  ],
  [
    "a server that closes at once",
    findings({
      failed: "close",
      error: { kind: "abnormal", message: "closed" },
      close: { code: 1008, meaning: "", reason: "no", clean: true, by: "server" },
    }),
    "1008 (policy violation): no => the server has a rule against it",
  ],
  [
    "subprotocols that nobody takes",
    findings({
      upgrade: {
        target: "/",
        requestHeaders: [["Sec-WebSocket-Protocol", "a, b"]],
        headers: [],
      },
    }),
    "took none of the subprotocols that were offered (a, b)",
  ],
];

for (const [what, found, part] of CASES) {
  Deno.test(`diagnosis: ${what}`, () => assertStringIncludes(said(found), part));
}

Deno.test("diagnosis: what was found out takes the place of the usual hint", () => {
  assertEquals(said(refused(407)).includes("the usual hint"), false);
  assertEquals(said(refused(418)).includes("the usual hint"), true);
});

Deno.test("diagnosis: a certificate is worth a word before it expires", () => {
  const certificate = {
    subject: "",
    issuer: "",
    names: [],
    validFrom: "",
    validTo: "",
    daysLeft: 3,
    selfSigned: false,
    fingerprint: "",
  };
  const found = (daysLeft: number) =>
    said(findings({ tls: { certificates: [{ ...certificate, daysLeft }] } }));
  assertStringIncludes(found(3), "the certificate expires in 3 days => have it renewed");
  assertStringIncludes(found(0), "expires today");
  assertStringIncludes(found(-1), "has expired 1 day ago");
  assertEquals(found(90).includes("expires"), false);
});
