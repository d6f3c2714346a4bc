/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/numastat.h"

#include <stdio.h>
#include <string.h>

#define NODE "sys/devices/system/node/"
#define COUNTED                                                                                    \
        "numa_hit 5\nnuma_miss 1\nnuma_foreign 2\ninterleave_hit 3\nlocal_node 4\nother_node 6\n"
#define ZERO                                                                                       \
        "numa_hit 0\nnuma_miss 0\nnuma_foreign 0\ninterleave_hit 0\nlocal_node 0\nother_node 0\n"

START_TEST(node_meminfo_is_read_without_its_prefix)
{
        static const char text[] =
                "\nNode 12 MemTotal:       16 kB\nNode 12 Active(anon):3 kB\n"
                "Node 12 HugePages_Total:     7\nNode 12 ShadowCallStack:10373888 kB\n";
        struct mx_kv kv[8];
        size_t skipped;

        ck_assert_int_eq(mx_node_meminfo_parse(text, strlen(text), 12, kv, 8, &skipped, NULL), 4);
        ck_assert_uint_eq(skipped, 0);
        ck_assert_mem_eq(kv[1].key, "Active(anon)", 12);
        ck_assert_uint_eq(kv[1].value, 3);
        ck_assert(!kv[2].kib);
        ck_assert_uint_eq(kv[3].value, 10373888);
        ck_assert_int_eq(mx_node_meminfo_parse(text, strlen(text), 12, kv, 3, &skipped, NULL),
                         -E2BIG);
}
END_TEST

START_TEST(node_meminfo_skips_lines_it_cannot_read_and_those_of_another_node)
{
        static const char text[] =
                "Node 1 MemTotal: 16 kB\nNode 0 MemFree: -1 kB\nNode 0\nNode 0x MemUsed: 1 kB\n"
                "MemUsed: 1 kB\nNode 0 A: 99999999999999999999 kB\nNode 0 B: 1 kB\n";
        struct mx_kv kv[8];
        size_t skipped;

        ck_assert_int_eq(mx_node_meminfo_parse(text, strlen(text), 0, kv, 8, &skipped, NULL), 1);
        ck_assert_uint_eq(skipped, 6);
        ck_assert_mem_eq(kv[0].key, "B", 1);
}
END_TEST

static const struct {
        const char *text;
        int r;
        uint64_t n;
        uint32_t last;
} lists[] = {
        { "", 0, 0, 0 },
        { "\n", 0, 0, 0 },
        { "0\n", 0, 1, 0 },
        { "0-3,8,10-11\n", 0, 7, 11 },
        { "0-2147483647", 0, 2147483648U, 7 },
        { "3,7", 0, 2, 7 },
        { "0-", -EBADMSG, 0, 0 },
        { "0,\n", -EBADMSG, 0, 0 },
        { ",0", -EBADMSG, 0, 0 },
        { "3-1", -EBADMSG, 0, 0 },
        { "1,1", -EBADMSG, 0, 0 },
        { "5,2", -EBADMSG, 0, 0 },
        { "0 1", -EBADMSG, 0, 0 },
        { "-1", -EBADMSG, 0, 0 },
        { "a", -EBADMSG, 0, 0 },
        { "0-2147483648", -ERANGE, 0, 0 },
        { "99999999999999999999", -ERANGE, 0, 0 },
};

START_TEST(id_list_is_counted_exactly_or_refused)
{
        uint32_t ids[8] = { 0 };
        uint64_t n = 99;
        size_t len = strlen(lists[_i].text);

        ck_assert_int_eq(mx_id_list_parse(lists[_i].text, len, ids, 8, &n, NULL), lists[_i].r);
        ck_assert_uint_eq(n, lists[_i].r < 0 ? 99 : lists[_i].n);
        if (lists[_i].r == 0 && n > 0)
                ck_assert_uint_eq(ids[n > 8 ? 7 : n - 1], lists[_i].last);
}
END_TEST

