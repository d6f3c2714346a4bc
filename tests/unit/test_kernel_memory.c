/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/kernel_memory.h"
#include "../../collectors/vmalloc_sums.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A machine of 1,000,000 KiB on which the kernel takes 300,000, of which 100,000 have no name. */
static struct mx_kernel_memory machine(void)
{
        struct mx_kernel_memory m = { .cpu_lists = 250, .page_size = 4096, .has_counts = true };

        for (size_t i = 0; i < MX_KM_LINES; i++)
                m.line[i] = MX_ABSENT;
        for (size_t i = 0; i < MX_KM_COUNTS; i++)
                m.count[i] = MX_ABSENT;
        m.line[MX_KM_TOTAL] = 1000000;
        m.line[MX_KM_FREE] = 399000;
        m.line[MX_KM_ACTIVE] = 100000;
        m.line[MX_KM_INACTIVE] = 100000;
        m.line[MX_KM_UNEVICTABLE] = 60000;
        m.line[MX_KM_HUGETLB] = 40000;
        m.line[MX_KM_SLAB] = 200000;
        return m;
}

START_TEST(what_is_neither_free_nor_reclaimed_nor_in_pools_is_the_kernels)
{
        struct mx_kernel_memory m = machine();

        ck_assert_int_eq(mx_kernel_used(&m), 300000 * 1024LL);
        ck_assert_int_eq(mx_kernel_unaccounted(&m), 100000 * 1024LL);
        m.count[MX_KM_ISOLATED_ANON] = 25;
        m.count[MX_KM_ISOLATED_FILE] = 25;
        ck_assert_int_eq(mx_kernel_used(&m), 299800 * 1024LL);
}
END_TEST

/* What one line more takes off what has no name, in KiB. */
static const struct {
        enum mx_kernel_line line;
        uint64_t value;
        int64_t less;
} lines[] = {
        { MX_KM_PAGE_TABLES, 1000, 1000 },  { MX_KM_SEC_PAGE_TABLES, 1000, 1000 },
        { MX_KM_QUICKLISTS, 1000, 1000 },   { MX_KM_PERCPU, 1000, 1000 },
        { MX_KM_BOUNCE, 1000, 1000 },       { MX_KM_WRITEBACK_TMP, 1000, 1000 },
        { MX_KM_GPU_ACTIVE, 1000, 1000 },   { MX_KM_GPU_RECLAIM, 1000, 1000 },
        { MX_KM_ZSWAP, 1000, 1000 },        { MX_KM_STACK, 1000, 1000 },
        { MX_KM_SHADOW_STACK, 1000, 1000 }, { MX_KM_VMALLOC_USED, 1000, 1000 },
        { MX_KM_KRECLAIMABLE, 1000, 0 }, /* without SReclaimable nothing is known of it */
        { MX_KM_SRECLAIMABLE, 1000, 0 },    { MX_KM_PERCPU, 200000, 200000 }, /* below 0 */
};

START_TEST(each_line_with_a_name_is_taken_off_once)
{
        struct mx_kernel_memory m = machine();

        m.line[lines[_i].line] = lines[_i].value;
        ck_assert_int_eq(mx_kernel_used(&m), 300000 * 1024LL);
        ck_assert_int_eq(mx_kernel_unaccounted(&m), (100000 - lines[_i].less) * 1024);
}
END_TEST

START_TEST(lines_that_overlap_are_not_taken_off_twice)
{
        struct mx_kernel_memory m = machine();

        m.line[MX_KM_STACK] = 3000;
        m.line[MX_KM_SHADOW_STACK] = 1000;
        m.line[MX_KM_VMALLOC_USED] = 9000; /* stacks are in it */
        m.line[MX_KM_VMALLOC_CHUNK] = 0;
        m.line[MX_KM_KRECLAIMABLE] = 150500;
        m.line[MX_KM_SRECLAIMABLE] = 150000; /* slab has it */
        m.line[MX_KM_ZSWAP] = 400;
        m.count[MX_KM_ZSPAGES] = 200; /* 800 KiB: of zswap and zram */
        m.count[MX_KM_MEMMAP] = 50;
        ck_assert_int_eq(mx_kernel_unaccounted(&m), (100000 - 9000 - 500 - 800 - 200) * 1024LL);
}
END_TEST

