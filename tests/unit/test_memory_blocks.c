/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/memory_blocks.h"
#include "mx/cleanup.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_memory_blocks;

#define BLOCKS "sys/devices/system/memory/"
#define NODE   "sys/devices/system/node/node"

static const struct {
        const char *text;
        int r;
        uint64_t bytes;
} sizes[] = {
        { "8000000\n", 0, 128 << 20 },
        { "80000000\n", 0, UINT64_C(2) << 30 },
        { "20000000", 0, 512 << 20 },
        { "1a0000\n", 0, 0x1a0000 },
        { "7fffffffffffffff\n", 0, INT64_MAX },
        { "8000000000000000\n", -ERANGE, 0 },
        { "10000000000000000\n", -ERANGE, 0 },
        { "0\n", -EBADMSG, 0 },
        { "", -EBADMSG, 0 },
        { "\n", -EBADMSG, 0 },
        { "0x8000000\n", -EBADMSG, 0 },
        { "8000000 \n", -EBADMSG, 0 },
        { "8000000\n\n", -EBADMSG, 0 },
        { "128MiB\n", -EBADMSG, 0 },
        { "8A\n", -EBADMSG, 0 },
        { "-8\n", -EBADMSG, 0 },
};

START_TEST(the_size_of_a_block_is_hexadecimal)
{
        const char *text = sizes[_i].text;
        uint64_t bytes = 7;

        ck_assert_int_eq(mx_block_size_parse(text, strlen(text), &bytes), sizes[_i].r);
        ck_assert_uint_eq(bytes, sizes[_i].r == 0 ? sizes[_i].bytes : 7);
}
END_TEST

static const struct {
        const char *text;
        enum mx_block_state state;
} states[] = {
        { "online\n", MX_BLOCK_ONLINE },
        { "online", MX_BLOCK_ONLINE },
        { "offline\n", MX_BLOCK_OFFLINE },
        { "going-offline\n", MX_BLOCK_GOING_OFFLINE },
        { "ERROR-UNKNOWN-8\n", MX_BLOCK_UNKNOWN },
        { "unknown\n", MX_BLOCK_UNKNOWN },
        { "onlin\n", MX_BLOCK_UNKNOWN },
        { "online_movable\n", MX_BLOCK_UNKNOWN },
        { "online \n", MX_BLOCK_UNKNOWN },
        { "online\n\n", MX_BLOCK_UNKNOWN },
        { "Online\n", MX_BLOCK_UNKNOWN },
        { "\n", MX_BLOCK_UNKNOWN },
        { "", MX_BLOCK_UNKNOWN },
};

START_TEST(a_state_is_one_of_the_kernels_words_or_unknown)
{
        ck_assert_int_eq(mx_block_state_parse(states[_i].text, strlen(states[_i].text)),
                         states[_i].state);
}
END_TEST

static const struct {
        const char *name;
        int64_t id; /* negative: it is none */
} names[] = {
        { "memory0", 0 },
        { "memory17", 17 },
        { "memory4294967295", 4294967295 },
        { "memory4294967296", -1 },
        { "memory99999999999999999999", -1 },
        { "memory", -1 },
        { "memory01", -1 },
        { "memory00", -1 },
        { "memory-1", -1 },
        { "memory1x", -1 },
        { "memory 1", -1 },
        { "memory_tiering1", -1 },
        { "memoryx", -1 },
        { "node1", -1 },
        { "", -1 },
};

START_TEST(a_blocks_id_is_in_its_directorys_name)
{
        uint32_t id = 7;

        ck_assert(mx_block_name_parse(names[_i].name, &id) == (names[_i].id >= 0));
        ck_assert_uint_eq(id, names[_i].id < 0 ? 7 : (uint32_t)names[_i].id);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        uint64_t bytes;

        (void)mx_block_size_parse(buf, len, &bytes);
        (void)mx_block_state_parse(buf, len);
}

START_TEST(memory_blocks_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(sizes); i++)
                harness_truncate(sizes[i].text, strlen(sizes[i].text), parse_any);
        for (size_t i = 0; i < MX_ARRAY_SIZE(states); i++)
                harness_truncate(states[i].text, strlen(states[i].text), parse_any);
}
END_TEST

START_TEST(blocks_are_found_by_id_once_they_are_sorted)
{
        struct mx_block blocks[200];

        for (size_t n = 0; n <= MX_ARRAY_SIZE(blocks); n++) {
                /* 67 has no divisor in common with 211: all differ. */
                for (size_t i = 0; i < n; i++)
                        blocks[i] = (struct mx_block){ .id = (uint32_t)(i * 67 % 211) };
                mx_blocks_sort(blocks, n);
                for (size_t i = 1; i < n; i++)
                        ck_assert_uint_lt(blocks[i - 1].id, blocks[i].id);
                for (size_t i = 0; i < n; i++)
                        ck_assert_ptr_eq(mx_blocks_find(blocks, n, blocks[i].id), &blocks[i]);
                ck_assert_ptr_null(mx_blocks_find(blocks, n, 211));
                if (n > 0 && blocks[0].id > 0)
                        ck_assert_ptr_null(mx_blocks_find(blocks, n, 0));
        }
}
END_TEST

