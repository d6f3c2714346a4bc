/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/swaps
#include "swap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_swap rows[64];
        struct mx_swap_io io;
        static char path[1 << 20];
        size_t skipped;
        int n = mx_swap_parse((const char *)data, size, rows, 64, &skipped, NULL);

        for (int i = 0; i < n; i++)
                if (rows[i].path_len <= sizeof(path) &&
                    mx_swap_unescape(rows[i].path, rows[i].path_len, path) > rows[i].path_len)
                        __builtin_trap();
        (void)mx_swap_io_parse((const char *)data, size, &io, NULL);
        return 0;
}
