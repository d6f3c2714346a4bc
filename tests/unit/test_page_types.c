/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/page_types.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                                       \
        "Page block order: 9\nPages per block:  512\n\n"                                           \
        "Free pages count per migrate type at order       0      1      2 \n"
#define BLOCKS "\nNumber of blocks type     Unmovable      Movable \n"
#define MIXED  "\nNumber of mixed blocks    Unmovable      Movable \n"

#define ROW(node, zone, type) "{node=\"" node "\",zone=\"" zone "\",migrate_type=\"" type "\"}"

static struct mx_sink counts;

static char *collect(const char *text)
{
        return harness_collect_file(&mx_page_types, "proc/pagetypeinfo", text, 4096, MX_TEXT,
                                    &counts);
}

START_TEST(free_memory_is_summed_over_orders_and_blocks_are_counted)
{
        char *text = collect(
                HEAD "Node    0, zone   Normal, type    Unmovable      1    2     3 \n"
                     "Node    0, zone   Normal, type      Movable      0    0     1 \n" BLOCKS
                     "Node 0, zone   Normal            5            6 \n" MIXED
                     "Node 0, zone   Normal            1            2 \n");

        harness_assert(text, "memory_page_types_free_bytes" ROW("0", "Normal", "Unmovable"),
                       "69632");
        harness_assert(text, "memory_page_types_free_bytes" ROW("0", "Normal", "Movable"), "16384");
        harness_assert(text, "memory_page_types_blocks" ROW("0", "Normal", "Unmovable"), "5");
        harness_assert(text, "memory_page_types_mixed_blocks" ROW("0", "Normal", "Movable"), "2");
        harness_assert(text, "memory_page_types_block_size_bytes", "2097152");
        ck_assert_uint_eq(harness_count(text, "memory_page_types_free_least_bytes"), 0);
        ck_assert_uint_eq(counts.invalid, 0);
        free(text);
}
END_TEST

START_TEST(a_count_that_was_cut_off_makes_a_lower_bound_and_no_free_memory)
{
        char *text = collect(HEAD "Node    0, zone   Normal, type    Unmovable >100000 2 >100000 \n"
                                  "Node    0, zone   Normal, type      Movable  100000 0 0 \n");

        harness_assert_absent(text, "memory_page_types_free_bytes" ROW("0", "Normal", "Unmovable"));
        harness_assert(text, "memory_page_types_free_least_bytes" ROW("0", "Normal", "Unmovable"),
                       "2048016384");
        harness_assert(text, "memory_page_types_free_bytes" ROW("0", "Normal", "Movable"),
                       "409600000");
        ck_assert_uint_eq(harness_count(text, "memory_page_types_blocks"), 0);
        free(text);
}
END_TEST

START_TEST(each_node_has_headlines_of_its_own)
{
        char *text = collect(HEAD "Node    0, zone   Normal, type    Unmovable 1 0 0 \n" BLOCKS
                                  "Node 0, zone   Normal            5            6 \n" HEAD
                                  "Node    8, zone   Normal, type    Unmovable 2 0 0 \n"
                                  "Node    8, zone   Normal, type      Movable 2 0 0 \n" BLOCKS
                                  "Node 8, zone   Normal            7            8 \n");

        harness_assert(text, "memory_page_types_free_bytes" ROW("8", "Normal", "Unmovable"),
                       "8192");
        harness_assert(text, "memory_page_types_blocks" ROW("0", "Normal", "Unmovable"), "5");
        harness_assert(text, "memory_page_types_blocks" ROW("8", "Normal", "Movable"), "8");
        ck_assert_uint_eq(counts.invalid, 1); /* blocks of a type without a row */
        free(text);
}
END_TEST

static const char *const bad_lines[] = {
        "Node    0, zone   Normal, type    Unmovable \n",
        "Node    0, zone   Normal, type    Unmovable 1 x\n",
        "Node    0, zone   Normal, type    Unmovable 1 -1\n",
        "Node    0, zone   Normal, type    Unmovable 1 >\n",
        "Node    0, zone   Normal, type    Unmovable 1 >>2\n",
        "Node    0, zone   Normal, type    Unmovable 99999999999999999999\n",
        "Node    0, zone   Normal, type    Unmovable 18446744073709551615 1\n",
        "Node    0, zone   Normal, type  1 2 3\n",
        "Node    0, zone   Normal, type AVeryLongNameOfAMigrateType 1 2 3\n",
        "Node    0, zone   Norm\"l, type    Unmovable 1 2 3\n",
        "Node    0, zone   ANameOfAZoneTooLong, type    Unmovable 1 2 3\n",
        "Node    0, zone , type    Unmovable 1 2 3\n",
        "Node     , zone   Normal, type    Unmovable 1 2 3\n",
        "Node    0 zone   Normal, type    Unmovable 1 2 3\n",
        "Node    0, zone   Normal type    Unmovable 1 2 3\n",
        "Node    0, zone   Normal            5            6 \n",
        "Node    0, zone   Normal, type    Movable 1 2 3\n", /* repeated */
        "Node    0, zone   Normal, type X 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 "
        "1 1 "
        "1 1 1\n",
        "Number of blocks type \n",
        "Number of blocks type     Unmov*ble\n",
        "Number of blocks type  a b c d e f g h i j k l m n o p q\n",
        "Pages per block:  many\n",
        "nonsense\n",
        "\t \n",
};

