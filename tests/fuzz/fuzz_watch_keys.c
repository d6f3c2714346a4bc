/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/vmstat proc/meminfo
/* Keys in the order of last time, and learned anew: both ways of reading say the same. */
#include "watch_keys.h"

#include "mx/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEYS 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const keys[KEYS] = { "MemTotal:", "MemAvailable:", "nr_free_pages ",
                                                "pswpin ", "pgalloc_normal " };
        const char *text = (const char *)data;
        struct mx_watch_keys k = { .key = keys, .n = KEYS };
        uint64_t first[KEYS], second[KEYS];
        struct mx_err err = { 0 };
        int r = mx_watch_keys_read(&k, text, size, first, &err);

        if (r < 0) {
                if (err.line == 0 || k.n_order != 0)
                        __builtin_trap();
                return 0;
        }
        if (k.n_order > KEYS || mx_watch_keys_read(&k, text, size, second, NULL) != 0 ||
            memcmp(first, second, sizeof(first)) != 0)
                __builtin_trap();
        /* What follows another file's order is found all the same. */
        if (mx_watch_keys_read(&k, text + size / 2, size - size / 2, second, NULL) < 0)
                (void)mx_watch_keys_read(&k, text, size / 2, second, NULL);
        return 0;
}
