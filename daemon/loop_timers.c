/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Every collector has one timer on CLOCK_BOOTTIME, which goes on while the machine sleeps.
 * It fires at base + k * interval for the next k that is still ahead, so that it neither drifts nor
 * makes up for what was missed: after a suspend or an overload there is one run, not a burst. The
 * bases are spread over the interval. A worker that was asked gets a second timer for its deadline,
 * and one more wakes the main thread when workers that share a thread have waited long enough for
 * it.
 *
 * A reload leaves the timers of the collectors that it leaves alone as they are: set anew, for the
 * next beat that is ahead, a beat that comes while the reload is at work would be lost, and reloads
 * one after the other would lose all of them. One whose interval has changed gets a new base, and
 * its next beat is the earlier of the one on the old interval and the first on the new: for the
 * same reason, and so that it need not wait for the end of a long one.
 */
#include "loop_timers.h"

#include "cache.h"
#include "clock.h"
#include "mx/cleanup.h"

#include <errno.h>

#define ACCURACY_USEC 20000 /* timers this close together wake the process once */

struct timer {
        struct loop_timers *all;
        struct runner *runner; /* referenced */
        sd_event_source *tick, *deadline;
        uint64_t base, interval; /* that the base is for */
        uint64_t asked_usec;
        bool is_told; /* that there is no deadline */
};

struct loop_timers {
        sd_event *event;
        struct engine *engine;
        struct timer **timers; /* each stays where it is as long as its runner does */
        size_t n;
        sd_event_source *relief; /* when somebody has waited long enough for a thread */
};

static uint64_t next_tick(const struct timer *t, uint64_t now)
{
        return now < t->base ? t->base
                             : t->base + ((now - t->base) / t->interval + 1) * t->interval;
}

static int arm(struct loop_timers *l, sd_event_source **source, uint64_t usec,
               sd_event_time_handler_t then, void *cls)
{
        int r;

        if (!*source)
                return sd_event_add_time(l->event, source, CLOCK_BOOTTIME, usec, ACCURACY_USEC,
                                         then, cls);
        r = sd_event_source_set_time(*source, usec);
        return r < 0 ? r : sd_event_source_set_enabled(*source, SD_EVENT_ONESHOT);
}

/* A run that has had to wait for its thread is given its time from when it began. */
static int on_deadline(sd_event_source *source, uint64_t usec, void *cls)
{
        struct timer *t = cls;
        uint64_t due = runner_deadline(t->runner, t->asked_usec);

        (void)source, (void)usec;
        if (due > clock_usec(CLOCK_BOOTTIME))
                return arm(t->all, &t->deadline, due, on_deadline, t);
        if (due > 0)
                runner_check_deadline(t->runner, t->asked_usec);
        return 0;
}

static int on_relief(sd_event_source *source, uint64_t usec, void *cls);

/* Armed only while somebody waits who has no thread at rest: as a rule, never. */
static void arm_relief(struct loop_timers *l)
{
        uint64_t due = crew_due(&l->engine->shared.crew);

        if (due != UINT64_MAX && arm(l, &l->relief, due, on_relief, l) < 0)
                log_event(LOG_LEVEL_ERROR, "cannot set a timer for collectors that wait", NULL);
}

static int on_relief(sd_event_source *source, uint64_t usec, void *cls)
{
        struct loop_timers *l = cls;

        (void)source, (void)usec;
        crew_relieve(&l->engine->shared.crew, clock_usec(CLOCK_BOOTTIME));
        arm_relief(l);
        return 0;
}

static void ask_worker(struct timer *t)
{
        uint64_t now = clock_usec(CLOCK_BOOTTIME);

        if (!runner_ask(t->runner, now))
                return;
        t->asked_usec = now;
        if (arm(t->all, &t->deadline, now + t->runner->deadline, on_deadline, t) < 0) {
                if (!t->is_told)
                        log_event(LOG_LEVEL_ERROR, "cannot set a deadline", "collector",
                                  t->runner->config->collector->name, NULL);
                t->is_told = true;
        }
        arm_relief(t->all);
}

/* What a scrape has refreshed since the last tick needs no run of its own. A first run is waited
 * for: the scrape that is at it may have asked for other collectors. */
static void run_inline(struct timer *t, uint64_t now, bool is_first)
{
        struct runner_shared *shared = t->runner->shared;

        if (is_first)
                pthread_mutex_lock(&shared->inline_lane);
        else if (pthread_mutex_trylock(&shared->inline_lane) != 0)
                return;
        if (runner_is_due(t->runner, now, t->runner->interval / 2)) {
                mx_cache_round(shared->cache);
                runner_run_inline(t->runner);
        }
        pthread_mutex_unlock(&shared->inline_lane);
}

