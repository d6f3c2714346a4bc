/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/meminfo_pick.h"
#include "../../collectors/overcommit.h"

#include <string.h>

#define NONE INT64_MIN

static const struct {
        struct mx_overcommit o;
        int64_t headroom;
        uint64_t largest;
} cases[] = {
        /* policy, RAM, swap, limit, committed, reserve, by size, page size */
        { { 0, 1000, 200, 700, 900, 8, true, 4096 }, NONE, 1200 * 1024 },
        { { 0, 1003, 201, 700, 900, 8, true, 4096 }, NONE, 1200 * 1024 }, /* whole pages */
        { { 0, 1000, 200, 700, 900, 8, false, 4096 }, NONE, MX_ABSENT },
        { { 0, MX_ABSENT, 200, 700, 900, 8, true, 4096 }, NONE, MX_ABSENT },
        { { 0, 1000, MX_ABSENT, 700, 900, 8, true, 4096 }, NONE, MX_ABSENT },
        { { 0, UINT64_MAX - 1, 0, 700, 900, 8, true, 4096 }, NONE, MX_ABSENT },
        { { 1, 1000, 200, 700, 900, 8, true, 4096 }, NONE, MX_ABSENT },
        { { 2, 1000, 200, 700, 600, 8, true, 4096 }, (700 - 8 - 600) * 1024, MX_ABSENT },
        { { 2, 1000, 200, 700, 700, 8, true, 4096 }, -8 * 1024, MX_ABSENT },
        { { 2, 1000, 200, 700, 900, 0, true, 4096 }, -200 * 1024, MX_ABSENT },
        { { 2, 1000, 200, 704, 640, 65, true, 65536 }, 0, MX_ABSENT },
        { { 2, 1280, 0, 640, 0, MX_ABSENT, false, 4096 }, (640 - 20) * 1024, MX_ABSENT },
        { { 2, 1280, 700, 640, 0, MX_ABSENT, false, 4096 }, NONE, MX_ABSENT },
        { { 2, 1280, MX_ABSENT, 640, 0, MX_ABSENT, false, 4096 }, NONE, MX_ABSENT },
        { { 2, 1000, 200, MX_ABSENT, 900, 8, true, 4096 }, NONE, MX_ABSENT },
        { { 2, 1000, 200, 700, MX_ABSENT, 8, true, 4096 }, NONE, MX_ABSENT },
        { { 2, 1000, 200, 700, 900, UINT64_MAX - 1, true, 4096 }, NONE, MX_ABSENT },
        { { 3, 1000, 200, 700, 900, 8, true, 4096 }, NONE, MX_ABSENT },
};

START_TEST(headroom_and_largest_allocation_are_there_where_the_policy_gives_them_a_meaning)
{
        ck_assert_int_eq(mx_overcommit_headroom(&cases[_i].o), cases[_i].headroom);
        ck_assert_uint_eq(mx_overcommit_largest(&cases[_i].o), cases[_i].largest);
}
END_TEST

START_TEST(a_release_is_compared_by_its_first_two_numbers)
{
        static const struct {
                const char *release;
                bool is_from;
        } t[] = { { "5.2.0\n", true },
                  { "5.2", true },
                  { "5.1.21-generic\n", false },
                  { "6.0-rc1", true },
                  { "10.0", true },
                  { "4.18.0-553.el8\n", false },
                  { "2.6.32-754", false },
                  { "5.15.0", true },
                  { "", false },
                  { "5", false },
                  { "x5.2", false },
                  { "5.x", false },
                  { "-5.2", false },
                  { "99999999999999999999.2", false } };

        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++)
                ck_assert_msg(mx_release_is_from(t[i].release, strlen(t[i].release), 5, 2) ==
                                      t[i].is_from,
                              "%s", t[i].release);
}
END_TEST

START_TEST(lines_of_vmstat_are_picked_by_name_and_have_no_unit)
{
        static const char text[] = "nr_a 10\nnr_ab 11\nnr_b 12 kB\nnr_c x\nnr_a 13\nnr_d 14 15\n"
                                   "HugePages_x 16\nnr_e 17";
        static const char *const keys[] = { "nr_a", "nr_ab", "nr_b",        "nr_c",
                                            "nr_d", "nr_e",  "HugePages_x", "nr_f" };
        static const uint64_t want[] = {
                10, 11, MX_ABSENT, MX_ABSENT, MX_ABSENT, 17, 16, MX_ABSENT
        };
        uint64_t got[MX_ARRAY_SIZE(keys)];

        mx_lines_pick(text, sizeof(text) - 1, keys, MX_ARRAY_SIZE(keys), false, got);
        for (size_t i = 0; i < MX_ARRAY_SIZE(keys); i++)
                ck_assert_msg(got[i] == want[i], "%s", keys[i]);
}
END_TEST

START_TEST(lines_of_meminfo_are_picked_by_name_and_unit)
{
        static const char text[] =
                "MemTotal:  10 kB\nMemFree: 3\nHugePages_Total:  4\n"
                "Committed_AS: x kB\nMemTotal: 11 kB\nSwapTotal:0 kB\nMemFre: 1 kB";
        static const char *const keys[] = { "MemTotal",     "MemFree",   "HugePages_Total",
                                            "Committed_AS", "SwapTotal", "Slab" };
        static const uint64_t want[] = { 10, MX_ABSENT, 4, MX_ABSENT, 0, MX_ABSENT };
        uint64_t got[MX_ARRAY_SIZE(keys)];

        mx_lines_pick(text, sizeof(text) - 1, keys, MX_ARRAY_SIZE(keys), true, got);
        for (size_t i = 0; i < MX_ARRAY_SIZE(keys); i++)
                ck_assert_msg(got[i] == want[i], "%s", keys[i]);
}
END_TEST

