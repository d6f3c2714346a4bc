/* SPDX-License-Identifier: Apache-2.0 */
/* The whole contract between a collector and the daemon: one const descriptor.
 *
 * A collector inside the tree is listed in collectors/table.c. A shared object exports the same
 * descriptor under the name MX_COLLECTOR_SYMBOL. docs/writing-a-collector.md walks through one. */
#ifndef MX_COLLECTOR_H
#define MX_COLLECTOR_H

#include "mx/cleanup.h"
#include "mx/err.h"
#include "mx/family.h"
#include "mx/file.h"
#include "mx/host.h"
#include "mx/option.h"
#include "mx/scan.h"
#include "mx/sink.h"

#include <poll.h>

/* Raised whenever the layout or the meaning of anything under include/mx/ changes. Members that are
 * added at the end of struct mx_collector do not raise it: a descriptor whose `size` says that it
 * was built before them has none of them. */
#define MX_ABI 1

#define MX_COLLECTOR_SYMBOL "mx_collector"

#define MX_SECONDS(n) ((uint64_t)(n)*1000000)

enum mx_run {
        MX_RUN_INLINE, /* a few kept-open files, microseconds: refreshed at scrape time */
        MX_RUN_WORKER, /* walks or may be slow: runs on a thread, and is served as last collected.
                          With a watch() and in a plugin the thread is its own; else others of the
                          kind take turns on it, not always on the same, and while one is kept
                          waiting by the kernel the others get another one */
        MX_RUN_WATCH,  /* as a worker, but its thread is not made to yield to others: its watch() is
                          cheap and has to come in time when the host is busy. All of the thread is
                          at nice 0, collect() and the encoding of what it emits too, so that these
                          have to be cheap as well */
};

/* What a collector wants to be woken for between its runs. */
struct mx_watch_plan {
        uint64_t period; /* microseconds from one look to the next; 0: none by the clock */
        uint64_t budget; /* microseconds of CPU time a second that the looks may take, on average:
                            above it the period is stretched; 0: no limit */

        /* Descriptors that wake it, as an array in the collector's state: the daemon polls a copy
         * and stores the `revents` here before a look for MX_LOOK_FD; before any other look they
         * mean nothing. POLLERR and POLLHUP wake too. A negative fd is passed over, with `revents`
         * 0. NULL and 0: none. An array, and no epoll descriptor, as poll(2) on a PSI trigger takes
         * its event, also through an epoll descriptor, and whoever asks again is told nothing
         * (6.18). */
        struct pollfd *fds;
        size_t n_fds; /* up to MX_WATCH_FDS_MAX */
};

#define MX_WATCH_FDS_MAX 64

enum mx_look {
        MX_LOOK_CLOCK,    /* the period is over */
        MX_LOOK_FD,       /* one of `fds` is ready */
        MX_LOOK_CONTINUE, /* the look before has returned MX_LOOKED_AGAIN */
};

enum mx_looked {
        MX_LOOKED_ON,    /* go on */
        MX_LOOKED_NEWS,  /* worth a run before the next one on schedule: within a second */
        MX_LOOKED_AGAIN, /* there is more to do: call again as soon as the budget allows; until it
                            answers otherwise there are no other looks, only runs */
};

/* A privilege without which the collector shows less, or nothing. */
struct mx_need {
        int capability;     /* its number in linux/capability.h */
        const char *option; /* name of the boolean option without which it does not matter; NULL: it
                               always does */
        const char *file; /* below procfs; only who has the capability can open it, so that whoever
                             can open it lacks nothing (its mode was changed, the machine is a
                             captured one); NULL: there is no such file, the capability decides */
        const char *lost; /* what there is not without it, in words: "all of it", "..." */
};

struct mx_collector {
        uint32_t abi;  /* MX_ABI; this member and the next come first for ever */
        uint32_t size; /* sizeof(struct mx_collector) when it was built */

        const char *name;   /* [a-z][a-z0-9_]*: configuration key, label value, log prefix */
        const char *help;   /* one sentence on what it is for */
        const char *source; /* the file it reads, for HELP and messages */
        const char *labels; /* for the documentation: its labels and remainders, in sentences; NULL:
                               none */

        const struct mx_family *families;
        size_t n_families;

        const struct mx_option *options; /* may be NULL with n_options 0 */
        size_t n_options;
        size_t options_size; /* of the struct that the options' offsets mean */

