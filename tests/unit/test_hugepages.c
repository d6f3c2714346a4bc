/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/entries.h"
#include "../../collectors/hugepages.h"
#include "mx/cleanup.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_hugepages;

#define POOLS "sys/kernel/mm/hugepages/hugepages-"
#define NODE  "sys/devices/system/node/node"

static const struct {
        const char *name;
        uint64_t kib; /* 0: it is none */
} sizes[] = {
        { "hugepages-2048kB", 2048 },
        { "hugepages-1048576kB", 1048576 },
        { "hugepages-16777216kB", 16777216 },
        { "hugepages-64kB", 64 },
        { "hugepages-9007199254740991kB", 9007199254740991 },
        { "hugepages-9007199254740992kB", 0 },
        { "hugepages-99999999999999999999kB", 0 },
        { "hugepages-0kB", 0 },
        { "hugepages-kB", 0 },
        { "hugepages--2048kB", 0 },
        { "hugepages-2048", 0 },
        { "hugepages-2048MB", 0 },
        { "hugepages-2048kBx", 0 },
        { "hugepages- 2048kB", 0 },
        { "hugepage-2048kB", 0 },
        { "uevent", 0 },
        { "", 0 },
};

START_TEST(the_size_of_a_page_is_in_the_directorys_name)
{
        uint64_t kib = 7;

        ck_assert(mx_hugepages_size_parse(sizes[_i].name, &kib) == (sizes[_i].kib != 0));
        ck_assert_uint_eq(kib, sizes[_i].kib ?: 7);
}
END_TEST

static const struct {
        const char *text;
        uint64_t kib;
        int r;
        uint64_t bytes;
} counts[] = {
        { "512\n", 2048, 0, 1073741824 },
        { "0\n", 1048576, 0, 0 },
        { "1", 16777216, 0, 17179869184 },
        { "4398046511103\n", 2048, 0, 9223372036852678656 },
        { "4398046511104\n", 2048, -ERANGE, 0 },
        { "18446744073709551615\n", 2048, -ERANGE, 0 }, /* a wrapped -1 */
        { "18446744073709551616\n", 2048, -ERANGE, 0 },
        { "", 2048, -EBADMSG, 0 },
        { "\n", 2048, -EBADMSG, 0 },
        { "-1\n", 2048, -EBADMSG, 0 },
        { "1 2\n", 2048, -EBADMSG, 0 },
        { "1\n2\n", 2048, -EBADMSG, 0 },
        { "0x10\n", 2048, -EBADMSG, 0 },
        { "many\n", 2048, -EBADMSG, 0 },
};

START_TEST(pages_become_bytes_exactly_or_not_at_all)
{
        const char *text = counts[_i].text;
        uint64_t bytes = 7;

        ck_assert_int_eq(mx_hugepages_parse(text, strlen(text), counts[_i].kib, &bytes, NULL),
                         counts[_i].r);
        ck_assert_uint_eq(bytes, counts[_i].r == 0 ? counts[_i].bytes : 7);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        uint64_t bytes;

        (void)mx_hugepages_parse(buf, len, 2048, &bytes, NULL);
}

START_TEST(hugepages_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(counts); i++)
                harness_truncate(counts[i].text, strlen(counts[i].text), parse_any);
}
END_TEST

static void write_at(const char *tree, const char *dir, const char *file, const char *content)
{
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", dir, file);
        harness_tree_write(tree, path, content);
}

static char *new_tree(void)
{
        char *tree = harness_tree_new();

        harness_tree_write(tree, "proc/x", "");
        write_at(tree, POOLS "2048kB", "nr_hugepages", "8\n");
        write_at(tree, POOLS "2048kB", "free_hugepages", "6\n");
        write_at(tree, POOLS "2048kB", "resv_hugepages", "2\n");
        write_at(tree, POOLS "2048kB", "surplus_hugepages", "1\n");
        write_at(tree, POOLS "2048kB", "nr_overcommit_hugepages", "4\n");
        write_at(tree, NODE "0/hugepages/hugepages-2048kB", "nr_hugepages", "8\n");
        write_at(tree, NODE "0/hugepages/hugepages-2048kB", "free_hugepages", "6\n");
        write_at(tree, NODE "0/hugepages/hugepages-2048kB", "surplus_hugepages", "1\n");
        return tree;
}

