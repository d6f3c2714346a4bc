/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/kernel/mm/hugepages/hugepages-*kB/*_hugepages
/* The content of a file, and as far as its first NUL the same bytes as a directory's name. */
#include "hugepages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const uint64_t kib[] = { 64, 2048, 1048576, INT64_MAX / 1024 };
        char name[64] = "";
        uint64_t v = 7;

        for (size_t i = 0; i < MX_ARRAY_SIZE(kib); i++) {
                uint64_t bytes = 7;
                int r = mx_hugepages_parse((const char *)data, size, kib[i], &bytes, NULL);

                if (r < 0 ? bytes != 7 : bytes > INT64_MAX || bytes % (kib[i] * 1024) != 0)
                        __builtin_trap();
        }
        memcpy(name, data, size < sizeof(name) - 1 ? size : sizeof(name) - 1);
        if (mx_hugepages_size_parse(name, &v) ? v == 0 || v > INT64_MAX / 1024 : v != 7)
                __builtin_trap();
        return 0;
}