static char *tree;
static struct mx_host host;

static void setup(void)
{
        tree = harness_tree_new();
        harness_tree_write(tree, "proc/sys/kernel/osrelease", "6.1.0\n");
        harness_tree_write(tree, "proc/meminfo",
                           "MemTotal:  1000 kB\nSwapTotal:  200 kB\nCommitLimit:  700 kB\n"
                           "Committed_AS:  600 kB\n");
        harness_tree_write(tree, "proc/sys/vm/admin_reserve_kbytes", "8\n");
}

static void teardown(void)
{
        harness_host_done(&host);
        harness_tree_done(tree);
}

static char *collect(const char *policy)
{
        harness_tree_write(tree, "proc/sys/vm/overcommit_memory", policy);
        host = harness_host_at(tree, 4096);
        return harness_collect(&mx_overcommit, &host, NULL);
}

START_TEST(the_heuristic_policy_has_a_largest_allocation_and_no_limit)
{
        char *text = collect("0\n");

        harness_assert(text, "memory_overcommit_policy_info{policy=\"heuristic\"}", "1");
        harness_assert(text, "memory_overcommit_largest_allocation_bytes", "1228800");
        harness_assert_absent(text, "memory_overcommit_limit_bytes");
        harness_assert_absent(text, "memory_overcommit_headroom_bytes");
        free(text);
}
END_TEST

START_TEST(the_policy_always_has_neither)
{
        char *text = collect("1\n");

        harness_assert(text, "memory_overcommit_policy_info{policy=\"always\"}", "1");
        ck_assert_uint_eq(harness_count(text, "memory_overcommit_policy_info"), 1);
        harness_assert_absent(text, "memory_overcommit_largest_allocation_bytes");
        harness_assert_absent(text, "memory_overcommit_limit_bytes");
        harness_assert_absent(text, "memory_overcommit_headroom_bytes");
        free(text);
}
END_TEST

START_TEST(the_policy_never_has_a_limit_and_headroom)
{
        char *text = collect("2\n");

        harness_assert(text, "memory_overcommit_policy_info{policy=\"never\"}", "1");
        harness_assert(text, "memory_overcommit_limit_bytes", "716800");
        harness_assert(text, "memory_overcommit_headroom_bytes", "94208");
        harness_assert_absent(text, "memory_overcommit_largest_allocation_bytes");
        free(text);
}
END_TEST

START_TEST(a_reserve_that_cannot_be_read_leaves_the_headroom_unknown)
{
        char *text;

        harness_tree_write(tree, "proc/sys/vm/admin_reserve_kbytes", "-8\n");
        text = collect("2\n");
        harness_assert(text, "memory_overcommit_limit_bytes", "716800");
        harness_assert_absent(text, "memory_overcommit_headroom_bytes");
        free(text);
}
END_TEST

START_TEST(a_policy_nobody_has_met_yet_is_no_policy)
{
        char *text = collect("7\n");

        ck_assert_uint_eq(harness_count(text, "memory_overcommit_policy_info"), 0);
        harness_assert_absent(text, "memory_overcommit_limit_bytes");
        free(text);
}
END_TEST

START_TEST(the_policy_is_read_from_a_file_that_stays_open)
{
        struct mx_err err = { 0 };
        struct harness h;
        char *text = NULL;

        harness_tree_write(tree, "proc/sys/vm/overcommit_memory", "1\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_overcommit, &host, NULL);
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                harness_assert(text, "memory_overcommit_policy_info{policy=\"always\"}", "1");
                free(text);
                harness_tree_remove(tree, "proc/sys/vm/overcommit_memory");
        }
        harness_stop(&h);
}
END_TEST

START_TEST(a_policy_that_is_no_number_fails_and_one_that_is_missing_is_unsupported)
{
        struct mx_err err = { 0 };
        struct harness h;
        char *text = NULL;

        harness_tree_write(tree, "proc/sys/vm/overcommit_memory", "two\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_overcommit, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_str_eq(err.path, "sys/vm/overcommit_memory");
        harness_stop(&h);
        harness_tree_remove(tree, "proc/sys/vm/overcommit_memory");
        harness_start(&h, &mx_overcommit, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        harness_stop(&h);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("overcommit");
        TCase *pure = tcase_create("pure"), *run = tcase_create("run");

        tcase_add_loop_test(
                pure,
                headroom_and_largest_allocation_are_there_where_the_policy_gives_them_a_meaning, 0,
                MX_ARRAY_SIZE(cases));
        tcase_add_test(pure, a_release_is_compared_by_its_first_two_numbers);
        tcase_add_test(pure, lines_of_meminfo_are_picked_by_name_and_unit);
        tcase_add_test(pure, lines_of_vmstat_are_picked_by_name_and_have_no_unit);
        tcase_add_checked_fixture(run, setup, teardown);
        tcase_add_test(run, the_heuristic_policy_has_a_largest_allocation_and_no_limit);
        tcase_add_test(run, the_policy_always_has_neither);
        tcase_add_test(run, the_policy_never_has_a_limit_and_headroom);
        tcase_add_test(run, a_reserve_that_cannot_be_read_leaves_the_headroom_unknown);
        tcase_add_test(run, a_policy_nobody_has_met_yet_is_no_policy);
        tcase_add_test(run, the_policy_is_read_from_a_file_that_stays_open);
        tcase_add_test(run,
                       a_policy_that_is_no_number_fails_and_one_that_is_missing_is_unsupported);
        suite_add_tcase(s, pure);
        suite_add_tcase(s, run);
        return harness_main(s);
}
