/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define G(metric, group) "memory_process_group_" metric "{group=\"" group "\"}"

struct proc {
        unsigned pid;
        const char *comm;
        unsigned minor, major, start;
        unsigned anon, file; /* KiB; both 0 and no name of a state: still has the lines */
        unsigned oom;
        const char *cgroup;
        char state; /* 0: S */
        unsigned flags;
        unsigned uid;
};

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

static void put(struct proc p)
{
        char text[1024];
        int n;

        snprintf(text, sizeof(text),
                 "%u (%s) %c 1 1 1 0 -1 %u %u 0 %u 0 0 0 0 0 20 0 1 0 %u 4096 %u\n", p.pid, p.comm,
                 p.state ? p.state : 'S', p.flags, p.minor, p.major, p.start, p.anon + p.file);
        write_file(p.pid, "stat", text);
        n = snprintf(text, sizeof(text), "Name:\tx\nUid:\t%u\t%u\t%u\t%u\n", p.uid, p.uid, p.uid,
                     p.uid);
        if (!p.state)
                n += snprintf(text + n, sizeof(text) - (size_t)n,
                              "VmSize:\t%u kB\nVmLck:\t1 kB\nVmRSS:\t%u kB\nRssAnon:\t%u kB\n"
                              "RssFile:\t%u kB\nRssShmem:\t0 kB\nVmPTE:\t4 kB\nVmSwap:\t8 kB\n",
                              10 * (p.anon + p.file), p.anon + p.file, p.anon, p.file);
        snprintf(text + n, sizeof(text) - (size_t)n, "Threads:\t1\n");
        write_file(p.pid, "status", text);
        snprintf(text, sizeof(text), "%u\n", p.oom);
        write_file(p.pid, "oom_score", text);
        write_file(p.pid, "oom_score_adj", p.oom > 900 ? "500\n" : "-17\n");
        snprintf(text, sizeof(text), "0::%s\n", p.cgroup ? p.cgroup : "/");
        write_file(p.pid, "cgroup", text);
}

static void end(unsigned pid)
{
        char path[64];

        snprintf(path, sizeof(path), "proc/%u", pid);
        harness_tree_remove(tree, path);
}

static char *collect(const char *const *settings)
{
        return harness_collect(&mx_process, &host, settings);
}

static char *run(struct harness *h)
{
        struct mx_err err;
        char *text = NULL;

        ck_assert_int_eq(harness_run(h, MX_TEXT, &text, &err), OUTCOME_OK);
        return text;
}

