/**
 * One peer over several: what is written goes to all, what comes from any is read.
 *
 * @module
 */
import { Batch, CONTINUED, MORE } from "../core/batch.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Opener, OpenRequest } from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";

/** What {@linkcode teePeer} can be told. */
export interface TeeOptions {
  /** Whether one peer's failure is everybody's. Otherwise the others go on without it. */
  readonly propagateFailures: boolean;
  /** Whether the first peer that ends, rather than the last, ends reading. */
  readonly propagateEof: boolean;
  /** Whether a message that a peer left unfinished is cut short rather than an error. */
  readonly tolerateTornMessages: boolean;
  /** Where it is said that a peer is lost. */
  readonly log: Log;
}

/** Opens all, or none: if one cannot be opened, the others are closed again. */
export async function openAll(openers: readonly Opener[], request: OpenRequest): Promise<Peer[]> {
  const results = await Promise.allSettled(openers.map((opener) => opener.open(request)));
  const failed = results.find((result) => result.status === "rejected");
  const peers = results.flatMap((r) => r.status === "fulfilled" ? [r.value] : []);
  if (failed === undefined) return peers;
  await Promise.allSettled(peers.map((peer) => peer.close()));
  throw failed.reason;
}

/** A peer over several; the first is the main one, whose name and ending it has. */
export function teePeer(peers: readonly [Peer, ...Peer[]], options: TeeOptions): Peer {
  return new TeePeer(peers, options);
}

/** What one of the peers has brought. */
interface Arrival {
  readonly branch: Branch;
  readonly batch?: Batch;
  readonly failure?: { error: unknown };
}

class Branch {
  readonly peer: Peer;
  readonly reader: ReadableStreamDefaultReader<Batch>;
  readonly writer: WritableStreamDefaultWriter<Batch>;
  /** Whether it is written to. */
  writes = true;
  /** Whether it is read. */
  reads = true;
  /** Whether a read is under way, or its result not taken yet. */
  asked = false;

  constructor(peer: Peer) {
    this.peer = peer;
    this.reader = peer.readable.getReader();
    this.reader.closed.catch(() => {});
    this.writer = peer.writable.getWriter();
    this.writer.closed.catch(() => {}); // Whoever writes hears of it.
  }
}

class TeePeer implements Peer {
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  readonly info: PeerInfo;
  readonly mustRead: boolean;
  readonly closed: Peer["closed"];
  readonly shutdown: Peer["shutdown"];
  readonly #branches: readonly Branch[];
  readonly #options: TeeOptions;
  #arrivals: Arrival[] = [];
  #arrived = Promise.withResolvers<void>();
  /** Who is in the middle of a message, and the kind of it. */
  #holder?: Branch;
  #kind = 0;

  constructor(peers: readonly [Peer, ...Peer[]], options: TeeOptions) {
    const main = peers[0];
    this.#options = options;
    this.#branches = peers.map((peer) => new Branch(peer));
    this.info = main.info;
    this.closed = main.closed;
    this.mustRead = peers.some((peer) => peer.mustRead);
    if (peers.some((peer) => peer.shutdown !== undefined)) {
      this.shutdown = async (code) => {
        await Promise.all(peers.map((peer) => peer.shutdown?.(code)));
      };
    }
    this.readable = new ReadableStream<Batch>({
      pull: (controller) => this.#pull(controller),
      cancel: async (reason) => {
        await Promise.allSettled(this.#branches.map((branch) => branch.reader.cancel(reason)));
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      write: (batch) => this.#write(batch),
      close: () => this.#toAll((branch) => branch.writer.close()),
      abort: async (reason) => {
        await Promise.allSettled(this.#branches.map((branch) => branch.writer.abort(reason)));
      },
    }, { highWaterMark: 1 });
  }

  #write(batch: Batch): Promise<void> {
    // None of them may change what the others are still to write.
    return this.#toAll((branch) => branch.writer.write(batch.share()));
  }

  async #toAll(act: (branch: Branch) => Promise<void>): Promise<void> {
    const branches = this.#branches.filter((branch) => branch.writes);
    const failures: unknown[] = [];
    await Promise.all(branches.map(async (branch) => {
      try {
        await act(branch);
      } catch (error) {
        branch.writes = false;
        failures.push(error);
        if (!this.#options.propagateFailures) this.#say(branch, "written to", error);
      }
    }));
    const all = failures.length > 0 && failures.length === branches.length;
    if (all || this.#options.propagateFailures && failures.length > 0) throw failures[0];
  }

  #say(branch: Branch, what: string, error: unknown): void {
    const name = branch.peer.info.name;
    this.#options.log.warn(`${name} is no longer ${what}: ${reasonOf(error)}`);
  }

  async #pull(controller: ReadableStreamDefaultController<Batch>): Promise<void> {
    for (;;) {
      for (const branch of this.#branches) if (branch.reads && !branch.asked) this.#ask(branch);
      const arrival = this.#take();
      if (arrival === undefined) {
        await this.#arrived.promise;
        continue;
      }
      const { branch, batch, failure } = arrival;
      // Asked again when the consumer is done with this one.
      branch.asked = false;
      if (batch !== undefined) {
        if (batch.length === 0) continue;
        const last = batch.length - 1;
        this.#holder = batch.flags(last) & MORE ? branch : undefined;
        this.#kind = batch.kind(last);
        controller.enqueue(batch);
        return;
      }
      branch.reads = false;
      const { propagateFailures, propagateEof } = this.#options;
      const others = this.#branches.some((b) => b.reads);
      const ended = failure === undefined && (propagateEof || !others);
      if (failure !== undefined && (propagateFailures || !others)) throw failure.error;
      if (failure !== undefined) this.#say(branch, "read from", failure.error);
      const cut = this.#holder === branch ? this.#cutShort(branch) : undefined;
      if (cut !== undefined) controller.enqueue(cut);
      if (ended) controller.close();
      if (ended || cut !== undefined) return;
    }
  }

  #ask(branch: Branch): void {
    branch.asked = true;
    branch.reader.read().then(
      ({ value }) => this.#arrive({ branch, batch: value }),
      (error) => this.#arrive({ branch, failure: { error } }),
    );
  }

  #arrive(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers<void>();
  }

  /** What came first; in the middle of a message, what came first from the peer that sends it. */
  #take(): Arrival | undefined {
    const holder = this.#holder;
    const i = holder === undefined ? 0 : this.#arrivals.findIndex((a) => a.branch === holder);
    return i < 0 ? undefined : this.#arrivals.splice(i, 1)[0];
  }

  #cutShort(branch: Branch): Batch {
    this.#holder = undefined;
    const name = branch.peer.info.name;
    if (!this.#options.tolerateTornMessages) {
      throw new WirecatError("abnormal", `${name} ended in the middle of a message`, {
        hint: "--tee-tolerate-torn-msgs cuts the message short and goes on",
      });
    }
    this.#options.log.warn(`${name} ended in the middle of a message, which is cut short`);
    return Batch.of(new Uint8Array(0), this.#kind | CONTINUED);
  }

  async close(): Promise<void> {
    await Promise.all(this.#branches.map((branch) => branch.peer.close()));
  }
}
