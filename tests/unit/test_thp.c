/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/number.h"
#include "../../collectors/thp.h"
#include "mx/cleanup.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_meminfo;

#define THP  "sys/kernel/mm/transparent_hugepage/"
#define SIZE THP "hugepages-64kB/"
#define OLD  "sys/kernel/mm/redhat_transparent_hugepage/"

#define ANON(kb) "memory_thp_anon_bytes{page_size=\"" kb "kB\"}"

static const struct {
        const char *text;
        int r;
        uint64_t value;
} numbers[] = {
        { "0\n", 0, 0 },
        { "1208", 0, 1208 },
        { "18446744073709551615\n", 0, UINT64_MAX },
        { "18446744073709551616\n", -ERANGE, 0 },
        { "-1\n", -EBADMSG, 0 },
        { "", -EBADMSG, 0 },
        { "\n", -EBADMSG, 0 },
        { "7\n\n", -EBADMSG, 0 },
        { "7 8\n", -EBADMSG, 0 },
        { "seven\n", -EBADMSG, 0 },
        { "0x7\n", -EBADMSG, 0 },
};

START_TEST(a_file_is_one_number_or_none)
{
        const char *text = numbers[_i].text;
        uint64_t v = 7;

        ck_assert_int_eq(mx_number_u64(text, strlen(text), &v), numbers[_i].r);
        ck_assert_uint_eq(v, numbers[_i].r == 0 ? numbers[_i].value : 7);
}
END_TEST

static const struct {
        const char *text;
        bool is_never;
} modes[] = {
        { "always inherit madvise [never]\n", true },
        { "always inherit within_size advise [never]\n", true },
        { "never\n", true },
        { "always inherit [madvise] never\n", false },
        { "always [inherit] madvise never\n", false },
        { "always inherit madvise [never\n", false },
        { "[never] [never]\n", false },
        { "[nevermore]\n", false },
        { "[neve]\n", false },
        { "0\n", false },
        { "", false },
};

START_TEST(a_size_is_off_where_never_is_chosen)
{
        const char *text = modes[_i].text;

        ck_assert(mx_thp_is_never(text, strlen(text)) == modes[_i].is_never);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        uint64_t v;

        (void)mx_thp_is_never(buf, len);
        (void)mx_number_u64(buf, len, &v);
}

START_TEST(thp_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(modes); i++)
                harness_truncate(modes[i].text, strlen(modes[i].text), parse_any);
        for (size_t i = 0; i < MX_ARRAY_SIZE(numbers); i++)
                harness_truncate(numbers[i].text, strlen(numbers[i].text), parse_any);
}
END_TEST

START_TEST(huge_pages_become_kib_and_events_stay_counts)
{
        uint64_t v = 3;

        ck_assert(mx_thp_convert("nr_anon", 2048, &v));
        ck_assert_uint_eq(v, 6144);
        ck_assert(mx_thp_convert("nr_anon_partially_mapped", 64, &v));
        ck_assert_uint_eq(v, 393216);
        ck_assert(mx_thp_convert("nr_anon_of_a_later_kernel", 64, &v));
        ck_assert(mx_thp_convert("split", 64, &v));
        ck_assert_uint_eq(v, 393216);
        v = UINT64_MAX / 64 + 1;
        ck_assert(!mx_thp_convert("nr_anon", 64, &v));
        ck_assert_uint_eq(v, UINT64_MAX / 64 + 1);
}
END_TEST

static uint64_t number(const char *text, const char *series)
{
        const char *value = harness_value(text, series);
        uint64_t v = 0;

        ck_assert_msg(value && mx_number_u64(value, strcspn(value, " \n"), &v) == 0, "%s", series);
        return v;
}

struct machine {
        char *tree;
        struct mx_host host;
        struct harness h;
};

static void put(struct machine *m, const char *path, const char *content)
{
        harness_tree_write(m->tree, path, content);
}

static void start(struct machine *m, const char *file, const char *content)
{
        m->tree = harness_tree_new();
        put(m, "proc/x", "");
        put(m, "sys/x", "");
        if (file)
                put(m, file, content);
        m->host = harness_host_at(m->tree, 65536); /* which does not matter */
        harness_start(&m->h, &mx_thp, &m->host, NULL);
}

static void stop(struct machine *m)
{
        harness_stop(&m->h);
        harness_host_done(&m->host);
        harness_tree_done(m->tree);
}

