/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of a collector that has one: sleeps until somebody asks for a run, and looks in
 * between when the collector wants that (watch() of mx/collector.h), within its budget. */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct runner;

struct worker {
        pthread_mutex_t lock;
        pthread_cond_t parked_cond;
        int wake_fd;              /* an eventfd; -1 before the start */
        bool has_thread;          /* main thread only */
        bool asked, quit, parked; /* under the lock */
};

void worker_init(struct worker *w);
void worker_done(struct worker *w);

/* Starts r's thread, which holds a reference on it. Returns 0 or a negative errno. Main thread. */
int worker_start(struct runner *r);

/* Asks for a run. The thread was started. */
void worker_ask(struct worker *w);

/* Tells the thread to end after what it does now, and waits until `until_usec` (CLOCK_MONOTONIC)
 * for it. False when it did not. True when there is no thread. */
bool worker_stop(struct worker *w, uint64_t until_usec);

#endif
