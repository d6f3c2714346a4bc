/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/pagetypeinfo
/* /proc/pagetypeinfo, line after line: names within the text and their limits, nothing else kept.
 */
#include "../../collectors/page_types.h"
#include "../../collectors/zoneinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct mx_page_types_name *n, size_t max, const char *buf, size_t size)
{
        if (n->len == 0 || n->len > max || n->at < buf || n->len > (size_t)(buf + size - n->at))
                __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data, *pos = buf;
        struct mx_page_types p = { 0 };
        enum mx_page_types_line kind;
        size_t skipped = 0;

        while ((kind = mx_page_types_next(&pos, buf + size, &p, &skipped)) != MX_PAGE_TYPES_END) {
                check(&p.zone, MX_ZONE_NAME_MAX, buf, size);
                if (kind == MX_PAGE_TYPES_FREE)
                        check(&p.type, MX_PAGE_TYPE_NAME, buf, size);
                if (kind != MX_PAGE_TYPES_FREE && (p.n_names == 0 || p.n_names > MX_PAGE_TYPES_MAX))
                        __builtin_trap();
                for (uint32_t i = 0; kind != MX_PAGE_TYPES_FREE && i < p.n_names; i++)
                        check(&p.name[i], MX_PAGE_TYPE_NAME, buf, size);
        }
        if (pos != buf + size || skipped > size)
                __builtin_trap();
        return 0;
}
