/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/ksm.h"
#include "../../collectors/number.h"
#include "mx/cleanup.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_vm_settings;

#define KSM "sys/kernel/mm/ksm/"

static const struct {
        const char *text;
        int r;
        int64_t value;
} numbers[] = {
        { "0\n", 0, 0 },
        { "-131072\n", 0, -131072 },
        { "-1", 0, -1 },
        { "9223372036854775807\n", 0, INT64_MAX },
        { "-9223372036854775808\n", 0, INT64_MIN },
        { "9223372036854775808\n", -ERANGE, 0 },
        { "-9223372036854775809\n", -ERANGE, 0 },
        { "-\n", -EBADMSG, 0 },
        { "--1\n", -EBADMSG, 0 },
        { "", -EBADMSG, 0 },
        { "\n", -EBADMSG, 0 },
        { "1\n2\n", -EBADMSG, 0 },
        { "1 page\n", -EBADMSG, 0 },
};

START_TEST(a_profit_may_be_negative)
{
        const char *text = numbers[_i].text;
        int64_t v = 7;

        ck_assert_int_eq(mx_number_i64(text, strlen(text), &v), numbers[_i].r);
        ck_assert_int_eq(v, numbers[_i].r == 0 ? numbers[_i].value : 7);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        int64_t v;

        (void)mx_number_i64(buf, len, &v);
}

START_TEST(ksm_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(numbers); i++)
                harness_truncate(numbers[i].text, strlen(numbers[i].text), parse_any);
}
END_TEST

static const struct {
        const char *file;
        bool is_setting;
} settings[] = {
        { "run", true },
        { "sleep_millisecs", true },
        { "pages_to_scan", true },
        { "max_page_sharing", true },
        { "merge_across_nodes", true },
        { "smart_scan", true },
        { "use_zero_pages", true },
        { "stable_node_chains_prune_millisecs", true },
        { "advisor_mode", true },
        { "advisor_max_cpu", true },
        { "advisor_min_pages_to_scan", true },
        { "advisor_max_pages_to_scan", true },
        { "advisor_target_scan_time", true },
        { "advisor_future_knob", false }, /* of a later kernel: vm_settings has no row of it */
        { "scan_future_millisecs", false },
        { "scan_sleep_millisecs", false }, /* khugepaged's */
        { "runs", false },
        { "pages_shared", false },
        { "ksm_zero_pages", false },
        { "stable_node_chains", false },
        { "general_profit", false },
        { "millisecs", false },
        { "", false },
};

START_TEST(settings_that_vm_settings_shows_are_told_from_statistics)
{
        ck_assert(mx_ksm_is_setting(settings[_i].file) == settings[_i].is_setting);
}
END_TEST

static const struct {
        const char *file, *content, *series, *value;
} files[] = {
        { "pages_shared", "10\n", "memory_ksm_shared_bytes", "655360" },
        { "pages_sharing", "4091\n", "memory_ksm_sharing_bytes", "268107776" },
        { "pages_unshared", "1\n", "memory_ksm_unshared_bytes", "65536" },
        { "pages_volatile", "0\n", "memory_ksm_volatile_bytes", "0" },
        { "ksm_zero_pages", "2\n", "memory_ksm_zero_bytes", "131072" },
        { "pages_scanned", "77\n", "memory_ksm_scanned_pages_total", "77" },
        { "pages_skipped", "78\n", "memory_ksm_skipped_pages_total", "78" },
        { "full_scans", "12\n", "memory_ksm_full_scans_total", "12" },
        { "stable_node_chains", "3\n", "memory_ksm_stable_node_chains", "3" },
        { "stable_node_dups", "41\n", "memory_ksm_stable_node_dups", "41" },
        { "general_profit", "4096\n", "memory_ksm_profit_bytes", "4096" },
        { "general_profit", "-3394560\n", "memory_ksm_profit_bytes", "-3394560" },
        { "general_profit", "-1\n", "memory_ksm_profit_bytes", "-1" },
        { "quantum_pages", "9\n", "memory_ksm_quantum_pages", "9" },
        { "advisor_future_knob", "9\n", "memory_ksm_advisor_future_knob", "9" },
        { "scan_future_millisecs", "9\n", "memory_ksm_scan_future_millisecs", "9" },
        { "zero_pages_count", "9\n", "memory_ksm_zero_pages_count_value", "9" },
};

START_TEST(each_file_is_one_sample)
{
        char path[96], *text;
        struct mx_sink sink;

        snprintf(path, sizeof(path), KSM "%s", files[_i].file);
        text = harness_collect_file(&mx_ksm, path, files[_i].content, 65536, MX_TEXT, &sink);
        harness_assert(text, files[_i].series, files[_i].value);
        ck_assert_uint_eq(sink.invalid, 0);
        ck_assert_uint_eq(sink.unknown, files[_i].series != NULL && _i >= 13);
        free(text);
}
END_TEST

static unsigned samples(const char *text)
{
        unsigned n = 0;

        for (const char *p = text; p && *p; p = strchr(p, '\n'), p += p != NULL)
                n += strncmp(p, "memory_", strlen("memory_")) == 0;
        return n;
}

static const struct {
        const char *file, *content;
        unsigned invalid;
} bad[] = {
        { "pages_shared", "many\n", 1 },
        { "pages_shared", "-1\n", 1 },
        { "pages_shared", "18446744073709551615\n", 0 }, /* as absent */
        { "pages_shared", "140737488355328\n", 1 },      /* 2^47 of 2^16 bytes */
        { "pages_shared", "", 1 },
        { "general_profit", "-9223372036854775808\n", 0 }, /* as absent */
        { "general_profit", "-9223372036854775809\n", 1 },
        { "general_profit", "profit\n", 1 },
        { "run", "x\n", 0 },
        { "advisor_mode", "[none] scan-time\n", 0 },
        { "future_mode", "none [some]\n", 0 },
        { "future_dir/file", "1\n", 0 },
        { "full_scans", "00000000000000000000000000000000000000000000000000000000000000000001\n",
          1 },
};

