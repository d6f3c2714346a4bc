/* SPDX-License-Identifier: Apache-2.0 */
#include "edac.h"

#include "entries.h"
#include "number.h"

bool mx_edac_name_parse(const char *name, enum mx_edac_kind *ret_kind, uint32_t *ret_index)
{
        static const char *const prefixes[] = {
                [MX_EDAC_DIMM] = "dimm",
                [MX_EDAC_RANK] = "rank",
                [MX_EDAC_CSROW] = "csrow",
        };

        for (unsigned i = 0; i < MX_ARRAY_SIZE(prefixes); i++) {
                if (mx_index_parse(name, prefixes[i], ret_index)) {
                        *ret_kind = i;
                        return true;
                }
        }
        return false;
}

int mx_edac_count_parse(const char *buf, size_t len, uint64_t *ret)
{
        int64_t v;
        int r = mx_number_i64(buf, len, &v);

        if (r < 0)
                return r;
        if (v < INT32_MIN)
                return -ERANGE;
        *ret = v < 0 ? (uint32_t)v : (uint64_t)v;
        return 0;
}

size_t mx_edac_text(const char *buf, size_t len, const char **ret)
{
        const char *end = buf;

        while (end < buf + len && *end != '\n' && *end != '\0')
                end++;
        *ret = mx_skip_blanks(buf, end);
        while (end > *ret && mx_is_blank(end[-1]))
                end--;
        return (size_t)(end - *ret);
}
