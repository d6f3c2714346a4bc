/* SPDX-License-Identifier: Apache-2.0 */
#include "pace.h"

#include "harness.h"

#define MS 1000ULL

/* Looks whenever it is due, until `end`, each taking `cpu_nsec`. Returns when the last one was. */
static uint64_t look_until(struct pace *p, uint64_t now, uint64_t end, uint64_t cpu_nsec)
{
        uint64_t last = 0;

        for (uint64_t due; (due = pace_due(p, now)) < end;) {
                now = due > now ? due : now;
                last = now;
                pace_look(p, true, now, cpu_nsec);
        }
        return last;
}

static struct pace paced(uint64_t period, uint64_t budget, uint64_t now)
{
        struct mx_watch_plan plan = { .period = period, .budget = budget };
        struct pace p = { .period = 0 };

        pace_plan(&p, &plan, now);
        return p;
}

START_TEST(looks_below_the_budget_keep_their_period)
{
        struct pace p = paced(100 * MS, 2 * MS, MX_SECONDS(7));

        look_until(&p, MX_SECONDS(7), MX_SECONDS(67), 100000); /* 1 ms a second */
        ck_assert_uint_eq(p.looks, 599); /* one period after the plan, and not at the end */
        ck_assert_uint_eq(pace_period(&p), 100 * MS);
        ck_assert_uint_eq(p.cpu_nsec, 599 * 100000);
}
END_TEST

static const struct {
        uint64_t cpu_nsec, period; /* of one look, and what it comes to, with 2 ms a second */
} dear[] = {
        { 200000, 100 * MS },   /* just the budget */
        { 400000, 200 * MS },   /* twice */
        { 3000000, 1500 * MS }, /* the zones of 256 CPUs */
        { 90000000, 45000 * MS },
};

START_TEST(looks_above_the_budget_are_stretched_to_cost_no_more_than_it)
{
        uint64_t start = MX_SECONDS(1000), end = start + MX_SECONDS(10000), most;
        struct pace p = paced(100 * MS, 2 * MS, start);

        look_until(&p, start, end, dear[_i].cpu_nsec);
        most = (end - start) * 2; /* nanoseconds: 2 ms a second */
        ck_assert_uint_le(p.cpu_nsec, most + dear[_i].cpu_nsec);
        ck_assert_uint_ge(p.cpu_nsec + dear[_i].cpu_nsec * 2, most);
        ck_assert_uint_eq(pace_period(&p), dear[_i].period);
}
END_TEST

START_TEST(a_few_dear_looks_are_paid_from_what_was_saved)
{
        struct pace p = paced(100 * MS, 2 * MS, MX_SECONDS(1));
        uint64_t now = look_until(&p, MX_SECONDS(1), MX_SECONDS(61), 20000);

        now = look_until(&p, now, now + 301 * MS, 3000000);
        ck_assert_uint_eq(pace_period(&p), 100 * MS); /* 9 ms, of 10 that can be saved */
        look_until(&p, now, now + MX_SECONDS(60), 3000000);
        ck_assert_uint_eq(pace_period(&p), 1500 * MS);
}
END_TEST

START_TEST(looks_that_were_missed_are_not_made_up_for_in_a_burst)
{
        struct pace p = paced(100 * MS, 0, MX_SECONDS(1));

        pace_look(&p, true, MX_SECONDS(1) + 100 * MS, 0);
        pace_look(&p, true, MX_SECONDS(61) + 130 * MS, 0); /* the thread was not run for a minute */
        ck_assert_uint_eq(pace_due(&p, MX_SECONDS(61) + 130 * MS), MX_SECONDS(61) + 200 * MS);
}
END_TEST

START_TEST(looks_for_a_descriptor_are_paid_but_do_not_move_the_clock)
{
        struct pace p = paced(100 * MS, 2 * MS, MX_SECONDS(1));
        uint64_t due = pace_due(&p, MX_SECONDS(1));

        pace_look(&p, false, MX_SECONDS(1) + 50 * MS, 1000);
        ck_assert_uint_eq(pace_due(&p, MX_SECONDS(1) + 50 * MS), due);
        ck_assert_uint_eq(p.looks, 1);
        pace_look(&p, false, MX_SECONDS(1) + 60 * MS, 4000000);
        ck_assert_uint_gt(pace_allowed(&p, MX_SECONDS(1) + 60 * MS), MX_SECONDS(2));
        ck_assert_uint_gt(pace_due(&p, MX_SECONDS(1) + 60 * MS), MX_SECONDS(2));
}
END_TEST

START_TEST(without_a_period_no_look_is_due_and_without_a_budget_each_is_allowed)
{
        struct pace p = paced(0, 0, MX_SECONDS(1));

        ck_assert_uint_eq(pace_due(&p, MX_SECONDS(100)), UINT64_MAX);
        pace_look(&p, false, MX_SECONDS(100), UINT64_MAX / 8);
        ck_assert_uint_eq(pace_allowed(&p, MX_SECONDS(100)), MX_SECONDS(100));
        ck_assert_uint_eq(pace_period(&p), 0);
}
END_TEST

