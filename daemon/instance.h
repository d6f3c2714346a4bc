/* SPDX-License-Identifier: Apache-2.0 */
/* A collector at work: its state, its sink and its fragments. Used by one thread at a time; it
 * neither logs nor knows of schedules. --once, the tests and the benchmark drive it directly, the
 * runner drives it for the daemon. */
#ifndef INSTANCE_H
#define INSTANCE_H

#include "fragment.h"
#include "mx/collector.h"
#include "sink_private.h"

enum outcome {
        OUTCOME_OK,
        OUTCOME_UNSUPPORTED,
        OUTCOME_FAILED,
        OUTCOME_WOULD_BLOCK, /* must be run where it may block */
};

struct instance {
        const struct mx_collector *collector;
        struct mx_host host;
        const void *options;
        void *state;
        struct mx_cache *own_cache; /* when the host came without one: every run is then a round */
        struct mx_registry *registry;
        struct fragment_pool *pool;
        struct mx_sink sink;
        bool is_open;
        bool was_opened; /* so that `state` is no longer all zeros */
};

/* `options` outlive the instance; `host` is copied; when its cache is NULL
 * the instance has one of its own. Opens nothing yet. Returns 0 or -ENOMEM. */
int instance_init(struct instance *in, const struct mx_collector *c, const struct mx_host *host,
                  const void *options, uint64_t max_series);
/* Closes and frees. Fragments that are still referenced stay valid. */
void instance_done(struct instance *in);

/* Opens the collector if need be and runs it once. On OUTCOME_OK *ret is a new fragment, which the
 * caller owns; otherwise *reterr says why. A collector that failed stays open, one that is
 * unsupported or would block is closed and opened anew next time. */
enum outcome instance_run(struct instance *in, struct fragment **ret, struct mx_err *reterr);

/* What the collector wants to be woken for; false when it is not open or has no watch(). */
bool instance_plan(const struct instance *in, struct mx_watch_plan *ret);

/* Lets an open collector that has a watch() look. `now_usec` is CLOCK_MONOTONIC. */
enum mx_looked instance_look(struct instance *in, enum mx_look why, uint64_t now_usec);

#endif
