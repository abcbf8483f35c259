/**
 * The source of the library that moves a wrapped program's port.
 *
 * @module
 */

/**
 * C for `LD_PRELOAD`: a `bind()` that sends one port, `REBIND_OLD_PORT`, to another of this
 * machine only, `REBIND_NEW_PORT`.
 */
export const REBIND_SOURCE = `#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef int (*bind_function)(int, const struct sockaddr *, socklen_t);

static in_port_t port_of(const char *name) {
  const char *text = getenv(name);
  long port = text == NULL ? 0 : strtol(text, NULL, 10);
  return port > 0 && port < 65536 ? htons((in_port_t)port) : 0;
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  static bind_function next;
  struct sockaddr_storage moved;
  in_port_t from = port_of("REBIND_OLD_PORT");
  in_port_t to = port_of("REBIND_NEW_PORT");

  if (next == NULL) next = (bind_function)dlsym(RTLD_NEXT, "bind");
  if (from == 0 || to == 0 || address == NULL || length > sizeof moved)
    return next(fd, address, length);
  memcpy(&moved, address, length);
  if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
    struct sockaddr_in *in = (struct sockaddr_in *)&moved;
    if (in->sin_port != from) return next(fd, address, length);
    in->sin_port = to;
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&moved;
    int only = 0;
    socklen_t size = sizeof only;
    if (in6->sin6_port != from) return next(fd, address, length);
    in6->sin6_port = to;
    /* A socket for both families has to be reached with IPv4, and only from here. */
    getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size);
    memset(&in6->sin6_addr, 0, sizeof in6->sin6_addr);
    if (!only) {
      in6->sin6_addr.s6_addr[10] = in6->sin6_addr.s6_addr[11] = 0xff;
      in6->sin6_addr.s6_addr[12] = 127;
    }
    in6->sin6_addr.s6_addr[15] = 1;
  }
  return next(fd, (const struct sockaddr *)&moved, length);
}
`;
