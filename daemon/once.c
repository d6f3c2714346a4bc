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

/* One run on a thread of its own: a file that never answers must not keep the others' metrics back.
 * Whoever finds the run ended frees it; one that hangs is left to the process's end. */
struct run {
        struct instance instance;
        struct fragment *fragment;
        struct mx_err err;
        enum outcome outcome;
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

/* Returns 0 when the run has ended, -ETIMEDOUT when it hangs, or why there is no thread. */
static int run_within(struct run *run, uint64_t deadline)
{
        uint64_t until = clock_usec(CLOCK_MONOTONIC) + deadline;
        struct timespec at = { .tv_sec = (time_t)(until / 1000000),
                               .tv_nsec = (long)(until % 1000000) * 1000 };
        pthread_t thread;
        int r;

        pthread_mutex_init(&run->lock, NULL);
        pthread_cond_init(&run->end, NULL);
        r = pthread_create(&thread, NULL, run_thread, run);
        if (r != 0)
                return -r;
        pthread_mutex_lock(&run->lock);
        while (!run->ended && r == 0)
                r = pthread_cond_clockwait(&run->end, &run->lock, CLOCK_MONOTONIC, &at);
        r = run->ended ? 0 : -ETIMEDOUT;
        pthread_mutex_unlock(&run->lock);
        if (r == 0)
                pthread_join(thread, NULL);
        else
                pthread_detach(thread);
        return r;
}

static int report(const struct run *run, const struct mx_collector *c)
{
        bool unsupported = run->outcome == OUTCOME_UNSUPPORTED;

        runner_log_failure(c, unsupported, &run->err);
        return unsupported ? -EOPNOTSUPP : run->err.code;
}

/* -ETIMEDOUT: the run goes on, and uses the settings and the host. */
static int collect(const struct collector_settings *cs, const struct mx_host *host, int fd)
{
        struct run *run = calloc(1, sizeof(*run));
        int r = run ? instance_init(&run->instance, cs->collector, host, cs->options,
                                    cs->max_series)
                    : -ENOMEM;

        if (r < 0) {
                free(run);
                return r;
        }
        r = run_within(run, cs->deadline);
        if (r == -ETIMEDOUT) {
                runner_log_overdue(cs->collector);
                return r;
        }
        if (r < 0) {
                log_errno(LOG_LEVEL_WARN, r, "cannot start a thread", "collector",
                          cs->collector->name, NULL);
        } else if (run->outcome == OUTCOME_OK) {
                r = write_fragment(fd, run->fragment);
                fragment_unref(run->fragment);
        } else {
                r = report(run, cs->collector);
        }
        instance_done(&run->instance);
        free(run);
        return r;
}

int once(const struct settings *s, int fd)
{
        char error[SETTINGS_ERROR_MAX];
        size_t enabled = 0, worked = 0, hanging = 0;
        struct mx_host host;
        int r = host_open(&host, s, error);

        if (r < 0) {
                log_event(LOG_LEVEL_ERROR, error, NULL);
                return r;
        }
        for (size_t i = 0; i < s->n_collectors; i++) {
                if (!s->collectors[i].enabled)
                        continue;
                enabled++;
                r = collect(&s->collectors[i], &host, fd);
                worked += r == 0;
                hanging += r == -ETIMEDOUT;
                if (r == -EPIPE)
                        break;
        }
        if (enabled == 0)
                log_event(LOG_LEVEL_ERROR, "no collector is enabled", NULL);
        if (r != -EPIPE)
                r = worked > 0 ? 0 : -ENODATA;
        if (hanging > 0)
                _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS); /* their memory is still in use */
        host_close(&host);
        return r;
}
