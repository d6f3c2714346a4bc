/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "view_private.h"

static bool text_is(struct view_text t, const char *s)
{
        return t.data && t.len == strlen(s) && memcmp(t.data, s, t.len) == 0;
}

static struct view_text text(const char *s)
{
        return (struct view_text){ s, strlen(s) };
}

START_TEST(the_table_is_sorted_for_the_search)
{
        for (size_t i = 1; i < view_n_families; i++)
                ck_assert_msg(strcmp(view_families[i - 1].name, view_families[i].name) < 0, "%s",
                              view_families[i].name);
}
END_TEST

START_TEST(every_family_wanted_is_one_that_collectors_have)
{
        const char *dir = getenv("MX_TESTS_DIR");
        char path[4096], *all = NULL, name[128];
        size_t size = 0;
        FILE *f;

        snprintf(path, sizeof(path), "%s/../docs/metrics.md", dir ? dir : "tests");
        f = fopen(path, "re");
        ck_assert_ptr_nonnull(f);
        ck_assert_int_gt(getdelim(&all, &size, '\0', f), 0);
        fclose(f);
        for (size_t i = 0; i < view_n_families; i++) {
                snprintf(name, sizeof(name), "`%s`", view_families[i].name);
                ck_assert_msg(strstr(all, name) != NULL, "%s", name);
        }
        free(all);
}
END_TEST

START_TEST(a_machine_reads_back_as_its_files_say)
{
        struct mx_host host = harness_host("x86_64-6.1-v2");
        static struct view v;
        struct machine m;

        machine_read(&m, &host);
        view_read(&v, m.fragment, m.n);
        ck_assert_uint_eq(v.meminfo.total, 996704 * 1024ULL);
        ck_assert_uint_eq(v.meminfo.available, 687188 * 1024ULL);
        ck_assert_uint_eq(v.meminfo.shmem, 8540 * 1024ULL);
        ck_assert_uint_eq(v.meminfo.gpu_active, MX_ABSENT);
        ck_assert_uint_eq(v.n_zones, 3); /* of ten, as the others are not populated */
        ck_assert(text_is(v.zone[1].zone, "DMA32"));
        ck_assert(text_is(v.zone[1].node, "0"));
        ck_assert_uint_lt(v.zone[1].min, v.zone[1].low);
        ck_assert_uint_lt(v.zone[1].low, v.zone[1].high);
        ck_assert_uint_ne(v.read_usec[VIEW_MEMINFO], 0);
        ck_assert_uint_ne(v.counters.major_faults, MX_ABSENT);
        ck_assert_uint_ne(v.counters.pressure_some, MX_ABSENT);
        ck_assert_uint_gt(v.n_cgroups, 0);
        ck_assert(text_is(view_label(v.cgroup[0].row.labels, "cgroup"), "/system.slice"));
        ck_assert_uint_eq(v.cgroup[0].row.size, 113385472);
        machine_done(&m);
        harness_host_done(&host);
}
END_TEST

START_TEST(what_an_old_kernel_does_not_say_is_absent)
{
        struct mx_host host = harness_host("x86_64-2.6.32-v1");
        static struct view v;
        struct machine m;

        machine_read(&m, &host);
        view_read(&v, m.fragment, m.n);
        ck_assert_uint_eq(v.meminfo.total, 16012316 * 1024ULL);
        ck_assert_uint_eq(v.meminfo.available, MX_ABSENT);
        ck_assert_uint_eq(v.meminfo.percpu, MX_ABSENT);
        ck_assert_uint_eq(v.counters.pressure_some, MX_ABSENT);
        ck_assert_uint_eq(v.read_usec[VIEW_PRESSURE], 0);
        ck_assert_uint_gt(v.n_zones, 0);
        machine_done(&m);
        harness_host_done(&host);
}
END_TEST

START_TEST(no_fragments_are_a_view_in_which_nothing_is_known)
{
        static struct view v;

        view_read(&v, NULL, 0);
        ck_assert_uint_eq(v.meminfo.total, MX_ABSENT);
        ck_assert_uint_eq(v.counters.swap_in, MX_ABSENT);
        ck_assert_uint_eq(v.host.cpu_lists, MX_ABSENT);
        ck_assert_ptr_null(v.tmpfs.labels.data);
        ck_assert_uint_eq(v.n_zones + v.n_processes + v.n_cgroups, 0);
        ck_assert_ptr_null(v.oom.row.labels.data);
}
END_TEST

