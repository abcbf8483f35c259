import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { Trace } from "../../lib/core/trace.ts";
import { dialTcp } from "../../lib/net/dial.ts";
import { connectFailure } from "../../lib/net/failure.ts";
import { parseOverrides } from "../../lib/net/host_overrides.ts";
import { freePort } from "../free_port.ts";
import { hasIpv6 } from "./ipv6.ts";

function portOf(listener: Deno.TcpListener): number {
  return (listener.addr as Deno.NetAddr).port;
}

const without6 = hasIpv6 ? "" : " (skipped: no IPv6)";

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test({
    name: `dial: localhost reaches a server that listens on ${hostname} only${
      hostname === "::1" ? without6 : ""
    }`,
    ignore: hostname === "::1" && !hasIpv6,
    async fn() {
      // The system could give a port that another test listens on at the other address.
      using listener = Deno.listen({ hostname, port: freePort() });
      using conn = await dialTcp("localhost", portOf(listener));
      using server = await listener.accept();
      assertEquals(conn.remoteAddr.hostname, hostname);
      assertEquals(server.localAddr.hostname, hostname);
    },
  });
}

Deno.test({
  name: `dial: an IPv6 address may be in brackets, as URLs have it${without6}`,
  ignore: !hasIpv6,
  async fn() {
    using listener = Deno.listen({ hostname: "::1", port: 0 });
    using conn = await dialTcp("[::1]", portOf(listener));
    assertEquals(conn.remoteAddr.hostname, "::1");
  },
});

Deno.test("dial: a refused connection is of kind connection and names the port", async () => {
  const port = freePort();
  const error = await assertRejects(() => dialTcp("127.0.0.1", port), WirecatError);
  assertEquals(error.message, `cannot connect to tcp:127.0.0.1:${port}: connection refused`);
  assertEquals(error.hint, `is a server listening on port ${port}?`);
  assertEquals(error.kind, "connection");
});

Deno.test("dial: localhost refused on both families is the ordinary refusal", async () => {
  const error = await assertRejects(() => dialTcp("localhost", freePort()), WirecatError);
  assertEquals(error.message.endsWith("connection refused"), true, error.message);
});

Deno.test("dial: errors name the target as the caller calls it", async () => {
  const port = freePort();
  const target = `ws://127.0.0.1:${port}/`;
  const error = await assertRejects(
    () => dialTcp("127.0.0.1", port, undefined, { target }),
    WirecatError,
  );
  assertEquals(error.message, `cannot connect to ${target}: connection refused`);
});

Deno.test("dial: a name without an address is of kind resolution", async () => {
  const error = await assertRejects(() => dialTcp("256.0.0.1", 80), WirecatError);
  assertEquals(error.kind, "resolution");
  assertEquals(error.hint?.includes("256.0.0.1"), true);
});

Deno.test("dial: an aborted signal is told by its own reason", async () => {
  const reason = new Error("the run ends");
  const error = await assertRejects(() => dialTcp("127.0.0.1", 1, AbortSignal.abort(reason)));
  assertStrictEquals(error, reason);
});

Deno.test("dial: a signal that ran out of time is of kind timeout", async () => {
  const signal = AbortSignal.abort(new DOMException("timed out", "TimeoutError"));
  const error = await assertRejects(() => dialTcp("127.0.0.1", 1, signal), WirecatError);
  assertEquals(error.kind, "timeout");
});

Deno.test("dial: the system's own time limit is of kind timeout", () => {
  const error = new Deno.errors.TimedOut("Connection timed out (os error 110)");
  const failure = connectFailure(error, "tcp:h:1", { hostname: "h", port: 1 });
  assertEquals(failure.kind, "timeout");
  assertEquals(failure.message, "cannot connect to tcp:h:1: no answer in time");
});

