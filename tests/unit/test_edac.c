/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/edac.h"
#include "mx/cleanup.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_edac;

#define MC   "sys/devices/system/edac/mc/mc"
#define NODE "sys/devices/system/node/node"

static const struct {
        const char *text;
        int r;
        uint64_t count;
} counts[] = {
        { "0\n", 0, 0 },
        { "17\n", 0, 17 },
        { "4294967295\n", 0, 4294967295 },
        { "-1\n", 0, 4294967295 }, /* %d of a count without a sign */
        { "-2147483648\n", 0, 2147483648 },
        { "-2147483649\n", -ERANGE, 0 },
        { "9223372036854775807", 0, INT64_MAX },
        { "9223372036854775808\n", -ERANGE, 0 },
        { "99999999999999999999\n", -ERANGE, 0 },
        { "", -EBADMSG, 0 },
        { "\n", -EBADMSG, 0 },
        { "-\n", -EBADMSG, 0 },
        { "--1\n", -EBADMSG, 0 },
        { "1 \n", -EBADMSG, 0 },
        { " 1\n", -EBADMSG, 0 },
        { "1\n2\n", -EBADMSG, 0 },
        { "0x1\n", -EBADMSG, 0 },
        { "none\n", -EBADMSG, 0 },
};

START_TEST(errors_are_counted_in_32_bits_and_never_negative)
{
        const char *text = counts[_i].text;
        uint64_t count = 7;

        ck_assert_int_eq(mx_edac_count_parse(text, strlen(text), &count), counts[_i].r);
        ck_assert_uint_eq(count, counts[_i].r == 0 ? counts[_i].count : 7);
}
END_TEST

static const struct {
        const char *name;
        int kind; /* negative: it is none */
        uint32_t index;
} names[] = {
        { "dimm0", MX_EDAC_DIMM, 0 },
        { "dimm17", MX_EDAC_DIMM, 17 },
        { "rank3", MX_EDAC_RANK, 3 },
        { "csrow7", MX_EDAC_CSROW, 7 },
        { "csrow4294967295", MX_EDAC_CSROW, 4294967295 },
        { "csrow4294967296", -1, 0 },
        { "dimm", -1, 0 },
        { "dimm01", -1, 0 },
        { "dimm1x", -1, 0 },
        { "dimm-1", -1, 0 },
        { "dimm_label", -1, 0 },
        { "power", -1, 0 },
        { "mc0", -1, 0 },
        { "", -1, 0 },
};

START_TEST(a_module_is_named_by_its_directory)
{
        enum mx_edac_kind kind = MX_EDAC_CSROW;
        uint32_t index = 99;

        ck_assert(mx_edac_name_parse(names[_i].name, &kind, &index) == (names[_i].kind >= 0));
        ck_assert_int_eq(kind, names[_i].kind < 0 ? MX_EDAC_CSROW : names[_i].kind);
        ck_assert_uint_eq(index, names[_i].kind < 0 ? 99 : names[_i].index);
}
END_TEST

static const struct {
        const char *text;
        size_t len;
        const char *want;
} texts[] = {
#define TEXT(text, want)                                                                           \
        {                                                                                          \
                text, sizeof(text) - 1, want                                                       \
        }
        TEXT("CPU_SrcID#0_MC#0_Chan#1_DIMM#1\n", "CPU_SrcID#0_MC#0_Chan#1_DIMM#1"),
        TEXT("channel 1 slot 0 \n", "channel 1 slot 0"),
        TEXT("  DIMM A1\t", "DIMM A1"),
        TEXT("A\nB\n", "A"),
        TEXT("A\0B\n", "A"),
        TEXT("\xff\xfe\n", "\xff\xfe"),
        TEXT("\n", ""),
        TEXT("   \n", ""),
        TEXT("", ""),
};

