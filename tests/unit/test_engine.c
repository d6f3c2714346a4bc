/* SPDX-License-Identifier: Apache-2.0 */
/* The engine with collectors that do what the test tells them. */
#include "engine.h"

#include "canonical.h"
#include "harness.h"

#include "clock.h"

#include <semaphore.h>
#include <sys/mman.h>
#include <string.h>

/* What the fake collector does next, and how the test waits for it. */
static struct {
        atomic_int open_result, result;
        atomic_bool hang;
        sem_t entered, leave;
        atomic_int runs;
} script;

static const struct mx_family families[] = {
        { "memory_fake_runs_total", "Runs of the fake.", "", "", MX_COUNTER, MX_ONE, 0 },
};

static int fake_open(void *state, const struct mx_host *host, const void *options,
                     struct mx_err *reterr)
{
        int r = atomic_load(&script.open_result);

        (void)state, (void)options;
        if (r == -EWOULDBLOCK && host->may_block)
                r = 0;
        return r < 0 ? mx_err_set(reterr, r, "told to", "fake", 0) : 0;
}

static int fake_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        int r = atomic_load(&script.result);

        (void)state;
        if (atomic_load(&script.hang)) {
                sem_post(&script.entered);
                while (sem_wait(&script.leave) != 0)
                        ;
        }
        if (r < 0)
                return mx_err_set(reterr, r, "told to", "fake", 7);
        mx_emit(sink, 0, (uint64_t)atomic_fetch_add(&script.runs, 1) + 1);
        return 0;
}

static void fake_close(void *state)
{
        (void)state;
}

#define FAKE(run_)                                                                                 \
        {                                                                                          \
                .abi = MX_ABI, .size = sizeof(struct mx_collector), .name = "fake",                \
                .help = "Does as it is told.", .source = "fake", .families = families,             \
                .n_families = 1, .run = (run_), .max_series = 4, .max_bytes = 4096,                \
                .state_size = 1, .open = fake_open, .collect = fake_collect, .close = fake_close   \
        }

static const struct mx_collector fake_inline = FAKE(MX_RUN_INLINE),
                                 fake_worker = FAKE(MX_RUN_WORKER);
static const struct selection all = { 0 };
static struct engine engine;
static struct settings *settings;

static void start(const struct mx_collector *fake)
{
        char error[SETTINGS_ERROR_MAX] = "";

        memset(&script, 0, sizeof(script));
        sem_init(&script.entered, 0, 0);
        sem_init(&script.leave, 0, 0);
        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        settings = harness_settings(fake);
        ck_assert_msg(engine_init(&engine, settings, error) == 0, "%s", error);
}

static void stop(void)
{
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
        settings_unref(settings);
}

static uint64_t now_usec(void)
{
        return clock_usec(CLOCK_BOOTTIME);
}

static struct collector_view view(void)
{
        struct collector_view v;

        ck_assert_uint_eq(engine_view(&engine, now_usec(), &v, 1), 1);
        return v;
}

/* How many fragments a scrape at `now` would be given. */
static size_t served_at(uint64_t now)
{
        struct fragment *f[4];
        size_t n = engine_snapshot(&engine, &all, now, f, 4);

        for (size_t i = 0; i < n; i++)
                fragment_unref(f[i]);
        return n;
}

/* Waits for the worker's result: it comes through the store's lock, so looking is enough. */
static void wait_for_runs(uint64_t runs)
{
        while (view().status.runs < runs || view().status.running)
                sched_yield();
}

START_TEST(an_inline_collector_is_refreshed_by_a_scrape_when_it_is_older_than_min_age)
{
        start(&fake_inline);
        engine_refresh(&engine, &all, now_usec());
        engine_refresh(&engine, &all, now_usec());
        ck_assert_int_eq(atomic_load(&script.runs), 2);
        settings->min_age = MX_SECONDS(60);
        engine_refresh(&engine, &all, now_usec());
        ck_assert_int_eq(atomic_load(&script.runs), 2);
        ck_assert_int_eq(view().status.state, RUN_OK);
        ck_assert_uint_eq(served_at(now_usec()), 1);
        stop();
}
END_TEST

START_TEST(a_refresh_does_not_wait_for_whoever_is_collecting)
{
        start(&fake_inline);
        pthread_mutex_lock(&engine.shared.inline_lane);
        engine_refresh(&engine, &all, now_usec());
        ck_assert_int_eq(atomic_load(&script.runs), 0);
        pthread_mutex_unlock(&engine.shared.inline_lane);
        stop();
}
END_TEST