static void write_at(const char *tree, unsigned block, const char *file, const char *content)
{
        char path[256];

        snprintf(path, sizeof(path), BLOCKS "memory%u/%s", block, file);
        harness_tree_write(tree, path, content);
}

static void link_at(const char *tree, unsigned node, unsigned block)
{
        char path[256];

        snprintf(path, sizeof(path), NODE "%u/memory%u", node, block);
        harness_tree_write(tree, path, "");
}

/* Blocks 0 to 7, of which 0 to 3 are in node 0, and 5 to 7 in node 2; 4 is in both; 6 is offline
 * and 7 is going there. */
static char *new_tree(void)
{
        static const char *const state[] = { "online", "online", "online",  "online",
                                             "online", "online", "offline", "going-offline" };
        char *tree = harness_tree_new();

        harness_tree_write(tree, "proc/x", "");
        harness_tree_write(tree, BLOCKS "block_size_bytes", "8000000\n");
        harness_tree_write(tree, BLOCKS "auto_online_blocks", "online_movable\n");
        harness_tree_write(tree, "sys/module/memory_hotplug/parameters/online_policy",
                           "contig-zones\n");
        harness_tree_write(tree, NODE "1/cpulist", "0-3\n"); /* without memory */
        for (unsigned i = 0; i < 8; i++) {
                write_at(tree, i, "state", state[i]);
                write_at(tree, i, "removable", i % 2 ? "1\n" : "0\n");
                if (i <= 4)
                        link_at(tree, 0, i);
                if (i >= 4)
                        link_at(tree, 2, i);
        }
        return tree;
}

