/* SPDX-License-Identifier: Apache-2.0 */
/* Where a collector runs that is not run inline: on a thread of its own, which sleeps until
 * somebody asks for a run, and looks in between when the collector wants that (watch() of
 * mx/collector.h), within its budget; or in the crew (crew.h). */
#ifndef WORKER_H
#define WORKER_H

#include "crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct runner;

struct worker {
        bool has_thread;   /* or is in a crew; main thread only */
        struct crew *crew; /* NULL: it has a thread of its own */
        struct crew_place place;

        /* Of the thread of its own. */
        pthread_mutex_t lock;
        pthread_cond_t parked_cond;
        int wake_fd;              /* an eventfd; -1 before the start */
        bool asked, quit, parked; /* under the lock */
};

/* `crew` is NULL for one that is to have a thread of its own. */
void worker_init(struct worker *w, struct crew *crew);
void worker_done(struct worker *w);

/* Starts r's thread, which holds a reference on it, or lets it join its crew. Returns 0 or a
 * negative errno. Main thread, as all that follow. */
int worker_start(struct runner *r);

/* Asks for a run of r, which was started and is not at one. */
void worker_ask(struct runner *r, uint64_t now_usec);

/* Ends r's work after what it does now, and waits until `until_usec` (CLOCK_MONOTONIC) for that.
 * False when it did not end. True when it was never started. */
bool worker_stop(struct runner *r, uint64_t until_usec);

#endif
