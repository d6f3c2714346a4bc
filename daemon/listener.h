/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets. */
#ifndef LISTENER_H
#define LISTENER_H

#include "listen.h"

#include <stddef.h>
#include <sys/types.h>

#define LISTENER_TEXT_MAX 128
#define LISTENER_BACKLOG  1024 /* a burst beyond it waits a second for the next SYN */

/* The file that a local socket has made, so that it is removed by who made it. */
struct listener_file {
        char path[LISTEN_PATH_MAX]; /* "" for none */
        dev_t dev;
        ino_t ino;
};

/* Opens a non-blocking listening socket for every address that `address` (see listen.h) means:
 * ":port" is one dual-stack socket, or an IPv4 one where the kernel has no IPv6. A name has to be
 * served at all of its addresses, but for those of a family that the kernel lacks and those of
 * another host, as long as one is left.
 *
 * The file of a local socket is made with mode 0660, and is at no moment open to more. One that
 * nobody listens at any more is replaced; one that somebody listens at is -EADDRINUSE; a file of
 * any other kind is -EEXIST and left alone.
 *
 * Puts at most `max` descriptors into fds and returns how many; or a negative errno, with nothing
 * open, a static `*what` that says which step failed, and `*why`, which is the resolver's reason
 * (static too) where it was the resolver that failed, else NULL: the errno says it. */
int listener_open(const char *address, int *fds, size_t max, struct listener_file *ret_file,
                  const char **what, const char **why);

/* Removes the file, unless there is another at its place by now. Comes before its socket is closed:
 * until then the kernel keeps the inode, so that no successor's file can have the same number. */
void listener_file_remove(const struct listener_file *f);

/* Lets nobody else into the queue of a listening socket, and keeps those who are in it, to be
 * accepted. From then on who connects to a local socket is refused, and who connects by TCP is not
 * answered and tries again a second later, when a successor may be there. Only for a socket that is
 * nobody else's: with another process it would be barred as well. Returns 0 or a negative errno. */
int listener_bar(int fd);

/* "127.0.0.1:10190", "[::]:10190", "unix:/path" or "unix:@name": the address the socket is bound
 * to; "" when it has none. Returns `text`. */
const char *listener_text(int fd, char text[LISTENER_TEXT_MAX]);

#endif
