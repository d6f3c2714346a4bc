/* SPDX-License-Identifier: Apache-2.0 */
#include "runner.h"

#include "cache.h"
#include "clock.h"
#include "mx/cleanup.h"
#include "runner_log.h"

#include <errno.h>
#include <string.h>

#define SLOW_RUN_USEC 20000 /* an inline run this long holds up a scrape */
#define SLOW_RUNS_MAX 3     /* so many in a row are no accident of scheduling */

const char *const run_state_names[] = { "pending", "ok", "unsupported", "failed" };

bool runner_shares_thread(const struct mx_collector *c, bool is_plugin)
{
        return !is_plugin && c->run == MX_RUN_WORKER && !mx_collector_watches(c);
}

int runner_new(struct runner **ret, struct runner_shared *shared, struct settings *settings,
               const struct collector_settings *config, const struct mx_host *host)
{
        bool worker = config->is_plugin || config->collector->run != MX_RUN_INLINE;
        struct mx_host own = *host;
        struct runner *r = calloc(1, sizeof(*r));
        int e;

        if (!r)
                return -ENOMEM;
        own.may_block = worker;
        own.cache = worker ? NULL : shared->cache;
        e = instance_init(&r->instance, config->collector, &own, config->options,
                          config->max_series);
        if (e < 0) {
                free(r);
                return e;
        }
        atomic_init(&r->refs, 1);
        atomic_init(&r->is_worker, worker);
        atomic_init(&r->wants_thread, false);
        r->shared = shared;
        r->settings = settings_ref(settings);
        r->config = config;
        runner_set_schedule(r, config);
        worker_init(&r->worker, runner_shares_thread(config->collector, config->is_plugin)
                                        ? &shared->crew
                                        : NULL);
        *ret = r;
        return 0;
}

void runner_set_schedule(struct runner *r, const struct collector_settings *config)
{
        r->interval = config->interval;
        r->deadline = config->deadline;
        r->expiry = config->expiry;
}

struct runner *runner_ref(struct runner *r)
{
        atomic_fetch_add(&r->refs, 1);
        return r;
}

bool runner_is_new(struct runner *r)
{
        bool is_new;

        pthread_mutex_lock(&r->shared->lock);
        is_new = r->status.runs == 0 && !r->status.running;
        pthread_mutex_unlock(&r->shared->lock);
        return is_new;
}

bool runner_rests(struct runner *r, uint64_t now)
{
        bool rests;

        pthread_mutex_lock(&r->shared->lock);
        rests = r->status.state == RUN_UNSUPPORTED &&
                now < r->status.started_usec + RUNNER_UNSUPPORTED_RETRY_USEC;
        pthread_mutex_unlock(&r->shared->lock);
        return rests;
}

struct runner *runner_unref(struct runner *r)
{
        if (!r || atomic_fetch_sub(&r->refs, 1) != 1)
                return NULL;
        fragment_unref(r->fragment);
        instance_done(&r->instance);
        worker_done(&r->worker);
        settings_unref(r->settings);
        free(r);
        return NULL;
}

/* What a run leaves behind, taken over under the lock in one go. */
struct result {
        enum run_state state;
        uint64_t started, wall, duration; /* wall: CLOCK_REALTIME of the start */
        struct fragment *fragment;        /* owned */
        struct mx_err err;
        bool is_news; /* asked for by the collector itself: a run asked for meanwhile is to come */
};

static void take_result(struct runner *r, struct result *res)
{
        struct runner_status *st = &r->status;
        struct fragment *old = NULL;
        enum run_state before;
        bool in_time;

        pthread_mutex_lock(&r->shared->lock);
        before = st->state;
        in_time = r->is_late && !st->overdue;
        if (in_time)
                r->is_late = false;
        st->state = res->state;
        if (!res->is_news || !st->running) {
                st->running = st->overdue = false;
                st->started_usec = res->started;
        }
        st->started_wall = res->wall;
        st->duration_usec = res->duration;
        st->runs++;
        st->failures += res->state == RUN_FAILED;
        st->err = res->err;
        st->dropped = r->instance.sink.dropped;
        st->unknown = r->instance.sink.unknown;
        st->invalid = r->instance.sink.invalid;
        if (res->fragment || res->state == RUN_UNSUPPORTED) {
                old = r->fragment;
                r->fragment = res->fragment;
        }
        pthread_mutex_unlock(&r->shared->lock);
        fragment_unref(old);
        if (in_time)
                runner_log_in_time(r->config->collector);
        runner_log_change(r->config->collector, before, res->state, &res->err);
}

static enum outcome run_instance(struct runner *r, struct result *res)
{
        enum outcome outcome;

        *res = (struct result){ .started = clock_usec(CLOCK_BOOTTIME),
                                .wall = clock_usec(CLOCK_REALTIME) };
        outcome = instance_run(&r->instance, &res->fragment, &res->err);
        res->duration = clock_usec(CLOCK_BOOTTIME) - res->started;
        res->state = outcome == OUTCOME_OK            ? RUN_OK
                     : outcome == OUTCOME_UNSUPPORTED ? RUN_UNSUPPORTED
                                                      : RUN_FAILED;
        return outcome;
}