START_TEST(distances_are_numbers_and_nothing_else)
{
        static const struct {
                const char *text;
                int r;
        } t[] = { { "10 20 40\n", 3 }, { "10", 1 },
                  { "10 ", 1 },        { "", -EBADMSG },
                  { "\n", -EBADMSG },  { "10 x", -EBADMSG },
                  { "10x", -EBADMSG }, { "1 2 3 4 5", -E2BIG },
                  { "-1", -EBADMSG },  { "99999999999999999999", -ERANGE } };
        uint64_t d[4];

        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++)
                ck_assert_int_eq(mx_distance_parse(t[i].text, strlen(t[i].text), d, 4, NULL),
                                 t[i].r);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_kv kv[4];
        uint32_t ids[4];
        uint64_t n, d[4];
        size_t skipped;

        (void)mx_node_meminfo_parse(buf, len, 0, kv, 4, &skipped, NULL);
        (void)mx_id_list_parse(buf, len, ids, 4, &n, NULL);
        (void)mx_distance_parse(buf, len, d, 4, NULL);
}

START_TEST(node_files_are_never_read_past_their_end)
{
        static const char *const t[] = { "Node 0 MemTotal: 1 kB\nNode 0 X:2 kB\n", "0-3,8\n",
                                         "10 20 20\n" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++)
                harness_truncate(t[i], strlen(t[i]), parse_any);
}
END_TEST

/* A machine that tests change under a running collector. */
static char *tree;
static struct mx_host host;
static struct harness h;

static void put(const char *file, const char *content)
{
        char path[256];

        snprintf(path, sizeof(path), NODE "%s", file);
        harness_tree_write(tree, path, content);
}

static void put_node(unsigned id, const char *numastat, unsigned kib, const char *cpus,
                     const char *distance)
{
        char path[64], meminfo[512];

        snprintf(path, sizeof(path), "node%u/numastat", id);
        put(path, numastat);
        snprintf(path, sizeof(path), "node%u/meminfo", id);
        snprintf(meminfo, sizeof(meminfo),
                 "Node %u MemTotal: %u kB\nNode %u FilePages: 2 kB\nNode %u SReclaimable: 3 kB\n"
                 "Node %u HugePages_Total: 4\nNode %u QuantumFoam: 5 kB\n",
                 id, kib, id, id, id, id);
        put(path, meminfo);
        snprintf(path, sizeof(path), "node%u/cpulist", id);
        put(path, cpus);
        snprintf(path, sizeof(path), "node%u/distance", id);
        put(path, distance);
}

static void start(void)
{
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_numastat, &host, NULL);
}

static char *run(void)
{
        struct mx_err err = { 0 };
        char *text = NULL;
        enum outcome o = harness_run(&h, MX_TEXT, &text, &err);

        ck_assert_msg(o == OUTCOME_OK, "outcome %d: %s", (int)o, err.what);
        return text;
}

static void setup(void)
{
        tree = harness_tree_new();
        put("power/control", "auto\n");
        put("possible", "0-7\n");
}

static void teardown(void)
{
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}

START_TEST(numastat_shows_sparse_nodes_with_and_without_memory_and_cpus)
{
        char *text;

        put("online", "0,3\n");
        put_node(0, COUNTED, 16, "0-1,4\n", "10 20\n");
        put_node(3, ZERO, 0, "\n", "21 10\n");
        start();
        free(run());
        text = run();
        harness_assert(text, "memory_numa_hit_pages_total{node=\"0\"}", "5");
        harness_assert(text, "memory_numa_interleave_hit_pages_total{node=\"0\"}", "3");
        harness_assert(text, "memory_numa_other_pages_total{node=\"3\"}", "0");
        harness_assert(text, "memory_numa_cpus{node=\"0\"}", "3");
        harness_assert(text, "memory_numa_cpus{node=\"3\"}", "0");
        harness_assert(text, "memory_numa_node_has_memory{node=\"0\"}", "1");
        harness_assert(text, "memory_numa_node_has_memory{node=\"3\"}", "0");
        harness_assert(text, "memory_node_meminfo_mem_total_bytes{node=\"0\"}", "16384");
        harness_assert(text, "memory_node_meminfo_mem_total_bytes{node=\"3\"}", "0");
        harness_assert(text, "memory_node_meminfo_file_pages_bytes{node=\"0\"}", "2048");
        harness_assert(text, "memory_node_meminfo_slab_reclaimable_bytes{node=\"0\"}", "3072");
        harness_assert(text, "memory_node_meminfo_huge_pages{node=\"0\"}", "4");
        harness_assert(text, "memory_node_meminfo_quantum_foam_bytes{node=\"3\"}", "5120");
        harness_assert(text, "memory_numa_distance{node=\"0\",to_node=\"3\"}", "20");
        harness_assert(text, "memory_numa_distance{node=\"3\",to_node=\"0\"}", "21");
        ck_assert_ptr_nonnull(
                strstr(text, "(/sys/devices/system/node/node*/meminfo QuantumFoam).\n"));
        ck_assert_uint_eq(h.instance.sink.unknown, 1);
        ck_assert_uint_eq(h.instance.sink.invalid, 0);
        free(text);
}
END_TEST