START_TEST(memory_is_counted_by_state_and_node)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 65536); /* which does not matter */

        text = harness_collect(&mx_memory_blocks, &host, NULL);
        harness_assert(text, "memory_block_size_bytes", "134217728");
        harness_assert(text, "memory_blocks{state=\"online\"}", "6");
        harness_assert(text, "memory_blocks{state=\"offline\"}", "1");
        harness_assert(text, "memory_blocks{state=\"going-offline\"}", "1");
        harness_assert_absent(text, "memory_blocks{state=\"unknown\"}");
        harness_assert(text, "memory_blocks_bytes{state=\"online\"}", "805306368");
        harness_assert(text, "memory_blocks_bytes{state=\"offline\"}", "134217728");
        harness_assert(text, "memory_node_blocks_bytes{node=\"0\",state=\"online\"}", "536870912");
        harness_assert(text, "memory_node_blocks_bytes{node=\"0\",state=\"offline\"}", "0");
        harness_assert(text, "memory_node_blocks_bytes{node=\"2\",state=\"online\"}", "134217728");
        harness_assert(text, "memory_node_blocks_bytes{node=\"2\",state=\"offline\"}", "134217728");
        harness_assert(text, "memory_node_blocks_bytes{node=\"2\",state=\"going-offline\"}",
                       "134217728");
        ck_assert_uint_eq(harness_count(text, "memory_node_blocks_bytes"), 6);
        harness_assert(
                text,
                "memory_blocks_mode_info{setting=\"auto_online_blocks\",mode=\"online_movable\"}",
                "1");
        harness_assert(text,
                       "memory_blocks_mode_info{setting=\"online_policy\",mode=\"contig-zones\"}",
                       "1");
        ck_assert_uint_eq(harness_count(text, "memory_blocks_removable_bytes"), 0);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(removable_memory_is_shown_where_it_is_asked_for)
{
        static const char *const settings[] = { "removable", "true", NULL };
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);

        text = harness_collect(&mx_memory_blocks, &host, settings);
        harness_assert(text, "memory_blocks_removable_bytes", "536870912");
        free(text);
        for (unsigned i = 0; i < 8; i++) {
                char path[64];

                snprintf(path, sizeof(path), BLOCKS "memory%u/removable", i);
                harness_tree_remove(tree, path);
        }
        text = harness_collect(&mx_memory_blocks, &host, settings);
        ck_assert_uint_eq(harness_count(text, "memory_blocks_removable_bytes"), 0);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(blocks_and_nodes_may_come_and_go_between_runs)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        harness_start(&h, &mx_memory_blocks, &host, NULL);
        free(harness_expect(&h, OUTCOME_OK));
        for (unsigned i = 100; i < 400; i++) {
                write_at(tree, i, "state", "online\n");
                link_at(tree, i % 10, i);
        }
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_blocks{state=\"online\"}", "306");
        harness_assert(text, "memory_node_blocks_bytes{node=\"9\",state=\"online\"}", "4026531840");
        ck_assert_uint_eq(harness_count(text, "memory_node_blocks_bytes"), 30);
        free(text);
        harness_tree_remove(tree, "sys/devices/system/node");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_blocks{state=\"online\"}", "306");
        ck_assert_uint_eq(harness_count(text, "memory_node_blocks_bytes"), 0);
        free(text);
        harness_tree_remove(tree, "sys/devices/system/memory");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        harness_tree_write(tree, BLOCKS "block_size_bytes", "8000000\n");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        write_at(tree, 1, "state", "offline\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_blocks{state=\"offline\"}", "1");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_cannot_be_read_of_blocks_is_unknown_and_never_zero)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        harness_tree_write(tree, BLOCKS "block_size_bytes", "large\n");
        harness_tree_write(tree, BLOCKS "auto_online_blocks", "two\nlines\n");
        harness_tree_remove(tree, "sys/module");
        write_at(tree, 0, "state", "ERROR-UNKNOWN-77\n");
        write_at(tree, 1, "state", "");
        harness_tree_remove(tree, BLOCKS "memory2/state"); /* as one that has just gone */
        link_at(tree, 0, 4711);                            /* and one that has just come */
        harness_tree_write(tree, BLOCKS "memoryx/state", "online\n");
        harness_tree_write(tree, BLOCKS "power/control", "auto\n");
        harness_tree_write(tree, NODE "x/memory3", "");
        harness_start(&h, &mx_memory_blocks, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_blocks{state=\"unknown\"}", "2");
        harness_assert(text, "memory_blocks{state=\"online\"}", "3");
        ck_assert_uint_eq(harness_count(text, "memory_block_size_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_blocks_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_node_blocks_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_blocks_mode_info"), 0);
        ck_assert_uint_eq(h.instance.sink.invalid, 4);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(blocks_above_the_cap_are_counted_and_not_read)
{
        static const char *const series[] = { "memory_blocks{state=\"online\"}",
                                              "memory_blocks{state=\"offline\"}",
                                              "memory_blocks{state=\"going-offline\"}",
                                              "memory_blocks{state=\"unknown\"}" };
        char *tree, *text, path[96];
        struct mx_host host;
        long blocks = 0, bytes = 0;

        harness_trees_in_memory();
        tree = new_tree();
        host = harness_host_at(tree, 4096);
        for (unsigned i = 8; i < 32770; i++) { /* in a state that is no state */
                snprintf(path, sizeof(path), BLOCKS "memory%u", i);
                harness_tree_write(tree, path, "");
        }
        harness_tree_remove(tree, "sys/devices/system/node");
        for (unsigned i = 0; i < 32770; i++)
                link_at(tree, 1, i);
        text = harness_collect(&mx_memory_blocks, &host, NULL);
        for (size_t i = 0; i < MX_ARRAY_SIZE(series); i++) {
                char of_node[96];

                snprintf(of_node, sizeof(of_node), "memory_node_blocks_bytes{node=\"1\",%s",
                         strchr(series[i], '{') + 1);
                blocks += atol(harness_value(text, series[i]));
                bytes += atol(harness_value(text, of_node));
        }
        ck_assert_int_eq(blocks, 32770); /* of which 32,768 are read */
        ck_assert_int_eq(bytes, 32770L << 27);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(nodes_with_blocks_above_the_cap_are_dropped_and_counted)
{
        char *tree = new_tree(), *text, path[96];
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        harness_tree_remove(tree, "sys/devices/system/node");
        for (unsigned i = 0; i < 260; i++) {
                snprintf(path, sizeof(path), NODE "%u/memory%u", i, i);
                harness_tree_write(tree, path, "");
                write_at(tree, i, "state", "online\n");
        }
        harness_start(&h, &mx_memory_blocks, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_node_blocks_bytes"), 256 * 3);
        harness_assert(text, "memory_blocks{state=\"online\"}", "260");
        ck_assert_uint_eq(h.instance.sink.dropped, 4 * 3);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(memory_blocks_are_unsupported_on_a_kernel_without_them)
{
        harness_assert_unsupported(&mx_memory_blocks, "sys/x", "");
}
END_TEST

int main(void)
{
        Suite *s = suite_create("memory_blocks");
        TCase *t = tcase_create("memory_blocks");

        tcase_set_timeout(t, 30);
        tcase_add_loop_test(t, the_size_of_a_block_is_hexadecimal, 0, (int)MX_ARRAY_SIZE(sizes));
        tcase_add_loop_test(t, a_state_is_one_of_the_kernels_words_or_unknown, 0,
                            (int)MX_ARRAY_SIZE(states));
        tcase_add_loop_test(t, a_blocks_id_is_in_its_directorys_name, 0, (int)MX_ARRAY_SIZE(names));
        tcase_add_test(t, memory_blocks_never_reads_past_its_input);
        tcase_add_test(t, blocks_are_found_by_id_once_they_are_sorted);
        tcase_add_test(t, memory_is_counted_by_state_and_node);
        tcase_add_test(t, removable_memory_is_shown_where_it_is_asked_for);
        tcase_add_test(t, blocks_and_nodes_may_come_and_go_between_runs);
        tcase_add_test(t, what_cannot_be_read_of_blocks_is_unknown_and_never_zero);
        tcase_add_test(t, blocks_above_the_cap_are_counted_and_not_read);
        tcase_add_test(t, nodes_with_blocks_above_the_cap_are_dropped_and_counted);
        tcase_add_test(t, memory_blocks_are_unsupported_on_a_kernel_without_them);
        suite_add_tcase(s, t);
        return harness_main(s);
}