START_TEST(what_cannot_be_true_makes_no_sample_and_costs_no_other)
{
        char *tree = harness_tree_new(), *text, path[96];
        struct mx_host host;
        struct harness h;

        harness_tree_write(tree, "proc/x", "");
        harness_tree_write(tree, KSM "stable_node_dups", "1\n");
        snprintf(path, sizeof(path), KSM "%s", bad[_i].file);
        harness_tree_write(tree, path, bad[_i].content);
        host = harness_host_at(tree, 65536);
        harness_start(&h, &mx_ksm, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_eq(h.instance.sink.invalid, bad[_i].invalid);
        ck_assert_uint_eq(h.instance.sink.unknown, 0);
        harness_assert(text, "memory_ksm_stable_node_dups", "1");
        ck_assert_uint_eq(h.instance.sink.series, 1);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

/* A file of the directory is shown by one of the two, whatever a later kernel adds. */
START_TEST(each_number_is_shown_by_ksm_or_by_vm_settings)
{
        static const char *const names[] = { "run",
                                             "sleep_millisecs",
                                             "advisor_max_cpu",
                                             "advisor_future_knob",
                                             "scan_future_millisecs",
                                             "pages_shared",
                                             "quantum_pages" };
        char *tree = harness_tree_new(), *ours, *theirs, path[96];
        struct mx_host host;

        harness_tree_write(tree, "proc/sys/vm/swappiness", "60\n");
        for (size_t i = 0; i < MX_ARRAY_SIZE(names); i++) {
                snprintf(path, sizeof(path), KSM "%s", names[i]);
                harness_tree_write(tree, path, "1\n");
        }
        host = harness_host_at(tree, 4096);
        ours = harness_collect(&mx_ksm, &host, NULL);
        theirs = harness_collect(&mx_vm_settings, &host, NULL);
        ck_assert_uint_eq(samples(ours), 4);
        ck_assert_uint_eq(samples(theirs), 1 + 3);
        free(ours);
        free(theirs);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(ksm_is_unsupported_without_statistics_and_comes_back)
{
        char *tree = harness_tree_new(), *text;
        struct mx_host host;
        struct harness h;

        harness_tree_write(tree, "proc/x", "");
        harness_tree_write(tree, "sys/x", "");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_ksm, &host, NULL);
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        harness_tree_write(tree, KSM "run", "0\n");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        harness_tree_write(tree, KSM "full_scans", "1\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_ksm_full_scans_total", "1");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(statistics_above_the_cap_are_dropped_and_counted)
{
        char *tree = harness_tree_new(), *text, path[96];
        struct mx_host host;
        struct harness h;

        harness_tree_write(tree, "proc/x", "");
        for (unsigned i = 0; i < 40; i++) { /* 22 beside the 10 of the table */
                snprintf(path, sizeof(path), KSM "future_%u", i);
                harness_tree_write(tree, path, "1\n");
        }
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_ksm, &host, NULL);
        for (unsigned i = 1; i <= 2; i++) {
                text = harness_expect(&h, OUTCOME_OK);
                ck_assert_uint_eq(h.instance.sink.dropped, i * 18);
                free(text);
        }
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

static const struct {
        const char *machine;
        const char *sharing, *profit; /* NULL: before 6.4 */
} machines[] = {
        { "x86_64-3.10-v1", "0", NULL },
        { "x86_64-5.15-numa4", "905969664", NULL },
        { "aarch64-6.6-64k", "1572864", "-3394560" },
        { "x86_64-6.18-v2", "0", "-64" },
        { "x86_64-6.18-hybrid", "0", "0" },
};

START_TEST(each_kernel_shows_what_it_has)
{
        struct mx_host host = harness_host(machines[_i].machine);
        char *text = harness_collect(&mx_ksm, &host, NULL);

        harness_assert(text, "memory_ksm_sharing_bytes", machines[_i].sharing);
        if (machines[_i].profit)
                harness_assert(text, "memory_ksm_profit_bytes", machines[_i].profit);
        else
                harness_assert_absent(text, "memory_ksm_profit_bytes");
        free(text);
        harness_host_done(&host);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("ksm");
        TCase *t = tcase_create("ksm");

        tcase_add_loop_test(t, a_profit_may_be_negative, 0, (int)MX_ARRAY_SIZE(numbers));
        tcase_add_test(t, ksm_never_reads_past_its_input);
        tcase_add_loop_test(t, settings_that_vm_settings_shows_are_told_from_statistics, 0,
                            (int)MX_ARRAY_SIZE(settings));
        tcase_add_loop_test(t, each_file_is_one_sample, 0, (int)MX_ARRAY_SIZE(files));
        tcase_add_loop_test(t, what_cannot_be_true_makes_no_sample_and_costs_no_other, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_test(t, each_number_is_shown_by_ksm_or_by_vm_settings);
        tcase_add_test(t, ksm_is_unsupported_without_statistics_and_comes_back);
        tcase_add_test(t, statistics_above_the_cap_are_dropped_and_counted);
        tcase_add_loop_test(t, each_kernel_shows_what_it_has, 0, (int)MX_ARRAY_SIZE(machines));
        suite_add_tcase(s, t);
        return harness_main(s);
}
