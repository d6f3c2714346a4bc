/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/vmstat.h"

#include <stdio.h>
#include <string.h>

/* The collector over one text, with 16 KiB pages so that no page is mistaken for 4 KiB. */
static char *collect(const char *vmstat, struct mx_sink *ret_sink)
{
        return harness_collect_file(&mx_vmstat, "proc/vmstat", vmstat, 16384, MX_TEXT, ret_sink);
}

static const struct {
        const char *line, *name, *value, *type;
} kinds[] = {
        { "nr_free_pages 3", "memory_vmstat_free_pages_bytes", "49152", "gauge" },
        { "nr_zone_inactive_anon 3", "memory_vmstat_zone_inactive_anon_bytes", "49152", "gauge" },
        { "nr_inactive_anon 3", "memory_vmstat_inactive_anon_bytes", "49152", "gauge" },
        { "nr_dirty_threshold 3", "memory_vmstat_dirty_threshold_bytes", "49152", "gauge" },
        { "nr_hugetlb 512", "memory_vmstat_hugetlb_bytes", "8388608", "gauge" },
        { "nr_shadow_call_stack 3", "memory_vmstat_shadow_call_stack_bytes", "3072", "gauge" },
        { "nr_indirectly_reclaimable 3", "memory_vmstat_indirectly_reclaimable_bytes", "3",
          "gauge" },
        { "nr_anon_transparent_hugepages 3", "memory_vmstat_anon_transparent_huge_pages", "3",
          "gauge" },
        { "nr_file_hugepages 3", "memory_vmstat_file_huge_pages", "3", "gauge" },
        { "nr_shmem_pmdmapped 3", "memory_vmstat_shmem_pmd_mapped_huge_pages", "3", "gauge" },
        { "workingset_nodes 3", "memory_vmstat_workingset_nodes", "3", "gauge" },
        { "nr_pages_scanned 3", "memory_vmstat_pages_scanned", "3", "gauge" },
        { "nr_dirtied 3", "memory_vmstat_dirtied_pages_total", "3", "counter" },
        { "nr_vmscan_write 3", "memory_vmstat_vmscan_write_pages_total", "3", "counter" },
        { "nr_foll_pin_acquired 3", "memory_vmstat_foll_pin_acquired_pages_total", "3", "counter" },
        { "nr_tlb_remote_flush 3", "memory_vmstat_tlb_remote_flush_total", "3", "counter" },
        { "workingset_refault 3", "memory_vmstat_workingset_refault_pages_total", "3", "counter" },
        { "workingset_nodereclaim 3", "memory_vmstat_workingset_nodereclaim_total", "3",
          "counter" },
        { "pgpgin 3", "memory_vmstat_pgpgin_bytes_total", "3072", "counter" },
        { "pgpgout 3", "memory_vmstat_pgpgout_bytes_total", "3072", "counter" },
        { "pswpin 3", "memory_vmstat_pswpin_pages_total", "3", "counter" },
        { "pgfault 3", "memory_vmstat_pgfault_total", "3", "counter" },
        { "allocstall 3", "memory_vmstat_allocstall_total", "3", "counter" },
        { "allocstall_movable 3", "memory_vmstat_allocstall_movable_total", "3", "counter" },
        { "pgscan_kswapd_dma32 3", "memory_vmstat_pgscan_kswapd_dma32_pages_total", "3",
          "counter" },
        { "pgsteal_high 3", "memory_vmstat_pgsteal_high_pages_total", "3", "counter" },
        { "pgsteal_khugepaged 3", "memory_vmstat_pgsteal_khugepaged_pages_total", "3", "counter" },
        { "pgscan_direct_throttle 3", "memory_vmstat_pgscan_direct_throttle_total", "3",
          "counter" },
        { "numa_hit 3", "memory_vmstat_numa_hit_total", "3", "counter" },
        { "oom_kill 3", "memory_vmstat_oom_kill_total", "3", "counter" },
        { "nr_unstable 0", "memory_vmstat_unstable_bytes", "0", "gauge" },
};

START_TEST(vmstat_gives_each_kind_of_line_its_own_type_and_unit)
{
        char *text = collect(kinds[_i].line, NULL), type[256];

        harness_assert(text, kinds[_i].name, kinds[_i].value);
        snprintf(type, sizeof(type), "# TYPE %s %s\n", kinds[_i].name, kinds[_i].type);
        ck_assert_ptr_nonnull(strstr(text, type));
        free(text);
}
END_TEST

