/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/sysvipc/* proc/sys/kernel/*
/* The first line is the header of the others; each is also taken for a file of limits. */
#include "mx/cleanup.h"
#include "sysvipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_lines it = mx_lines((const char *)data, size);
        struct mx_ipc_header h = { 0 };
        struct mx_shm_sum sum;
        bool has_header = false;

        while (mx_lines_next(&it)) {
                uint64_t row[MX_IPC_COLUMNS], limits[MX_IPC_LIMITS_MAX] = { 7 };

                if (mx_ipc_limits_parse(it.line, it.len, limits, MX_IPC_LIMITS_MAX) < 0 &&
                    limits[0] != 7)
                        __builtin_trap();
                if (it.nr == 1) {
                        has_header = mx_ipc_header_parse(it.line, it.len, &h) == 0;
                        mx_shm_sum_init(&sum, &h);
                        continue;
                }
                if (!has_header || mx_ipc_row_parse(&h, it.line, it.len, row) < 0)
                        continue;
                for (size_t i = 0; i < MX_IPC_COLUMNS; i++)
                        if ((h.at[i] == 0) != (row[i] == MX_ABSENT))
                                __builtin_trap();
                mx_shm_sum_add(&sum, row, 4096);
                if ((sum.swapped == MX_ABSENT) != (h.at[MX_IPC_SWAP] == 0) || sum.segments == 0)
                        __builtin_trap();
        }
        return 0;
}