START_TEST(a_text_is_a_line_without_blanks_around_it)
{
        const char *got;
        size_t n = mx_edac_text(texts[_i].text, texts[_i].len, &got);

        ck_assert_uint_eq(n, strlen(texts[_i].want));
        ck_assert_mem_eq(got, texts[_i].want, n);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        const char *text;
        uint64_t v;

        (void)mx_edac_count_parse(buf, len, &v);
        (void)mx_edac_text(buf, len, &text);
}

START_TEST(edac_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(counts); i++)
                harness_truncate(counts[i].text, strlen(counts[i].text), parse_any);
        for (size_t i = 0; i < MX_ARRAY_SIZE(texts); i++)
                harness_truncate(texts[i].text, texts[i].len, parse_any);
}
END_TEST

static void write_at(const char *tree, unsigned mc, const char *file, const char *content)
{
        char path[256];

        snprintf(path, sizeof(path), MC "%u/%s", mc, file);
        harness_tree_write(tree, path, content);
}

static void write_controller(const char *tree, unsigned mc)
{
        write_at(tree, mc, "ce_count", "17\n");
        write_at(tree, mc, "ue_count", "2\n");
        write_at(tree, mc, "ce_noinfo_count", "1\n");
        write_at(tree, mc, "ue_noinfo_count", "0\n");
        write_at(tree, mc, "mc_name", "Skylake Socket#0 IMC#0\n");
        write_at(tree, mc, "size_mb", "32768\n");
        write_at(tree, mc, "seconds_since_reset", "86400\n");
        write_at(tree, mc, "reset_counters", "1\n");
}

static void write_module(const char *tree, unsigned mc, const char *name, const char *label,
                         const char *ce)
{
        static const char *const files[][2] = { { "dimm_ue_count", "2\n" },
                                                { "size", "16384\n" },
                                                { "dimm_location", "channel 0 slot 1 \n" },
                                                { "dimm_mem_type", "Registered-DDR4\n" },
                                                { "dimm_edac_mode", "S4ECD4ED\n" } };
        char path[64];

        for (size_t i = 0; i < MX_ARRAY_SIZE(files); i++) {
                snprintf(path, sizeof(path), "%s/%s", name, files[i][0]);
                write_at(tree, mc, path, files[i][1]);
        }
        snprintf(path, sizeof(path), "%s/dimm_label", name);
        write_at(tree, mc, path, label);
        snprintf(path, sizeof(path), "%s/dimm_ce_count", name);
        write_at(tree, mc, path, ce);
}

static void write_row(const char *tree, unsigned mc)
{
        write_at(tree, mc, "csrow2/ce_count", "9\n");
        write_at(tree, mc, "csrow2/ue_count", "3\n");
        write_at(tree, mc, "csrow2/size_mb", "2048\n");
        write_at(tree, mc, "csrow2/mem_type", "Registered-DDR2\n");
        write_at(tree, mc, "csrow2/edac_mode", "SECDED\n");
        write_at(tree, mc, "csrow2/ch0_ce_count", "4\n");
        write_at(tree, mc, "csrow2/ch0_dimm_label", "DIMM A1\n");
        write_at(tree, mc, "csrow2/ch11_ce_count", "5\n");
        write_at(tree, mc, "csrow2/ch11_dimm_label", "");
}

static char *new_tree(void)
{
        char *tree = harness_tree_new();

        harness_tree_write(tree, "proc/x", "");
        harness_tree_write(tree, "sys/x", "");
        return tree;
}