static const struct {
        const char *text;
        unsigned decimals;
        uint64_t value;
} numbers[] = {
        { "0", 0, 0 },
        { "18446744073709551614", 0, UINT64_MAX - 1 },
        { "18446744073709551616", 0, MX_ABSENT },
        { "1.443772", 6, 1443772 },
        { "1.5", 6, 1500000 },
        { "7", 6, 7000000 },
        { "18446744073709.551615", 6, MX_ABSENT },
        { "18446744073710.000000", 6, MX_ABSENT },
        { "1.4437721", 6, MX_ABSENT },
        { "1.", 6, MX_ABSENT },
        { "1.5", 0, MX_ABSENT },
        { ".5", 6, MX_ABSENT },
        { "-1", 0, MX_ABSENT },
        { "1e3", 0, MX_ABSENT },
        { "NaN", 0, MX_ABSENT },
        { "", 0, MX_ABSENT },
};

START_TEST(a_number_is_exact_or_absent)
{
        ck_assert_msg(view_number(text(numbers[_i].text), numbers[_i].decimals) ==
                              numbers[_i].value,
                      "%s", numbers[_i].text);
}
END_TEST

START_TEST(a_label_is_found_by_its_whole_name_whatever_the_values_hold)
{
        struct view_text l = text("xcomm=\"no\",comm=\"a\\\"b,pid=\\\"9\\\\\",pid=\"1\",e=\"\"");
        char out[32];
        size_t n;

        ck_assert(text_is(view_label(l, "pid"), "1"));
        ck_assert(text_is(view_label(l, "e"), ""));
        n = view_unescape(view_label(l, "comm"), out, sizeof(out));
        ck_assert_uint_eq(n, strlen("a\"b,pid=\"9\\"));
        ck_assert_mem_eq(out, "a\"b,pid=\"9\\", n);
        ck_assert_ptr_null(view_label(l, "absent").data);
        ck_assert_ptr_null(view_label(l, "comm=").data);
        ck_assert_ptr_null(view_label(text("pid=\"1"), "pid").data);
        ck_assert_ptr_null(view_label(text("pid=\"1\\"), "pid").data);
        ck_assert_ptr_null(view_label(text("pid"), "pid").data);
        ck_assert_uint_eq(view_unescape(text("a\\nb"), out, 2), 2);
        ck_assert_mem_eq(out, "a\n", 2);
}
END_TEST

static void add_rows(struct fake *f, const char *family, unsigned n, unsigned (*value)(unsigned))
{
        char *s = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&s, &size);

        for (unsigned i = 0; i < n; i++)
                fprintf(out, "%s{pid=\"%u\",comm=\"a } b\"} %u\n", family, i + 1, value(i));
        fclose(out);
        fake_add(f, family, s);
        free(s);
}

static unsigned scattered(unsigned i)
{
        return i * 7919 % 5003 + 1;
}

static unsigned doubled(unsigned i)
{
        return 2 * scattered(i);
}

static unsigned same_score(unsigned i)
{
        return i == 4321 ? 666 : 600 + (i % 2) * 66;
}

START_TEST(the_largest_of_many_rows_are_kept_in_order_with_their_other_columns)
{
        struct fake *f = fake_new();
        static struct view v;

        add_rows(f, "memory_process_resident_bytes", 5000, scattered);
        add_rows(f, "memory_process_anon_bytes", 5000, doubled);
        view_read(&v, &f->list, 1);
        ck_assert_uint_eq(v.n_processes, VIEW_ROWS_MAX);
        ck_assert_uint_eq(v.n_all_processes, 5000);
        for (size_t i = 0; i < v.n_processes; i++) {
                ck_assert_uint_eq(v.process[i].anon, 2 * v.process[i].row.size);
                ck_assert_uint_eq(v.process[i].swap, MX_ABSENT);
                ck_assert_uint_eq(v.process[i].oom_score, MX_ABSENT);
                ck_assert(v.process[i].oom_score_adj == INT64_MIN);
                if (i > 0)
                        ck_assert_uint_le(v.process[i].row.size, v.process[i - 1].row.size);
        }
        ck_assert_uint_eq(v.process[0].row.size, 5003);
        fake_free(f);
}
END_TEST

