/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/vmstat proc/meminfo sys/fs/cgroup/memory/memory.stat sys/fs/cgroup/*/memory.stat
/* /proc/vmstat: "key value" lines. */
#include "mx/keymap.h"
#include "mx/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct mx_kv rows[512];
        struct mx_err err;
        size_t skipped;
        int n = mx_kv_parse((const char *)data, size, rows, 512, &skipped, &err);

        for (int i = 0; i < n; i++)
                if (rows[i].key_len == 0 || rows[i].key < (const char *)data ||
                    rows[i].key + rows[i].key_len > (const char *)data + size)
                        __builtin_trap();
        return 0;
}
