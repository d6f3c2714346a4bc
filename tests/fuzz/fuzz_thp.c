/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/kernel/mm/transparent_hugepage/hugepages-*kB/stats/* sys/kernel/mm/transparent_hugepage/hugepages-*kB/*enabled sys/kernel/mm/transparent_hugepage/hpage_pmd_size sys/kernel/mm/transparent_hugepage/khugepaged/*s
/* A file's content, and as far as its first NUL the same bytes as a file's name. */
#include "number.h"
#include "thp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const files[] = { "nr_anon", "nr_anon_partially_mapped", "split" };
        const char *buf = (const char *)data;
        char file[256] = "", name[MX_KEYMAP_NAME_MAX] = "";
        struct mx_kv kv = { .key = file };
        struct mx_family f = { .name = name };
        uint64_t v = 7;
        bool is_number = mx_number_u64(buf, size, &v) == 0;

        if (is_number ? mx_thp_is_never(buf, size) : v != 7)
                __builtin_trap();
        for (size_t i = 0; is_number && i < MX_ARRAY_SIZE(files); i++) {
                uint64_t kib = v;

                if (mx_thp_convert(files[i], 64, &kib) ? kib != (i < 2 ? v * 64 : v) : kib != v)
                        __builtin_trap();
        }
        memcpy(file, data, size < sizeof(file) - 1 ? size : sizeof(file) - 1);
        kv.key_len = (uint32_t)strlen(file);
        if (mx_thp_rule(&kv, name, &f) == 0 &&
            (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name) ||
             (f.type == MX_GAUGE) != (strncmp(file, "nr_", 3) == 0)))
                __builtin_trap();
        return 0;
}
