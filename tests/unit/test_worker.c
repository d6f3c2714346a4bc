/* SPDX-License-Identifier: Apache-2.0 */
/* When a collector's thread looks and runs. */
#include "worker_fake.h"

START_TEST(a_collector_looks_at_its_period_from_its_first_run_on)
{
        uint64_t began = clock_usec(CLOCK_MONOTONIC);

        start(2000, -1);
        ck_assert(view().watches);
        ask();
        wait_for(&script.look, 20);
        ck_assert_uint_ge(clock_usec(CLOCK_MONOTONIC) - began, 20 * 2000);
        stop();
        ck_assert_int_eq(atomic_load(&script.runs), 1);
}
END_TEST

START_TEST(what_the_looks_cost_and_the_period_they_keep_can_be_seen)
{
        struct runner_status st;

        start(2000, -1);
        ask();
        wait_for(&script.look, 20); /* the 20th is counted when it has ended, the 19th has */
        st = view().status;
        ck_assert_uint_ge(st.looks, 19);
        ck_assert_uint_gt(st.looks_cpu_usec, 0);
        ck_assert_uint_ge(st.look_period_usec, 2000 * 3 / 4);
        stop();
}
END_TEST

START_TEST(a_descriptor_that_is_ready_makes_it_look_and_nothing_else_does)
{
        int fd = eventfd(0, EFD_CLOEXEC);

        start(0, fd);
        ask();
        wait_for(&script.run, 1);
        for (int i = 0; i < 3; i++) {
                make_ready(fd);
                wait_for(&script.look, 1);
        }
        stop();
        ck_assert_int_eq(atomic_load(&script.looks[MX_LOOK_FD]), 3);
        ck_assert_int_eq(atomic_load(&script.looks[MX_LOOK_CLOCK]), 0);
        close(fd);
}
END_TEST

START_TEST(a_look_that_left_something_to_do_is_called_again_at_once)
{
        int fd = eventfd(1, EFD_CLOEXEC);

        start(0, fd);
        atomic_store(&script.looked, MX_LOOKED_AGAIN);
        ask();
        wait_for(&script.look, 2);
        stop();
        ck_assert_int_eq(atomic_load(&script.looks[MX_LOOK_FD]), 1);
        ck_assert_int_eq(atomic_load(&script.looks[MX_LOOK_CONTINUE]), 1);
        close(fd);
}
END_TEST

START_TEST(news_bring_a_run_that_nobody_asked_for_but_at_most_one_a_second)
{
        int fd = eventfd(0, EFD_CLOEXEC);
        uint64_t began = clock_usec(CLOCK_MONOTONIC);

        start(0, fd);
        ask();
        wait_for(&script.run, 1);
        for (int i = 0; i < 3; i++) {
                atomic_store(&script.looked, MX_LOOKED_NEWS);
                make_ready(fd);
                wait_for(&script.look, 1);
        }
        wait_for(&script.run, 1);
        ck_assert_uint_ge(clock_usec(CLOCK_MONOTONIC) - began, 1000000);
        stop();
        ck_assert_int_eq(atomic_load(&script.runs), 2);
        close(fd);
}
END_TEST

START_TEST(a_run_that_is_asked_for_while_news_are_told_is_made)
{
        int fd = eventfd(0, EFD_CLOEXEC);

        start(0, fd);
        ask();
        wait_for(&script.entered, 1);
        wait_for(&script.run, 1);
        atomic_store(&script.hang_run, true);
        atomic_store(&script.looked, MX_LOOKED_NEWS);
        make_ready(fd);
        wait_for(&script.entered, 1); /* the news are being told */
        ask();
        sem_post(&script.leave_run);
        wait_for(&script.entered, 1); /* and this is what was asked for */
        ck_assert_uint_eq(view().status.runs, 2);
        ck_assert(view().status.running);
        sem_post(&script.leave_run);
        while (view().status.running)
                sched_yield();
        ck_assert_uint_eq(view().status.runs, 3);
        stop();
        close(fd);
}
END_TEST

START_TEST(news_are_told_once)
{
        int fd = eventfd(0, EFD_CLOEXEC);
        struct timespec until;

        start(0, fd);
        ask();
        wait_for(&script.run, 1);
        atomic_store(&script.looked, MX_LOOKED_NEWS);
        make_ready(fd);
        wait_for(&script.run, 1);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 1;
        until.tv_nsec = MX_MIN(until.tv_nsec + 200000000, 999999999);
        ck_assert_int_lt(sem_timedwait(&script.run, &until), 0);
        stop();
        close(fd);
}
END_TEST

START_TEST(an_unsupported_collector_does_not_look)
{
        start(1000, -1);
        atomic_store(&script.open_result, -ENOENT);
        ask();
        while (view().status.state != RUN_UNSUPPORTED)
                sched_yield();
        stop();
        ck_assert_int_eq(atomic_load(&script.looks[MX_LOOK_CLOCK]), 0);
}
END_TEST