Deno.test("dial: a trace learns the addresses, the attempts, both ends and the times", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = portOf(listener);
  const trace = new Trace();
  using conn = await dialTcp("localhost", port, undefined, { trace });
  using _server = await listener.accept();
  assertEquals(trace.addresses, ["127.0.0.1", "::1"]);
  // Where a quarter of a second has passed meanwhile, the other one was tried, too.
  const made = trace.attempts.filter(({ error }) => error === undefined);
  assertEquals(made.map(({ address }) => address), [`127.0.0.1:${port}`]);
  assertEquals(trace.remote, `127.0.0.1:${port}`);
  assertEquals(trace.local, `127.0.0.1:${(conn.localAddr as Deno.NetAddr).port}`);
  const { lookup, connect } = trace.done;
  assertEquals(lookup! <= connect!, true);
});

Deno.test("dial: a trace tells of attempts that failed, and the error is the usual one", async () => {
  const port = freePort();
  const trace = new Trace();
  const overrides = parseOverrides([`h.test:${port}:127.0.0.1,127.0.0.2`], []);
  const error = await assertRejects(
    () => dialTcp("h.test", port, undefined, { trace, overrides }),
    WirecatError,
  );
  assertEquals(error.message, `cannot connect to tcp:h.test:${port}: connection refused`);
  assertEquals(trace.attempts.map(({ address, error }) => [address, error]), [
    [`127.0.0.1:${port}`, "connection refused"],
    [`127.0.0.2:${port}`, "connection refused"],
  ]);
  assertEquals([trace.remote, trace.done.connect], [undefined, undefined]);
});

Deno.test("dial: a name without an address is of kind resolution step by step, too", async () => {
  const trace = new Trace();
  const error = await assertRejects(
    () => dialTcp("256.0.0.1", 80, undefined, { trace }),
    WirecatError,
  );
  const plain = await assertRejects(() => dialTcp("256.0.0.1", 80), WirecatError);
  assertEquals([error.kind, error.message, error.hint], ["resolution", plain.message, plain.hint]);
});

Deno.test("dial: other addresses and other hosts than those asked for", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = portOf(listener);
  for (
    const [resolve, connectTo] of [
      [[`h.test:${port}:127.0.0.1`], []],
      [[], [`h.test::127.0.0.1:`]],
      [[`other.test:${port}:127.0.0.1`], [`h.test:${port}:other.test:`]],
    ]
  ) {
    const overrides = parseOverrides(resolve, connectTo);
    using conn = await dialTcp("h.test", port, undefined, { overrides });
    using _server = await listener.accept();
    assertEquals((conn.remoteAddr as Deno.NetAddr).port, port);
  }
});

Deno.test("dial: the address of --resolve is not for another host of --connect-to", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = portOf(listener);
  const overrides = parseOverrides([`h.test:80:127.0.0.2`], [`h.test:80:127.0.0.1:${port}`]);
  using conn = await dialTcp("h.test", 80, undefined, { overrides });
  using _server = await listener.accept();
  assertEquals(conn.remoteAddr.hostname, "127.0.0.1");
});

Deno.test("dial: one version of IP only", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = portOf(listener);
  using _conn = await dialTcp("localhost", port, undefined, { version: 4 });
  const error = await assertRejects(
    () => dialTcp("127.0.0.1", port, undefined, { version: 6 }),
    WirecatError,
    "the host has no IPv6 address",
  );
  assertEquals(error.kind, "resolution");
  await assertRejects(
    () => dialTcp("localhost", port, undefined, { version: 6 }),
    WirecatError,
    "cannot connect to tcp:localhost",
  );
});

Deno.test("dial: what only the system can resolve is found step by step, too", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const trace = new Trace();
  // getaddrinfo() takes short forms of IPv4 addresses, and asks nobody for them.
  using conn = await dialTcp("127.1", portOf(listener), undefined, { trace });
  using _server = await listener.accept();
  assertEquals([conn.remoteAddr.hostname, trace.addresses], ["127.0.0.1", ["127.0.0.1"]]);
});

Deno.test("dial: an abort ends it step by step, too", async () => {
  const reason = new Error("the run ends");
  const abort = new AbortController();
  const dialling = dialTcp("localhost", 1, abort.signal, { trace: new Trace() });
  abort.abort(reason);
  assertStrictEquals(await assertRejects(() => dialling), reason);
});