/* A size with all of its files; both modes are as given, or not there. */
static void put_size(struct machine *m, unsigned kib, const char *enabled, const char *shmem,
                     const char *count)
{
        static const char *const stats[] = { "nr_anon", "anon_fault_alloc", "split" };
        char path[160];

        for (size_t i = 0; i < MX_ARRAY_SIZE(stats); i++) {
                snprintf(path, sizeof(path), THP "hugepages-%ukB/stats/%s", kib, stats[i]);
                put(m, path, count);
        }
        snprintf(path, sizeof(path), THP "hugepages-%ukB/enabled", kib);
        if (enabled)
                put(m, path, enabled);
        snprintf(path, sizeof(path), THP "hugepages-%ukB/shmem_enabled", kib);
        if (shmem)
                put(m, path, shmem);
}

static const struct {
        const char *path, *content, *series, *value;
} files[] = {
        { THP "hpage_pmd_size", "536870912\n", "memory_thp_pmd_size_bytes", "536870912" },
        { THP "khugepaged/full_scans", "602\n", "memory_thp_khugepaged_full_scans_total", "602" },
        { THP "khugepaged/pages_collapsed", "151\n", "memory_thp_khugepaged_collapses_total",
          "151" },
        { OLD "khugepaged/full_scans", "9\n", "memory_thp_khugepaged_full_scans_total", "9" },
        { OLD "khugepaged/pages_collapsed", "4\n", "memory_thp_khugepaged_collapses_total", "4" },
        { SIZE "stats/nr_anon", "1208\n", ANON("64"), "79167488" },
        { SIZE "stats/nr_anon_partially_mapped", "3\n",
          "memory_thp_anon_partially_mapped_bytes{page_size=\"64kB\"}", "196608" },
        { SIZE "stats/anon_fault_alloc", "18\n",
          "memory_thp_anon_fault_alloc_total{page_size=\"64kB\"}", "18" },
        { SIZE "stats/swpin_fallback_charge", "18\n",
          "memory_thp_swpin_fallback_charge_total{page_size=\"64kB\"}", "18" },
        { SIZE "stats/shmem_alloc", "1\n", "memory_thp_shmem_alloc_total{page_size=\"64kB\"}",
          "1" },
        { SIZE "stats/split_deferred", "0\n", "memory_thp_split_deferred_total{page_size=\"64kB\"}",
          "0" },
        { SIZE "stats/collapse_exceed_swap_pte", "5\n",
          "memory_thp_collapse_exceed_swap_pte_total{page_size=\"64kB\"}", "5" },
        { SIZE "stats/nr_quantum_foam", "5\n", "memory_thp_nr_quantum_foam{page_size=\"64kB\"}",
          "5" },
};

START_TEST(each_file_is_one_series)
{
        struct machine m;
        char *text;

        start(&m, files[_i].path, files[_i].content);
        text = harness_expect(&m.h, OUTCOME_OK);
        harness_assert(text, files[_i].series, files[_i].value);
        ck_assert_uint_eq(m.h.instance.sink.invalid, 0);
        ck_assert_uint_eq(m.h.instance.sink.unknown,
                          strstr(files[_i].path, "foam") || strstr(files[_i].path, "exceed"));
        free(text);
        stop(&m);
}
END_TEST

static const struct {
        const char *path, *content;
        unsigned invalid;
} bad[] = {
        { THP "hpage_pmd_size", "huge\n", 1 },
        { THP "khugepaged/full_scans", "", 1 },
        { THP "khugepaged/full_scans", "-3\n", 1 },
        { THP "khugepaged/max_ptes_none", "511\n", 0 },
        { THP "anon_beside_full", "0\n", 0 },
        { THP "hugepages-64kB", "7\n", 0 },
        { THP "hugepages-64kB/stats", "7\n", 0 },
        { THP "hugepages-64kB/stats/nr_anon/x", "7\n", 0 },
        { THP "hugepages-0kB/stats/nr_anon", "7\n", 0 },
        { THP "hugepages-xkB/stats/nr_anon", "7\n", 0 },
        { THP "hugepages-64kB/stats/nr_anon", "18446744073709551615\n", 1 }, /* a wrapped -1 */
        { THP "hugepages-64kB/stats/split", "18446744073709551615\n", 0 },   /* as absent */
        { THP "hugepages-64kB/stats/split", "18446744073709551614\n", 1 },
        { THP "hugepages-64kB/stats/nr_anon", "140737488355328\n", 1 }, /* 2^47 of 2^16 bytes */
        { THP "hugepages-64kB/stats/split", "7 7\n", 1 },
        { THP "hugepages-64kB/stats/split", "\n", 1 },
        { THP "hugepages-64kB/stats/\xff", "1\n", 0 },
};

