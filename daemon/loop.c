/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Every collector has one timer on CLOCK_BOOTTIME, which goes on while the machine sleeps.
 * It fires at base + k * interval for the next k that is still ahead, so that it neither drifts nor
 * makes up for what was missed: after a suspend or an overload there is one run, not a burst. The
 * bases are spread over the interval. A worker that was asked gets a second timer for its deadline.
 */
#include "loop.h"

#include "cache.h"
#include "clock.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#define ACCURACY_USEC 20000 /* timers this close together wake the process once */

struct timer {
        struct loop *loop;
        struct runner *runner; /* referenced */
        sd_event_source *tick, *deadline;
        uint64_t base;
        uint64_t asked_usec;
};

struct loop {
        sd_event *event;
        struct engine *engine;
        int argc;
        char *const *argv;
        struct timer *timers;
        size_t n_timers;
};

static uint64_t next_tick(const struct timer *t, uint64_t now)
{
        uint64_t interval = t->runner->config->interval;

        return now < t->base ? t->base : t->base + ((now - t->base) / interval + 1) * interval;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *cls)
{
        struct timer *t = cls;

        (void)source, (void)usec;
        runner_check_deadline(t->runner, t->asked_usec);
        return 0;
}

static void ask_worker(struct timer *t)
{
        uint64_t now = clock_usec(CLOCK_BOOTTIME);

        if (!runner_ask(t->runner, now))
                return;
        t->asked_usec = now;
        if (t->deadline) {
                sd_event_source_set_time(t->deadline, now + t->runner->config->deadline);
                sd_event_source_set_enabled(t->deadline, SD_EVENT_ONESHOT);
        } else if (sd_event_add_time(t->loop->event, &t->deadline, CLOCK_BOOTTIME,
                                     now + t->runner->config->deadline, ACCURACY_USEC, on_deadline,
                                     t) < 0) {
                log_event(LOG_LEVEL_ERROR, "cannot set a deadline", "collector",
                          t->runner->config->collector->name, NULL);
        }
}

/* What a scrape has refreshed since the last tick needs no run of its own. */
static void run_inline(struct timer *t, uint64_t now)
{
        struct runner_shared *shared = t->runner->shared;

        if (pthread_mutex_trylock(&shared->inline_lane) != 0)
                return;
        if (runner_is_due(t->runner, now, t->runner->config->interval / 2)) {
                mx_cache_round(shared->cache);
                runner_run_inline(t->runner);
        }
        pthread_mutex_unlock(&shared->inline_lane);
}

static void run_now(struct timer *t, uint64_t now)
{
        if (runner_rests(t->runner, now))
                return;
        if (!atomic_load(&t->runner->is_worker))
                run_inline(t, now);
        runner_move_to_thread(t->runner);
        if (atomic_load(&t->runner->is_worker))
                ask_worker(t);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *cls)
{
        struct timer *t = cls;
        uint64_t now = clock_usec(CLOCK_BOOTTIME);

        (void)usec;
        run_now(t, now);
        return sd_event_source_set_time(source, next_tick(t, clock_usec(CLOCK_BOOTTIME)));
}

static void timers_clear(struct loop *l)
{
        for (size_t i = 0; i < l->n_timers; i++) {
                sd_event_source_disable_unref(l->timers[i].tick);
                sd_event_source_disable_unref(l->timers[i].deadline);
                runner_unref(l->timers[i].runner);
        }
        free(l->timers);
        l->timers = NULL;
        l->n_timers = 0;
}

/* The beat that the runner has had so far, or a new one, spread over the interval. */
static uint64_t base_of(const struct loop *l, const struct runner *r, size_t i, uint64_t now)
{
        for (size_t k = 0; k < l->n_timers; k++)
                if (l->timers[k].runner == r)
                        return l->timers[k].base;
        return now + r->config->interval * (i + 1) / (l->engine->n_runners + 1);
}

static int timer_start(struct timer *t, uint64_t now)
{
        int r;

        if (runner_is_new(t->runner))
                run_now(t, now);
        r = sd_event_add_time(t->loop->event, &t->tick, CLOCK_BOOTTIME, next_tick(t, now),
                              ACCURACY_USEC, on_tick, t);
        return r < 0 ? r : sd_event_source_set_enabled(t->tick, SD_EVENT_ON);
}

/* Makes a timer for every runner of the engine, and runs each that has not run yet. */
static int timers_set(struct loop *l)
{
        struct engine *e = l->engine;
        uint64_t now = clock_usec(CLOCK_BOOTTIME);
        struct timer *timers = calloc(e->n_runners + 1, sizeof(*timers));
        int r = 0;

        if (!timers)
                return -ENOMEM;
        for (size_t i = 0; i < e->n_runners; i++)
                timers[i] = (struct timer){ .loop = l,
                                            .runner = runner_ref(e->runners[i]),
                                            .base = base_of(l, e->runners[i], i, now) };
        timers_clear(l);
        l->timers = timers;
        l->n_timers = e->n_runners;
        for (size_t i = 0; i < l->n_timers && r >= 0; i++)
                r = timer_start(&l->timers[i], now);
        return r < 0 ? r : 0;
}

