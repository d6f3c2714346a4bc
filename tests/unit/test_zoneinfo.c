/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/zoneinfo.h"

#include <stdio.h>
#include <string.h>

/* Two zones of 6.18, one of them not populated. */
#define DMA                                                                                        \
        "Node 0, zone      DMA\n  per-node stats\n      nr_inactive_anon 1945\n"                   \
        "      nr_dirtied   7\n      nr_kernel_stack 12\n      nr_anon_transparent_hugepages 3\n"  \
        "  pages free     3840\n        boost    1\n        min      46\n        low      57\n"    \
        "        high     68\n        promo    79\n        spanned  4095\n"                        \
        "        present  3998\n        managed  3840\n        cma      2\n"                       \
        "        protection: (0, 3019, 5451)\n      nr_free_pages 3841\n"                          \
        "      nr_zone_inactive_anon 5\n      nr_zone_write_pending 0\n      numa_hit     9\n"     \
        "  pagesets\n    cpu: 0\n              count:    11\n              high:     12\n"         \
        "              batch:    13\n  vm stats threshold: 4\n    cpu: 1\n"                        \
        "              count:    14\n              high:     15\n  vm stats threshold: 4\n"        \
        "  node_unreclaimable:  0\n  start_pfn:           1\n"
#define MOVABLE                                                                                    \
        "Node 0, zone  Movable\n  pages free     0\n        boost    0\n        min      32\n"     \
        "        low      32\n        high     32\n        spanned  0\n        present  0\n"       \
        "        managed  0\n        cma      0\n        protection: (0, 0, 0)\n"
#define NORMAL                                                                                     \
        "Node 0, zone   Normal\n  pages free     100\n        min      10\n        low      20\n"  \
        "        high     30\n        spanned  500\n        present  400\n        managed  300\n"  \
        "        protection: (0, 0, 7)\n      nr_zone_inactive_anon 6\n"                           \
        "  pagesets\n  node_unreclaimable:  1\n  start_pfn:           4096\n"

struct run {
        char *text;
        uint64_t unknown, invalid, dropped;
};

static struct run collect(const char *zoneinfo)
{
        struct mx_sink sink;
        char *text =
                harness_collect_file(&mx_zoneinfo, "proc/zoneinfo", zoneinfo, 4096, MX_TEXT, &sink);

        return (struct run){ text, sink.unknown, sink.invalid, sink.dropped };
}

static const struct {
        const char *series, *value;
} samples[] = {
        { "memory_zone_free_bytes{node=\"0\",zone=\"DMA\"}", "15728640" },
        { "memory_zone_watermark_boost_bytes{node=\"0\",zone=\"DMA\"}", "4096" },
        { "memory_zone_watermark_min_bytes{node=\"0\",zone=\"DMA\"}", "188416" },
        { "memory_zone_watermark_low_bytes{node=\"0\",zone=\"DMA\"}", "233472" },
        { "memory_zone_watermark_high_bytes{node=\"0\",zone=\"DMA\"}", "278528" },
        { "memory_zone_watermark_promo_bytes{node=\"0\",zone=\"DMA\"}", "323584" },
        { "memory_zone_spanned_bytes{node=\"0\",zone=\"DMA\"}", "16773120" },
        { "memory_zone_present_bytes{node=\"0\",zone=\"DMA\"}", "16375808" },
        { "memory_zone_managed_bytes{node=\"0\",zone=\"DMA\"}", "15728640" },
        { "memory_zone_cma_bytes{node=\"0\",zone=\"DMA\"}", "8192" },
        { "memory_zone_inactive_anon_bytes{node=\"0\",zone=\"DMA\"}", "20480" },
        { "memory_zone_numa_hit_total{node=\"0\",zone=\"DMA\"}", "9" },
        { "memory_zone_start_pfn{node=\"0\",zone=\"DMA\"}", "1" },
        { "memory_zone_node_unreclaimable{node=\"0\",zone=\"Normal\"}", "1" },
        { "memory_zone_populated{node=\"0\",zone=\"DMA\"}", "1" },
        { "memory_node_vmstat_inactive_anon_bytes{node=\"0\"}", "7966720" },
        { "memory_node_vmstat_dirtied_pages_total{node=\"0\"}", "7" },
        { "memory_node_vmstat_kernel_stack_bytes{node=\"0\"}", "12288" },
        { "memory_node_vmstat_anon_transparent_huge_pages{node=\"0\"}", "3" },
        { "memory_zone_lowmem_reserve_bytes{node=\"0\",zone=\"DMA\",target_zone=\"Normal\"}",
          "12365824" },
        { "memory_zone_lowmem_reserve_bytes{node=\"0\",zone=\"DMA\",target_zone=\"Movable\"}",
          "22327296" },
        { "memory_zone_lowmem_reserve_bytes{node=\"0\",zone=\"Normal\",target_zone=\"Movable\"}",
          "28672" },
};

