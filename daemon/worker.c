/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include "clock.h"
#include "mx/cleanup.h"
#include "pace.h"
#include "runner.h"
#include "thread.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define NEWS_GAP_USEC 1000000 /* between the beginnings of a run and of one that news ask for */
#define POLL_GAP_USEC 1000000 /* between two attempts at a poll(2) that fails */

enum errand {
        ERRAND_QUIT,
        ERRAND_RUN,
        ERRAND_NEWS, /* a run that nobody has asked for but the collector itself */
        ERRAND_LOOK,
};

/* What the thread keeps to itself. */
struct shift {
        struct runner *runner;
        struct pace pace;
        struct mx_watch_plan plan;
        bool watches; /* there is a plan: the collector is open and has a watch() */
        bool again;   /* the last look has left something to do */
        bool has_news;
        uint64_t ran_usec; /* CLOCK_MONOTONIC: when the last run began */
        uint64_t cpu_nsec; /* of the thread, at the end of what it did last */
        enum mx_look why;  /* of the look that is the errand */
};

void worker_init(struct worker *w, struct crew *crew)
{
        *w = (struct worker){ .wake_fd = -1, .crew = crew };
        pthread_mutex_init(&w->lock, NULL);
        pthread_cond_init(&w->parked_cond, NULL);
}

void worker_done(struct worker *w)
{
        w->wake_fd = mx_close(w->wake_fd);
        pthread_mutex_destroy(&w->lock);
        pthread_cond_destroy(&w->parked_cond);
}

static uint64_t thread_cpu_nsec(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
        return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* ppoll(2) until `until` (CLOCK_MONOTONIC, microseconds; UINT64_MAX: without end). */
static int poll_until(struct pollfd *fds, size_t n, uint64_t until)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC), left = until > now ? until - now : 0;
        struct timespec ts = clock_timespec(left);
        int r = ppoll(fds, n, until == UINT64_MAX ? NULL : &ts, NULL);

        return r < 0 && errno != EINTR ? -errno : MX_MAX(r, 0);
}

/* The same for mail alone, when poll(2) has refused the collector's descriptors (-ENOMEM, or
 * -EINVAL for more than RLIMIT_NOFILE, which may be lowered from outside): to ask again at once
 * would be to spin. */
static int poll_mail(struct pollfd *wake, uint64_t until)
{
        int r;

        until = MX_MIN(until, clock_usec(CLOCK_MONOTONIC) + POLL_GAP_USEC);
        r = poll_until(wake, 1, until);
        return r >= 0 ? r : poll_until(NULL, 0, until); /* a limit of 0: mail can wait as long */
}

/* Waits until `until` (CLOCK_MONOTONIC, microseconds; UINT64_MAX: without end) for mail, and for
 * the collector's descriptors when `with_fds` says so. True when one of these is ready: a look has
 * to follow then, as poll(2) may have taken what made it ready. */
static bool wait_for_events(struct shift *s, uint64_t until, bool with_fds)
{
        struct pollfd fds[1 + MX_WATCH_FDS_MAX] = { { .fd = s->runner->worker.wake_fd,
                                                      .events = POLLIN } };
        size_t n = with_fds ? MX_MIN(s->plan.n_fds, MX_WATCH_FDS_MAX) : 0;
        bool is_ready = false;
        uint64_t count;
        int r;

        if (n > 0)
                memcpy(fds + 1, s->plan.fds, n * sizeof(*fds));
        r = poll_until(fds, 1 + n, until);
        if (r < 0) {
                n = 0;
                r = poll_mail(fds, until);
        }
        if (r <= 0)
                return false;
        if (fds[0].revents)
                (void)!read(fds[0].fd, &count, sizeof(count));
        for (size_t i = 0; i < n; i++) {
                s->plan.fds[i].revents = fds[1 + i].revents;
                is_ready |= fds[1 + i].revents != 0;
        }
        return is_ready;
}

/* Mail, if there is any. */
static bool take_mail(struct worker *w, enum errand *ret)
{
        bool has;

        pthread_mutex_lock(&w->lock);
        has = w->quit || w->asked;
        if (has)
                *ret = w->quit ? ERRAND_QUIT : ERRAND_RUN;
        w->asked = false;
        pthread_mutex_unlock(&w->lock);
        return has;
}

/* What is due without a wait, beside mail; else *ret_until says when something will be. */
static bool take_due(struct shift *s, enum errand *ret, uint64_t *ret_until)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC), due;

        *ret_until = UINT64_MAX;
        if (s->has_news) {
                *ret = ERRAND_NEWS;
                if (now >= s->ran_usec + NEWS_GAP_USEC)
                        return true;
                *ret_until = s->ran_usec + NEWS_GAP_USEC;
        }
        if (!s->watches)
                return false;
        *ret = ERRAND_LOOK;
        s->why = s->again ? MX_LOOK_CONTINUE : MX_LOOK_CLOCK;
        due = s->again ? pace_allowed(&s->pace, now) : pace_due(&s->pace, now);
        if (now >= due)
                return true;
        *ret_until = MX_MIN(*ret_until, due);
        return false;
}