        enum mx_run run;
        bool off_by_default;
        uint64_t interval; /* microseconds; 0: the daemon's default */
        uint64_t deadline; /* microseconds; 0: the daemon's default */
        uint64_t expiry;   /* microseconds; 0: the daemon's default */
        uint32_t max_series;
        uint32_t max_bytes; /* cap of the samples' text */

        size_t state_size; /* allocated by the daemon and zeroed before open() */

        /* Opens files and takes what it needs from `options`, which outlive the instance, as does
         * `host`. Returns 0 or a negative errno. -ENOENT, -EACCES, -EPERM, -ENODEV and -EOPNOTSUPP
         * mean that this kernel, machine or privilege lacks the source: the collector is
         * unsupported, which is said once and looked at again now and then. -EWOULDBLOCK, from
         * mx_host_openat(), asks for a thread. On failure close() is called on the state as it is.
         */
        int (*open)(void *state, const struct mx_host *host, const void *options,
                    struct mx_err *reterr);

        /* One run: read, parse, emit. Returns 0, -EOPNOTSUPP (unsupported after all), -EWOULDBLOCK,
         * or another negative errno: the run has failed, nothing of it is published, and the next
         * one comes on schedule. Never logs, never allocates once its buffers are warm. */
        int (*collect)(void *state, struct mx_sink *sink, struct mx_err *reterr);

        /* Releases what the state holds. Accepts a state whose open() failed or never ran to its
         * end. */
        void (*close)(void *state);

        /* From here on, what `size` has to cover; see mx_collector_needs(). */
        const struct mx_need *needs; /* may be NULL with n_needs 0 */
        size_t n_needs;

        /* A collector with a thread of its own may look at things between its runs: what it finds
         * it keeps in its state, for the next collect(). Both or neither are set; both are called
         * on the thread of collect(), while the collector is open, and allocate nothing once warm.
         * `now_usec` is CLOCK_MONOTONIC, and never before that of an earlier call.
         *
         * watch() looks. It has no way to fail: what goes wrong it keeps, and collect() returns it.
         * plan() fills *ret and is asked after open(), after each watch() and each collect(). */
        enum mx_looked (*watch)(void *state, enum mx_look why, uint64_t now_usec);
        void (*plan)(void *state, struct mx_watch_plan *ret);

        /* For options of type MX_OPT_ROWS: NULL, or a static text that says what is wrong with a
         * row, such as "'window' is below 500ms". Pure. May be NULL where there are none. Keys are
         * in single quotes: the user is shown the row's values with them, and where a text begins
         * with one, the place of its value. */
        const char *(*check_row)(const struct mx_option *option, const struct mx_row *row);

        /* NULL, or a static text on options that are good one by one and do not go together. The
         * user is warned with it, at the place of the first key that it has in single quotes; for
         * --config.check it is an error. Pure. May be NULL. */
        const char *(*check_options)(const void *options);
};

/* The least `size` of a descriptor: what was there when the ABI number was last raised. */
#define MX_COLLECTOR_SIZE_MIN offsetof(struct mx_collector, needs)

/* The rows of `needs`, 0 for a descriptor that is older than they are. */
static inline size_t mx_collector_needs(const struct mx_collector *c, const struct mx_need **ret)
{
        bool has = c->size >= offsetof(struct mx_collector, n_needs) + sizeof(c->n_needs);

        *ret = has ? c->needs : NULL;
        return has ? c->n_needs : 0;
}

/* What is wrong with a row of an option of type MX_OPT_ROWS; NULL: nothing. */
static inline const char *mx_collector_check_row(const struct mx_collector *c,
                                                 const struct mx_option *option,
                                                 const struct mx_row *row)
{
        bool has = c->size >= offsetof(struct mx_collector, check_row) + sizeof(c->check_row);

        return has && c->check_row ? c->check_row(option, row) : NULL;
}

/* What does not go together in its options; NULL: nothing. */
static inline const char *mx_collector_check_options(const struct mx_collector *c,
                                                     const void *options)
{
        bool has =
                c->size >= offsetof(struct mx_collector, check_options) + sizeof(c->check_options);

        return has && c->check_options ? c->check_options(options) : NULL;
}

/* Has it a watch()? False for a descriptor that is older than that. */
static inline bool mx_collector_watches(const struct mx_collector *c)
{
        return c->size >= offsetof(struct mx_collector, plan) + sizeof(c->plan) && c->watch;
}

#endif
