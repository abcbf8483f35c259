/**
 * Names within the program at which connections are made.
 *
 * @module
 */
import { type ByteConn, peerFromConn } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import { connector, type Listener, type OpenRequest } from "../core/opener.ts";
import type { Peer } from "../core/peer.ts";
import { connectionPair } from "./pipe.ts";

/** Who wants to connect: called with nothing else than that the other end is taken. */
interface Call {
  readonly far: ByteConn;
  readonly taken: () => void;
}

/** A name, and who is there. */
interface Meeting {
  readonly calls: Call[];
  listening: boolean;
  /** Tells the listener that something has changed. */
  wake: () => void;
}

/** All names of one program. */
export class Rendezvous {
  readonly #meetings = new Map<string, Meeting>();

  /** Connects to whoever listens at `name`, now or later. */
  connect(name: string, bufferSize: number, { signal }: OpenRequest): Promise<Peer> {
    const [near, far] = connectionPair(bufferSize);
    const meeting = this.#meeting(name);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const call: Call = {
        far,
        taken: () => {
          signal.removeEventListener("abort", stop);
          resolve(peerFromConn(near, { name: `registry-stream-connect:${name}` }));
        },
      };
      const stop = () => {
        meeting.calls.splice(meeting.calls.indexOf(call), 1);
        this.#forget(name, meeting);
        reject(signal.reason);
      };
      signal.addEventListener("abort", stop, { once: true });
      meeting.calls.push(call);
      meeting.wake();
    });
  }

  /** Listens at `name`. Throws if somebody does already. */
  listen(name: string): Listener {
    const meeting = this.#meeting(name);
    if (meeting.listening) {
      throw new WirecatError("connection", `cannot listen at '${name}': it is listened at already`);
    }
    meeting.listening = true;
    let closed = false;
    return {
      close: () => {
        if (closed) return;
        closed = true;
        meeting.listening = false;
        meeting.wake();
        this.#forget(name, meeting);
      },
      async *[Symbol.asyncIterator]() {
        while (!closed) {
          const call = meeting.calls.shift();
          if (call === undefined) {
            await new Promise<void>((resolve) => meeting.wake = resolve);
            continue;
          }
          call.taken();
          const info = { name: `registry-stream-listen:${name}` };
          yield connector(() => Promise.resolve(peerFromConn(call.far, info)));
        }
      },
    };
  }

  #meeting(name: string): Meeting {
    let meeting = this.#meetings.get(name);
    if (meeting === undefined) {
      meeting = { calls: [], listening: false, wake: () => {} };
      this.#meetings.set(name, meeting);
    }
    return meeting;
  }

  #forget(name: string, meeting: Meeting): void {
    if (!meeting.listening && meeting.calls.length === 0) this.#meetings.delete(name);
  }
}

const programs = new WeakMap<object, Rendezvous>();

/** The names of the program that `key`, its registry, belongs to. */
export function rendezvousOf(key: object): Rendezvous {
  let rendezvous = programs.get(key);
  if (rendezvous === undefined) programs.set(key, rendezvous = new Rendezvous());
  return rendezvous;
}