START_TEST(a_failed_run_publishes_nothing_and_the_old_result_stays_until_it_expires)
{
        uint64_t now;

        start(&fake_inline);
        engine_refresh(&engine, &all, now_usec());
        atomic_store(&script.result, -EIO);
        engine_refresh(&engine, &all, now_usec());
        now = now_usec();
        ck_assert_int_eq(view().status.state, RUN_FAILED);
        ck_assert_uint_eq(view().status.failures, 1);
        ck_assert_int_eq(view().status.err.code, -EIO);
        ck_assert_uint_eq(view().status.err.line, 7);
        ck_assert_uint_eq(served_at(now), 1);
        ck_assert(view().served);
        ck_assert_uint_eq(served_at(now + MX_SECONDS(61)), 0);
        ck_assert(!view().served);
        ck_assert_uint_eq(served_at(now), 0); /* dropped for good */
        atomic_store(&script.result, 0);
        engine_refresh(&engine, &all, now_usec());
        ck_assert_int_eq(view().status.state, RUN_OK);
        ck_assert_uint_eq(served_at(now_usec()), 1);
        stop();
}
END_TEST

START_TEST(an_unsupported_collector_serves_nothing_and_is_left_alone_for_a_while)
{
        start(&fake_inline);
        engine_refresh(&engine, &all, now_usec());
        atomic_store(&script.result, -EOPNOTSUPP);
        engine_refresh(&engine, &all, now_usec());
        ck_assert_int_eq(view().status.state, RUN_UNSUPPORTED);
        ck_assert_uint_eq(view().status.failures, 0);
        ck_assert_uint_eq(served_at(now_usec()), 0);
        atomic_store(&script.result, 0);
        engine_refresh(&engine, &all, now_usec());
        ck_assert_int_eq(view().status.state, RUN_UNSUPPORTED);
        engine_refresh(&engine, &all, now_usec() + RUNNER_UNSUPPORTED_RETRY_USEC);
        ck_assert_int_eq(view().status.state, RUN_OK);
        stop();
}
END_TEST

static const int lacking[] = { -ENOENT, -EACCES, -EPERM, -ENODEV, -EOPNOTSUPP };

START_TEST(a_source_that_cannot_be_opened_is_unsupported_and_not_an_error)
{
        start(&fake_inline);
        atomic_store(&script.open_result, lacking[_i]);
        engine_refresh(&engine, &all, now_usec());
        ck_assert_int_eq(view().status.state, RUN_UNSUPPORTED);
        ck_assert_int_eq(view().status.err.code, lacking[_i]);
        stop();
}
END_TEST

START_TEST(a_collector_whose_file_may_block_moves_to_a_thread)
{
        start(&fake_inline);
        atomic_store(&script.open_result, -EWOULDBLOCK);
        engine_refresh(&engine, &all, now_usec());
        ck_assert_uint_eq(view().status.runs, 0);
        runner_move_to_thread(engine.runners[0]);
        ck_assert(view().is_worker);
        ck_assert(runner_ask(engine.runners[0], now_usec()));
        wait_for_runs(1);
        ck_assert_int_eq(view().status.state, RUN_OK);
        stop();
}
END_TEST

START_TEST(a_worker_that_hangs_is_reported_once_and_asked_no_more_until_it_comes_back)
{
        uint64_t asked = now_usec();
        struct runner *r;

        start(&fake_worker);
        r = engine.runners[0];
        atomic_store(&script.hang, true);
        ck_assert(runner_ask(r, asked));
        sem_wait(&script.entered);
        ck_assert(!runner_ask(r, asked + 1));
        runner_check_deadline(r, asked - 1); /* of an earlier run */
        ck_assert_uint_eq(view().status.timeouts, 0);
        runner_check_deadline(r, asked);
        runner_check_deadline(r, asked);
        ck_assert_uint_eq(view().status.timeouts, 1);
        ck_assert(view().status.overdue);
        atomic_store(&script.hang, false);
        sem_post(&script.leave);
        wait_for_runs(1);
        ck_assert(!view().status.overdue);
        ck_assert_int_eq(view().status.state, RUN_OK);
        ck_assert_uint_eq(served_at(now_usec()), 1); /* late, and still true */
        stop();
}
END_TEST

