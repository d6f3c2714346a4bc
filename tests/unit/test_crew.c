/* SPDX-License-Identifier: Apache-2.0 */
/* Collectors that share threads: who runs where and when, and what becomes of the others when one
 * hangs. */
#include "engine.h"
#include "harness.h"

#include "clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define N_FAKES 4
#define ROUNDS  2000

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* What each fake does, and what it has seen. */
static struct {
        atomic_bool hangs;
        sem_t entered, leave;
        atomic_int runs, order, tid;
        char name[16];
} script[N_FAKES];
static atomic_int n_runs;

static const struct mx_family families[N_FAKES] = {
        { "memory_fake_a", "A value.", "", "", MX_GAUGE, MX_ONE, 0 },
        { "memory_fake_b", "A value.", "", "", MX_GAUGE, MX_ONE, 0 },
        { "memory_fake_c", "A value.", "", "", MX_GAUGE, MX_ONE, 0 },
        { "memory_fake_d", "A value.", "", "", MX_GAUGE, MX_ONE, 0 },
};

static int fake_open(void *state, const struct mx_host *host, const void *options,
                     struct mx_err *reterr)
{
        (void)state, (void)host, (void)options, (void)reterr;
        return 0;
}

static int run_fake(size_t i, struct mx_sink *sink)
{
        prctl(PR_GET_NAME, script[i].name);
        atomic_store(&script[i].tid, gettid());
        atomic_store(&script[i].order, atomic_fetch_add(&n_runs, 1));
        sem_post(&script[i].entered);
        while (atomic_load(&script[i].hangs) && sem_wait(&script[i].leave) != 0)
                ;
        mx_emit(sink, 0, (uint64_t)atomic_fetch_add(&script[i].runs, 1));
        return 0;
}

#define COLLECT(i)                                                                                 \
        static int collect_##i(void *state, struct mx_sink *sink, struct mx_err *reterr)           \
        {                                                                                          \
                (void)state, (void)reterr;                                                         \
                return run_fake(i, sink);                                                          \
        }
COLLECT(0)
COLLECT(1)
COLLECT(2)
COLLECT(3)

static void fake_close(void *state)
{
        (void)state;
}

#define FAKE(i, name_)                                                                             \
        {                                                                                          \
                .abi = MX_ABI, .size = sizeof(struct mx_collector), .name = name_,                 \
                .help = "Makes one sample.", .source = "fake", .families = &families[i],           \
                .n_families = 1, .run = MX_RUN_WORKER, .max_series = 4, .max_bytes = 4096,         \
                .state_size = 1, .open = fake_open, .collect = collect_##i, .close = fake_close    \
        }

static const struct mx_collector fakes[N_FAKES] = {
        FAKE(0, "fake_a"),
        FAKE(1, "fake_b"),
        FAKE(2, "fake_c"),
        FAKE(3, "fake_of_a_long_name"),
};

static struct engine engine;

/* Settings in which the fakes with a bit in `mask` are enabled. */
static struct settings *make_settings(unsigned mask)
{
        struct settings *s = harness_settings(&fakes[0]);

        for (size_t i = 0; i < N_FAKES; i++) {
                struct collector_settings *cs = &s->collectors[i];

                if (i > 0) {
                        options_free(cs->options, cs->collector);
                        cs->options = NULL;
                }
                cs->collector = &fakes[i];
                cs->deadline = MX_SECONDS(5);
                cs->expiry = MX_SECONDS(60);
                cs->max_series = 4;
                cs->enabled = mask >> i & 1;
        }
        return s;
}

static void start_with(struct settings *s)
{
        char error[SETTINGS_ERROR_MAX] = "";

        for (size_t i = 0; i < N_FAKES; i++) {
                sem_init(&script[i].entered, 0, 0);
                sem_init(&script[i].leave, 0, 0);
        }
        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        ck_assert_msg(engine_init(&engine, s, error) == 0, "%s", error);
        settings_unref(s);
}

static void start(void)
{
        start_with(make_settings(15));
}

static void reload(unsigned mask)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *s = make_settings(mask);

        ck_assert_msg(engine_reload(&engine, s, error) == 0, "%s", error);
        settings_unref(s);
}

static void stop(void)
{
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
}

