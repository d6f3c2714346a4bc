/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/slabinfo
#include "slabinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data;
        struct mx_slab rows[64];
        size_t skipped;
        int n = mx_slabinfo_parse(buf, size, rows, 64, &skipped, NULL);

        for (int i = 0; i < n; i++)
                if (rows[i].name < buf || rows[i].name_len == 0 ||
                    rows[i].name_len > (size_t)(buf + size - rows[i].name))
                        __builtin_trap();
        return 0;
}
