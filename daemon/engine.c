/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include "cache.h"
#include "clock.h"
#include "mx/cleanup.h"
#include "origin.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define KMSG_MAJOR 1 /* Documentation/admin-guide/devices.txt */
#define KMSG_MINOR 11

static int open_dir(const char *path)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* The kernel's log, where a service manager has connected it to standard input. */
static int passed_log(void)
{
        struct stat st;

        if (fstat(STDIN_FILENO, &st) < 0 || !S_ISCHR(st.st_mode) ||
            st.st_rdev != makedev(KMSG_MAJOR, KMSG_MINOR))
                return -1;
        return STDIN_FILENO;
}

int host_open(struct mx_host *ret, const struct settings *s, char *error)
{
        struct mx_host h = { .proc_fd = open_dir(s->procfs),
                             .sys_fd = open_dir(s->sysfs),
                             .cgroup_fd = open_dir(s->cgroupfs),
                             .dev_fd = open_dir(s->devfs),
                             .log_fd = strcmp(s->devfs, "/dev") == 0 ? passed_log() : -1,
                             .proc_path = s->procfs,
                             .sys_path = s->sysfs,
                             .cgroup_path = s->cgroupfs,
                             .page_size = (uint32_t)sysconf(_SC_PAGESIZE),
                             .clk_tck = (uint32_t)sysconf(_SC_CLK_TCK),
                             .may_block = true,
                             .user_name = users_name };

        if (h.proc_fd < 0) {
                snprintf(error, SETTINGS_ERROR_MAX, "%scannot open procfs %.180s: %s",
                         origin_of(s, offsetof(struct settings, procfs)), s->procfs,
                         strerror(-h.proc_fd));
                host_close(&h);
                return -EINVAL;
        }
        *ret = h;
        return 0;
}

void host_close(struct mx_host *h)
{
        h->proc_fd = mx_close(h->proc_fd);
        h->sys_fd = mx_close(h->sys_fd);
        h->cgroup_fd = mx_close(h->cgroup_fd);
        h->dev_fd = mx_close(h->dev_fd);
}

static struct runner *find_runner(const struct engine *e, const char *name)
{
        for (size_t i = 0; i < e->n_runners; i++)
                if (strcmp(e->runners[i]->config->collector->name, name) == 0)
                        return e->runners[i];
        return NULL;
}

/* Same collector, set in the same way, whatever its schedule. A plugin's descriptor differs after a
 * reload, as it is loaded anew. */
static bool goes_on(const struct runner *r, const struct collector_settings *cs)
{
        return r->config->collector == cs->collector &&
               strcmp(r->config->canonical, cs->canonical) == 0;
}

struct runner_list {
        struct runner **v;
        size_t n;
};

static void list_free(struct runner_list *l)
{
        for (size_t i = 0; i < l->n; i++)
                runner_unref(l->v[i]);
        free(l->v);
}

/* A runner for each enabled collector: the one there is, with one more reference and still on its
 * old schedule, when it can go on. */
static int build_list(struct engine *e, struct settings *s, struct runner_list *ret)
{
        struct runner_list l = { .v = calloc(s->n_collectors + 1, sizeof(struct runner *)) };

        if (!l.v)
                return -ENOMEM;
        for (size_t i = 0; i < s->n_collectors; i++) {
                struct collector_settings *cs = &s->collectors[i];
                struct runner *r = find_runner(e, cs->collector->name);
                int err;

                if (!cs->enabled)
                        continue;
                if (r && goes_on(r, cs)) {
                        l.v[l.n++] = runner_ref(r);
                        continue;
                }
                err = runner_new(&l.v[l.n], &e->shared, s, cs, &e->host);
                if (err < 0) {
                        list_free(&l);
                        return err;
                }
                l.n++;
        }
        *ret = l;
        return 0;
}

static void init_shared(struct runner_shared *s)
{
        pthread_mutex_init(&s->lock, NULL);
        pthread_mutex_init(&s->inline_lane, NULL);
        crew_init(&s->crew, &s->threads);
        pthread_mutex_init(&s->lane.lock, NULL);
}

/* Once all threads have gone. */
static void shared_done(struct runner_shared *s)
{
        mx_cache_free(s->cache);
        crew_done(&s->crew);
        pthread_mutex_destroy(&s->lock);
        pthread_mutex_destroy(&s->inline_lane);
        encoder_done(&s->lane.encoder);
        pthread_mutex_destroy(&s->lane.lock);
}