/* What is on standard error so far, with `text` in it how often? */
static size_t count_said(int fd, const char *text)
{
        char log[8192];
        ssize_t n = pread(fd, log, sizeof(log) - 1, 0);
        size_t count = 0;

        ck_assert_int_ge((int)n, 0);
        log[n] = '\0';
        for (const char *p = log; (p = strstr(p, text)); p++)
                count++;
        return count;
}

static void run_late(struct runner *r, uint64_t runs, bool late)
{
        uint64_t asked = now_usec();

        ck_assert(runner_ask(r, asked));
        sem_wait(&script.entered);
        if (late)
                runner_check_deadline(r, asked);
        sem_post(&script.leave);
        wait_for_runs(runs);
}

START_TEST(a_row_of_late_runs_is_said_once_when_it_begins_and_once_when_it_ends)
{
        int old = dup(STDERR_FILENO), file = memfd_create("log", MFD_CLOEXEC);

        start(&fake_worker);
        ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
        log_setup(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT);
        atomic_store(&script.hang, true);
        for (uint64_t i = 0; i < 8; i++)
                run_late(engine.runners[0], i + 1, i % 4 < 3);
        stop(); /* the last lines are written after the run has been counted */
        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        ck_assert_int_eq(dup2(old, STDERR_FILENO), STDERR_FILENO);
        close(old);
        ck_assert_uint_eq(count_said(file, "is past its deadline"), 2);
        ck_assert_uint_eq(count_said(file, "keeps its deadline again"), 2);
        close(file);
}
END_TEST

START_TEST(stopping_does_not_wait_for_a_worker_that_hangs)
{
        start(&fake_worker);
        atomic_store(&script.hang, true);
        ck_assert(runner_ask(engine.runners[0], now_usec()));
        sem_wait(&script.entered);
        ck_assert_uint_eq(engine_stop(&engine, 10000), 1);
        atomic_store(&script.hang, false);
        sem_post(&script.leave);
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
        settings_unref(settings);
}
END_TEST

START_TEST(a_reload_leaves_unchanged_collectors_alone_and_makes_the_others_anew)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *same, *other;
        struct runner *before;

        start(&fake_inline);
        engine_refresh(&engine, &all, now_usec());
        before = engine.runners[0];
        same = harness_settings(&fake_inline);
        ck_assert_int_eq(engine_reload(&engine, same, error), 0);
        ck_assert_ptr_eq(engine.runners[0], before);
        ck_assert_uint_eq(view().status.runs, 1);
        other = harness_settings(&fake_worker);
        ck_assert_int_eq(engine_reload(&engine, other, error), 0);
        ck_assert_ptr_ne(engine.runners[0], before);
        ck_assert_uint_eq(view().status.runs, 0);
        settings_unref(same);
        settings_unref(other);
        stop();
}
END_TEST

static void rewrite_canonical(struct collector_settings *cs)
{
        free(cs->canonical);
        ck_assert_int_eq(canonical_text(&cs->canonical, cs), 0);
}

/* The fake's schedule is 200 ms, 30 ms and 90 s from then on. */
static struct settings *rescheduled(const struct mx_collector *c)
{
        struct settings *s = harness_settings(c);

        s->collectors[0].interval = 200000;
        s->collectors[0].deadline = 30000;
        s->collectors[0].expiry = MX_SECONDS(90);
        rewrite_canonical(&s->collectors[0]);
        return s;
}

START_TEST(a_reload_that_changes_only_the_schedule_keeps_what_a_collector_knows)
{
        const struct mx_collector *c = _i ? &fake_worker : &fake_inline;
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *next;
        struct runner *before;

        start(c);
        rewrite_canonical(&settings->collectors[0]);
        before = engine.runners[0];
        if (_i)
                ck_assert(runner_ask(before, now_usec()));
        else
                engine_refresh(&engine, &all, now_usec());
        next = rescheduled(c);
        ck_assert_int_eq(engine_reload(&engine, next, error), 0); /* with the run on its way */
        settings_unref(next);
        ck_assert_ptr_eq(engine.runners[0], before);
        ck_assert_ptr_ne(before->config,
                         next->collectors); /* of its options, which it still uses */
        ck_assert_uint_eq(before->interval, 200000);
        ck_assert_uint_eq(before->deadline, 30000);
        wait_for_runs(1);
        ck_assert_uint_eq(served_at(now_usec() + MX_SECONDS(80)), 1);
        ck_assert_uint_eq(served_at(now_usec() + MX_SECONDS(91)), 0);
        ck_assert_int_eq(atomic_load(&script.runs), 1);
        stop();
}
END_TEST

