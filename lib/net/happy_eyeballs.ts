/**
 * Connecting to whichever of many addresses answers first (RFC 8305).
 *
 * @module
 */

/** How long an attempt is given before the next one starts beside it, in milliseconds (section 5). */
const ATTEMPT_DELAY = 250;

/** What {@linkcode connectFirst} is told. */
export interface Attempts<C> {
  /** Connects to one address. Its signal calls it off. */
  connect(address: string, signal: AbortSignal): Promise<C>;
  /** Closes a connection that came too late. */
  drop(conn: C): void;
  /** Told how each attempt went that was not called off. */
  onAttempt?(address: string, milliseconds: number, error?: unknown): void;
  /** Calls everything off. */
  readonly signal?: AbortSignal;
}

/**
 * The addresses in the order to try them: the versions of IP in turn, the first one's first
 * (section 4).
 */
export function interleaved(addresses: readonly string[]): string[] {
  const isV6 = (address: string) => address.includes(":");
  const first = addresses.filter((address) => isV6(address) === isV6(addresses[0]));
  const second = addresses.filter((address) => isV6(address) !== isV6(addresses[0]));
  const all: string[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    if (i < first.length) all.push(first[i]);
    if (i < second.length) all.push(second[i]);
  }
  return all;
}

/**
 * The first connection to one of the addresses, which are tried in their order: the next one as
 * soon as one fails, or after a quarter of a second. The others are called off. Throws the first
 * attempt's error if all fail, or the reason of the signal.
 */
export function connectFirst<C>(
  addresses: readonly string[],
  { connect, drop, onAttempt, signal }: Attempts<C>,
): Promise<C> {
  const { promise, resolve, reject } = Promise.withResolvers<C>();
  const others = new AbortController();
  let next = 0;
  let running = 0;
  let over = false;
  let firstError: { error: unknown } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const end = () => {
    over = true;
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    others.abort(new Error("another address was faster"));
  };
  const abort = () => {
    if (over) return;
    end();
    reject(signal!.reason);
  };
  const start = () => {
    clearTimeout(timer);
    const address = addresses[next++];
    const began = performance.now();
    running++;
    if (next < addresses.length) timer = setTimeout(start, ATTEMPT_DELAY);
    connect(address, others.signal).then((conn) => {
      if (over) return drop(conn);
      onAttempt?.(address, performance.now() - began);
      end();
      resolve(conn);
    }, (error) => {
      running--;
      if (over) return;
      onAttempt?.(address, performance.now() - began, error);
      firstError ??= { error };
      if (next < addresses.length) return start();
      if (running > 0) return;
      end();
      reject(firstError.error);
    });
  };
  if (signal?.aborted) return Promise.reject(signal.reason);
  signal?.addEventListener("abort", abort, { once: true });
  start();
  return promise;
}
