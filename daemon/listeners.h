/* SPDX-License-Identifier: Apache-2.0 */
/* All that the daemon listens on: what the settings name, or what the service manager has passed.
 */
#ifndef LISTENERS_H
#define LISTENERS_H

#include "settings.h"

struct listeners;

/* Opens every socket, hands each to serve(cls, fd, is_ours), which then owns it whatever it
 * returns, and logs what is listened on, or why that cannot be. Sockets that a service manager has
 * passed are taken in place of the settings' addresses: those are not ours alone, for whoever is
 * started next gets them as well. Returns 0 or a negative errno; then sockets that were handed over
 * before are still with `serve`. */
int listeners_open(struct listeners **ret, const struct settings *s,
                   int (*serve)(void *cls, int fd, bool is_ours), void *cls);

/* Removes the files of local sockets that were made here. Comes before the sockets are closed (see
 * listener.h). Accepts NULL. */
void listeners_free(struct listeners *l);

#endif
