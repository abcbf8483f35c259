/**
 * Giving the socket that one listener has to another one, while clients come.
 *
 * @module
 */
import { watchOf } from "../ffi/event_sets.ts";
import { libc, mayCallLibc } from "../ffi/libc.ts";
import { listeningDescriptors } from "./listening_descriptors.ts";

/** `EPOLL_CTL_ADD`. */
const ADD = 1;

/**
 * Makes the listener at the address `to` one that accepts the clients of the listener at `from`:
 * its descriptor means the other one's socket afterwards, so that there is never a moment without a
 * listener, and nobody who waits is lost. The socket at `to` is gone; the listener at `from` still
 * accepts clients, too, until it is closed.
 *
 * Says whether it could. If not, the listener at `to` is of no use any more, and all else is as it
 * was. It takes Linux, where what a descriptor means can be changed while the runtime waits for it.
 */
export function handOver(from: Deno.NetAddr, to: Deno.NetAddr): boolean {
  if (Deno.build.os !== "linux" || !mayCallLibc()) return false;
  const library = libc("a listener that is renewed");
  const [source, ...others] = listeningDescriptors(from, library);
  const [target, ...more] = listeningDescriptors(to, library);
  if (source === undefined || target === undefined) return false;
  if (others.length > 0 || more.length > 0) return false;
  const watch = watchOf(target);
  if (watch === undefined) return false;
  // The kernel forgets who waits for a descriptor when it comes to mean something else.
  return library.duplicate(source, target) >= 0 &&
    library.epollControl(watch.set, ADD, target, watch.event) === 0;
}
