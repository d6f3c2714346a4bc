/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/process.h"
#include "../../collectors/process_reuse.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#define SUM_OF(metric, group) "memory_process_group_" metric "{group=\"" group "\"}"

/* Nothing is shown singly but where a test asks for it: that is always read. */
#define NO_TOP "top_resident", "0", "top_oom_score", "0"

#define FIELDS 52 /* of stat since 3.5 */

static char *tree;
static struct mx_host host;

static void setup(void)
{
        tree = harness_tree_new();
        harness_tree_write(tree, "proc/sys/.keep", "");
        host = harness_host_at(tree, 4096);
        host.may_block = true;
}

static void teardown(void)
{
        harness_host_done(&host);
        harness_tree_done(tree);
}

static void write_file(unsigned pid, const char *name, const char *content)
{
        char path[64];

        snprintf(path, sizeof(path), "proc/%u/%s", pid, name);
        harness_tree_write(tree, path, content);
}

/* stat of pid, with the text of one field (from 1) in place of what it is for all. */
static void put_stat(unsigned pid, unsigned field, const char *value)
{
        static const char *const first[] = { "", "", "(a)", "S", "1", "1", "1", "0", "-1", "0" };
        char text[512];
        int n = 0;

        for (unsigned i = 1; i <= FIELDS; i++) {
                if (i > 1)
                        text[n++] = ' ';
                if (i == field)
                        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s", value);
                else if (i == 1)
                        n += snprintf(text + n, sizeof(text) - (size_t)n, "%u", pid);
                else
                        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s",
                                      i < MX_ARRAY_SIZE(first) ? first[i] : "7");
        }
        snprintf(text + n, sizeof(text) - (size_t)n, "\n");
        write_file(pid, "stat", text);
}

static void put_status(unsigned pid, unsigned uid, unsigned kib)
{
        char text[256];

        snprintf(text, sizeof(text),
                 "Uid:\t%u\t%u\t%u\t%u\nVmSize:\t%u kB\nVmRSS:\t%u kB\nRssAnon:\t%u kB\n"
                 "VmSwap:\t%u kB\nThreads:\t1\n",
                 uid, uid, uid, uid, 3 * kib, kib, kib, 2 * kib);
        write_file(pid, "status", text);
}

static void put_score(unsigned pid, unsigned score)
{
        char text[16];

        snprintf(text, sizeof(text), "%u\n", score);
        write_file(pid, "oom_score", text);
}

static void put(unsigned pid, unsigned kib)
{
        put_stat(pid, 0, NULL);
        put_status(pid, 0, kib);
        put_score(pid, 10);
}

static char *run(struct harness *h)
{
        struct mx_err err;
        char *text = NULL;

        ck_assert_int_eq(harness_run(h, MX_TEXT, &text, &err), OUTCOME_OK);
        return text;
}

static unsigned long long value_of(const char *text, const char *series)
{
        const char *value = harness_value(text, series);

        return value ? strtoull(value, NULL, 10) : 0;
}

/* One run, and what it says. */
static unsigned long long run_for(struct harness *h, const char *series)
{
        char *text = run(h);
        unsigned long long v = value_of(text, series);

        free(text);
        return v;
}

