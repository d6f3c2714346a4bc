/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/block/zram*/*
/* The content of each of a device's files, and as far as its first NUL the same bytes as a name. */
#include "../../collectors/zram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data, *word = NULL;
        uint64_t mm[MX_ZRAM_MM] = { 7 }, io[MX_ZRAM_IO] = { 7 }, bd[MX_ZRAM_BD] = { 7 };
        char name[64] = "";
        uint32_t id = 7;
        size_t len = 0;

        if (mx_zram_mm_stat_parse(text, size, mm) == 0 ? mm[6] == MX_ABSENT && size < 20
                                                       : mm[0] != 7)
                __builtin_trap();
        if (mx_zram_io_stat_parse(text, size, io) < 0 && io[0] != 7)
                __builtin_trap();
        if (mx_zram_bd_stat_parse(text, size, bd) < 0 && bd[0] != 7)
                __builtin_trap();
        for (size_t i = 0; bd[0] != 7 && i < MX_ZRAM_BD; i++)
                if (bd[i] > INT64_MAX || bd[i] % 4096 != 0)
                        __builtin_trap();
        if (mx_zram_algorithm_parse(text, size, &word, &len) == 0
                    ? len == 0 || word <= text || word + len >= text + size
                    : word || len != 0)
                __builtin_trap();
        memcpy(name, data, size < sizeof(name) - 1 ? size : sizeof(name) - 1);
        if (mx_zram_name_parse(name, &id) ? id > INT32_MAX : id != 7)
                __builtin_trap();
        return 0;
}
