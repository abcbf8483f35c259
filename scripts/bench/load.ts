/**
 * The load generator: a process of its own, so that it has a processor of its own. Its
 * argument is a {@linkcode Job}; a line on its input is the port of the program.
 *
 * @module
 */
import { connectRate, fanOut, idle } from "./crowd.ts";
import { deflateEcho } from "./deflate.ts";
import { echo, roundTrip } from "./echo.ts";
import { writeAll } from "./frames.ts";
import type { Job, PlainJob, Result, RoundTripJob } from "./job.ts";
import { say } from "./stopwatch.ts";
import { listen, relay, sink, source } from "./stream.ts";

function work(job: Job): Promise<Result> {
  switch (job.kind) {
    case "echo":
      return echo(job);
    case "deflate":
      return deflateEcho(job);
    case "sink":
      return sink(job);
    case "source":
      return source(job);
    case "relay":
      return relay(job, port());
    case "round-trip":
      return job.relay ? relayRoundTrip(job) : roundTrip(job, job.port!);
    case "idle":
      return idle(job, job.relay ? port() : Promise.resolve(job.port!));
    case "fan-out":
      return fanOut(job);
    case "connect":
      return connectRate(job, port());
    case "plain":
      return plain(job);
  }
}

/** The port of the program, which is started after this process's own server. */
async function port(): Promise<number> {
  const into = new Uint8Array(16);
  const length = await Deno.stdin.read(into);
  return Number(new TextDecoder().decode(into.subarray(0, length ?? 0)));
}

async function relayRoundTrip(job: RoundTripJob): Promise<Result> {
  plainServer(listen(), true);
  return await roundTrip(job, await port());
}

function plain(job: PlainJob): Promise<never> {
  plainServer(listen(), job.echo);
  return new Promise(() => {});
}

/** Serves with plain TCP: gives back what comes, or throws it away. */
async function plainServer(listener: Deno.TcpListener, echoes: boolean): Promise<void> {
  for await (const conn of listener) {
    conn.setNoDelay(true);
    serve(conn, echoes).catch(() => {});
  }
}

async function serve(conn: Deno.Conn, echoes: boolean): Promise<void> {
  const into = new Uint8Array(256 * 1024);
  for (let length; (length = await conn.read(into)) !== null;) {
    if (echoes) await writeAll(conn, into.subarray(0, length));
  }
}

if (import.meta.main) {
  try {
    say({ is: "end", result: await work(JSON.parse(Deno.args[0])) });
    // The bench looks at the program while the connections live, and ends this process then.
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  } catch (error) {
    say({ is: "failed", why: error instanceof Error ? error.message : String(error) });
    Deno.exit(1);
  }
}
