/**
 * Error numbers of the C library: those that the code tells apart, and errors made of them.
 *
 * @module
 */

/** The error numbers that differ in what has to be done. */
export interface ErrnoTable {
  readonly EPERM: number;
  readonly ENOENT: number;
  readonly EINTR: number;
  readonly EIO: number;
  readonly ENXIO: number;
  readonly EBADF: number;
  readonly EAGAIN: number;
  readonly EACCES: number;
  readonly EEXIST: number;
  readonly EINVAL: number;
  readonly ENFILE: number;
  readonly EMFILE: number;
  readonly EPIPE: number;
  readonly ENOTSOCK: number;
  readonly EMSGSIZE: number;
  readonly EPROTONOSUPPORT: number;
  readonly EADDRINUSE: number;
  readonly ECONNABORTED: number;
  readonly ECONNRESET: number;
  readonly ENOBUFS: number;
  readonly ENOTCONN: number;
  readonly ECONNREFUSED: number;
  readonly EINPROGRESS: number;
}

/** The same in every UNIX. */
const SAME = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EACCES: 13,
  EEXIST: 17,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
};

const LINUX: ErrnoTable = {
  ...SAME,
  EAGAIN: 11,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  EPROTONOSUPPORT: 93,
  EADDRINUSE: 98,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  ENOTCONN: 107,
  ECONNREFUSED: 111,
  EINPROGRESS: 115,
};

const DARWIN: ErrnoTable = {
  ...SAME,
  EAGAIN: 35,
  EINPROGRESS: 36,
  ENOTSOCK: 38,
  EMSGSIZE: 40,
  EPROTONOSUPPORT: 43,
  EADDRINUSE: 48,
  ECONNABORTED: 53,
  ECONNRESET: 54,
  ENOBUFS: 55,
  ENOTCONN: 57,
  ECONNREFUSED: 61,
};

/** The numbers of the platform that this runs on. */
export const errno: ErrnoTable = Deno.build.os === "linux" ? LINUX : DARWIN;

/** The name of an error number, such as `EPIPE`, if it is one of the table. */
export function errnoName(number: number): string | undefined {
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