START_TEST(vmalloc_of_before_4_4_is_a_size_of_addresses)
{
        struct mx_kernel_memory m = machine();

        m.line[MX_KM_STACK] = 3000;
        m.line[MX_KM_VMALLOC_USED] = 64048;
        m.line[MX_KM_VMALLOC_CHUNK] = 34359003479;
        ck_assert_int_eq(mx_kernel_unaccounted(&m), (100000 - 3000) * 1024LL);
}
END_TEST

START_TEST(pools_of_before_4_15_are_counted_in_pages)
{
        struct mx_kernel_memory m = machine();

        m.line[MX_KM_HUGETLB] = MX_ABSENT;
        ck_assert_int_eq(mx_kernel_used(&m), 340000 * 1024LL);
        m.line[MX_KM_HUGE_PAGES] = 10;
        m.line[MX_KM_HUGE_PAGE_SIZE] = 2048;
        ck_assert_int_eq(mx_kernel_used(&m), (340000 - 20480) * 1024LL);
        m.line[MX_KM_HUGE_PAGES] = UINT64_MAX / 2;
        ck_assert_int_eq(mx_kernel_used(&m), INT64_MIN);
}
END_TEST

START_TEST(without_what_it_takes_nothing_is_said)
{
        static const enum mx_kernel_line needed[] = { MX_KM_TOTAL, MX_KM_FREE, MX_KM_ACTIVE,
                                                      MX_KM_INACTIVE };
        struct mx_kernel_memory m;

        for (size_t i = 0; i < MX_ARRAY_SIZE(needed); i++) {
                m = machine();
                m.line[needed[i]] = MX_ABSENT;
                ck_assert_int_eq(mx_kernel_used(&m), INT64_MIN);
                ck_assert_int_eq(mx_kernel_unaccounted(&m), INT64_MIN);
                m.line[needed[i]] = UINT64_MAX - 1;
                ck_assert_int_eq(mx_kernel_used(&m), INT64_MIN);
        }
        m = machine();
        m.cpu_lists = MX_ABSENT;
        ck_assert_int_eq(mx_kernel_used(&m), INT64_MIN);
        m = machine();
        m.has_counts = false;
        ck_assert_int_eq(mx_kernel_used(&m), INT64_MIN);
        ck_assert_int_eq(mx_kernel_unaccounted(&m), INT64_MIN);
        m = machine();
        m.line[MX_KM_SLAB] = MX_ABSENT;
        ck_assert_int_eq(mx_kernel_used(&m), 300000 * 1024LL);
        ck_assert_int_eq(mx_kernel_unaccounted(&m), INT64_MIN);
        m.line[MX_KM_SLAB] = UINT64_MAX - 1;
        ck_assert_int_eq(mx_kernel_unaccounted(&m), INT64_MIN);
}
END_TEST

START_TEST(lists_by_cpu_are_the_counts_of_zoneinfo)
{
        static const struct {
                const char *line;
                uint64_t pages;
                bool is_list;
        } t[] = { { "              count:    378", 478, true },
                  { "              count: 5", 105, true },
                  { "              count: 0", 100, true },
                  { "              high:     378", 100, false },
                  { "count: 5", 100, false },
                  { "              count: -5", 100, false },
                  { "              count: 5 6", 100, false },
                  { "", 100, false },
                  { "       ", 100, false },
                  { "  count: 18446744073709551615", MX_ABSENT, true } };

        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++) {
                uint64_t pages = 100;

                ck_assert(mx_kernel_add_cpu_list(t[i].line, strlen(t[i].line), &pages) ==
                          t[i].is_list);
                ck_assert_msg(pages == t[i].pages, "%s", t[i].line);
        }
}
END_TEST

#define A "0x0000000000000000-0x0000000000000000 "

