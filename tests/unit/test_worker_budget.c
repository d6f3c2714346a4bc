/* SPDX-License-Identifier: Apache-2.0 */
/* What looks may cost, what is said of it, and that waiting costs nothing. */
#include "worker_fake.h"

#define BUDGET 20000 /* a fiftieth of a core */
#define DEAR   30000 /* is worth 1.5 s of it: two of them take less, even where the CPU is shared */

/* The second of two dear looks has to wait until the first is paid. */
static void assert_second_waits(void)
{
        uint64_t begin;

        atomic_store(&script.look_burns, DEAR);
        begin = clock_usec(CLOCK_MONOTONIC); /* not of the first look: it may be heard of late */
        ask();
        wait_for(&script.look, 2);
        /* 1.5 s from its plan on, which comes after this: before it, nothing is saved up. */
        ck_assert_uint_ge(clock_usec(CLOCK_MONOTONIC) - begin, 1400000);
}

START_TEST(a_collector_in_debt_is_not_woken_by_its_descriptors)
{
        int fd = eventfd(1, EFD_CLOEXEC);

        start(0, fd);
        script.budget = BUDGET;
        atomic_store(&script.keeps_ready, true);
        assert_second_waits();
        stop();
        ck_assert_int_ge(atomic_load(&script.looks[MX_LOOK_FD]), 2);
        close(fd);
}
END_TEST

START_TEST(a_look_that_left_something_to_do_waits_for_the_budget_too)
{
        int fd = eventfd(1, EFD_CLOEXEC);

        start(0, fd);
        script.budget = BUDGET;
        atomic_store(&script.looked, MX_LOOKED_AGAIN);
        assert_second_waits();
        stop();
        ck_assert_int_eq(atomic_load(&script.looks[MX_LOOK_CONTINUE]), 1);
        close(fd);
}
END_TEST

START_TEST(what_runs_cost_is_not_the_looks)
{
        struct runner_status st;

        start(2000, -1);
        atomic_store(&script.run_burns, 100000);
        ask();
        wait_for(&script.look, 3);
        st = view().status;
        ck_assert_uint_ge(st.looks, 2);
        ck_assert_uint_lt(st.looks_cpu_usec, 50000);
        stop();
}
END_TEST

START_TEST(a_collector_that_has_been_closed_keeps_no_period)
{
        start(2000, -1);
        ask();
        wait_for(&script.look, 20);
        ck_assert_uint_gt(view().status.look_period_usec, 0);
        atomic_store(&script.result, -EOPNOTSUPP);
        ask();
        while (view().status.state != RUN_UNSUPPORTED)
                sched_yield();
        /* It is noted just after the run. */
        while (view().status.look_period_usec != 0)
                sched_yield();
        stop();
}
END_TEST

/* Lowered from outside (prlimit(1)), it makes poll(2) fail for more descriptors. */
static rlim_t limit_files(rlim_t soft)
{
        struct rlimit limit;
        rlim_t before;

        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        before = limit.rlim_cur;
        limit.rlim_cur = soft;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        return before;
}

START_TEST(a_poll_that_fails_does_not_make_the_thread_spin)
{
        int fd = eventfd(0, EFD_CLOEXEC);
        uint64_t cpu;
        rlim_t before;

        start(100000, fd);
        script.n_fds = FAKE_FDS;
        script.fds[1] = script.fds[2] = (struct pollfd){ .fd = -1 };
        ask();
        wait_for(&script.run, 1);
        before = limit_files((rlim_t)_i);
        cpu = cpu_usec(CLOCK_PROCESS_CPUTIME_ID);
        wait_for(&script.look, 4);
        ask(); /* and mail is taken, be it late */
        wait_for(&script.run, 1);
        ck_assert_uint_lt(cpu_usec(CLOCK_PROCESS_CPUTIME_ID) - cpu, 100000);
        limit_files(before);
        make_ready(fd); /* and all is well when it works again */
        while (atomic_load(&script.looks[MX_LOOK_FD]) == 0)
                wait_for(&script.look, 1);
        stop();
        close(fd);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("worker_budget");
        TCase *t = tcase_create("worker_budget");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, a_collector_in_debt_is_not_woken_by_its_descriptors);
        tcase_add_test(t, a_look_that_left_something_to_do_waits_for_the_budget_too);
        tcase_add_test(t, what_runs_cost_is_not_the_looks);
        tcase_add_test(t, a_collector_that_has_been_closed_keeps_no_period);
        tcase_add_loop_test(t, a_poll_that_fails_does_not_make_the_thread_spin, 0, 3);
        suite_add_tcase(s, t);
        return harness_main(s);
}
