/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/vm_settings.h"
#include "../../collectors/vm_settings_kept.h"
#include "mx/cleanup.h"
#include "mx/keymap.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_vm_settings;

#define VM "proc/sys/vm/"
#define MM "sys/kernel/mm/"

/* A hundred digits. */
#define TWENTY  "12345678901234567890"
#define HUNDRED TWENTY TWENTY TWENTY TWENTY TWENTY

static const struct {
        const char *text;
        size_t n;
        int64_t number[5];
        const char *mode;
} good[] = {
        { "60\n", 1, { 60 }, NULL },
        { "60", 1, { 60 }, NULL },
        { " -1 \n", 1, { -1 }, NULL },
        { "256\t256\t32\t0\t0\n", 5, { 256, 256, 32, 0, 0 }, NULL },
        { "1 2\t\n", 2, { 1, 2 }, NULL },
        { "9223372036854775807\n", 1, { INT64_MAX }, NULL },
        { "always [madvise] never\n", 0, { 0 }, "madvise" },
        { "[always] madvise never\n", 0, { 0 }, "always" },
        { "always defer [defer+madvise] madvise never\n", 0, { 0 }, "defer+madvise" },
        { "always within_size advise never deny [force]", 0, { 0 }, "force" },
        { "0x0007\n", 0, { 0 }, "0x0007" },
        { "Node\n", 0, { 0 }, "Node" },
        { "Y\n", 0, { 0 }, "Y" },
        { "two words\n", 0, { 0 }, "two words" },
        { "7 dwarfs\n", 0, { 0 }, "7 dwarfs" },
        { "1.5\n", 0, { 0 }, "1.5" },
        { "-\n", 0, { 0 }, "-" },
        { "\xff\"\\\n", 0, { 0 }, "\xff\"\\" },
};

START_TEST(a_setting_is_numbers_or_a_mode)
{
        struct vm_value v;

        ck_assert_int_eq(vm_value_parse(good[_i].text, strlen(good[_i].text), &v, NULL), 0);
        ck_assert_uint_eq(v.n, good[_i].n);
        for (size_t i = 0; i < v.n; i++)
                ck_assert_int_eq(v.number[i], good[_i].number[i]);
        if (good[_i].mode) {
                ck_assert_uint_eq(v.text_len, strlen(good[_i].mode));
                ck_assert_mem_eq(v.text, good[_i].mode, v.text_len);
        }
}
END_TEST

static const struct {
        const char *text;
        int r;
} bad[] = {
        { "", -ENODATA },
        { "\n", -ENODATA },
        { " \t\n", -ENODATA },
        { "1\n2\n", -EBADMSG },
        { "a\nb", -EBADMSG },
        { "a\rb", -EBADMSG },
        { "\x1b[0m\n", -EBADMSG },
        { "a [b", -EBADMSG },
        { "a b]", -EBADMSG },
        { "a [] b", -EBADMSG },
        { "[a] [b]", -EBADMSG },
        { "[a[b]]", -EBADMSG },
        { "]a[", -EBADMSG },
        { "9223372036854775808", -ERANGE },
        { "18446744073709551615\n", -ERANGE },
        { "-99999999999999999999", -ERANGE },
        { "1 2 3 4 5 6 7 8 9", -E2BIG },
        { "a23456789012345678901234567890123456789012345678901234567890123x", -E2BIG },
};

START_TEST(what_is_neither_is_refused_and_changes_nothing)
{
        struct vm_value v = { .n = 77 };
        struct mx_err err = { 0 };

        ck_assert_int_eq(vm_value_parse(bad[_i].text, strlen(bad[_i].text), &v, &err), bad[_i].r);
        ck_assert_uint_eq(v.n, 77);
        ck_assert_int_eq(err.code, bad[_i].r);
}
END_TEST

START_TEST(a_nul_is_no_setting)
{
        struct vm_value v;

        ck_assert_int_eq(vm_value_parse("1\0", 2, &v, NULL), -EBADMSG);
        ck_assert_int_eq(vm_value_parse("a\0b\n", 4, &v, NULL), -EBADMSG);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct vm_value v;

        (void)vm_value_parse(buf, len, &v, NULL);
}

