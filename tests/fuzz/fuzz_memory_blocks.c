/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/devices/system/memory/block_size_bytes sys/devices/system/memory/memory0/state
/* The content of a file; as far as its first NUL the same bytes as a directory's name; and, four at
 * a time, as ids of blocks to be sorted and found. */
#include "memory_blocks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct mx_block blocks[1024];
        size_t n = size / sizeof(uint32_t) < 1024 ? size / sizeof(uint32_t) : 1024;
        char name[64] = "";
        uint64_t bytes = 7;
        uint32_t id = 7;
        int r = mx_block_size_parse((const char *)data, size, &bytes);

        if (r < 0 ? bytes != 7 : bytes == 0 || bytes > INT64_MAX)
                __builtin_trap();
        if (mx_block_state_parse((const char *)data, size) > MX_BLOCK_UNKNOWN)
                __builtin_trap();
        memcpy(name, data, size < sizeof(name) - 1 ? size : sizeof(name) - 1);
        if (!mx_block_name_parse(name, &id) && id != 7)
                __builtin_trap();
        for (size_t i = 0; i < n; i++)
                memcpy(&blocks[i].id, data + i * sizeof(uint32_t), sizeof(uint32_t));
        mx_blocks_sort(blocks, n);
        for (size_t i = 0; i < n; i++) {
                struct mx_block *found = mx_blocks_find(blocks, n, blocks[i].id);

                if (!found || found->id != blocks[i].id ||
                    (i > 0 && blocks[i - 1].id > blocks[i].id))
                        __builtin_trap();
        }
        return 0;
}