/* The sum of all samples of a name. */
static unsigned long long sum(const char *text, const char *name)
{
        unsigned long long total = 0;
        size_t n = strlen(name);

        for (const char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
                if (strncmp(p, name, n) == 0 && p[n] == '{') {
                        const char *q = p, *eol = strchr(p, '\n');

                        for (const char *at = p; at < eol; at++)
                                if (*at == ' ')
                                        q = at;
                        total += strtoull(q, NULL, 10);
                }
        return total;
}

START_TEST(process_groups_by_name_and_splits_resident_memory)
{
        char *text;

        put((struct proc){ .pid = 10,
                           .comm = "db",
                           .anon = 100,
                           .file = 20,
                           .minor = 5,
                           .major = 2,
                           .oom = 7 });
        put((struct proc){ .pid = 11, .comm = "db", .anon = 1, .file = 2, .minor = 50, .oom = 70 });
        put((struct proc){ .pid = 12, .comm = "sh", .anon = 3, .file = 4 });
        text = collect(NULL);
        harness_assert(text, G("processes", "db"), "2");
        harness_assert(text, G("resident_bytes", "db"), "125952");
        harness_assert(text, G("anon_bytes", "db"), "103424");
        harness_assert(text, G("file_bytes", "db"), "22528");
        harness_assert(text, G("shmem_bytes", "db"), "0");
        harness_assert(text, G("swap_bytes", "db"), "16384");
        harness_assert(text, G("virtual_bytes", "db"), "1259520");
        harness_assert(text, G("locked_bytes", "db"), "2048");
        harness_assert(text, G("page_tables_bytes", "db"), "8192");
        harness_assert(text, G("minor_faults_total", "db"), "55");
        harness_assert(text, G("major_faults_total", "db"), "2");
        harness_assert(text, G("highest_oom_score", "db"), "70");
        harness_assert(text, G("processes", "sh"), "1");
        harness_assert(text, G("processes", "other"), "0");
        harness_assert_absent(text, G("hugetlb_bytes", "db")); /* this kernel prints no such line */
        harness_assert(text, "memory_processes", "3");
        harness_assert(text, "memory_process_groups", "2");
        free(text);
}
END_TEST

START_TEST(process_shows_the_largest_and_the_likeliest_victims_once_each)
{
        static const char *const two[] = { "top_resident", "2", "top_oom_score", "1", NULL };
        char *text;

        put((struct proc){ .pid = 1,
                           .comm = "big",
                           .anon = 900,
                           .oom = 5,
                           .cgroup = "/system.slice/big.service" });
        put((struct proc){ .pid = 2, .comm = "mid", .anon = 500, .oom = 950 });
        put((struct proc){ .pid = 3, .comm = "small", .anon = 10, .oom = 900 });
        put((struct proc){ .pid = 4, .comm = "other", .anon = 7, .oom = 900 });
        text = collect(two);
        harness_assert(text,
                       "memory_process_resident_bytes{pid=\"1\",comm=\"big\",unit=\"big.service\"}",
                       "921600");
        harness_assert(text, "memory_process_resident_bytes{pid=\"2\",comm=\"mid\"}", "512000");
        harness_assert(text, "memory_process_oom_score{pid=\"2\",comm=\"mid\"}", "950");
        harness_assert(text, "memory_process_oom_score_adj{pid=\"2\",comm=\"mid\"}", "500");
        harness_assert(text,
                       "memory_process_oom_score_adj{pid=\"1\",comm=\"big\",unit=\"big.service\"}",
                       "-17");
        harness_assert(text, "memory_process_resident_bytes{comm=\"other\"}", "17408");
        harness_assert(text, "memory_process_swap_bytes{comm=\"other\"}", "16384");
        ck_assert_uint_eq(harness_count(text, "memory_process_resident_bytes"), 3);
        ck_assert_uint_eq(harness_count(text, "memory_process_oom_score"), 2);
        free(text);
}
END_TEST

START_TEST(process_prefers_the_larger_of_equally_likely_victims)
{
        static const char *const one[] = { "top_resident", "0", "top_oom_score", "1", NULL };
        char *text;

        put((struct proc){ .pid = 1, .comm = "small", .anon = 1, .oom = 666 });
        put((struct proc){ .pid = 2, .comm = "large", .anon = 9, .oom = 666 });
        put((struct proc){ .pid = 3, .comm = "exempt", .anon = 99, .oom = 0 });
        text = collect(one);
        harness_assert(text, "memory_process_oom_score{pid=\"2\",comm=\"large\"}", "666");
        ck_assert_uint_eq(harness_count(text, "memory_process_oom_score"), 1);
        free(text);
}
END_TEST

START_TEST(process_sums_are_conserved_whatever_is_shown)
{
        static const char *const few[] = {
                "top_resident", "3", "top_oom_score", "2", "max_groups", "4", NULL
        };
        static const char *const suffix[] = { "resident_bytes", "anon_bytes", "file_bytes",
                                              "swap_bytes" };
        unsigned long long rss = 0;
        char comm[16], name[64], *text;

        for (unsigned i = 1; i <= 60; i++) {
                snprintf(comm, sizeof(comm), i == 30 ? "other" : "c%u", i % 23);
                put((struct proc){ .pid = i,
                                   .comm = comm,
                                   .anon = i * 37 % 101,
                                   .file = i % 7,
                                   .oom = i,
                                   .minor = 3 });
                rss += 1024ULL * (i * 37 % 101 + i % 7);
        }
        text = collect(few);
        for (size_t i = 0; i < MX_ARRAY_SIZE(suffix); i++) {
                unsigned long long groups;

                snprintf(name, sizeof(name), "memory_process_group_%s", suffix[i]);
                groups = sum(text, name);
                snprintf(name, sizeof(name), "memory_process_%s", suffix[i]);
                ck_assert_uint_eq(sum(text, name), groups);
        }
        ck_assert_uint_eq(sum(text, "memory_process_group_resident_bytes"), rss);
        ck_assert_uint_eq(sum(text, "memory_process_group_processes"), 60);
        ck_assert_uint_eq(sum(text, "memory_process_group_minor_faults_total"), 180);
        ck_assert_uint_eq(harness_count(text, "memory_process_group_processes"), 5);
        harness_assert(text, "memory_process_groups_folded", "19");
        free(text);
}
END_TEST

START_TEST(process_fault_counters_never_go_back_when_members_end_or_pids_are_used_again)
{
        struct harness h;
        char *text;

        put((struct proc){ .pid = 5, .comm = "w", .minor = 100, .start = 1, .anon = 1 });
        put((struct proc){ .pid = 6, .comm = "w", .minor = 10, .start = 2, .anon = 1 });
        harness_start(&h, &mx_process, &host, NULL);
        text = run(&h);
        harness_assert(text, G("minor_faults_total", "w"), "110");
        free(text);
        end(5);
        put((struct proc){ .pid = 6, .comm = "w", .minor = 13, .start = 2, .anon = 1 });
        text = run(&h);
        harness_assert(text, G("minor_faults_total", "w"), "113");
        free(text);
        put((struct proc){
                .pid = 6, .comm = "w", .minor = 4, .start = 9, .anon = 1 }); /* another one */
        text = run(&h);
        harness_assert(text, G("minor_faults_total", "w"), "117");
        free(text);
        put((struct proc){
                .pid = 6, .comm = "w", .minor = 1, .start = 9, .anon = 1 }); /* wrapped */
        text = run(&h);
        harness_assert(text, G("minor_faults_total", "w"), "117");
        free(text);
        end(6);
        put((struct proc){ .pid = 7, .comm = "x", .anon = 1 });
        text = run(&h);
        harness_assert(text, G("minor_faults_total", "w"), "117");
        harness_assert(text, G("processes", "w"), "0");
        harness_assert_absent(text, G("highest_oom_score", "w"));
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(process_credits_faults_after_a_change_of_name_to_the_new_group)
{
        struct harness h;
        char *text;

        put((struct proc){ .pid = 5, .comm = "sh", .minor = 100 });
        harness_start(&h, &mx_process, &host, NULL);
        free(run(&h));
        put((struct proc){ .pid = 5, .comm = "java", .minor = 130 });
        text = run(&h);
        harness_assert(text, G("minor_faults_total", "sh"), "100");
        harness_assert(text, G("minor_faults_total", "java"), "30");
        harness_assert(text, G("processes", "sh"), "0");
        free(text);
        harness_stop(&h);
}
END_TEST

/* The value of a counter, or `last` where it has no series now. */
static unsigned long long counter(const char *text, const char *series, unsigned long long last)
{
        const char *value = harness_value(text, series);
        unsigned long long v = value ? strtoull(value, NULL, 10) : last;

        ck_assert_uint_ge(v, last);
        return v;
}

START_TEST(process_counts_every_fault_once_when_groups_move_in_and_out_of_other)
{
        static const char *const one[] = { "max_groups", "1", NULL };
        unsigned long long a = 0, b = 0, other = 0;
        struct harness h;

        harness_start(&h, &mx_process, &host, one);
        for (unsigned i = 0; i < 12; i++) {
                char *text;

                put((struct proc){
                        .pid = 1, .comm = "a", .minor = 10 * i, .anon = i % 3 ? 100 : 1 });
                put((struct proc){
                        .pid = 2, .comm = "b", .minor = 7 * i, .anon = i % 3 ? 1 : 100 });
                text = run(&h);
                ck_assert_uint_eq(harness_count(text, "memory_process_group_processes"), 2);
                a = counter(text, G("minor_faults_total", "a"), a);
                b = counter(text, G("minor_faults_total", "b"), b);
                other = counter(text, G("minor_faults_total", "other"), other);
                ck_assert_uint_eq(a + b + other, 17ULL * i);
                free(text);
        }
        ck_assert_uint_gt(a, 0);
        ck_assert_uint_gt(b, 0);
        ck_assert_uint_gt(other, 0);
        harness_stop(&h);
}
END_TEST

START_TEST(process_keeps_the_largest_without_flapping)
{
        static const char *const one[] = {
                "top_resident", "1", "top_oom_score", "0", "max_groups", "1", NULL
        };
        struct harness h;

        harness_start(&h, &mx_process, &host, one);
        for (unsigned i = 0; i < 6; i++) {
                char *text;

                put((struct proc){ .pid = 1, .comm = "a", .anon = 1000 });
                put((struct proc){ .pid = 2,
                                   .comm = "b",
                                   .anon = i == 5  ? 1200
                                           : i % 2 ? 1050
                                                   : 950 });
                text = run(&h);
                ck_assert_ptr_nonnull(
                        harness_value(text, i == 5 ? G("processes", "b") : G("processes", "a")));
                ck_assert_ptr_nonnull(harness_value(
                        text, i == 5 ? "memory_process_resident_bytes{pid=\"2\",comm=\"b\"}"
                                     : "memory_process_resident_bytes{pid=\"1\",comm=\"a\"}"));
                free(text);
        }
        harness_stop(&h);
}
END_TEST

START_TEST(process_counts_what_it_may_not_read_as_hidden)
{
        bool root = geteuid() == 0;
        struct harness h;
        char path[4096], *text;

        put((struct proc){ .pid = 1, .comm = "a", .anon = 1 });
        put((struct proc){ .pid = 2, .comm = "b", .anon = 1, .minor = 9 });
        snprintf(path, sizeof(path), "%s/proc/2", tree);
        ck_assert_int_eq(chmod(path, 0), 0);
        if (root)
                ck_assert_int_eq(seteuid(65534), 0);
        harness_start(&h, &mx_process, &host, NULL);
        text = run(&h);
        if (root)
                ck_assert_int_eq(seteuid(0), 0);
        harness_assert(text, "memory_processes", "1");
        harness_assert(text, "memory_processes_hidden", "1");
        harness_assert_absent(text, G("processes", "b"));
        free(text);
        ck_assert_int_eq(chmod(path, 0755), 0);
        text = run(&h);
        harness_assert(text, "memory_processes_hidden", "0");
        harness_assert(text, G("minor_faults_total", "b"), "9");
        free(text);
        harness_stop(&h);
}
END_TEST

static void add_rule(struct harness *h, const char *name, const char *key, const char *pattern)
{
        char reason[OPTION_ERROR_MAX];

        for (size_t i = 0; i < mx_process.n_options; i++)
                if (mx_process.options[i].type == MX_OPT_RULES) {
                        ck_assert_int_eq(option_list_add(&mx_process.options[i], h->options, name),
                                         0);
                        ck_assert_int_eq(option_list_set(&mx_process.options[i], h->options, key,
                                                         pattern, reason),
                                         0);
                }
}

static const char *user_name(uid_t uid)
{
        return uid == 33 ? "www-data" : NULL;
}

START_TEST(process_rules_take_processes_in_order_and_report_0_when_empty)
{
        static const char *const rules_only[] = { "group_by", "rules", NULL };
        struct harness h;
        char *text;

        host.user_name = user_name;
        put((struct proc){ .pid = 1, .comm = "postgres", .anon = 1, .uid = 33 });
        put((struct proc){ .pid = 2, .comm = "nginx", .anon = 2, .uid = 33 });
        put((struct proc){ .pid = 3, .comm = "x", .anon = 4, .cgroup = "/kubepods/pod1/c" });
        put((struct proc){
                .pid = 4, .comm = "y", .anon = 8, .cgroup = "/system.slice/ssh.service" });
        put((struct proc){ .pid = 5, .comm = "z", .anon = 16 });
        harness_start(&h, &mx_process, &host, rules_only);
        add_rule(&h, "databases", "comm", "postgres|mysqld");
        add_rule(&h, "web", "user", "www-data");
        add_rule(&h, "pods", "cgroup", "/kubepods/.*");
        add_rule(&h, "login", "unit", "ssh[.]service");
        add_rule(&h, "backup", "comm", "restic");
        text = run(&h);
        harness_assert(text, G("resident_bytes", "databases"), "1024");
        harness_assert(text, G("resident_bytes", "web"), "2048");
        harness_assert(text, G("resident_bytes", "pods"), "4096");
        harness_assert(text, G("resident_bytes", "login"), "8192");
        harness_assert(text, G("resident_bytes", "other"), "16384");
        harness_assert(text, G("processes", "backup"), "0");
        harness_assert(text, G("resident_bytes", "backup"), "0");
        harness_assert(text, G("minor_faults_total", "backup"), "0");
        ck_assert_uint_eq(harness_count(text, "memory_process_group_processes"), 6);
        free(text);
        harness_stop(&h);
}
END_TEST

static const struct {
        const char *by, *first, *second;
} keys[] = {
        { "unit", "user@1.service", "other" }, /* no unit: in other */
        { "cgroup", "/user.slice/user@1.service", "/" },
        { "user", "www-data", "1000" },
        { "comm", "a", "b" },
};

START_TEST(process_groups_by_unit_cgroup_user_or_name)
{
        const char *settings[] = { "group_by", keys[_i].by, NULL };
        char series[128], *text;

        host.user_name = user_name;
        put((struct proc){
                .pid = 1, .comm = "a", .uid = 33, .cgroup = "/user.slice/user@1.service" });
        put((struct proc){ .pid = 2, .comm = "b", .uid = 1000 });
        text = collect(settings);
        snprintf(series, sizeof(series), G("processes", "%s"), keys[_i].first);
        harness_assert(text, series, "1");
        snprintf(series, sizeof(series), G("processes", "%s"), keys[_i].second);
        harness_assert(text, series, "1");
        free(text);
}
END_TEST

START_TEST(process_follows_a_process_that_moves_to_another_unit)
{
        static const char *const by_unit[] = { "group_by", "unit", NULL };
        struct harness h;
        char *text;

        put((struct proc){ .pid = 1, .comm = "a", .cgroup = "/a.service", .minor = 3 });
        harness_start(&h, &mx_process, &host, by_unit);
        free(run(&h));
        put((struct proc){ .pid = 1, .comm = "a", .cgroup = "/b.service", .minor = 5 });
        text = run(&h);
        harness_assert(text, G("processes", "a.service"), "0");
        harness_assert(text, G("minor_faults_total", "b.service"), "2");
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(process_drops_a_group_that_stays_empty)
{
        static const char *const settings[] = { "empty_runs", "2", NULL };
        struct harness h;

        put((struct proc){ .pid = 1, .comm = "init" });
        put((struct proc){ .pid = 2, .comm = "job", .minor = 9 });
        harness_start(&h, &mx_process, &host, settings);
        free(run(&h));
        end(2);
        for (int i = 0; i < 4; i++) {
                char *text = run(&h);

                if (i < 2)
                        harness_assert(text, G("processes", "job"), "0");
                else
                        harness_assert_absent(text, G("processes", "job"));
                free(text);
        }
        put((struct proc){ .pid = 2, .comm = "job", .minor = 4, .start = 8 });
        free(run(&h));
        harness_stop(&h);
}
END_TEST

START_TEST(process_survives_a_storm_of_names_within_its_bounds)
{
        static const char *const settings[] = { "empty_runs", "0", "max_groups", "3", NULL };
        struct harness h;
        char comm[16];

        harness_start(&h, &mx_process, &host, settings);
        for (unsigned round = 0; round < 3; round++) {
                char *text;

                for (unsigned i = 1; i <= 600; i++) {
                        snprintf(comm, sizeof(comm), "n%u-%u", round, i);
                        put((struct proc){
                                .pid = i, .comm = comm, .anon = 1, .start = round, .minor = 1 });
                }
                text = run(&h);
                ck_assert_uint_eq(harness_count(text, "memory_process_group_processes"), 4);
                ck_assert_uint_eq(sum(text, "memory_process_group_processes"), 600);
                harness_assert(text, "memory_process_groups", "600");
                free(text);
        }
        harness_stop(&h);
}
END_TEST

START_TEST(process_skips_processes_that_end_while_they_are_read)
{
        char *text;

        put((struct proc){ .pid = 1, .comm = "a", .anon = 1 });
        harness_tree_write(tree, "proc/2/.gone", ""); /* ENOENT: nothing left */
        put((struct proc){ .pid = 3, .comm = "b", .anon = 1 });
        harness_tree_remove(tree, "proc/3/status"); /* went after stat was read */
        put((struct proc){ .pid = 4, .comm = "c", .anon = 1 });
        write_file(4, "stat", "");
        put((struct proc){ .pid = 5, .comm = "d", .anon = 1 });
        harness_tree_remove(tree, "proc/5/oom_score"); /* counted, without a score */
        put((struct proc){ .pid = 6, .comm = "e", .anon = 1 });
        harness_tree_remove(tree, "proc/6/cgroup");
        text = collect(NULL);
        harness_assert(text, "memory_processes", "3");
        harness_assert(text, "memory_processes_hidden", "0");
        harness_assert(text, "memory_process_resident_bytes{pid=\"6\",comm=\"e\"}", "1024");
        harness_assert_absent(text, G("processes", "b"));
        harness_assert_absent(text, G("highest_oom_score", "d"));
        free(text);
}
END_TEST

START_TEST(process_counts_a_malformed_process_as_invalid_and_its_faults_once)
{
        struct harness h;
        char *text;

        put((struct proc){ .pid = 1, .comm = "a", .minor = 100, .anon = 1 });
        put((struct proc){ .pid = 2, .comm = "b", .anon = 1 });
        harness_start(&h, &mx_process, &host, NULL);
        free(run(&h));
        write_file(1, "status", "nonsense\n");
        text = run(&h);
        harness_assert(text, "memory_processes", "1");
        harness_assert_absent(text, "memory_process_resident_bytes{pid=\"1\",comm=\"a\"}");
        ck_assert_uint_eq(h.instance.sink.invalid, 1);
        free(text);
        put((struct proc){ .pid = 1, .comm = "a", .minor = 101, .anon = 1 });
        text = run(&h);
        harness_assert(text, G("minor_faults_total", "a"), "101");
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(process_fails_without_descriptors_and_goes_on_counting_afterwards)
{
        struct rlimit all, none;
        struct mx_err err;
        struct harness h;
        char *text;

        put((struct proc){ .pid = 1, .comm = "a", .minor = 100, .anon = 1 });
        harness_start(&h, &mx_process, &host, NULL);
        free(run(&h));
        put((struct proc){ .pid = 1, .comm = "a", .minor = 104, .anon = 1 });
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &all), 0);
        none = (struct rlimit){ .rlim_cur = 0, .rlim_max = all.rlim_max };
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_int_eq(err.code, -EMFILE);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &all), 0);
        text = run(&h);
        harness_assert(text, G("minor_faults_total", "a"), "104");
        free(text);
        harness_stop(&h);
}
END_TEST

