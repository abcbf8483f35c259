/**
 * The websockify server: clients as they come, each on its own.
 *
 * @module
 */
import { onAbort } from "../core/abort.ts";
import { closeQuietly } from "../core/conn.ts";
import { reasonOf } from "../core/errors.ts";
import { acceptAll } from "../net/accept.ts";
import { serveClient, serveHttp } from "./client.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Client, Service } from "./service.ts";
import type { Arrival, Source } from "./source.ts";
import { handshakeInTime } from "./tls_server.ts";

/** Serves until `service.signal` is aborted; resolves when all clients are done with. */
export async function serve(source: Source, service: Service, lifetime: Lifetime): Promise<void> {
  const { signal, journal } = service;
  const serving = new Set<Promise<void>>();
  const arrivals = acceptAll(
    source,
    (error) => journal.warn(`cannot accept a client now: ${reasonOf(error)}`),
  );
  onAbort(signal, () => arrivals.close());
  let number = 0;
  for await (const arrival of arrivals) {
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
    const conn = await handshakeInTime(
      service.signal,
      (signal) =>
        acceptTls(arrival.conn as unknown as Deno.TlsConn, {
          name: client.name,
          truncation: "end",
          signal,
        }),
    );
    await serveHttp(conn, undefined, undefined, true, client, service);
  } catch (error) {
    if (!service.signal.aborted) client.journal.failure(error);
  } finally {
    closeQuietly(arrival);
  }
}
