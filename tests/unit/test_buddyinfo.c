/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/buddyinfo.h"
#include "../../collectors/zoneinfo.h"

#include <stdio.h>
#include <string.h>

static struct mx_buddy zone;

static int parse_one(const char *text, size_t *skipped)
{
        const char *pos = text;

        *skipped = 0;
        return mx_buddyinfo_next(&pos, text + strlen(text), &zone, skipped);
}

START_TEST(a_zone_is_read_with_as_many_orders_as_it_has)
{
        static const struct {
                const char *text, *name;
                uint64_t node;
                uint32_t n;
        } cases[] = {
                { "Node 0, zone      DMA      1      0      3 \n", "DMA", 0, 3 },
                { "Node 12, zone   Normal 7", "Normal", 12, 1 },
                { "Node 0, zone    DMA32\t4 5 6 7\t8 9 10 11 12 13 14 15 16 17 \n", "DMA32", 0,
                  14 },
                { "\nNode 3, zone Movable 1 2\n", "Movable", 3, 2 },
        };
        size_t skipped;

        ck_assert_int_eq(parse_one(cases[_i].text, &skipped), 1);
        ck_assert_uint_eq(skipped, 0);
        ck_assert_uint_eq(zone.node, cases[_i].node);
        ck_assert_uint_eq(zone.n_orders, cases[_i].n);
        ck_assert_uint_eq(zone.name_len, strlen(cases[_i].name));
        ck_assert_int_eq(memcmp(zone.name, cases[_i].name, zone.name_len), 0);
}
END_TEST

static const char *const bad[] = {
        "Node 0, zone Normal\n",
        "Node 0, zone Normal \n",
        "Node , zone Normal 1\n",
        "Node 0 zone Normal 1\n",
        "Node -1, zone Normal 1\n",
        "Node 0, zone 1\n",
        "node 0, zone Normal 1\n",
        "Node 0, zone Nor\"mal 1\n",
        "Node 0, zone Sixteen_letters_ 1\n",
        "Node 99999999999999999999, zone Normal 1\n",
        "Node 0, zone Normal 1 x 3\n",
        "Node 0, zone Normal 1 -2 3\n",
        "Node 0, zone Normal 1 2x\n",
        "Node 0, zone Normal 1.5\n",
        "Node 0, zone Normal 18446744073709551616\n",
        "Node 0, zone Normal 18446744073709551615\n",              /* pages above the cap */
        "Node 0, zone Normal 0 9223372036854775808\n",             /* that overflow */
        "Node 0, zone Normal 9223372036854775 4611686018427387\n", /* together too many */
        "Node 0, zone Normal 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n",
        "garbage\n",
        ", , , ,\n",
};

START_TEST(a_line_that_cannot_be_read_whole_is_skipped)
{
        char text[512];
        size_t skipped;

        ck_assert_int_eq(parse_one(bad[_i], &skipped), 0);
        ck_assert_uint_eq(skipped, 1);
        snprintf(text, sizeof(text), "%sNode 1, zone DMA 5 6\n", bad[_i]);
        ck_assert_int_eq(parse_one(text, &skipped), 1);
        ck_assert_uint_eq(skipped, 1);
        ck_assert_uint_eq(zone.node, 1);
        ck_assert_uint_eq(zone.blocks[1], 6);
}
END_TEST

/* What the kernel's document of the two files says, order by order, in wide numbers. */
static void assert_definition(const struct mx_buddy *b, const struct mx_buddy_index *got)
{
        for (uint32_t order = 0; order < b->n_orders; order++) {
                unsigned __int128 pages = 0, suitable = 0, blocks = 0, size = 1;
                int64_t unusable, fragmentation;

                for (uint32_t i = 0; i < b->n_orders; i++) {
                        blocks += b->blocks[i];
                        pages += (unsigned __int128)b->blocks[i] << i;
                        if (i >= order)
                                suitable += (unsigned __int128)b->blocks[i] << (i - order);
                }
                size <<= order;
                unusable = pages == 0 ? 1000 : (int64_t)((pages - suitable * size) * 1000 / pages);
                fragmentation = blocks == 0 ? 0
                                : suitable > 0
                                        ? -1000
                                        : 1000 - (int64_t)((1000 + pages * 1000 / size) / blocks);
                ck_assert_uint_eq(got[order].unusable, (uint64_t)unusable);
                ck_assert_int_eq(got[order].fragmentation, fragmentation);
                ck_assert_uint_le(got[order].unusable, 1000);
                ck_assert_int_ge(got[order].fragmentation, -1000);
                ck_assert_int_le(got[order].fragmentation, 1000);
        }
}

