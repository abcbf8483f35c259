import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { Metrics } from "../../lib/overlay/metrics.ts";
import { parseMetricsAddress, serveMetrics } from "../../lib/overlay/metrics_server.ts";
import { inCheckout } from "../checkout.ts";

/** The sample with this name and labels. */
function sample(text: string, name: string): number {
  const line = text.split("\n").find((line) => line.startsWith(name + " "));
  return Number(line?.slice(name.length + 1));
}

Deno.test("prometheus: the text format has help, type and samples of each metric", () => {
  const text = new Metrics().render();
  for (const line of text.trimEnd().split("\n")) {
    assertEquals(
      /^(# HELP \w+ .+|# TYPE \w+ \w+|\w+(\{le="[^"]+"\})? [-+.e\d]+)$/.test(line),
      true,
      line,
    );
  }
  assertEquals(text.endsWith("\n"), true);
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map((m) => `${m[1]} ${m[2]}`);
  assertEquals(types.filter((type) => type.endsWith("counter")).length, 10);
  assertEquals(types.filter((type) => type.endsWith("histogram")).length, 12);
  assertEquals(types.includes("websocat1_r_bytes counter"), true);
  assertEquals(types.includes("wirecat_open_sessions gauge"), true);
});

Deno.test("prometheus: buckets count what is not above them", () => {
  const metrics = new Metrics();
  for (const length of [0, 1, 2, 10, 11, 5_000_000]) metrics.read_lengths.observe(length);
  const text = metrics.render();
  const bucket = (le: string) => sample(text, `websocat1_read_lengths_bucket{le="${le}"}`);
  assertEquals(
    ["0", "1", "10", "50", "4194304", "+Inf"].map(bucket),
    [1, 2, 4, 5, 5, 6],
  );
  assertEquals(sample(text, "websocat1_read_lengths_sum"), 5_000_024);
  assertEquals(sample(text, "websocat1_read_lengths_count"), 6);
});

Deno.test("prometheus: the smallest and largest bounds are written as numbers", () => {
  const text = new Metrics().render();
  for (const le of ["0.0001", "0.1", "100000000", "1073741824"]) {
    assertEquals(text.includes(`le="${le}"`), true, le);
  }
});

Deno.test("prometheus: connections are counted from their opening to their end", () => {
  const metrics = new Metrics();
  const first = metrics.opened(1000);
  first.read(10);
  first.read(20);
  first.written(5);
  const second = metrics.opened(3000);
  first.closed(11_000);
  first.closed(12_000);
  const text = metrics.render();
  const value = (name: string) => sample(text, `websocat1_${name}`);
  assertEquals([value("connects"), value("disconnects")], [2, 1]);
  assertEquals(sample(text, "wirecat_open_sessions"), 1);
  assertEquals([value("r_msgs"), value("r_bytes"), value("w_msgs"), value("w_bytes")], [
    2,
    30,
    1,
    5,
  ]);
  assertEquals([value("session_durations_sum"), value("between_connects_sum")], [10, 2]);
  assertEquals([value("session_r_bytes_sum"), value("session_avg_r_bps_sum")], [30, 3]);
  assertEquals([value("session_r_msgs_sum"), value("session_w_msgs_sum")], [2, 1]);
  second.closed(20_000);
  assertEquals(sample(metrics.render(), "wirecat_open_sessions"), 0);
});

Deno.test("prometheus: addresses", () => {
  assertEquals(parseMetricsAddress("127.0.0.1:9100"), { hostname: "127.0.0.1", port: 9100 });
  assertEquals(parseMetricsAddress("[::1]:9100"), { hostname: "::1", port: 9100 });
  assertEquals(parseMetricsAddress("9100"), { hostname: "127.0.0.1", port: 9100 });
  for (const text of ["", "127.0.0.1", "127.0.0.1:99999", "::1:9100", "http://x:1"]) {
    assertThrows(() => parseMetricsAddress(text), WirecatError, text);
  }
});

Deno.test("prometheus: every request is answered with the figures", async () => {
  const metrics = new Metrics();
  metrics.opened(0);
  const server = serveMetrics(metrics, { hostname: "127.0.0.1", port: 0 });
  for (const [path, method] of [["metrics", "GET"], ["", "GET"], ["any/thing", "POST"]]) {
    const response = await fetch(`http://127.0.0.1:${server.port}/${path}`, { method });
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4");
    const text = await response.text();
    assertEquals(sample(text, "websocat1_connects"), 1);
    assertEquals(sample(text, "wirecat_start_time_seconds") > 1.7e9, true);
  }
  await server.close();
});

Deno.test("prometheus: a port that is taken is a clear error", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (taken.addr as Deno.NetAddr).port;
  const error = assertThrows(
    () => serveMetrics(new Metrics(), { hostname: "127.0.0.1", port }),
    WirecatError,
    `cannot serve metrics on 127.0.0.1:${port}: address`,
  );
  assertEquals([error.kind, error.hint?.includes("--prometheus")], ["connection", true]);
});

Deno.test("prometheus: the endpoint does not keep the program alive, nor does a client of it", async () => {
  const program = `
    import { Metrics } from "${import.meta.resolve("../../lib/overlay/metrics.ts")}";
    import { serveMetrics } from "${import.meta.resolve("../../lib/overlay/metrics_server.ts")}";
    const server = serveMetrics(new Metrics(), { hostname: "127.0.0.1", port: 0 });
    const conn = await Deno.connect({ port: server.port });
    await conn.write(new TextEncoder().encode("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"));
    await conn.read(new Uint8Array(10000));
    console.log("served");
  `;
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `--import-map=${inCheckout("scripts/npm/imports.json")}`,
      program,
    ],
    signal: AbortSignal.timeout(30_000),
  }).output();
  assertEquals([output.success, new TextDecoder().decode(output.stdout)], [true, "served\n"]);
});