void runner_run_inline(struct runner *r)
{
        struct result res;
        enum outcome outcome;

        if (atomic_load(&r->wants_thread))
                return;
        outcome = run_instance(r, &res);
        r->inline_started_usec = res.started;
        r->inline_unsupported = outcome == OUTCOME_UNSUPPORTED;
        r->slow_runs = res.duration > SLOW_RUN_USEC ? r->slow_runs + 1 : 0;
        if (outcome == OUTCOME_WOULD_BLOCK || r->slow_runs >= SLOW_RUNS_MAX)
                atomic_store(&r->wants_thread, true);
        if (outcome != OUTCOME_WOULD_BLOCK)
                take_result(r, &res);
}

bool runner_is_due(const struct runner *r, uint64_t now, uint64_t age)
{
        if (r->inline_unsupported && age < RUNNER_UNSUPPORTED_RETRY_USEC)
                age = RUNNER_UNSUPPORTED_RETRY_USEC;
        return r->inline_started_usec == 0 || now >= r->inline_started_usec + age;
}

void runner_move_to_thread(struct runner *r)
{
        struct instance *in = &r->instance;
        struct mx_cache *cache;

        if (!atomic_load(&r->wants_thread) || atomic_load(&r->is_worker))
                return;
        cache = mx_cache_new();
        if (!cache)
                return; /* tried again at the next timer */
        pthread_mutex_lock(&r->shared->inline_lane);
        in->own_cache = in->host.cache = cache;
        in->host.may_block = true;
        atomic_store(&r->is_worker, true);
        pthread_mutex_unlock(&r->shared->inline_lane);
        log_event(LOG_LEVEL_INFO,
                  "collector gets a thread of its own, for its file may block or is slow",
                  "collector", r->config->collector->name, NULL);
}

/* A look must not wait for a thread that yields to others. What it leaves is little, and whoever
 * scrapes next encodes it. */
static bool take_lane(struct runner *r)
{
        struct encoder_lane *lane = &r->shared->lane;

        if (r->config->collector->run == MX_RUN_WATCH)
                return pthread_mutex_trylock(&lane->lock) == 0;
        pthread_mutex_lock(&lane->lock);
        return true;
}

/* Encodes where nobody waits for it what clients have asked for lately. */
static void encode_ahead(struct runner *r, struct fragment *f)
{
        struct runner_shared *shared = r->shared;
        struct encoder_lane *lane = &shared->lane;
        uint64_t now = clock_usec(CLOCK_BOOTTIME);

        if (!take_lane(r))
                return;
        if (f)
                encoder_ahead(&lane->encoder, &shared->demand, f, now);
        encoder_trim(&lane->encoder, &shared->demand, now);
        pthread_mutex_unlock(&lane->lock);
}

void runner_run_worker(struct runner *r, bool is_news)
{
        struct result res;

        run_instance(r, &res);
        res.is_news = is_news;
        encode_ahead(r, res.fragment);
        take_result(r, &res);
}

void runner_begin(struct runner *r)
{
        pthread_mutex_lock(&r->shared->lock);
        r->began_usec = clock_usec(CLOCK_BOOTTIME);
        pthread_mutex_unlock(&r->shared->lock);
}

/* Whoever holds the lane is at another collector's result, and comes here or trims after it. */
void runner_leave(struct runner *r)
{
        struct encoder_lane *lane = &r->shared->lane;

        if (pthread_mutex_trylock(&lane->lock) != 0)
                return;
        encoder_done(&lane->encoder);
        pthread_mutex_unlock(&lane->lock);
}

void runner_note_looks(struct runner *r, uint64_t looks, uint64_t cpu_usec, uint64_t period_usec)
{
        struct runner_status *st = &r->status;

        pthread_mutex_lock(&r->shared->lock);
        st->looks = looks;
        st->looks_cpu_usec = cpu_usec;
        st->look_period_usec = period_usec;
        pthread_mutex_unlock(&r->shared->lock);
}

bool runner_ask(struct runner *r, uint64_t now)
{
        bool busy;

        if (!r->worker.has_thread) {
                struct crew *crew = r->worker.crew;
                bool *lacks_thread = crew ? &crew->lacks_thread : &r->lacks_thread;
                int e = worker_start(r);

                if (e < 0 && !*lacks_thread)
                        log_errno(LOG_LEVEL_ERROR, e, "cannot start a collector's thread",
                                  "collector", r->config->collector->name, NULL);
                *lacks_thread = e < 0;
                if (e < 0)
                        return false;
        }
        pthread_mutex_lock(&r->shared->lock);
        busy = r->status.running;
        if (!busy) {
                r->status.running = true;
                r->status.started_usec = now;
                r->began_usec = r->worker.crew ? 0 : now;
        }
        pthread_mutex_unlock(&r->shared->lock);
        if (busy)
                return false;
        worker_ask(r, now);
        return true;
}

uint64_t runner_deadline(struct runner *r, uint64_t asked_usec)
{
        const struct runner_status *st = &r->status;
        uint64_t due = 0;

        pthread_mutex_lock(&r->shared->lock);
        if (st->running && st->started_usec == asked_usec)
                due = (r->began_usec ?: asked_usec) + r->deadline;
        pthread_mutex_unlock(&r->shared->lock);
        return due;
}

void runner_check_deadline(struct runner *r, uint64_t asked_usec)
{
        bool overdue, is_news = false;

        pthread_mutex_lock(&r->shared->lock);
        overdue = r->status.running && !r->status.overdue && r->status.started_usec == asked_usec;
        if (overdue) {
                r->status.overdue = true;
                r->status.timeouts++;
                is_news = !r->is_late;
                r->is_late = true;
        }
        pthread_mutex_unlock(&r->shared->lock);
        if (is_news)
                runner_log_overdue(r->config->collector);
}