static const char *const shapes[] = {
        "Node 0, zone Normal 0 0 0 0",
        "Node 0, zone Normal 1 0 0 0",
        "Node 0, zone Normal 0 1 0 0",
        "Node 0, zone Normal 0 0 0 1",
        "Node 0, zone Normal 1000000 0 0 0 0 0 0 0 0 0 0",
        "Node 0, zone Normal 5793 2188 4163 2318 1719 976 491 175 194 235 984",
        "Node 0, zone Normal 9223372036854775 0 0 0 0 0 0 0 0 0 0",
        "Node 0, zone Normal 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
};

START_TEST(the_indexes_are_the_kernels)
{
        struct mx_buddy_index index[MX_BUDDY_ORDERS_MAX];
        size_t skipped;

        ck_assert_int_eq(parse_one(shapes[_i], &skipped), 1);
        mx_buddy_indexes(&zone, index);
        assert_definition(&zone, index);
}
END_TEST

/* Worked out by hand from the kernel's functions. */
START_TEST(the_indexes_are_those_of_known_examples)
{
        struct mx_buddy_index index[MX_BUDDY_ORDERS_MAX];
        size_t skipped;

        ck_assert_int_eq(parse_one("Node 0, zone Normal 10 5 0 1 0 0", &skipped), 1);
        mx_buddy_indexes(&zone, index); /* 28 pages in 16 blocks */
        ck_assert_uint_eq(index[0].unusable, 0);
        ck_assert_uint_eq(index[1].unusable, 357);
        ck_assert_uint_eq(index[2].unusable, 714);
        ck_assert_uint_eq(index[4].unusable, 1000);
        ck_assert_int_eq(index[3].fragmentation, -1000);
        ck_assert_int_eq(index[4].fragmentation, 829); /* 1000 - (1000 + 1750) / 16 */
        ck_assert_int_eq(parse_one("Node 0, zone Normal 0 1 0", &skipped), 1);
        mx_buddy_indexes(&zone, index);
        ck_assert_int_eq(index[2].fragmentation, -500); /* the least that there is */
}
END_TEST

static void next_all(const char *buf, size_t len)
{
        const char *pos = buf;
        size_t skipped = 0;

        while (mx_buddyinfo_next(&pos, buf + len, &zone, &skipped) > 0)
                ;
        ck_assert_ptr_eq(pos, buf + len);
}

START_TEST(buddyinfo_is_never_read_past_its_end)
{
        size_t len;
        char *text = harness_fixture("x86_64-5.15-numa4", "proc/buddyinfo", &len);

        harness_truncate(text, len, next_all);
        free(text);
}
END_TEST

static char *collect(const char *content, struct mx_sink *ret)
{
        return harness_collect_file(&mx_buddyinfo, "proc/buddyinfo", content, 4096, MX_TEXT, ret);
}

START_TEST(buddyinfo_shows_blocks_bytes_and_indexes_by_node_zone_and_order)
{
        struct mx_sink sink;
        char *text = collect("Node 0, zone      DMA      1      0      3 \n"
                             "Node 1, zone   Normal     10      5      0 \n",
                             &sink);

#define AT(zone_, order_) "{node=\"1\",zone=\"" zone_ "\",order=\"" order_ "\"}"
        harness_assert(text, "memory_buddy_free_blocks" AT("Normal", "1"), "5");
        harness_assert(text, "memory_buddy_free_bytes" AT("Normal", "1"), "40960");
        harness_assert(text, "memory_buddy_unusable_free_ratio" AT("Normal", "1"), "0.500");
        harness_assert(text, "memory_buddy_unusable_free_ratio" AT("Normal", "2"), "1.000");
        harness_assert(text, "memory_buddy_fragmentation_index" AT("Normal", "1"), "-1.000");
        harness_assert(text, "memory_buddy_fragmentation_index" AT("Normal", "2"), "0.600");
        harness_assert(text, "memory_buddy_free_blocks{node=\"0\",zone=\"DMA\",order=\"2\"}", "3");
        harness_assert_absent(text, "memory_buddy_unusable_free_ratio" AT("Normal", "0"));
        harness_assert_absent(text, "memory_buddy_fragmentation_index" AT("Normal", "0"));
        ck_assert_uint_eq(sink.series, 2 * (3 + 3 + 2 + 2));
        ck_assert_uint_eq(sink.invalid, 0);
        free(text);
}
END_TEST

