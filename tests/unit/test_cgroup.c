/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/cgroup.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define V2  "sys/fs/cgroup/"
#define V1  "sys/fs/cgroup/memory/"
#define SSH "{cgroup=\"/system.slice/ssh.service\",unit=\"ssh.service\",slice=\"system.slice\"}"

/* A v2 cgroup with the files that collectors require, and a limit. */
static void add_v2(const char *tree, const char *path, const char *current, const char *max)
{
        char name[1024];

        snprintf(name, sizeof(name), V2 "%s/memory.current", path);
        harness_tree_write(tree, name, current);
        snprintf(name, sizeof(name), V2 "%s/memory.max", path);
        harness_tree_write(tree, name, max);
        snprintf(name, sizeof(name), V2 "%s/memory.stat", path);
        harness_tree_write(tree, name, "anon 10\nfile 20\n");
}

static char *v2_tree(void)
{
        char *tree = harness_tree_new();

        harness_tree_write(
                tree, "proc/self/mountinfo",
                "31 22 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
        harness_tree_write(tree, V2 "cgroup.controllers", "cpu memory pids\n");
        harness_tree_write(tree, V2 "memory.stat", "anon 100\n");
        add_v2(tree, "system.slice", "1000\n", "8192\n");
        add_v2(tree, "system.slice/ssh.service", "500\n", "max\n");
        return tree;
}

static void add_v1(const char *tree, const char *path, const char *usage, const char *limit)
{
        char name[1024];

        snprintf(name, sizeof(name), V1 "%s/memory.usage_in_bytes", path);
        harness_tree_write(tree, name, usage);
        snprintf(name, sizeof(name), V1 "%s/memory.limit_in_bytes", path);
        harness_tree_write(tree, name, limit);
        snprintf(name, sizeof(name), V1 "%s/memory.stat", path);
        harness_tree_write(tree, name,
                           "cache 1\nrss 2\nswap 3\nhierarchical_memory_limit 9223372036854771712\n"
                           "total_cache 11\ntotal_rss 22\ntotal_swap 33\ntotal_pgmajfault 44\n");
}

static char *v1_tree(void)
{
        char *tree = harness_tree_new();

        harness_tree_write(tree, "proc/self/mountinfo",
                           "32 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                           "33 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        harness_tree_write(tree, V2 "unified/cgroup.controllers", "\n");
        add_v1(tree, ".", "9000\n", "9223372036854771712\n");
        add_v1(tree, "system.slice", "1000\n", "8192\n");
        add_v1(tree, "system.slice/ssh.service", "500\n", "9223372036854771712\n");
        return tree;
}

static char *collect(const char *tree, const char *const *settings)
{
        struct mx_host host = harness_host_at(tree, 4096);
        char *text = harness_collect(&mx_cgroup, &host, settings);

        harness_host_done(&host);
        return text;
}

static char *collect_machine(const char *machine, const char *const *settings)
{
        struct mx_host host = harness_host(machine);
        char *text = harness_collect(&mx_cgroup, &host, settings);

        harness_host_done(&host);
        return text;
}

START_TEST(v2_limits_are_absent_when_unlimited_and_effective_over_ancestors)
{
        char *tree = v2_tree(), *text = collect(tree, NULL);

        harness_assert(text, "memory_cgroup_hierarchy_version", "2");
        harness_assert(text, "memory_cgroup_current_bytes" SSH, "500");
        harness_assert_absent(text, "memory_cgroup_max_bytes" SSH);
        harness_assert(text, "memory_cgroup_effective_limit_bytes" SSH, "8192");
        harness_assert(text, "memory_cgroup_stat_anon_bytes" SSH, "10");
        harness_assert(text, "memory_cgroup_stat_anon_bytes{cgroup=\"/\"}", "100");
        harness_assert_absent(text, "memory_cgroup_current_bytes{cgroup=\"/\"}");
        harness_assert_absent(text, "memory_cgroup_effective_limit_bytes{cgroup=\"/\"}");
        harness_assert_absent(text, "memory_cgroup_peak_bytes" SSH);
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(limits_of_ancestors_that_are_not_shown_count)
{
        static const char *const settings[] = { "include", ".*ssh.*", NULL };
        char *tree = v2_tree(), *text = collect(tree, settings);

        harness_assert(text, "memory_cgroup_effective_limit_bytes" SSH, "8192");
        harness_assert(text, "memory_cgroups_exported", "1");
        ck_assert_ptr_null(strstr(text, "cgroup=\"/system.slice\""));
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(excluded_cgroups_are_not_shown)
{
        static const char *const settings[] = { "exclude", ".*[.]service", NULL };
        char *tree = v2_tree(), *text = collect(tree, settings);

        ck_assert_ptr_null(strstr(text, "ssh.service"));
        ck_assert_ptr_nonnull(strstr(text, "cgroup=\"/system.slice\""));
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(v1_shows_hierarchical_numbers_only_under_their_v2_names)
{
        char *tree = v1_tree(), *text = collect(tree, NULL);

        harness_assert(text, "memory_cgroup_hierarchy_version", "1");
        harness_assert(text, "memory_cgroup_current_bytes" SSH, "500");
        harness_assert(text, "memory_cgroup_stat_anon_bytes" SSH, "22");
        harness_assert(text, "memory_cgroup_stat_file_bytes" SSH, "11");
        harness_assert(text, "memory_cgroup_swap_current_bytes" SSH, "33");
        harness_assert(text, "memory_cgroup_stat_pgmajfault_total" SSH, "44");
        harness_assert_absent(text, "memory_cgroup_max_bytes" SSH);
        harness_assert_absent(text, "memory_cgroup_effective_limit_bytes" SSH);
        harness_assert_absent(text, "memory_cgroup_memsw_current_bytes" SSH);
        harness_assert(text,
                       "memory_cgroup_max_bytes{cgroup=\"/system.slice\",slice=\"system.slice\"}",
                       "8192");
        free(text);
        harness_tree_done(tree);
}
END_TEST

/* v1 kernels print workingset_* in bytes or in pages, and do not say which. */
static const struct {
        const char *root, *ssh; /* workingset_refault_file and workingset_refault_anon, in order */
        const char *want_root, *want_ssh;
} refaults[] = {
        /* whole pages everywhere, and too few to say that this is no chance */
        { "409600 8192", "4096 0", NULL, NULL },
        { "409600 8192", "0 4096", NULL, "0" },
        /* one that is not: pages, for all cgroups */
        { "409601 8192", "4096 0", "409601", "4096" },
        { "409600 8191", "4096 0", "409600", "4096" },
        { "0 0", "0 0", "0", "0" },
        { "9007199254740993 1", "1 1", "9007199254740993", "1" },
};

static void add_refaults(const char *tree, const char *path, const char *values)
{
        char name[256], text[512];
        const char *anon = strchr(values, ' ') + 1;
        int file_len = (int)(anon - 1 - values);

        snprintf(name, sizeof(name), V1 "%s/memory.stat", path);
        snprintf(text, sizeof(text),
                 "rss 2\nworkingset_refault_anon 0\ntotal_rss 22\n"
                 "total_workingset_refault_anon %s\ntotal_workingset_refault_file %.*s\n"
                 "total_pgmajfault 4096\n",
                 anon, file_len, values);
        harness_tree_write(tree, name, text);
}

static void assert_refaults(const char *text, const char *labels, const char *want)
{
        char series[256];

        snprintf(series, sizeof(series), "memory_cgroup_stat_workingset_refault_file_total%s",
                 labels);
        if (want)
                harness_assert(text, series, want);
        else
                harness_assert_absent(text, series);
}

/* What the n-th scrape finds: bytes of n pages, or as many pages, of which the last scrape is the
 * first that tells. */
START_TEST(v1_refaults_appear_when_their_unit_is_known_and_leap_at_no_scrape)
{
        bool is_pages = _i;
        char *tree = v1_tree(), *text, values[64], want[32];
        struct mx_host host = harness_host_at(tree, 4096);
        struct mx_err err = { 0 };
        struct harness h;

        add_refaults(tree, "system.slice/ssh.service", "0 0");
        add_refaults(tree, ".", "0 0");
        harness_start(&h, &mx_cgroup, &host, NULL);
        for (unsigned n = 0; n <= 10; n++) {
                unsigned long value = 4096UL * n + (is_pages && n > 6);

                snprintf(values, sizeof(values), "%lu 0", value);
                add_refaults(tree, ".", values);
                snprintf(want, sizeof(want), "%lu", is_pages ? value : n);
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                assert_refaults(text, "{cgroup=\"/\"}",
                                n == 0 || n >= (is_pages ? 7 : 8) ? want : NULL);
                assert_refaults(text, SSH, "0");
                free(text);
        }
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(v1_refaults_that_looked_like_bytes_are_pages_from_the_first_that_is_not)
{
        char *tree = v1_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct mx_err err = { 0 };
        struct harness h;

        add_refaults(tree, ".", "4096 8192");
        add_refaults(tree, "system.slice", "12288 16384");
        add_refaults(tree, "system.slice/ssh.service", "20480 24576");
        add_v1(tree, "a.slice", "1\n", "8192\n");
        add_refaults(tree, "a.slice", "28672 32768");
        harness_start(&h, &mx_cgroup, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        free(text);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        assert_refaults(text, SSH, "5");
        free(text);
        add_refaults(tree, ".", "4097 8192");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        assert_refaults(text, SSH, "20480");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(v1_refaults_are_pages_whatever_the_kernel_prints)
{
        char *tree = v1_tree(), *text;

        add_refaults(tree, ".", refaults[_i].root);
        add_refaults(tree, "system.slice/ssh.service", refaults[_i].ssh);
        text = collect(tree, NULL);
        assert_refaults(text, "{cgroup=\"/\"}", refaults[_i].want_root);
        assert_refaults(text, SSH, refaults[_i].want_ssh);
        harness_assert(text, "memory_cgroup_stat_anon_bytes" SSH, "22");
        harness_assert(text, "memory_cgroup_stat_pgmajfault_total" SSH, "4096");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(hybrid_takes_memory_from_v1_and_pressure_from_v2)
{
        char *tree = v1_tree(), *text;

        harness_tree_write(tree, V2 "unified/system.slice/memory.pressure", "some total=2\n");
        harness_tree_write(tree, V2 "unified/system.slice/ssh.service/memory.pressure",
                           "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n"
                           "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
        text = collect(tree, NULL);
        harness_assert(text, "memory_cgroup_pressure_some_seconds_total" SSH, "1.500000");
        harness_assert(text, "memory_cgroup_pressure_full_seconds_total" SSH, "0.000007");
        ck_assert_uint_eq(harness_count(text, "memory_cgroup_pressure_some_seconds_total"), 2);
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(pressure_can_be_turned_off)
{
        static const char *const settings[] = { "pressure", "false", NULL };
        char *tree = v2_tree(), *text;

        harness_tree_write(tree, V2 "system.slice/memory.pressure", "some total=1\n");
        text = collect(tree, NULL);
        ck_assert_uint_eq(harness_count(text, "memory_cgroup_pressure_some_seconds_total"), 1);
        free(text);
        text = collect(tree, settings);
        ck_assert_uint_eq(harness_count(text, "memory_cgroup_pressure_some_seconds_total"), 0);
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_mounted_part_of_a_hierarchy_keeps_its_full_path)
{
        char *tree = v2_tree(), *text;

        harness_tree_write(tree, "proc/self/mountinfo",
                           "31 22 0:26 /docker/x\\040y /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        add_v2(tree, ".", "77\n", "100\n");
        text = collect(tree, NULL);
        harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"/docker/x y\"}", "77");
        harness_assert(text,
                       "memory_cgroup_effective_limit_bytes{cgroup=\"/docker/x "
                       "y/system.slice/ssh.service\","
                       "unit=\"ssh.service\",slice=\"system.slice\"}",
                       "100");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(without_a_mount_table_the_usual_places_are_looked_at)
{
        char *tree = v2_tree(), *text;

        harness_tree_remove(tree, "proc/self");
        text = collect(tree, NULL);
        harness_assert(text, "memory_cgroup_hierarchy_version", "2");
        free(text);
        harness_tree_done(tree);
        tree = v1_tree();
        harness_tree_remove(tree, "proc/self");
        text = collect(tree, NULL);
        harness_assert(text, "memory_cgroup_hierarchy_version", "1");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_host_without_the_memory_controller_is_unsupported)
{
        char *tree = v2_tree(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, V2 "cgroup.controllers", "cpu memoryx pids\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

/* What is left of a cgroup that was removed between two reads. */
static const char *const half[] = { "system.slice/ssh.service/memory.stat",
                                    "system.slice/ssh.service/memory.current",
                                    "system.slice/ssh.service" };

START_TEST(a_cgroup_that_vanishes_half_way_shows_nothing_and_fails_nothing)
{
        char *tree = v2_tree(), *text, path[256];

        snprintf(path, sizeof(path), V2 "%s", half[_i]);
        harness_tree_remove(tree, path);
        text = collect(tree, NULL);
        ck_assert_ptr_null(strstr(text, "ssh.service"));
        harness_assert(
                text,
                "memory_cgroup_current_bytes{cgroup=\"/system.slice\",slice=\"system.slice\"}",
                "1000");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_a_unit_or_container_keeps_below_itself_is_shown_on_request)
{
        static const char *const settings[] = { "sub_cgroups", "true", NULL };
        char *tree = v2_tree(), *text;

        add_v2(tree, "system.slice/ssh.service/inner", "5\n", "max\n");
        add_v2(tree, "user.slice", "5\n", "max\n");
        add_v2(tree, "user.slice/user@7.service", "5\n", "max\n");
        add_v2(tree, "user.slice/user@7.service/app.slice", "5\n", "max\n");
        add_v2(tree, "user.slice/user@7.service/app.slice/a.service", "5\n", "max\n");
        text = collect(tree, NULL);
        ck_assert_ptr_null(strstr(text, "inner"));
        harness_assert(text,
                       "memory_cgroup_current_bytes{cgroup=\"/user.slice/user@7.service/app.slice/"
                       "a.service\","
                       "unit=\"a.service\",slice=\"app.slice\"}",
                       "5");
        free(text);
        text = collect(tree, settings);
        harness_assert(text,
                       "memory_cgroup_current_bytes{cgroup=\"/system.slice/ssh.service/inner\","
                       "unit=\"ssh.service\",slice=\"system.slice\"}",
                       "5");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_depth_limit_hides_what_is_below_it)
{
        static const char *const settings[] = { "max_depth", "1", NULL };
        char *tree = v2_tree(), *text = collect(tree, settings);

        ck_assert_ptr_null(strstr(text, "ssh.service"));
        harness_assert(text, "memory_cgroups", "2");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(local_events_are_shown_where_they_may_differ_from_those_with_descendants)
{
        static const char slice[] = "{cgroup=\"/system.slice\",slice=\"system.slice\"}";
        static const char *const none[] = { "events_local", "none", NULL };
        char *tree = v2_tree(), *text, series[160];

        harness_tree_write(tree, V2 "system.slice/memory.events.local", "oom_kill 3\n");
        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.events.local", "oom_kill 4\n");
        snprintf(series, sizeof(series), "memory_cgroup_local_oom_kill_events_total%s", slice);
        text = collect(tree, NULL);
        harness_assert(text, series, "3");
        harness_assert_absent(text, "memory_cgroup_local_oom_kill_events_total" SSH);
        free(text);
        text = collect(tree, none);
        harness_assert_absent(text, series);
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(files_of_flat_keys_are_passed_through_by_rule)
{
        static const char *const settings[] = { "stat", "all", "events_local", "all", NULL };
        char *tree = v2_tree(), *text;

        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.stat",
                           "anon 1\nquantum_foam 2\npgsteal 3\nfile -4\nshmem 5 6\nanon 7\n");
        harness_tree_write(
                tree, V2 "system.slice/ssh.service/memory.events",
                "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\nnew_thing 6\n");
        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.events.local",
                           "low 7\nnew_thing 8\n");
        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.swap.events",
                           "high 1\nmax 2\nfail 9\n");
        text = collect(tree, settings);
        harness_assert(text, "memory_cgroup_stat_anon_bytes" SSH, "1");
        harness_assert(text, "memory_cgroup_stat_quantum_foam" SSH, "2");
        harness_assert(text, "memory_cgroup_stat_pgsteal_total" SSH, "3");
        harness_assert(text, "memory_cgroup_oom_kill_events_total" SSH, "4");
        harness_assert(text, "memory_cgroup_new_thing_events_total" SSH, "6");
        harness_assert(text, "memory_cgroup_local_low_events_total" SSH, "7");
        harness_assert(text, "memory_cgroup_local_new_thing_events_total" SSH, "8");
        harness_assert(text, "memory_cgroup_swap_fail_events_total" SSH, "9");
        free(text);
        text = collect(tree, NULL);
        harness_assert_absent(text, "memory_cgroup_stat_quantum_foam" SSH);
        harness_assert_absent(text, "memory_cgroup_stat_pgsteal_total" SSH);
        harness_assert_absent(text, "memory_cgroup_local_low_events_total" SSH);
        free(text);
        harness_tree_done(tree);
}
END_TEST

/* A cgroup of each generation, and the labels that it is shown with. */
static const struct {
        const char *machine, *path, *labels;
} generations[] = {
        { "x86_64-6.18-v2", "kubepods.slice",
          "{cgroup=\"/kubepods.slice\",slice=\"kubepods.slice\"}" },
        { "x86_64-6.1-v2", "tight.slice", "{cgroup=\"/tight.slice\",slice=\"tight.slice\"}" },
        { "aarch64-6.6-64k", "system.slice", "{cgroup=\"/system.slice\",slice=\"system.slice\"}" },
};

START_TEST(every_line_of_memory_stat_is_shown_under_its_own_name)
{
        static const char *const settings[] = { "stat", "detailed", NULL };
        char *text = collect_machine(generations[_i].machine, settings), *stat, *line, *next;
        char path[256];
        size_t len, n = 0;

        snprintf(path, sizeof(path), "sys/fs/cgroup/%s/memory.stat", generations[_i].path);
        stat = harness_fixture(generations[_i].machine, path, &len);
        for (line = stat; *line; line = next, n++) {
                char series[512], *value = strchr(line, ' '), *end = strchr(line, '\n');

                ck_assert_ptr_nonnull(value);
                ck_assert_ptr_nonnull(end);
                *value++ = *end = '\0';
                next = end + 1;
                if (strcmp(line, "sec_pagetables") == 0)
                        line = (char *)"secondary_pagetables";
                snprintf(series, sizeof(series), "\nmemory_cgroup_stat_%s_bytes%s", line,
                         generations[_i].labels);
                if (!strstr(text, series))
                        memcpy(strstr(series, "_bytes"), "_total", strlen("_total"));
                harness_assert(text, series + 1, value);
        }
        ck_assert_uint_gt(n, 40);
        free(stat);
        free(text);
}
END_TEST

START_TEST(what_comes_back_to_the_working_set_is_shown_by_default)
{
        char *text = collect_machine("x86_64-6.18-v2", NULL);

#define PODS "{cgroup=\"/kubepods.slice\",slice=\"kubepods.slice\"}"
        harness_assert(text, "memory_cgroup_stat_workingset_refault_anon_total" PODS, "920");
        harness_assert(text, "memory_cgroup_stat_workingset_refault_file_total" PODS, "10356");
        harness_assert(text, "memory_cgroup_stat_workingset_activate_anon_total" PODS, "414");
        harness_assert(text, "memory_cgroup_stat_workingset_activate_file_total" PODS, "4142");
        harness_assert_absent(text, "memory_cgroup_stat_workingset_restore_file_total" PODS);
        free(text);
}
END_TEST

START_TEST(a_value_that_cannot_be_read_is_absent_and_counted)
{
        char *tree = v2_tree(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.peak", "many\n");
        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.pressure", "some\n");
        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.stat",
                           "anon 1\nanon 2\nfile\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        ck_assert_uint_eq(h.instance.sink.invalid, 4);
        harness_assert(text, "memory_cgroup_current_bytes" SSH, "500");
        harness_assert(text, "memory_cgroup_stat_anon_bytes" SSH, "1");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(hostile_names_are_escaped_and_harm_nobody_else)
{
        char *tree = v2_tree(), *text;

        add_v2(tree, "a b:c\\x2dd\n\"e", "1\n", "max\n");
        add_v2(tree, "\xff\xfe.service", "2\n", "max\n");
        add_v2(tree, "..x", "3\n", "max\n");
        text = collect(tree, NULL);
        harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"/a b:c\\\\x2dd\\n\\\"e\"}", "1");
        harness_assert(text,
                       "memory_cgroup_current_bytes{cgroup=\"/\xee\xbf\xbf\xee\xbf\xbe.service\","
                       "unit=\"\xee\xbf\xbf\xee\xbf\xbe.service\"}",
                       "2");
        harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"/..x\"}", "3");
        harness_assert(text, "memory_cgroup_current_bytes" SSH, "500");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(paths_too_long_for_a_label_are_left_out)
{
        char *tree = v2_tree(), *text, name[201], path[1400] = "";

        memset(name, 'x', 200);
        name[200] = '\0';
        for (int i = 0; i < 6; i++) {
                snprintf(path + strlen(path), sizeof(path) - strlen(path), "%s%s", i ? "/" : "",
                         name);
                if (i < 4)
                        add_v2(tree, path, "1\n", "max\n");
        }
        text = collect(tree, NULL);
        harness_assert(text, "memory_cgroups", "7");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(beyond_the_cap_the_largest_stay_and_the_rest_is_summed_up)
{
        static const char *const settings[] = { "max_cgroups", "4", NULL };
        char *tree = v2_tree(), *text = NULL, path[64], current[16];
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        for (int i = 1; i <= 6; i++) {
                snprintf(path, sizeof(path), "w%d", i);
                snprintf(current, sizeof(current), "%d\n", i * 100);
                add_v2(tree, path, current, "max\n");
        }
        add_v2(tree, "w1/child", "90\n", "max\n"); /* part of w1, which is left out: counted once */
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, settings);
        for (int run = 0; run < 3; run++) { /* reads first, then chooses first, then again */
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                harness_assert(text, "memory_cgroups", "10");
                harness_assert(text, "memory_cgroups_exported", "4");
                harness_assert(text, "memory_cgroup_stat_anon_bytes{cgroup=\"/\"}", "100");
                harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"/w6\"}", "600");
                harness_assert(text, "memory_cgroup_stat_anon_bytes{cgroup=\"/w6\"}", "10");
                /* system.slice (1000) with w6 (600), and w5 or ssh.service (500 both: the first
                 * wins) */
                ck_assert_uint_eq(harness_count(text, "memory_cgroup_current_bytes"), 4);
                ck_assert_ptr_nonnull(
                        harness_value(text, "memory_cgroup_current_bytes{cgroup=\"other\"}"));
                ck_assert_uint_eq(harness_count(text, "memory_cgroup_stat_anon_bytes"), 4);
                free(text);
        }
        harness_tree_remove(tree, V2 "system.slice");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"other\"}",
                       "600"); /* w1 + w2 + w3 */
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(the_choice_does_not_flap_and_ends_when_there_is_room_again)
{
        static const char *const settings[] = { "max_cgroups", "2", NULL };
        char *tree = v2_tree(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_remove(tree, V2 "system.slice");
        add_v2(tree, "a", "1000\n", "max\n");
        add_v2(tree, "b", "990\n", "max\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, settings);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"/a\"}", "1000");
        free(text);
        add_v2(tree, "b", "1050\n", "max\n"); /* larger, but not by a tenth */
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"/a\"}", "1000");
        free(text);
        add_v2(tree, "b", "1200\n", "max\n");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"/b\"}", "1200");
        harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"other\"}", "1000");
        free(text);
        harness_tree_remove(tree, V2 "b");
        add_v2(tree, "a", "0\n", "max\n"); /* idle is no reason to be left out */
        for (int run = 0; run < 2; run++) {
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                harness_assert(text, "memory_cgroup_current_bytes{cgroup=\"/a\"}", "0");
                harness_assert_absent(text, "memory_cgroup_current_bytes{cgroup=\"other\"}");
                free(text);
        }
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_file_that_kernels_lack_is_looked_for_again_later)
{
        static const char *const peaks[] = { V2 "system.slice/memory.peak",
                                             V2 "system.slice/ssh.service/memory.peak",
                                             V2 "other.slice/memory.peak" };
        char *tree = v2_tree(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        add_v2(tree, "other.slice", "1\n", "max\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, NULL);
        for (int run = 1; run <= 64; run++) {
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                ck_assert_uint_eq(harness_count(text, "memory_cgroup_peak_bytes"),
                                  run == 64 ? 3 : 0);
                free(text);
                for (size_t i = 0; run == 1 && i < MX_ARRAY_SIZE(peaks); i++)
                        harness_tree_write(tree, peaks[i], "5\n");
        }
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_cgroup_that_does_not_fit_the_series_cap_is_left_out_whole)
{
        struct mx_host host = harness_host("x86_64-6.1-v2");
        struct mx_err err;
        struct harness h;
        char *text = NULL;

        harness_start(&h, &mx_cgroup, &host, NULL);
        h.instance.sink.max_series = 100;
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        ck_assert_uint_le(h.instance.sink.series, 100);
        ck_assert_uint_gt(h.instance.sink.dropped, 0);
        ck_assert_uint_ge(harness_count(text, "memory_cgroup_current_bytes"), 2);
        ck_assert_uint_eq(harness_count(text, "memory_cgroup_current_bytes"), /* and "other" */
                          harness_count(text, "memory_cgroup_swap_fail_events_total") + 1);
        ck_assert_ptr_nonnull(harness_value(text, "memory_cgroup_current_bytes{cgroup=\"other\"}"));
        harness_assert(text, "memory_cgroups", "13");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
}
END_TEST

/* Paths of 1,000 bytes that are no text, each of which becomes three in a label. */
static const struct {
        unsigned leaves;
        const char *stat;
} floods[] = {
        /* 16 MiB of text */
        { 600, "anon 1\nfile 2\nkernel 3\nshmem 4\nslab_reclaimable 5\ninactive_file 6\n"
               "workingset_refault_anon 7\nworkingset_refault_file 8\npgscan 9\npgmajfault 10\n" },
        /* 4 MiB of labels */
        { 1600, "anon 1\n" },
};

static void add_flood(const char *tree, unsigned leaves, const char *stat)
{
        char path[1024] = "", name[1200], current[16];

        harness_tree_remove(tree, V2 "system.slice");
        for (int depth = 0; depth < 3; depth++) {
                memset(path + strlen(path), 0xff, 250);
                path[depth * 251 + 250] = '\0';
                snprintf(name, sizeof(name), V2 "%s/memory.current", path);
                harness_tree_write(tree, name, "1000000000\n");
                snprintf(name, sizeof(name), V2 "%s/memory.max", path);
                harness_tree_write(tree, name, "max\n");
                snprintf(name, sizeof(name), V2 "%s/memory.stat", path);
                harness_tree_write(tree, name, stat);
                path[depth * 251 + 250] = '/';
        }
        memset(path + 3 * 251, 0xff, 240);
        for (unsigned i = 0; i < leaves; i++) {
                snprintf(path + 3 * 251 + 240, 16, "%u", i);
                snprintf(name, sizeof(name), V2 "%s/memory.current", path);
                snprintf(current, sizeof(current), "%u\n", 1000 + i);
                harness_tree_write(tree, name, current);
                snprintf(name, sizeof(name), V2 "%s/memory.stat", path);
                harness_tree_write(tree, name, stat);
        }
}

/* The sum of what is shown but the three large ones, and the least of it but the remainder. */
static unsigned long long sum_current(const char *text, unsigned long long *ret_least)
{
        static const char name[] = "\nmemory_cgroup_current_bytes{", other[] = "cgroup=\"other\"";
        unsigned long long sum = 0;
        const char *p = strstr(text, name);

        *ret_least = UINT64_MAX;
        for (; p && strncmp(p, name, sizeof(name) - 1) == 0; p = strchr(p + 1, '\n')) {
                unsigned long long v = strtoull(strchr(strchr(p, '}'), ' '), NULL, 10);

                if (v == 1000000000)
                        continue;
                sum += v;
                if (v < *ret_least && strncmp(p + sizeof(name) - 1, other, sizeof(other) - 1) != 0)
                        *ret_least = v;
        }
        return sum;
}

START_TEST(what_the_text_cannot_hold_is_the_smallest_and_is_summed_up)
{
        static const char *const settings[] = { "max_cgroups", "10000", NULL };
        unsigned leaves = floods[_i].leaves, shown;
        char *tree = v2_tree(), *text = NULL, *last = NULL;
        unsigned long long sum, least;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        add_flood(tree, leaves, floods[_i].stat);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, settings);
        for (int run = 0; run < 3; run++) { /* reads first, then chooses first, then again */
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                sum = sum_current(text, &least);
                ck_assert_uint_eq(sum, 1000ULL * leaves + leaves * (leaves - 1ULL) / 2);
                shown = (unsigned)atoi(harness_value(text, "memory_cgroups_exported")) - 4;
                ck_assert_uint_lt(shown, leaves);
                ck_assert_uint_gt(shown, leaves / 2);
                ck_assert_uint_eq(least, 1000 + leaves - shown);
                harness_assert(text, "memory_cgroup_stat_anon_bytes{cgroup=\"/\"}", "100");
                if (run == 2)
                        ck_assert_str_eq(text, last);
                free(last);
                last = text;
        }
        ck_assert_uint_gt(h.instance.sink.dropped, 0);
        free(last);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

#define ID "0e34ee2485f2a31aaa34009da523a1d2ffd3f3efa30e09d9b88226bcf60ee1ac"

START_TEST(a_container_that_is_a_scope_is_not_named_twice)
{
        char *tree = v2_tree(), *text;

        add_v2(tree, "system.slice/docker-" ID ".scope", "7\n", "max\n");
        text = collect(tree, NULL);
        harness_assert(text,
                       "memory_cgroup_current_bytes{cgroup=\"/system.slice/docker-" ID ".scope\","
                       "slice=\"system.slice\",container=\"" ID "\"}",
                       "7");
        free(text);
        harness_tree_done(tree);
}
END_TEST

START_TEST(cgroups_that_hide_their_pressure_do_not_take_it_from_others)
{
        char *tree = v2_tree(), *text = NULL, path[64];
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        for (int i = 0; i < 12; i++) {
                snprintf(path, sizeof(path), "system.slice/w%d.service", i);
                add_v2(tree, path, "1\n", "max\n");
        }
        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.pressure", "some total=1\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, NULL);
        for (int run = 0; run < 3; run++) {
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                harness_assert(text, "memory_cgroup_pressure_some_seconds_total" SSH, "0.000001");
                free(text);
        }
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
        tree = v1_tree();
        harness_tree_write(tree, V2 "unified/system.slice/ssh.service/memory.pressure",
                           "some total=1\n");
        text = collect(tree, NULL);
        harness_assert(text, "memory_cgroup_pressure_some_seconds_total" SSH, "0.000001");
        free(text);
        harness_tree_done(tree);
}
END_TEST

#define CHILD "system.slice/ssh.service/child"

START_TEST(what_removed_children_leave_behind_is_shown)
{
        static const char local[] = "memory_cgroup_local_oom_kill_events_total" SSH;
        static const char dying[] = "memory_cgroup_dying_descendants" SSH;
        char *tree = v2_tree(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        add_v2(tree, CHILD, "1\n", "max\n");
        harness_tree_write(tree, V2 CHILD "/cgroup.stat",
                           "nr_descendants 0\nnr_dying_descendants 0\n");
        harness_tree_write(tree, V2 "system.slice/ssh.service/memory.events.local", "oom_kill 4\n");
        harness_tree_write(tree, V2 "system.slice/ssh.service/cgroup.stat",
                           "nr_descendants 1\nnr_dying_descendants 0\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, dying, "0");
        harness_assert(text, local, "4");
        free(text);
        harness_tree_remove(tree, V2 CHILD);
        for (int n = 1; n >= 0; n--) { /* while memory is pinned, and when it no longer is */
                harness_tree_write(tree, V2 "system.slice/ssh.service/cgroup.stat",
                                   n ? "nr_descendants 0\nnr_dying_descendants 1\n"
                                     : "nr_descendants 0\nnr_dying_descendants 0\n");
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                harness_assert(text, dying, n ? "1" : "0");
                harness_assert(text, local, "4");
                free(text);
        }
        harness_stop(&h);
        /* After a start nothing is known of children but that they are dying. */
        text = harness_collect(&mx_cgroup, &host, NULL);
        harness_assert_absent(text, dying);
        harness_assert_absent(text, "memory_cgroup_descendants" SSH);
        free(text);
        harness_tree_write(tree, V2 "system.slice/ssh.service/cgroup.stat",
                           "nr_descendants 0\nnr_dying_descendants 3\n");
        text = harness_collect(&mx_cgroup, &host, NULL);
        harness_assert(text, dying, "3");
        harness_assert(text, local, "4");
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(keys_that_have_no_column_left_count_as_dropped)
{
        char *tree = v2_tree(), *text = NULL, lines[512] = "";
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        for (int i = 0; i < 20; i++)
                snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "new_%c 1\n",
                         'a' + i);
        harness_tree_write(tree, V2 "system.slice/memory.events", lines);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_cgroup, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        ck_assert_uint_eq(h.instance.sink.dropped, 20 - (12 - 7));
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(rows_are_the_same_run_after_run)
{
        struct mx_host host = harness_host("x86_64-6.1-v2");
        static const char *const settings[] = { "numa_stat", "true", "stat", "all", NULL };
        char *first = NULL, *text = NULL;
        struct mx_err err;
        struct harness h;

        harness_start(&h, &mx_cgroup, &host, settings);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &first, &err), OUTCOME_OK);
        for (int run = 0; run < 3; run++) {
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                ck_assert_str_eq(text, first);
                free(text);
        }
        free(first);
        harness_stop(&h);
        harness_host_done(&host);
}
END_TEST

static const struct {
        const char *machine, *series, *value;
} facts[] = {
#define TIGHT                                                                                      \
        "{cgroup=\"/tight.slice/"                                                                  \
        "tight-child.service\",unit=\"tight-child.service\",slice=\"tight.slice\"}"
        { "x86_64-6.1-v2", "memory_cgroup_max_bytes" TIGHT, "209715200" },
        { "x86_64-6.1-v2", "memory_cgroup_effective_limit_bytes" TIGHT, "33554432" },
        { "x86_64-6.1-v2", "memory_cgroup_swap_fail_events_total" TIGHT, "14" },
        { "x86_64-6.1-v2",
          "memory_cgroup_oom_kill_events_total{cgroup=\"/system.slice/"
          "oomed.service\",unit=\"oomed.service\","
          "slice=\"system.slice\"}",
          "2" },
        { "x86_64-6.1-v2", "memory_cgroup_dying_descendants{cgroup=\"/\"}", "20" },
        { "x86_64-6.1-v2", "memory_cgroup_numa_anon_bytes{cgroup=\"/tight.slice\",node=\"0\"}",
          "18071552" },
        { "x86_64-6.1-v2", "memory_cgroup_swap_peak_bytes" TIGHT, NULL },
        { "x86_64-6.18-v2", "memory_cgroups", "12" },
        { "x86_64-4.18-v1",
          "memory_cgroup_current_bytes{cgroup=\"/user.slice\",slice=\"user.slice\"}", NULL },
        { "x86_64-4.18-v1", "memory_cgroups", "12" },
        { "aarch64-4.18-64k-v1", "memory_cgroup_max_bytes{cgroup=\"/\"}", NULL },
        { "aarch64-4.18-64k-v1", "memory_cgroup_effective_limit_bytes{cgroup=\"/\"}", NULL },
        { "x86_64-3.10-v1", "memory_cgroup_max_bytes{cgroup=\"/\"}", NULL },
        { "x86_64-3.10-v1",
          "memory_cgroup_effective_limit_bytes{cgroup=\"/user.slice/user-1000.slice/"
          "session-3.scope\","
          "unit=\"session-3.scope\",slice=\"user-1000.slice\"}",
          "536870912" },
        { "x86_64-5.4-hybrid",
          "memory_cgroup_pressure_some_seconds_total{cgroup=\"/system.slice/system-backup.slice/"
          "backup:daily run.service\",unit=\"backup:daily "
          "run.service\",slice=\"system-backup.slice\"}",
          "3.951508" },
        { "x86_64-5.4-hybrid", "memory_cgroup_swap_current_bytes{cgroup=\"/\"}", NULL },
        { "x86_64-5.4-hybrid", "memory_cgroup_hierarchy_version", "1" },
        { "x86_64-6.18-hybrid", "memory_cgroup_hierarchy_version", "1" },
        { "x86_64-5.15-numa4", "memory_cgroup_numa_lru_bytes{cgroup=\"/\",node=\"7\"}",
          "22377275392" },
        /* 56895 pages, which that kernel prints as bytes; read before that is known: none */
        { "x86_64-5.15-numa4",
          "memory_cgroup_stat_workingset_refault_file_total{cgroup=\"/machine.slice\","
          "slice=\"machine.slice\"}",
          "56895" },
        { "x86_64-5.15-numa4", "memory_cgroup_stat_workingset_refault_file_total{cgroup=\"/\"}",
          NULL },
        { "x86_64-4.18-v1", "memory_cgroup_stat_workingset_refault_file_total{cgroup=\"/\"}",
          NULL },
        { "x86_64-6.1-v2",
          "memory_cgroup_numa_workingset_refault_file_total{cgroup=\"/tight.slice\",node=\"0\"}",
          "3071" },
        { "x86_64-6.1-v2",
          "memory_cgroup_numa_workingset_activate_file_total{cgroup=\"/tight.slice\",node=\"1\"}",
          "0" },
        { "x86_64-6.1-v2",
          "memory_cgroup_numa_pgdemote_kswapd_total{cgroup=\"/tight.slice\",node=\"0\"}", NULL },
        { "x86_64-6.18-v2",
          "memory_cgroup_numa_workingset_restore_file_total{cgroup=\"/kubepods.slice\",node=\"1\"}",
          "687" },
        { "x86_64-6.18-v2",
          "memory_cgroup_numa_pgdemote_proactive_total{cgroup=\"/kubepods.slice\",node=\"0\"}",
          "0" },
};

START_TEST(fixture_machines_give_the_facts_in_their_origin)
{
        static const char *const settings[] = { "numa_stat", "true", NULL };
        char *text = collect_machine(facts[_i].machine, settings);

        if (facts[_i].value)
                harness_assert(text, facts[_i].series, facts[_i].value);
        else
                harness_assert_absent(text, facts[_i].series);
        ck_assert_ptr_null(strstr(text, "1844674407"));
        ck_assert_ptr_null(strstr(text, "9223372036854"));
        free(text);
}
END_TEST

static TCase *shapes(void)
{
        TCase *t = tcase_create("shapes");

        tcase_add_test(t, v2_limits_are_absent_when_unlimited_and_effective_over_ancestors);
        tcase_add_test(t, limits_of_ancestors_that_are_not_shown_count);
        tcase_add_test(t, excluded_cgroups_are_not_shown);
        tcase_add_test(t, v1_shows_hierarchical_numbers_only_under_their_v2_names);
        tcase_add_loop_test(t, v1_refaults_are_pages_whatever_the_kernel_prints, 0,
                            (int)MX_ARRAY_SIZE(refaults));
        tcase_add_loop_test(t, v1_refaults_appear_when_their_unit_is_known_and_leap_at_no_scrape, 0,
                            2);
        tcase_add_test(t, v1_refaults_that_looked_like_bytes_are_pages_from_the_first_that_is_not);
        tcase_add_test(t, hybrid_takes_memory_from_v1_and_pressure_from_v2);
        tcase_add_test(t, pressure_can_be_turned_off);
        tcase_add_test(t, a_mounted_part_of_a_hierarchy_keeps_its_full_path);
        tcase_add_test(t, without_a_mount_table_the_usual_places_are_looked_at);
        tcase_add_test(t, a_host_without_the_memory_controller_is_unsupported);
        tcase_add_loop_test(t, fixture_machines_give_the_facts_in_their_origin, 0,
                            (int)MX_ARRAY_SIZE(facts));
        return t;
}

static TCase *trouble(void)
{
        TCase *t = tcase_create("trouble");

        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, a_cgroup_that_vanishes_half_way_shows_nothing_and_fails_nothing, 0,
                            (int)MX_ARRAY_SIZE(half));
        tcase_add_test(t, what_a_unit_or_container_keeps_below_itself_is_shown_on_request);
        tcase_add_test(t, a_depth_limit_hides_what_is_below_it);
        tcase_add_test(t, local_events_are_shown_where_they_may_differ_from_those_with_descendants);
        tcase_add_test(t, files_of_flat_keys_are_passed_through_by_rule);
        tcase_add_loop_test(t, every_line_of_memory_stat_is_shown_under_its_own_name, 0,
                            (int)MX_ARRAY_SIZE(generations));
        tcase_add_test(t, what_comes_back_to_the_working_set_is_shown_by_default);
        tcase_add_test(t, a_value_that_cannot_be_read_is_absent_and_counted);
        tcase_add_test(t, hostile_names_are_escaped_and_harm_nobody_else);
        tcase_add_test(t, paths_too_long_for_a_label_are_left_out);
        tcase_add_test(t, beyond_the_cap_the_largest_stay_and_the_rest_is_summed_up);
        tcase_add_test(t, the_choice_does_not_flap_and_ends_when_there_is_room_again);
        tcase_add_test(t, a_file_that_kernels_lack_is_looked_for_again_later);
        tcase_add_test(t, a_cgroup_that_does_not_fit_the_series_cap_is_left_out_whole);
        tcase_add_loop_test(t, what_the_text_cannot_hold_is_the_smallest_and_is_summed_up, 0,
                            (int)MX_ARRAY_SIZE(floods));
        tcase_add_test(t, a_container_that_is_a_scope_is_not_named_twice);
        tcase_add_test(t, cgroups_that_hide_their_pressure_do_not_take_it_from_others);
        tcase_add_test(t, what_removed_children_leave_behind_is_shown);
        tcase_add_test(t, keys_that_have_no_column_left_count_as_dropped);
        tcase_add_test(t, rows_are_the_same_run_after_run);
        return t;
}

int main(void)
{
        Suite *s = suite_create("cgroup");

        suite_add_tcase(s, shapes());
        suite_add_tcase(s, trouble());
        return harness_main(s);
}
