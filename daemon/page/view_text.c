/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and labels as the exposition writes them. */
#include "view_private.h"

#include <string.h>

uint64_t view_number(struct view_text value, unsigned decimals)
{
        const char *p = value.data, *end = p + value.len;
        uint64_t v;

        if (mx_scan_u64(&p, end, &v) < 0)
                return MX_ABSENT;
        if (p < end && (*p++ != '.' || p == end))
                return MX_ABSENT;
        for (; decimals > 0; decimals--) {
                uint64_t digit = 0;

                if (p < end && !mx_is_digit(*p))
                        return MX_ABSENT;
                if (p < end)
                        digit = (uint64_t)(*p++ - '0');
                if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, digit, &v))
                        return MX_ABSENT;
        }
        return p == end ? v : MX_ABSENT;
}

struct view_text view_label(struct view_text labels, const char *name)
{
        const char *p = labels.data ?: "", *end = p + labels.len;
        size_t name_len = strlen(name);

        while (p < end) {
                const char *equals = memchr(p, '=', (size_t)(end - p)), *value, *q;

                if (!equals || end - equals < 2 || equals[1] != '"')
                        break;
                q = value = equals + 2;
                while (q < end && *q != '"')
                        q += *q == '\\' ? 2 : 1;
                if (q >= end)
                        break;
                if ((size_t)(equals - p) == name_len && memcmp(p, name, name_len) == 0)
                        return (struct view_text){ value, (size_t)(q - value) };
                p = q + 1;
                if (p < end && *p == ',')
                        p++;
        }
        return (struct view_text){ 0 };
}

size_t view_unescape(struct view_text text, char *ret, size_t size)
{
        size_t n = 0;

        for (size_t i = 0; i < text.len && n < size; i++) {
                char c = text.data[i];

                if (c == '\\' && i + 1 < text.len) {
                        c = text.data[++i];
                        if (c == 'n')
                                c = '\n';
                }
                ret[n++] = c;
        }
        return n;
}