static uint64_t now_usec(void)
{
        return clock_usec(CLOCK_BOOTTIME);
}

static struct runner *fake(size_t i)
{
        return engine.runners[i];
}

static uint64_t ask(size_t i)
{
        uint64_t now = now_usec();

        ck_assert(runner_ask(fake(i), now));
        return now;
}

static void wait_for(sem_t *what)
{
        while (sem_wait(what) != 0)
                ;
}

static struct runner_status status(size_t i)
{
        struct collector_view v[N_FAKES];

        ck_assert_uint_gt(engine_view(&engine, now_usec(), v, N_FAKES), i);
        return v[i].status;
}

static void wait_until_run(size_t i, uint64_t runs)
{
        while (status(i).runs < runs || status(i).running)
                sched_yield();
}

static unsigned threads(void)
{
        return atomic_load(&engine.shared.threads);
}

static void wait_for_threads(unsigned n)
{
        while (threads() != n)
                sched_yield();
}

static void hang(size_t i)
{
        atomic_store(&script[i].hangs, true);
        ask(i);
        wait_for(&script[i].entered);
}

static void release(size_t i)
{
        atomic_store(&script[i].hangs, false);
        sem_post(&script[i].leave);
}

/* As the main loop does, though without the wait. */
static void relieve(void)
{
        uint64_t due = crew_due(&engine.shared.crew);

        ck_assert_uint_ne(due, UINT64_MAX);
        crew_relieve(&engine.shared.crew, due);
}

START_TEST(collectors_share_one_thread_which_runs_them_in_the_order_asked)
{
        static const size_t order[] = { 2, 0, 3, 1 };

        start();
        hang(1);
        for (size_t i = 0; i < 3; i++)
                ask(order[i]);
        release(1);
        for (size_t i = 0; i < 3; i++)
                wait_until_run(order[i], 1);
        wait_until_run(1, 1);
        for (size_t i = 0; i < 3; i++) {
                ck_assert_int_eq(atomic_load(&script[order[i]].order), (int)i + 1);
                ck_assert_int_eq(atomic_load(&script[i].tid), atomic_load(&script[3].tid));
        }
        ck_assert_uint_eq(threads(), 1);
        stop();
}
END_TEST

START_TEST(nobody_is_given_another_thread_while_one_is_at_rest)
{
        start();
        for (uint64_t round = 1; round <= 50; round++)
                for (size_t i = 0; i < N_FAKES; i++) {
                        ask(i);
                        wait_until_run(i, round);
                }
        crew_relieve(&engine.shared.crew, UINT64_MAX - 1);
        ck_assert_uint_eq(threads(), 1);
        stop();
}
END_TEST

START_TEST(who_waits_behind_one_that_hangs_is_given_another_thread_after_its_patience)
{
        uint64_t asked, due;

        start();
        hang(0);
        ck_assert_uint_eq(crew_due(&engine.shared.crew), UINT64_MAX); /* nobody waits */
        asked = ask(1);
        ask(2);
        due = crew_due(&engine.shared.crew);
        ck_assert_uint_eq(due, asked + CREW_PATIENCE_USEC);
        crew_relieve(&engine.shared.crew, due - 1);
        ck_assert_uint_eq(threads(), 1);
        ck_assert_uint_eq(status(1).runs, 0);
        crew_relieve(&engine.shared.crew, due);
        wait_until_run(1, 1);
        wait_until_run(2, 1);
        ck_assert_uint_eq(threads(), 2);
        ck_assert_uint_eq(crew_due(&engine.shared.crew), UINT64_MAX);
        ask(1); /* from now on they wait for nobody */
        wait_until_run(1, 2);
        ck_assert_uint_eq(status(0).runs, 0);
        release(0);
        wait_until_run(0, 1);
        wait_for_threads(1); /* the one that came back was needed no more, or the other was not */
        ask(3);
        wait_until_run(3, 1);
        stop();
}
END_TEST

/* As if a thread had been woken, and others had the CPU. */
static void set_resting(unsigned n)
{
        struct crew *c = &engine.shared.crew;

        pthread_mutex_lock(&c->lock);
        c->n_resting = n;
        pthread_mutex_unlock(&c->lock);
}

