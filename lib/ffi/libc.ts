/**
 * The calls of the C library that Deno has no API for: sockets of kinds that it
 * does not know, and descriptors that were inherited.
 *
 * Every call here returns at once. Whoever has to wait does so in the poller,
 * whose one call on another thread is the only one that blocks. So `errno`, which
 * each thread has for itself, is always that of the thread that made the call.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import { errno, SystemError } from "./errno.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  IO_FLAGS,
  IPPROTO_TCP,
  isLinux,
  O_ACCMODE,
  platform,
  READ_WRITE,
  SEEK_CUR,
  SHUT_RDWR,
  SHUT_WR,
  STREAM,
  TCP_NODELAY,
} from "./numbers.ts";

/**
 * Results of type `ssize_t` are declared as `i32`: no call here moves 2 GiB, and a
 * 64-bit result would come as a bigint. Addresses are passed as numbers (`usize`).
 */
const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32", optional: true },
  recv: { parameters: ["i32", "usize", "usize", "i32"], result: "i32" },
  send: { parameters: ["i32", "usize", "usize", "i32"], result: "i32" },
  sendto: { parameters: ["i32", "usize", "usize", "i32", "buffer", "u32"], result: "i32" },
  read: { parameters: ["i32", "usize", "usize"], result: "i32" },
  write: { parameters: ["i32", "usize", "usize"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  dup3: { parameters: ["i32", "i32", "i32"], result: "i32", optional: true },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  poll_blocking: {
    name: "poll",
    parameters: ["buffer", "usize", "i32"],
    result: "i32",
    nonblocking: true,
  },
  epoll_create1: { parameters: ["i32"], result: "i32", optional: true },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32", optional: true },
  epoll_wait: {
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
    optional: true,
  },
  strerror: { parameters: ["i32"], result: "pointer" },
  __errno_location: { parameters: [], result: "pointer", optional: true },
  __error: { parameters: [], result: "pointer", optional: true },
} as const satisfies Deno.ForeignLibraryInterface;

/** `fcntl` takes its third argument as a variadic one. */
const FCNTL = { fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" } } as const;

/**
 * On Apple's ARM machines variadic arguments go on the stack: six more fill the
 * registers, so that the ninth lies where `fcntl` looks for its third.
 */
const FCNTL_APPLE = {
  fcntl: {
    parameters: ["i32", "i32", "i64", "i64", "i64", "i64", "i64", "i64", "i64"],
    result: "i32",
  },
} as const;

/**
 * Numbers are taken for 64-bit parameters too, and cost no allocation as a bigint
 * would; the declared types only name bigints.
 */
type WithNumbers<F> = F extends (...args: infer A) => infer R
  ? (...args: { [K in keyof A]: A[K] extends bigint ? number : A[K] }) => R
  : F;
type Static = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;
type Symbols = { [K in keyof Static]: WithNumbers<Static[K]> };

let opened: Libc | undefined;

/** Whether the C library can be called: its name is known here, and it is permitted. */
export function mayCallLibc(): boolean {
  if (Deno.build.os !== "linux" && Deno.build.os !== "darwin") return false;
  return Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}

/**
 * The C library, opened at the first call. `what` needs it and is named in the
 * error: on Windows, without `--allow-ffi`, and where no C library is found.
 */
export function libc(what: string): Libc {
  return opened ??= open(what);
}

function open(what: string): Libc {
  if (Deno.build.os === "windows") {
    throw new WirecatError("connection", `${what} is not available on Windows`);
  }
  let cause: unknown;
  for (const name of libraryNames()) {
    try {
      return new Libc(name);
    } catch (error) {
      cause = error;
      if (error instanceof Deno.errors.NotCapable) break;
    }
  }
  const denied = cause instanceof Deno.errors.NotCapable;
  throw new WirecatError(
    "connection",
    denied
      ? `${what} may not call the C library`
      : `${what} cannot open the C library: ${reasonOf(cause)}`,
    { hint: denied ? "run wirecat with --allow-ffi (or -A)" : undefined, cause },
  );
}

function libraryNames(): string[] {
  if (!isLinux) return ["libSystem.B.dylib", "libc.dylib"];
  return ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`, "libc.so"];
}

/** Where the bytes of `view` lie. Holds while `view` is kept alive. */
export function addressOf(view: Uint8Array): number {
  const pointer = Deno.UnsafePointer.of(view as Uint8Array<ArrayBuffer>);
  return pointer === null ? 0 : Number(Deno.UnsafePointer.value(pointer));
}

/**
 * The calls, typed. Results follow the kernel's convention: what the call returned,
 * or the error number with a minus sign. No call waits.
 */
export class Libc {
  /** The `sockaddr` of the last client that {@linkcode accept} took. */
  readonly peerAddress: Uint8Array<ArrayBuffer> = new Uint8Array(128);
  readonly #symbols: Symbols;
  readonly #fcntl: (fd: number, command: number, argument: number) => number;
  readonly #errno: Deno.UnsafePointerView;
  readonly #int = new Int32Array(1);
  readonly #intLength = new Int32Array(1);
  readonly #address = new Uint8Array(128);
  readonly #pollFd = new Int32Array(2);

  /** Opens the shared library `name`. */
  constructor(name: string) {
    this.#symbols = Deno.dlopen(name, SYMBOLS).symbols as unknown as Symbols;
    if (Deno.build.os === "darwin" && Deno.build.arch === "aarch64") {
      const { fcntl } = Deno.dlopen(name, FCNTL_APPLE).symbols;
      this.#fcntl = (fd, command, argument) =>
        fcntl(fd, command, 0n, 0n, 0n, 0n, 0n, 0n, BigInt(argument));
    } else {
      this.#fcntl = Deno.dlopen(name, FCNTL).symbols.fcntl;
    }
    const location = (this.#symbols.__errno_location ?? this.#symbols.__error)?.();
    if (!location) throw new Error(`${name} does not tell its errno`);
    this.#errno = new Deno.UnsafePointerView(location);
  }

  #result(value: number): number {
    return value < 0 ? -this.#errno.getInt32() : value;
  }

  /** An error for a negative result. */
  error(result: number): SystemError {
    const text = this.#symbols.strerror(-result);
    return new SystemError(
      -result,
      text === null ? `error ${-result}` : Deno.UnsafePointerView.getCString(text).toLowerCase(),
    );
  }

  /** A new UNIX socket of a type, non-blocking and closed on exec. */
  socket(type: number): number {
    if (isLinux) {
      return this.#result(
        this.#symbols.socket(AF_UNIX, type | platform.O_NONBLOCK | platform.O_CLOEXEC, 0),
      );
    }
    const fd = this.#result(this.#symbols.socket(AF_UNIX, type, 0));
    if (fd >= 0) this.#makeOwn(fd);
    return fd;
  }

  /** Two stream sockets connected to each other, as for a self-pipe; throws if there are none. */
  pair(): [number, number] {
    const fds = new Int32Array(2);
    const result = this.#result(this.#symbols.socketpair(AF_UNIX, STREAM, 0, fds));
    if (result < 0) throw this.error(result);
    this.#makeOwn(fds[0]);
    this.#makeOwn(fds[1]);
    return [fds[0], fds[1]];
  }

  #makeOwn(fd: number): void {
    this.setCloseOnExec(fd);
    this.setNonBlocking(fd);
  }

  /** Whether children do not inherit `fd`; negative if it is not open. */
  closeOnExec(fd: number): number {
    const flags = this.#result(this.#fcntl(fd, F_GETFD, 0));
    return flags < 0 ? flags : flags & FD_CLOEXEC;
  }

  /** Makes calls on `fd` never wait, for all processes that have it. */
  setNonBlocking(fd: number): void {
    this.#fcntl(fd, F_SETFL, this.#fcntl(fd, F_GETFL, 0) | platform.O_NONBLOCK);
  }

  /** Keeps `fd` from children. */
  setCloseOnExec(fd: number): void {
    this.#fcntl(fd, F_SETFD, FD_CLOEXEC);
  }

  /** {@linkcode READ_ONLY}, {@linkcode WRITE_ONLY} or {@linkcode READ_WRITE}. */
  accessMode(fd: number): number {
    const flags = this.#result(this.#fcntl(fd, F_GETFL, 0));
    return flags < 0 ? flags : flags & O_ACCMODE;
  }

  /** Binds to an address as of `unixAddress`. */
  bind(fd: number, address: Uint8Array<ArrayBuffer>): number {
    return this.#result(this.#symbols.bind(fd, address, address.length));
  }

  /** Connects to an address as of `unixAddress`. */
  connect(fd: number, address: Uint8Array<ArrayBuffer>): number {
    return this.#result(this.#symbols.connect(fd, address, address.length));
  }

  /** Lets clients queue up. */
  listen(fd: number, backlog: number): number {
    return this.#result(this.#symbols.listen(fd, backlog));
  }

  /**
   * Takes a client that waits; its socket is non-blocking and closed on exec. The
   * client's address is left in {@linkcode peerAddress}.
   */
  accept(fd: number): number {
    this.#intLength[0] = this.peerAddress.length;
    if (this.#symbols.accept4 !== null) {
      const flags = platform.O_NONBLOCK | platform.O_CLOEXEC;
      return this.#result(
        this.#symbols.accept4(fd, this.peerAddress, this.#intLength, flags),
      );
    }
    const client = this.#result(this.#symbols.accept(fd, this.peerAddress, this.#intLength));
    if (client >= 0) this.#makeOwn(client);
    return client;
  }

  /** Receives into memory at `address`. */
  recv(fd: number, address: number, length: number): number {
    return this.#result(this.#symbols.recv(fd, address, length, IO_FLAGS));
  }

  /** How long the next packet is, in bytes, without taking it. Linux only. */
  peekLength(fd: number): number {
    const flags = platform.MSG_PEEK | platform.MSG_TRUNC | platform.MSG_DONTWAIT;
    return this.#result(this.#symbols.recv(fd, 0, 0, flags));
  }

  /** Sends from memory at `address`. */
  send(fd: number, address: number, length: number): number {
    return this.#result(this.#symbols.send(fd, address, length, IO_FLAGS));
  }

  /** Sends from memory at `address` to a socket that is not connected. */
  sendTo(fd: number, address: number, length: number, to: Uint8Array<ArrayBuffer>): number {
    return this.#result(this.#symbols.sendto(fd, address, length, IO_FLAGS, to, to.length));
  }

  /** Reads into memory at `address`. */
  read(fd: number, address: number, length: number): number {
    return this.#result(this.#symbols.read(fd, address, length));
  }

  /** Writes from memory at `address`. */
  write(fd: number, address: number, length: number): number {
    return this.#result(this.#symbols.write(fd, address, length));
  }

  /** Opens an existing file for reading and writing, non-blocking and closed on exec. */
  openDevice(path: string): number {
    const { O_NONBLOCK, O_CLOEXEC, O_NOCTTY } = platform;
    const name = new TextEncoder().encode(`${path}\0`);
    return this.#result(
      this.#symbols.open(name, READ_WRITE | O_NONBLOCK | O_CLOEXEC | O_NOCTTY),
    );
  }

  /** Says that nothing more will be sent. */
  shutdownWrite(fd: number): number {
    return this.#result(this.#symbols.shutdown(fd, SHUT_WR));
  }

  /** Frees a descriptor. */
  close(fd: number): number {
    return this.#result(this.#symbols.close(fd));
  }

  /** Has the descriptor `to` mean what `from` means; what it meant is freed. Linux only. */
  duplicate(from: number, to: number): number {
    return this.#symbols.dup3 === null
      ? -1
      : this.#result(this.#symbols.dup3(from, to, platform.O_CLOEXEC));
  }

  /** Whether `fd` has a position, as files and disks have: such never make a caller wait. */
  seekable(fd: number): boolean {
    return this.#symbols.lseek(fd, 0, SEEK_CUR) >= 0n;
  }

  /** An option of level `SOL_SOCKET` that is a number. */
  socketOption(fd: number, option: number): number {
    this.#intLength[0] = 4;
    const { SOL_SOCKET } = platform;
    const result = this.#result(
      this.#symbols.getsockopt(fd, SOL_SOCKET, option, this.#int, this.#intLength),
    );
    return result < 0 ? result : this.#int[0];
  }

  /** The port that an Internet socket is bound to; undefined for anything else. */
  localPort(fd: number): number | undefined {
    return this.#port(this.#symbols.getsockname, fd);
  }

  /** The bytes of the IP address that a TCP socket is bound to, four or sixteen. */
  localIp(fd: number): number[] | undefined {
    return this.#ip(this.#symbols.getsockname, fd);
  }

  /** The bytes of the IP address at the other end of a TCP socket, four or sixteen. */
  remoteIp(fd: number): number[] | undefined {
    return this.#ip(this.#symbols.getpeername, fd);
  }

  #ip(name: Symbols["getsockname"], fd: number): number[] | undefined {
    const family = this.#internet(name, fd);
    if (family === undefined) return undefined;
    return [...family === AF_INET ? this.#address.slice(4, 8) : this.#address.slice(8, 24)];
  }

  /** The port at the other end of a TCP socket; nothing for anything else. */
  remotePort(fd: number): number | undefined {
    return this.#port(this.#symbols.getpeername, fd);
  }

  #port(name: Symbols["getsockname"], fd: number): number | undefined {
    if (this.#internet(name, fd) === undefined) return undefined;
    return this.#address[2] << 8 | this.#address[3];
  }

  /** Reads one of a socket's Internet addresses; its family, or nothing if it has none. */
  #internet(name: Symbols["getsockname"], fd: number): number | undefined {
    const address = this.#address;
    this.#intLength[0] = address.length;
    if (name(fd, address, this.#intLength) < 0) return undefined;
    // macOS has the length first and the family behind it in one byte.
    const family = isLinux ? address[0] : address[1];
    return family === AF_INET || family === AF_INET6 ? family : undefined;
  }

  /** Ends both directions of a socket; whoever has it sees its end. */
  shutdownBoth(fd: number): number {
    return this.#result(this.#symbols.shutdown(fd, SHUT_RDWR));
  }

  /** Has a TCP socket, and the clients that it accepts, send small writes at once. */
  setNoDelay(fd: number): number {
    this.#int[0] = 1;
    return this.#result(this.#symbols.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, this.#int, 4));
  }

  /** Whether `fd` is ready for `events` now, or has failed. */
  ready(fd: number, events: number): boolean {
    this.#pollFd[0] = fd;
    this.#pollFd[1] = events;
    return this.#symbols.poll(this.#pollFd, 1, 0) !== 0;
  }

  /** Waits on another thread. -1 for any error, since `errno` stays on that thread. */
  waitPoll(fds: Int32Array<ArrayBuffer>, count: number, timeout: number): Promise<number> {
    return this.#symbols.poll_blocking(fds, count, timeout);
  }

  /** A new epoll set; negative where there is none. */
  epollCreate(): number {
    return this.#symbols.epoll_create1 === null
      ? -1
      : this.#result(this.#symbols.epoll_create1(platform.O_CLOEXEC));
  }

  /** Changes an epoll set. */
  epollControl(
    set: number,
    operation: number,
    fd: number,
    event: Int32Array<ArrayBuffer>,
  ): number {
    return this.#result(this.#symbols.epoll_ctl!(set, operation, fd, event));
  }

  /** Waits on another thread. -1 for any error, since `errno` stays on that thread. */
  waitEpoll(set: number, events: Int32Array<ArrayBuffer>, count: number): Promise<number> {
    return this.#symbols.epoll_wait!(set, events, count, -1);
  }
}

/** Whether a result says that the call would have to wait. */
export function wouldBlock(result: number): boolean {
  return result === -errno.EAGAIN;
}