START_TEST(hugepages_are_bytes_by_size_and_by_node)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 65536); /* which does not matter */

        text = harness_collect(&mx_hugepages, &host, NULL);
        harness_assert(text, "memory_hugepages_pool_bytes{page_size=\"2048kB\"}", "16777216");
        harness_assert(text, "memory_hugepages_free_bytes{page_size=\"2048kB\"}", "12582912");
        harness_assert(text, "memory_hugepages_reserved_bytes{page_size=\"2048kB\"}", "4194304");
        harness_assert(text, "memory_hugepages_surplus_bytes{page_size=\"2048kB\"}", "2097152");
        harness_assert(text, "memory_hugepages_overcommit_bytes{page_size=\"2048kB\"}", "8388608");
        harness_assert(text, "memory_node_hugepages_pool_bytes{node=\"0\",page_size=\"2048kB\"}",
                       "16777216");
        harness_assert(text, "memory_node_hugepages_free_bytes{node=\"0\",page_size=\"2048kB\"}",
                       "12582912");
        harness_assert(text, "memory_node_hugepages_surplus_bytes{node=\"0\",page_size=\"2048kB\"}",
                       "2097152");
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_size_or_a_node_may_come_and_go_between_runs)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        harness_start(&h, &mx_hugepages, &host, NULL);
        free(harness_expect(&h, OUTCOME_OK));
        write_at(tree, POOLS "1048576kB", "nr_hugepages", "3\n");
        write_at(tree, NODE "7/hugepages/hugepages-1048576kB", "nr_hugepages", "3\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_hugepages_pool_bytes{page_size=\"1048576kB\"}", "3221225472");
        harness_assert(text, "memory_node_hugepages_pool_bytes{node=\"7\",page_size=\"1048576kB\"}",
                       "3221225472");
        free(text);
        harness_tree_remove(tree, POOLS "2048kB");
        harness_tree_remove(tree, NODE "0");
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_hugepages_pool_bytes"), 1);
        ck_assert_uint_eq(harness_count(text, "memory_node_hugepages_pool_bytes"), 1);
        free(text);
        harness_tree_remove(tree, POOLS "1048576kB");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        harness_tree_remove(tree, "sys/kernel");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        write_at(tree, POOLS "2048kB", "nr_hugepages", "8\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_hugepages_pool_bytes{page_size=\"2048kB\"}", "16777216");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_a_file_lacks_or_cannot_say_makes_no_sample)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        harness_tree_remove(tree, POOLS "2048kB/nr_overcommit_hugepages");
        write_at(tree, POOLS "2048kB", "resv_hugepages", "18446744073709551615\n");
        write_at(tree, POOLS "2048kB", "surplus_hugepages", "none\n");
        write_at(tree, NODE "0/hugepages/hugepages-2048kB", "nr_hugepages",
                 "00000000000000000000000000000000000000000000001\n");
        harness_tree_write(tree, POOLS "x/nr_hugepages", "1\n");
        harness_tree_write(tree, NODE "x/hugepages/hugepages-2048kB/nr_hugepages", "1\n");
        harness_start(&h, &mx_hugepages, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_hugepages_free_bytes{page_size=\"2048kB\"}", "12582912");
        ck_assert_uint_eq(harness_count(text, "memory_hugepages_overcommit_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_hugepages_reserved_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_hugepages_surplus_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_node_hugepages_pool_bytes"), 0);
        harness_assert(text, "memory_node_hugepages_free_bytes{node=\"0\",page_size=\"2048kB\"}",
                       "12582912");
        ck_assert_uint_eq(h.instance.sink.invalid, 3);
        ck_assert_uint_eq(h.instance.sink.dropped, 0);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(nodes_and_sizes_above_the_caps_are_dropped_and_counted)
{
        char *tree = new_tree(), *text, dir[96];
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        for (unsigned i = 0; i < 40; i++) { /* of which 16 are read */
                snprintf(dir, sizeof(dir), POOLS "%ukB", 4096 + i);
                write_at(tree, dir, "nr_hugepages", "1\n");
        }
        for (unsigned i = 1; i < 40; i++) {
                snprintf(dir, sizeof(dir), NODE "%u", i);
                write_at(tree, dir, "cpulist", "\n");
        }
        harness_start(&h, &mx_hugepages, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_hugepages_pool_bytes"), 16);
        /* 25 sizes on the host and 40 nodes, and the 128 rows that 40 nodes with 16 sizes have
         * above 512. */
        ck_assert_uint_eq(h.instance.sink.dropped, 25 * (5 + 40 * 3) + 128 * 3);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(pools_on_a_fixture_agree_with_its_meminfo)
{
        struct mx_host host = harness_host("x86_64-4.18-v1");
        char *text = harness_collect(&mx_hugepages, &host, NULL);

        /* HugePages_Total 1024, HugePages_Free 1000, HugePages_Rsvd 24, Hugetlb 2097152 kB */
        harness_assert(text, "memory_hugepages_pool_bytes{page_size=\"2048kB\"}", "2147483648");
        harness_assert(text, "memory_hugepages_free_bytes{page_size=\"2048kB\"}", "2097152000");
        harness_assert(text, "memory_hugepages_reserved_bytes{page_size=\"2048kB\"}", "50331648");
        harness_assert(text, "memory_node_hugepages_pool_bytes{node=\"1\",page_size=\"2048kB\"}",
                       "1088421888");
        ck_assert_uint_eq(harness_count(text, "memory_node_hugepages_pool_bytes"), 4);
        free(text);
        harness_host_done(&host);
}
END_TEST

START_TEST(hugepages_are_unsupported_on_a_kernel_without_them)
{
        harness_assert_unsupported(&mx_hugepages, "sys/x", "");
}
END_TEST

static int count_entries(void *arg, const char *name)
{
        ck_assert_int_ne(name[0], '.');
        return ++*(int *)arg == 300 ? -ECANCELED : 0;
}

START_TEST(a_directory_is_listed_whole_in_pieces_or_as_far_as_is_wanted)
{
        char *tree = harness_tree_new(), path[64];
        struct mx_host host;
        int n = 0;

        harness_tree_write(tree, "sys/x", "");
        harness_tree_write(tree, "proc/d/.hidden", "");
        for (unsigned i = 0; i < 299; i++) { /* more than one call returns */
                snprintf(path, sizeof(path), "proc/d/a-name-of-some-length-%u", i);
                harness_tree_write(tree, path, "");
        }
        host = harness_host_at(tree, 4096);
        ck_assert_int_eq(mx_entries(&host, host.proc_fd, "d", count_entries, &n), 0);
        ck_assert_int_eq(n, 299);
        ck_assert_int_eq(mx_entries(&host, host.proc_fd, "d", count_entries, &n), -ECANCELED);
        ck_assert_int_eq(mx_entries(&host, host.proc_fd, "none", count_entries, &n), -ENOENT);
        ck_assert_int_eq(mx_entries(&host, -1, "d", count_entries, &n), -ENOENT);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("hugepages");
        TCase *t = tcase_create("hugepages");

        tcase_add_loop_test(t, the_size_of_a_page_is_in_the_directorys_name, 0,
                            (int)MX_ARRAY_SIZE(sizes));
        tcase_add_loop_test(t, pages_become_bytes_exactly_or_not_at_all, 0,
                            (int)MX_ARRAY_SIZE(counts));
        tcase_add_test(t, hugepages_never_reads_past_its_input);
        tcase_add_test(t, hugepages_are_bytes_by_size_and_by_node);
        tcase_add_test(t, a_size_or_a_node_may_come_and_go_between_runs);
        tcase_add_test(t, what_a_file_lacks_or_cannot_say_makes_no_sample);
        tcase_add_test(t, nodes_and_sizes_above_the_caps_are_dropped_and_counted);
        tcase_add_test(t, pools_on_a_fixture_agree_with_its_meminfo);
        tcase_add_test(t, hugepages_are_unsupported_on_a_kernel_without_them);
        tcase_add_test(t, a_directory_is_listed_whole_in_pieces_or_as_far_as_is_wanted);
        suite_add_tcase(s, t);
        return harness_main(s);
}