START_TEST(settings_are_never_read_past_their_end)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(good); i++)
                harness_truncate(good[i].text, strlen(good[i].text), parse_any);
        for (size_t i = 0; i < MX_ARRAY_SIZE(bad); i++)
                harness_truncate(bad[i].text, strlen(bad[i].text), parse_any);
}
END_TEST

static const struct {
        enum vm_kind kind;
        int64_t number;
        bool ok;
        uint64_t value;
} conversions[] = {
        { VM_PLAIN, -1, true, UINT64_MAX },
        { VM_PLAIN, INT64_MAX, true, INT64_MAX },
        { VM_PLAIN, INT64_MIN, false, 0 },
        { VM_BYTES, 4096, true, 4096 },
        { VM_BYTES, -1, false, 0 },
        { VM_KIB, 67584, true, 67584 },
        { VM_KIB, -1, false, 0 },
        { VM_PERCENT, 5, true, 50 },
        { VM_PERCENT, 150, true, 1500 },
        { VM_PERCENT, INT64_MAX / 10 + 1, false, 0 },
        { VM_PER_1000, 500, true, 500 },
        { VM_PER_10000, 10, true, 1000 },
        { VM_CENTISECOND, 3000, true, 30000000 },
        { VM_CENTISECOND, INT64_MAX, false, 0 },
        { VM_MILLISECOND, 20, true, 20000 },
        { VM_MICROSECOND, 20, true, 20 },
};

START_TEST(a_number_becomes_a_value_in_base_units_or_none)
{
        uint64_t v = 7;

        ck_assert(vm_convert(conversions[_i].kind, conversions[_i].number, &v) ==
                  conversions[_i].ok);
        ck_assert_uint_eq(v, conversions[_i].ok ? conversions[_i].value : 7);
}
END_TEST

static const struct {
        const char *file, *name;
        int kind;
} names[] = {
        { "foo", "memory_vm_foo", VM_PLAIN },
        { "foo-bar.Baz", "memory_vm_foo_bar_baz", VM_PLAIN },
        { "foo_kbytes", "memory_vm_foo_bytes", VM_KIB },
        { "foo_kb", "memory_vm_foo_bytes", VM_KIB },
        { "foo_bytes", "memory_vm_foo_bytes", VM_BYTES },
        { "foo_centisecs", "memory_vm_foo_seconds", VM_CENTISECOND },
        { "foo_millisecs", "memory_vm_foo_seconds", VM_MILLISECOND },
        { "foo_msecs", "memory_vm_foo_seconds", VM_MILLISECOND },
        { "foo_ms", "memory_vm_foo_seconds", VM_MILLISECOND },
        { "foo_us", "memory_vm_foo_seconds", VM_MICROSECOND },
        { "foo_secs", "memory_vm_foo_seconds", VM_PLAIN },
        { "foo_percent", "memory_vm_foo_ratio", VM_PERCENT },
        { "foo_ratio", "memory_vm_foo_ratio_value", VM_PLAIN },
        { "_ratio", "memory_vm_ratio", VM_PLAIN },
        { "+++", NULL, -EINVAL },
};

START_TEST(a_file_nobody_has_met_is_named_by_rule)
{
        char name[MX_KEYMAP_NAME_MAX];

        ck_assert_int_eq(vm_unknown(names[_i].file, name), names[_i].kind);
        if (names[_i].name)
                ck_assert_str_eq(name, names[_i].name);
}
END_TEST

static struct harness *start(const char *tree, struct harness *h, struct mx_host *host)
{
        *host = harness_host_at(tree, 4096);
        harness_start(h, &mx_vm_settings, host, NULL);
        return h;
}

static void stop(struct harness *h, struct mx_host *host, char *tree)
{
        harness_stop(h);
        harness_host_done(host);
        harness_tree_done(tree);
}

static char *new_tree(void)
{
        char *tree = harness_tree_new();

        harness_tree_write(tree, "sys/x", "");
        harness_tree_write(tree, VM "swappiness", "60\n");
        return tree;
}