START_TEST(process_counts_kernel_threads_and_zombies_apart)
{
        char *text;

        put((struct proc){ .pid = 1, .comm = "a", .anon = 1 });
        put((struct proc){
                .pid = 2, .comm = "kworker/0:1-events", .state = 'I', .flags = 0x208040 });
        put((struct proc){ .pid = 3, .comm = "a", .state = 'Z', .minor = 5 });
        text = collect(NULL);
        harness_assert(text, "memory_processes", "2");
        harness_assert(text, "memory_process_kernel_threads", "1");
        harness_assert(text, "memory_process_zombies", "1");
        harness_assert(text, G("processes", "a"), "2");
        harness_assert(text, G("resident_bytes", "a"), "1024");
        harness_assert(text, G("minor_faults_total", "a"), "5");
        ck_assert_ptr_null(strstr(text, "kworker"));
        free(text);
}
END_TEST

START_TEST(process_finds_the_memory_of_a_process_whose_first_thread_has_ended)
{
        char *text;

        put((struct proc){ .pid = 7, .comm = "a", .state = 'Z' });
        write_file(7, "stat", "7 (a) Z 1 1 1 0 -1 0 1 0 2 0 0 0 0 0 20 0 3 0 5 0 0\n");
        write_file(7, "task/7/status", "Name:\tx\nUid:\t0\t0\t0\t0\nThreads:\t3\n");
        write_file(7, "task/8/status",
                   "Name:\tx\nUid:\t0\t0\t0\t0\nVmRSS:\t64 kB\nRssAnon:\t64 kB\nThreads:\t3\n");
        text = collect(NULL);
        harness_assert(text, G("resident_bytes", "a"), "65536");
        harness_assert(text, "memory_process_zombies", "1");
        free(text);
}
END_TEST