START_TEST(zoneinfo_exports_zones_nodes_and_reserves)
{
        struct run run = collect(DMA NORMAL MOVABLE);

        for (size_t i = 0; i < MX_ARRAY_SIZE(samples); i++)
                harness_assert(run.text, samples[i].series, samples[i].value);
        ck_assert_uint_eq(harness_count(run.text, "memory_zone_lowmem_reserve_bytes"), 3);
        ck_assert_uint_eq(run.unknown + run.invalid + run.dropped, 0);
        free(run.text);
}
END_TEST

START_TEST(zoneinfo_does_not_take_the_pagesets_for_watermarks_nor_show_a_fact_twice)
{
        struct run run = collect(DMA);

        ck_assert_uint_eq(harness_count(run.text, "memory_zone_watermark_high_bytes"), 1);
        ck_assert_ptr_null(strstr(run.text, "_count"));
        ck_assert_ptr_null(strstr(run.text, "threshold"));
        ck_assert_ptr_null(strstr(run.text, "free_pages_bytes"));
        free(run.text);
}
END_TEST

START_TEST(zoneinfo_shows_of_an_unpopulated_zone_only_that_and_its_sizes)
{
        struct run run = collect(DMA NORMAL MOVABLE);
        size_t n = 0;

        harness_assert(run.text, "memory_zone_populated{node=\"0\",zone=\"Movable\"}", "0");
        harness_assert(run.text, "memory_zone_spanned_bytes{node=\"0\",zone=\"Movable\"}", "0");
        harness_assert(run.text, "memory_zone_present_bytes{node=\"0\",zone=\"Movable\"}", "0");
        harness_assert(run.text, "memory_zone_managed_bytes{node=\"0\",zone=\"Movable\"}", "0");
        for (const char *p = run.text; (p = strstr(p, ",zone=\"Movable\"")); p++)
                n++;
        ck_assert_uint_eq(n, 4);
        free(run.text);
}
END_TEST

START_TEST(zoneinfo_without_managed_judges_a_zone_by_what_is_present)
{
        struct run run = collect("Node 1, zone  Normal\n  pages free 5\n        min 1\n"
                                 "        present 9\nNode 2, zone Normal\n  pages free 0\n"
                                 "        min 1\n        present 0\n");

        harness_assert(run.text, "memory_zone_populated{node=\"1\",zone=\"Normal\"}", "1");
        harness_assert(run.text, "memory_zone_free_bytes{node=\"1\",zone=\"Normal\"}", "20480");
        harness_assert(run.text, "memory_zone_populated{node=\"2\",zone=\"Normal\"}", "0");
        harness_assert_absent(run.text, "memory_zone_free_bytes{node=\"2\",zone=\"Normal\"}");
        free(run.text);
}
END_TEST