static void warn_unchangeable(const struct settings *before, const struct settings *after)
{
        bool same = before->n_listen == after->n_listen &&
                    strcmp(before->telemetry_path, after->telemetry_path) == 0 &&
                    strcmp(before->procfs, after->procfs) == 0 &&
                    strcmp(before->sysfs, after->sysfs) == 0 &&
                    strcmp(before->cgroupfs, after->cgroupfs) == 0;

        for (size_t i = 0; same && i < after->n_listen; i++)
                same = strcmp(before->listen[i], after->listen[i]) == 0;
        if (!same)
                log_event(LOG_LEVEL_WARN,
                          "listen addresses, telemetry path and paths change only with a restart",
                          NULL);
}

static int reload(struct loop *l, char *error)
{
        struct settings *s = NULL;
        enum action action;
        int r = settings_load(&s, l->argc, l->argv, &action, error);

        if (r < 0)
                return r;
        for (size_t i = 0; i < s->n_warnings; i++)
                log_event(LOG_LEVEL_WARN, s->warnings[i], NULL);
        warn_unchangeable(l->engine->settings, s);
        r = engine_reload(l->engine, s, error);
        if (r == 0) {
                log_setup(s->log_level, s->log_format);
                /* Half a schedule is worse than a restart. */
                r = timers_set(l);
                if (r < 0) {
                        snprintf(error, SETTINGS_ERROR_MAX, "cannot set the timers: %s",
                                 strerror(-r));
                        (void)sd_event_exit(l->event, r);
                }
        }
        settings_unref(s);
        return r;
}

static int on_hup(sd_event_source *source, const struct signalfd_siginfo *si, void *cls)
{
        struct loop *l = cls;
        char error[SETTINGS_ERROR_MAX] = "";
        int r;

        (void)source, (void)si;
        sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
                   (unsigned long long)clock_usec(CLOCK_MONOTONIC));
        r = reload(l, error);
        if (r < 0) {
                atomic_fetch_add(&l->engine->failed_reloads, 1);
                log_event(LOG_LEVEL_ERROR, "reload failed, the old configuration stays", "reason",
                          error, NULL);
        } else {
                atomic_fetch_add(&l->engine->reloads, 1);
                atomic_store(&l->engine->reload_wall, clock_usec(CLOCK_REALTIME));
                log_event(LOG_LEVEL_INFO, "configuration reloaded", NULL);
        }
        atomic_store(&l->engine->reload_ok, r == 0);
        sd_notifyf(0, "READY=1\nSTATUS=%s%s", r < 0 ? "the last reload failed: " : "serving",
                   error);
        return 0;
}

static int on_term(sd_event_source *source, const struct signalfd_siginfo *si, void *cls)
{
        struct loop *l = cls;

        (void)source, (void)si;
        return sd_event_exit(l->event, 0);
}

void loop_block_signals(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int add_signals(struct loop *l)
{
        int r;

        r = sd_event_add_signal(l->event, NULL, SIGTERM, on_term, l);
        if (r >= 0)
                r = sd_event_add_signal(l->event, NULL, SIGINT, on_term, l);
        if (r >= 0)
                r = sd_event_add_signal(l->event, NULL, SIGHUP, on_hup, l);
        return r < 0 ? r : 0;
}

static void loop_freep(struct loop **l)
{
        loop_free(*l);
}

int loop_new(struct loop **ret, struct engine *engine, int argc, char *const *argv)
{
        mx_cleanup_(loop_freep) struct loop *l = calloc(1, sizeof(*l));
        int r;

        if (!l)
                return -ENOMEM;
        l->engine = engine;
        l->argc = argc;
        l->argv = argv;
        r = sd_event_new(&l->event);
        if (r >= 0)
                r = add_signals(l);
        if (r >= 0)
                r = sd_event_set_watchdog(l->event, 1);
        if (r < 0)
                return r;
        *ret = MX_TAKE_PTR(l);
        return 0;
}

void loop_free(struct loop *l)
{
        if (!l)
                return;
        timers_clear(l);
        sd_event_unref(l->event);
        free(l);
}

int loop_run(struct loop *l)
{
        int r = timers_set(l);

        if (r < 0)
                return r;
        sd_notify(0, "READY=1\nSTATUS=serving");
        r = sd_event_loop(l->event);
        sd_notify(0, "STOPPING=1");
        return r < 0 ? r : 0;
}
