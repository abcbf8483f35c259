/**
 * The numbers of the C headers.
 *
 * @module
 */

/** The numbers of the C headers that differ between platforms and are used here. */
export type PlatformName =
  | "SOL_SOCKET"
  | "SO_TYPE"
  | "SO_ERROR"
  | "SO_ACCEPTCONN"
  | "MSG_PEEK"
  | "MSG_TRUNC"
  | "MSG_DONTWAIT"
  | "MSG_NOSIGNAL"
  | "O_NONBLOCK"
  | "O_CLOEXEC"
  | "O_NOCTTY"
  | "PIPE_BUF";

const LINUX: Readonly<Record<PlatformName, number>> = {
  SOL_SOCKET: 1,
  SO_TYPE: 3,
  SO_ERROR: 4,
  SO_ACCEPTCONN: 30,
  MSG_PEEK: 0x2,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  O_NONBLOCK: 0o4000,
  O_CLOEXEC: 0o2000000,
  O_NOCTTY: 0o400,
  PIPE_BUF: 4096,
};

const DARWIN: typeof LINUX = {
  SOL_SOCKET: 0xffff,
  SO_TYPE: 0x1008,
  SO_ERROR: 0x1007,
  SO_ACCEPTCONN: 0x2,
  MSG_PEEK: 0x2,
  MSG_TRUNC: 0x10,
  MSG_DONTWAIT: 0x80,
  MSG_NOSIGNAL: 0x80000,
  O_NONBLOCK: 0x4,
  O_CLOEXEC: 0x1000000,
  O_NOCTTY: 0x20000,
  PIPE_BUF: 512,
};

/** Whether this is Linux; else it is macOS, as far as the C library goes. */
export const isLinux: boolean = Deno.build.os === "linux";

/** The numbers of the platform that this runs on. */
export const platform: Readonly<Record<PlatformName, number>> = isLinux ? LINUX : DARWIN;

/** `SOCK_STREAM`. */
export const STREAM = 1;
/** `SOCK_DGRAM`. */
export const DGRAM = 2;
/** `SOCK_SEQPACKET`. */
export const SEQPACKET = 5;
/** `O_RDONLY`, as `Libc.accessMode` tells it. */
export const READ_ONLY = 0;
/** `O_WRONLY`. */
export const WRITE_ONLY = 1;
/** `O_RDWR`. */
export const READ_WRITE = 2;
/** `POLLIN`, and `EPOLLIN`. */
export const POLL_IN = 1;
/** `POLLOUT`, and `EPOLLOUT`. */
export const POLL_OUT = 4;
/** `AF_UNIX`. */
export const AF_UNIX: number = 1;
/** `AF_INET`. */
export const AF_INET: number = 2;
/** `AF_INET6`. */
export const AF_INET6: number = isLinux ? 10 : 30;
/** `IPPROTO_TCP`. */
export const IPPROTO_TCP: number = 6;
/** `TCP_NODELAY`. */
export const TCP_NODELAY: number = 1;
/** `SHUT_WR`. */
export const SHUT_WR: number = 1;
/** `SHUT_RDWR`. */
export const SHUT_RDWR: number = 2;
/** `SEEK_CUR`. */
export const SEEK_CUR: number = 1;
/** `F_GETFD`. */
export const F_GETFD: number = 1;
/** `F_SETFD`. */
export const F_SETFD: number = 2;
/** `F_GETFL`. */
export const F_GETFL: number = 3;
/** `F_SETFL`. */
export const F_SETFL: number = 4;
/** `FD_CLOEXEC`. */
export const FD_CLOEXEC: number = 1;
/** `O_ACCMODE`. */
export const O_ACCMODE: number = 3;
/** `MSG_DONTWAIT | MSG_NOSIGNAL`: what sending and receiving always say. */
export const IO_FLAGS: number = platform.MSG_DONTWAIT | platform.MSG_NOSIGNAL;
