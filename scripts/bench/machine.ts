/**
 * What a benchmark's figures were measured on.
 *
 * @module
 */
import type { Processors } from "./process.ts";
import type { Program } from "./programs.ts";

/** The machine, the load on it at the start, and the versions, in a few lines. */
export async function machineLines(
  programs: readonly Program[],
  processors: Processors,
): Promise<string> {
  const model = await cpuModel();
  const load = Deno.loadavg()[0].toFixed(2);
  const place = processors.load === undefined
    ? "nothing is pinned (no taskset, or one processor)"
    : `load on processor ${processors.load}, programs on ${processors.program}`;
  const found = programs.filter(({ name }) => !name.includes(" ")).map(({ name }) => name);
  return [
    `Machine: ${navigator.hardwareConcurrency} × ${model}, ${Deno.build.os} ${Deno.osRelease()}, ` +
    `load ${load} at the start; ${place}`,
    `Deno ${Deno.version.deno}; programs: ${found.join(", ")}; ${new Date().toISOString()}`,
  ].join("\n");
}

async function cpuModel(): Promise<string> {
  try {
    const text = await Deno.readTextFile("/proc/cpuinfo");
    return /model name\s*:\s*(.*)/.exec(text)?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}
