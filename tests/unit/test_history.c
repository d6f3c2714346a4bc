/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include "harness.h"
#include "mx/cleanup.h"

#define SECOND 1000000ULL

static struct history history;
static struct history_sample sample[HISTORY_POINTS_MAX];

/* A view in which everything was read at `second`; swap_in as given, the rest grows with time. */
static bool add(uint64_t second, uint64_t swap_in)
{
        static struct view v;

        v.meminfo.available = 1000 + second;
        v.counters = (struct view_counters){ .swap_in = swap_in,
                                             .swap_out = 0,
                                             .major_faults = 10 * second,
                                             .oom_kills = second / 100,
                                             .pressure_some = second * SECOND / 4,
                                             .pressure_full = MX_ABSENT };
        for (size_t i = 0; i < VIEW_SOURCES; i++)
                v.read_usec[i] = second * SECOND;
        return history_add(&history, &v);
}

static void clear(void)
{
        history = (struct history){ .n = 0 };
}

START_TEST(points_are_two_seconds_apart_and_need_something_new)
{
        static struct view nothing;

        clear();
        ck_assert(!history_add(&history, &nothing));
        ck_assert(add(100, 0));
        ck_assert(!add(100, 0));
        ck_assert(!add(101, 0));
        ck_assert(add(102, 0));
        ck_assert(!add(50, 0));
        ck_assert_uint_eq(history.n, 2);
}
END_TEST

START_TEST(a_rate_is_the_difference_over_the_time_between)
{
        clear();
        add(100, 5000);
        add(104, 9000);
        ck_assert_uint_eq(history_samples(&history, HISTORY_SWAP_IN, 0, sample), 1);
        ck_assert_uint_eq(sample[0].usec, 104 * SECOND);
        ck_assert_uint_eq(sample[0].value, 1000000); /* 1000 bytes a second */
        ck_assert(!sample[0].joined);
        ck_assert_uint_eq(history_samples(&history, HISTORY_SOME, 0, sample), 1);
        ck_assert_uint_eq(sample[0].value, 250000000); /* a quarter of 10^9 */
        ck_assert_uint_eq(history_samples(&history, HISTORY_AVAILABLE, 0, sample), 2);
        ck_assert_uint_eq(sample[1].value, 1104);
        ck_assert(sample[1].joined);
}
END_TEST

START_TEST(a_counter_that_went_back_leaves_a_gap)
{
        clear();
        add(100, 5000);
        add(102, 6000);
        add(104, 10);
        add(106, 20);
        add(108, 30);
        ck_assert_uint_eq(history_samples(&history, HISTORY_SWAP_IN, 0, sample), 3);
        ck_assert_uint_eq(sample[1].usec, 106 * SECOND);
        ck_assert(!sample[1].joined);
        ck_assert(sample[2].joined);
        ck_assert_uint_eq(history_growth(&history, HISTORY_SWAP_IN, 0), 1020);
}
END_TEST

START_TEST(what_is_absent_has_no_samples_and_no_growth)
{
        clear();
        add(100, MX_ABSENT);
        add(102, 5);
        add(104, MX_ABSENT);
        ck_assert_uint_eq(history_samples(&history, HISTORY_SWAP_IN, 0, sample), 0);
        ck_assert_uint_eq(history_samples(&history, HISTORY_FULL, 0, sample), 0);
        ck_assert_uint_eq(history_growth(&history, HISTORY_SWAP_IN, 0), MX_ABSENT);
        clear();
        ck_assert_uint_eq(history_growth(&history, HISTORY_OOM_KILLS, 0), MX_ABSENT);
}
END_TEST

START_TEST(neighbours_a_minute_apart_are_not_joined)
{
        clear();
        add(100, 0);
        add(102, 0);
        add(300, 0);
        add(302, 0);
        ck_assert_uint_eq(history_samples(&history, HISTORY_AVAILABLE, 0, sample), 4);
        ck_assert(sample[1].joined && !sample[2].joined && sample[3].joined);
}
END_TEST

START_TEST(a_source_that_was_not_read_again_says_nothing_new)
{
        static struct view v;

        clear();
        v.meminfo.available = 7;
        v.counters.swap_in = 100;
        v.read_usec[VIEW_MEMINFO] = v.read_usec[VIEW_SWAP] = 100 * SECOND;
        ck_assert(history_add(&history, &v));
        v.read_usec[VIEW_MEMINFO] = 103 * SECOND;
        ck_assert(history_add(&history, &v));
        v.read_usec[VIEW_MEMINFO] = v.read_usec[VIEW_SWAP] = 110 * SECOND;
        v.counters.swap_in = 200;
        ck_assert(history_add(&history, &v));
        ck_assert_uint_eq(history_samples(&history, HISTORY_AVAILABLE, 0, sample), 3);
        ck_assert_uint_eq(history_samples(&history, HISTORY_SWAP_IN, 0, sample), 1);
        ck_assert_uint_eq(sample[0].value, 10000);
}
END_TEST

START_TEST(the_ring_keeps_the_last_points_and_a_window_cuts_them)
{
        clear();
        for (uint64_t i = 0; i < 2 * HISTORY_POINTS_MAX + 7; i++)
                ck_assert(add(1000 + 2 * i, i));
        ck_assert_uint_eq(history.n, HISTORY_POINTS_MAX);
        ck_assert_uint_eq(history_samples(&history, HISTORY_AVAILABLE, 0, sample),
                          HISTORY_POINTS_MAX);
        ck_assert_uint_eq(sample[HISTORY_POINTS_MAX - 1].usec,
                          (1000 + 2 * (2 * HISTORY_POINTS_MAX + 6)) * SECOND);
        for (size_t i = 1; i < HISTORY_POINTS_MAX; i++)
                ck_assert_uint_gt(sample[i].usec, sample[i - 1].usec);
        ck_assert_uint_eq(history_samples(&history, HISTORY_SWAP_IN,
                                          sample[HISTORY_POINTS_MAX - 2].usec, sample),
                          2);
        ck_assert(!sample[0].joined);
}
END_TEST

START_TEST(a_rate_that_does_not_fit_is_not_taken_for_absent)
{
        clear();
        add(100, 0);
        add(102, UINT64_MAX - 1);
        ck_assert_uint_eq(history_samples(&history, HISTORY_SWAP_IN, 0, sample), 1);
        ck_assert_uint_eq(sample[0].value, MX_ABSENT - 1);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("history");
        TCase *t = tcase_create("history");

        tcase_add_test(t, points_are_two_seconds_apart_and_need_something_new);
        tcase_add_test(t, a_rate_is_the_difference_over_the_time_between);
        tcase_add_test(t, a_counter_that_went_back_leaves_a_gap);
        tcase_add_test(t, what_is_absent_has_no_samples_and_no_growth);
        tcase_add_test(t, neighbours_a_minute_apart_are_not_joined);
        tcase_add_test(t, a_source_that_was_not_read_again_says_nothing_new);
        tcase_add_test(t, the_ring_keeps_the_last_points_and_a_window_cuts_them);
        tcase_add_test(t, a_rate_that_does_not_fit_is_not_taken_for_absent);
        suite_add_tcase(s, t);
        return harness_main(s);
}
