/* SPDX-License-Identifier: Apache-2.0 */
/* What the watch collector takes for observed, at the pace that the daemon keeps. */
#include "harness.h"
#include "pace.h"

#include "../../collectors/watch_gap.h"

#define PERIOD   100000 /* microseconds */
#define BUDGET   2000
#define WAKE_UP  30000 /* nanoseconds that the daemon pays beside the look */
#define START    1000000000
#define EVENTUAL 200 /* looks */

/* A daemon that looks as it should; what a look costs comes from the test. */
struct daemon {
        struct pace pace;
        struct mx_watch_gap gap;
        uint64_t look_usec, unobserved;
};

static struct daemon start(uint64_t budget)
{
        const struct mx_watch_plan plan = { .period = PERIOD, .budget = budget };
        struct daemon d = { .gap = { PERIOD, budget, PERIOD, 0 }, .look_usec = START };

        pace_plan(&d.pace, &plan, START);
        return d;
}

/* The next look, which comes `late` microseconds after it was due and takes `nsec` of CPU time. */
static bool look(struct daemon *d, uint64_t late, uint64_t nsec)
{
        uint64_t now = pace_due(&d->pace, d->look_usec) + late, gap = now - d->look_usec;
        bool observed = mx_watch_gap_observed(&d->gap, gap);

        if (!observed)
                d->unobserved += gap;
        d->gap.spent_nsec = nsec;
        pace_look(&d->pace, true, now, nsec + WAKE_UP);
        d->look_usec = now;
        return observed;
}

static const uint64_t costs[] = { 20000, 200000, 740000, 1500000, 5000000, 9900000 };

START_TEST(what_the_budget_stretches_is_observed_from_the_first_look_on)
{
        struct daemon d = start(BUDGET);

        for (int i = 0; i < EVENTUAL; i++)
                ck_assert_msg(look(&d, 0, costs[_i]), "look %d after %llu us", i,
                              (unsigned long long)d.look_usec - START);
}
END_TEST

START_TEST(a_dear_look_after_many_cheap_ones_is_no_gap)
{
        struct daemon d = start(BUDGET);

        for (int i = 0; i < EVENTUAL; i++)
                ck_assert(look(&d, (uint64_t)i % 7 * 2000, i % 50 == 49 ? costs[_i] : 20000));
}
END_TEST

START_TEST(a_thread_that_was_stuck_has_not_observed_whatever_its_looks_cost)
{
        struct daemon d = start(BUDGET);
        uint64_t usual;

        for (int i = 0; i < EVENTUAL; i++)
                ck_assert(look(&d, 0, costs[_i]));
        usual = pace_period(&d.pace);
        ck_assert(!look(&d, 4 * usual, costs[_i]));
        ck_assert_uint_ge(d.unobserved, 4 * usual);
        ck_assert(look(&d, 0, costs[_i]));
}
END_TEST

START_TEST(a_look_that_burned_seconds_explains_no_more_than_five)
{
        struct mx_watch_gap g = { PERIOD, BUDGET, PERIOD, UINT64_MAX };

        ck_assert(!mx_watch_gap_observed(&g, MX_WATCH_WAIT_MAX + 3 * PERIOD + 1));
        g.usual_usec = PERIOD;
        ck_assert(mx_watch_gap_observed(&g, MX_WATCH_WAIT_MAX + 3 * PERIOD));
}
END_TEST

START_TEST(without_a_budget_nothing_but_the_usual_counts)
{
        struct mx_watch_gap g = { PERIOD, 0, PERIOD, 1000000000 };

        ck_assert(!mx_watch_gap_observed(&g, 3 * PERIOD + 1));
        g.usual_usec = PERIOD;
        ck_assert(mx_watch_gap_observed(&g, 3 * PERIOD));
}
END_TEST

int main(void)
{
        const int n = (int)MX_ARRAY_SIZE(costs);
        Suite *suite = suite_create("watch_gap");
        TCase *t = tcase_create("watch_gap");

        tcase_add_loop_test(t, what_the_budget_stretches_is_observed_from_the_first_look_on, 0, n);
        tcase_add_loop_test(t, a_dear_look_after_many_cheap_ones_is_no_gap, 0, n);
        tcase_add_loop_test(t, a_thread_that_was_stuck_has_not_observed_whatever_its_looks_cost, 0,
                            n);
        tcase_add_test(t, a_look_that_burned_seconds_explains_no_more_than_five);
        tcase_add_test(t, without_a_budget_nothing_but_the_usual_counts);
        suite_add_tcase(suite, t);
        return harness_main(suite);
}
