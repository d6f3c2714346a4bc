/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "mx/keymap.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_meminfo;

static char *collect(const char *meminfo, enum mx_format format, struct mx_sink *ret_sink)
{
        return harness_collect_file(&mx_meminfo, "proc/meminfo", meminfo, 4096, format, ret_sink);
}

START_TEST(meminfo_exports_kibibytes_as_bytes_and_counts_as_counts)
{
        char *text =
                collect("MemTotal:       24684084 kB\nHugePages_Total:      12\n", MX_TEXT, NULL);

        harness_assert(text, "memory_meminfo_mem_total_bytes", "25276502016");
        harness_assert(text, "memory_meminfo_huge_pages", "12");
        ck_assert_ptr_nonnull(strstr(text, "(/proc/meminfo MemTotal).\n"));
        free(text);
}
END_TEST

START_TEST(meminfo_reads_a_line_without_a_blank_after_the_colon)
{
        char *text = collect("ShadowCallStack:10373888 kB\n", MX_TEXT, NULL);

        harness_assert(text, "memory_meminfo_shadow_call_stack_bytes", "10622861312");
        free(text);
}
END_TEST

START_TEST(meminfo_passes_through_lines_nobody_has_met)
{
        struct mx_sink sink;
        char *text = collect("QuantumFoam:   12 kB\nFutureCount: 7\nMemFree: 1 kB\n",
                             MX_OPENMETRICS, &sink);

        harness_assert(text, "memory_meminfo_quantum_foam_bytes", "12288");
        harness_assert(text, "memory_meminfo_future_count_value", "7");
        ck_assert_ptr_nonnull(strstr(text, "# UNIT memory_meminfo_quantum_foam_bytes bytes\n"));
        ck_assert_uint_eq(sink.unknown, 2);
        free(text);
}
END_TEST

START_TEST(meminfo_gives_a_fit_name_to_a_line_whose_mechanical_name_would_not_be)
{
        char *text = collect("FutureTotal: 7\nOdd_Count: 8\nOddTotal: 9 kB\n", MX_TEXT, NULL);

        harness_assert(text, "memory_meminfo_future_total_value", "7");
        harness_assert(text, "memory_meminfo_odd_count_value", "8");
        harness_assert(text, "memory_meminfo_odd_total_bytes", "9216");
        free(text);
}
END_TEST

START_TEST(meminfo_drops_a_wrapped_negative_and_counts_it)
{
        struct mx_sink sink;
        char *text = collect("SwapFree: 18446744073709551360 kB\nMemFree: 1 kB\n", MX_TEXT, &sink);

        harness_assert_absent(text, "memory_meminfo_swap_free_bytes");
        harness_assert(text, "memory_meminfo_mem_free_bytes", "1024");
        ck_assert_uint_eq(sink.invalid, 1);
        free(text);
}
END_TEST

START_TEST(meminfo_skips_lines_it_cannot_read_and_keeps_the_rest)
{
        struct mx_sink sink;
        char *text = collect(
                "\nMemFree\nMemTotal: kB\nBuffers: 1 kB 2\nCached: 99999999999999999999 kB\n"
                "Dirty: -3 kB\nMapped: 3 kB\nMapped: 4 kB\n\n",
                MX_TEXT, &sink);

        harness_assert(text, "memory_meminfo_mapped_bytes", "3072");
        ck_assert_uint_eq(harness_count(text, "memory_meminfo_mapped_bytes"), 1);
        ck_assert_uint_eq(sink.series, 1);
        ck_assert_uint_eq(sink.invalid, 6);
        free(text);
}
END_TEST

START_TEST(meminfo_guesses_no_unit)
{
        struct mx_sink sink;
        char *text =
                collect("MemFree: 100\nHugePages_Total: 5 kB\nMemTotal: 7 kB\n", MX_TEXT, &sink);

        harness_assert_absent(text, "memory_meminfo_mem_free_bytes");
        harness_assert_absent(text, "memory_meminfo_huge_pages");
        harness_assert(text, "memory_meminfo_mem_total_bytes", "7168");
        ck_assert_uint_eq(sink.invalid, 2);
        free(text);
}
END_TEST

START_TEST(meminfo_keeps_what_it_has_learned_when_it_is_opened_anew)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/meminfo", "FutureThing: 3 kB\nMemTotal: 7 kB\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_meminfo, &host, NULL);
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                harness_assert(text, "memory_meminfo_future_thing_bytes", "3072");
                free(text);
                h.instance.collector->close(h.instance.state);
                h.instance.is_open = false;
        }
        ck_assert_uint_eq(h.instance.sink.unknown, 1);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(meminfo_takes_what_fits_of_a_file_with_too_many_lines)
{
        struct mx_sink sink;
        char *lines = NULL, *text;
        size_t size = 0;
        FILE *out = open_memstream(&lines, &size);

        fprintf(out, "MemTotal: 7 kB\n");
        for (int i = 0; i < 300; i++)
                fprintf(out, "New%d: 1 kB\n", i);
        fclose(out);
        text = collect(lines, MX_TEXT, &sink);
        harness_assert(text, "memory_meminfo_mem_total_bytes", "7168");
        harness_assert(text, "memory_meminfo_new0_bytes", "1024");
        ck_assert_uint_gt(sink.dropped, 100);
        free(text);
        free(lines);
}
END_TEST

START_TEST(meminfo_without_a_readable_line_fails)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/meminfo", "\n\ngarbage\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_meminfo, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_int_eq(err.code, -EBADMSG);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_kv rows[8];
        size_t skipped;

        ck_assert_int_le(mx_kv_parse(buf, len, rows, MX_ARRAY_SIZE(rows), &skipped, NULL), 8);
}

START_TEST(key_value_lines_are_never_read_past_their_end)
{
        const char *text = "MemTotal:  1 kB\nActive(anon): 2 kB\npgfault 3\n\nX:4kB\n";

        harness_truncate(text, strlen(text), parse_any);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("meminfo");
        TCase *t = tcase_create("meminfo");

        tcase_add_test(t, meminfo_exports_kibibytes_as_bytes_and_counts_as_counts);
        tcase_add_test(t, meminfo_reads_a_line_without_a_blank_after_the_colon);
        tcase_add_test(t, meminfo_passes_through_lines_nobody_has_met);
        tcase_add_test(t, meminfo_gives_a_fit_name_to_a_line_whose_mechanical_name_would_not_be);
        tcase_add_test(t, meminfo_drops_a_wrapped_negative_and_counts_it);
        tcase_add_test(t, meminfo_skips_lines_it_cannot_read_and_keeps_the_rest);
        tcase_add_test(t, meminfo_guesses_no_unit);
        tcase_add_test(t, meminfo_keeps_what_it_has_learned_when_it_is_opened_anew);
        tcase_add_test(t, meminfo_takes_what_fits_of_a_file_with_too_many_lines);
        tcase_add_test(t, meminfo_without_a_readable_line_fails);
        tcase_add_test(t, key_value_lines_are_never_read_past_their_end);
        suite_add_tcase(s, t);
        return harness_main(s);
}
