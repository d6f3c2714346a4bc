/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/[0-9]*/maps proc/[0-9]*/numa_maps sys/devices/system/node/has_memory
#include "process_detail_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The lines of maps and numa_maps, and a list of nodes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const uint32_t id[] = { 0, 1, 3, 7 };
        uint64_t kib[4] = { 0 }, before[4];
        struct mx_lines it = mx_lines((const char *)data, size);
        uint32_t nodes[MX_PROCESS_NODES_MAX];
        int n = mx_process_nodes_parse((const char *)data, size, nodes);

        for (int i = 1; i < n; i++)
                if (nodes[i] <= nodes[i - 1])
                        abort();
        while (mx_lines_next(&it)) {
                (void)mx_process_map_counts(it.line, it.len);
                memcpy(before, kib, sizeof(kib));
                if (mx_process_numa_line(it.line, it.len, 4, id, 4, kib) < 0 &&
                    memcmp(before, kib, sizeof(kib)) != 0)
                        abort();
        }
        return 0;
}
