/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/kernel/mm/ksm/*
/* A file's content, and as far as its first NUL the same bytes as a file's name. */
#include "ksm.h"
#include "number.h"

#include <inttypes.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data;
        char file[256] = "", name[MX_KEYMAP_NAME_MAX] = "", again[32];
        struct mx_kv kv = { .key = file };
        struct mx_family f = { .name = name };
        int64_t v = 7, w = 0;

        if (mx_number_i64(buf, size, &v) < 0) {
                if (v != 7)
                        __builtin_trap();
        } else {
                int n = snprintf(again, sizeof(again), "%" PRId64 "\n", v);

                if (mx_number_i64(again, (size_t)n, &w) < 0 || w != v)
                        __builtin_trap();
        }
        memcpy(file, data, size < sizeof(file) - 1 ? size : sizeof(file) - 1);
        kv.key_len = (uint32_t)strlen(file);
        (void)mx_ksm_is_setting(file);
        if (mx_ksm_rule(&kv, name, &f) == 0 &&
            strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
                __builtin_trap();
        return 0;
}