START_TEST(process_leaves_out_what_an_old_kernel_does_not_print)
{
        char *text;

        put((struct proc){ .pid = 1, .comm = "a", .anon = 1 });
        write_file(1, "status",
                   "Name:\ta\nUid:\t0\t0\t0\t0\nVmSize:\t9 kB\nVmRSS:\t5 kB\nThreads:\t1\n");
        text = collect(NULL);
        harness_assert(text, G("resident_bytes", "a"), "5120");
        harness_assert_absent(text, G("anon_bytes", "a"));
        harness_assert_absent(text, G("swap_bytes", "other"));
        harness_assert_absent(text, "memory_process_anon_bytes{pid=\"1\",comm=\"a\"}");
        harness_assert_absent(text, "memory_process_anon_bytes{comm=\"other\"}");
        harness_assert(text, "memory_process_resident_bytes{comm=\"other\"}", "0");
        free(text);
}
END_TEST

static const struct {
        const char *comm, *label;
} hostile[] = {
        { "a b", "a b" },
        { "x\" 1\ny", "x\\\" 1\\ny" },
        { "back\\slash", "back\\\\slash" },
        { "\xff\xfe", "\xee\xbf\xbf\xee\xbf\xbe" },
        { "1 (2) S 3 4 5", "1 (2) S 3 4 5" },
        { "", "" },
        { "0123456789abcdefgh", "0123456789abcde" },
};

