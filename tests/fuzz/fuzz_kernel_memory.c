/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/meminfo
/* What is reckoned from /proc/meminfo, vmstat and zoneinfo, whatever they say: the same text is
 * read as all three. */
#include "../../collectors/kernel_memory.h"
#include "../../collectors/meminfo_pick.h"
#include "../../collectors/overcommit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data;
        struct mx_kernel_memory m = { .page_size = 4096, .has_counts = true };
        struct mx_lines it = mx_lines(buf, size);
        struct mx_overcommit o;

        mx_lines_pick(buf, size, mx_kernel_lines, MX_KM_LINES, true, m.line);
        mx_lines_pick(buf, size, mx_kernel_counts, MX_KM_COUNTS, false, m.count);
        while (mx_lines_next(&it))
                (void)mx_kernel_add_cpu_list(it.line, it.len, &m.cpu_lists);
        (void)mx_kernel_used(&m);
        (void)mx_kernel_unaccounted(&m);
        for (uint64_t policy = 0; policy < 4; policy++) {
                o = (struct mx_overcommit){ .policy = policy,
                                            .mem_total = m.line[MX_KM_TOTAL],
                                            .swap_total = m.line[MX_KM_FREE],
                                            .limit = m.line[MX_KM_ACTIVE],
                                            .committed = m.line[MX_KM_INACTIVE],
                                            .admin_reserve = m.line[MX_KM_SLAB],
                                            .is_by_size = true,
                                            .page_size = 65536 };
                (void)mx_overcommit_headroom(&o);
                (void)mx_overcommit_largest(&o);
        }
        return 0;
}
