/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets. */
#ifndef LISTENER_H
#define LISTENER_H

#include <stddef.h>

#define LISTENER_TEXT_MAX 96

/* Opens a non-blocking listening socket for every address that `address` (see listen.h) means:
 * ":port" is one dual-stack socket, or an IPv4 one where the kernel has no IPv6. A name has to be
 * served at all of its addresses, but for those of a family that the kernel lacks and those of
 * another host, as long as one is left. Puts at most `max` descriptors into fds and returns how
 * many; or a negative errno, with nothing open and a static `*what` that says which step failed. */
int listener_open(const char *address, int *fds, size_t max, const char **what);

/* "127.0.0.1:10190" or "[::]:10190": the address the socket is bound to. Returns `text`. */
const char *listener_text(int fd, char text[LISTENER_TEXT_MAX]);

#endif
