/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_memory.h"

#define BYTES_MAX (INT64_MAX / 64) /* of one number: the sums are of fewer than 64 */

const char *const mx_kernel_lines[MX_KM_LINES] = {
        [MX_KM_TOTAL] = "MemTotal",
        [MX_KM_FREE] = "MemFree",
        [MX_KM_ACTIVE] = "Active",
        [MX_KM_INACTIVE] = "Inactive",
        [MX_KM_UNEVICTABLE] = "Unevictable",
        [MX_KM_ZSWAP] = "Zswap",
        [MX_KM_KRECLAIMABLE] = "KReclaimable",
        [MX_KM_SLAB] = "Slab",
        [MX_KM_SRECLAIMABLE] = "SReclaimable",
        [MX_KM_STACK] = "KernelStack",
        [MX_KM_SHADOW_STACK] = "ShadowCallStack",
        [MX_KM_PAGE_TABLES] = "PageTables",
        [MX_KM_SEC_PAGE_TABLES] = "SecPageTables",
        [MX_KM_QUICKLISTS] = "Quicklists",
        [MX_KM_BOUNCE] = "Bounce",
        [MX_KM_WRITEBACK_TMP] = "WritebackTmp",
        [MX_KM_VMALLOC_USED] = "VmallocUsed",
        [MX_KM_VMALLOC_CHUNK] = "VmallocChunk",
        [MX_KM_PERCPU] = "Percpu",
        [MX_KM_GPU_ACTIVE] = "GPUActive",
        [MX_KM_GPU_RECLAIM] = "GPUReclaim",
        [MX_KM_HUGE_PAGES] = "HugePages_Total",
        [MX_KM_HUGE_PAGE_SIZE] = "Hugepagesize",
        [MX_KM_HUGETLB] = "Hugetlb",
};

const char *const mx_kernel_counts[MX_KM_COUNTS] = {
        [MX_KM_ISOLATED_ANON] = "nr_isolated_anon",
        [MX_KM_ISOLATED_FILE] = "nr_isolated_file",
        [MX_KM_ZSPAGES] = "nr_zspages",
        [MX_KM_MEMMAP] = "nr_memmap_pages",
};

/* "              count:    378" (6.18; 2.6.32 has one blank behind the colon). Nothing else in the
 * file has this key. */
bool mx_kernel_add_cpu_list(const char *line, size_t len, uint64_t *pages)
{
        const char *p = line, *end = line + len;
        uint64_t n;

        if (len < 7 || !mx_is_blank(*p))
                return false;
        p = mx_skip_blanks(p, end);
        if (!MX_SKIP_LITERAL(&p, end, "count:") || mx_scan_only_u64(p, end, &n) < 0)
                return false;
        if (*pages == MX_ABSENT || __builtin_add_overflow(*pages, n, pages))
                *pages = MX_ABSENT;
        return true;
}

/* What is not there is nothing: the kernel has no such memory. INT64_MIN marks what cannot be. */
static int64_t scaled(uint64_t value, uint64_t unit)
{
        uint64_t bytes;

        if (value == MX_ABSENT)
                return 0;
        if (__builtin_mul_overflow(value, unit, &bytes) || bytes > (uint64_t)BYTES_MAX)
                return INT64_MIN;
        return (int64_t)bytes;
}

static int64_t line(const struct mx_kernel_memory *m, enum mx_kernel_line i)
{
        return scaled(m->line[i], 1024);
}

static int64_t count(const struct mx_kernel_memory *m, enum mx_kernel_count i)
{
        return scaled(m->count[i], m->page_size);
}

/* Of all the terms, which are bytes or INT64_MIN. */
static int64_t sum(const int64_t *term, size_t n)
{
        int64_t s = 0;

        for (size_t i = 0; i < n; i++) {
                if (term[i] == INT64_MIN)
                        return INT64_MIN;
                s += term[i];
        }
        return s;
}

static int64_t less(int64_t a, int64_t b)
{
        return a == INT64_MIN || b == INT64_MIN ? INT64_MIN : a - b;
}