START_TEST(a_thread_at_rest_that_lacks_the_cpu_is_waited_for)
{
        uint64_t due;

        start();
        hang(0);
        set_resting(1);
        ask(1);
        ask(2);
        for (unsigned i = 0; i < 10; i++) {
                due = crew_due(&engine.shared.crew);
                crew_relieve(&engine.shared.crew, due);
                ck_assert_uint_eq(threads(), 1);
                ck_assert_uint_eq(crew_due(&engine.shared.crew), due + CREW_GAP_USEC);
        }
        set_resting(0);
        relieve();
        wait_until_run(1, 1);
        wait_until_run(2, 1);
        release(0);
        stop();
}
END_TEST

START_TEST(a_run_that_is_slow_each_time_costs_a_thread_each_time_and_leaves_none)
{
        start();
        for (unsigned k = 0; k < 20; k++) {
                hang(0);
                ask(1);
                relieve();
                wait_until_run(1, k + 1);
                ck_assert_uint_eq(threads(), 2);
                release(0);
                wait_until_run(0, k + 1);
                wait_for_threads(1);
                sem_init(&script[0].leave, 0, 0); /* which it need not have waited for */
        }
        stop();
}
END_TEST

START_TEST(patience_is_no_longer_than_half_of_the_deadline)
{
        struct settings *s = make_settings(15);
        uint64_t asked;

        s->collectors[1].deadline = 300000;
        start_with(s);
        hang(0);
        ask(2);
        asked = ask(1);
        ck_assert_uint_eq(crew_due(&engine.shared.crew),
                          MX_MAX(asked + 150000, engine.shared.crew.moved_usec + CREW_GAP_USEC));
        release(0);
        stop();
}
END_TEST

START_TEST(when_all_hang_each_has_a_thread_and_afterwards_one_is_left)
{
        start();
        for (size_t i = 0; i < N_FAKES; i++) {
                atomic_store(&script[i].hangs, true);
                ask(i);
        }
        wait_for(&script[0].entered);
        for (unsigned i = 1; i < N_FAKES; i++) {
                relieve();
                wait_for(&script[i].entered);
                ck_assert_uint_eq(threads(), i + 1);
        }
        crew_relieve(&engine.shared.crew, UINT64_MAX - 1);
        ck_assert_uint_eq(threads(), N_FAKES);
        for (size_t i = 0; i < N_FAKES; i++)
                release(i);
        for (size_t i = 0; i < N_FAKES; i++)
                wait_until_run(i, 1);
        wait_for_threads(1);
        stop();
}
END_TEST

START_TEST(the_deadline_counts_from_the_beginning_of_a_run)
{
        uint64_t asked, before;

        start();
        hang(0);
        asked = ask(1);
        ck_assert_uint_eq(runner_deadline(fake(1), asked), asked + MX_SECONDS(5));
        ck_assert_uint_eq(runner_deadline(fake(1), asked - 1), 0); /* of an earlier run */
        atomic_store(&script[1].hangs, true);
        usleep(1000); /* so that the beginning is another time */
        before = now_usec();
        release(0);
        wait_for(&script[1].entered);
        ck_assert_uint_ge(runner_deadline(fake(1), asked), before + MX_SECONDS(5));
        release(1);
        wait_until_run(1, 1);
        ck_assert_uint_eq(runner_deadline(fake(1), asked), 0);
        stop();
}
END_TEST

START_TEST(one_that_waits_for_a_thread_beyond_its_deadline_is_overdue_until_it_has_run)
{
        uint64_t asked;

        start();
        hang(0);
        asked = ask(1);
        ck_assert(!runner_ask(fake(1), asked + 1)); /* it waits already */
        runner_check_deadline(fake(1), asked);
        ck_assert(status(1).overdue);
        ck_assert_uint_eq(status(1).timeouts, 1);
        ck_assert(!status(0).overdue);
        release(0);
        wait_until_run(1, 1);
        ck_assert(!status(1).overdue);
        stop();
}
END_TEST

START_TEST(a_reload_that_removes_one_that_waits_takes_it_out_at_once)
{
        struct runner *r;

        start();
        hang(0);
        ask(1);
        ask(2);
        r = runner_ref(fake(1));
        reload(13);
        ck_assert(worker_stop(r, 0));
        runner_unref(r);
        relieve();
        wait_until_run(1, 1); /* what is in its place now is the third */
        ck_assert_int_eq(atomic_load(&script[1].runs), 0);
        ck_assert_int_eq(atomic_load(&script[2].runs), 1);
        release(0);
        stop();
}
END_TEST