int engine_init(struct engine *e, struct settings *settings, char *error)
{
        struct runner_list l;
        int r;

        *e = (struct engine){ .started_wall = clock_usec(CLOCK_REALTIME) };
        atomic_init(&e->reload_ok, true);
        atomic_init(&e->reload_wall, e->started_wall);
        init_shared(&e->shared);
        r = host_open(&e->host, settings, error);
        if (r < 0)
                return r;
        e->shared.cache = mx_cache_new();
        r = e->shared.cache ? build_list(e, settings, &l) : -ENOMEM;
        if (r < 0) {
                snprintf(error, SETTINGS_ERROR_MAX, "cannot prepare the collectors: %s",
                         strerror(-r));
                mx_cache_free(e->shared.cache);
                host_close(&e->host);
                return r;
        }
        e->settings = settings_ref(settings);
        e->runners = l.v;
        e->n_runners = l.n;
        return 0;
}

static bool contains(const struct runner_list *l, const struct runner *r)
{
        for (size_t i = 0; i < l->n; i++)
                if (l->v[i] == r)
                        return true;
        return false;
}

int engine_reload(struct engine *e, struct settings *settings, char *error)
{
        struct runner_list old, new;
        struct settings *old_settings = e->settings;
        int r = build_list(e, settings, &new);

        if (r < 0) {
                snprintf(error, SETTINGS_ERROR_MAX, "cannot prepare the collectors: %s",
                         strerror(-r));
                return r;
        }
        pthread_mutex_lock(&e->shared.inline_lane);
        pthread_mutex_lock(&e->shared.lock);
        old = (struct runner_list){ e->runners, e->n_runners };
        e->runners = new.v;
        e->n_runners = new.n;
        e->settings = settings_ref(settings);
        for (size_t i = 0; i < e->n_runners; i++)
                runner_set_schedule(
                        e->runners[i],
                        settings_find(settings, e->runners[i]->config->collector->name));
        pthread_mutex_unlock(&e->shared.lock);
        pthread_mutex_unlock(&e->shared.inline_lane);
        for (size_t i = 0; i < old.n; i++)
                if (!contains(&new, old.v[i]))
                        (void)worker_stop(old.v[i], 0); /* told, not waited for: it frees itself */
        list_free(&old);
        settings_unref(old_settings);
        return 0;
}

/* Threads of collectors that a reload has removed end by themselves: mostly at once, and seldom
 * enough while a stop waits for them to look again each millisecond. */
static bool threads_have_gone(struct engine *e, uint64_t until)
{
        static const struct timespec pause = { .tv_nsec = 1000000 };

        while (atomic_load(&e->shared.threads) > 0 && clock_usec(CLOCK_MONOTONIC) < until)
                (void)nanosleep(&pause, NULL);
        return atomic_load(&e->shared.threads) == 0;
}

size_t engine_stop(struct engine *e, uint64_t limit_usec)
{
        uint64_t until = clock_usec(CLOCK_MONOTONIC) + limit_usec;
        size_t hanging = 0;

        for (size_t i = 0; i < e->n_runners; i++)
                (void)worker_stop(e->runners[i], 0);
        for (size_t i = 0; i < e->n_runners; i++)
                if (!worker_stop(e->runners[i], until)) {
                        log_event(LOG_LEVEL_WARN, "collector hangs and is left behind", "collector",
                                  e->runners[i]->config->collector->name, NULL);
                        hanging++;
                }
        if (hanging == 0 && !(crew_stop(&e->shared.crew, until) && threads_have_gone(e, until))) {
                log_event(LOG_LEVEL_WARN,
                          "a collector that a reload removed hangs and is left behind", NULL);
                hanging++;
        }
        if (hanging > 0)
                return hanging;
        list_free(&(struct runner_list){ e->runners, e->n_runners });
        shared_done(&e->shared);
        host_close(&e->host);
        settings_unref(e->settings);
        return 0;
}

static bool is_selected(const struct selection *sel, const struct runner *r)
{
        if (sel->n == 0)
                return true;
        for (size_t i = 0; i < sel->n; i++)
                if (strcmp(sel->names[i], r->config->collector->name) == 0)
                        return !sel->exclude;
        return sel->exclude;
}

