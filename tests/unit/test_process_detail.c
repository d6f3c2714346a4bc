/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of processes beside stat and status: set sizes of groups, limits, mappings, nodes.
 */
#include "harness.h"

#include "../../collectors/process.h"
#include "../../collectors/process_numa.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define G(metric, group)     "memory_process_group_" metric "{group=\"" group "\"}"
#define P(metric, pid, comm) "memory_process_" metric "{pid=\"" pid "\",comm=\"" comm "\"}"

struct proc {
        unsigned pid;
        const char *comm;
        unsigned rss, locked, size; /* KiB */
        unsigned minor;
        bool may_lock;
};

static char *tree;
static struct mx_host host;

static void setup(void)
{
        tree = harness_tree_new();
        harness_tree_write(tree, "proc/sys/vm/max_map_count", "1000\n");
        harness_tree_write(tree, "sys/devices/system/node/.keep", "");
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

static void end(unsigned pid)
{
        char path[64];

        snprintf(path, sizeof(path), "proc/%u", pid);
        harness_tree_remove(tree, path);
}

static void put(struct proc p)
{
        char text[1024];

        snprintf(text, sizeof(text), "%u (%s) S 1 1 1 0 -1 0 %u 0 0 0 0 0 0 0 20 0 1 0 %u 0 0\n",
                 p.pid, p.comm, p.minor, p.pid);
        write_file(p.pid, "stat", text);
        snprintf(text, sizeof(text),
                 "Name:\tx\nUid:\t0\t0\t0\t0\nVmSize:\t%u kB\nVmLck:\t%u kB\nVmRSS:\t%u kB\n"
                 "Threads:\t1\nCapEff:\t%s\n",
                 p.size ? p.size : p.rss, p.locked, p.rss,
                 p.may_lock ? "000001ffffffffff" : "0000000000000000");
        write_file(p.pid, "status", text);
        write_file(p.pid, "oom_score", "0\n");
        write_file(p.pid, "oom_score_adj", "0\n");
        write_file(p.pid, "cgroup", "0::/\n");
}

static void put_smaps(unsigned pid, unsigned pss, unsigned private, unsigned swap_pss)
{
        char text[256];

        snprintf(text, sizeof(text),
                 "0-1 ---p 0 [rollup]\nPss: %u kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: %u kB\n"
                 "SwapPss: %u kB\n",
                 pss, private, swap_pss);
        write_file(pid, "smaps_rollup", text);
}

static void put_limits(unsigned pid, const char *locked, const char *space)
{
        char text[256];

        snprintf(text, sizeof(text),
                 "Limit Soft Limit\nMax locked memory %s 1 bytes\nMax address space %s 1 bytes\n",
                 locked, space);
        write_file(pid, "limits", text);
}

static char *run(struct harness *h)
{
        struct mx_err err;
        char *text = NULL;

        ck_assert_int_eq(harness_run(h, MX_TEXT, &text, &err), OUTCOME_OK);
        return text;
}

static char *collect(const char *const *settings)
{
        return harness_collect(&mx_process, &host, settings);
}

static const char *const groups_on[] = { "smaps_groups", "true", "smaps_budget", "10s", NULL };

START_TEST(a_group_has_the_sums_of_all_of_its_processes)
{
        char *text;

        put((struct proc){ .pid = 10, .comm = "db", .rss = 100 });
        put((struct proc){ .pid = 11, .comm = "db", .rss = 90 });
        put((struct proc){ .pid = 12, .comm = "db" }); /* no memory: nothing to read */
        put((struct proc){ .pid = 13, .comm = "sh", .rss = 7 });
        put_smaps(10, 60, 20, 3);
        put_smaps(11, 50, 10, 4);
        put_smaps(13, 5, 4, 0);
        text = collect(groups_on);
        harness_assert(text, G("pss_bytes", "db"), "112640");
        harness_assert(text, G("uss_bytes", "db"), "30720");
        harness_assert(text, G("swap_pss_bytes", "db"), "7168");
        harness_assert(text, G("smaps_coverage_ratio", "db"), "1.000");
        harness_assert(text, G("pss_bytes", "sh"), "5120");
        harness_assert(text, P("pss_bytes", "10", "db"), "61440");
        harness_assert(text, P("swap_pss_bytes", "10", "db"), "3072");
        ck_assert_uint_eq(harness_count(text, "memory_process_group_smaps_age_seconds"), 3);
        free(text);
}
END_TEST

static const struct {
        const char *what, *smaps, *max_rss, *budget, *coverage;
} incomplete[] = {
        { "one that cannot be read", NULL, "1GiB", "10s", "0.901" },
        { "one that is malformed", "Pss: x kB\n", "1GiB", "10s", "0.901" },
        { "one without its sizes", "Rss: 1 kB\n", "1GiB", "10s", "0.901" },
        { "one above the ceiling", "Pss: 1 kB\n", "99KiB", "10s", "0.100" },
        { "no time", "Pss: 1 kB\n", "1GiB", "0", "0.000" },
};

START_TEST(a_group_with_a_process_that_is_not_read_has_a_coverage_and_no_sums)
{
        const char *const settings[] = { "smaps_groups",
                                         "true",
                                         "smaps_max_rss",
                                         incomplete[_i].max_rss,
                                         "smaps_budget",
                                         incomplete[_i].budget,
                                         NULL };
        char *text;

        put((struct proc){ .pid = 10, .comm = "db", .rss = 900 });
        put((struct proc){ .pid = 11, .comm = "db", .rss = 99 });
        put((struct proc){ .pid = 12, .comm = "db", .rss = 1 });
        put_smaps(10, 60, 20, 0);
        put_smaps(12, 1, 0, 0);
        if (incomplete[_i].smaps)
                write_file(11, "smaps_rollup", incomplete[_i].smaps);
        text = collect(settings);
        harness_assert(text, G("smaps_coverage_ratio", "db"), incomplete[_i].coverage);
        harness_assert_absent(text, G("pss_bytes", "db"));
        harness_assert_absent(text, G("uss_bytes", "db"));
        harness_assert_absent(text, G("smaps_age_seconds", "db"));
        free(text);
}
END_TEST

START_TEST(the_sums_of_groups_that_are_not_shown_are_those_of_other)
{
        static const char *const one[] = {
                "smaps_groups", "true", "smaps_budget", "10s", "max_groups", "1", NULL
        };
        struct harness h;
        char *text;

        put((struct proc){ .pid = 10, .comm = "large", .rss = 900 });
        put((struct proc){ .pid = 11, .comm = "a", .rss = 9 });
        put((struct proc){ .pid = 12, .comm = "b", .rss = 8 });
        put_smaps(10, 500, 20, 0);
        put_smaps(11, 6, 5, 1);
        put_smaps(12, 4, 3, 1);
        harness_start(&h, &mx_process, &host, one);
        for (int i = 0; i < 3; i++) {
                text = run(&h);
                harness_assert(text, G("pss_bytes", "large"), "512000");
                harness_assert(text, G("pss_bytes", "other"), "10240");
                harness_assert(text, G("uss_bytes", "other"), "8192");
                harness_assert(text, G("smaps_coverage_ratio", "other"), "1.000");
                free(text);
        }
        end(12); /* and what it held with it */
        text = run(&h);
        harness_assert(text, G("pss_bytes", "other"), "6144");
        free(text);
        put((struct proc){ .pid = 13, .comm = "c", .rss = 1 }); /* not to be read */
        text = run(&h);
        harness_assert_absent(text, G("pss_bytes", "other"));
        harness_assert(text, G("smaps_coverage_ratio", "other"), "0.900");
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(nothing_is_read_that_is_not_asked_for)
{
        char *text;

        put((struct proc){ .pid = 10, .comm = "db", .rss = 900 });
        put_smaps(10, 60, 20, 0);
        write_file(10, "maps", "1-2 r\n");
        write_file(10, "numa_maps", "1 default N0=1 kernelpagesize_kB=4\n");
        harness_tree_write(tree, "sys/devices/system/node/has_memory", "0-1\n");
        text = collect(NULL);
        ck_assert_uint_eq(harness_count(text, "memory_process_group_smaps_coverage_ratio"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_process_group_pss_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_process_maps"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_process_node_bytes"), 0);
        free(text);
}
END_TEST

static const struct {
        const char *locked, *space;
        bool may_lock;
        unsigned used_locked;
        const char *locked_ratio, *virtual_ratio; /* NULL: none */
} limited[] = {
        { "65536", "unlimited", false, 64, "1.000", NULL },
        { "65536", "unlimited", false, 60, "0.937", NULL },
        { "65536", "1048576", false, 0, NULL, "0.976" },
        { "65536", "unlimited", true, 640, NULL, NULL },
        { "65536", "1048576", true, 640, NULL, "0.976" },
        { "65536", "unlimited", false, 128, "2.000", NULL }, /* lowered since */
        { "unlimited", "unlimited", false, 64, NULL, NULL },
        { "0", "0", false, 64, NULL, NULL },
        { "x", "1048576", false, 64, NULL, NULL },
};

START_TEST(limits_are_shown_where_they_bind)
{
        char *text;

        put((struct proc){ .pid = 10,
                           .comm = "db",
                           .rss = 900,
                           .size = 1000,
                           .locked = limited[_i].used_locked,
                           .may_lock = limited[_i].may_lock });
        put((struct proc){ .pid = 11, .comm = "db", .rss = 9, .locked = 1 });
        put((struct proc){ .pid = 12, .comm = "none", .rss = 9, .locked = 1 });
        put_limits(10, limited[_i].locked, limited[_i].space);
        put_limits(11, "unlimited", "unlimited");
        text = collect(NULL);
        if (limited[_i].locked_ratio) {
                harness_assert(text, P("locked_limit_ratio", "10", "db"), limited[_i].locked_ratio);
                harness_assert(text, P("locked_limit_bytes", "10", "db"), limited[_i].locked);
                harness_assert(text, G("highest_locked_limit_ratio", "db"),
                               limited[_i].locked_ratio);
        }
        if (limited[_i].virtual_ratio) {
                harness_assert(text, P("virtual_limit_ratio", "10", "db"),
                               limited[_i].virtual_ratio);
                harness_assert(text, G("highest_virtual_limit_ratio", "db"),
                               limited[_i].virtual_ratio);
        }
        ck_assert_uint_eq(harness_count(text, "memory_process_locked_limit_bytes"),
                          limited[_i].locked_ratio != NULL);
        ck_assert_uint_eq(harness_count(text, "memory_process_group_highest_virtual_limit_ratio"),
                          limited[_i].virtual_ratio != NULL);
        free(text);
}
END_TEST

START_TEST(a_group_shows_the_member_that_is_nearest_to_its_limit_also_when_folded)
{
        static const char *const none[] = { "max_groups", "0", "top_resident", "0", "top_oom_score",
                                            "0",          NULL };
        char *text;

        for (unsigned i = 1; i <= 9; i++) {
                put((struct proc){
                        .pid = i, .comm = i % 2 ? "a" : "b", .rss = 9, .size = 100 * i });
                put_limits(i, "0", "1024000");
        }
        text = collect(NULL);
        harness_assert(text, G("highest_virtual_limit_ratio", "a"), "0.900");
        harness_assert(text, G("highest_virtual_limit_ratio", "b"), "0.800");
        free(text);
        text = collect(none);
        harness_assert(text, G("highest_virtual_limit_ratio", "other"), "0.900");
        free(text);
}
END_TEST

/* Runs until the ratio is no longer `before`; returns after how many. */
static unsigned runs_until(struct harness *h, const char *series, const char *before, unsigned max)
{
        for (unsigned i = 1; i <= max; i++) {
                char *text = run(h);
                const char *value = harness_value(text, series);
                bool differs = !value || strcmp(value, before) != 0;

                free(text);
                if (differs)
                        return i;
        }
        return max + 1;
}

START_TEST(limits_are_read_again_at_once_when_they_are_near_and_seldom_when_far)
{
        static const char *const none[] = {
                "top_resident", "0", "top_oom_score", "0", "reread", "1", NULL
        };
        struct harness h;
        unsigned n;
        char *text;

        put((struct proc){ .pid = 10, .comm = "near", .rss = 9, .size = 900 });
        put((struct proc){ .pid = 11, .comm = "far", .rss = 9, .size = 100 });
        put_limits(10, "0", "1024000");
        put_limits(11, "0", "1024000");
        harness_start(&h, &mx_process, &host, none);
        text = run(&h);
        harness_assert(text, G("highest_virtual_limit_ratio", "near"), "0.900");
        harness_assert(text, G("highest_virtual_limit_ratio", "far"), "0.100");
        free(text);
        put_limits(10, "0", "10240000");
        put_limits(11, "0", "512000");
        ck_assert_uint_eq(runs_until(&h, G("highest_virtual_limit_ratio", "near"), "0.900", 99), 1);
        n = runs_until(&h, G("highest_virtual_limit_ratio", "far"), "0.100", 99);
        ck_assert_uint_ge(n, 1);
        ck_assert_uint_le(n, 64);
        put((struct proc){ .pid = 12, .comm = "new", .rss = 9, .size = 100 });
        put_limits(12, "0", "1024000");
        text = run(&h); /* what lives for a moment is not asked */
        harness_assert_absent(text, G("highest_virtual_limit_ratio", "new"));
        free(text);
        text = run(&h);
        harness_assert(text, G("highest_virtual_limit_ratio", "new"), "0.100");
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(who_comes_to_be_shown_alone_shows_its_limit_of_now)
{
        static const char *const four[] = { "top_resident", "4", "top_oom_score", "0", NULL };
        struct harness h;
        char series[96];

        for (unsigned pid = 11; pid <= 18; pid++) {
                put((struct proc){ .pid = pid, .comm = "db", .rss = pid < 15 ? 900 : 9 });
                put_limits(pid, "0", "10240000");
        }
        harness_start(&h, &mx_process, &host, four);
        free(run(&h));
        for (unsigned pid = 15; pid <= 18; pid++) {
                put((struct proc){ .pid = pid, .comm = "db", .rss = 2000, .minor = 1 });
                put_limits(pid, "0", "20480000");
        }
        free(run(&h)); /* in which they are seen to be the largest */
        for (unsigned i = 0; i < 2; i++) {
                char *text = run(&h);

                for (unsigned pid = 15; pid <= 18; pid++) {
                        snprintf(series, sizeof(series),
                                 "memory_process_virtual_limit_bytes{pid=\"%u\",comm=\"db\"}", pid);
                        harness_assert(text, series, "20480000");
                }
                free(text);
        }
        harness_stop(&h);
}
END_TEST

static const char *const maps_on[] = { "map_counts", "true", "maps_budget", "10s", NULL };

START_TEST(mappings_are_counted_over_any_number_of_reads)
{
        static const unsigned sizes[] = { 1, 2, 999, 5000 };
        char series[96], value[32], *maps = malloc(5001 * 64), *text;

        ck_assert_ptr_nonnull(maps);
        for (unsigned i = 0; i < MX_ARRAY_SIZE(sizes); i++) {
                size_t n = 0;

                put((struct proc){ .pid = 10 + i, .comm = i < 2 ? "few" : "many", .rss = 9 });
                for (unsigned k = 0; k < sizes[i]; k++)
                        n += (size_t)snprintf(maps + n, 64, "7f%010x-7f%010x r--p %0*x\n", k, k + 1,
                                              (int)(k % 17 + 1), k);
                snprintf(maps + n, 64, "ffffffffff600000-ffffffffff601000 --xp [vsyscall]\n");
                write_file(10 + i, "maps", maps);
        }
        text = collect(maps_on);
        for (unsigned i = 0; i < MX_ARRAY_SIZE(sizes); i++) {
                snprintf(series, sizeof(series), "memory_process_maps{pid=\"%u\",comm=\"%s\"}",
                         10 + i, i < 2 ? "few" : "many");
                snprintf(value, sizeof(value), "%u", sizes[i]);
                harness_assert(text, series, value);
        }
        harness_assert(text, G("highest_maps_limit_ratio", "few"), "0.002");
        harness_assert(text, G("highest_maps_limit_ratio", "many"), "5.000");
        harness_assert(text, P("maps_limit_ratio", "12", "many"), "0.999");
        ck_assert_uint_eq(harness_count(text, "memory_process_maps_age_seconds"), 4);
        ck_assert_uint_eq(harness_count(text, "memory_process_group_maps_age_seconds"), 2);
        free(text);
        free(maps);
}
END_TEST

START_TEST(mappings_that_cannot_be_counted_make_no_sample)
{
        size_t n = (1 << 20) + 1; /* more than the reader holds */
        char *line = malloc(n + 1), *text;

        ck_assert_ptr_nonnull(line);
        memset(line, 'x', n);
        line[n] = '\0';
        put((struct proc){ .pid = 10, .comm = "long", .rss = 9 });
        put((struct proc){ .pid = 11, .comm = "empty", .rss = 9 });
        put((struct proc){ .pid = 12, .comm = "none", .rss = 9 });
        put((struct proc){ .pid = 13, .comm = "fine", .rss = 9 });
        write_file(10, "maps", line);
        write_file(11, "maps", "");
        write_file(13, "maps", "1-2 r--p\n3-4 r--p");
        harness_tree_remove(tree, "proc/sys");
        text = collect(maps_on);
        ck_assert_uint_eq(harness_count(text, "memory_process_maps"), 1);
        harness_assert(text, P("maps", "13", "fine"), "2");
        ck_assert_uint_eq(harness_count(text, "memory_process_maps_limit_ratio"), 0);
        free(text);
        free(line);
}
END_TEST

static const char *const numa_on[] = { "numa_maps", "true", "numa_budget", "10s", NULL };

START_TEST(memory_is_told_apart_by_node_where_there_is_more_than_one)
{
        static const char *const lists[] = { "0-1\n", "0\n", "", "x\n", "0-99\n" };
        struct harness h;
        char *text;

        put((struct proc){ .pid = 10, .comm = "db", .rss = 900 });
        put((struct proc){ .pid = 11, .comm = "bad", .rss = 900 });
        put((struct proc){ .pid = 12, .comm = "huge", .rss = 2U << 20 });
        write_file(10, "numa_maps",
                   "1 default heap N0=2 kernelpagesize_kB=4\n2 default huge N1=3 N0=1 "
                   "kernelpagesize_kB=2048\n3 default\n");
        write_file(11, "numa_maps", "1 default N0=2 kernelpagesize_kB=4\n2 default N0=x\n");
        write_file(12, "numa_maps", "1 default N0=2 kernelpagesize_kB=4\n");
        harness_start(&h, &mx_process, &host, numa_on);
        text = run(&h); /* no list of nodes */
        ck_assert_uint_eq(harness_count(text, "memory_process_node_bytes"), 0);
        free(text);
        for (size_t i = 0; i < MX_ARRAY_SIZE(lists); i++) {
                harness_tree_write(tree, "sys/devices/system/node/has_memory", lists[i]);
                text = run(&h);
                ck_assert_uint_eq(harness_count(text, "memory_process_node_bytes"), i == 0 ? 2 : 0);
                if (i == 0) {
                        harness_assert(
                                text,
                                "memory_process_node_bytes{pid=\"10\",comm=\"db\",node=\"0\"}",
                                "2105344");
                        harness_assert(
                                text,
                                "memory_process_node_bytes{pid=\"10\",comm=\"db\",node=\"1\"}",
                                "6291456");
                }
                free(text);
        }
        harness_tree_remove(tree, "sys/devices/system/node/has_memory");
        harness_tree_write(tree, "sys/devices/system/node/online", "0-1\n");
        text = run(&h);
        ck_assert_uint_eq(harness_count(text, "memory_process_node_bytes"), 2);
        free(text);
        harness_stop(&h);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* end such programs */
START_TEST(nodes_that_there_is_no_memory_for_are_counted)
{
        struct process_numa numa = { .n = 2,
                                     .readings = { .n = 3, .size = SIZE_MAX / 64, .width = 2 } };
        struct harness h;

        put((struct proc){ .pid = 10, .comm = "db", .rss = 900 });
        harness_start(&h, &mx_process, &host, NULL);
        free(run(&h));
        ck_assert_uint_eq(h.instance.sink.dropped, 0);
        process_numa_emit(&numa, NULL, &h.instance.sink, 0);
        ck_assert_uint_eq(h.instance.sink.dropped, 6);
        free(numa.value);
        free(numa.labels);
        harness_stop(&h);
}
END_TEST
#endif

/* --- the readings themselves ------------------------------------------------------------------ */

static struct process_table table;
static unsigned order[64];
static size_t n_order;
static unsigned spin_ms, ends;

static int note(struct process_reader *reader, uint64_t *value, void *arg)
{
        struct timespec ts = { 0, (long)spin_ms * 1000000 };
        unsigned pid = (unsigned)strtoul(reader->path, NULL, 10);

        (void)arg;
        if (n_order < MX_ARRAY_SIZE(order))
                order[n_order++] = pid;
        if (spin_ms)
                nanosleep(&ts, NULL);
        if (pid == ends)
                end(pid);
        value[0] = pid;
        return pid == ends ? -ESRCH : 0;
}

static void add_process(unsigned pid)
{
        struct process *p = process_table_find(&table, pid);

        if (!p)
                p = process_table_add(&table, pid);
        p->start_time = pid;
        p->flags |= PROCESS_LIVE;
        p->value[MX_PROCESS_RESIDENT] = 10;
        p->run = table.run;
}

static void make_table(unsigned first, unsigned last)
{
        process_table_begin(&table);
        for (unsigned pid = first; pid <= last; pid++)
                add_process(pid);
        process_table_sweep(&table);
}

START_TEST(readings_are_taken_by_turns_those_of_new_ones_in_the_order_of_coming)
{
        static const unsigned want[] = { 1, 2, 3, 4, 5, 1, 2, 3, 4 };
        const struct process_readings_want w = { 100, 1000, true };
        struct process_readings r;
        struct process_reader reader;

        process_reader_init(&reader, &host);
        process_readings_init(&r, 1);
        spin_ms = 2; /* above the budget: one in each run */
        for (unsigned i = 0; i < MX_ARRAY_SIZE(want); i++) {
                size_t before = n_order;

                make_table(1, i < 2 ? 4 : 5);
                for (unsigned pid = 1; pid <= 5; pid++)
                        put((struct proc){ .pid = pid, .comm = "x" });
                /* A run that was made to wait before it began has read none. */
                while (n_order == before)
                        process_readings_run(&r, &table, &reader, &w, note, NULL);
        }
        for (unsigned i = 0; i < MX_ARRAY_SIZE(want); i++)
                ck_assert_uint_eq(order[i], want[i]);
        ck_assert_uint_eq(r.n, 5);
        for (size_t i = 0; i < r.n; i++) {
                const struct process_reading *e = process_reading_at(&r, i);

                ck_assert_uint_eq(table.process[e->index].pid, e->pid);
                ck_assert_uint_eq(e->value[0], e->pid);
                if (i > 0)
                        ck_assert_uint_ge(e->at, process_reading_at(&r, i - 1)->at);
        }
        make_table(3, 4); /* the others are gone */
        process_readings_run(&r, &table, &reader, &(struct process_readings_want){ 100, 0, true },
                             note, NULL);
        ck_assert_uint_eq(r.n, 2);
        make_table(3, 4);
        process_table_find(&table, 3)->value[MX_PROCESS_RESIDENT] = 101;
        process_readings_run(&r, &table, &reader, &(struct process_readings_want){ 100, 0, true },
                             note, NULL);
        ck_assert_uint_eq(r.n, 1);
        ck_assert_uint_eq(process_reading_at(&r, 0)->pid, 4);
        process_readings_done(&r);
        process_reader_done(&reader);
        process_table_done(&table);
}
END_TEST

START_TEST(whoever_stays_has_its_turn_however_many_come_and_go)
{
        const struct process_readings_want w = { 100, 1000, true };
        struct process_readings r;
        struct process_reader reader;
        unsigned times[8] = { 0 };

        process_reader_init(&reader, &host);
        process_readings_init(&r, 1);
        spin_ms = 2; /* above the budget: one in each run */
        for (unsigned i = 0; i < 60; i++) {
                process_table_begin(&table);
                /* One stays from the first run on, one from the sixth; of the others three come
                 * with each run, and each stays for three. */
                for (unsigned pid = 1; pid <= 5; pid++)
                        if (pid < 5 || i > 5)
                                add_process(pid);
                for (unsigned pid = 100 + 3 * i; pid < 100 + 3 * i + 9; pid++)
                        add_process(pid);
                process_table_sweep(&table);
                n_order = 0;
                while (n_order == 0)
                        process_readings_run(&r, &table, &reader, &w, note, NULL);
                ck_assert_uint_eq(n_order, 1);
                if (order[0] < MX_ARRAY_SIZE(times))
                        times[order[0]]++;
                for (size_t k = 0; k < r.n; k++) {
                        const struct process_reading *e = process_reading_at(&r, k);

                        ck_assert_uint_eq(e->known, k >= r.n_new);
                        if (k != 0 && k != r.n_new)
                                ck_assert_uint_ge(e->at, process_reading_at(&r, k - 1)->at);
                }
        }
        for (unsigned pid = 1; pid <= 5; pid++)
                ck_assert_uint_ge(times[pid], 3);
        process_readings_done(&r);
        process_reader_done(&reader);
        process_table_done(&table);
}
END_TEST

START_TEST(processes_that_there_is_no_room_for_are_counted)
{
        const struct process_readings_want w = { 100, 0, true };
        struct process_readings r;
        struct process_reader reader;

        process_reader_init(&reader, &host);
        process_readings_init(&r, 1);
        for (unsigned more = 0; more < 3; more++) {
                make_table(1, PROCESS_READINGS_MAX + more);
                process_readings_run(&r, &table, &reader, &w, note, NULL);
                ck_assert_uint_eq(r.n, PROCESS_READINGS_MAX);
                ck_assert_uint_eq(r.left_out, more);
        }
        process_readings_done(&r);
        process_reader_done(&reader);
        process_table_done(&table);
}
END_TEST

START_TEST(a_process_that_ends_while_it_is_read_holds_nothing)
{
        struct process_readings r;
        struct process_reader reader;

        process_reader_init(&reader, &host);
        process_readings_init(&r, 1);
        spin_ms = 0;
        ends = 2;
        for (unsigned pid = 1; pid <= 3; pid++)
                put((struct proc){ .pid = pid, .comm = "x" });
        make_table(1, 3);
        process_readings_run(&r, &table, &reader,
                             &(struct process_readings_want){ 100, 10000000, true }, note, NULL);
        for (size_t i = 0; i < r.n; i++) {
                const struct process_reading *e = process_reading_at(&r, i);

                ck_assert_uint_eq(e->known, 1);
                ck_assert_uint_eq(e->value[0], e->pid == 2 ? 0 : e->pid);
        }
        ck_assert_uint_eq(r.invalid, 0);
        process_readings_done(&r);
        process_reader_done(&reader);
        process_table_done(&table);
}
END_TEST

START_TEST(machines_show_what_they_were_made_to_hold)
{
        static const char *const all[] = { "smaps_groups", "true",        "smaps_budget",
                                           "10s",          "map_counts",  "true",
                                           "maps_budget",  "10s",         "numa_maps",
                                           "true",         "numa_budget", "10s",
                                           "numa_max_rss", "99GiB",       NULL };
        static const struct {
                const char *machine, *series, *value;
        } cases[] = {
                { "x86_64-5.15-numa4", G("pss_bytes", "postgres"), "502784000" },
                { "x86_64-5.15-numa4", G("smaps_coverage_ratio", "postgres"), "1.000" },
                { "x86_64-5.15-numa4", P("virtual_limit_ratio", "2100", "redis-server"), "0.987" },
                { "x86_64-5.15-numa4", P("maps", "2100", "redis-server"), "8" },
                { "x86_64-5.15-numa4",
                  "memory_process_node_bytes{pid=\"2100\",comm=\"redis-server\",node=\"7\"}",
                  "294912000" },
                { "x86_64-5.15-numa4",
                  "memory_process_node_bytes{pid=\"2004\",comm=\"postgres\",node=\"1\"}",
                  "162816000" },
                { "x86_64-5.15-numa4",
                  "memory_process_node_bytes{pid=\"2004\",comm=\"postgres\",node=\"3\"}", NULL },
                { "x86_64-6.1-v2",
                  "memory_process_node_bytes{pid=\"334\",comm=\"nginx\",node=\"1\"}", "17035264" },
                { "x86_64-6.1-v2", G("smaps_coverage_ratio", "nginx"), "1.000" },
                { "aarch64-6.6-64k", G("highest_locked_limit_ratio", "qemu-system-aar"), "0.994" },
                { "aarch64-6.6-64k",
                  "memory_process_node_bytes{pid=\"1200\",comm=\"java\",node=\"0\"}", NULL },
                { "x86_64-3.10-v1", G("smaps_coverage_ratio", "postgres"), "0.000" },
        };
        struct mx_host machine = harness_host(cases[_i].machine);
        const char *value;
        char *text;

        machine.may_block = true;
        text = harness_collect(&mx_process, &machine, all);
        value = harness_value(text, cases[_i].series);
        if (cases[_i].value)
                harness_assert(text, cases[_i].series, cases[_i].value);
        else
                ck_assert_ptr_null(value);
        free(text);
        harness_host_done(&machine);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test(t, test, 0, (int)MX_ARRAY_SIZE(table))

int main(void)
{
        Suite *s = suite_create("process_detail");
        TCase *t = tcase_create("process_detail");

        tcase_add_checked_fixture(t, setup, teardown);
        tcase_set_timeout(t, 60);
        tcase_add_test(t, a_group_has_the_sums_of_all_of_its_processes);
        LOOP(t, a_group_with_a_process_that_is_not_read_has_a_coverage_and_no_sums, incomplete);
        tcase_add_test(t, the_sums_of_groups_that_are_not_shown_are_those_of_other);
        tcase_add_test(t, nothing_is_read_that_is_not_asked_for);
        LOOP(t, limits_are_shown_where_they_bind, limited);
        tcase_add_test(t, a_group_shows_the_member_that_is_nearest_to_its_limit_also_when_folded);
        tcase_add_test(t, limits_are_read_again_at_once_when_they_are_near_and_seldom_when_far);
        tcase_add_test(t, who_comes_to_be_shown_alone_shows_its_limit_of_now);
        tcase_add_test(t, mappings_are_counted_over_any_number_of_reads);
        tcase_add_test(t, mappings_that_cannot_be_counted_make_no_sample);
        tcase_add_test(t, memory_is_told_apart_by_node_where_there_is_more_than_one);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        tcase_add_test(t, nodes_that_there_is_no_memory_for_are_counted);
#endif
        tcase_add_test(t, readings_are_taken_by_turns_those_of_new_ones_in_the_order_of_coming);
        tcase_add_test(t, whoever_stays_has_its_turn_however_many_come_and_go);
        tcase_add_test(t, processes_that_there_is_no_room_for_are_counted);
        tcase_add_test(t, a_process_that_ends_while_it_is_read_holds_nothing);
        tcase_add_loop_test(t, machines_show_what_they_were_made_to_hold, 0, 12);
        suite_add_tcase(s, t);
        return harness_main(s);
}
