/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>

/* Starts a joinable thread with a small stack (256 KiB) and all signals but SIGABRT blocked: they
 * are the main thread's, which reads them from a descriptor. `name` has at most 15 bytes; NULL
 * for a thread that names itself, which may be at work before this returns. Returns 0 or a negative
 * errno. */
int thread_start(pthread_t *ret, const char *name, void *(*run)(void *cls), void *cls);

/* Puts the calling thread at nice 10: a collector has time, whoever answers a scrape has not.
 * Without this the slowest answers wait for the end of a walk. */
void thread_yield_to_others(void);

#endif