START_TEST(what_cannot_be_true_makes_no_sample)
{
        struct machine m;
        char *text;

        start(&m, bad[_i].path, bad[_i].content);
        text = harness_expect(&m.h, OUTCOME_OK);
        ck_assert_msg(strstr(text, "\nmemory_") == NULL && strncmp(text, "memory_", 7) != 0, "%s",
                      text);
        ck_assert_uint_eq(m.h.instance.sink.invalid, bad[_i].invalid);
        free(text);
        stop(&m);
}
END_TEST

#define NEVER "always inherit madvise [never]\n"

START_TEST(a_size_that_is_off_and_unused_is_left_out)
{
        static const struct {
                const char *enabled, *shmem, *count;
                bool is_shown;
        } cases[] = {
                { NEVER, NEVER, "0\n", false },
                { NEVER, NULL, "0\n", false },
                { NULL, NEVER, "0\n", false },
                { NEVER, NEVER, "1\n", true },
                { "always inherit [madvise] never\n", NEVER, "0\n", true },
                { NEVER, "[always] inherit within_size advise never\n", "0\n", true },
                { NULL, NULL, "0\n", true },
                { "", NEVER, "0\n", true },
        };
        struct machine m;
        char *text;

        start(&m, THP "hpage_pmd_size", "2097152\n");
        for (size_t i = 0; i < MX_ARRAY_SIZE(cases); i++) {
                put_size(&m, 64, cases[i].enabled, cases[i].shmem, cases[i].count);
                harness_stop(&m.h);
                harness_start(&m.h, &mx_thp, &m.host, NULL);
                text = harness_expect(&m.h, OUTCOME_OK);
                ck_assert_msg(harness_count(text, "memory_thp_anon_bytes") == cases[i].is_shown,
                              "%zu", i);
                free(text);
                harness_tree_remove(m.tree, THP "hugepages-64kB");
        }
        stop(&m);
}
END_TEST

