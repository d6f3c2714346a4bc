/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/arc.h"

#include <stdio.h>
#include <string.h>

#define FILE_ "proc/spl/kstat/zfs/arcstats"
#define HEAD                                                                                       \
        "13 1 0x01 123 33456 8150423341 1182712876540\nname                            type "      \
        "data\n"

static struct mx_arc arc;

static int parse(const char *text, size_t *skipped)
{
        *skipped = 0;
        return mx_arcstats_parse(text, strlen(text), &arc, skipped, NULL);
}

START_TEST(numbers_of_every_type_are_read_and_text_is_passed_over)
{
        size_t skipped;

        ck_assert_int_eq(
                parse(HEAD "a   1    7\nb   2    8\nc   3    9\nd   4    18446744073709551615\n"
                           "e   5    10\nf   6    11\ng   0    words of text   \nh   7    more\n",
                      &skipped),
                0);
        ck_assert_uint_eq(skipped, 0);
        ck_assert_uint_eq(arc.n, 6);
        ck_assert_uint_eq(arc.line[3].value, UINT64_MAX);
        ck_assert_uint_eq(arc.line[5].key_len, 1);
        ck_assert_uint_eq(arc.line[5].value, 11);
        ck_assert_int_eq(arc.available, INT64_MIN);
}
END_TEST

START_TEST(available_memory_may_be_negative)
{
        static const struct {
                const char *line;
                int64_t value;
                size_t skipped;
        } cases[] = {
                { "memory_available_bytes          3    -52428800\n", -52428800, 0 },
                { "memory_available_bytes          3    0\n", 0, 0 },
                { "memory_available_bytes          3    9223372036854775807\n", INT64_MAX, 0 },
                { "memory_available_bytes 3 -9223372036854775808\n", INT64_MIN, 1 },
                { "memory_available_bytes 3 -\n", INT64_MIN, 1 },
                { "memory_available_bytes 3 5\nmemory_available_bytes 3 6\n", 5, 1 },
        };
        char text[256];
        size_t skipped;

        snprintf(text, sizeof(text), HEAD "%s", cases[_i].line);
        ck_assert_int_eq(parse(text, &skipped), 0);
        ck_assert_int_eq(arc.available, cases[_i].value);
        ck_assert_uint_eq(skipped, cases[_i].skipped);
        ck_assert_uint_eq(arc.n, 0);
}
END_TEST

static const char *const bad[] = {
        "size",      "size 4",    "size 4 ",    "size x 5",
        "size 4 -5", "size 4 5x", "size 4 5 6", " size 4 5",
        "size 9 5",  "size 4x 5", "size 4 0x5", "size 4 18446744073709551616",
        "size -4 5",
};

START_TEST(a_line_that_cannot_be_read_is_skipped_alone)
{
        char text[256];
        size_t skipped;

        snprintf(text, sizeof(text), HEAD "hits 4 1\n%s\n\nmisses 4 2", bad[_i]);
        ck_assert_int_eq(parse(text, &skipped), 0);
        ck_assert_uint_eq(skipped, 1);
        ck_assert_uint_eq(arc.n, 2);
        ck_assert_uint_eq(arc.line[1].value, 2);
}
END_TEST

START_TEST(without_the_line_that_names_the_columns_it_is_no_arcstats)
{
        static const char *const texts[] = { "", "\n", "hits 4 1\n", "name data type\nhits 4 1\n",
                                             "name type data x\nhits 4 1\n" };
        size_t skipped;

        ck_assert_int_eq(parse(texts[_i], &skipped), -EBADMSG);
}
END_TEST

START_TEST(more_lines_than_the_cap_are_refused)
{
        size_t size = 65536, len = (size_t)snprintf(NULL, 0, HEAD), skipped;
        char *text = malloc(size);

        memcpy(text, HEAD, len);
        for (unsigned i = 0; i <= MX_ARC_LINES_MAX; i++)
                len += (size_t)snprintf(text + len, size - len, "key%u 4 1\n", i);
        ck_assert_int_eq(parse(text, &skipped), -E2BIG);
        free(text);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        size_t skipped;

        (void)mx_arcstats_parse(buf, len, &arc, &skipped, NULL);
}

START_TEST(arcstats_is_never_read_past_its_end)
{
        size_t len;
        char *text = harness_fixture("x86_64-5.15-numa4", FILE_, &len);

        harness_truncate(text, len, parse_any);
        free(text);
}
END_TEST

START_TEST(what_is_shrinkable_is_clean_and_above_the_least_size)
{
        static const struct {
                uint64_t size, min, clean[4], want;
        } cases[] = {
                { 1000, 200, { 100, 50, 300, 50 }, 500 }, /* the rest is in use */
                { 1000, 200, { 400, 50, 500, 50 }, 800 }, /* the least size stays */
                { 1000, 1000, { 400, 50, 500, 50 }, 0 },  /* nothing to give */
                { 500, 1000, { 400, 50, 20, 30 }, 0 },    /* and never less than that */
                { 0, 0, { 0, 0, 0, 0 }, 0 },
                { MX_ABSENT, 0, { 0, 0, 0, 0 }, MX_ABSENT }, /* what is not known is not guessed */
                { 1000, MX_ABSENT, { 0, 0, 0, 0 }, MX_ABSENT },
                { 1000, 0, { 1, 2, 3, MX_ABSENT }, MX_ABSENT },
                { 1000, 0, { UINT64_MAX - 1, 2, 3, 4 }, MX_ABSENT },
        };

        ck_assert_uint_eq(mx_arc_shrinkable(cases[_i].size, cases[_i].min, cases[_i].clean),
                          cases[_i].want);
}
END_TEST