START_TEST(numastat_follows_nodes_that_come_and_go)
{
        char *text;

        put("online", "0-1\n");
        put_node(0, COUNTED, 16, "0\n", "10 20\n");
        put_node(1, COUNTED, 16, "1\n", "20 10\n");
        start();
        free(run());
        harness_tree_remove(tree, NODE "node1");
        put("online", "0\n");
        put("node0/distance", "10\n");
        text = run();
        ck_assert_uint_eq(harness_count(text, "memory_numa_hit_pages_total"), 1);
        ck_assert_uint_eq(harness_count(text, "memory_numa_distance"), 1);
        free(text);
        put("online", "0,2,5\n");
        put("node0/distance", "10 20 30\n");
        put_node(2, COUNTED, 32, "1\n", "20 10 30\n");
        put_node(5, COUNTED, 64, "\n", "30 30 10\n");
        text = run();
        harness_assert(text, "memory_node_meminfo_mem_total_bytes{node=\"5\"}", "65536");
        harness_assert(text, "memory_numa_distance{node=\"0\",to_node=\"5\"}", "30");
        ck_assert_uint_eq(harness_count(text, "memory_numa_distance"), 9);
        free(text);
}
END_TEST

START_TEST(numastat_is_unsupported_once_the_last_node_has_gone)
{
        struct mx_err err;
        char *text = NULL;

        put("online", "0\n");
        put_node(0, COUNTED, 16, "0\n", "10\n");
        start();
        free(run());
        harness_tree_remove(tree, NODE "node0");
        put("online", "\n");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
}
END_TEST

START_TEST(numastat_does_not_show_counters_that_do_not_count)
{
        char *text;

        put("online", "0\n");
        put_node(0, ZERO, 16, "0\n", "10\n");
        start();
        text = run();
        ck_assert_uint_eq(harness_count(text, "memory_numa_hit_pages_total"), 0);
        harness_assert(text, "memory_node_meminfo_mem_total_bytes{node=\"0\"}", "16384");
        free(text);
}
END_TEST

START_TEST(numastat_leaves_out_what_it_cannot_read_and_keeps_the_rest)
{
        char *text;

        put_node(0, "numa_hit x\nnuma_miss 2\nnuma_miss 3\nnuma_quantum 9\n", 16, "0-\n",
                 "10 20 30\n");
        start();
        text = run();
        harness_assert_absent(text, "memory_numa_hit_pages_total{node=\"0\"}");
        harness_assert(text, "memory_numa_miss_pages_total{node=\"0\"}", "2");
        harness_assert(text, "memory_numa_quantum{node=\"0\"}", "9");
        harness_assert_absent(text, "memory_numa_cpus{node=\"0\"}");
        harness_assert_absent(text, "memory_numa_distance{node=\"0\",to_node=\"0\"}");
        harness_assert(text, "memory_numa_node_has_memory{node=\"0\"}", "1");
        ck_assert_uint_eq(h.instance.sink.invalid, 4);
        free(text);
}
END_TEST