static const struct {
        const char *file, *content, *series, *value;
} samples[] = {
        { VM "min_free_kbytes", "67584\n", "memory_vm_min_free_bytes", "69206016" },
        { VM "dirty_ratio", "20\n", "memory_vm_dirty_ratio", "0.200" },
        { VM "overcommit_ratio", "150\n", "memory_vm_overcommit_ratio", "1.500" },
        { VM "dirty_expire_centisecs", "2999\n", "memory_vm_dirty_expire_seconds", "29.990000" },
        { VM "watermark_scale_factor", "10\n", "memory_vm_watermark_scale_ratio", "0.001000" },
        { VM "watermark_boost_factor", "15000\n", "memory_vm_watermark_boost_ratio", "1.500000" },
        { VM "extfrag_threshold", "500\n", "memory_vm_extfrag_threshold_ratio", "0.500" },
        { VM "oom_dump_tasks", "-1\n", "memory_vm_oom_dump_tasks", "-1" },
        { VM "page-cluster", "3\n", "memory_vm_page_cluster", "3" },
        { VM "max_map_count", "65530\n", "memory_vm_max_maps", "65530" },
        { VM "admin_reserve_kbytes", "0\n", "memory_vm_admin_reserve_bytes", "0" },
        { VM "zone_reclaim_mode", "7\n", "memory_vm_zone_reclaim_mode", "7" },
        { VM "lowmem_reserve_ratio", "256\t32\t0\n",
          "memory_vm_lowmem_reserve_divisor{index=\"1\"}", "32" },
        { VM "lowmem_reserve_ratio", "256\n", "memory_vm_lowmem_reserve_divisor{index=\"0\"}",
          "256" },
        { VM "numa_zonelist_order", "Node\n",
          "memory_vm_mode_info{setting=\"numa_zonelist_order\",mode=\"Node\"}", "1" },
        { VM "new_kbytes", "2\n", "memory_vm_new_bytes", "2048" },
        { VM "new_count", "-7\n", "memory_vm_new_count_value", "-7" },
        { VM "new_total", "7\n", "memory_vm_new_total_value", "7" },
        { VM "new_list", "7\t-8\n", "memory_vm_new_list{index=\"1\"}", "-8" },
        { VM "new_word", "\"a\\\xff\"\n",
          "memory_vm_mode_info{setting=\"new_word\",mode=\"\\\"a\\\\\xee\xbf\xbf\\\"\"}", "1" },
        { MM "transparent_hugepage/enabled", "always [madvise] never\n",
          "memory_vm_mode_info{setting=\"transparent_hugepage/enabled\",mode=\"madvise\"}", "1" },
        { MM "lru_gen/enabled", "0x0007\n",
          "memory_vm_mode_info{setting=\"lru_gen/enabled\",mode=\"0x0007\"}", "1" },
        { MM "swap/vma_ra_enabled", "1\n",
          "memory_vm_mode_info{setting=\"swap/vma_ra_enabled\",mode=\"1\"}", "1" },
        { MM "lru_gen/min_ttl_ms", "1000\n", "memory_vm_lru_gen_min_ttl_seconds", "1.000000" },
        { MM "ksm/run", "2\n", "memory_vm_ksm_run", "2" },
        { MM "ksm/advisor_max_cpu", "70\n", "memory_vm_ksm_advisor_max_cpu_ratio", "0.700" },
        { MM "ksm/advisor_max_pages_to_scan", "30000\n", "memory_vm_ksm_advisor_max_pages_to_scan",
          "30000" },
        { MM "ksm/advisor_min_pages_to_scan", "500\n", "memory_vm_ksm_advisor_min_pages_to_scan",
          "500" },
        { MM "ksm/advisor_target_scan_time", "200\n", "memory_vm_ksm_advisor_target_scan_seconds",
          "200" },
        { MM "ksm/stable_node_chains_prune_millisecs", "2000\n",
          "memory_vm_ksm_stable_node_chains_prune_seconds", "2.000000" },
        { MM "transparent_hugepage/hugepages-64kB/enabled", "always inherit [madvise] never\n",
          "memory_vm_mode_info{setting=\"transparent_hugepage/hugepages-64kB/enabled\","
          "mode=\"madvise\"}",
          "1" },
        { MM "transparent_hugepage/hugepages-1048576kB/shmem_enabled",
          "always inherit within_size advise [never]\n",
          "memory_vm_mode_info{setting=\"transparent_hugepage/hugepages-1048576kB/shmem_enabled\","
          "mode=\"never\"}",
          "1" },
        { "sys/module/zswap/parameters/max_pool_percent", "20\n", "memory_vm_zswap_max_pool_ratio",
          "0.200" },
        { "sys/module/zswap/parameters/enabled", "Y\n",
          "memory_vm_mode_info{setting=\"zswap/enabled\",mode=\"Y\"}", "1" },
};

