import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type ErrorKind, EXIT_STATUS } from "../../lib/core/errors.ts";
import type { ProbeReport } from "../../lib/probe/report.ts";
import { run, serve } from "../cli/program.ts";
import { answering, closeFrame, frame, response, silent, upgrading } from "../cli/provoking.ts";
import { freePort } from "../free_port.ts";
import { certPath } from "../tls/fixture.ts";

const SERVER = ["--tls-cert", certPath("server-chain.pem"), "--tls-key", certPath("server.key")];
const TRUST = ["--tls-ca", certPath("root.pem")];

async function probe(...words: string[]): Promise<ProbeReport> {
  const { code, stdout, stderr } = await run(["probe", "--json", ...words]);
  const report: ProbeReport = JSON.parse(stdout || `{"error":${JSON.stringify(stderr)}}`);
  assertEquals(report.exitStatus, code, stderr);
  assertEquals(report.v, 1);
  return report;
}

function results({ steps }: ProbeReport): Record<string, string> {
  return Object.fromEntries(steps.map(({ step, result }) => [step, result]));
}

function fails(report: ProbeReport, step: ProbeReport["failed"], kind: ErrorKind): string {
  assertEquals([report.ok, report.failed, report.error?.kind], [false, step, kind]);
  assertEquals(report.exitStatus, EXIT_STATUS[kind]);
  return report.diagnosis.map(({ text, next }) => `${text} => ${next}`).join("\n");
}

Deno.test("probe: a server in order answers every step", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  const report = await probe("--protocol=chat", "--pings=2", `${server.url}x?token=hush`);
  assertEquals(results(report), {
    lookup: "ok",
    connect: "ok",
    upgrade: "ok",
    ping: "ok",
    close: "ok",
  });
  assertEquals([report.ok, report.exitStatus], [true, 0]);
  assertEquals(report.url, `${server.url}x?token=***`);
  assertEquals(report.upgrade?.status, 101);
  assertEquals(report.upgrade?.protocol, "chat");
  assertEquals([report.pings?.sent, report.pings?.received], [2, 2]);
  assertEquals([report.close?.code, report.close?.clean], [1000, true]);
  assertEquals(report.remote, `127.0.0.1:${server.port}`);
});

Deno.test("probe: each address of a name is tried", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  const report = await probe(`ws://localhost:${server.port}/`);
  assertEquals(report.addresses, ["127.0.0.1", "::1"]);
  assertEquals(report.attempts.map(({ address, result }) => [address, result]), [
    [`127.0.0.1:${server.port}`, "ok"],
    [`[::1]:${server.port}`, "failed"],
  ]);
});

Deno.test("probe: TLS is told with its certificates", async () => {
  await using server = await serve([...SERVER, "-t", "wss-l:127.0.0.1:0", "mirror:"]);
  const url = `wss://localhost:${server.port}/`;
  const { tls, ok } = await probe(...TRUST, url);
  assertEquals(ok, true);
  assertMatch(tls?.version ?? "", /^TLSv1\.[23]$/);
  assertEquals(tls?.certificates[0].subject, "CN=localhost");
  assertEquals(tls?.certificates[0].names.includes("localhost"), true);

  const untrusted = await probe(url);
  assertStringIncludes(fails(untrusted, "tls", "tls"), "TLS works only with -k");
  assertEquals(untrusted.tls?.certificates[0].subject, "CN=localhost");

  const trusting = await probe("-k", url);
  assertEquals([trusting.ok, trusting.tls?.verified], [true, false]);
  assertMatch(trusting.diagnosis.map(({ text }) => text).join("\n"), /TLS works only with -k: its/);
});

Deno.test("probe: TLS where there should be none, and the other way round", async () => {
  await using secure = await serve([...SERVER, "-t", "wss-l:127.0.0.1:0", "mirror:"]);
  const plainly = await probe(`ws://127.0.0.1:${secure.port}/x`);
  assertStringIncludes(
    fails(plainly, "upgrade", "protocol"),
    `this port speaks TLS => use wss://127.0.0.1:${secure.port}/x`,
  );
  await using plain = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  assertStringIncludes(
    fails(await probe(`wss://127.0.0.1:${plain.port}/`), "tls", "tls"),
    `without TLS => use ws://127.0.0.1:${plain.port}/`,
  );
  await using page = answering(response("404 Not Found"));
  assertStringIncludes(
    fails(await probe(`wss://127.0.0.1:${page.port}/`), "tls", "tls"),
    "plain HTTP, without TLS: it answers 404",
  );
});

Deno.test("probe: a name, a port, a program that is not there", async () => {
  fails(
    await probe("--handshake-timeout=50", "ws://no-such-host.invalid/"),
    "lookup",
    "resolution",
  );
  const text = fails(await probe(`ws://127.0.0.1:${freePort()}/`), "connect", "connection");
  assertStringIncludes(text, "no program listens on this port");
});

Deno.test("probe: a server that says nothing, and one that just ends", async () => {
  await using mute = silent();
  const url = (port: number) => `ws://127.0.0.1:${port}/`;
  fails(await probe("--handshake-timeout=1.5", url(mute.port)), "upgrade", "timeout");
  await using ending = answering("");
  const text = fails(await probe(url(ending.port)), "upgrade", "abnormal");
  assertStringIncludes(text, "answers neither HTTP nor TLS");
});