START_TEST(a_line_that_cannot_be_read_is_counted_and_the_rest_is_kept)
{
        char file[1024];
        char *text;

        snprintf(file, sizeof(file), HEAD "Node    0, zone   Normal, type      Movable 1 0 0 \n%s",
                 bad_lines[_i]);
        text = collect(file);
        ck_assert_uint_eq(counts.invalid, 1);
        ck_assert_uint_eq(harness_count(text, "memory_page_types_free_bytes"), 1);
        free(text);
}
END_TEST

static const char *const bad_counts[] = {
        "Node 0, zone   Normal            5\n",
        "Node 0, zone   Normal            5            6 7\n",
        "Node 0, zone   Normal            5            x\n",
        "Node 0, zone   Normal, type Movable 5 6\n",
        "Node 0, zone   Normal5 6\n",
};

START_TEST(block_counts_that_do_not_fit_their_headline_are_left_out)
{
        char file[1024];
        char *text;

        snprintf(file, sizeof(file),
                 HEAD "Node    0, zone   Normal, type      Movable 1 0 0 \n" BLOCKS "%s",
                 bad_counts[_i]);
        text = collect(file);
        ck_assert_uint_eq(counts.invalid, 1);
        ck_assert_uint_eq(harness_count(text, "memory_page_types_blocks"), 0);
        free(text);
}
END_TEST

START_TEST(a_file_without_a_zone_is_an_error)
{
        static const char *const t[] = { "", HEAD, "nonsense\n", BLOCKS };

        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++) {
                char *tree = harness_tree_new(), *text = NULL;
                struct mx_err err = { 0 };
                struct mx_host host;
                struct harness h;

                harness_tree_write(tree, "proc/pagetypeinfo", t[i]);
                host = harness_host_at(tree, 4096);
                harness_start(&h, &mx_page_types, &host, NULL);
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
                ck_assert_str_eq(err.path, "pagetypeinfo");
                harness_stop(&h);
                harness_host_done(&host);
                harness_tree_done(tree);
        }
}
END_TEST

START_TEST(more_rows_than_the_cap_are_dropped_and_counted)
{
        size_t size = 1 << 20, n = 0;
        char *file = malloc(size), *text;

        n += (size_t)snprintf(file, size, "%s", HEAD);
        for (unsigned node = 0; node < 5000; node++)
                n += (size_t)snprintf(file + n, size - n,
                                      "Node %u, zone Normal, type Movable 1 1 1\n", node);
        text = collect(file);
        ck_assert_uint_eq(harness_count(text, "memory_page_types_free_bytes"), 4096);
        ck_assert_uint_eq(counts.dropped, 904U * 4);
        free(text);
        free(file);
}
END_TEST

START_TEST(types_add_up_to_buddyinfo_on_every_machine)
{
        static const char *const machines[] = { "x86_64-2.6.32-v1", "x86_64-3.10-v1",
                                                "x86_64-4.18-v1",   "x86_64-5.15-numa4",
                                                "x86_64-6.1-v2",    "x86_64-6.18-hybrid",
                                                "x86_64-6.18-v2",   "aarch64-6.6-64k" };
        struct mx_page_types line = { 0 };
        uint64_t types = 0, buddies = 0;
        size_t len, skipped = 0;
        char *text = harness_fixture(machines[_i], "proc/pagetypeinfo", &len), *p;
        const char *pos = text;

        while (mx_page_types_next(&pos, text + len, &line, &skipped) != MX_PAGE_TYPES_END)
                types += line.section == MX_PAGE_TYPES_FREE ? line.pages : 0;
        ck_assert_uint_eq(skipped, 0);
        free(text);
        text = harness_fixture(machines[_i], "proc/buddyinfo", &len);
        for (char *l = strtok_r(text, "\n", &p); l; l = strtok_r(NULL, "\n", &p)) {
                unsigned order = 0;
                char *w, *q;

                for (w = strtok_r(strstr(l, "zone") + 13, " ", &q); w; w = strtok_r(NULL, " ", &q))
                        buddies += strtoull(w, NULL, 10) << order++;
        }
        ck_assert_uint_eq(types, buddies);
        free(text);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_page_types line = { 0 };
        size_t skipped = 0;
        const char *pos = buf;

        while (mx_page_types_next(&pos, buf + len, &line, &skipped) != MX_PAGE_TYPES_END)
                ;
}

START_TEST(page_types_never_reads_past_its_input)
{
        static const char text[] =
                HEAD "Node    0, zone   Normal, type    Unmovable >100000 2 3 \n" BLOCKS
                     "Node 0, zone   Normal            5            6 \n";

        harness_truncate(text, sizeof(text) - 1, parse_any);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("page_types");
        TCase *t = tcase_create("page_types");

        tcase_add_test(t, free_memory_is_summed_over_orders_and_blocks_are_counted);
        tcase_add_test(t, a_count_that_was_cut_off_makes_a_lower_bound_and_no_free_memory);
        tcase_add_test(t, each_node_has_headlines_of_its_own);
        tcase_add_loop_test(t, a_line_that_cannot_be_read_is_counted_and_the_rest_is_kept, 0,
                            MX_ARRAY_SIZE(bad_lines));
        tcase_add_loop_test(t, block_counts_that_do_not_fit_their_headline_are_left_out, 0,
                            MX_ARRAY_SIZE(bad_counts));
        tcase_add_test(t, a_file_without_a_zone_is_an_error);
        tcase_add_test(t, more_rows_than_the_cap_are_dropped_and_counted);
        tcase_add_loop_test(t, types_add_up_to_buddyinfo_on_every_machine, 0, 8);
        tcase_add_test(t, page_types_never_reads_past_its_input);
        suite_add_tcase(s, t);
        return harness_main(s);
}
