/* SPDX-License-Identifier: Apache-2.0 */
/* What a service manager passes at the start: sockets that it listens on already
 * (sd_listen_fds(3)). */
#ifndef SERVICE_H
#define SERVICE_H

#include <stddef.h>

/* Takes the sockets that were passed, at most `max`, non-blocking and close-on-exec, and removes
 * the LISTEN_* variables from the environment, whatever comes of it. Each has to be a listening
 * stream socket, IPv4, IPv6 or local. Returns how many, which the caller then owns, 0 when none
 * were passed; or a negative errno, with all that were passed closed, and in `error`
 * (SETTINGS_ERROR_MAX bytes) one line that names the socket and what is wrong. To be called once,
 * before other threads look at the environment. */
int service_sockets(int *fds, size_t max, char *error);

#endif
