import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { mayPass, pauseAfter, retryAfter, retrying, retryPolicy } from "../../lib/cli/retry.ts";
import { retry, retryAllErrors, retryDelay, retryMaxTime } from "../../lib/cli/script_options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { Log } from "../../lib/core/log.ts";
import { connector, type OpenRequest } from "../../lib/core/opener.ts";
import { type Option, OptionValues } from "../../lib/core/option.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { Trace } from "../../lib/core/trace.ts";
import { tlsFailure } from "../../lib/tls/failure.ts";

// deno-lint-ignore no-explicit-any -- options of all types
function given(...values: [Option<any>, unknown][]): OptionValues {
  return new OptionValues(new Map(values.map(([option, value]) => [option.long, value])));
}

const policy = { most: 3, delay: 1, maxTime: Infinity, all: false };
const refusal = (status: number) =>
  Object.assign(new WirecatError("upgrade", `refused with ${status}`), { status });
const request = (): OpenRequest => ({ signal: new AbortController().signal });

/** An opener that fails so often, and a log of what was said. */
function failing(times: number, error: () => unknown) {
  const said: string[] = [];
  const traces: (Trace | undefined)[] = [];
  const peer = {} as Peer;
  const inner = connector(({ trace }) => {
    traces.push(trace);
    return traces.length <= times ? Promise.reject(error()) : Promise.resolve(peer);
  });
  return { inner, peer, said, traces, log: new Log(1, (line) => said.push(line)) };
}

Deno.test("--retry: only a failure that may pass is worth another try", () => {
  for (const kind of ["resolution", "connection", "timeout", "abnormal"] as const) {
    assert(mayPass(new WirecatError(kind, "")), kind);
  }
  for (const kind of ["other", "usage", "tls", "protocol", "assertion"] as const) {
    assert(!mayPass(new WirecatError(kind, "")), kind);
  }
  for (const status of [408, 429, 500, 502, 503, 504]) {
    assert(mayPass(refusal(status)), `${status}`);
  }
  for (const status of [200, 301, 400, 401, 403, 404, 426]) {
    assert(!mayPass(refusal(status)), `${status}`);
  }
  assert(!mayPass(new TypeError("a slip of ours")));
});

Deno.test("--retry: opens again until it works, and says so", async () => {
  const { inner, peer, said, traces, log } = failing(2, () => new WirecatError("connection", "no"));
  assertEquals(await retrying(inner, policy, log).open(request()), peer);
  assertEquals(said, [
    "wirecat: warning: no; trying again in 0.001 s, 3 tries left",
    "wirecat: warning: no; trying again in 0.001 s, 2 tries left",
  ]);
  assertEquals(new Set(traces).size, 3, "each try has a trace of its own");
});

Deno.test("--retry: a TLS handshake that broke off is tried again, one that was refused is not", () => {
  const attempt = "cannot connect to x";
  for (const said of ["unexpected end of file", "Connection reset by peer (os error 104)"]) {
    assert(mayPass(tlsFailure(attempt, new Error(said))), said);
  }
  for (const said of ["invalid peer certificate: Expired", "received fatal alert: UnknownCA"]) {
    assert(!mayPass(tlsFailure(attempt, new Error(said))), said);
  }
});

Deno.test("--retry: gives up after so many, with the kind and hint of the last failure", async () => {
  const fail = () => new WirecatError("connection", "no", { hint: "try later" });
  const { inner, said, log } = failing(9, fail);
  const error = await assertRejects(
    () => retrying(inner, policy, log).open(request()),
    WirecatError,
    "gave up after 4 tries",
  );
  assertEquals([error.kind, error.hint], ["connection", "try later"]);
  assertStringIncludes(said.at(-1)!, "for the last time");
  const once = failing(9, fail);
  await assertRejects(
    () => retrying(once.inner, { ...policy, most: 0 }, once.log).open(request()),
    WirecatError,
    "no",
  );
  assertEquals(once.said, []);
});

