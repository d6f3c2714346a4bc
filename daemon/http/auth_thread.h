/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUTH_THREAD_H
#define AUTH_THREAD_H

#include <pthread.h>

/* Starts a joinable thread with a small stack and all signals blocked: they are the main thread's,
 * which reads them from a descriptor. Returns 0 or -ENOMEM. */
int auth_thread_start(pthread_t *ret, const char *name, void *(*run)(void *cls), void *cls);

#endif