START_TEST(of_equal_oom_scores_the_larger_process_shown_is_named)
{
        struct fake *f = fake_new();
        static struct view v;

        add_rows(f, "memory_process_resident_bytes", 5000, scattered);
        add_rows(f, "memory_process_oom_score", 5000, same_score);
        view_read(&v, &f->list, 1);
        ck_assert_uint_eq(v.oom.oom_score, 666);
        for (size_t i = 0; i < v.n_processes; i++)
                if (v.process[i].oom_score == 666) {
                        ck_assert_uint_eq(v.oom.row.size, v.process[i].row.size);
                        break;
                }
        fake_free(f);
}
END_TEST

START_TEST(a_small_process_with_the_highest_oom_score_is_found_with_its_size)
{
        struct fake *f = fake_new();
        static struct view v;

        add_rows(f, "memory_process_resident_bytes", 100, scattered);
        fake_add(f, "memory_process_oom_score",
                 "memory_process_oom_score{pid=\"100\",comm=\"a } b\"} 5\n"
                 "memory_process_oom_score{pid=\"1\",comm=\"a } b\"} 1000\n");
        fake_add(f, "memory_process_oom_score_adj",
                 "memory_process_oom_score_adj{pid=\"64\",comm=\"a } b\"} -1000\n");
        view_read(&v, &f->list, 1);
        ck_assert(text_is(view_label(v.oom.row.labels, "pid"), "1"));
        ck_assert_uint_eq(v.oom.row.size, 1);
        fake_free(f);
}
END_TEST

START_TEST(remainders_and_the_root_cgroup_are_no_rows)
{
        struct fake *f = fake_new();
        static struct view v;

        fake_add(f, "memory_process_resident_bytes",
                 "memory_process_resident_bytes{pid=\"\",comm=\"other\"} 100\n"
                 "memory_process_resident_bytes{pid=\"7\",comm=\"x\"} 5\n");
        fake_add(f, "memory_process_oom_score_adj",
                 "memory_process_oom_score_adj{pid=\"7\",comm=\"x\"} -999\n");
        fake_add(f, "memory_cgroup_current_bytes",
                 "memory_cgroup_current_bytes{cgroup=\"/\"} 100\n"
                 "memory_cgroup_current_bytes{cgroup=\"other\"} 100\n"
                 "memory_cgroup_current_bytes{cgroup=\"/a\"} 5\n");
        view_read(&v, &f->list, 1);
        ck_assert_uint_eq(v.n_processes, 1);
        ck_assert_int_eq(v.process[0].oom_score_adj, -999);
        ck_assert_uint_eq(v.n_cgroups, 1);
        fake_free(f);
}
END_TEST

START_TEST(lines_that_are_no_samples_are_passed_over)
{
        struct fake *f = fake_new();
        static struct view v;

        fake_add(f, "memory_meminfo_mem_total_bytes",
                 "\nmemory\nmemory_meminfo_mem_total_bytes\nmemory_meminfo_mem_total_bytes{ 1\n"
                 "memory_meminfo_mem_total_bytesx 1\nmemory_meminfo_mem_total_bytes 42\n");
        fake_add(f, "memory_zone_free_bytes",
                 "memory_zone_free_bytes{node=\"0\"} 1\n"
                 "memory_zone_free_bytes 1\n");
        fake_add(f, "memory_process_resident_bytes", "memory_process_resident_bytes 7\n");
        view_read(&v, &f->list, 1);
        ck_assert_uint_eq(v.meminfo.total, 42);
        ck_assert_uint_eq(v.n_zones, 0);
        ck_assert_uint_eq(v.n_processes, 0);
        fake_free(f);
}
END_TEST

