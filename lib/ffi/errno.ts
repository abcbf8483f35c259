/**
 * Error numbers of the C library: those that the code tells apart, and errors made of them.
 *
 * @module
 */

/** The error numbers that differ in what has to be done. */
export interface ErrnoTable {
  /** Not allowed; epoll says so of a file. */
  readonly EPERM: number;
  /** There is no such file. */
  readonly ENOENT: number;
  /** A signal came: to be called again. */
  readonly EINTR: number;
  /** The device failed; the other end of a terminal is gone. */
  readonly EIO: number;
  /** No device; a socket cannot be opened as a file. */
  readonly ENXIO: number;
  /** It would have to wait. */
  readonly EAGAIN: number;
  /** The system has no descriptors left. */
  readonly ENFILE: number;
  /** The process has no descriptors left. */
  readonly EMFILE: number;
  /** Nobody reads any more. */
  readonly EPIPE: number;
  /** The packet is too long. */
  readonly EMSGSIZE: number;
  /** There are no sockets of this type. */
  readonly EPROTONOSUPPORT: number;
  /** The address is taken. */
  readonly EADDRINUSE: number;
  /** The client has gone before it was accepted. */
  readonly ECONNABORTED: number;
  /** The other end has dropped the connection. */
  readonly ECONNRESET: number;
  /** The receiver has no room. */
  readonly ENOBUFS: number;
  /** Nobody listens there. */
  readonly ECONNREFUSED: number;
  /** Connecting goes on. */
  readonly EINPROGRESS: number;
}

/** The same in every UNIX. */
const SAME = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
};

const LINUX: ErrnoTable = {
  ...SAME,
  EAGAIN: 11,
  EMSGSIZE: 90,
  EPROTONOSUPPORT: 93,
  EADDRINUSE: 98,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
  EINPROGRESS: 115,
};

const DARWIN: ErrnoTable = {
  ...SAME,
  EAGAIN: 35,
  EINPROGRESS: 36,
  EMSGSIZE: 40,
  EPROTONOSUPPORT: 43,
  EADDRINUSE: 48,
  ECONNABORTED: 53,
  ECONNRESET: 54,
  ENOBUFS: 55,
  ECONNREFUSED: 61,
};

/** The numbers of the platform that this runs on. */
export const errno: ErrnoTable = Deno.build.os === "linux" ? LINUX : DARWIN;

/** The name of an error number, such as `EPIPE`, if it is one of the table. */
function errnoName(number: number): string | undefined {
  return Object.entries(errno).find(([, value]) => value === number)?.[0];
}

/** A failed call of the C library. */
export class SystemError extends Error {
  /** The error number. */
  readonly errno: number;
  /** Its name, such as `EPIPE`, where the table has it. */
  readonly code?: string;

  /** `message` is what the C library says of `number`. */
  constructor(number: number, message: string) {
    super(message);
    this.name = "SystemError";
    this.errno = number;
    this.code = errnoName(number);
  }
}