static const struct {
        const char *line;
        uint64_t bytes, pages;
        enum mx_vmalloc_kind kind;
        const char *caller;
        uint32_t n_nodes;
} areas[] = {
        { A "  20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc N0=4", 20480, 4, MX_VMALLOC_VMALLOC,
          "kernel_clone", 1 },
        { A "2101248 a.b+0x1/0x2 [mod] pages=512 vmalloc user vpages N0=500 N7=12", 2101248, 512,
          MX_VMALLOC_USER, "a.b", 2 },
        { A "   8192 f+0x1bc/0x1e0 phys=0x00000000000a0000 ioremap", 8192, 0, MX_VMALLOC_IOREMAP,
          "f", 0 },
        { A "   8192 f+0x1bc/0x1e0 phys=fed00000 ioremap", 8192, 0, MX_VMALLOC_IOREMAP, "f", 0 },
        { A "  20480 unpurged vm_area", 20480, 0, MX_VMALLOC_UNPURGED, NULL, 0 },
        { A "  69632 vm_map_ram", 69632, 0, MX_VMALLOC_RAM, NULL, 0 },
        { "0xffffc90001a00000-0xffffc90001a22000  139264", 139264, 0, MX_VMALLOC_OTHER, NULL, 0 },
        { A "4294975488 arena_map_alloc+0x92/0x1e0 sparse", 4294975488, 0, MX_VMALLOC_SPARSE,
          "arena_map_alloc", 0 },
        { A "  20480 f+0x1/0x2 pages=4 dma-coherent", 20480, 4, MX_VMALLOC_DMA, "f", 0 },
        { A "  20480 f+0x1/0x2 pages=4 vmap", 20480, 4, MX_VMALLOC_VMAP, "f", 0 },
        { A "  20480 0xffffffffc0412345 pages=4 vmalloc Nothing=new of_later", 20480, 4,
          MX_VMALLOC_VMALLOC, NULL, 0 },
        { A "  20480 +0x1/0x2 vmalloc", 20480, 0, MX_VMALLOC_VMALLOC, NULL, 0 },
        { A "  20480 N7f+0x1/0x2 vmalloc", 20480, 0, MX_VMALLOC_VMALLOC, NULL, 0 },
};

START_TEST(an_area_is_read_in_every_version)
{
        struct mx_vmalloc_area a;

        ck_assert_int_eq(mx_vmallocinfo_parse(areas[_i].line, strlen(areas[_i].line), &a), 0);
        ck_assert_uint_eq(a.bytes, areas[_i].bytes);
        ck_assert_uint_eq(a.pages, areas[_i].pages);
        ck_assert_int_eq((int)a.kind, (int)areas[_i].kind);
        ck_assert_uint_eq(a.n_nodes, areas[_i].n_nodes);
        ck_assert_int_eq(a.caller != NULL, areas[_i].caller != NULL);
        if (a.caller) {
                ck_assert_uint_eq(a.caller_len, strlen(areas[_i].caller));
                ck_assert_mem_eq(a.caller, areas[_i].caller, a.caller_len);
        }
}
END_TEST

static const char *const bad_areas[] = {
        "",
        "x",
        "0x0 20480 vmalloc",
        "0x0-0 20480 vmalloc",
        "0-0x0 20480 vmalloc",
        A,
        A "vmalloc",
        A "-20480 vmalloc",
        A "20480x vmalloc",
        A "99999999999999999999 vmalloc",
        A "20480 f+0x1/0x2 pages= vmalloc",
        A "20480 f+0x1/0x2 pages=-4 vmalloc",
        A "20480 f+0x1/0x2 pages=4x vmalloc",
        A "20480 f+0x1/0x2 pages=4 vmalloc N0=x",
        A "20480 f+0x1/0x2 pages=4 vmalloc N99999999999=4",
};

START_TEST(what_is_no_area_is_refused)
{
        struct mx_vmalloc_area a;

        ck_assert_int_lt(mx_vmallocinfo_parse(bad_areas[_i], strlen(bad_areas[_i]), &a), 0);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_vmalloc_area a;
        uint64_t pages = 0;

        (void)mx_vmallocinfo_parse(buf, len, &a);
        (void)mx_kernel_add_cpu_list(buf, len, &pages);
}

START_TEST(vmallocinfo_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(areas); i++)
                harness_truncate(areas[i].line, strlen(areas[i].line), parse_any);
        harness_truncate("  count:  12", 12, parse_any);
}
END_TEST

/* A machine whose files tests change under a running collector. */
static char *tree;
static struct mx_host host;
static struct harness h;
static bool is_started;

static void setup(void)
{
        tree = harness_tree_new();
        harness_tree_write(tree, "proc/meminfo",
                           "MemTotal: 1000 kB\nMemFree: 400 kB\nActive: 100 kB\nInactive: 100 kB\n"
                           "Slab: 300 kB\n");
        harness_tree_write(tree, "proc/zoneinfo",
                           "Node 0, zone Normal\n  pages free 9\n  pagesets\n    cpu: 0\n"
                           "              count:    5\n              high:     378\n    cpu: 1\n"
                           "              count:    7\n");
        harness_tree_write(tree, "proc/vmstat", "nr_isolated_anon 0\nnr_isolated_file 0\n");
        host = harness_host_at(tree, 4096);
        is_started = false;
}