START_TEST(a_file_is_a_sample_in_base_units)
{
        char *tree = new_tree(), *text;
        struct mx_host host;
        struct harness h;

        harness_tree_write(tree, samples[_i].file, samples[_i].content);
        start(tree, &h, &host);
        for (int i = 0; i < 2; i++) { /* what is kept between runs shows in the second */
                text = harness_expect(&h, OUTCOME_OK);
                harness_assert(text, samples[_i].series, samples[_i].value);
                harness_assert(text, "memory_vm_swappiness", "60");
                free(text);
        }
        ck_assert_uint_eq(h.instance.sink.invalid, 0);
        ck_assert_uint_eq(h.instance.sink.dropped, 0);
        stop(&h, &host, tree);
}
END_TEST

static const struct {
        const char *file, *content;
        unsigned invalid;
} nothing[] = {
        { VM "min_free_kbytes", "-1\n", 1 },
        { VM "min_free_kbytes", "18446744073709551615\n", 1 },
        { VM "dirty_ratio", "1 2\n", 1 },
        { VM "dirty_ratio", "a\nb\n", 1 },
        { VM "dirty_ratio", "", 0 },
        { VM "new_kbytes", "-1\n", 1 },
        { VM "new_list", "1 2 3 4 5 6 7 8 9\n", 1 },
        { VM "a_directory/file", "1\n", 0 },
        { VM ".hidden", "1\n", 0 },
        { VM "stat_refresh", "1\n", 0 },
        { VM "compact_memory", "1\n", 0 },
        { VM "drop_caches", "3\n", 0 },
        { VM "scan_unevictable_pages", "0\n", 0 },
        { VM "nr_pdflush_threads", "0\n", 0 },
        { VM "nr_hugepages_mempolicy", "3\n", 0 },
        { MM "transparent_hugepage/hugepages-64kB/enabled", "always [madvise never\n", 1 },
        { MM "transparent_hugepage/hugepages-64kB/stats/zswpout", "7\n", 0 },
        { MM "transparent_hugepage/hugepages-64kB", "7\n", 0 },
        { MM "transparent_hugepage/hugepages-" HUNDRED "kB/enabled", "[never]\n", 0 },
        { MM "ksm/run", "maybe\n", 1 },
        { MM "transparent_hugepage/enabled", "always [madvise never\n", 1 },
        { MM "transparent_hugepage/hpage_pmd_size", "2097152\n", 0 },
};

START_TEST(a_file_without_a_setting_makes_no_sample_and_does_no_harm)
{
        char *tree = new_tree(), *text;
        struct mx_host host;
        struct harness h;
        size_t n = 0;

        harness_tree_write(tree, nothing[_i].file, nothing[_i].content);
        start(tree, &h, &host);
        text = harness_expect(&h, OUTCOME_OK);
        for (const char *p = text; (p = strchr(p, '\n')); p++)
                n += p[1] != '#' && p[1] != '\0';
        ck_assert_msg(n == 1, "%s", text); /* swappiness */
        ck_assert_uint_eq(h.instance.sink.invalid, nothing[_i].invalid);
        free(text);
        stop(&h, &host, tree);
}
END_TEST

START_TEST(a_file_of_4_kib_is_invalid_and_costs_nothing_else)
{
        char *tree = new_tree(), *text, long_text[4097];
        struct mx_host host;
        struct harness h;

        memset(long_text, '1', sizeof(long_text) - 1);
        long_text[sizeof(long_text) - 1] = '\0';
        harness_tree_write(tree, VM "dirty_ratio", long_text);
        start(tree, &h, &host);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_vm_swappiness", "60");
        harness_assert_absent(text, "memory_vm_dirty_ratio");
        ck_assert_uint_eq(h.instance.sink.invalid, 1);
        free(text);
        stop(&h, &host, tree);
}
END_TEST

