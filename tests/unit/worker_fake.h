/* SPDX-License-Identifier: Apache-2.0 */
/* A collector that looks between its runs as the test tells it to, on the engine's thread for it.
 */
#ifndef WORKER_FAKE_H
#define WORKER_FAKE_H

#include "clock.h"
#include "engine.h"
#include "harness.h"

#include <poll.h>
#include <semaphore.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define FAKE_FDS 3

/* What the fake does next, and what it has been called for. Its plan is read by its own thread
 * alone, after open(). */
static struct {
        uint64_t period, budget;
        struct pollfd fds[FAKE_FDS];
        size_t n_fds;
        uint64_t next_period;               /* that a look for a descriptor plans; 0: no other */
        atomic_ulong look_burns, run_burns; /* microseconds of CPU time */
        atomic_int open_result, result;
        atomic_int looked, always; /* the next look's answer, and those of all others */
        atomic_bool hang, hang_run, keeps_ready;
        atomic_int looks[3]; /* by why */
        atomic_int runs, nice;
        atomic_int told[FAKE_FDS]; /* revents at the last look for a descriptor */
        sem_t look, run, leave, entered, leave_run;
} script;

static const struct mx_family fake_families[] = {
        { "memory_fake_looks_total", "Looks of the fake.", "", "", MX_COUNTER, MX_ONE, 0 },
};

static uint64_t cpu_usec(clockid_t clock)
{
        struct timespec ts;

        clock_gettime(clock, &ts);
        return MX_SECONDS((uint64_t)ts.tv_sec) + (uint64_t)ts.tv_nsec / 1000;
}

static void burn(uint64_t usec)
{
        uint64_t until = cpu_usec(CLOCK_THREAD_CPUTIME_ID) + usec;

        while (cpu_usec(CLOCK_THREAD_CPUTIME_ID) < until)
                ;
}

static int fake_open(void *state, const struct mx_host *host, const void *options,
                     struct mx_err *reterr)
{
        int r = atomic_load(&script.open_result);

        (void)state, (void)host, (void)options;
        return r < 0 ? mx_err_set(reterr, r, "told to", "fake", 0) : 0;
}

static int fake_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        int r = atomic_load(&script.result);

        (void)state;
        atomic_store(&script.nice, getpriority(PRIO_PROCESS, (id_t)gettid()));
        burn(atomic_load(&script.run_burns));
        sem_post(&script.entered);
        while (atomic_load(&script.hang_run) && sem_wait(&script.leave_run) != 0)
                ;
        mx_emit(sink, 0, (uint64_t)atomic_load(&script.looks[MX_LOOK_CLOCK]));
        atomic_fetch_add(&script.runs, 1);
        sem_post(&script.run);
        return r < 0 ? mx_err_set(reterr, r, "told to", "fake", 0) : 0;
}

static void fake_close(void *state)
{
        (void)state;
}

/* Takes what made it ready, unless it is to stay so. */
static void take_events(void)
{
        uint64_t count;

        for (size_t i = 0; i < script.n_fds; i++) {
                atomic_store(&script.told[i], script.fds[i].revents);
                if (script.fds[i].revents && !atomic_load(&script.keeps_ready))
                        ck_assert_int_eq((int)read(script.fds[i].fd, &count, sizeof(count)),
                                         sizeof(count));
        }
        if (script.next_period)
                script.period = script.next_period;
}

static enum mx_looked fake_watch(void *state, enum mx_look why, uint64_t now)
{
        int looked = atomic_exchange(&script.looked, atomic_load(&script.always));

        (void)state, (void)now;
        if (why == MX_LOOK_FD)
                take_events();
        burn(atomic_load(&script.look_burns));
        atomic_fetch_add(&script.looks[why], 1);
        sem_post(&script.look);
        while (atomic_load(&script.hang) && sem_wait(&script.leave) != 0)
                ;
        return (enum mx_looked)looked;
}

static void fake_plan(void *state, struct mx_watch_plan *ret)
{
        (void)state;
        *ret = (struct mx_watch_plan){ .period = script.period,
                                       .budget = script.budget,
                                       .fds = script.fds,
                                       .n_fds = script.n_fds };
}

#define FAKE(run_)                                                                                 \
        {                                                                                          \
                .abi = MX_ABI, .size = sizeof(struct mx_collector), .name = "fake",                \
                .help = "Does as it is told.", .source = "fake", .families = fake_families,        \
                .n_families = 1, .run = (run_), .max_series = 4, .max_bytes = 4096,                \
                .state_size = 1, .open = fake_open, .collect = fake_collect, .close = fake_close,  \
                .watch = fake_watch, .plan = fake_plan                                             \
        }

static const struct mx_collector fake_watcher = FAKE(MX_RUN_WATCH),
                                 fake_worker = FAKE(MX_RUN_WORKER);
static struct engine engine;
static struct settings *settings;

/* With no descriptor when `fd` is negative. What else the fake is to do is set before the first
 * run. */
static inline void start_as(const struct mx_collector *fake, uint64_t period, int fd)
{
        char error[SETTINGS_ERROR_MAX] = "";

        memset(&script, 0, sizeof(script));
        script.period = period;
        script.fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
        script.n_fds = 1; /* a negative one is passed over */
        sem_init(&script.look, 0, 0);
        sem_init(&script.run, 0, 0);
        sem_init(&script.leave, 0, 0);
        sem_init(&script.entered, 0, 0);
        sem_init(&script.leave_run, 0, 0);
        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        settings = harness_settings(fake);
        ck_assert_msg(engine_init(&engine, settings, error) == 0, "%s", error);
}

static inline void start(uint64_t period, int fd)
{
        start_as(&fake_watcher, period, fd);
}

static inline void ask(void)
{
        ck_assert(runner_ask(engine.runners[0], clock_usec(CLOCK_BOOTTIME)));
}

static inline void stop(void)
{
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
        settings_unref(settings);
}

static inline void wait_for(sem_t *what, unsigned n)
{
        while (n > 0)
                n -= sem_wait(what) == 0;
}

static inline void make_ready(int fd)
{
        uint64_t one = 1;

        ck_assert_int_eq((int)write(fd, &one, sizeof(one)), sizeof(one));
}

static inline struct collector_view view(void)
{
        struct collector_view v;

        ck_assert_uint_eq(engine_view(&engine, clock_usec(CLOCK_BOOTTIME), &v, 1), 1);
        return v;
}

#endif