Deno.test("--retry: what will not pass is thrown at once, unless all is to be tried again", async () => {
  const { inner, traces, log } = failing(1, () => refusal(404));
  await assertRejects(() => retrying(inner, policy, log).open(request()), WirecatError, "404");
  assertEquals(traces.length, 1);
  const all = failing(1, () => refusal(404));
  assertEquals(
    await retrying(all.inner, { ...policy, all: true }, all.log).open(request()),
    all.peer,
  );
  const usage = failing(1, () => new WirecatError("usage", "wrong"));
  await assertRejects(
    () => retrying(usage.inner, { ...policy, all: true }, usage.log).open(request()),
    WirecatError,
    "wrong",
  );
});

Deno.test("--retry-max-time: no try begins later", async () => {
  const { inner, traces, log } = failing(9, () => new WirecatError("timeout", "slow"));
  const limits = { most: Infinity, delay: 10, maxTime: 5, all: false };
  await assertRejects(
    () => retrying(inner, limits, log).open(request()),
    WirecatError,
    "slow",
  );
  assertEquals(traces.length, 1);
});

Deno.test("--retry-max-time: a pause that a server asks for may be too long", async () => {
  const inner = connector(({ trace }) => {
    trace!.response = { status: 503, reason: "", headers: [["Retry-After", "90"]] };
    return Promise.reject(refusal(503));
  });
  const limits = { most: Infinity, delay: 1, maxTime: 5000, all: false };
  const error = await assertRejects(
    () => retrying(inner, limits, new Log(0)).open(request()),
    WirecatError,
  );
  assertEquals(error.kind, "upgrade");
  assertEquals(
    error.hint,
    "the server asks for a pause of 90 s, which is beyond --retry-max-time",
  );
});

Deno.test("--retry: the end of the run ends the waiting", async () => {
  const { inner, log } = failing(9, () => new WirecatError("connection", "no"));
  const run = new AbortController();
  const opening = retrying(inner, { ...policy, delay: 60_000 }, log).open({ signal: run.signal });
  setTimeout(() => run.abort(new Error("over")), 5);
  await assertRejects(() => opening, Error, "over");
});

Deno.test("--retry-delay: without one, pauses double from a second to a minute", () => {
  const doubling = { ...policy, delay: undefined };
  const pauses = [1, 2, 3, 6, 7, 20].map((failures) => pauseAfter(failures, doubling));
  assertEquals(pauses, [1000, 2000, 4000, 32_000, 60_000, 60_000]);
  assertEquals(pauseAfter(5, policy), 1);
  assertEquals(pauseAfter(1, policy, 7000), 7000, "the server asks for longer");
  assertEquals(pauseAfter(4, doubling, 7000), 8000);
});

Deno.test("--retry: Retry-After is seconds or a date", () => {
  const answer = (value: string) => ({
    response: { status: 503, reason: "", headers: [["retry-after", value]] as const },
  });
  assertEquals(retryAfter(answer("120")), 120_000);
  const now = Date.parse("2026-01-01T00:00:00Z");
  assertEquals(retryAfter(answer("Thu, 01 Jan 2026 00:00:05 GMT"), now), 5000);
  assertEquals(retryAfter(answer("Wed, 31 Dec 2025 00:00:05 GMT"), now), 0);
  assertEquals(retryAfter(answer("soon")), undefined);
  assertEquals(retryAfter(new Trace()), undefined);
  assertEquals(retryAfter(undefined), undefined);
});

Deno.test("--retry: the options make a policy", () => {
  assertEquals(retryPolicy(given()), undefined);
  assertEquals(retryPolicy(given([retry, 3])), {
    most: 3,
    delay: undefined,
    maxTime: Infinity,
    all: false,
  });
  assertEquals(
    retryPolicy(given([retryMaxTime, 60], [retryDelay, 0.5], [retryAllErrors, true])),
    { most: Infinity, delay: 500, maxTime: 60_000, all: true },
  );
  for (const option of [retryDelay, retryAllErrors]) {
    assertThrows(() => retryPolicy(given([option, 1])), WirecatError, `--${option.long}`);
  }
});