START_TEST(a_reload_that_changes_more_than_the_schedule_makes_a_collector_anew)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *next;
        struct runner *before;

        start(&fake_inline);
        rewrite_canonical(&settings->collectors[0]);
        before = runner_ref(engine.runners[0]);
        next = rescheduled(&fake_inline);
        next->collectors[0].max_series++;
        rewrite_canonical(&next->collectors[0]);
        ck_assert_int_eq(engine_reload(&engine, next, error), 0);
        ck_assert_ptr_ne(engine.runners[0], before);
        ck_assert_uint_eq(engine.runners[0]->interval, 200000);
        runner_unref(before);
        settings_unref(next);
        stop();
}
END_TEST

START_TEST(a_reload_that_removes_a_hanging_collector_leaves_it_to_end_by_itself)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *none;
        struct runner *r;

        start(&fake_worker);
        r = runner_ref(engine.runners[0]);
        atomic_store(&script.hang, true);
        ck_assert(runner_ask(r, now_usec()));
        sem_wait(&script.entered);
        none = harness_settings(&fake_worker);
        none->collectors[0].enabled = false;
        ck_assert_int_eq(engine_reload(&engine, none, error), 0);
        ck_assert_uint_eq(engine.n_runners, 0);
        atomic_store(&script.hang, false);
        sem_post(&script.leave);
        ck_assert(worker_stop(r, clock_usec(CLOCK_MONOTONIC) + MX_SECONDS(10)));
        runner_unref(r);
        settings_unref(none);
        stop();
}
END_TEST

START_TEST(a_selection_names_what_is_wanted_or_what_is_not)
{
        static const char *const names[] = { "fake" };
        struct selection only = { .n = 1, .names = names };
        struct selection but = { .exclude = true, .n = 1, .names = names };
        struct fragment *f[4];

        start(&fake_inline);
        engine_refresh(&engine, &but, now_usec());
        ck_assert_int_eq(atomic_load(&script.runs), 0);
        engine_refresh(&engine, &only, now_usec());
        ck_assert_int_eq(atomic_load(&script.runs), 1);
        ck_assert_uint_eq(engine_snapshot(&engine, &but, now_usec(), f, 4), 0);
        ck_assert_uint_eq(engine_snapshot(&engine, &only, now_usec(), f, 4), 1);
        fragment_unref(f[0]);
        stop();
}
END_TEST

int main(void)
{
        Suite *s = suite_create("engine");
        TCase *t = tcase_create("engine");

        tcase_set_timeout(t, 60);
        tcase_add_test(t,
                       an_inline_collector_is_refreshed_by_a_scrape_when_it_is_older_than_min_age);
        tcase_add_test(t, a_refresh_does_not_wait_for_whoever_is_collecting);
        tcase_add_test(t, a_failed_run_publishes_nothing_and_the_old_result_stays_until_it_expires);
        tcase_add_test(t, an_unsupported_collector_serves_nothing_and_is_left_alone_for_a_while);
        tcase_add_loop_test(t, a_source_that_cannot_be_opened_is_unsupported_and_not_an_error, 0,
                            (int)MX_ARRAY_SIZE(lacking));
        tcase_add_test(t, a_collector_whose_file_may_block_moves_to_a_thread);
        tcase_add_test(t,
                       a_worker_that_hangs_is_reported_once_and_asked_no_more_until_it_comes_back);
        tcase_add_test(t, a_row_of_late_runs_is_said_once_when_it_begins_and_once_when_it_ends);
        tcase_add_test(t, stopping_does_not_wait_for_a_worker_that_hangs);
        tcase_add_test(t, a_reload_leaves_unchanged_collectors_alone_and_makes_the_others_anew);
        tcase_add_loop_test(t, a_reload_that_changes_only_the_schedule_keeps_what_a_collector_knows,
                            0, 2);
        tcase_add_test(t, a_reload_that_changes_more_than_the_schedule_makes_a_collector_anew);
        tcase_add_test(t, a_reload_that_removes_a_hanging_collector_leaves_it_to_end_by_itself);
        tcase_add_test(t, a_selection_names_what_is_wanted_or_what_is_not);
        suite_add_tcase(s, t);
        return harness_main(s);
}