static char *collect(const char *content, struct mx_sink *ret)
{
        return harness_collect_file(&mx_arc, FILE_, content, 4096, MX_TEXT, ret);
}

START_TEST(arc_shows_what_zfs_2_1_prints)
{
        struct mx_host m = harness_host("x86_64-5.15-numa4");
        char *text = harness_collect(&mx_arc, &m, NULL);

        harness_assert(text, "memory_arc_size_bytes", "402653184");
        harness_assert(text, "memory_arc_target_bytes", "402653184");
        harness_assert(text, "memory_arc_target_min_bytes", "134217728");
        harness_assert(text, "memory_arc_target_max_bytes", "1073741824");
        harness_assert(text, "memory_arc_shrinkable_bytes", "239075328");
        harness_assert(text, "memory_arc_mru_target_bytes", "150994944");
        harness_assert(text, "memory_arc_metadata_limit_bytes", "805306368");
        harness_assert(text, "memory_arc_demand_data_misses_total", "1840221");
        harness_assert(text, "memory_arc_throttled_total", "3");
        harness_assert_absent(text, "memory_arc_metadata_target_ratio");
        harness_assert_absent(text, "memory_arc_iohits_total");
        free(text);
        harness_host_done(&m);
}
END_TEST

START_TEST(arc_shows_what_zfs_2_2_prints)
{
        struct mx_host m = harness_host("aarch64-6.6-64k");
        char *text = harness_collect(&mx_arc, &m, NULL);

        harness_assert(text, "memory_arc_shrinkable_bytes", "0");
        harness_assert(text, "memory_arc_metadata_target_ratio", "0.250");
        harness_assert(text, "memory_arc_data_mru_target_ratio", "0.549");
        harness_assert(text, "memory_arc_demand_data_iohits_total", "20118");
        harness_assert(text, "memory_arc_mru_data_bytes", "3355443200");
        harness_assert_absent(text, "memory_arc_mru_target_bytes");
        ck_assert_ptr_null(strstr(text, "no description"));
        free(text);
        harness_host_done(&m);
}
END_TEST

START_TEST(a_line_nobody_has_met_is_shown_by_its_own_name)
{
        struct mx_sink sink;
        char *text = collect(HEAD "size 4 10\narc_quantum_foam 4 7\nfresh_thing 4 8\n", &sink);

        harness_assert(text, "memory_arc_quantum_foam", "7");
        harness_assert(text, "memory_arc_fresh_thing", "8");
        ck_assert_ptr_nonnull(strstr(text, "# TYPE memory_arc_fresh_thing untyped\n"));
        ck_assert_uint_eq(sink.unknown, 2);
        harness_assert_absent(text, "memory_arc_shrinkable_bytes");
        harness_assert_absent(text, "memory_arc_host_available_bytes");
        free(text);
}
END_TEST

START_TEST(what_cannot_be_true_is_counted_and_left_out)
{
        struct mx_sink sink;
        char *text =
                collect(HEAD "size 4 10\nsize 4 11\nc 4 18446744073709551615\n"
                             "c_min 4 18446744073709551557\nmeta 4 4294967297\npd 4 4294967296\n"
                             "memory_available_bytes 3 -1\n",
                        &sink);

        harness_assert(text, "memory_arc_size_bytes", "10");
        harness_assert_absent(text, "memory_arc_target_bytes");
        harness_assert_absent(text, "memory_arc_target_min_bytes");
        harness_assert_absent(text, "memory_arc_metadata_target_ratio");
        harness_assert(text, "memory_arc_data_mru_target_ratio", "1.000");
        harness_assert(text, "memory_arc_host_available_bytes", "-1");
        ck_assert_uint_eq(sink.invalid, 3); /* the second size, c_min and meta */
        free(text);
}
END_TEST

START_TEST(arc_is_unsupported_without_zfs_and_fails_on_another_file)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/x", "");
        harness_tree_write(tree, "sys/x", "");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_arc, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        harness_tree_write(tree, FILE_, "hits 4 5\n");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_int_eq(err.code, -EBADMSG);
        harness_tree_write(tree, FILE_, HEAD "hits 4 5\n");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, "memory_arc_hits_total", "5");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("arc");
        TCase *p = tcase_create("parser"), *t = tcase_create("collector");

        tcase_add_test(p, numbers_of_every_type_are_read_and_text_is_passed_over);
        tcase_add_loop_test(p, available_memory_may_be_negative, 0, 6);
        tcase_add_loop_test(p, a_line_that_cannot_be_read_is_skipped_alone, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_loop_test(p, without_the_line_that_names_the_columns_it_is_no_arcstats, 0, 5);
        tcase_add_test(p, more_lines_than_the_cap_are_refused);
        tcase_add_test(p, arcstats_is_never_read_past_its_end);
        tcase_add_loop_test(p, what_is_shrinkable_is_clean_and_above_the_least_size, 0, 9);
        suite_add_tcase(s, p);
        tcase_add_test(t, arc_shows_what_zfs_2_1_prints);
        tcase_add_test(t, arc_shows_what_zfs_2_2_prints);
        tcase_add_test(t, a_line_nobody_has_met_is_shown_by_its_own_name);
        tcase_add_test(t, what_cannot_be_true_is_counted_and_left_out);
        tcase_add_test(t, arc_is_unsupported_without_zfs_and_fails_on_another_file);
        suite_add_tcase(s, t);
        return harness_main(s);
}
