/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that collectors share which only have to run now and then: one thread, which takes
 * what is asked for in order, as long as nobody waits for it too long.
 *
 * Whoever has waited for its patience (CREW_PATIENCE_USEC, or half of its deadline where that is
 * shorter), while nobody else was taken for CREW_GAP_USEC either, is given one more thread, unless
 * one at rest has only to be scheduled. So a read that hangs in the kernel keeps one thread, and
 * the others are late once; when k begin to hang in one round, they are late by the patience and
 * k - 1 gaps. A run that takes longer than the patience and ends makes them late by the patience as
 * well, and a thread is made for them and ended: at each such run. A thread that comes back and
 * finds another at rest ends, and the last one with the last collector. No collector holds two
 * threads and no two rest, so that there is never more than one above the collectors that are
 * running, those included that a reload has removed while they hang: after a reload that leaves
 * none but collectors that hang, one thread rests, and one that is asked again before its thread
 * has put it away may bring one.
 *
 * Times are CLOCK_BOOTTIME in microseconds, but for crew_leave() and crew_stop(). */
#ifndef CREW_H
#define CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CREW_PATIENCE_USEC 1000000
#define CREW_GAP_USEC      100000
#define CREW_RETRY_USEC    1000000 /* after a thread could not be started */

struct runner;

struct crew {
        atomic_uint *threads; /* of the process that work for collectors: counted there too */
        pthread_mutex_t lock; /* guards all below and the places of the collectors */
        pthread_cond_t work;  /* for threads at rest */
        pthread_cond_t gone;  /* a collector or a thread has left */
        struct runner *first; /* who waits for a run, in order */
        unsigned n_waiting;
        unsigned n_collectors;
        unsigned n_threads, n_resting; /* resting: a place to be taken up is as good as one */
        uint64_t moved_usec; /* when somebody was last taken, a thread started or waited for */
        uint64_t retry_usec; /* before this no thread is started: one could not be */
        bool lacks_thread;   /* said once, for all; main thread only */
};

/* A collector's place in its crew. Zeroed: it is in none. */
struct crew_place {
        struct runner *next; /* in the queue */
        uint64_t late_usec;  /* when its patience ends, while it waits */
        bool waits, runs;    /* both: asked again before the thread has put it away */
        bool leaves, has_left;
};

void crew_init(struct crew *c, atomic_uint *threads);
void crew_done(struct crew *c); /* when crew_stop() has returned true */

/* Takes r up, with a reference on it, and starts the first thread if there is none. Returns 0 or a
 * negative errno. Main thread, as all that follow. */
int crew_join(struct crew *c, struct runner *r);

/* Asks for a run of r, which has joined and is not being waited for. */
void crew_ask(struct crew *c, struct runner *r, uint64_t now_usec);

/* Ends r's time in the crew: it runs no more once it is through with what it is at. Waits until
 * `until_usec` (CLOCK_MONOTONIC) for that. False when it is still at it. May be called again. */
bool crew_leave(struct crew *c, struct runner *r, uint64_t until_usec);

/* When crew_relieve() should be called; UINT64_MAX: nobody waits without a thread at rest for it.
 * Changes with crew_ask() and crew_relieve(). */
uint64_t crew_due(struct crew *c);

/* Starts one more thread if it is time and none is at rest. */
void crew_relieve(struct crew *c, uint64_t now_usec);

/* Waits until `until_usec` (CLOCK_MONOTONIC) for the threads to end, which they do when all
 * collectors have left. False when one hangs. */
bool crew_stop(struct crew *c, uint64_t until_usec);

#endif