START_TEST(vmstat_reads_kernel_stacks_as_kibibytes_since_4_8)
{
        char *text = collect("nr_zone_write_pending 0\nnr_kernel_stack 1444\n", NULL);

        harness_assert(text, "memory_vmstat_kernel_stack_bytes", "1478656");
        harness_assert_absent(text, "memory_vmstat_kernel_stacks");
        free(text);
}
END_TEST

START_TEST(vmstat_reads_kernel_stacks_as_a_number_before_4_8)
{
        char *text = collect("nr_free_pages 1\nnr_kernel_stack 1444\n", NULL);

        harness_assert_absent(text, "memory_vmstat_kernel_stack_bytes");
        harness_assert(text, "memory_vmstat_kernel_stacks", "1444");
        free(text);
}
END_TEST

START_TEST(vmstat_passes_through_lines_nobody_has_met_without_a_unit)
{
        struct mx_sink sink;
        char *text = collect("nr_quantum 7\nquantum_leaps 8\npgfault 9\n", &sink);

        harness_assert(text, "memory_vmstat_nr_quantum", "7");
        harness_assert(text, "memory_vmstat_quantum_leaps", "8");
        ck_assert_ptr_nonnull(strstr(text, "# TYPE memory_vmstat_nr_quantum gauge\n"));
        ck_assert_ptr_nonnull(strstr(text, "# TYPE memory_vmstat_quantum_leaps untyped\n"));
        ck_assert_uint_eq(sink.unknown, 2);
        free(text);
}
END_TEST

START_TEST(vmstat_drops_a_wrapped_negative_and_counts_it)
{
        struct mx_sink sink;
        char *text = collect(
                "nr_writeback 18446744073709551614\npgfault 18446744073709551000\nnr_dirty 1\n",
                &sink);

        harness_assert_absent(text, "memory_vmstat_writeback_bytes");
        harness_assert_absent(text, "memory_vmstat_pgfault_total");
        harness_assert(text, "memory_vmstat_dirty_bytes", "16384");
        ck_assert_uint_eq(sink.invalid, 2);
        free(text);
}
END_TEST

START_TEST(vmstat_skips_lines_it_cannot_read_and_keeps_the_rest)
{
        struct mx_sink sink;
        char *text = collect("\npgfault\nnr_dirty -1\nnr_mapped x\npswpin 99999999999999999999\n"
                             "pswpout 1 2\noom_kill 3\noom_kill 4\n 12\n",
                             &sink);

        harness_assert(text, "memory_vmstat_oom_kill_total", "3");
        ck_assert_uint_eq(harness_count(text, "memory_vmstat_oom_kill_total"), 1);
        ck_assert_uint_eq(sink.series, 1);
        ck_assert_uint_eq(sink.invalid, 7);
        free(text);
}
END_TEST

START_TEST(vmstat_keeps_hostile_keys_out_of_the_exposition)
{
        struct mx_sink sink;
        char *text = collect(
                "\xff\xfe 1\nev{il=\"x\"} 2\npgpgin_bytes_total 3\npgpgin 4\npgfault 5\n", &sink);

        harness_assert(text, "memory_vmstat_pgpgin_bytes_total", "4096");
        harness_assert(text, "memory_vmstat_ev_il_x", "2");
        harness_assert(text, "memory_vmstat_pgpgin_bytes_total_value", "3");
        ck_assert_uint_eq(sink.series, 4);
        free(text);
}
END_TEST

static const char *const useless[] = { "", "\n\n", "garbage\n", "pgfault\nx y\n" };

START_TEST(vmstat_without_a_readable_line_fails)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/vmstat", useless[_i]);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_vmstat, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_int_eq(err.code, -EBADMSG);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(vmstat_takes_what_fits_of_more_lines_than_any_kernel_has)
{
        char *tree = harness_tree_new(), *text = NULL, *many = calloc(600, 16), *p = many;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        for (int i = 0; i < 600; i++)
                p += snprintf(p, 16, "key_%d %d\n", i, i);
        harness_tree_write(tree, "proc/vmstat", many);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_vmstat, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, "memory_vmstat_key_0", "0");
        ck_assert_uint_gt(h.instance.sink.dropped, 0);
        ck_assert_uint_eq(h.instance.sink.dropped + h.instance.sink.series, 600);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
        free(many);
}
END_TEST