static unsigned long long sum(const char *text, const char *name)
{
        unsigned long long total = 0;
        size_t n = strlen(name);

        for (const char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
                if (strncmp(p, name, n) == 0 && p[n] == '{')
                        total += strtoull(strchr(p, '}') + 2, NULL, 10);
        return total;
}

static const struct {
        const char *setting; /* NULL: as it is by default */
        unsigned runs;
} rereads[] = { { "1", 1 }, { "2", 2 }, { "3", 3 }, { NULL, 8 }, { "20", 20 } };

START_TEST(process_reads_one_that_has_not_moved_again_within_so_many_runs)
{
        const char *settings[] = { NO_TOP, "reread", rereads[_i].setting, NULL };
        unsigned limit = rereads[_i].runs;
        struct harness h;

        if (!rereads[_i].setting)
                settings[4] = NULL;
        for (unsigned pid = 1; pid <= 40; pid++)
                put(pid, 100);
        harness_start(&h, &mx_process, &host, settings);
        ck_assert_uint_eq(run_for(&h, SUM_OF("resident_bytes", "a")), 40 * 102400);
        for (unsigned kib = 200; kib <= 400; kib += 100) {
                unsigned long long rss = 0;

                for (unsigned pid = 1; pid <= 40; pid++)
                        put_status(pid, 0, kib);
                for (unsigned i = 1; i <= limit; i++) {
                        rss = run_for(&h, SUM_OF("resident_bytes", "a"));
                        if (i == 1 && limit > 1)
                                ck_assert_uint_lt(rss, 40ULL * kib * 1024);
                }
                ck_assert_uint_eq(rss, 40ULL * kib * 1024);
        }
        harness_stop(&h);
}
END_TEST

/* A value that the field can have, and not the one that it has. */
static const char *other_value(unsigned field)
{
        return field == 2 ? "(b)" : field == 3 ? "R" : "4";
}

START_TEST(process_reads_one_again_when_any_field_of_its_stat_has_moved)
{
        static const char *const settings[] = { NO_TOP, "reread", "1000", NULL };
        struct harness h;
        char *text;

        put(12, 100);
        harness_start(&h, &mx_process, &host, settings);
        free(run(&h));
        put_status(12, 0, 300);
        put_score(12, 99);
        text = run(&h);
        ck_assert_uint_eq(sum(text, "memory_process_group_resident_bytes"), 102400);
        ck_assert_uint_eq(sum(text, "memory_process_group_swap_bytes"), 204800);
        harness_assert(text, SUM_OF("highest_oom_score", "a"), "10");
        free(text);
        put_stat(12, (unsigned)_i, other_value((unsigned)_i));
        text = run(&h);
        ck_assert_uint_eq(sum(text, "memory_process_group_resident_bytes"), 307200);
        ck_assert_uint_eq(sum(text, "memory_process_group_virtual_bytes"), 921600);
        ck_assert_uint_eq(sum(text, "memory_process_group_swap_bytes"), 614400);
        harness_assert(
                text, _i == 2 ? SUM_OF("highest_oom_score", "b") : SUM_OF("highest_oom_score", "a"),
                "99");
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(process_counts_the_faults_of_every_run)
{
        static const char *const settings[] = { NO_TOP, "reread", "1000", NULL };
        struct harness h;

        put(12, 100);
        put_stat(12, 10, "5");
        harness_start(&h, &mx_process, &host, settings);
        ck_assert_uint_eq(run_for(&h, SUM_OF("minor_faults_total", "a")), 5);
        ck_assert_uint_eq(run_for(&h, SUM_OF("minor_faults_total", "a")), 5);
        put_stat(12, 10, "9");
        ck_assert_uint_eq(run_for(&h, SUM_OF("minor_faults_total", "a")), 9);
        put_stat(12, 22, "8"); /* the pid is another process's, which has had 7 */
        ck_assert_uint_eq(run_for(&h, SUM_OF("minor_faults_total", "a")), 16);
        harness_stop(&h);
}
END_TEST

START_TEST(process_shown_singly_is_of_this_run_and_so_are_the_sums)
{
        static const char *const settings[] = { "top_resident", "1", "top_oom_score", "1", "reread",
                                                "1000",         NULL };
        struct harness h;
        char *text;

        put(12, 500);
        put(13, 400);
        put(14, 100);
        put_score(14, 900);
        harness_start(&h, &mx_process, &host, settings);
        free(run(&h));
        put_status(12, 0, 600); /* was shown for its size */
        put_status(14, 0, 50);  /* was shown for its score */
        put_status(13, 0, 401);
        text = run(&h);
        harness_assert(text, "memory_process_resident_bytes{pid=\"12\",comm=\"a\"}", "614400");
        harness_assert(text, "memory_process_resident_bytes{pid=\"14\",comm=\"a\"}", "51200");
        harness_assert(text, "memory_process_resident_bytes{comm=\"other\"}", "409600");
        harness_assert(text, SUM_OF("resident_bytes", "a"), "1075200");
        free(text);
        harness_tree_remove(tree, "proc/12");
        put_score(13, 11);
        text = run(&h); /* comes to be shown, though it has not moved */
        harness_assert(text, "memory_process_resident_bytes{pid=\"13\",comm=\"a\"}", "410624");
        harness_assert(text, "memory_process_oom_score{pid=\"13\",comm=\"a\"}", "11");
        harness_assert(text, "memory_process_resident_bytes{comm=\"other\"}", "0");
        harness_assert(text, SUM_OF("resident_bytes", "a"), "461824");
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(process_that_cannot_be_read_when_it_comes_to_be_shown_is_not_counted)
{
        static const char *const settings[] = { "top_resident", "1", "top_oom_score", "0", "reread",
                                                "1000",         NULL };
        struct harness h;
        char *text;

        put(12, 500);
        put(13, 400);
        harness_start(&h, &mx_process, &host, settings);
        free(run(&h));
        harness_tree_remove(tree, "proc/12");
        write_file(13, "status", "nonsense\n");
        put(14, 1);
        text = run(&h);
        harness_assert(text, "memory_processes", "1");
        harness_assert(text, SUM_OF("resident_bytes", "a"), "1024");
        harness_assert(text, "memory_process_resident_bytes{comm=\"other\"}", "1024");
        ck_assert_uint_eq(h.instance.sink.invalid, 1);
        free(text);
        put_status(13, 0, 300);
        text = run(&h);
        harness_assert(text, "memory_process_resident_bytes{pid=\"13\",comm=\"a\"}", "307200");
        harness_assert(text, SUM_OF("minor_faults_total", "a"), "21");
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(process_sums_are_conserved_over_runs_in_which_some_move)
{
        static const char *const settings[] = {
                "top_resident", "3", "top_oom_score", "2", "max_groups", "2", NULL
        };
        static const char *const suffix[] = { "resident_bytes", "anon_bytes", "swap_bytes" };
        char name[64], value[16];
        struct harness h;

        for (unsigned pid = 1; pid <= 60; pid++) {
                put(pid, pid);
                put_score(pid, pid % 13);
        }
        harness_start(&h, &mx_process, &host, settings);
        free(run(&h)); /* all faults are counted in the first group */
        for (unsigned r = 1; r < 30; r++) {
                char *text;

                for (unsigned pid = 1; pid <= 60; pid++) {
                        if ((pid * r) % 7 == 0)
                                put_status(pid, 0, (pid * r) % 97);
                        snprintf(value, sizeof(value), (pid + r) % 5 ? "%u" : "(c%u)", r);
                        if ((pid * r) % 11 == 0)
                                put_stat(pid, (pid + r) % 5 ? 24 : 2, value);
                        if ((pid * r) % 17 == 0)
                                put_score(pid, r);
                }
                text = run(&h);
                for (size_t i = 0; i < MX_ARRAY_SIZE(suffix); i++) {
                        unsigned long long groups;

                        snprintf(name, sizeof(name), "memory_process_group_%s", suffix[i]);
                        groups = sum(text, name);
                        snprintf(name, sizeof(name), "memory_process_%s", suffix[i]);
                        ck_assert_uint_eq(sum(text, name), groups);
                }
                ck_assert_uint_eq(sum(text, "memory_process_group_processes"), 60);
                ck_assert_uint_eq(sum(text, "memory_process_group_minor_faults_total"), 420);
                free(text);
        }
        harness_stop(&h);
}
END_TEST

/* Whose status has gone is taken for ended when it is read, and then only: so what is missing tells
 * how many were read. */
START_TEST(process_reads_an_equal_share_of_those_that_have_not_moved_in_each_run)
{
        static const char *const settings[] = { NO_TOP, "reread", "8", NULL };
        unsigned long long left = 800;
        struct harness h;
        char path[64];

        for (unsigned pid = 1; pid <= 800; pid++)
                put(pid * 8, 1);
        harness_start(&h, &mx_process, &host, settings);
        ck_assert_uint_eq(run_for(&h, "memory_processes"), 800);
        for (unsigned pid = 1; pid <= 800; pid++) {
                snprintf(path, sizeof(path), "proc/%u/status", pid * 8);
                harness_tree_remove(tree, path);
        }
        for (unsigned i = 1; i <= 8; i++) {
                struct mx_err err;
                char *text;
                unsigned long long now;

                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                now = value_of(text, "memory_processes");
                free(text);
                ck_assert_uint_ge(left - now, 75);
                ck_assert_uint_le(left - now, 125);
                left = now;
        }
        ck_assert_uint_eq(left, 0);
        harness_stop(&h);
}
END_TEST

START_TEST(process_whose_first_thread_has_ended_is_read_in_each_run)
{
        static const char *const settings[] = { NO_TOP, "reread", "1000", NULL };
        static const char *const rss[] = { "64", "80", "96" };
        char text[128];
        struct harness h;

        write_file(7, "stat", "7 (a) Z 1 1 1 0 -1 0 1 0 2 0 0 0 0 0 20 0 3 0 5 0 0\n");
        write_file(7, "status", "Uid:\t0\t0\t0\t0\nThreads:\t3\n");
        write_file(7, "oom_score", "0\n");
        for (size_t i = 0; i < MX_ARRAY_SIZE(rss); i++) {
                snprintf(text, sizeof(text), "Uid:\t0\t0\t0\t0\nVmRSS:\t%s kB\nThreads:\t3\n",
                         rss[i]);
                write_file(7, "task/8/status", text);
                if (i == 0)
                        harness_start(&h, &mx_process, &host, settings);
                ck_assert_uint_eq(run_for(&h, SUM_OF("resident_bytes", "a")),
                                  1024 * strtoull(rss[i], NULL, 10));
        }
        harness_stop(&h);
}
END_TEST

START_TEST(process_that_has_ended_is_a_zombie_until_it_is_reaped)
{
        static const char *const settings[] = { NO_TOP, NULL };
        struct harness h;

        put_stat(7, 3, "Z");
        write_file(7, "stat", "7 (a) Z 1 1 1 0 -1 0 1 0 2 0 0 0 0 0 20 0 1 0 5 0 0\n");
        write_file(7, "status", "Uid:\t0\t0\t0\t0\nThreads:\t1\n");
        put(8, 1);
        harness_start(&h, &mx_process, &host, settings);
        for (unsigned i = 0; i < 10; i++) {
                char *text = run(&h);

                harness_assert(text, "memory_process_zombies", "1");
                harness_assert(text, "memory_processes", "2");
                harness_assert(text, SUM_OF("resident_bytes", "a"), "1024");
                harness_assert_absent(text, SUM_OF("hugetlb_bytes", "a"));
                free(text);
        }
        harness_stop(&h);
}
END_TEST

START_TEST(process_moves_to_another_cgroup_at_once)
{
        static const char *const settings[] = { NO_TOP, "group_by", "unit", NULL };
        struct harness h;

        put(12, 100);
        write_file(12, "cgroup", "0::/x.service\n");
        harness_start(&h, &mx_process, &host, settings);
        free(run(&h));
        write_file(12, "cgroup", "0::/y.service\n");
        ck_assert_uint_eq(run_for(&h, SUM_OF("resident_bytes", "y.service")), 102400);
        harness_stop(&h);
}
END_TEST

START_TEST(process_is_of_another_user_when_it_is_read_again_at_once_if_it_is_shown_singly)
{
        const char *settings[] = { "group_by",     "user", "top_oom_score", "0", "top_resident",
                                   _i ? "1" : "0", NULL };
        struct harness h;
        unsigned runs = 1;

        put(12, 100);
        harness_start(&h, &mx_process, &host, settings);
        free(run(&h));
        put_status(12, 33, 100);
        while (run_for(&h, SUM_OF("processes", "33")) == 0)
                ck_assert_uint_lt(runs++, 8);
        ck_assert(runs == 1 || !_i);
        harness_stop(&h);
}
END_TEST

START_TEST(process_that_could_not_be_read_is_read_again_whatever_its_stat_is)
{
        static const char *const settings[] = { NO_TOP, "reread", "1000", NULL };
        struct harness h;

        put(12, 100);
        put(13, 1);
        harness_start(&h, &mx_process, &host, settings);
        free(run(&h));
        put_stat(12, 24, "4");
        write_file(12, "status", "nonsense\n");
        ck_assert_uint_eq(run_for(&h, "memory_processes"), 1);
        put(12, 200); /* its stat is what it was when it was last read */
        ck_assert_uint_eq(run_for(&h, SUM_OF("resident_bytes", "a")), 201 * 1024);
        harness_stop(&h);
}
END_TEST

START_TEST(process_without_a_score_or_with_a_line_that_cannot_be_read_is_read_in_each_run)
{
        static const char *const settings[] = { NO_TOP, "reread", "1000", NULL };
        struct harness h;

        put(12, 100);
        if (_i)
                harness_tree_remove(tree, "proc/12/oom_score");
        else
                write_file(12, "status", "Uid:\t0\t0\t0\t0\nVmRSS:\t100 kB\nVmSwap:\tx\n");
        harness_start(&h, &mx_process, &host, settings);
        for (unsigned i = 0; i < 3; i++) {
                free(run(&h));
                ck_assert_uint_eq(h.instance.sink.invalid, _i ? 0 : i + 1);
        }
        put(12, 200);
        ck_assert_uint_eq(run_for(&h, SUM_OF("resident_bytes", "a")), 204800);
        harness_stop(&h);
}
END_TEST

START_TEST(process_allocates_nothing_when_warm)
{
        static const char *const settings[] = { "top_resident", "3", NULL };
        struct harness h;
        size_t before;

        for (unsigned pid = 1; pid <= 300; pid++)
                put(pid, pid);
        harness_start(&h, &mx_process, &host, settings);
        /* The same steps as below: what the test itself frees is still in use to mallinfo2(). */
        for (unsigned i = 0; i < 16; i++) {
                put(1 + i, 350 + i);
                free(run(&h));
        }
        before = mallinfo2().uordblks + mallinfo2().hblkhd;
        for (unsigned i = 0; i < 16; i++) {
                put(1 + i, 400 + i);
                free(run(&h));
        }
        ck_assert_uint_eq(mallinfo2().uordblks + mallinfo2().hblkhd, before);
        harness_stop(&h);
}
END_TEST

START_TEST(process_is_due_within_so_many_runs_also_when_these_are_counted_from_0_again)
{
        struct process_sample v = { .stat = { .state = 'S', .threads = 1 }, .oom_score = 1 };
        const uint32_t reread = rereads[_i].runs;

        for (uint32_t pid = 1; pid < 5000; pid += 7)
                for (uint32_t i = 0; i < 40; i++) {
                        struct process p = { .pid = pid };
                        uint32_t run = UINT32_MAX - 20 + i;

                        process_reuse_keep(&p, &v, run, reread);
                        ck_assert_uint_ge(p.due - run, 1);
                        ck_assert_uint_le(p.due - run, reread);
                        ck_assert(!process_reuse_may(&p, &v, p.due));
                        ck_assert(!process_reuse_may(&p, &v, run + reread));
                        ck_assert(p.due == run + 1 || process_reuse_may(&p, &v, run + 1));
                }
}
END_TEST

int main(void)
{
        Suite *s = suite_create("process_reuse");
        TCase *t = tcase_create("process_reuse");

        tcase_add_checked_fixture(t, setup, teardown);
        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, process_reads_one_that_has_not_moved_again_within_so_many_runs, 0,
                            (int)MX_ARRAY_SIZE(rereads));
        tcase_add_loop_test(t, process_reads_one_again_when_any_field_of_its_stat_has_moved, 2,
                            FIELDS + 1);
        tcase_add_test(t, process_counts_the_faults_of_every_run);
        tcase_add_test(t, process_shown_singly_is_of_this_run_and_so_are_the_sums);
        tcase_add_test(t, process_that_cannot_be_read_when_it_comes_to_be_shown_is_not_counted);
        tcase_add_test(t, process_sums_are_conserved_over_runs_in_which_some_move);
        tcase_add_test(t, process_reads_an_equal_share_of_those_that_have_not_moved_in_each_run);
        tcase_add_test(t, process_whose_first_thread_has_ended_is_read_in_each_run);
        tcase_add_test(t, process_that_has_ended_is_a_zombie_until_it_is_reaped);
        tcase_add_test(t, process_moves_to_another_cgroup_at_once);
        tcase_add_loop_test(
                t, process_is_of_another_user_when_it_is_read_again_at_once_if_it_is_shown_singly,
                0, 2);
        tcase_add_test(t, process_that_could_not_be_read_is_read_again_whatever_its_stat_is);
        tcase_add_loop_test(
                t, process_without_a_score_or_with_a_line_that_cannot_be_read_is_read_in_each_run,
                0, 2);
        tcase_add_test(t, process_allocates_nothing_when_warm);
        tcase_add_loop_test(
                t, process_is_due_within_so_many_runs_also_when_these_are_counted_from_0_again, 0,
                (int)MX_ARRAY_SIZE(rereads));
        suite_add_tcase(s, t);
        return harness_main(s);
}
