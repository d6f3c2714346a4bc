/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/kernel/debug/zswap/* sys/module/zswap/parameters/* proc/meminfo
/* A file that holds one number, all of RAM in /proc/meminfo, and a share of it. */
#include "../../collectors/number.h"
#include "../../collectors/zswap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        uint64_t v = 7, all = mx_zswap_memory(text, size), share;

        if (mx_number_u64(text, size, &v) < 0 && v != 7)
                __builtin_trap();
        share = mx_zswap_share(all, v);
        if (share != MX_ABSENT && v <= 100 && share > all)
                __builtin_trap();
        share = mx_zswap_share(v, 100);
        if (share != MX_ABSENT && share != v)
                __builtin_trap();
        return 0;
}