START_TEST(one_that_a_reload_removes_while_it_hangs_keeps_its_thread_until_it_comes_back)
{
        struct runner *r;

        start();
        hang(0);
        r = runner_ref(fake(0));
        reload(2);
        ck_assert(!worker_stop(r, 0));
        ask(0); /* the second fake now: there is a thread, though none for it */
        relieve();
        wait_until_run(0, 1);
        ck_assert_uint_eq(threads(), 2);
        reload(0);
        wait_for_threads(1); /* nobody is left but the one that hangs */
        ck_assert_uint_eq(engine_stop(&engine, 10000), 1);
        release(0);
        ck_assert(worker_stop(r, clock_usec(CLOCK_MONOTONIC) + MX_SECONDS(10)));
        runner_unref(r);
        stop();
}
END_TEST

START_TEST(a_stop_waits_for_one_that_hangs_and_not_for_those_behind_it)
{
        uint64_t began = clock_usec(CLOCK_MONOTONIC);

        start();
        hang(0);
        ask(1);
        ask(2);
        ck_assert_uint_eq(engine_stop(&engine, 50000), 1);
        ck_assert_uint_ge(clock_usec(CLOCK_MONOTONIC) - began, 50000);
        release(0);
        stop();
        ck_assert_int_eq(atomic_load(&script[1].runs), 0);
}
END_TEST

struct late_leaver {
        struct crew *crew;
        struct crew_place *place;
        uint64_t until;
};

/* Keeps the lock from when it is waited for until the time is over, and lets the collector leave
 * then. */
static void *leave_late(void *cls)
{
        const struct late_leaver *l = cls;
        bool is_waited_for = false;

        while (!is_waited_for) {
                pthread_mutex_lock(&l->crew->lock);
                is_waited_for = l->place->leaves;
                if (is_waited_for) {
                        while (clock_usec(CLOCK_MONOTONIC) < l->until + 10000)
                                sched_yield();
                        l->place->has_left = true;
                }
                pthread_mutex_unlock(&l->crew->lock);
        }
        return NULL;
}

START_TEST(one_that_leaves_as_the_time_runs_out_has_left)
{
        struct late_leaver l;
        struct runner *r;
        pthread_t thread;

        start();
        hang(0);
        r = runner_ref(fake(0));
        l = (struct late_leaver){ &engine.shared.crew, &r->worker.place,
                                  clock_usec(CLOCK_MONOTONIC) + MX_SECONDS(1) };
        ck_assert_int_eq(pthread_create(&thread, NULL, leave_late, &l), 0);
        ck_assert(crew_leave(&engine.shared.crew, r, l.until));
        pthread_join(thread, NULL);
        release(0);
        stop();
        runner_unref(r);
}
END_TEST

static void assert_comm(int tid, const char *name)
{
        char path[64], comm[17] = "";
        FILE *f;

        snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
        f = fopen(path, "re");
        ck_assert_ptr_nonnull(f);
        ck_assert_ptr_nonnull(fgets(comm, sizeof(comm), f));
        fclose(f);
        comm[strcspn(comm, "\n")] = '\0';
        ck_assert_str_eq(comm, name);
}

START_TEST(the_thread_has_the_name_of_the_collector_that_it_runs)
{
        start();
        ask(3);
        wait_until_run(3, 1);
        hang(0); /* by now the one before has been put away */
        ck_assert_str_eq(script[3].name, "fake_of_a_long_");
        ck_assert_str_eq(script[0].name, "fake_a");
        release(0);
        wait_until_run(0, 1);
        hang(1);
        assert_comm(atomic_load(&script[1].tid), "fake_b");
        release(1);
        stop();
}
END_TEST

START_TEST(a_thread_that_is_added_has_the_name_of_the_collector_that_hangs_on_it)
{
        for (unsigned round = 0; round < 50; round++) {
                start();
                hang(0);
                atomic_store(&script[1].hangs, true);
                ask(1);
                relieve();
                wait_for(&script[1].entered);
                assert_comm(atomic_load(&script[1].tid), "fake_b");
                release(0);
                release(1);
                stop();
        }
}
END_TEST