/* Pools of all sizes; before 4.15 only that of the default size is printed. */
static int64_t hugetlb(const struct mx_kernel_memory *m)
{
        int64_t size = line(m, MX_KM_HUGE_PAGE_SIZE);

        if (m->line[MX_KM_HUGETLB] != MX_ABSENT)
                return line(m, MX_KM_HUGETLB);
        return size <= 0 ? size : scaled(m->line[MX_KM_HUGE_PAGES], (uint64_t)size);
}

int64_t mx_kernel_used(const struct mx_kernel_memory *m)
{
        static const enum mx_kernel_line needed[] = { MX_KM_TOTAL, MX_KM_FREE, MX_KM_ACTIVE,
                                                      MX_KM_INACTIVE };
        const int64_t other[] = { line(m, MX_KM_FREE),           scaled(m->cpu_lists, m->page_size),
                                  line(m, MX_KM_ACTIVE),         line(m, MX_KM_INACTIVE),
                                  line(m, MX_KM_UNEVICTABLE),    count(m, MX_KM_ISOLATED_ANON),
                                  count(m, MX_KM_ISOLATED_FILE), hugetlb(m) };

        if (!m->has_counts || m->cpu_lists == MX_ABSENT)
                return INT64_MIN;
        for (size_t i = 0; i < MX_ARRAY_SIZE(needed); i++)
                if (m->line[needed[i]] == MX_ABSENT)
                        return INT64_MIN;
        return less(line(m, MX_KM_TOTAL), sum(other, MX_ARRAY_SIZE(other)));
}

/* Stacks are in vmalloc (see kernel_memory.c). VmallocUsed is memory since 5.3, nothing from 4.4
 * on, and before that, when VmallocChunk was not 0 yet, a size of address space. */
static int64_t vmalloc_and_stacks(const struct mx_kernel_memory *m)
{
        const int64_t stack[] = { line(m, MX_KM_STACK), line(m, MX_KM_SHADOW_STACK) };
        int64_t stacks = sum(stack, MX_ARRAY_SIZE(stack)), vmalloc = line(m, MX_KM_VMALLOC_USED);

        if (line(m, MX_KM_VMALLOC_CHUNK) != 0)
                vmalloc = 0;
        if (stacks == INT64_MIN || vmalloc == INT64_MIN)
                return INT64_MIN;
        return MX_MAX(stacks, vmalloc);
}

/* zsmalloc holds what zram and zswap have compressed; zswap had other allocators before 6.18. */
static int64_t compressed(const struct mx_kernel_memory *m)
{
        int64_t pages = count(m, MX_KM_ZSPAGES), zswap = line(m, MX_KM_ZSWAP);

        if (pages == INT64_MIN || zswap == INT64_MIN)
                return INT64_MIN;
        return MX_MAX(pages, zswap);
}

/* Reclaimable memory beside slab, such as that of ION, since 4.20. */
static int64_t reclaimable(const struct mx_kernel_memory *m)
{
        if (m->line[MX_KM_KRECLAIMABLE] == MX_ABSENT || m->line[MX_KM_SRECLAIMABLE] == MX_ABSENT)
                return 0;
        return less(line(m, MX_KM_KRECLAIMABLE), line(m, MX_KM_SRECLAIMABLE));
}

int64_t mx_kernel_unaccounted(const struct mx_kernel_memory *m)
{
        const int64_t named[] = { line(m, MX_KM_SLAB),
                                  reclaimable(m),
                                  vmalloc_and_stacks(m),
                                  line(m, MX_KM_PAGE_TABLES),
                                  line(m, MX_KM_SEC_PAGE_TABLES),
                                  line(m, MX_KM_QUICKLISTS),
                                  line(m, MX_KM_PERCPU),
                                  line(m, MX_KM_BOUNCE),
                                  line(m, MX_KM_WRITEBACK_TMP),
                                  line(m, MX_KM_GPU_ACTIVE),
                                  line(m, MX_KM_GPU_RECLAIM),
                                  compressed(m),
                                  count(m, MX_KM_MEMMAP) };

        if (m->line[MX_KM_SLAB] == MX_ABSENT)
                return INT64_MIN;
        return less(mx_kernel_used(m), sum(named, MX_ARRAY_SIZE(named)));
}