static void run_now(struct timer *t, uint64_t now, bool is_first)
{
        if (runner_rests(t->runner, now))
                return;
        if (!atomic_load(&t->runner->is_worker))
                run_inline(t, now, is_first);
        runner_move_to_thread(t->runner);
        if (atomic_load(&t->runner->is_worker))
                ask_worker(t);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *cls)
{
        struct timer *t = cls;
        uint64_t now = clock_usec(CLOCK_BOOTTIME);

        (void)usec;
        run_now(t, now, false);
        return sd_event_source_set_time(source, next_tick(t, clock_usec(CLOCK_BOOTTIME)));
}

static void timer_free(struct timer *t)
{
        sd_event_source_disable_unref(t->tick);
        sd_event_source_disable_unref(t->deadline);
        runner_unref(t->runner);
        free(t);
}

/* Those among `timers` that `l` does not have. */
static void free_others(const struct loop_timers *l, struct timer **timers, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                size_t k = 0;

                while (k < l->n && l->timers[k] != timers[i])
                        k++;
                if (k == l->n)
                        timer_free(timers[i]);
        }
        free(timers);
}

static struct timer *find(const struct loop_timers *l, const struct runner *r)
{
        for (size_t k = 0; k < l->n; k++)
                if (l->timers[k]->runner == r)
                        return l->timers[k];
        return NULL;
}

/* The beats are spread over the interval, by the collector's place. */
static void set_base(struct timer *t, size_t i, uint64_t now)
{
        t->interval = t->runner->interval;
        t->base = now + t->interval * (i + 1) / (t->all->engine->n_runners + 1);
}

static struct timer *timer_new(struct loop_timers *l, size_t i, uint64_t now)
{
        struct runner *r = l->engine->runners[i];
        struct timer *t = calloc(1, sizeof(*t));

        if (!t)
                return NULL;
        t->all = l;
        t->runner = runner_ref(r);
        set_base(t, i, now);
        return t;
}

/* For one that has been beating, on another interval than it is to. */
static int change_interval(struct timer *t, size_t i, uint64_t now)
{
        uint64_t armed;
        int r = sd_event_source_get_time(t->tick, &armed);

        set_base(t, i, now);
        return r < 0 ? r : sd_event_source_set_time(t->tick, MX_MIN(armed, t->base));
}

static int start(struct timer *t, uint64_t now)
{
        int r;

        if (runner_is_new(t->runner))
                run_now(t, now, true);
        r = sd_event_add_time(t->all->event, &t->tick, CLOCK_BOOTTIME, next_tick(t, now),
                              ACCURACY_USEC, on_tick, t);
        return r < 0 ? r : sd_event_source_set_enabled(t->tick, SD_EVENT_ON);
}

int loop_timers_set(struct loop_timers *l)
{
        struct timer **timers, **before = l->timers;
        size_t n = l->engine->n_runners, n_before = l->n;
        uint64_t now = clock_usec(CLOCK_BOOTTIME);
        int r = 0;

        timers = calloc(n + 1, sizeof(struct timer *));
        if (!timers)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                timers[i] = find(l, l->engine->runners[i]) ?: timer_new(l, i, now);
                if (!timers[i]) {
                        free_others(l, timers, i);
                        return -ENOMEM;
                }
        }
        l->timers = timers;
        l->n = n;
        free_others(l, before, n_before);
        for (size_t i = 0; i < n && r >= 0; i++) {
                if (!timers[i]->tick)
                        r = start(timers[i], now);
                else if (timers[i]->interval != timers[i]->runner->interval)
                        r = change_interval(timers[i], i, now);
        }
        return r < 0 ? r : 0;
}

int loop_timers_new(struct loop_timers **ret, sd_event *event, struct engine *engine)
{
        struct loop_timers *l = calloc(1, sizeof(*l));

        if (!l)
                return -ENOMEM;
        l->event = sd_event_ref(event);
        l->engine = engine;
        *ret = l;
        return 0;
}

void loop_timers_free(struct loop_timers *l)
{
        if (!l)
                return;
        for (size_t i = 0; i < l->n; i++)
                timer_free(l->timers[i]);
        free(l->timers);
        sd_event_source_disable_unref(l->relief);
        sd_event_unref(l->event);
        free(l);
}
