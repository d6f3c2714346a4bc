/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams to the service manager, as sd_notify(3) describes them.
 *
 * Not with sd_notify(): it sends with a blocking sendmsg(2) (libsystemd 252). A manager that takes
 * nothing, because the host thrashes or it is being debugged, has a queue of
 * net.unix.max_dgram_qlen datagrams, and the caller then waits for it without a limit: the daemon
 * would stop collecting because somebody else is stuck. Here nothing ever waits. The socket stays
 * open, too, so that telling needs no descriptor when there are none left; it is not connected, so
 * that a manager which has bound its own anew is found. */
#ifndef SERVICE_NOTIFY_H
#define SERVICE_NOTIFY_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct service_notify {
        int fd; /* -1: not opened yet */
        struct sockaddr_un address;
        socklen_t len; /* 0: nobody wants to be told */
};

/* `socket` is what NOTIFY_SOCKET says: a path, or "@name" for an abstract one; NULL or "" when
 * nobody wants to be told. Returns 0, or -EINVAL for an address of another kind or too long: then
 * nobody is told. */
int service_notify_init(struct service_notify *ret, const char *socket);
void service_notify_done(struct service_notify *n);

/* Sends one datagram, at once or not at all. Returns 0, also when nobody wants to be told; -EAGAIN
 * when the manager's queue is full; or another negative errno. */
int service_notify_send(struct service_notify *n, const char *text, size_t len);

#endif