START_TEST(zoneinfo_of_kernels_before_4_8_has_everything_by_zone)
{
        struct run run = collect("Node 0, zone   Normal\n  pages free     9\n        min      1\n"
                                 "        scanned  3\n        present  9\n    nr_free_pages 9\n"
                                 "    nr_inactive_anon 2\n    nr_anon_pages 4\n    nr_written 5\n"
                                 "    nr_kernel_stack 6\n        protection: (0, 0, 8, 0)\n"
                                 "  pagesets\n    cpu: 0\n              count: 1\n"
                                 "              high:  2\n              batch: 3\n"
                                 "  vm stats threshold: 6\n  all_unreclaimable: 1\n"
                                 "  prev_priority:     12\n  start_pfn:         256\n"
                                 "  inactive_ratio:    3\n");

        harness_assert(run.text, "memory_zone_inactive_anon_bytes{node=\"0\",zone=\"Normal\"}",
                       "8192");
        harness_assert(run.text, "memory_zone_anon_pages_bytes{node=\"0\",zone=\"Normal\"}",
                       "16384");
        harness_assert(run.text, "memory_zone_written_pages_total{node=\"0\",zone=\"Normal\"}",
                       "5");
        harness_assert(run.text, "memory_zone_kernel_stacks{node=\"0\",zone=\"Normal\"}", "6");
        harness_assert(run.text, "memory_zone_scanned_pages{node=\"0\",zone=\"Normal\"}", "3");
        harness_assert(run.text, "memory_zone_all_unreclaimable{node=\"0\",zone=\"Normal\"}", "1");
        harness_assert(run.text, "memory_zone_prev_priority{node=\"0\",zone=\"Normal\"}", "12");
        harness_assert(run.text, "memory_zone_start_pfn{node=\"0\",zone=\"Normal\"}", "256");
        harness_assert(run.text, "memory_zone_inactive_target{node=\"0\",zone=\"Normal\"}", "3");
        ck_assert_uint_eq(run.unknown + run.invalid, 0);
        free(run.text);
}
END_TEST

static const struct {
        size_t n;
        const char *seen[4];
        const char *expected; /* separated by blanks */
} inferences[] = {
        { 4, { "DMA", "DMA32", "Normal", NULL }, "DMA DMA32 Normal Movable" },
        { 4, { "DMA", "Normal", "HighMem", NULL }, "DMA Normal HighMem Movable" },
        { 5, { "DMA", "DMA32", "Normal", NULL }, "DMA DMA32 Normal Movable Device" },
        { 3, { "DMA", NULL }, "DMA Normal Movable" },
        { 3, { "Normal", NULL }, "0 1 2" },
        { 4, { "DMA", "Normal", NULL }, "DMA 1 2 3" },
        { 2, { "Movable", NULL }, "Normal Movable" },
        { 3, { "Fast", NULL }, "0 1 2" },
        { 1, { NULL }, "0" },
        { 12, { "DMA", NULL }, "0 1 2 3 4 5 6 7 8 9 10 11" },
        { 3, { "Fast", "Slow", "Cold", NULL }, "Fast Slow Cold" },
};

START_TEST(zone_names_are_given_where_they_are_certain_and_indices_elsewhere)
{
        struct mx_zone_names names;
        size_t n = 0, len = 0;
        char got[256] = "";

        while (n < 4 && inferences[_i].seen[n])
                n++;
        mx_zone_names_infer(&names, inferences[_i].n, inferences[_i].seen, n);
        for (size_t i = 0; i < names.n; i++) {
                len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s", i ? " " : "",
                                        names.target[i].name);
        }
        ck_assert_str_eq(got, inferences[_i].expected);
}
END_TEST

static const struct {
        const char *text;
        uint64_t invalid, unknown;
        const char *series; /* that must be there all the same */
} damaged[] = {
        { "junk\n\n" NORMAL, 1, 0, "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node x, zone DMA\n  pages free 1\n" NORMAL, 1, 0,
          "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone \xff\n  pages free 1\n" NORMAL, 1, 0,
          "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone AVeryLongNameOfAZone\n" NORMAL, 1, 0,
          "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { NORMAL NORMAL, 1, 0, "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 3, zone Normal\n  pages free 1\n" NORMAL, 1, 0,
          "memory_zone_free_bytes{node=\"3\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 1\n        min x\n        low\n        high -3\n"
          "        low 99999999999999999999\n        present 7 8\n        managed 2\n",
          5, 0, "memory_zone_managed_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 1\n        high: 5\n        high 6\n", 1, 0,
          "memory_zone_watermark_high_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 1\n  pages free 2\n", 1, 0,
          "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 18446744073709551614\n        min 1\n", 1, 0,
          "memory_zone_watermark_min_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 1\n        protection: (0, -1)\n", 1, 0,
          "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 1\n        protection: (0, 1\n", 1, 0,
          "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 1\n        protection: "
          "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)\n",
          1, 0, "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 1\n      nr_quantum 3\n      foam 4\n", 0, 2,
          "memory_zone_nr_quantum{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  per-node stats\n      nr_quantum 3\n  pages free 1\n", 0, 1,
          "memory_node_vmstat_nr_quantum{node=\"0\"}" },
        { "Node 0, zone DMA\n  per-node stats\n      nr_dirty 3\n  pages free 1\n"
          "Node 0, zone Normal\n  per-node stats\n      nr_dirty 4\n  pages free 1\n",
          1, 0, "memory_node_vmstat_dirty_bytes{node=\"0\"}" },
        { "Node 0, zone Normal\n  pages free 1\n  pagesets\n    cpu: 0\n  vm stats threshold: 1\n"
          "  start_pfn: x\n  novel: 7\n",
          1, 1, "memory_zone_novel{node=\"0\",zone=\"Normal\"}" },
        { "Node 0, zone Normal\n  pages free 1", 0, 0,
          "memory_zone_free_bytes{node=\"0\",zone=\"Normal\"}" },
};