START_TEST(a_plugin_has_a_thread_of_its_own)
{
        struct settings *s = make_settings(15);

        s->collectors[1].is_plugin = true;
        start_with(s);
        hang(0);
        ask(1);
        wait_until_run(1, 1);
        ck_assert_int_ne(atomic_load(&script[0].tid), atomic_load(&script[1].tid));
        ck_assert_uint_eq(threads(), 2);
        release(0);
        stop();
}
END_TEST

START_TEST(whatever_is_asked_for_is_run_once_however_it_is_asked)
{
        uint64_t asked[N_FAKES] = { 0 };

        start();
        for (size_t round = 0; round < ROUNDS; round++)
                for (size_t i = 0; i < N_FAKES; i++) {
                        asked[i] += runner_ask(fake(i), now_usec());
                        if ((round + i) % 7 == 0) /* more threads than it takes, and back */
                                crew_relieve(&engine.shared.crew, UINT64_MAX - 1);
                }
        for (size_t i = 0; i < N_FAKES; i++)
                wait_until_run(i, asked[i]);
        for (size_t i = 0; i < N_FAKES; i++)
                ck_assert_uint_eq((uint64_t)atomic_load(&script[i].runs), asked[i]);
        wait_for_threads(1);
        stop();
}
END_TEST

START_TEST(reloads_stops_and_runs_at_the_same_time_leave_nothing_behind)
{
        for (unsigned round = 0; round < 50; round++) {
                start();
                for (size_t i = 0; i < N_FAKES; i++)
                        ask(i);
                reload(round % 16);
                for (size_t i = 0; i < engine.n_runners; i++)
                        (void)runner_ask(fake(i), now_usec());
                reload(15);
                for (size_t i = 0; i < N_FAKES; i++)
                        (void)runner_ask(fake(i), now_usec());
                stop();
        }
}
END_TEST

