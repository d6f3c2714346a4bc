/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/process_groups.h"
#include "../../collectors/process_table.h"

#include <stdio.h>
#include <string.h>

/* Pids that share their low bits, and others. */
static uint32_t nth_pid(uint32_t i)
{
        return i % 2 ? i * 4096 : i;
}

START_TEST(process_table_finds_what_was_added_until_a_run_does_not_meet_it)
{
        struct process_table t = { 0 };

        ck_assert_ptr_null(process_table_find(&t, 1));
        process_table_begin(&t);
        for (uint32_t i = 1; i <= 2000; i++) {
                ck_assert_ptr_null(process_table_find(&t, nth_pid(i)));
                process_table_add(&t, nth_pid(i))->run = t.run;
        }
        process_table_sweep(&t);
        ck_assert_uint_eq(t.n, 2000);
        process_table_begin(&t);
        for (uint32_t i = 3; i <= 2000; i += 3)
                process_table_find(&t, nth_pid(i))->run = t.run;
        process_table_sweep(&t);
        for (uint32_t i = 1; i <= 2000; i++) {
                const struct process *p = process_table_find(&t, nth_pid(i));

                ck_assert((i % 3 == 0) == (p != NULL));
                ck_assert(!p || p->pid == nth_pid(i));
        }
        process_table_done(&t);
}
END_TEST

START_TEST(process_table_takes_no_more_than_its_cap)
{
        struct process_table t = { 0 };

        process_table_begin(&t);
        for (uint32_t pid = 1; pid <= PROCESS_TABLE_CAP; pid++)
                ck_assert_ptr_nonnull(process_table_add(&t, pid));
        ck_assert_ptr_null(process_table_add(&t, PROCESS_TABLE_CAP + 1));
        ck_assert_uint_eq(process_table_find(&t, PROCESS_TABLE_CAP)->pid, PROCESS_TABLE_CAP);
        ck_assert_ptr_null(process_table_find(&t, PROCESS_TABLE_CAP + 1));
        process_table_done(&t);
}
END_TEST

static uint32_t get(struct process_groups *g, const char *prefix, unsigned i)
{
        char name[32];
        int n = snprintf(name, sizeof(name), "%s%u", prefix, i);

        return process_groups_get(g, name, (size_t)n);
}

static const uint64_t nothing[MX_PROCESS_VALUES];

START_TEST(process_groups_beyond_the_cap_are_other_until_room_is_made)
{
        struct process_groups g;

        ck_assert_int_eq(process_groups_init(&g), 0);
        for (unsigned round = 0; round < 3; round++) {
                char prefix[2] = { (char)('a' + round), '\0' };

                process_groups_begin(&g);
                for (unsigned i = 1; i < PROCESS_GROUPS_CAP; i++)
                        process_group_add(&g.group[get(&g, prefix, i)], nothing, 5);
                ck_assert_uint_eq(get(&g, prefix, PROCESS_GROUPS_CAP), PROCESS_GROUP_OTHER);
                ck_assert_uint_ne(get(&g, prefix, 17), PROCESS_GROUP_OTHER);
                process_groups_settle(&g, 2, 0);
                ck_assert_uint_eq(g.n_shown, 3);
                ck_assert_uint_eq(g.group[PROCESS_GROUP_OTHER].processes, PROCESS_GROUPS_CAP - 3);
                ck_assert_uint_eq(g.group[PROCESS_GROUP_OTHER].oom_score, 5);
                process_groups_begin(&g);
                process_groups_settle(&g, 2, 0); /* all are empty and expire */
                ck_assert_uint_eq(g.n_used, 0);
        }
        process_groups_done(&g);
}
END_TEST

START_TEST(process_groups_keep_their_names_when_others_expire)
{
        struct process_groups g;
        uint32_t kept, fixed;

        ck_assert_int_eq(process_groups_init(&g), 0);
        fixed = process_groups_fix(&g, "rule");
        for (unsigned run = 0; run < 50; run++) {
                process_groups_begin(&g);
                for (unsigned i = 0; i < 40; i++)
                        process_group_add(&g.group[get(&g, "passing", 40 * run + i)], nothing, 0);
                kept = get(&g, "kept", 1);
                process_group_add(&g.group[kept], nothing, 0);
                process_groups_settle(&g, 100, 1);
                ck_assert_uint_eq(get(&g, "kept", 1), kept);
                ck_assert_mem_eq(process_group_name(&g, &g.group[kept]), "kept1", 5);
                ck_assert_uint_eq(process_groups_fix(&g, "rule"), fixed);
        }
        ck_assert_uint_lt(g.names.size, 4096);
        ck_assert_uint_eq(process_groups_fix(&g, "other"), PROCESS_GROUP_OTHER);
        ck_assert_uint_eq(g.n_fixed, 1);
        process_groups_done(&g);
}
END_TEST

START_TEST(process_groups_refuse_no_sum_by_wrapping)
{
        uint64_t huge[MX_PROCESS_VALUES];
        struct process_groups g;
        struct process_group *group;

        ck_assert_int_eq(process_groups_init(&g), 0);
        for (size_t i = 0; i < MX_PROCESS_VALUES; i++)
                huge[i] = UINT64_MAX - 1;
        process_groups_begin(&g);
        group = &g.group[get(&g, "x", 1)];
        process_group_add(group, huge, MX_ABSENT);
        process_group_add(group, huge, MX_ABSENT);
        ck_assert_uint_eq(group->value[0], UINT64_MAX - 1);
        ck_assert_uint_eq(group->oom_score, MX_ABSENT);
        process_groups_done(&g);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("process_table");
        TCase *t = tcase_create("process_table");

        tcase_add_test(t, process_table_finds_what_was_added_until_a_run_does_not_meet_it);
        tcase_add_test(t, process_table_takes_no_more_than_its_cap);
        tcase_add_test(t, process_groups_beyond_the_cap_are_other_until_room_is_made);
        tcase_add_test(t, process_groups_keep_their_names_when_others_expire);
        tcase_add_test(t, process_groups_refuse_no_sum_by_wrapping);
        suite_add_tcase(s, t);
        return harness_main(s);
}