START_TEST(zoneinfo_skips_and_counts_what_it_cannot_read_and_keeps_the_rest)
{
        struct run run = collect(damaged[_i].text);

        ck_assert_msg(harness_value(run.text, damaged[_i].series) != NULL, "no %s in:\n%s",
                      damaged[_i].series, run.text);
        ck_assert_uint_eq(run.invalid, damaged[_i].invalid);
        ck_assert_uint_eq(run.unknown, damaged[_i].unknown);
        free(run.text);
}
END_TEST

static const char *const useless[] = { "", "\n", "pages free 1\n", "Node 0\n",
                                       "NNNNNode 0, zone DMA\n" };

START_TEST(zoneinfo_without_a_readable_zone_fails)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/zoneinfo", useless[_i]);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_zoneinfo, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_int_eq(err.code, -EBADMSG);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(zoneinfo_is_unsupported_where_there_is_none)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host = harness_host_at(tree, 4096);
        struct mx_err err;
        struct harness h;

        harness_start(&h, &mx_zoneinfo, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        ck_assert_str_eq(err.path, "zoneinfo");
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        static struct mx_zone z;
        const char *pos = buf;
        size_t skipped = 0;

        while (mx_zoneinfo_next(&pos, buf + len, &z, &skipped) > 0)
                ck_assert_uint_le(z.n_lines, MX_ZONE_LINES_MAX);
        ck_assert_ptr_eq(pos, buf + len);
}

START_TEST(zoneinfo_is_never_read_past_its_end)
{
        harness_truncate(DMA NORMAL MOVABLE, strlen(DMA NORMAL MOVABLE), parse_any);
}
END_TEST

START_TEST(zoneinfo_keeps_its_caps_on_lines_and_on_zones)
{
        size_t room = 8U << 20, len = 0;
        char *many = malloc(room);
        struct run run;

        ck_assert_ptr_nonnull(many);
        len += (size_t)snprintf(many, room, "Node 0, zone DMA\n  pages free 1\n");
        for (int i = 0; i < 300; i++)
                len += (size_t)snprintf(many + len, room - len, "      key_%d 1\n", i);
        for (int i = 1; i < 7000; i++)
                len += (size_t)snprintf(many + len, room - len,
                                        "Node %d, zone DMA\n  pages free 1\n", i);
        run = collect(many);
        ck_assert_uint_eq(harness_count(run.text, "memory_zone_free_bytes"), 6144);
        /* Zones, and keys that found no column in the key map of a zone. */
        ck_assert_uint_ge(run.dropped, 7000 - 6144);
        ck_assert_uint_lt(run.dropped, 7000 - 6144 + 300);
        ck_assert_uint_eq(run.invalid, 301 - MX_ZONE_LINES_MAX);
        free(run.text);
        free(many);
}
END_TEST

START_TEST(zoneinfo_follows_nodes_that_come_and_go_between_runs)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/zoneinfo", DMA NORMAL MOVABLE);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_zoneinfo, &host, NULL);
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                ck_assert_uint_eq(harness_count(text, "memory_zone_populated"), 3);
                free(text);
        }
        harness_tree_write(tree, "proc/zoneinfo", "Node 7, zone Normal\n  pages free 2\n");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        harness_assert(text, "memory_zone_free_bytes{node=\"7\",zone=\"Normal\"}", "8192");
        ck_assert_ptr_null(strstr(text, "node=\"0\""));
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

