/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/fs/cgroup/*/memory.max sys/fs/cgroup/memory/memory.limit_in_bytes
// seeds: sys/fs/cgroup/*/memory.numa_stat sys/fs/cgroup/memory/memory.numa_stat
// seeds: sys/fs/cgroup/*/memory.stat sys/fs/cgroup/memory/memory.stat
#include "cgroup_values.h"

#include "mx/keymap.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is found by key is a line that the whole parser finds too. */
static void check_key(const char *buf, size_t size, const char *key)
{
        static struct mx_kv rows[4096];
        uint64_t value = 7;
        size_t skipped;
        int n;

        if (mx_cgroup_key_parse(buf, size, key, &value) < 0) {
                if (value != 7)
                        abort();
                return;
        }
        n = mx_kv_parse(buf, size, rows, MX_ARRAY_SIZE(rows), &skipped, NULL);
        for (int i = 0; i < n; i++)
                if (rows[i].key_len == strlen(key) &&
                    memcmp(rows[i].key, key, rows[i].key_len) == 0 && rows[i].value == value)
                        return;
        if (n >= 0)
                abort();
}

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
        check_key(buf, size, "anon");
        check_key(buf, size, "total_rss");
        return 0;
}
