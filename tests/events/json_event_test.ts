import { assertEquals } from "@std/assert";
import { UpgradeRefused } from "../../lib/websocket/client.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { Trace } from "../../lib/core/trace.ts";
import type { ConnectionEvent } from "../../lib/events/event.ts";
import { errorLine, eventLine, type LineContext, stepOf } from "../../lib/events/json_event.ts";

const time = new Date("2026-01-02T03:04:05.678Z");
const bytes = (...values: number[]) => new Uint8Array(values);

const told = (event: ConnectionEvent, context?: LineContext) => {
  const line = eventLine(event, context);
  assertEquals(line.indexOf("\n"), line.length - 1, "one line");
  return JSON.parse(line);
};

Deno.test("json event: each says its version, its type and when it was", () => {
  const event = told({ type: "message", direction: "in", kind: "text", bytes: bytes(10), time });
  assertEquals(event, {
    v: 1,
    type: "message",
    time: "2026-01-02T03:04:05.678Z",
    direction: "in",
    kind: "text",
    size: 1,
    data: "\n",
  });
});

Deno.test("json event: binary data are base64, and so is what a Ping carries that is no text", () => {
  const message = { type: "message", direction: "out", kind: "binary", time } as const;
  assertEquals(told({ ...message, bytes: bytes(0xff, 0xfe, 0) }).data, "//4A");
  const ping = { type: "ping", direction: "in", time } as const;
  assertEquals(told({ ...ping, bytes: bytes(0xff) }).data, "/w==");
  assertEquals(told({ ...ping, bytes: bytes(0x61) }).data, "a");
  const pong = { type: "pong", direction: "in", bytes: bytes(), roundTrip: 1.23456, time } as const;
  assertEquals(told(pong, { id: 7 }).rtt_ms, 1.235);
  assertEquals(told(pong, { id: 7 }).id, 7);
});

Deno.test("json event: how a connection was made", () => {
  const trace = new Trace();
  Object.assign(trace.done, { lookup: 0.12345, connect: 1 });
  trace.remote = "127.0.0.1:443";
  trace.tls = { version: "TLSv1.3", alpn: "", chain: [bytes(1)], verified: true };
  trace.response = {
    status: 101,
    reason: "",
    headers: [["Set-Cookie", "a=1"], ["set-cookie", "b=2"], ["__proto__", "x"]],
  };
  const open = told({ type: "open", info: { name: "wss://h/", protocol: "chat" }, time }, {
    trace,
  });
  assertEquals(open.headers["set-cookie"], ["a=1", "b=2"]);
  assertEquals(open.tls, { version: "TLSv1.3", verified: true });
  assertEquals(open.timings_ms, { lookup: 0.123, connect: 1 });
  assertEquals([open.address, open.status, open.subprotocol], ["127.0.0.1:443", 101, "chat"]);
});

Deno.test("json event: who has closed, and whether properly", () => {
  const close = (code: number, ours: boolean, closes = true) => {
    const event = told({ type: "close", code, reason: "", ours, time }, { closes });
    return [event.code, event.name, event.by, event.clean];
  };
  assertEquals(close(1000, true), [1000, "normal closure", "local", true]);
  assertEquals(close(4000, false), [4000, undefined, "remote", true]);
  assertEquals(close(1006, false).slice(2), [undefined, false]);
  assertEquals(close(1005, false, false), [undefined, undefined, undefined, true]);
});

Deno.test("json event: an error says the step that it ended", () => {
  const failed = (kind: WirecatError["kind"], prepare: (trace: Trace) => void = () => {}) => {
    const trace = new Trace();
    prepare(trace);
    return stepOf(new WirecatError(kind, ""), trace);
  };
  assertEquals(failed("resolution"), "lookup");
  assertEquals(failed("connection"), "connect");
  assertEquals(failed("tls"), "tls");
  assertEquals(failed("upgrade"), "upgrade");
  assertEquals(failed("usage"), undefined);
  assertEquals(failed("timeout"), "lookup");
  assertEquals(failed("timeout", (trace) => trace.mark("lookup")), "connect");
  assertEquals(failed("timeout", (trace) => trace.mark("connect")), "tls");
  assertEquals(
    failed("abnormal", (trace) => trace.request = { target: "/", headers: [] }),
    "upgrade",
  );
  const proxied = (trace: Trace) => {
    trace.proxy = "http://p:1";
    trace.mark("connect");
  };
  assertEquals(failed("connection", proxied), "proxy");
  assertEquals(stepOf(new TypeError("x"), undefined), undefined);
});

Deno.test("json event: an error before there is a connection", () => {
  const head = { status: 403, reason: "Forbidden", headers: new Headers() };
  const refused = new UpgradeRefused(head as never, "refused", "log in");
  const event = JSON.parse(errorLine(refused, { step: "upgrade" }));
  assertEquals(
    [event.type, event.kind, event.step, event.status, event.message, event.hint],
    ["error", "upgrade", "upgrade", 403, "refused", "log in"],
  );
  assertEquals(JSON.parse(errorLine(new TypeError("a slip"))).kind, "other");
});