START_TEST(a_negative_index_is_written_with_its_decimals)
{
        char *text = collect("Node 1, zone   Normal 0 1 0 0\n", NULL);

        harness_assert(text, "memory_buddy_fragmentation_index" AT("Normal", "2"), "-0.500");
        harness_assert(text, "memory_buddy_fragmentation_index" AT("Normal", "3"), "-0.250");
        free(text);
}
END_TEST

START_TEST(a_zone_that_repeats_is_counted_and_left_out)
{
        struct mx_sink sink;
        char *text = collect("Node 0, zone DMA 1\nNode 0, zone Normal 2\nNode 0, zone DMA 3\n"
                             "Node 1, zone DMA 4\nNode 0, zone Movable 5\nNode x, zone DMA 6\n",
                             &sink);

        harness_assert(text, "memory_buddy_free_blocks{node=\"0\",zone=\"DMA\",order=\"0\"}", "1");
        harness_assert(text, "memory_buddy_free_blocks{node=\"1\",zone=\"DMA\",order=\"0\"}", "4");
        ck_assert_uint_eq(harness_count(text, "memory_buddy_free_blocks"), 3);
        ck_assert_uint_eq(sink.invalid, 3);
        free(text);
}
END_TEST

START_TEST(more_zones_than_the_cap_are_counted_as_dropped)
{
        size_t size = 1 << 20, len = 0;
        char *content = malloc(size), *text;
        struct mx_sink sink;

        for (unsigned i = 0; i < 3000; i++)
                len += (size_t)snprintf(content + len, size - len,
                                        "Node %u, zone Normal 1 1 1 1 1 1 1 1 1 1 1\n", i);
        text = collect(content, &sink);
        ck_assert_uint_eq(sink.series, 20000 / 42 * 42); /* whole zones */
        ck_assert_uint_eq(sink.dropped, 3000 * 42 - sink.series);
        free(text);
        free(content);
}
END_TEST

/* A file as large as is read, of lines that make as many series as they can. */
START_TEST(a_file_full_of_orders_loses_zones_and_not_the_run)
{
        size_t size = 1 << 20, len = 0;
        char *content = malloc(size), *text;
        struct mx_sink sink;
        unsigned n = 0;

        for (; len + 100 < size; n++) {
                len += (size_t)snprintf(content + len, size - len, "Node %u, zone N", n);
                for (unsigned i = 0; i < MX_BUDDY_ORDERS_MAX; i++)
                        len += (size_t)snprintf(content + len, size - len, " 0");
                content[len++] = '\n';
                content[len] = '\0';
        }
        text = collect(content, &sink);
        ck_assert_uint_eq(sink.series, 20000 / 126 * 126);
        ck_assert_uint_eq(sink.dropped, n * 126 - sink.series);
        free(text);
        free(content);
}
END_TEST

#define DMA    "Node 0, zone DMA 1 2 3\n"
#define DMA32  "Node 0, zone DMA32 4 5 6\n"
#define NORMAL "Node 0, zone Normal 7 8 9\n"

/* Labels are kept between runs while the zones are the same: every run says what a first one would
 * say. */