START_TEST(process_takes_any_bytes_as_a_name)
{
        char series[128], *text;

        put((struct proc){ .pid = 1, .comm = hostile[_i].comm, .anon = 2 });
        text = collect(NULL);
        snprintf(series, sizeof(series), G("resident_bytes", "%s"), hostile[_i].label);
        harness_assert(text, series, "2048");
        snprintf(series, sizeof(series), "memory_process_resident_bytes{pid=\"1\",comm=\"%s\"}",
                 hostile[_i].label);
        harness_assert(text, series, "2048");
        free(text);
}
END_TEST

START_TEST(process_named_other_is_part_of_the_group_other_and_no_remainder_of_its_own)
{
        char *text;

        put((struct proc){ .pid = 1, .comm = "other", .anon = 2 });
        put((struct proc){ .pid = 2, .comm = "b", .anon = 2 });
        text = collect(NULL);
        ck_assert_uint_eq(harness_count(text, "memory_process_group_processes"), 2);
        harness_assert(text, G("resident_bytes", "other"), "2048");
        harness_assert(text, "memory_process_resident_bytes{pid=\"1\",comm=\"other\"}", "2048");
        harness_assert(text, "memory_process_resident_bytes{comm=\"other\"}", "0");
        free(text);
}
END_TEST

START_TEST(process_reads_smaps_only_when_asked_and_below_the_ceiling)
{
        static const char *const on[] = { "smaps_rollup", "true", "smaps_max_rss", "1MiB", NULL };
        char *text;

        put((struct proc){ .pid = 1, .comm = "a", .anon = 100, .start = 3 });
        put((struct proc){ .pid = 2, .comm = "b", .anon = 5000, .start = 3 });
        write_file(1, "smaps_rollup",
                   "0-1 ---p 00000000 00:00 0 [rollup]\nRss: 100 kB\nPss: 60 kB\n"
                   "Private_Clean: 10 kB\nPrivate_Dirty: 40 kB\n");
        write_file(2, "smaps_rollup", "Pss: 1 kB\n");
        text = collect(NULL);
        ck_assert_uint_eq(harness_count(text, "memory_process_pss_bytes"), 0);
        free(text);
        text = collect(on);
        harness_assert(text, "memory_process_pss_bytes{pid=\"1\",comm=\"a\"}", "61440");
        harness_assert(text, "memory_process_uss_bytes{pid=\"1\",comm=\"a\"}", "51200");
        ck_assert_uint_eq(harness_count(text, "memory_process_smaps_age_seconds"), 1);
        ck_assert_uint_eq(harness_count(text, "memory_process_pss_bytes"), 1);
        free(text);
}
END_TEST

