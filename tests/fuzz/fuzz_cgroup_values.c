/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/fs/cgroup/*/memory.max sys/fs/cgroup/memory/memory.limit_in_bytes
// seeds: sys/fs/cgroup/*/memory.numa_stat sys/fs/cgroup/memory/memory.numa_stat
#include "cgroup_values.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data;
        struct mx_cgroup_numa cells[64];
        uint64_t value = 7, limit = 7;
        size_t skipped;
        int r = mx_cgroup_value_parse(buf, size, &value, NULL);

        /* What is a value is a limit too: itself, or none. */
        if (mx_cgroup_limit_parse(buf, size, &limit, NULL) < 0
                    ? r == 0 || limit != 7
                    : limit != value && limit != MX_ABSENT)
                abort();
        if (r < 0 && value != 7)
                abort();
        r = mx_cgroup_numa_parse(buf, size, cells, 64, &skipped, NULL);
        for (int i = 0; i < r; i++)
                if (cells[i].key < buf || cells[i].key + cells[i].key_len > buf + size ||
                    cells[i].key_len == 0)
                        abort();
        return 0;
}