/* No room for one more stack. */
static void forbid_threads(struct rlimit *ret_before)
{
        FILE *f = fopen("/proc/self/statm", "re");
        unsigned long pages = 0;
        struct rlimit limit;

        ck_assert_ptr_nonnull(f);
        ck_assert_int_eq(fscanf(f, "%lu", &pages), 1);
        fclose(f);
        ck_assert_int_eq(getrlimit(RLIMIT_AS, ret_before), 0);
        limit = *ret_before;
        limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + 65536;
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

/* What has gone to standard error since the call before, as a number of lines. */
static unsigned lines_said(int fd)
{
        char text[4096];
        ssize_t n = read(fd, text, sizeof(text));
        unsigned lines = 0;

        for (ssize_t i = 0; i < n; i++)
                lines += text[i] == '\n';
        return lines;
}

START_TEST(a_first_thread_that_cannot_be_started_is_said_once_and_tried_again_at_the_next_run)
{
        struct rlimit before;
        int said[2];

        if (IS_SANITIZED)
                return;
        start();
        ck_assert_int_eq(pipe2(said, O_CLOEXEC | O_NONBLOCK), 0);
        ck_assert_int_ge(dup2(said[1], STDERR_FILENO), 0);
        forbid_threads(&before);
        ck_assert(!runner_ask(fake(0), now_usec()));
        ck_assert_uint_eq(lines_said(said[0]), 1);
        ck_assert(!runner_ask(fake(1), now_usec()));
        ck_assert(!runner_ask(fake(0), now_usec()));
        ck_assert_uint_eq(lines_said(said[0]), 0);
        ck_assert_uint_eq(threads(), 0);
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
        ask(0);
        wait_until_run(0, 1);
        ck_assert_uint_eq(threads(), 1);
        stop();
}
END_TEST

START_TEST(another_thread_that_cannot_be_started_is_tried_again_a_second_later)
{
        struct rlimit before;
        uint64_t due;

        if (IS_SANITIZED)
                return;
        start();
        hang(0);
        ask(1);
        due = crew_due(&engine.shared.crew);
        forbid_threads(&before);
        crew_relieve(&engine.shared.crew, due);
        ck_assert_uint_eq(threads(), 1);
        ck_assert_uint_eq(crew_due(&engine.shared.crew), due + CREW_RETRY_USEC);
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
        relieve();
        wait_until_run(1, 1);
        release(0);
        stop();
}
END_TEST

START_TEST(it_is_tried_again_no_sooner_when_somebody_is_taken_meanwhile)
{
        struct rlimit before;
        uint64_t due;

        if (IS_SANITIZED)
                return;
        start();
        hang(0);
        atomic_store(&script[1].hangs, true);
        ask(1);
        ask(2);
        due = crew_due(&engine.shared.crew);
        forbid_threads(&before);
        crew_relieve(&engine.shared.crew, due);
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
        release(0);
        wait_for(&script[1].entered);
        ck_assert_uint_eq(crew_due(&engine.shared.crew), due + CREW_RETRY_USEC);
        relieve();
        wait_until_run(2, 1);
        release(1);
        stop();
}
END_TEST

START_TEST(one_thread_is_always_left_however_often_another_cannot_be_started)
{
        uint64_t asked[N_FAKES] = { 0 };
        struct rlimit before;

        if (IS_SANITIZED)
                return;
        start();
        ask(0);
        wait_until_run(0, 1);
        asked[0] = 1;
        forbid_threads(&before);
        for (size_t round = 0; round < ROUNDS; round++) {
                for (size_t i = 0; i < N_FAKES; i++) {
                        uint64_t due;

                        asked[i] += runner_ask(fake(i), now_usec());
                        due = crew_due(&engine.shared.crew);
                        if (due != UINT64_MAX)
                                crew_relieve(&engine.shared.crew, due);
                }
        }
        for (size_t i = 0; i < N_FAKES; i++)
                wait_until_run(i, asked[i]);
        ck_assert_uint_eq(threads(), 1);
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
        stop();
}
END_TEST

int main(void)
{
        Suite *s = suite_create("crew");
        TCase *t = tcase_create("crew");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, collectors_share_one_thread_which_runs_them_in_the_order_asked);
        tcase_add_test(t, nobody_is_given_another_thread_while_one_is_at_rest);
        tcase_add_test(t,
                       who_waits_behind_one_that_hangs_is_given_another_thread_after_its_patience);
        tcase_add_test(t, patience_is_no_longer_than_half_of_the_deadline);
        tcase_add_test(t, when_all_hang_each_has_a_thread_and_afterwards_one_is_left);
        tcase_add_test(t, the_deadline_counts_from_the_beginning_of_a_run);
        tcase_add_test(t,
                       one_that_waits_for_a_thread_beyond_its_deadline_is_overdue_until_it_has_run);
        tcase_add_test(t, a_reload_that_removes_one_that_waits_takes_it_out_at_once);
        tcase_add_test(
                t, one_that_a_reload_removes_while_it_hangs_keeps_its_thread_until_it_comes_back);
        tcase_add_test(t, a_stop_waits_for_one_that_hangs_and_not_for_those_behind_it);
        tcase_add_test(t, the_thread_has_the_name_of_the_collector_that_it_runs);
        tcase_add_test(t, a_plugin_has_a_thread_of_its_own);
        tcase_add_test(t, whatever_is_asked_for_is_run_once_however_it_is_asked);
        tcase_add_test(t, reloads_stops_and_runs_at_the_same_time_leave_nothing_behind);
        tcase_add_test(
                t,
                a_first_thread_that_cannot_be_started_is_said_once_and_tried_again_at_the_next_run);
        tcase_add_test(t, another_thread_that_cannot_be_started_is_tried_again_a_second_later);
        tcase_add_test(t, it_is_tried_again_no_sooner_when_somebody_is_taken_meanwhile);
        tcase_add_test(t, one_thread_is_always_left_however_often_another_cannot_be_started);
        tcase_add_test(t, a_thread_at_rest_that_lacks_the_cpu_is_waited_for);
        tcase_add_test(t, a_run_that_is_slow_each_time_costs_a_thread_each_time_and_leaves_none);
        tcase_add_test(t, one_that_leaves_as_the_time_runs_out_has_left);
        tcase_add_test(t, a_thread_that_is_added_has_the_name_of_the_collector_that_hangs_on_it);
        suite_add_tcase(s, t);
        return harness_main(s);
}
