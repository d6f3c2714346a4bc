/* SPDX-License-Identifier: Apache-2.0 */
#include "once.h"

#include "clock.h"
#include "engine.h"
#include "mx/cleanup.h"
#include "runner_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int write_all(int fd, const char *p, size_t n)
{
        while (n > 0) {
                ssize_t w = write(fd, p, n);

                if (w < 0 && errno == EINTR)
                        continue;
                if (w < 0)
                        return -errno;
                p += w;
                n -= (size_t)w;
        }
        return 0;
}

static int write_fragment(int fd, const struct fragment *f)
{
        size_t len = fragment_len(f, MX_TEXT);
        mx_cleanup_free_ char *text = malloc(len + 1);

        if (!text)
                return -ENOMEM;
        fragment_copy(f, MX_TEXT, text);
        return write_all(fd, text, len);
}

/* How long the next run waits for the one before it, so that they come one at a time unless one is
 * slow: what hangs then costs this, and all that hang have their deadlines side by side. */
#define PATIENCE_USEC (50 * UINT64_C(1000))

/* One run on a thread of its own: a file that never answers must not keep the others' metrics back.
 * Whoever finds the run ended frees it; one that hangs is left to the process's end. */
struct run {
        const struct mx_collector *collector;
        struct instance instance;
        struct fragment *fragment;
        struct mx_err err;
        enum outcome outcome;
        uint64_t until; /* its deadline, on CLOCK_MONOTONIC */
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t end;
        bool ended; /* under the lock */
};

static void *run_thread(void *arg)
{
        struct run *run = arg;

        run->outcome = instance_run(&run->instance, &run->fragment, &run->err);
        pthread_mutex_lock(&run->lock);
        run->ended = true;
        pthread_cond_signal(&run->end);
        pthread_mutex_unlock(&run->lock);
        return NULL;
}

static bool ends_by(struct run *run, uint64_t until)
{
        struct timespec at = { .tv_sec = (time_t)(until / 1000000),
                               .tv_nsec = (long)(until % 1000000) * 1000 };
        bool ended;
        int r = 0;

        pthread_mutex_lock(&run->lock);
        while (!run->ended && r == 0)
                r = pthread_cond_clockwait(&run->end, &run->lock, CLOCK_MONOTONIC, &at);
        ended = run->ended;
        pthread_mutex_unlock(&run->lock);
        return ended;
}

/* The run uses the settings and the host until it ends. */
static int begin(struct run **ret, const struct collector_settings *cs, const struct mx_host *host)
{
        struct run *run = calloc(1, sizeof(*run));
        int r = run ? instance_init(&run->instance, cs->collector, host, cs->options,
                                    cs->max_series)
                    : -ENOMEM;

        if (r < 0) {
                free(run);
                return r;
        }
        run->collector = cs->collector;
        run->until = clock_usec(CLOCK_MONOTONIC) + cs->deadline;
        pthread_mutex_init(&run->lock, NULL);
        pthread_cond_init(&run->end, NULL);
        r = -pthread_create(&run->thread, NULL, run_thread, run);
        if (r < 0) {
                log_errno(LOG_LEVEL_WARN, r, "cannot start a thread", "collector",
                          cs->collector->name, NULL);
                instance_done(&run->instance);
                free(run);
                return r;
        }
        *ret = run;
        return 0;
}

static int report(const struct run *run)
{
        bool unsupported = run->outcome == OUTCOME_UNSUPPORTED;

        runner_log_failure(run->collector, unsupported, &run->err);
        return unsupported ? -EOPNOTSUPP : run->err.code;
}

/* Writes what the run has collected; -ETIMEDOUT: it goes on. */
static int end(struct run *run, int fd)
{
        int r;

        if (!ends_by(run, run->until)) {
                runner_log_overdue(run->collector);
                return -ETIMEDOUT;
        }
        pthread_join(run->thread, NULL);
        if (run->outcome == OUTCOME_OK) {
                r = write_fragment(fd, run->fragment);
                fragment_unref(run->fragment);
        } else {
                r = report(run);
        }
        instance_done(&run->instance);
        free(run);
        return r;
}

struct tally {
        size_t worked, unfinished;
        bool is_broken; /* nobody reads the output any more */
};

/* Ends those that have ended, in their order, up to the first that goes on; all with `all`. */
static void end_some(struct run **runs, size_t n, size_t *next, bool all, int fd, struct tally *t)
{
        for (; *next < n && (all || !runs[*next] || ends_by(runs[*next], 0)); (*next)++) {
                int r = !runs[*next] ? -ENODATA : t->is_broken ? -ETIMEDOUT : end(runs[*next], fd);

                t->worked += r == 0;
                t->unfinished += runs[*next] && r == -ETIMEDOUT;
                t->is_broken |= r == -EPIPE;
        }
}

int once(const struct settings *s, int fd)
{
        mx_cleanup_free_ struct run **runs = calloc(s->n_collectors + 1, sizeof(struct run *));
        char error[SETTINGS_ERROR_MAX];
        size_t n = 0, next = 0;
        struct tally t = { 0 };
        struct mx_host host;
        int r;

        if (!runs)
                return -ENOMEM;
        r = host_open(&host, s, error);
        if (r < 0) {
                log_event(LOG_LEVEL_ERROR, error, NULL);
                return r;
        }
        for (size_t i = 0; i < s->n_collectors && !t.is_broken; i++) {
                if (!s->collectors[i].enabled)
                        continue;
                if (begin(&runs[n++], &s->collectors[i], &host) == 0)
                        (void)ends_by(runs[n - 1], clock_usec(CLOCK_MONOTONIC) + PATIENCE_USEC);
                end_some(runs, n, &next, false, fd, &t);
        }
        end_some(runs, n, &next, true, fd, &t);
        if (n == 0)
                log_event(LOG_LEVEL_ERROR, "no collector is enabled", NULL);
        r = t.is_broken ? -EPIPE : t.worked > 0 ? 0 : -ENODATA;
        if (t.unfinished > 0)
                _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS); /* their memory is still in use */
        host_close(&host);
        return r;
}