Deno.test("probe: a refusal is told with its status, its fields and its body", async () => {
  const fields = { Server: "made-up", "Set-Cookie": "a=hush", "Content-Type": "text/html" };
  await using server = answering(response("418 Teapot", fields, "<h1>short</h1> and stout"));
  const { code, stdout } = await run(["probe", `http://127.0.0.1:${server.port}/`]);
  assertEquals(code, 6);
  assertStringIncludes(stdout, `instead of http://127.0.0.1:${server.port}/`);
  assertMatch(stdout, /FAILED upgrade .*418 Teapot\n/);
  assertStringIncludes(stdout, "Server: made-up");
  assertStringIncludes(stdout, "Set-Cookie: ***");
  assertStringIncludes(stdout, "“short and stout”");
  // deno-lint-ignore no-control-regex -- no colours where nobody sees them
  assertEquals(/\x1b/.test(stdout), false);
});

Deno.test("probe: what a server sends does nothing to a terminal", async () => {
  await using server = answering(response("403 No", { Server: "a\x9b2Jb" }, "\x1b]0;x\x07"));
  const { stdout } = await run(["probe", `ws://127.0.0.1:${server.port}/`]);
  // deno-lint-ignore no-control-regex -- these are what it is about
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(stdout), false);
});

Deno.test("probe: finds out that an Origin is wanted", async () => {
  await using server = await serve([
    "-t",
    "--allow-origin=http://127.0.0.1:*",
    "--require-origin",
    "ws-l:127.0.0.1:0",
    "mirror:",
  ]);
  const report = await probe(server.url);
  if (report.ok) throw new Error("the server takes anybody");
  const own = `--origin http://127.0.0.1:${server.port}`;
  assertEquals(report.secondLooks.map(({ question, tried }) => [question, tried]), [[
    "origin",
    own,
  ]]);
});

Deno.test("probe: a server that closes the WebSocket at once", async () => {
  await using server = upgrading(closeFrame(1008, "no guests"));
  const report = await probe(`ws://127.0.0.1:${server.port}/`);
  assertStringIncludes(
    fails(report, "close", "abnormal"),
    "then closed it: 1008 (policy violation): no guests => the server has a rule against it",
  );
  assertEquals([report.close?.by, report.close?.code], ["server", 1008]);
});

Deno.test("probe: a server that says goodbye at once has not answered its Pings", async () => {
  await using server = upgrading(closeFrame(1000));
  const report = await probe(`ws://127.0.0.1:${server.port}/`);
  assertStringIncludes(
    fails(report, "close", "abnormal"),
    "closed before it had answered a Ping: 1000 (normal closure)",
  );
  const without = await probe(`ws://127.0.0.1:${server.port}/`, "--pings", "0");
  assertEquals([without.exitStatus, without.close?.by], [0, "server"]);
});

Deno.test("probe: a server that drops the connection", async () => {
  await using server = upgrading(new Uint8Array(0), { drop: true });
  const report = await probe(`ws://127.0.0.1:${server.port}/`);
  assertStringIncludes(fails(report, "close", "abnormal"), "1006");
});

Deno.test("probe: a server that sends what is no frame", async () => {
  await using server = upgrading(frame(0x83, "x"));
  const report = await probe(`ws://127.0.0.1:${server.port}/`);
  fails(report, "ping", "protocol");
  assertStringIncludes(report.error?.message ?? "", "reserved opcode 3");
  assertEquals(report.close?.by, "us", "the server did not object, we did");
  assertEquals(report.steps.at(-1), { step: "close", result: "skipped" });
});

Deno.test("probe: a server that ignores pings", async () => {
  await using server = await serve(["-t", "--inhibit-pongs=1", "ws-l:127.0.0.1:0", "mirror:"]);
  const report = await probe("--ping-timeout=3", server.url);
  assertEquals([report.pings?.sent, report.pings?.received], [2, 1]);
  fails(report, "ping", "timeout");
});

Deno.test("probe: a server that answers nothing once it is open", async () => {
  await using server = upgrading(frame(0x81, "hi"));
  const report = await probe("--ping-timeout=0.2", `ws://127.0.0.1:${server.port}/`);
  fails(report, "ping", "timeout");
  assertEquals([results(report).ping, results(report).close], ["failed", "failed"]);
  assertEquals(report.messages, 1);
});

Deno.test("probe: TLS that nobody answers is not a matter of certificates", async () => {
  await using server = silent();
  const words = ["--handshake-timeout=1.5", "--ping-timeout=0.2"];
  const report = await probe(...words, `wss://127.0.0.1:${server.port}/`);
  assertStringIncludes(fails(report, "tls", "timeout"), "answers neither TLS nor HTTP");
});

Deno.test("probe: the native engine is probed, too, as far as it tells", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  const report = await probe("--engine=native", server.url);
  assertEquals([report.ok, report.close?.code], [true, 1000]);
  assertEquals(results(report).ping, "skipped");
});

Deno.test("probe: a proxy that fails is not the server", async () => {
  await using proxy = answering(response("407 Proxy Authentication Required"));
  const report = await probe(`--proxy=http://me:hush@127.0.0.1:${proxy.port}`, "ws://a.invalid/");
  assertStringIncludes(fails(report, "proxy", "connection"), "the server itself was not come to");
  assertEquals(report.proxy, `http://127.0.0.1:${proxy.port}`);
  assertEquals(JSON.stringify(report).includes("hush"), false);
});

Deno.test("probe: takes one address of a WebSocket", async () => {
  for (const words of [[], ["ws://a.invalid/", "ws://b.invalid/"], ["tcp://a.invalid/"]]) {
    const { code, stdout } = await run(["probe", ...words]);
    assertEquals([code, stdout], [2, ""]);
  }
  const { stderr } = await run(["probe", "tcp:127.0.0.1:1"]);
  assertStringIncludes(stderr, "takes the address of a WebSocket, not tcp:127.0.0.1:1");
});
