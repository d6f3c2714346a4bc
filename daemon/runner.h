/* SPDX-License-Identifier: Apache-2.0 */
/* One collector in the daemon: where it runs, what came of it, and what is said about it.
 *
 * An inline collector is run by whoever holds the inline lane (the main thread on a timer, the HTTP
 * thread at a scrape). A worker collector has a thread that sleeps until it is asked, or shares one
 * (crew.h); a read that hangs there ages one fragment, and makes those that share its thread late
 * once, by a second or so. An inline collector whose file may block, or that keeps being slow,
 * becomes a worker with a thread for good.
 *
 * Invariants:
 * 1. `instance` is touched only by the holder of the inline lane, or by the thread that runs it.
 * 2. `fragment` and `status` are touched only under shared->lock, which is never held across a
 * read, an allocation or a log line.
 * 3. A worker's thread or its place in the crew holds a reference, so a runner that hangs outlives
 * its removal and is freed by the thread if it ever comes back.
 * 4. `config` is what the runner was made with and never changes: the instance uses its options. A
 * reload that changes the schedule alone changes `interval`, `deadline` and `expiry`, which the
 * main thread writes under shared->lock; it reads them as it likes, others do so under the lock. */
#ifndef RUNNER_H
#define RUNNER_H

#include "encode.h"
#include "instance.h"
#include "settings.h"
#include "worker.h"

#include <pthread.h>
#include <stdatomic.h>

#define RUNNER_UNSUPPORTED_RETRY_USEC                                                              \
        (60 * 1000000ULL) /* a module may be loaded, a mount may appear */

/* What all runners share. Outlives them. */
struct runner_shared {
        pthread_mutex_t lock;        /* invariant 2 */
        pthread_mutex_t inline_lane; /* held while inline collectors run */
        struct mx_cache *cache;      /* of the inline lane */
        atomic_uint threads;         /* workers alive, those that a reload has removed included */
        struct crew crew;            /* of these, the ones that collectors share */
        struct demand demand;        /* what clients ask for, in which workers encode ahead */
        struct encoder_lane lane;    /* that workers encode in */
};

enum run_state {
        RUN_PENDING, /* no run has ended yet */
        RUN_OK,
        RUN_UNSUPPORTED,
        RUN_FAILED,
};

struct runner_status {
        enum run_state state;
        bool running;           /* a worker is at it, or it waits for a thread */
        bool overdue;           /* ...and past its deadline */
        uint64_t started_usec;  /* CLOCK_BOOTTIME: the start of the last run */
        uint64_t started_wall;  /* CLOCK_REALTIME of the same moment; 0: no run has ended */
        uint64_t duration_usec; /* of the last run that ended */
        uint64_t runs, failures, timeouts;
        uint64_t dropped, unknown, invalid; /* since the collector was made */
        uint64_t looks, looks_cpu_usec;     /* between runs, likewise; 0 looks: none so far */
        uint64_t look_period_usec;          /* that is kept; 0: not known */
        struct mx_err err;                  /* why, when unsupported or failed */
};

struct runner {
        atomic_uint refs;
        struct runner_shared *shared;
        const struct collector_settings *config; /* from `settings`, which is referenced */
        struct settings *settings;
        uint64_t interval, deadline, expiry; /* microseconds; invariant 4 */
        struct instance instance;
        atomic_bool is_worker;
        atomic_bool wants_thread; /* inline, and found to be unfit for it */

        /* Of the inline lane; invariant 1. */
        unsigned slow_runs; /* consecutive */
        uint64_t inline_started_usec;
        bool inline_unsupported;

        struct fragment *fragment;   /* invariant 2 */
        struct runner_status status; /* invariant 2 */
        bool is_late; /* invariant 2: a run was past its deadline, and none since has kept it */
        uint64_t began_usec; /* invariant 2: of the run; 0 while it waits for a thread */

        struct worker worker;
        bool lacks_thread; /* of its own, which is said once; main thread only */
};

/* Does it run in the crew (crew.h)? Not one that looks between its runs, nor a plugin: what that
 * does to a thread, and how long it keeps it, is not known. One that was inline gets a thread of
 * its own as well, for then its file is known to block or to be slow. */
bool runner_shares_thread(const struct mx_collector *c, bool is_plugin);

/* `settings` is referenced, `config` belongs to it. Runs nothing yet. Returns 0 or -ENOMEM. */
int runner_new(struct runner **ret, struct runner_shared *shared, struct settings *settings,
               const struct collector_settings *config, const struct mx_host *host);
/* Takes the schedule over from `config`, of this collector. The caller, on the main thread, holds
 * shared->lock. */
void runner_set_schedule(struct runner *r, const struct collector_settings *config);
struct runner *runner_ref(struct runner *r);
struct runner *runner_unref(struct runner *r); /* accepts and returns NULL */

/* Has it never been run or asked? */
bool runner_is_new(struct runner *r);

/* Was it found unsupported so lately that asking again would be a waste? */
bool runner_rests(struct runner *r, uint64_t now_usec);

/* Runs an inline collector now. The caller holds the inline lane. */
void runner_run_inline(struct runner *r);

/* Is an inline collector's last run at least so old, or has there been none? The caller holds the
 * inline lane. */
bool runner_is_due(const struct runner *r, uint64_t now_usec, uint64_t age_usec);

/* Asks the worker for a run; starts its thread at the first time. False when it is still at the
 * last one. `now_usec` is CLOCK_BOOTTIME and identifies the run to runner_check_deadline(). Main
 * thread. */
bool runner_ask(struct runner *r, uint64_t now_usec);

/* Main thread: gives an inline collector that wants one a thread. */
void runner_move_to_thread(struct runner *r);

/* When the run that was asked for at `asked_usec` is past its deadline, as far as one can tell:
 * that counts from its beginning, or as long as it waits for a thread from when it was asked for.
 * 0: it has ended. */
uint64_t runner_deadline(struct runner *r, uint64_t asked_usec);

/* Notes that the run which was asked for at `asked_usec` is past its deadline, if it is still going
 * on. */
void runner_check_deadline(struct runner *r, uint64_t asked_usec);

/* For the worker's thread: notes that a run begins for which it was waited; runs the collector and
 * encodes what clients ask for; what came of the looks so far; and when it ends, gives back the
 * workspaces of the lane, as it may have been the last to trim them. Others who use the
 * lane make them anew. */
void runner_begin(struct runner *r);
void runner_run_worker(struct runner *r, bool is_news);
void runner_leave(struct runner *r);
void runner_note_looks(struct runner *r, uint64_t looks, uint64_t cpu_usec, uint64_t period_usec);

extern const char *const run_state_names[];

#endif