static void teardown(void)
{
        if (is_started)
                harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}

static void start(const char *const *settings)
{
        harness_start(&h, &mx_kernel_memory, &host, settings);
        is_started = true;
}

static char *run(void)
{
        struct mx_err err = { 0 };
        char *text = NULL;
        enum outcome o = harness_run(&h, MX_TEXT, &text, &err);

        ck_assert_msg(o == OUTCOME_OK, "outcome %d: %s", (int)o, err.what);
        return text;
}

START_TEST(the_host_is_read_without_what_only_root_may_read)
{
        char *text;

        start(NULL);
        text = run();
        harness_assert(text, "memory_kernel_used_bytes", "360448"); /* 400 less 48 KiB */
        harness_assert(text, "memory_kernel_unaccounted_bytes", "53248");
        harness_assert(text, "memory_cpu_lists_free_bytes", "49152");
        ck_assert_uint_eq(harness_count(text, "memory_vmalloc_areas"), 0);
        free(text);
}
END_TEST

/* NULL: no such file. */
static const struct {
        const char *path, *content;
} unknown[] = {
        { "proc/zoneinfo", NULL },
        { "proc/zoneinfo", "" },
        { "proc/zoneinfo", "Node 0, zone Normal\n  pages free 9\n  pagesets\n" },
        { "proc/vmstat", NULL },
        { "proc/vmstat", "" },
};

START_TEST(without_what_is_isolated_and_on_lists_by_cpu_nothing_is_reckoned)
{
        bool is_vmstat = strcmp(unknown[_i].path, "proc/vmstat") == 0;
        char *text;

        if (unknown[_i].content)
                harness_tree_write(tree, unknown[_i].path, unknown[_i].content);
        else
                harness_tree_remove(tree, unknown[_i].path);
        start(NULL);
        text = run();
        harness_assert_absent(text, "memory_kernel_used_bytes");
        harness_assert_absent(text, "memory_kernel_unaccounted_bytes");
        if (is_vmstat)
                harness_assert(text, "memory_cpu_lists_free_bytes", "49152");
        else
                harness_assert_absent(text, "memory_cpu_lists_free_bytes");
        free(text);
}
END_TEST

START_TEST(a_host_whose_lists_by_cpu_are_empty_has_0_on_them)
{
        char *text;

        harness_tree_write(tree, "proc/zoneinfo", "    cpu: 0\n              count: 0\n");
        start(NULL);
        text = run();
        harness_assert(text, "memory_cpu_lists_free_bytes", "0");
        harness_assert(text, "memory_kernel_used_bytes", "409600");
        free(text);
}
END_TEST

#define WITH_TOP(n) ((const char *const[]){ "vmallocinfo", "true", "top", n, NULL })

START_TEST(a_vmallocinfo_that_may_not_be_read_takes_nothing_else_with_it)
{
        char *text;

        start(WITH_TOP("2"));
        text = run();
        harness_assert(text, "memory_kernel_used_bytes", "360448");
        ck_assert_uint_eq(harness_count(text, "memory_vmalloc_areas"), 0);
        free(text);
        harness_tree_write(tree, "proc/vmallocinfo", A "20480 f+0x1/0x2 pages=4 vmalloc\n");
        text = run(); /* what was not read is tried again at once */
        harness_assert(text, "memory_vmalloc_areas{kind=\"vmalloc\"}", "1");
        free(text);
}
END_TEST

START_TEST(a_vmallocinfo_that_cannot_be_read_is_invalid_and_takes_nothing_else_with_it)
{
        char path[512], *text;

        snprintf(path, sizeof(path), "%s/proc/vmallocinfo", tree);
        ck_assert_int_eq(symlink("vmallocinfo", path), 0); /* ELOOP, which is no lack */
        start(WITH_TOP("2"));
        text = run();
        harness_assert(text, "memory_kernel_used_bytes", "360448");
        ck_assert_uint_eq(harness_count(text, "memory_vmalloc_areas"), 0);
        ck_assert_uint_eq(h.instance.sink.invalid, 1);
        free(text);
        harness_tree_remove(tree, "proc/vmallocinfo");
        harness_tree_write(tree, "proc/vmallocinfo", A "20480 f+0x1/0x2 pages=4 vmalloc\n");
        for (int i = 1; i <= 4; i++) { /* it costs what it costs: not tried in every run */
                text = run();
                ck_assert_uint_eq(harness_count(text, "memory_vmalloc_areas"), i == 4);
                free(text);
        }
}
END_TEST

