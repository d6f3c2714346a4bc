/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/devices/system/node/node*/numastat sys/devices/system/node/node*/meminfo sys/devices/system/node/node*/distance sys/devices/system/node/online
#include "numastat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data;
        uint64_t n, distance[16];
        struct mx_kv kv[96];
        uint32_t ids[16];
        size_t skipped;

        (void)mx_node_meminfo_parse(buf, size, 0, kv, 96, &skipped, NULL);
        if (mx_id_list_parse(buf, size, ids, 16, &n, NULL) == 0)
                for (uint64_t i = 1; i < n && i < 16; i++)
                        if (ids[i] <= ids[i - 1])
                                __builtin_trap();
        (void)mx_distance_parse(buf, size, distance, 16, NULL);
        return 0;
}