/* Sleeps until there is something to do. */
static enum errand next_errand(struct shift *s)
{
        enum errand errand;
        uint64_t until, now, allowed;

        for (;;) {
                if (take_mail(&s->runner->worker, &errand) || take_due(s, &errand, &until))
                        return errand;
                now = clock_usec(CLOCK_MONOTONIC);
                allowed = pace_allowed(&s->pace, now);
                if (s->watches && s->plan.n_fds > 0 && allowed > now)
                        until = MX_MIN(until, allowed);
                if (wait_for_events(s, until, s->watches && allowed <= now)) {
                        s->why = MX_LOOK_FD;
                        return ERRAND_LOOK;
                }
        }
}

static void take_plan(struct shift *s)
{
        s->watches = instance_plan(&s->runner->instance, &s->plan);
        if (s->watches)
                pace_plan(&s->pace, &s->plan, clock_usec(CLOCK_MONOTONIC));
        else
                pace_rest(&s->pace);
}

static void note_looks(const struct shift *s)
{
        runner_note_looks(s->runner, s->pace.looks, s->pace.cpu_nsec / 1000, pace_period(&s->pace));
}

static void run(struct shift *s, bool is_news)
{
        s->ran_usec = clock_usec(CLOCK_MONOTONIC);
        s->has_news = false;
        runner_run_worker(s->runner, is_news);
        take_plan(s);
        note_looks(s); /* a collector that has been closed keeps no period */
        s->again = s->again && s->watches;
        s->cpu_nsec = thread_cpu_nsec();
}

/* The wake-up counts as a part of the look's cost, for nobody would pay it otherwise. */
static void look(struct shift *s)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC), before = s->cpu_nsec;
        enum mx_looked looked = instance_look(&s->runner->instance, s->why, now);

        s->again = looked == MX_LOOKED_AGAIN;
        s->has_news |= looked == MX_LOOKED_NEWS;
        s->cpu_nsec = thread_cpu_nsec();
        pace_look(&s->pace, s->why == MX_LOOK_CLOCK, now, s->cpu_nsec - before);
        take_plan(s);
        note_looks(s);
}

static void *worker_main(void *cls)
{
        struct shift s = { .runner = cls };
        struct worker *w = &s.runner->worker;
        enum errand errand;

        if (s.runner->config->collector->run != MX_RUN_WATCH)
                thread_yield_to_others();
        while ((errand = next_errand(&s)) != ERRAND_QUIT) {
                if (errand == ERRAND_LOOK)
                        look(&s);
                else
                        run(&s, errand == ERRAND_NEWS);
        }
        runner_leave(s.runner);
        atomic_fetch_sub(&s.runner->shared->threads,
                         1); /* from here on, nothing that is shared is touched */
        pthread_mutex_lock(&w->lock);
        w->parked = true;
        pthread_cond_broadcast(&w->parked_cond);
        pthread_mutex_unlock(&w->lock);
        runner_unref(s.runner);
        return NULL;
}

static int start_thread(struct runner *r)
{
        struct worker *w = &r->worker;
        pthread_t thread;
        int e;

        if (w->wake_fd < 0)
                w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (w->wake_fd < 0)
                return -errno;
        runner_ref(r);
        atomic_fetch_add(&r->shared->threads, 1);
        e = thread_start(&thread, r->config->collector->name, worker_main, r);
        if (e < 0) {
                atomic_fetch_sub(&r->refs, 1);
                atomic_fetch_sub(&r->shared->threads, 1);
                return e;
        }
        pthread_detach(thread);
        return 0;
}

int worker_start(struct runner *r)
{
        struct worker *w = &r->worker;
        int e = w->crew ? crew_join(w->crew, r) : start_thread(r);

        w->has_thread = e == 0;
        return e;
}

static void post(struct worker *w, bool *flag)
{
        uint64_t one = 1;

        pthread_mutex_lock(&w->lock);
        *flag = true;
        pthread_mutex_unlock(&w->lock);
        (void)!write(w->wake_fd, &one,
                     sizeof(one)); /* fails only when it is about to wake anyway */
}

void worker_ask(struct runner *r, uint64_t now_usec)
{
        struct worker *w = &r->worker;

        if (w->crew)
                crew_ask(w->crew, r, now_usec);
        else
                post(w, &w->asked);
}

static bool stop_thread(struct worker *w, uint64_t until_usec)
{
        struct timespec until = clock_timespec(until_usec);
        bool has_parked;
        int e = 0;

        post(w, &w->quit);
        pthread_mutex_lock(&w->lock);
        while (!w->parked && e == 0)
                e = pthread_cond_clockwait(&w->parked_cond, &w->lock, CLOCK_MONOTONIC, &until);
        has_parked = w->parked; /* it may have, even as the time ran out */
        pthread_mutex_unlock(&w->lock);
        return has_parked;
}

bool worker_stop(struct runner *r, uint64_t until_usec)
{
        struct worker *w = &r->worker;

        if (!w->has_thread)
                return true;
        return w->crew ? crew_leave(w->crew, r, until_usec) : stop_thread(w, until_usec);
}