START_TEST(errors_are_counted_by_controller_and_module)
{
        char *tree = new_tree(), *text;
        struct mx_host host;

        write_controller(tree, 0);
        write_module(tree, 0, "dimm0", "CPU_SrcID#0_MC#0_Chan#0_DIMM#0\n", "16\n");
        write_module(tree, 0, "dimm11", "CPU_SrcID#0_MC#0_Chan#0_DIMM#1\n", "0\n");
        write_row(tree, 0); /* which would say the same again */
        host = harness_host_at(tree, 65536);
        text = harness_collect(&mx_edac, &host, NULL);
        harness_assert(text, "memory_edac_corrected_errors_total{controller=\"mc0\"}", "17");
        harness_assert(text, "memory_edac_uncorrected_errors_total{controller=\"mc0\"}", "2");
        harness_assert(text, "memory_edac_unlocated_corrected_errors_total{controller=\"mc0\"}",
                       "1");
        harness_assert(text, "memory_edac_unlocated_uncorrected_errors_total{controller=\"mc0\"}",
                       "0");
        harness_assert(text, "memory_edac_controller_size_bytes{controller=\"mc0\"}",
                       "34359738368");
        harness_assert(text, "memory_edac_since_reset_seconds{controller=\"mc0\"}", "86400");
        harness_assert(text,
                       "memory_edac_controller_info{controller=\"mc0\",controller_name=\"Skylake "
                       "Socket#0 IMC#0\"}",
                       "1");
#define DIMM0 "{controller=\"mc0\",dimm=\"dimm0\",dimm_label=\"CPU_SrcID#0_MC#0_Chan#0_DIMM#0\""
        harness_assert(text, "memory_edac_dimm_corrected_errors_total" DIMM0 "}", "16");
        harness_assert(text, "memory_edac_dimm_uncorrected_errors_total" DIMM0 "}", "2");
        harness_assert(text, "memory_edac_dimm_size_bytes" DIMM0 "}", "17179869184");
        harness_assert(text,
                       "memory_edac_dimm_info" DIMM0
                       ",location=\"channel 0 slot 1\",memory_type=\"Registered-DDR4\","
                       "edac_mode=\"S4ECD4ED\"}",
                       "1");
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_corrected_errors_total"), 2);
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_uncorrected_errors_total"), 2);
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_info"), 2);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(rows_and_channels_are_shown_where_modules_are_not_counted)
{
        char *tree = new_tree(), *text;
        struct mx_host host;

        write_controller(tree, 1); /* Linux 2.6.32 */
        write_row(tree, 1);
        write_controller(tree, 2); /* Linux 3.10: modules are named and not counted */
        write_at(tree, 2, "dimm0/dimm_label", "DIMM A1\n");
        write_at(tree, 2, "dimm0/size", "2048\n");
        write_row(tree, 2);
        host = harness_host_at(tree, 4096);
        text = harness_collect(&mx_edac, &host, NULL);
#define ROW(mc, rest) "{controller=\"mc" mc "\",dimm=\"csrow2" rest "}"
        harness_assert(
                text,
                "memory_edac_dimm_corrected_errors_total" ROW("1", "_ch0\",dimm_label=\"DIMM A1\""),
                "4");
        harness_assert(text, "memory_edac_dimm_corrected_errors_total" ROW("1", "_ch11\""), "5");
        harness_assert(text, "memory_edac_dimm_uncorrected_errors_total" ROW("1", "\""), "3");
        harness_assert(text, "memory_edac_dimm_size_bytes" ROW("1", "\""), "2147483648");
        harness_assert(text,
                       "memory_edac_dimm_info" ROW(
                               "1", "\",memory_type=\"Registered-DDR2\",edac_mode=\"SECDED\""),
                       "1");
        harness_assert(text, "memory_edac_dimm_corrected_errors_total" ROW("2", "_ch11\""), "5");
        harness_assert(text, "memory_edac_dimm_uncorrected_errors_total" ROW("2", "\""), "3");
        harness_assert_absent(text, "memory_edac_dimm_size_bytes" ROW("2", "\""));
        harness_assert(text,
                       "memory_edac_dimm_size_bytes{controller=\"mc2\",dimm=\"dimm0\","
                       "dimm_label=\"DIMM A1\"}",
                       "2147483648");
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_corrected_errors_total"), 4);
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_info"), 2);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(labels_may_be_empty_alike_or_hostile)
{
        char *tree = new_tree(), *text;
        struct mx_host host;

        write_controller(tree, 0);
        write_module(tree, 0, "rank0", "", "1\n");
        write_module(tree, 0, "rank1", "same\n", "2\n");
        write_module(tree, 0, "rank2", "same\n", "3\n");
        write_module(tree, 0, "rank3", "a\"b\\c\"} 1\n", "4\n");
        write_module(tree, 0, "rank4", "\xff\xc0\n", "5\n");
        host = harness_host_at(tree, 4096);
        text = harness_collect(&mx_edac, &host, NULL);
#define RANK(n, rest)                                                                              \
        "memory_edac_dimm_corrected_errors_total{controller=\"mc0\",dimm=\"rank" n "\"" rest "}"
        harness_assert(text, RANK("0", ""), "1");
        harness_assert(text, RANK("1", ",dimm_label=\"same\""), "2");
        harness_assert(text, RANK("2", ",dimm_label=\"same\""), "3");
        harness_assert(text, RANK("3", ",dimm_label=\"a\\\"b\\\\c\\\"} 1\""), "4");
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_corrected_errors_total"), 5);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_edac_lacks_or_cannot_say_makes_no_sample)
{
        char *tree = new_tree(), *text;
        struct mx_host host;
        struct harness h;

        write_at(tree, 0, "ce_count", "many\n");
        write_at(tree, 0, "ue_count", "-1\n");
        write_at(tree, 0, "size_mb", "9223372036854775807\n");
        write_at(tree, 0, "csrow0/ce_count", "1\n"); /* without ue_count and channels */
        write_at(tree, 0, "csrow1/ch99_ce_count", "1\n");
        write_at(tree, 0, "power/control", "auto\n");
        harness_tree_write(tree, "sys/devices/system/edac/mc/power/control", "auto\n");
        harness_tree_write(tree, "sys/devices/system/edac/mc/mcx/ce_count", "1\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_edac, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_edac_corrected_errors_total"), 0);
        harness_assert(text, "memory_edac_uncorrected_errors_total{controller=\"mc0\"}",
                       "4294967295");
        ck_assert_uint_eq(harness_count(text, "memory_edac_unlocated_corrected_errors_total"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_edac_controller_size_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_uncorrected_errors_total"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_corrected_errors_total"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_node_memory_failure_pages_total"), 0);
        ck_assert_uint_eq(h.instance.sink.invalid, 2);
        ck_assert_uint_eq(h.instance.sink.dropped, 1);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

static void write_failures(const char *tree, unsigned node)
{
        static const char *const files[][2] = { { "total", "10\n" },
                                                { "ignored", "1\n" },
                                                { "failed", "2\n" },
                                                { "delayed", "3\n" },
                                                { "recovered", "4\n" } };
        char path[96];

        for (size_t i = 0; i < MX_ARRAY_SIZE(files); i++) {
                snprintf(path, sizeof(path), NODE "%u/memory_failure/%s", node, files[i][0]);
                harness_tree_write(tree, path, files[i][1]);
        }
}

START_TEST(pages_given_up_are_counted_by_node_also_without_edac)
{
        char *tree = new_tree(), *text;
        struct mx_host host;

        harness_tree_write(tree, NODE "0/cpulist", "\n");
        write_failures(tree, 3);
        host = harness_host_at(tree, 65536); /* counts are pages, and no bytes */
        text = harness_collect(&mx_edac, &host, NULL);
        harness_assert(text, "memory_node_memory_failure_pages_total{node=\"3\"}", "10");
        harness_assert(text, "memory_node_memory_failure_ignored_pages_total{node=\"3\"}", "1");
        harness_assert(text, "memory_node_memory_failure_failed_pages_total{node=\"3\"}", "2");
        harness_assert(text, "memory_node_memory_failure_delayed_pages_total{node=\"3\"}", "3");
        harness_assert(text, "memory_node_memory_failure_recovered_pages_total{node=\"3\"}", "4");
        ck_assert_uint_eq(harness_count(text, "memory_node_memory_failure_pages_total"), 1);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(controllers_and_modules_may_come_and_go_between_runs)
{
        char *tree = new_tree(), *text, name[32];
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        harness_start(&h, &mx_edac, &host, NULL);
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        write_controller(tree, 0);
        free(harness_expect(&h, OUTCOME_OK));
        for (unsigned mc = 0; mc < 20; mc++) {
                write_controller(tree, mc);
                snprintf(name, sizeof(name), "dimm%u", mc);
                write_module(tree, mc, name, "label\n", "1\n");
        }
        write_failures(tree, 0);
        write_failures(tree, 1);
        write_failures(tree, 2);
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_edac_corrected_errors_total"), 20);
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_corrected_errors_total"), 20);
        ck_assert_uint_eq(harness_count(text, "memory_node_memory_failure_pages_total"), 3);
        free(text);
        harness_tree_remove(tree, "sys/devices/system/edac");
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_edac_corrected_errors_total"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_node_memory_failure_pages_total"), 3);
        free(text);
        harness_tree_remove(tree, "sys/devices/system/node");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(controllers_and_nodes_above_the_caps_are_dropped_and_counted)
{
        char *tree, *text, path[96];
        struct mx_host host;
        struct harness h;

        harness_trees_in_memory();
        tree = new_tree();
        for (unsigned mc = 0; mc < 66; mc++) /* of which 64 */
                write_at(tree, mc, "ce_count", "1\n");
        for (unsigned i = 0; i < 260; i++) { /* of which 256 */
                snprintf(path, sizeof(path), NODE "%u/memory_failure/total", i);
                harness_tree_write(tree, path, "0\n");
        }
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_edac, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_edac_corrected_errors_total"), 64);
        ck_assert_uint_eq(harness_count(text, "memory_node_memory_failure_pages_total"), 256);
        ck_assert_uint_eq(h.instance.sink.dropped, 2 * 7 + 4 * 5);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(modules_above_the_caps_are_dropped_and_counted)
{
        char *tree, *text, path[96];
        struct mx_host host;
        struct harness h;

        harness_trees_in_memory();
        tree = new_tree();
        for (unsigned mc = 0; mc < 5; mc++) { /* of 130 each 128, of which 512 in all */
                for (unsigned i = 0; i < 130; i++) {
                        snprintf(path, sizeof(path), "dimm%u/dimm_ce_count", i);
                        write_at(tree, mc, path, "1\n");
                }
        }
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_edac, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_edac_dimm_corrected_errors_total"), 512);
        ck_assert_uint_eq(h.instance.sink.dropped, (5 * 2 + 128) * 4);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("edac");
        TCase *t = tcase_create("edac");

        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, errors_are_counted_in_32_bits_and_never_negative, 0,
                            (int)MX_ARRAY_SIZE(counts));
        tcase_add_loop_test(t, a_module_is_named_by_its_directory, 0, (int)MX_ARRAY_SIZE(names));
        tcase_add_loop_test(t, a_text_is_a_line_without_blanks_around_it, 0,
                            (int)MX_ARRAY_SIZE(texts));
        tcase_add_test(t, edac_never_reads_past_its_input);
        tcase_add_test(t, errors_are_counted_by_controller_and_module);
        tcase_add_test(t, rows_and_channels_are_shown_where_modules_are_not_counted);
        tcase_add_test(t, labels_may_be_empty_alike_or_hostile);
        tcase_add_test(t, what_edac_lacks_or_cannot_say_makes_no_sample);
        tcase_add_test(t, pages_given_up_are_counted_by_node_also_without_edac);
        tcase_add_test(t, controllers_and_modules_may_come_and_go_between_runs);
        tcase_add_test(t, controllers_and_nodes_above_the_caps_are_dropped_and_counted);
        tcase_add_test(t, modules_above_the_caps_are_dropped_and_counted);
        suite_add_tcase(s, t);
        return harness_main(s);
}