START_TEST(a_setting_that_goes_takes_its_sample_with_it_and_may_come_back)
{
        char *tree = new_tree(), *text;
        struct mx_host host;
        struct harness h;

        harness_tree_write(tree, VM "new_knob", "1\n");
        harness_tree_write(tree, VM "dirty_ratio", "20\n");
        start(tree, &h, &host);
        free(harness_expect(&h, OUTCOME_OK));
        harness_tree_remove(tree, VM "new_knob");
        harness_tree_remove(tree, VM "dirty_ratio");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert_absent(text, "memory_vm_new_knob");
        harness_assert_absent(text, "memory_vm_dirty_ratio");
        free(text);
        harness_tree_write(tree, VM "new_knob", "2\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_vm_new_knob", "2");
        ck_assert_uint_eq(h.instance.sink.unknown, 1);
        free(text);
        harness_tree_remove(tree, VM "swappiness");
        harness_tree_remove(tree, VM "new_knob");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED)); /* a directory that is empty */
        stop(&h, &host, tree);
}
END_TEST

START_TEST(unknown_files_and_modes_above_the_caps_are_dropped_and_counted)
{
        char *tree = new_tree(), *text, path[128];
        struct mx_host host;
        struct harness h;

        for (unsigned i = 0; i < VM_UNKNOWN_MAX + 5; i++) {
                snprintf(path, sizeof(path), VM "unknown_%u", i);
                harness_tree_write(tree, path, "1\n");
        }
        for (unsigned i = 0; i < VM_MODES_MAX + 7; i++) {
                snprintf(path, sizeof(path), VM "word_%u", i);
                harness_tree_write(tree, path, "word\n");
        }
        snprintf(path, sizeof(path), VM "%0*d", VM_NAME_MAX + 1, 7);
        harness_tree_write(tree, path, "1\n");
        start(tree, &h, &host);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_vm_swappiness", "60");
        ck_assert_uint_eq(harness_count(text, "memory_vm_mode_info"), VM_MODES_MAX);
        ck_assert_uint_eq(h.instance.sink.unknown, VM_UNKNOWN_MAX);
        ck_assert_uint_eq(h.instance.sink.dropped, 5 + 7 + 1);
        free(text);
        stop(&h, &host, tree);
}
END_TEST

START_TEST(two_files_whose_names_become_one_are_one_series)
{
        char *tree = new_tree(), *text;
        struct mx_host host;
        struct harness h;

        harness_tree_write(tree, VM "a-b", "1\n");
        harness_tree_write(tree, VM "a_b", "1\n");
        harness_tree_write(tree, VM "min_free", "1\n"); /* nothing takes a known setting's name */
        harness_tree_write(tree, VM "min_free_kb", "1\n");
        harness_tree_write(tree, VM "min_free_kbytes", "4\n");
        start(tree, &h, &host);
        for (int i = 0; i < 2; i++) {
                text = harness_expect(&h, OUTCOME_OK);
                ck_assert_uint_eq(harness_count(text, "memory_vm_a_b"), 1);
                harness_assert(text, "memory_vm_min_free", "1");
                harness_assert(text, "memory_vm_min_free_bytes", "4096");
                free(text);
        }
        ck_assert_uint_eq(h.instance.sink.dropped, 2 * 2);
        stop(&h, &host, tree);
}
END_TEST

START_TEST(every_known_file_of_procfs_is_found_by_its_name)
{
        char *tree = harness_tree_new(), *text, path[128];
        struct mx_host host;
        struct harness h;
        size_t n = 0;

        harness_tree_write(tree, "sys/x", "");
        for (size_t i = 0; i < mx_vm_settings.n_families; i++) {
                const struct mx_family *f = &mx_vm_settings.families[i];

                if (f->source)
                        continue;
                snprintf(path, sizeof(path), VM "%s", f->key);
                harness_tree_write(tree, path, "1\n");
                n++;
        }
        start(tree, &h, &host);
        text = harness_expect(&h, OUTCOME_OK);
        ck_assert_uint_ge(n, 50);
        for (size_t i = 0; i < mx_vm_settings.n_families; i++)
                if (!mx_vm_settings.families[i].source)
                        ck_assert_msg(harness_count(text, mx_vm_settings.families[i].name) == 1,
                                      "%s is out of order", mx_vm_settings.families[i].key);
        ck_assert_uint_eq(h.instance.sink.unknown, 0);
        free(text);
        stop(&h, &host, tree);
}
END_TEST