START_TEST(the_same_plan_again_changes_nothing_and_another_period_begins_at_once)
{
        struct mx_watch_plan plan = { .period = 100 * MS, .budget = 2 * MS };
        struct pace p = paced(100 * MS, 2 * MS, MX_SECONDS(1));
        uint64_t due = pace_due(&p, MX_SECONDS(1));

        pace_plan(&p, &plan, MX_SECONDS(1) + 30 * MS);
        ck_assert_uint_eq(pace_due(&p, MX_SECONDS(1) + 30 * MS), due);
        plan.period = 10 * MS;
        pace_plan(&p, &plan, MX_SECONDS(1) + 40 * MS);
        ck_assert_uint_eq(pace_due(&p, MX_SECONDS(1) + 40 * MS), MX_SECONDS(1) + 50 * MS);
        pace_rest(&p);
        ck_assert_uint_eq(pace_due(&p, MX_SECONDS(9)), UINT64_MAX);
}
END_TEST

START_TEST(a_dear_look_shows_in_the_period_before_the_next_one_is_made)
{
        struct pace p = paced(100 * MS, 2 * MS, MX_SECONDS(1));
        uint64_t now = look_until(&p, MX_SECONDS(1), MX_SECONDS(11), 200000);

        ck_assert_uint_eq(pace_period(&p), 100 * MS);
        pace_look(&p, true, now + 100 * MS, 90000000);
        ck_assert_uint_ge(pace_period(&p), MX_SECONDS(39)); /* 10 ms of 90 may have been saved */
        ck_assert_uint_le(pace_period(&p), MX_SECONDS(45));
        look_until(&p, now + 100 * MS, now + MX_SECONDS(61), 200000);
        ck_assert_uint_le(pace_period(&p), MX_SECONDS(4)); /* the mean of a long one and others */
}
END_TEST

START_TEST(what_was_spent_without_a_budget_is_not_owed_when_there_is_one)
{
        struct mx_watch_plan plan = { .period = 100 * MS };
        struct pace p = paced(100 * MS, 0, MX_SECONDS(1));

        pace_look(&p, true, MX_SECONDS(1) + 100 * MS, MX_SECONDS(1000) * 1000);
        plan.budget = 2 * MS;
        pace_plan(&p, &plan, MX_SECONDS(1) + 150 * MS);
        ck_assert_uint_eq(pace_due(&p, MX_SECONDS(1) + 150 * MS), MX_SECONDS(1) + 200 * MS);
}
END_TEST

static const uint64_t huge[] = { 1000 * MS, 1001 * MS, UINT64_MAX / 100000 + 1, INT64_MAX,
                                 UINT64_MAX };

START_TEST(a_budget_of_more_than_a_thread_can_spend_is_no_limit)
{
        struct mx_watch_plan plan = { .period = 100 * MS, .budget = huge[_i] };
        struct pace p = paced(100 * MS, huge[_i], MX_SECONDS(1));
        uint64_t last = look_until(&p, MX_SECONDS(1), MX_SECONDS(3601), 99 * MS * 1000);

        ck_assert_uint_eq(p.looks, 35999);
        ck_assert_int_ge(p.balance_nsec, 0);            /* 1 ms is saved at each */
        pace_plan(&p, &plan, last + MX_SECONDS(86400)); /* saves up */
        ck_assert_uint_eq(pace_allowed(&p, last + MX_SECONDS(86400)), last + MX_SECONDS(86400));
}
END_TEST

int main(void)
{
        Suite *s = suite_create("pace");
        TCase *t = tcase_create("pace");

        tcase_add_test(t, looks_below_the_budget_keep_their_period);
        tcase_add_loop_test(t, looks_above_the_budget_are_stretched_to_cost_no_more_than_it, 0,
                            (int)MX_ARRAY_SIZE(dear));
        tcase_add_test(t, a_few_dear_looks_are_paid_from_what_was_saved);
        tcase_add_test(t, looks_that_were_missed_are_not_made_up_for_in_a_burst);
        tcase_add_test(t, looks_for_a_descriptor_are_paid_but_do_not_move_the_clock);
        tcase_add_test(t, without_a_period_no_look_is_due_and_without_a_budget_each_is_allowed);
        tcase_add_test(t, the_same_plan_again_changes_nothing_and_another_period_begins_at_once);
        tcase_add_test(t, a_dear_look_shows_in_the_period_before_the_next_one_is_made);
        tcase_add_test(t, what_was_spent_without_a_budget_is_not_owed_when_there_is_one);
        tcase_add_loop_test(t, a_budget_of_more_than_a_thread_can_spend_is_no_limit, 0,
                            (int)MX_ARRAY_SIZE(huge));
        suite_add_tcase(s, t);
        return harness_main(s);
}