static const char *const machines[] = { "x86_64-2.6.32-v1",   "x86_64-3.10-v1",
                                        "x86_64-4.18-v1",     "aarch64-4.18-64k-v1",
                                        "x86_64-5.4-hybrid",  "x86_64-5.15-numa4",
                                        "aarch64-6.6-64k",    "x86_64-6.1-v2",
                                        "x86_64-6.18-hybrid", "x86_64-6.18-v2" };

/* Lines that start a zone, or a node's statistics. */
static size_t count_lines(const char *text, const char *start)
{
        size_t n = strncmp(text, start, strlen(start)) == 0;

        for (; (text = strchr(text, '\n')); text++)
                n += strncmp(text + 1, start, strlen(start)) == 0;
        return n;
}

START_TEST(zoneinfo_shows_every_zone_and_node_of_the_fixture_machines)
{
        const char *machine = machines[_i];
        struct mx_host host = harness_host(machine);
        struct mx_err err;
        struct harness h;
        char *text, *source;
        size_t len;

        source = harness_fixture(machine, "proc/zoneinfo", &len);
        harness_start(&h, &mx_zoneinfo, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        ck_assert_uint_eq(harness_count(text, "memory_zone_populated"),
                          count_lines(source, "Node "));
        ck_assert_uint_eq(harness_count(text, "memory_node_vmstat_anon_pages_bytes"),
                          count_lines(source, "  per-node stats"));
        ck_assert_uint_eq(h.instance.sink.unknown, 0);
        ck_assert_uint_eq(h.instance.sink.invalid, 0);
        harness_stop(&h);
        harness_host_done(&host);
        free(text);
        free(source);
}
END_TEST

START_TEST(zoneinfo_families_are_fit_to_be_exposed)
{
        for (size_t i = 0; i < mx_zoneinfo.n_families; i++) {
                const struct mx_family *f = &mx_zoneinfo.families[i];
                const char *wrong = mx_family_check(f);

                ck_assert_msg(wrong == NULL, "%s: %s", f->name, wrong);
                for (size_t j = 0; j < i; j++)
                        ck_assert_str_ne(f->name, mx_zoneinfo.families[j].name);
        }
}
END_TEST

static void add_damage(TCase *t)
{
        tcase_add_loop_test(t, zone_names_are_given_where_they_are_certain_and_indices_elsewhere, 0,
                            (int)MX_ARRAY_SIZE(inferences));
        tcase_add_loop_test(t, zoneinfo_skips_and_counts_what_it_cannot_read_and_keeps_the_rest, 0,
                            (int)MX_ARRAY_SIZE(damaged));
        tcase_add_loop_test(t, zoneinfo_without_a_readable_zone_fails, 0,
                            (int)MX_ARRAY_SIZE(useless));
        tcase_add_loop_test(t, zoneinfo_shows_every_zone_and_node_of_the_fixture_machines, 0,
                            (int)MX_ARRAY_SIZE(machines));
}

int main(void)
{
        Suite *s = suite_create("zoneinfo");
        TCase *t = tcase_create("zoneinfo");

        tcase_add_test(t, zoneinfo_exports_zones_nodes_and_reserves);
        tcase_add_test(t, zoneinfo_does_not_take_the_pagesets_for_watermarks_nor_show_a_fact_twice);
        tcase_add_test(t, zoneinfo_shows_of_an_unpopulated_zone_only_that_and_its_sizes);
        tcase_add_test(t, zoneinfo_without_managed_judges_a_zone_by_what_is_present);
        tcase_add_test(t, zoneinfo_of_kernels_before_4_8_has_everything_by_zone);
        tcase_add_test(t, zoneinfo_is_unsupported_where_there_is_none);
        tcase_add_test(t, zoneinfo_is_never_read_past_its_end);
        tcase_add_test(t, zoneinfo_keeps_its_caps_on_lines_and_on_zones);
        tcase_add_test(t, zoneinfo_follows_nodes_that_come_and_go_between_runs);
        tcase_add_test(t, zoneinfo_families_are_fit_to_be_exposed);
        add_damage(t);
        suite_add_tcase(s, t);
        return harness_main(s);
}