static const struct {
        const char *machine, *series, *value;
} fixtures[] = {
        { "x86_64-3.10-v1", "memory_vm_swappiness", "30" },
        { "x86_64-3.10-v1", "memory_vm_percpu_pagelist_fraction", "0" },
        { "x86_64-3.10-v1", "memory_vm_mode_info{setting=\"numa_zonelist_order\",mode=\"default\"}",
          "1" },
        { "x86_64-3.10-v1",
          "memory_vm_mode_info{setting=\"transparent_hugepage/defrag\",mode=\"always\"}", "1" },
        { "x86_64-5.15-numa4", "memory_vm_dirty_bytes", "1073741824" },
        { "x86_64-5.15-numa4", "memory_vm_zone_reclaim_mode", "1" },
        { "x86_64-6.1-v2", "memory_vm_min_free_bytes", "50335744" },
        { "x86_64-6.1-v2", "memory_vm_mode_info{setting=\"lru_gen/enabled\",mode=\"0x0000\"}",
          "1" },
        { "x86_64-6.18-v2", "memory_vm_oom_dump_tasks", "-1" },
        { "x86_64-6.18-v2", "memory_vm_future_reserve_bytes", "2097152" },
        { "x86_64-6.18-v2", "memory_vm_future_factors{index=\"1\"}", "-1" },
        { "x86_64-6.18-v2", "memory_vm_mode_info{setting=\"ksm/advisor_mode\",mode=\"scan-time\"}",
          "1" },
};

START_TEST(settings_of_a_fixture_are_read_as_its_kernel_has_them)
{
        struct mx_host host = harness_host(fixtures[_i].machine);
        char *text = harness_collect(&mx_vm_settings, &host, NULL);

        harness_assert(text, fixtures[_i].series, fixtures[_i].value);
        free(text);
        harness_host_done(&host);
}
END_TEST

START_TEST(settings_are_unsupported_where_there_is_no_sysctl)
{
        char *tree = harness_tree_new();
        struct mx_host host;
        struct harness h;

        harness_tree_write(tree, "proc/x", "");
        start(tree, &h, &host);
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        stop(&h, &host, tree);
}
END_TEST

static void add_parse_tests(TCase *t)
{
        tcase_add_loop_test(t, a_setting_is_numbers_or_a_mode, 0, (int)MX_ARRAY_SIZE(good));
        tcase_add_loop_test(t, what_is_neither_is_refused_and_changes_nothing, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_test(t, a_nul_is_no_setting);
        tcase_add_test(t, settings_are_never_read_past_their_end);
        tcase_add_loop_test(t, a_number_becomes_a_value_in_base_units_or_none, 0,
                            (int)MX_ARRAY_SIZE(conversions));
        tcase_add_loop_test(t, a_file_nobody_has_met_is_named_by_rule, 0,
                            (int)MX_ARRAY_SIZE(names));
}

int main(void)
{
        Suite *s = suite_create("vm_settings");
        TCase *t = tcase_create("vm_settings");

        add_parse_tests(t);
        tcase_add_loop_test(t, a_file_is_a_sample_in_base_units, 0, (int)MX_ARRAY_SIZE(samples));
        tcase_add_loop_test(t, a_file_without_a_setting_makes_no_sample_and_does_no_harm, 0,
                            (int)MX_ARRAY_SIZE(nothing));
        tcase_add_test(t, a_file_of_4_kib_is_invalid_and_costs_nothing_else);
        tcase_add_test(t, a_setting_that_goes_takes_its_sample_with_it_and_may_come_back);
        tcase_add_test(t, unknown_files_and_modes_above_the_caps_are_dropped_and_counted);
        tcase_add_test(t, two_files_whose_names_become_one_are_one_series);
        tcase_add_test(t, every_known_file_of_procfs_is_found_by_its_name);
        tcase_add_loop_test(t, settings_of_a_fixture_are_read_as_its_kernel_has_them, 0,
                            (int)MX_ARRAY_SIZE(fixtures));
        tcase_add_test(t, settings_are_unsupported_where_there_is_no_sysctl);
        suite_add_tcase(s, t);
        return harness_main(s);
}
