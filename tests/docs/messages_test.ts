/** What the pages on messages, probes and configuration say is what the program does. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { understandConfig } from "../../lib/cli/config_file.ts";
import { isGoodCode } from "../../lib/websocket/close_code.ts";
import { exitStatuses } from "../../lib/cli/help.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { describeClose } from "../../lib/websocket/close.ts";
import { registry } from "../../specs/mod.ts";
import { run, serve } from "../cli/program.ts";

function page(name: string): string {
  return Deno.readTextFileSync(new URL(`../../docs/${name}.md`, import.meta.url));
}

/** The rows of all tables of a page. */
function rows(name: string): string[][] {
  return page(name).split("\n").filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("docs: the table of exit statuses is the program's", () => {
  const table = rows("errors");
  for (const [status, meaning] of exitStatuses()) {
    assert(table.some((row) => row[0] === status && row[1] === meaning), `${status}: ${meaning}`);
  }
});

Deno.test("docs: the table of close codes is the program's", () => {
  const codes = rows("errors").filter((row) => /^[134]\d{3}$/.test(row[0]));
  assertEquals(codes.length, 18);
  for (const [code, name, status] of codes) {
    assertEquals(describeClose({ code: Number(code), reason: "" }), `${code} (${name})`);
    const good = isGoodCode(Number(code));
    assertEquals(status, good ? "0" : "8", code);
  }
});

Deno.test("docs: the example of a configuration is one", () => {
  const text = /```json\n([^]*?)```/.exec(page("configuration"))![1];
  const table = [...coreOptions, ...registry.options];
  const { profiles, apply } = understandConfig({ path: "docs", text }, table);
  assertEquals([...profiles.keys()], ["staging", "production", "vnc"]);
  assertEquals(apply(["@production"]).positional, ["wss://example.org/feed"]);
  assertEquals(profiles.get("production")!.settings.get("insecure"), false);
});

Deno.test("docs: every field of a probe's JSON is described", async () => {
  await using server = await serve(["-t", "ws-l:127.0.0.1:0", "mirror:"]);
  const { stdout } = await run(["probe", "--json", server.url]);
  const text = page("probe");
  const described = new Set(rows("probe").map(([name]) => name));
  const report = JSON.parse(stdout);
  for (const field of Object.keys(report)) assert(described.has(`\`${field}\``), field);
  const inner = [report.upgrade, report.pings, report.close, report.steps[0], report.attempts[0]];
  for (const field of inner.flatMap((object) => Object.keys(object))) {
    assertStringIncludes(text, `\`${field}\``);
  }
});
