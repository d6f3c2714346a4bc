/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_KERNEL_MEMORY_H
#define COLLECTORS_KERNEL_MEMORY_H

#include "mx/collector.h"

/* What the reckoning takes from /proc/meminfo, in the file's order. */
enum mx_kernel_line {
        MX_KM_TOTAL,
        MX_KM_FREE,
        MX_KM_ACTIVE,
        MX_KM_INACTIVE,
        MX_KM_UNEVICTABLE,
        MX_KM_ZSWAP,
        MX_KM_KRECLAIMABLE,
        MX_KM_SLAB,
        MX_KM_SRECLAIMABLE,
        MX_KM_STACK,
        MX_KM_SHADOW_STACK,
        MX_KM_PAGE_TABLES,
        MX_KM_SEC_PAGE_TABLES,
        MX_KM_QUICKLISTS,
        MX_KM_BOUNCE,
        MX_KM_WRITEBACK_TMP,
        MX_KM_VMALLOC_USED,
        MX_KM_VMALLOC_CHUNK,
        MX_KM_PERCPU,
        MX_KM_GPU_ACTIVE,
        MX_KM_GPU_RECLAIM,
        MX_KM_HUGE_PAGES, /* a count; all others are KiB */
        MX_KM_HUGE_PAGE_SIZE,
        MX_KM_HUGETLB,
        MX_KM_LINES,
};

extern const char *const mx_kernel_lines[MX_KM_LINES];

/* ...and from /proc/vmstat; pages. */
enum mx_kernel_count {
        MX_KM_ISOLATED_ANON,
        MX_KM_ISOLATED_FILE,
        MX_KM_ZSPAGES,
        MX_KM_MEMMAP,
        MX_KM_COUNTS,
};

extern const char *const mx_kernel_counts[MX_KM_COUNTS];

/* MX_ABSENT where the kernel has no such line. */
struct mx_kernel_memory {
        uint64_t line[MX_KM_LINES];
        uint64_t count[MX_KM_COUNTS];
        uint64_t cpu_lists; /* pages: what is free and on a list of one CPU */
        uint32_t page_size; /* bytes */
        bool has_counts;    /* vmstat could be read, so that a count it lacks is no memory */
};

/* Adds the pages of a line of /proc/zoneinfo to *pages, where it is one of the "count: 123" under
 * "pagesets", and says whether it is; MX_ABSENT, the sum that overflows, stays. Source:
 * zoneinfo_show_print() in mm/vmstat.c, Linux 2.6.32 to 6.18.
 */
bool mx_kernel_add_cpu_list(const char *line, size_t len, uint64_t *pages);

/* Bytes; INT64_MIN where a line is missing without which nothing can be said. kernel_memory.c says
 * what is reckoned. */
int64_t mx_kernel_used(const struct mx_kernel_memory *m);
int64_t mx_kernel_unaccounted(const struct mx_kernel_memory *m);

extern const struct mx_collector mx_kernel_memory;

#endif