START_TEST(a_size_shows_zeros_once_it_is_switched_on_and_what_it_counted_ever_after)
{
        struct machine m;
        char *text;

        start(&m, THP "hpage_pmd_size", "2097152\n");
        put_size(&m, 64, NEVER, NEVER, "0\n");
        free(harness_expect(&m.h, OUTCOME_OK));
        put_size(&m, 64, "[always] inherit madvise never\n", NEVER, "0\n");
        text = harness_expect(&m.h, OUTCOME_OK);
        harness_assert(text, "memory_thp_anon_fault_alloc_total{page_size=\"64kB\"}", "0");
        free(text);
        put_size(&m, 64, NEVER, NEVER, "0\n");
        text = harness_expect(&m.h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_thp_anon_bytes"), 0);
        free(text);
        put_size(&m, 64, NEVER, NEVER, "5\n");
        text = harness_expect(&m.h, OUTCOME_OK); /* as larger pages are split into it */
        harness_assert(text, ANON("64"), "327680");
        free(text);
        put_size(&m, 64, NEVER, NEVER, "0\n");
        for (int i = 0; i < 8; i++) {
                text = harness_expect(&m.h, OUTCOME_OK);
                harness_assert(text, ANON("64"), "0");
                free(text);
        }
        stop(&m);
}
END_TEST

START_TEST(sizes_that_are_off_show_in_the_run_after_they_got_pages)
{
        struct machine m;
        char *text;

        start(&m, THP "hpage_pmd_size", "2097152\n");
        for (unsigned kib = 16; kib <= 128; kib *= 2)
                put_size(&m, kib, NEVER, NEVER, "0\n");
        free(harness_expect(&m.h, OUTCOME_OK));
        for (unsigned kib = 16; kib <= 128; kib *= 2)
                put_size(&m, kib, NEVER, NEVER, "1\n");
        text = harness_expect(&m.h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_thp_anon_bytes"), 4);
        free(text);
        stop(&m);
}
END_TEST

START_TEST(sizes_come_in_order_and_may_come_and_go)
{
        struct machine m;
        char *text;

        start(&m, THP "hpage_pmd_size", "2097152\n");
        put_size(&m, 2048, NULL, NULL, "1\n");
        put_size(&m, 16, NULL, NULL, "2\n");
        put_size(&m, 512, NULL, NULL, "3\n");
        text = harness_expect(&m.h, OUTCOME_OK);
        ck_assert(strstr(text, ANON("16") " 32768") < strstr(text, ANON("512") " 1572864"));
        ck_assert(strstr(text, ANON("512") " 1572864") < strstr(text, ANON("2048") " 2097152"));
        free(text);
        harness_tree_remove(m.tree, THP "hugepages-512kB");
        put_size(&m, 32, NULL, NULL, "4\n");
        text = harness_expect(&m.h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_thp_anon_bytes"), 3);
        harness_assert(text, ANON("32"), "131072");
        free(text);
        stop(&m);
}
END_TEST

START_TEST(sizes_and_statistics_above_the_caps_are_dropped_and_counted)
{
        struct machine m;
        char *text, path[128];

        start(&m, THP "hpage_pmd_size", "2097152\n");
        for (unsigned i = 0; i < 30; i++) /* of which 24 are read */
                put_size(&m, 64 + 4 * i, NULL, NULL, "1\n");
        text = harness_expect(&m.h, OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_thp_anon_bytes"), 24);
        ck_assert_uint_eq(m.h.instance.sink.dropped, 6 * 17);
        free(text);
        for (unsigned i = 1; i < 30; i++) {
                snprintf(path, sizeof(path), THP "hugepages-%ukB", 64 + 4 * i);
                harness_tree_remove(m.tree, path);
        }
        for (unsigned i = 0; i < 30; i++) { /* 23 beside the 17 of the table */
                snprintf(path, sizeof(path), SIZE "stats/future_%u", i);
                put(&m, path, "1\n");
        }
        text = harness_expect(&m.h, OUTCOME_OK);
        ck_assert_uint_eq(m.h.instance.sink.dropped, 6 * 17 + 7);
        free(text);
        stop(&m);
}
END_TEST

/* The kernel counts huge pages there that are mapped as one, and here all of the size. */
START_TEST(thp_on_a_fixture_agrees_with_its_meminfo)
{
        struct mx_host host = harness_host("x86_64-6.18-v2");
        char *text = harness_collect(&mx_thp, &host, NULL);
        char *meminfo = harness_collect(&mx_meminfo, &host, NULL);
        uint64_t mapped = number(meminfo, "memory_meminfo_anon_huge_pages_bytes");
        uint64_t anon = number(text, ANON("2048"));

        ck_assert_uint_gt(mapped, 0);
        ck_assert_uint_ge(anon, mapped);
        ck_assert_uint_le(anon + number(text, ANON("64")),
                          number(meminfo, "memory_meminfo_anon_pages_bytes"));
        ck_assert_uint_eq(mapped % number(text, "memory_thp_pmd_size_bytes"), 0);
        harness_assert(text, "memory_thp_khugepaged_full_scans_total", "38");
        free(meminfo);
        harness_assert(text, ANON("64"), "79167488"); /* AnonPages: 1691952 kB */
        harness_assert(text, "memory_thp_quantum_foam_total{page_size=\"64kB\"}", "7");
        harness_assert_absent(text, "memory_thp_swpout_total{page_size=\"64kB\"}");
        free(text);
        harness_host_done(&host);
}
END_TEST

START_TEST(thp_is_unsupported_on_a_kernel_without_it)
{
        struct machine m;

        start(&m, NULL, NULL);
        free(harness_expect(&m.h, OUTCOME_UNSUPPORTED));
        stop(&m);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("thp");
        TCase *t = tcase_create("thp");

        tcase_add_loop_test(t, a_file_is_one_number_or_none, 0, (int)MX_ARRAY_SIZE(numbers));
        tcase_add_loop_test(t, a_size_is_off_where_never_is_chosen, 0, (int)MX_ARRAY_SIZE(modes));
        tcase_add_test(t, thp_never_reads_past_its_input);
        tcase_add_test(t, huge_pages_become_kib_and_events_stay_counts);
        tcase_add_loop_test(t, each_file_is_one_series, 0, (int)MX_ARRAY_SIZE(files));
        tcase_add_loop_test(t, what_cannot_be_true_makes_no_sample, 0, (int)MX_ARRAY_SIZE(bad));
        tcase_add_test(t, a_size_that_is_off_and_unused_is_left_out);
        tcase_add_test(t, a_size_shows_zeros_once_it_is_switched_on_and_what_it_counted_ever_after);
        tcase_add_test(t, sizes_that_are_off_show_in_the_run_after_they_got_pages);
        tcase_add_test(t, sizes_come_in_order_and_may_come_and_go);
        tcase_add_test(t, sizes_and_statistics_above_the_caps_are_dropped_and_counted);
        tcase_add_test(t, thp_on_a_fixture_agrees_with_its_meminfo);
        tcase_add_test(t, thp_is_unsupported_on_a_kernel_without_it);
        suite_add_tcase(s, t);
        return harness_main(s);
}
