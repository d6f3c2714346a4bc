/* SPDX-License-Identifier: Apache-2.0 */
/* Local listening sockets: the part of listener.c that is about files. */
#ifndef LISTENER_UNIX_H
#define LISTENER_UNIX_H

#include "listener.h"

#include <sys/socket.h>
#include <sys/un.h>

/* As listener_open() for a path or "@name" of struct listen_address. Returns a descriptor. */
int listener_unix(const char *path, struct listener_file *ret_file, const char **what);

const char *listener_unix_text(const struct sockaddr_un *sa, socklen_t len,
                               char text[LISTENER_TEXT_MAX]);

#endif