START_TEST(zones_beyond_the_cap_are_counted)
{
        struct fake *f = fake_new();
        static struct view v;
        char *s = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&s, &size);

        for (unsigned i = 0; i < VIEW_ZONES_MAX + 3; i++)
                fprintf(out, "memory_zone_free_bytes{node=\"%u\",zone=\"Normal\"} %u\n", i, i);
        fclose(out);
        fake_add(f, "memory_zone_free_bytes", s);
        view_read(&v, &f->list, 1);
        ck_assert_uint_eq(v.n_zones, VIEW_ZONES_MAX);
        ck_assert_uint_eq(v.more_zones, 3);
        ck_assert_uint_eq(v.zone[5].free, 5);
        free(s);
        fake_free(f);
}
END_TEST

START_TEST(samples_of_devices_are_added_up_unless_one_is_no_number)
{
        struct fake *f = fake_new();
        static struct view v;

        fake_add(f, "memory_zram_used_bytes",
                 "memory_zram_used_bytes{device=\"zram0\"} 5\n"
                 "memory_zram_used_bytes{device=\"zram1\"} 7\n");
        fake_add(f, "memory_cpu_lists_free_bytes", "memory_cpu_lists_free_bytes 42\n");
        fake_add(f, "memory_edac_uncorrected_errors_total",
                 "memory_edac_uncorrected_errors_total{controller=\"mc0\"} 0\n"
                 "memory_edac_uncorrected_errors_total{controller=\"mc1\"} x\n");
        fake_add(f, "memory_zram_original_bytes",
                 "memory_zram_original_bytes{device=\"zram0\"} 18446744073709551614\n"
                 "memory_zram_original_bytes{device=\"zram1\"} 7\n");
        view_read(&v, &f->list, 1);
        ck_assert_uint_eq(v.host.zram_used, 12);
        ck_assert_uint_eq(v.host.cpu_lists, 42);
        ck_assert_uint_eq(v.host.ecc_uncorrected, MX_ABSENT);
        ck_assert_uint_eq(v.host.zram_original, MX_ABSENT);
        ck_assert_uint_eq(v.host.ksm_saved, MX_ABSENT);
        fake_free(f);
}
END_TEST

START_TEST(the_fullest_tmpfs_is_found_among_those_that_are_not_small)
{
        struct fake *f = fake_new();
        static struct view v;

        fake_add(f, "memory_tmpfs_size_bytes",
                 "memory_tmpfs_size_bytes{mountpoint=\"/run\"} 200000000\n"
                 "memory_tmpfs_size_bytes{mountpoint=\"/secret\"} 4096\n"
                 "memory_tmpfs_size_bytes{mountpoint=\"/gone\"} 100000000\n"
                 "memory_tmpfs_size_bytes{mountpoint=\"/tmp\"} 100000000\n"
                 "memory_tmpfs_size_bytes{mountpoint=\"/var\"} 100000000\n");
        fake_add(f, "memory_tmpfs_used_bytes",
                 "memory_tmpfs_used_bytes{mountpoint=\"/run\"} 100000000\n"
                 "memory_tmpfs_used_bytes{mountpoint=\"/free\"} 100000000\n"
                 "memory_tmpfs_used_bytes{mountpoint=\"/secret\"} 4096\n"
                 "memory_tmpfs_used_bytes{mountpoint=\"/tmp\"} 90000000\n"
                 "memory_tmpfs_used_bytes{mountpoint=\"/var\"} 80000000\n");
        view_read(&v, &f->list, 1);
        ck_assert(text_is(view_label(v.tmpfs.labels, "mountpoint"), "/tmp"));
        ck_assert_uint_eq(v.tmpfs.used, 90000000);
        ck_assert_uint_eq(v.tmpfs.size, 100000000);
        fake_free(f);
        f = fake_new(); /* what is used is not known */
        fake_add(f, "memory_tmpfs_size_bytes",
                 "memory_tmpfs_size_bytes{mountpoint=\"/run\"} 200000000\n");
        view_read(&v, &f->list, 1);
        ck_assert_ptr_null(v.tmpfs.labels.data);
        fake_free(f);
}
END_TEST