START_TEST(more_nodes_than_are_told_apart_are_counted_and_the_others_shown)
{
        struct vmalloc_sums s = { 0 };
        char text[128];

        ck_assert_int_eq(vmalloc_sums_init(&s), 0);
        vmalloc_sums_begin(&s);
        for (int i = 0; i < VMALLOC_NODES_MAX + 3; i++) {
                int n = snprintf(text, sizeof(text), A "4096 pages=1 vmalloc N%d=1", i);

                vmalloc_sums_line(&s, text, (size_t)n);
        }
        ck_assert_uint_eq(s.n_nodes, VMALLOC_NODES_MAX);
        ck_assert_uint_eq(s.skipped, 3);
        ck_assert_uint_eq(s.kind[MX_VMALLOC_VMALLOC].areas, VMALLOC_NODES_MAX + 3);
        vmalloc_sums_done(&s);
}
END_TEST

START_TEST(areas_are_summed_by_kind_node_and_caller)
{
        char *text;

        harness_tree_write(tree, "proc/vmallocinfo",
                           A "20480 f+0x1/0x2 pages=4 vmalloc N0=3 N2=1\n" A
                             "8192 f+0x7/0x9 pages=1 vmalloc user N2=1\n" A
                             "40960 g+0x1/0x2 [m] pages=9 vmalloc N0=9\n" A
                             "8192 h+0x1/0x2 pages=1 vmalloc N0=1\n" A
                             "8192 h+0x1/0x2 phys=0x1 ioremap\n" A "4096 unpurged vm_area\n" A
                             "12288 other+0x1/0x2 pages=2 vmalloc N0=2\n" A "nonsense\n");
        start(WITH_TOP("2"));
        text = run();
        harness_assert(text, "memory_vmalloc_areas{kind=\"vmalloc\"}", "4");
        harness_assert(text, "memory_vmalloc_area_bytes{kind=\"vmalloc\"}", "81920");
        harness_assert(text, "memory_vmalloc_allocated_bytes{kind=\"vmalloc\"}", "65536");
        harness_assert(text, "memory_vmalloc_allocated_bytes{kind=\"user\"}", "4096");
        harness_assert(text, "memory_vmalloc_area_bytes{kind=\"unpurged\"}", "4096");
        harness_assert(text, "memory_vmalloc_allocated_bytes{kind=\"ioremap\"}", "0");
        harness_assert_absent(text, "memory_vmalloc_areas{kind=\"vmap\"}");
        harness_assert(text, "memory_node_vmalloc_allocated_bytes{node=\"0\"}", "61440");
        harness_assert(text, "memory_node_vmalloc_allocated_bytes{node=\"2\"}", "8192");
        harness_assert(text, "memory_vmalloc_caller_allocated_bytes{caller=\"g\"}", "36864");
        harness_assert(text, "memory_vmalloc_caller_allocated_bytes{caller=\"f\"}", "20480");
        harness_assert(text, "memory_vmalloc_caller_areas{caller=\"f\"}", "2");
        harness_assert(text, "memory_vmalloc_caller_areas{caller=\"other\"}", "4");
        harness_assert(text, "memory_vmalloc_caller_allocated_bytes{caller=\"other\"}", "12288");
        harness_assert(text, "memory_vmalloc_callers", "4");
        ck_assert_uint_eq(h.instance.sink.invalid, 1);
        free(text);
}
END_TEST

START_TEST(vmallocinfo_is_read_in_every_fourth_run_and_shown_in_all)
{
        harness_tree_write(tree, "proc/vmallocinfo", A "20480 f+0x1/0x2 pages=4 vmalloc\n");
        start(WITH_TOP("2"));
        for (int i = 0; i < 9; i++) {
                char *text = run();

                harness_assert(text, "memory_vmalloc_allocated_bytes{kind=\"vmalloc\"}",
                               i < 4 ? "16384" : "32768");
                harness_assert(text, "memory_vmalloc_caller_areas{caller=\"f\"}", "1");
                free(text);
                if (i == 0)
                        harness_tree_write(tree, "proc/vmallocinfo",
                                           A "36864 f+0x1/0x2 pages=8 vmalloc\n");
        }
}
END_TEST

static void line(struct vmalloc_sums *s, const char *caller, unsigned pages)
{
        char text[400];
        int n = snprintf(text, sizeof(text), A "4096 %s+0x1/0x2 pages=%u vmalloc", caller, pages);

        vmalloc_sums_line(s, text, (size_t)n);
}