void engine_refresh(struct engine *e, const struct selection *sel, uint64_t now)
{
        if (pthread_mutex_trylock(&e->shared.inline_lane) != 0)
                return; /* the main thread is at one of them: what there is is served, and its age
                           said */
        mx_cache_round(e->shared.cache);
        for (size_t i = 0; i < e->n_runners; i++) {
                struct runner *r = e->runners[i];

                if (!atomic_load(&r->is_worker) && is_selected(sel, r) &&
                    runner_is_due(r, now, e->settings->min_age))
                        runner_run_inline(r);
        }
        pthread_mutex_unlock(&e->shared.inline_lane);
}

static bool is_expired(const struct runner *r, uint64_t now)
{
        return now > r->fragment->started_usec + r->expiry;
}

size_t engine_snapshot(struct engine *e, const struct selection *sel, uint64_t now,
                       struct fragment **ret, size_t max)
{
        struct fragment *expired[ENGINE_COLLECTORS_MAX];
        size_t n = 0, n_expired = 0;

        pthread_mutex_lock(&e->shared.lock);
        for (size_t i = 0; i < e->n_runners && n < max; i++) {
                struct runner *r = e->runners[i];

                if (!r->fragment || !is_selected(sel, r))
                        continue;
                if (is_expired(r, now)) {
                        if (n_expired < ENGINE_COLLECTORS_MAX)
                                expired[n_expired++] = MX_TAKE_PTR(r->fragment);
                        continue;
                }
                ret[n++] = fragment_ref(r->fragment);
        }
        pthread_mutex_unlock(&e->shared.lock);
        for (size_t i = 0; i < n_expired; i++)
                fragment_unref(expired[i]);
        return n;
}

/* "expected a number (Invalid argument), meminfo line 3" */
static void say_reason(const struct runner *r, char *ret, size_t size)
{
        const struct mx_err *err = &r->status.err;
        const char *path = err->path ? err->path : r->config->collector->source;
        char line[24] = "", code[64];

        ret[0] = '\0';
        if ((r->status.state != RUN_UNSUPPORTED && r->status.state != RUN_FAILED) || !err->what)
                return;
        if (err->line)
                snprintf(line, sizeof(line), " line %u", err->line);
        snprintf(ret, size, "%s (%s), %s%s", err->what, strerror_r(-err->code, code, sizeof(code)),
                 path ? path : "", line);
}

static void view_runner(const struct runner *r, uint64_t now, struct collector_view *ret)
{
        const struct fragment *f = r->fragment;

        *ret = (struct collector_view){ .status = r->status,
                                        .is_worker = atomic_load(&r->is_worker),
                                        .watches = mx_collector_watches(r->config->collector) };
        snprintf(ret->name, sizeof(ret->name), "%s", r->config->collector->name);
        say_reason(r, ret->reason, sizeof(ret->reason));
        if (!f || is_expired(r, now))
                return;
        ret->served = true;
        ret->served_usec = f->started_usec;
        ret->served_wall = f->wall_usec;
        ret->series = f->series;
        ret->bytes = fragment_len(f, MX_TEXT);
}

size_t engine_view(struct engine *e, uint64_t now, struct collector_view *ret, size_t max)
{
        size_t n = 0;

        pthread_mutex_lock(&e->shared.lock);
        for (; n < e->n_runners && n < max; n++)
                view_runner(e->runners[n], now, &ret[n]);
        pthread_mutex_unlock(&e->shared.lock);
        return n;
}

enum known engine_knows(struct engine *e, const char *name)
{
        const struct collector_settings *cs;
        enum known known;

        pthread_mutex_lock(&e->shared.lock);
        cs = settings_find(e->settings, name);
        known = !cs ? KNOWN_NOT : cs->enabled ? KNOWN_ENABLED : KNOWN_DISABLED;
        pthread_mutex_unlock(&e->shared.lock);
        return known;
}

bool engine_ready(struct engine *e)
{
        bool ready = true;

        pthread_mutex_lock(&e->shared.lock);
        for (size_t i = 0; i < e->n_runners; i++) {
                const struct runner_status *st = &e->runners[i]->status;

                ready = ready && (st->state != RUN_PENDING || st->timeouts > 0);
        }
        pthread_mutex_unlock(&e->shared.lock);
        return ready;
}
