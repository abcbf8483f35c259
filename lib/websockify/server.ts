/**
 * The websockify server: clients as they come, each on its own.
 *
 * @module
 */
import { closeQuietly } from "../core/conn.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { serveClient, serveHttp } from "./client.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Client, Service } from "./service.ts";
import type { Arrival, Source } from "./source.ts";

/** The pauses after failures grow from the first to the last of these, in milliseconds. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 1000;

/** Serves until `service.signal` is aborted; resolves when all clients are done with. */
export async function serve(source: Source, service: Service, lifetime: Lifetime): Promise<void> {
  const { signal, journal } = service;
  const serving = new Set<Promise<void>>();
  const stop = () => closeQuietly(source);
  signal.addEventListener("abort", stop, { once: true });
  let number = 0;
  let pause = 0;
  while (!signal.aborted) {
    let arrival: Arrival;
    try {
      arrival = await source.accept();
      pause = 0;
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof Deno.errors.BadResource) throw error;
      if (pause === 0) journal.warn(`cannot accept a client now: ${reasonOf(error)}`);
      pause = Math.min(LONGEST_PAUSE, pause * 2 || FIRST_PAUSE);
      await new Promise((resolve) => setTimeout(resolve, pause));
      continue;
    }
    const client: Client = {
      name: arrival.name,
      number: ++number,
      journal: journal.about(arrival.name),
      busy: (kind, work) => lifetime.during(kind, work),
    };
    const done = source.secure
      ? serveSecure(arrival, client, service)
      : serveClient(arrival.conn, client, service);
    serving.add(done);
    done.finally(() => serving.delete(done));
  }
  await Promise.all(serving);
}

/** Serves a client of the runtime's own TLS. Never throws. */
async function serveSecure(arrival: Arrival, client: Client, service: Service): Promise<void> {
  try {
    const { acceptTls } = await import("../tls/accept.ts");
    const signal = AbortSignal.any([service.signal, AbortSignal.timeout(HANDSHAKE)]);
    const conn = await acceptTls(arrival.conn as unknown as Deno.TlsConn, {
      name: client.name,
      truncation: "end",
      signal,
    });
    await serveHttp(conn, undefined, undefined, true, client, service);
  } catch (error) {
    if (!service.signal.aborted) client.journal.failure(silence(error));
  } finally {
    closeQuietly(arrival);
  }
}

/** How long a TLS handshake may take, in milliseconds. */
const HANDSHAKE = 15_000;

function silence(error: unknown): unknown {
  if (!(error instanceof DOMException && error.name === "TimeoutError")) return error;
  return new WirecatError("timeout", "did not finish the TLS handshake in time");
}