START_TEST(numastat_lives_without_files_an_old_kernel_lacks)
{
        char *text;

        put("node4/meminfo", "\nNode 4 MemTotal: 1 kB\nNode 4 MemFree: 1 kB\n");
        put("node4/cpulist", "");
        start();
        text = run();
        harness_assert(text, "memory_node_meminfo_mem_free_bytes{node=\"4\"}", "1024");
        harness_assert(text, "memory_numa_cpus{node=\"4\"}", "0");
        ck_assert_uint_eq(h.instance.sink.series, 4);
        ck_assert_uint_eq(h.instance.sink.invalid, 0);
        free(text);
}
END_TEST

START_TEST(numastat_fails_when_nothing_can_be_read)
{
        struct mx_err err;
        char *text = NULL;

        put("node0/meminfo", "garbage\n");
        start();
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_int_eq(err.code, -EBADMSG);
}
END_TEST

START_TEST(numastat_counts_nodes_beyond_its_cap_and_leaves_out_too_many_distances)
{
        char *text;

        for (unsigned i = 0; i < 130; i++)
                put_node(i, COUNTED, 16, "\n", "10\n");
        start();
        text = run();
        ck_assert_uint_eq(harness_count(text, "memory_numa_cpus"), 128);
        ck_assert_uint_eq(harness_count(text, "memory_numa_distance"), 0);
        ck_assert_uint_gt(h.instance.sink.dropped, 128U * 128U);
        free(text);
}
END_TEST

START_TEST(numastat_is_unsupported_without_a_node)
{
        struct mx_err err;
        char *text = NULL;

        start();
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        harness_tree_remove(tree, "sys");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
}
END_TEST

START_TEST(numastat_reads_the_machine_with_four_sparse_nodes)
{
        struct mx_host m = harness_host("x86_64-5.15-numa4");
        char *text = harness_collect(&mx_numastat, &m, NULL);

        harness_assert(text, "memory_numa_hit_pages_total{node=\"7\"}", "734523223");
        harness_assert(text, "memory_numa_cpus{node=\"7\"}", "0");
        harness_assert(text, "memory_numa_node_has_memory{node=\"3\"}", "0");
        harness_assert(text, "memory_numa_distance{node=\"7\",to_node=\"3\"}", "40");
        harness_assert(text, "memory_node_meminfo_mem_total_bytes{node=\"0\"}", "16484704256");
        ck_assert_uint_eq(harness_count(text, "memory_numa_distance"), 16);
        free(text);
        harness_host_done(&m);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("numastat");
        TCase *p = tcase_create("parsers"), *t = tcase_create("collector");

        tcase_add_test(p, node_meminfo_is_read_without_its_prefix);
        tcase_add_test(p, node_meminfo_skips_lines_it_cannot_read_and_those_of_another_node);
        tcase_add_loop_test(p, id_list_is_counted_exactly_or_refused, 0, (int)MX_ARRAY_SIZE(lists));
        tcase_add_test(p, distances_are_numbers_and_nothing_else);
        tcase_add_test(p, node_files_are_never_read_past_their_end);
        tcase_add_test(p, numastat_reads_the_machine_with_four_sparse_nodes);
        suite_add_tcase(s, p);
        tcase_add_checked_fixture(t, setup, teardown);
        tcase_add_test(t, numastat_shows_sparse_nodes_with_and_without_memory_and_cpus);
        tcase_add_test(t, numastat_follows_nodes_that_come_and_go);
        tcase_add_test(t, numastat_is_unsupported_once_the_last_node_has_gone);
        tcase_add_test(t, numastat_does_not_show_counters_that_do_not_count);
        tcase_add_test(t, numastat_leaves_out_what_it_cannot_read_and_keeps_the_rest);
        tcase_add_test(t, numastat_lives_without_files_an_old_kernel_lacks);
        tcase_add_test(t, numastat_fails_when_nothing_can_be_read);
        tcase_add_test(t, numastat_counts_nodes_beyond_its_cap_and_leaves_out_too_many_distances);
        tcase_add_test(t, numastat_is_unsupported_without_a_node);
        suite_add_tcase(s, t);
        return harness_main(s);
}