START_TEST(callers_of_about_one_size_do_not_flap)
{
        struct vmalloc_sums s = { 0 };

        ck_assert_int_eq(vmalloc_sums_init(&s), 0);
        for (unsigned i = 0; i < 4; i++) {
                vmalloc_sums_begin(&s);
                line(&s, "a", 100);
                line(&s, "b", i == 0 ? 99 : i == 3 ? 120 : 105);
                ck_assert_int_eq(vmalloc_sums_end(&s, 1), 0);
                ck_assert_uint_eq(s.n_shown, 2);
                ck_assert_mem_eq(vmalloc_sums_name(&s, vmalloc_sums_shown(&s, 0)),
                                 i == 3 ? "b" : "a", 1);
        }
        vmalloc_sums_done(&s);
}
END_TEST

START_TEST(more_callers_than_there_is_room_for_are_part_of_the_remainder)
{
        struct vmalloc_sums s = { 0 };
        char name[300];

        ck_assert_int_eq(vmalloc_sums_init(&s), 0);
        for (int round = 0; round < 3; round++) {
                vmalloc_sums_begin(&s);
                for (unsigned i = 0; i < 3000; i++) {
                        snprintf(name, sizeof(name), "f%u", i);
                        line(&s, name, 1);
                }
                memset(name, 'x', 256);
                name[256] = '\0';
                line(&s, name, 1000); /* longer than any name is */
                ck_assert_int_eq(vmalloc_sums_end(&s, 10), 0);
                ck_assert_uint_eq(s.n_callers, VMALLOC_CALLERS_MAX);
                ck_assert_uint_eq(s.n_shown, 11);
                ck_assert_uint_eq(vmalloc_sums_shown(&s, 10)->sum.pages, 3990);
                ck_assert_uint_eq(vmalloc_sums_shown(&s, 10)->sum.areas, 2991);
        }
        vmalloc_sums_done(&s);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("kernel_memory");
        TCase *pure = tcase_create("pure"), *runs = tcase_create("run");

        tcase_add_test(pure, what_is_neither_free_nor_reclaimed_nor_in_pools_is_the_kernels);
        tcase_add_loop_test(pure, each_line_with_a_name_is_taken_off_once, 0, MX_ARRAY_SIZE(lines));
        tcase_add_test(pure, lines_that_overlap_are_not_taken_off_twice);
        tcase_add_test(pure, vmalloc_of_before_4_4_is_a_size_of_addresses);
        tcase_add_test(pure, pools_of_before_4_15_are_counted_in_pages);
        tcase_add_test(pure, without_what_it_takes_nothing_is_said);
        tcase_add_test(pure, lists_by_cpu_are_the_counts_of_zoneinfo);
        tcase_add_loop_test(pure, an_area_is_read_in_every_version, 0, MX_ARRAY_SIZE(areas));
        tcase_add_loop_test(pure, what_is_no_area_is_refused, 0, MX_ARRAY_SIZE(bad_areas));
        tcase_add_test(pure, vmallocinfo_never_reads_past_its_input);
        tcase_add_test(pure, callers_of_about_one_size_do_not_flap);
        tcase_add_test(pure, more_nodes_than_are_told_apart_are_counted_and_the_others_shown);
        tcase_add_test(pure, more_callers_than_there_is_room_for_are_part_of_the_remainder);
        tcase_add_checked_fixture(runs, setup, teardown);
        tcase_add_test(runs, the_host_is_read_without_what_only_root_may_read);
        tcase_add_loop_test(runs, without_what_is_isolated_and_on_lists_by_cpu_nothing_is_reckoned,
                            0, MX_ARRAY_SIZE(unknown));
        tcase_add_test(runs, a_host_whose_lists_by_cpu_are_empty_has_0_on_them);
        tcase_add_test(runs, a_vmallocinfo_that_may_not_be_read_takes_nothing_else_with_it);
        tcase_add_test(runs,
                       a_vmallocinfo_that_cannot_be_read_is_invalid_and_takes_nothing_else_with_it);
        tcase_add_test(runs, areas_are_summed_by_kind_node_and_caller);
        tcase_add_test(runs, vmallocinfo_is_read_in_every_fourth_run_and_shown_in_all);
        suite_add_tcase(s, pure);
        suite_add_tcase(s, runs);
        return harness_main(s);
}