START_TEST(zones_that_come_go_and_change_between_runs_have_their_own_labels)
{
        static const char *const runs[] = {
                DMA NORMAL,
                "Node 0, zone DMA 0 2 3\nNode 0, zone Normal 7 0 9\n",
                DMA DMA32 NORMAL,
                DMA DMA32 NORMAL,
                DMA DMA32,
                DMA,
                DMA DMA32 NORMAL,
                NORMAL DMA,
                NORMAL DMA,
                NORMAL "Node 0, zone DMA 1 2 3 4\n",
                NORMAL "Node 1, zone DMA 1 2 3 4\n",
                NORMAL NORMAL "Node 1, zone DMA 1 2 3 4\n",
                "Node 0, zone Normal x\n" DMA,
                DMA NORMAL,
        };
        char *tree = harness_tree_new(), *text = NULL, *want;
        size_t size = 0;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/buddyinfo", DMA);
        harness_tree_write(tree, "sys/x", "");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_buddyinfo, &host, NULL);
        for (size_t i = 0; i < 10 * MX_ARRAY_SIZE(runs); i++) {
                const char *content = runs[i % MX_ARRAY_SIZE(runs)];

                harness_tree_write(tree, "proc/buddyinfo", content);
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                want = collect(content, NULL);
                ck_assert_str_eq(text, want);
                free(text);
                free(want);
                if (i == MX_ARRAY_SIZE(runs))
                        size = h.instance.sink.labels.size;
        }
        ck_assert_uint_eq(h.instance.sink.labels.size, size); /* what is dropped takes no room */
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_cap_below_one_zone_drops_all_and_is_no_failure)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/buddyinfo", "Node 0, zone DMA 1 2 3\n");
        harness_tree_write(tree, "sys/x", "");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_buddyinfo, &host, NULL);
        h.instance.sink.max_series = 9;
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        ck_assert_str_eq(text, "");
        ck_assert_uint_eq(h.instance.sink.dropped, 10);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(buddyinfo_fails_when_no_zone_can_be_read)
{
        static const char *const texts[] = { "", "\n", "garbage\n", "Node 0, zone Normal\n" };
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/buddyinfo", texts[_i]);
        harness_tree_write(tree, "sys/x", "");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_buddyinfo, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_int_eq(err.code, -EBADMSG);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

/* The zones with memory, and no others; what zoneinfo calls free is what lies in blocks. */
START_TEST(buddyinfo_agrees_with_zoneinfo_on_every_machine)
{
        static const char *const machines[] = {
                "aarch64-4.18-64k-v1", "aarch64-6.6-64k",   "x86_64-2.6.32-v1",  "x86_64-3.10-v1",
                "x86_64-4.18-v1",      "x86_64-5.15-numa4", "x86_64-5.4-hybrid", "x86_64-6.1-v2",
                "x86_64-6.18-hybrid",  "x86_64-6.18-v2",
        };
        struct mx_zone_level level;
        size_t len, zones_len, skipped = 0;
        char *text = harness_fixture(machines[_i], "proc/buddyinfo", &len);
        char *zones = harness_fixture(machines[_i], "proc/zoneinfo", &zones_len);
        const char *pos = text, *at = zones;

        while (mx_zoneinfo_next_level(zones, &at, zones + zones_len, &level, NULL) > 0) {
                uint64_t pages = 0;

                if (level.managed == 0)
                        continue;
                ck_assert_int_eq(mx_buddyinfo_next(&pos, text + len, &zone, &skipped), 1);
                ck_assert_uint_eq(zone.node, level.head.node);
                ck_assert_int_eq(memcmp(zone.name, level.head.name, level.head.name_len), 0);
                for (uint32_t i = 0; i < zone.n_orders; i++)
                        pages += zone.blocks[i] << i;
                ck_assert_uint_eq(pages, level.free);
        }
        ck_assert_int_eq(mx_buddyinfo_next(&pos, text + len, &zone, &skipped), 0);
        ck_assert_uint_eq(skipped, 0);
        free(text);
        free(zones);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("buddyinfo");
        TCase *p = tcase_create("parser"), *t = tcase_create("collector");

        tcase_add_loop_test(p, a_zone_is_read_with_as_many_orders_as_it_has, 0, 4);
        tcase_add_loop_test(p, a_line_that_cannot_be_read_whole_is_skipped, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_loop_test(p, the_indexes_are_the_kernels, 0, (int)MX_ARRAY_SIZE(shapes));
        tcase_add_test(p, the_indexes_are_those_of_known_examples);
        tcase_add_test(p, buddyinfo_is_never_read_past_its_end);
        tcase_add_loop_test(p, buddyinfo_agrees_with_zoneinfo_on_every_machine, 0, 10);
        suite_add_tcase(s, p);
        tcase_add_test(t, buddyinfo_shows_blocks_bytes_and_indexes_by_node_zone_and_order);
        tcase_add_test(t, a_negative_index_is_written_with_its_decimals);
        tcase_add_test(t, a_zone_that_repeats_is_counted_and_left_out);
        tcase_add_test(t, more_zones_than_the_cap_are_counted_as_dropped);
        tcase_add_test(t, a_file_full_of_orders_loses_zones_and_not_the_run);
        tcase_add_test(t, zones_that_come_go_and_change_between_runs_have_their_own_labels);
        tcase_add_test(t, a_cap_below_one_zone_drops_all_and_is_no_failure);
        tcase_add_loop_test(t, buddyinfo_fails_when_no_zone_can_be_read, 0, 4);
        suite_add_tcase(s, t);
        return harness_main(s);
}
