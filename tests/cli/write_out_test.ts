import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MeasuredTrace } from "../../lib/cli/measure.ts";
import { type Outcome, readFormat, WriteOutFormat } from "../../lib/cli/write_out.ts";
import { WirecatError } from "../../lib/core/errors.ts";

/** A connection that is over. */
function outcome(more: Partial<Outcome> = {}): Outcome {
  const trace = new MeasuredTrace();
  Object.assign(trace.done, { lookup: 1, connect: 2.5, tls: 10, upgrade: 20.25 });
  trace.remote = "[::1]:8080";
  trace.local = "127.0.0.1:50000";
  trace.response = { status: 101, reason: "", headers: [] };
  Object.assign(trace.tally, {
    received: { messages: 3, bytes: 30 },
    sent: { messages: 2, bytes: 20 },
    firstMessage: 25,
    ending: { code: 4001, reason: "enough", ours: false },
    info: { name: "wss://h/", protocol: "chat" },
    retries: 2,
  });
  return { tally: trace.tally, ...more };
}

const written = (format: string, more?: Partial<Outcome>) =>
  new WriteOutFormat(format).render(outcome(more)).stdout;

Deno.test("-w: variables are filled in, times in seconds", () => {
  assertEquals(
    written("%{time_namelookup} %{time_connect} %{time_appconnect} %{time_upgrade}"),
    "0.001000 0.002500 0.010000 0.020250",
  );
  assertEquals(written("%{time_first_message}"), "0.025000");
  assertEquals(written("%{http_code} %{close_code} %{close_reason}"), "101 4001 enough");
  assertEquals(
    written("%{messages_sent}/%{bytes_sent} %{messages_received}/%{bytes_received}"),
    "2/20 3/30",
  );
  assertEquals(written("%{remote_ip} %{remote_port} %{local_port}"), "::1 8080 50000");
  assertEquals(written("%{url} %{subprotocol} [%{extensions}]"), "wss://h/ chat []");
  assertEquals(written("%{num_retries}"), "2");
});

Deno.test("-w: what went wrong, and the exit status", () => {
  assertEquals(written("%{exitcode} [%{errormsg}]"), "0 []");
  const error = new WirecatError("timeout", "too slow");
  assertEquals(written("%{exitcode} [%{errormsg}]", { error }), "9 [too slow]");
  assertEquals(written("%{exitcode}", { status: 130 }), "130");
});

Deno.test("-w: escapes, a percent sign, and what is neither", () => {
  assertEquals(written("a\\tb\\n\\r\\\\n\\x 100%% 5% %{exitcode}%"), "a\tb\n\r\\n\\x 100% 5% 0%");
});

Deno.test("-w: parts may go to standard error", () => {
  const { stdout, stderr } = new WriteOutFormat(
    "a%{stderr}b%{exitcode}%{stdout}c",
  ).render(outcome());
  assertEquals([stdout, stderr], ["ac", "b0"]);
});

Deno.test("-w: %{json} has them all", () => {
  const all = JSON.parse(written("%{json}"));
  assertEquals(all.time_connect, 0.0025);
  assertEquals(all.http_code, 101);
  assertEquals(all.close_reason, "enough");
  assertEquals(all.remote_port, 8080);
  assertEquals(Object.keys(all).length > 20, true);
});

Deno.test("-w: a connection that never was has zeros, the status as three of them", () => {
  const { tally } = new MeasuredTrace();
  const format = new WriteOutFormat("%{http_code} %{close_code} %{time_connect} [%{remote_ip}]");
  assertEquals(format.render({ tally }).stdout, "000 0 0.000000 []");
});

Deno.test("-w: a slip in a name is told with the right one", () => {
  const error = assertThrows(() => new WriteOutFormat("%{time_conect}"), WirecatError);
  assertEquals([error.kind, error.hint], ["usage", "did you mean %{time_connect}?"]);
});

Deno.test("-w: where no name is near, it is said how to see them all", () => {
  const error = assertThrows(() => new WriteOutFormat("%{nope}"), WirecatError);
  assertEquals(error.hint, "%{json} prints all that there are");
});

Deno.test("-w: curl's names for the same are known, and are no keys of %{json}", () => {
  const format = "%{response_code} %{scheme} %{url_effective} %{size_download} %{size_upload}";
  assertEquals(written(format), "101 wss wss://h/ 30 20");
  assertEquals(written("%{time_starttransfer}"), "0.020250");
  assertEquals(JSON.parse(written("%{json}")).response_code, undefined);
});

Deno.test("-w: header fields of the answer", () => {
  const { tally } = outcome();
  const headers = [["X-Served-By", "a"], ["x-served-by", "b"]] as const;
  tally.trace.response = { status: 101, reason: "", headers };
  const format = new WriteOutFormat("[%header{X-SERVED-BY}] [%header{toString}] %{header_json}");
  assertEquals(format.render({ tally }).stdout, '[a] [] {"x-served-by":["a","b"]}');
});

Deno.test("-w: what stands behind %{onerror} is for failures only", () => {
  const format = "%{http_code}%{onerror} failed with %{exitcode}";
  assertEquals(written(format), "101");
  assertEquals(written(format, { status: 143 }), "101 failed with 143");
});

Deno.test("-w: @FILE has the format", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "%{exitcode}\n");
  assertEquals((await readFormat(`@${path}`)).render(outcome()).stdout, "0\n");
  await Deno.remove(path);
  await assertRejects(() => readFormat(`@${path}`), WirecatError, "cannot read");
  await assertRejects(() => readFormat("@-"), WirecatError, "standard input");
});