START_TEST(process_reads_no_smaps_beyond_its_budget_and_keeps_earlier_readings)
{
        static const char *const none[] = { "smaps_rollup", "true", "smaps_budget", "0", NULL };
        char *text;

        put((struct proc){ .pid = 1, .comm = "a", .anon = 100 });
        write_file(1, "smaps_rollup", "Pss: 60 kB\n");
        text = collect(none);
        ck_assert_uint_eq(harness_count(text, "memory_process_pss_bytes"), 0);
        free(text);
}
END_TEST

START_TEST(process_is_unsupported_where_no_process_is_to_be_seen)
{
        struct mx_err err;
        struct harness h;
        char *text;

        harness_start(&h, &mx_process, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        harness_stop(&h);
}
END_TEST

START_TEST(process_sees_itself_in_the_real_procfs)
{
        struct mx_host real = host;
        char series[64], *text;

        real.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(real.proc_fd, 0);
        text = harness_collect(&mx_process, &real, NULL);
        snprintf(series, sizeof(series), "%s", G("processes", "test_process"));
        ck_assert_ptr_nonnull(harness_value(text, series));
        ck_assert_uint_eq(sum(text, "memory_process_resident_bytes"),
                          sum(text, "memory_process_group_resident_bytes"));
        mx_close(real.proc_fd);
        free(text);
}
END_TEST

static const char *const machines[] = { "x86_64-2.6.32-v1", "x86_64-3.10-v1", "x86_64-4.18-v1",
                                        "x86_64-6.1-v2",    "x86_64-6.18-v2", "aarch64-6.6-64k" };

START_TEST(process_reads_machines_of_every_age)
{
        char path[256], *text;
        struct mx_host machine;
        struct stat st;

        snprintf(path, sizeof(path), "%s/fixtures/%s/ORIGIN", getenv("MX_TESTS_DIR") ?: "tests",
                 machines[_i]);
        if (stat(path, &st) < 0)
                return;
        machine = harness_host(machines[_i]);
        text = harness_collect(&mx_process, &machine, NULL);
        ck_assert_uint_gt(sum(text, "memory_process_group_resident_bytes"), 0);
        ck_assert_uint_eq(sum(text, "memory_process_resident_bytes"),
                          sum(text, "memory_process_group_resident_bytes"));
        free(text);
        harness_host_done(&machine);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("process");
        TCase *t = tcase_create("process");

        tcase_add_checked_fixture(t, setup, teardown);
        tcase_set_timeout(t, 60);
        tcase_add_test(t, process_groups_by_name_and_splits_resident_memory);
        tcase_add_test(t, process_shows_the_largest_and_the_likeliest_victims_once_each);
        tcase_add_test(t, process_prefers_the_larger_of_equally_likely_victims);
        tcase_add_test(t, process_sums_are_conserved_whatever_is_shown);
        tcase_add_test(
                t, process_fault_counters_never_go_back_when_members_end_or_pids_are_used_again);
        tcase_add_test(t, process_credits_faults_after_a_change_of_name_to_the_new_group);
        tcase_add_test(t, process_counts_every_fault_once_when_groups_move_in_and_out_of_other);
        tcase_add_test(t, process_keeps_the_largest_without_flapping);
        tcase_add_test(t, process_counts_what_it_may_not_read_as_hidden);
        tcase_add_test(t, process_rules_take_processes_in_order_and_report_0_when_empty);
        tcase_add_loop_test(t, process_groups_by_unit_cgroup_user_or_name, 0,
                            (int)MX_ARRAY_SIZE(keys));
        tcase_add_test(t, process_follows_a_process_that_moves_to_another_unit);
        tcase_add_test(t, process_drops_a_group_that_stays_empty);
        tcase_add_test(t, process_survives_a_storm_of_names_within_its_bounds);
        tcase_add_test(t, process_skips_processes_that_end_while_they_are_read);
        tcase_add_test(t, process_counts_a_malformed_process_as_invalid_and_its_faults_once);
        tcase_add_test(t, process_fails_without_descriptors_and_goes_on_counting_afterwards);
        tcase_add_test(t, process_counts_kernel_threads_and_zombies_apart);
        tcase_add_test(t, process_finds_the_memory_of_a_process_whose_first_thread_has_ended);
        tcase_add_test(t, process_leaves_out_what_an_old_kernel_does_not_print);
        tcase_add_loop_test(t, process_takes_any_bytes_as_a_name, 0, (int)MX_ARRAY_SIZE(hostile));
        tcase_add_test(t,
                       process_named_other_is_part_of_the_group_other_and_no_remainder_of_its_own);
        tcase_add_test(t, process_reads_smaps_only_when_asked_and_below_the_ceiling);
        tcase_add_test(t, process_reads_no_smaps_beyond_its_budget_and_keeps_earlier_readings);
        tcase_add_test(t, process_is_unsupported_where_no_process_is_to_be_seen);
        tcase_add_test(t, process_sees_itself_in_the_real_procfs);
        tcase_add_loop_test(t, process_reads_machines_of_every_age, 0,
                            (int)MX_ARRAY_SIZE(machines));
        suite_add_tcase(s, t);
        return harness_main(s);
}