/* The same bytes as the samples of a scalar, of zones and of both tables. */
static void read_any(const char *buf, size_t len)
{
        static const char *const names[] = {
                "memory_meminfo_mem_total_bytes", "memory_process_resident_bytes",
                "memory_process_oom_score",       "memory_zone_free_bytes",
                "memory_tmpfs_size_bytes",        "memory_zram_used_bytes"
        };
        struct mx_prepared p = { 0 };
        struct mx_mark mark = { .family = &p };
        struct fragment f = { .samples = { .data = (char *)(uintptr_t)buf, .len = len, .cap = len },
                              .marks = { .v = &mark, .n = 1 } },
                        *list = &f;
        static struct view v;

        for (size_t i = 0; i < MX_ARRAY_SIZE(names); i++) {
                p.name = names[i];
                p.name_len = (uint32_t)strlen(names[i]);
                view_read(&v, &list, 1);
        }
}

START_TEST(the_view_never_reads_past_a_fragment)
{
        static const char samples[] =
                "memory_process_resident_bytes{pid=\"1\",comm=\"a\\\\\"} 18446744073709551615\n"
                "memory_process_oom_score{pid=\"1\",comm=\"a\\\"\"} 1\n"
                "memory_zone_free_bytes{node=\"0\",zone=\"DMA\"} 1\n";

        harness_truncate(samples, strlen(samples), read_any);
}
END_TEST

START_TEST(a_histogram_is_passed_over_whatever_it_is_called)
{
        static struct view v;
        struct fake *f = fake_new();

        fake_add(f, "memory_meminfo_mem_total_bytes",
                 "memory_meminfo_mem_total_bytes_bucket{le=\"1.0\"} 1\n"
                 "memory_meminfo_mem_total_bytes_bucket{le=\"+Inf\"} 1\n"
                 "memory_meminfo_mem_total_bytes_sum 5\n"
                 "memory_meminfo_mem_total_bytes_count 1\n");
        fake_add(f, "memory_zone_free_bytes",
                 "memory_zone_free_bytes_bucket{node=\"0\",zone=\"DMA\",le=\"+Inf\"} 1\n"
                 "memory_zone_free_bytes_sum{node=\"0\",zone=\"DMA\"} 5\n"
                 "memory_zone_free_bytes_count{node=\"0\",zone=\"DMA\"} 1\n");
        fake_add(f, "memory_process_resident_bytes",
                 "memory_process_resident_bytes_bucket{pid=\"1\",le=\"+Inf\"} 1\n");
        fake_add(f, "memory_meminfo_mem_free_bytes", "memory_meminfo_mem_free_bytes 7\n");
        view_read(&v, &f->list, 1);
        ck_assert_uint_eq(v.meminfo.total, MX_ABSENT);
        ck_assert_uint_eq(v.meminfo.free, 7);
        ck_assert_uint_eq(v.n_zones, 0);
        ck_assert_uint_eq(v.n_processes, 0);
        fake_free(f);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("view");
        TCase *t = tcase_create("view");

        tcase_add_test(t, the_table_is_sorted_for_the_search);
        tcase_add_test(t, every_family_wanted_is_one_that_collectors_have);
        tcase_add_test(t, a_machine_reads_back_as_its_files_say);
        tcase_add_test(t, what_an_old_kernel_does_not_say_is_absent);
        tcase_add_test(t, no_fragments_are_a_view_in_which_nothing_is_known);
        tcase_add_loop_test(t, a_number_is_exact_or_absent, 0, (int)MX_ARRAY_SIZE(numbers));
        tcase_add_test(t, a_label_is_found_by_its_whole_name_whatever_the_values_hold);
        tcase_add_test(t, the_largest_of_many_rows_are_kept_in_order_with_their_other_columns);
        tcase_add_test(t, of_equal_oom_scores_the_larger_process_shown_is_named);
        tcase_add_test(t, a_small_process_with_the_highest_oom_score_is_found_with_its_size);
        tcase_add_test(t, remainders_and_the_root_cgroup_are_no_rows);
        tcase_add_test(t, lines_that_are_no_samples_are_passed_over);
        tcase_add_test(t, zones_beyond_the_cap_are_counted);
        tcase_add_test(t, samples_of_devices_are_added_up_unless_one_is_no_number);
        tcase_add_test(t, the_fullest_tmpfs_is_found_among_those_that_are_not_small);
        tcase_add_test(t, the_view_never_reads_past_a_fragment);
        tcase_add_test(t, a_histogram_is_passed_over_whatever_it_is_called);
        suite_add_tcase(s, t);
        return harness_main(s);
}