START_TEST(a_look_that_hangs_is_reported_as_a_run_past_its_deadline)
{
        uint64_t asked = clock_usec(CLOCK_BOOTTIME) + 1;

        start(1000, -1);
        atomic_store(&script.hang, true);
        ask();
        wait_for(&script.run, 1);
        wait_for(&script.look, 1);
        while (!runner_ask(engine.runners[0], asked))
                sched_yield(); /* its first run is being put away */
        runner_check_deadline(engine.runners[0], asked);
        ck_assert(view().status.overdue);
        ck_assert_uint_eq(engine_stop(&engine, 10000), 1);
        atomic_store(&script.hang, false);
        sem_post(&script.leave);
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
        settings_unref(settings);
}
END_TEST

static const struct {
        uint64_t period;
        unsigned events;
        enum mx_looked looked;
        enum mx_look why;
} endless[] = {
        { 0, UINT32_MAX, MX_LOOKED_ON, MX_LOOK_FD },
        { 0, 1, MX_LOOKED_AGAIN, MX_LOOK_CONTINUE },
        { 1, 0, MX_LOOKED_ON, MX_LOOK_CLOCK },
};

START_TEST(an_endless_stream_of_looks_keeps_it_neither_from_running_nor_from_stopping)
{
        int fd = eventfd(endless[_i].events, EFD_CLOEXEC | EFD_SEMAPHORE);

        start(endless[_i].period, fd);
        atomic_store(&script.always, (int)endless[_i].looked);
        atomic_store(&script.looked, (int)endless[_i].looked);
        ask();
        wait_for(&script.run, 1);
        wait_for(&script.look, 100);
        ck_assert_int_ge(atomic_load(&script.looks[endless[_i].why]), 90);
        ask();
        wait_for(&script.run, 1);
        wait_for(&script.look, 100);
        stop();
        ck_assert_int_ge(atomic_load(&script.looks[endless[_i].why]), 190);
        close(fd);
}
END_TEST

START_TEST(each_descriptor_that_is_ready_is_told)
{
        start(0, eventfd(0, EFD_CLOEXEC));
        script.n_fds = 3;
        script.fds[1] = (struct pollfd){ .fd = -1, .events = POLLIN };
        script.fds[2] = (struct pollfd){ .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
        ask();
        wait_for(&script.run, 1);
        for (size_t i = 0; i < 6; i++) {
                make_ready(script.fds[i % 2 * 2].fd);
                wait_for(&script.look, 1);
                ck_assert_int_eq(atomic_load(&script.told[0]), i % 2 ? 0 : POLLIN);
                ck_assert_int_eq(atomic_load(&script.told[1]), 0);
                ck_assert_int_eq(atomic_load(&script.told[2]), i % 2 ? POLLIN : 0);
        }
        stop();
        close(script.fds[0].fd);
        close(script.fds[2].fd);
}
END_TEST

START_TEST(what_a_look_plans_holds_from_then_on)
{
        int fd = eventfd(0, EFD_CLOEXEC);

        start(0, fd);
        script.next_period = 1000;
        ask();
        wait_for(&script.run, 1);
        make_ready(fd);
        wait_for(&script.look, 6);
        stop();
        ck_assert_int_ge(atomic_load(&script.looks[MX_LOOK_CLOCK]), 5);
        close(fd);
}
END_TEST

START_TEST(a_watcher_is_not_made_to_yield_and_a_worker_is)
{
        int own = getpriority(PRIO_PROCESS, 0);

        start_as(_i ? &fake_worker : &fake_watcher, 0, -1);
        ask();
        wait_for(&script.run, 1);
        stop();
        ck_assert_int_eq(atomic_load(&script.nice), _i ? MX_MAX(own, 10) : own);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("worker");
        TCase *t = tcase_create("worker");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, a_collector_looks_at_its_period_from_its_first_run_on);
        tcase_add_test(t, what_the_looks_cost_and_the_period_they_keep_can_be_seen);
        tcase_add_test(t, a_descriptor_that_is_ready_makes_it_look_and_nothing_else_does);
        tcase_add_test(t, a_look_that_left_something_to_do_is_called_again_at_once);
        tcase_add_test(t, news_bring_a_run_that_nobody_asked_for_but_at_most_one_a_second);
        tcase_add_test(t, a_run_that_is_asked_for_while_news_are_told_is_made);
        tcase_add_test(t, news_are_told_once);
        tcase_add_test(t, an_unsupported_collector_does_not_look);
        tcase_add_test(t, a_look_that_hangs_is_reported_as_a_run_past_its_deadline);
        tcase_add_loop_test(
                t, an_endless_stream_of_looks_keeps_it_neither_from_running_nor_from_stopping, 0,
                (int)MX_ARRAY_SIZE(endless));
        tcase_add_test(t, each_descriptor_that_is_ready_is_told);
        tcase_add_test(t, what_a_look_plans_holds_from_then_on);
        tcase_add_loop_test(t, a_watcher_is_not_made_to_yield_and_a_worker_is, 0, 2);
        suite_add_tcase(s, t);
        return harness_main(s);
}
