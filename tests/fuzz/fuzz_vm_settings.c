/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/sys/vm/* sys/kernel/mm/transparent_hugepage/*enabled sys/kernel/mm/transparent_hugepage/defrag sys/kernel/mm/transparent_hugepage/khugepaged/* sys/kernel/mm/ksm/* sys/kernel/mm/lru_gen/* sys/module/zswap/parameters/*
/* A file's content, and as far as its first NUL the same bytes as a file's name. */
#include "vm_settings.h"

#include "mx/keymap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const char *buf, size_t size)
{
        struct vm_value v = { .n = 77 };
        uint64_t base;

        if (vm_value_parse(buf, size, &v, NULL) < 0) {
                if (v.n != 77)
                        __builtin_trap();
                return;
        }
        if (v.n > VM_NUMBERS_MAX || v.text < buf || v.text_len == 0 ||
            v.text + v.text_len > buf + size || (v.n == 0 && v.text_len > VM_TEXT_MAX))
                __builtin_trap();
        for (size_t i = 0; i < v.n; i++)
                for (int kind = 0; kind < VM_KINDS_; kind++)
                        if (vm_convert((enum vm_kind)kind, v.number[i], &base) &&
                            kind != VM_PLAIN && base > INT64_MAX)
                                __builtin_trap();
}

static void check_name(const char *buf, size_t size)
{
        char file[256] = "", name[MX_KEYMAP_NAME_MAX];
        int kind;

        memcpy(file, buf, size < sizeof(file) - 1 ? size : sizeof(file) - 1);
        (void)vm_is_never_read(file);
        kind = vm_unknown(file, name);
        if (kind >= VM_KINDS_ ||
            (kind >= 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name)))
                __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        check_value((const char *)data, size);
        check_name((const char *)data, size);
        return 0;
}