START_TEST(vmstat_is_unsupported_where_there_is_none)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host = harness_host_at(tree, 4096);
        struct mx_err err;
        struct harness h;

        harness_start(&h, &mx_vmstat, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        ck_assert_str_eq(err.path, "vmstat");
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(vmstat_follows_a_file_that_changes_between_runs)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/vmstat", "pgfault 1\nnovel 1\n");
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_vmstat, &host, NULL);
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                free(text);
        }
        harness_tree_write(tree, "proc/vmstat", "novel 2\noom_kill 1\npgfault 4\n");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, "memory_vmstat_novel", "2");
        harness_assert(text, "memory_vmstat_pgfault_total", "4");
        ck_assert_uint_eq(h.instance.sink.unknown, 1);
        ck_assert_uint_eq(h.instance.sink.invalid, 0);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

static const struct {
        const char *name;
        uint64_t invented; /* lines of no kernel, put there to be met by surprise */
} machines[] = {
        { "x86_64-2.6.32-v1", 0 },    { "x86_64-3.10-v1", 0 },    { "x86_64-4.18-v1", 0 },
        { "aarch64-4.18-64k-v1", 0 }, { "x86_64-5.4-hybrid", 0 }, { "x86_64-5.15-numa4", 0 },
        { "aarch64-6.6-64k", 0 },     { "x86_64-6.1-v2", 0 },     { "x86_64-6.18-hybrid", 0 },
        { "x86_64-6.18-v2", 1 },
};

START_TEST(vmstat_knows_every_line_of_the_fixture_machines)
{
        struct mx_host host = harness_host(machines[_i].name);
        struct mx_err err;
        struct harness h;
        char *text, *source, *line;
        size_t len, lines = 0;

        source = harness_fixture(machines[_i].name, "proc/vmstat", &len);
        for (line = source; (line = strchr(line, '\n')); line++)
                lines++;
        harness_start(&h, &mx_vmstat, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        ck_assert_uint_eq(h.instance.sink.unknown, machines[_i].invented);
        ck_assert_uint_eq(h.instance.sink.invalid, 0);
        ck_assert_uint_eq(h.instance.sink.series, lines);
        harness_stop(&h);
        harness_host_done(&host);
        free(text);
        free(source);
}
END_TEST

START_TEST(vmstat_families_are_fit_to_be_exposed)
{
        for (size_t i = 0; i < mx_vmstat.n_families; i++) {
                const struct mx_family *f = &mx_vmstat.families[i];
                const char *wrong = mx_family_check(f);

                ck_assert_msg(wrong == NULL, "%s: %s", f->name, wrong);
                ck_assert_msg(!strstr(f->name, "_pages_pages"), "%s", f->name);
                for (size_t j = 0; j < i; j++)
                        ck_assert_str_ne(f->name, mx_vmstat.families[j].name);
        }
}
END_TEST

int main(void)
{
        Suite *s = suite_create("vmstat");
        TCase *t = tcase_create("vmstat");

        tcase_add_loop_test(t, vmstat_gives_each_kind_of_line_its_own_type_and_unit, 0,
                            (int)MX_ARRAY_SIZE(kinds));
        tcase_add_test(t, vmstat_reads_kernel_stacks_as_kibibytes_since_4_8);
        tcase_add_test(t, vmstat_reads_kernel_stacks_as_a_number_before_4_8);
        tcase_add_test(t, vmstat_passes_through_lines_nobody_has_met_without_a_unit);
        tcase_add_test(t, vmstat_drops_a_wrapped_negative_and_counts_it);
        tcase_add_test(t, vmstat_skips_lines_it_cannot_read_and_keeps_the_rest);
        tcase_add_test(t, vmstat_keeps_hostile_keys_out_of_the_exposition);
        tcase_add_loop_test(t, vmstat_without_a_readable_line_fails, 0,
                            (int)MX_ARRAY_SIZE(useless));
        tcase_add_test(t, vmstat_takes_what_fits_of_more_lines_than_any_kernel_has);
        tcase_add_test(t, vmstat_is_unsupported_where_there_is_none);
        tcase_add_test(t, vmstat_follows_a_file_that_changes_between_runs);
        tcase_add_loop_test(t, vmstat_knows_every_line_of_the_fixture_machines, 0,
                            (int)MX_ARRAY_SIZE(machines));
        tcase_add_test(t, vmstat_families_are_fit_to_be_exposed);
        suite_add_tcase(s, t);
        return harness_main(s);
}
