/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/entries.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_edac, mx_hugepages, mx_memory_blocks, mx_numastat;

static const struct {
        const char *name;
        int64_t id; /* -1: it is none */
} nodes[] = {
        { "node0", 0 },           { "node12", 12 },         { "node2147483647", INT32_MAX },
        { "node2147483648", -1 }, { "node4294967296", -1 }, { "node18446744073709551616", -1 },
        { "node01", -1 },         { "node00", -1 },         { "node 1", -1 },
        { "node1 ", -1 },         { "node+1", -1 },         { "node-1", -1 },
        { "node1x", -1 },         { "node", -1 },           { "nod", -1 },
        { "Node1", -1 },          { "anode1", -1 },         { "", -1 },
};

START_TEST(a_node_has_one_name_only)
{
        uint32_t id = 99;

        ck_assert(mx_node_name_parse(nodes[_i].name, &id) == (nodes[_i].id >= 0));
        ck_assert_int_eq(id, nodes[_i].id < 0 ? 99 : nodes[_i].id);
}
END_TEST

START_TEST(an_index_follows_its_prefix)
{
        uint32_t index = 99;

        ck_assert(mx_index_parse("csrow4294967295", "csrow", &index));
        ck_assert_uint_eq(index, UINT32_MAX);
        ck_assert(mx_index_parse("mc7", "mc", &index));
        ck_assert_uint_eq(index, 7);
        ck_assert(!mx_index_parse("mc7", "m", &index));
        ck_assert(!mx_index_parse("mc07", "mc", &index));
        ck_assert(!mx_index_parse("csrow4294967296", "csrow", &index));
        ck_assert(!mx_index_parse("mc", "mc", &index));
        ck_assert_uint_eq(index, 7);
}
END_TEST

#define NODE "sys/devices/system/node/"

static const struct mx_collector *const by_node[] = { &mx_edac, &mx_hugepages, &mx_memory_blocks,
                                                      &mx_numastat };

/* An alias would have a node read twice, and its memory counted twice. */
START_TEST(every_collector_knows_a_node_by_the_same_name)
{
        static const char *const names[] = { "node1", "node01", "node 1", "node2147483648" };
        char *tree = harness_tree_new(), *text, path[128];
        struct mx_host host;

        harness_tree_write(tree, "proc/x", "");
        harness_tree_write(tree, "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "1\n");
        harness_tree_write(tree, "sys/devices/system/memory/block_size_bytes", "8000000\n");
        harness_tree_write(tree, "sys/devices/system/memory/memory3/state", "online\n");
        for (size_t i = 0; i < MX_ARRAY_SIZE(names); i++) {
                snprintf(path, sizeof(path), NODE "%s/memory3", names[i]);
                harness_tree_write(tree, path, "");
                snprintf(path, sizeof(path), NODE "%s/memory_failure/total", names[i]);
                harness_tree_write(tree, path, "0\n");
                snprintf(path, sizeof(path), NODE "%s/numastat", names[i]);
                harness_tree_write(tree, path, "numa_hit 5\n");
                snprintf(path, sizeof(path), NODE "%s/hugepages/hugepages-2048kB/nr_hugepages",
                         names[i]);
                harness_tree_write(tree, path, "1\n");
        }
        host = harness_host_at(tree, 4096);
        text = harness_collect(by_node[_i], &host, NULL);
        ck_assert_msg(strstr(text, "node=\"1\"") != NULL, "%s", text);
        for (const char *p = text; (p = strstr(p, "node=\"")); p++)
                ck_assert_msg(strncmp(p, "node=\"1\"", 8) == 0, "%s", text);
        if (by_node[_i] == &mx_memory_blocks)
                harness_assert(text, "memory_node_blocks_bytes{node=\"1\",state=\"online\"}",
                               "134217728");
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("entries");
        TCase *t = tcase_create("entries");

        tcase_add_loop_test(t, a_node_has_one_name_only, 0, (int)MX_ARRAY_SIZE(nodes));
        tcase_add_test(t, an_index_follows_its_prefix);
        tcase_add_loop_test(t, every_collector_knows_a_node_by_the_same_name, 0,
                            (int)MX_ARRAY_SIZE(by_node));
        suite_add_tcase(s, t);
        return harness_main(s);
}
