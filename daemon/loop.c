/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include "clock.h"
#include "knob.h"
#include "lifecycle.h"
#include "loop_timers.h"
#include "loop_watch.h"
#include "loop_watchdog.h"
#include "mx/cleanup.h"
#include "needs.h"
#include "service_status.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define NOTE_USEC          5000000
#define NOTE_ACCURACY_USEC 1000000

struct loop {
        sd_event *event;
        struct engine *engine;
        struct loop_hooks hooks;
        int argc;
        char *const *argv;
        struct loop_timers *timers;
        struct loop_watch *watch; /* NULL without web_paths() */
        sd_event_source *note, *asked;
        struct service_status *status;
        struct loop_watchdog *watchdog; /* NULL when none is asked for */
        /* Why the last reload failed, and the last one of the web configuration; "" after a
         * success. */
        char failure[SETTINGS_ERROR_MAX], web_failure[SETTINGS_ERROR_MAX];
};

/* "web.telemetry_path, paths.procfs": what a reload would have to change and cannot. */
static void warn_unchangeable(const struct settings *before, const struct settings *after)
{
        char names[512] = "";
        size_t len = 0;

        for (size_t i = 0; i < n_settings_knobs; i++) {
                const struct knob *k = &settings_knobs[i];
                int n;

                if (!k->restart || knob_equal(k, before, after))
                        continue;
                n = snprintf(names + len, sizeof(names) - len, "%s%s.%s", len > 0 ? ", " : "",
                             k->section, k->key);
                if (n > 0)
                        len = MX_MIN(len + (size_t)n, sizeof(names) - 1);
        }
        if (len > 0)
                log_event(LOG_LEVEL_WARN, "these settings change only with a restart", "settings",
                          names, NULL);
}

static void set_failure(struct loop *l)
{
        service_status_set_failure(l->status, *l->failure ? l->failure : l->web_failure);
}

/* Whatever is in the files from now on is read, or noticed as a change. */
static int reload_web(struct loop *l, const struct settings *s, char *error)
{
        int r;

        if (!l->hooks.reload_web)
                return 0;
        loop_watch_mark(l->watch);
        r = l->hooks.reload_web(l->hooks.cls, s, error);
        loop_watch_set(l->watch);
        snprintf(l->web_failure, sizeof(l->web_failure), "%s", r < 0 ? error : "");
        set_failure(l);
        return r;
}

static int on_web_change(void *cls)
{
        struct loop *l = cls;
        char error[SETTINGS_ERROR_MAX] = "", before[SETTINGS_ERROR_MAX];
        int r;

        memcpy(before, l->web_failure, sizeof(before));
        r = reload_web(l, l->engine->settings, error);
        if (r == 0)
                log_event(LOG_LEVEL_INFO, "web configuration reloaded", NULL);
        else if (strcmp(before, error) != 0)
                log_event_id(LOG_LEVEL_ERROR, LOG_ID_RELOAD_FAILED, 0,
                             "the web configuration has changed and is not good, the old one stays",
                             "reason", error, NULL);
        return r;
}

static int reload(struct loop *l, char *error)
{
        struct settings *s = NULL, *before;
        enum action action;
        int r = settings_load(&s, l->argc, l->argv, &action, error);

        if (r < 0)
                return r;
        for (size_t i = 0; i < s->n_warnings; i++)
                log_event(LOG_LEVEL_WARN, s->warnings[i], NULL);
        before = settings_ref(l->engine->settings);
        r = reload_web(l, s, error) ?: engine_reload(l->engine, s, error);
        if (r == 0) {
                log_setup(s->log_level, s->log_format);
                warn_unchangeable(before, s);
                needs_tell(s, before, &l->engine->host);
                /* Half a schedule is worse than a restart. */
                r = loop_timers_set(l->timers);
                if (r < 0) {
                        snprintf(error, SETTINGS_ERROR_MAX, "cannot set the timers: %s",
                                 strerror(-r));
                        (void)sd_event_exit(l->event, r);
                }
        }
        settings_unref(before);
        settings_unref(s);
        return r;
}

