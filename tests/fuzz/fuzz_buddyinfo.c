/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/buddyinfo
/* /proc/buddyinfo, zone after zone, and the indexes of each: within their ranges, whatever it says.
 */
#include "../../collectors/buddyinfo.h"
#include "../../collectors/zoneinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct mx_buddy *b)
{
        struct mx_buddy_index index[MX_BUDDY_ORDERS_MAX];

        if (b->n_orders == 0 || b->n_orders > MX_BUDDY_ORDERS_MAX || b->name_len == 0 ||
            b->name_len > MX_ZONE_NAME_MAX)
                __builtin_trap();
        mx_buddy_indexes(b, index);
        for (uint32_t i = 0; i < b->n_orders; i++)
                if (index[i].unusable > 1000 || index[i].fragmentation > 1000 ||
                    (index[i].fragmentation < -500 && index[i].fragmentation != -1000) ||
                    (i > 0 && index[i].unusable < index[i - 1].unusable))
                        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct mx_buddy b;
        const char *pos = (const char *)data, *end = pos + size;
        size_t skipped = 0;

        while (mx_buddyinfo_next(&pos, end, &b, &skipped) > 0)
                check(&b);
        if (pos != end || skipped > size)
                __builtin_trap();
        return 0;
}