/* Whoever asked for it. */
static void reload_and_tell(struct loop *l)
{
        char error[SETTINGS_ERROR_MAX] = "";
        int r;

        if (l->hooks.lifecycle)
                lifecycle_begin(l->hooks.lifecycle);
        loop_watchdog_expect(l->watchdog);
        service_status_reloading(l->status);
        r = reload(l, error);
        /* What the log tells, the metrics tell by then. */
        atomic_store(&l->engine->reload_ok, r == 0);
        if (r < 0) {
                atomic_fetch_add(&l->engine->failed_reloads, 1);
                log_event_id(LOG_LEVEL_ERROR, LOG_ID_RELOAD_FAILED, 0,
                             "reload failed, the old configuration stays", "reason", error, NULL);
        } else {
                atomic_fetch_add(&l->engine->reloads, 1);
                atomic_store(&l->engine->reload_wall, clock_usec(CLOCK_REALTIME));
                log_event(LOG_LEVEL_INFO, "configuration reloaded", NULL);
        }
        snprintf(l->failure, sizeof(l->failure), "%s", r < 0 ? error : "");
        set_failure(l);
        service_status_ready(l->status);
        if (l->hooks.lifecycle)
                lifecycle_end(l->hooks.lifecycle, r < 0 ? error : NULL);
}

static int on_hup(sd_event_source *source, const struct signalfd_siginfo *si, void *cls)
{
        (void)source, (void)si;
        reload_and_tell(cls);
        return 0;
}

static int on_asked(sd_event_source *source, int fd, uint32_t events, void *cls)
{
        (void)source, (void)fd, (void)events;
        reload_and_tell(cls);
        return 0;
}

static int on_note(sd_event_source *source, uint64_t usec, void *cls)
{
        struct loop *l = cls;

        (void)usec;
        service_status_update(l->status);
        if (l->hooks.note)
                l->hooks.note(l->hooks.cls);
        /* From now: what a suspend or an overload has cost is not made up for. */
        return sd_event_source_set_time(source, clock_usec(CLOCK_MONOTONIC) + NOTE_USEC);
}

static int on_term(sd_event_source *source, const struct signalfd_siginfo *si, void *cls)
{
        struct loop *l = cls;

        (void)source, (void)si;
        service_status_stopping(l->status);
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

static int add_hooks(struct loop *l)
{
        int r = 0;

        if (l->hooks.lifecycle)
                r = sd_event_add_io(l->event, &l->asked, lifecycle_fd(l->hooks.lifecycle), EPOLLIN,
                                    on_asked, l);
        if (r >= 0)
                r = sd_event_add_time(l->event, &l->note, CLOCK_MONOTONIC,
                                      clock_usec(CLOCK_MONOTONIC) + NOTE_USEC, NOTE_ACCURACY_USEC,
                                      on_note, l);
        if (r >= 0)
                r = sd_event_source_set_enabled(l->note, SD_EVENT_ON);
        if (r >= 0 && l->hooks.reload_web && l->hooks.web_paths)
                r = loop_watch_new(&l->watch, l->event, l->engine->started_wall, l->hooks.web_paths,
                                   l->hooks.cls, on_web_change, l);
        return r < 0 ? r : 0;
}

static void loop_freep(struct loop **l)
{
        loop_free(*l);
}

int loop_new(struct loop **ret, struct engine *engine, const struct loop_hooks *hooks, int argc,
             char *const *argv)
{
        mx_cleanup_(loop_freep) struct loop *l = calloc(1, sizeof(*l));
        int r;

        if (!l)
                return -ENOMEM;
        l->engine = engine;
        l->hooks = hooks ? *hooks : (struct loop_hooks){ 0 };
        l->argc = argc;
        l->argv = argv;
        r = sd_event_new(&l->event);
        if (r >= 0)
                r = loop_timers_new(&l->timers, l->event, engine);
        if (r >= 0)
                r = add_signals(l);
        if (r >= 0)
                r = service_status_new(&l->status, l->event, engine);
        if (r >= 0)
                r = loop_watchdog_new(&l->watchdog, l->event, l->status, l->hooks.is_alive,
                                      l->hooks.cls);
        if (r >= 0)
                r = add_hooks(l);
        if (r < 0)
                return r;
        *ret = MX_TAKE_PTR(l);
        return 0;
}

void loop_free(struct loop *l)
{
        if (!l)
                return;
        loop_timers_free(l->timers);
        loop_watch_free(l->watch);
        sd_event_source_disable_unref(l->note);
        sd_event_source_disable_unref(l->asked);
        loop_watchdog_free(l->watchdog);
        service_status_free(l->status);
        sd_event_unref(l->event);
        free(l);
}

int loop_run(struct loop *l)
{
        int r = loop_timers_set(l->timers);

        if (r >= 0 && l->hooks.listen)
                r = l->hooks.listen(l->hooks.cls);
        if (r >= 0) {
                loop_watch_set(l->watch);
                service_status_ready(l->status);
                r = sd_event_loop(l->event);
                service_status_stopping(l->status);
        }
        lifecycle_stop(l->hooks.lifecycle);
        return r < 0 ? r : 0;
}
