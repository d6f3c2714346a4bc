/* SPDX-License-Identifier: Apache-2.0 */
/* What follows the key of a "key value" line: for the two that read such lines, kv.c and keymap.c.
 */
#ifndef MX_KV_PRIVATE_H
#define MX_KV_PRIVATE_H

#include "mx/keymap.h"
#include "mx/scan.h"

/* What ends a key: the line has no number, then, if it is a newline. */
static inline bool mx_kv_ends_key(char c)
{
        return c == ':' || c == '\n' || mx_is_blank(c);
}

static inline bool mx_kv_ends_line(const char *p, const char *end)
{
        return p == end || *p == '\n';
}

/* Reads "[:] number [kB]" at p, which is where the key ends, up to the end of the line, and returns
 * that (a newline, or `end`); NULL when there is anything else. */
static inline const char *mx_kv_value(const char *p, const char *end, struct mx_kv *ret)
{
        if (p < end && *p == ':')
                p++;
        p = mx_skip_blanks(p, end);
        if (mx_scan_u64(&p, end, &ret->value) < 0)
                return NULL;
        ret->kib = false;
        if (mx_kv_ends_line(p, end))
                return p;
        if (!mx_is_blank(*p))
                return NULL;
        p = mx_skip_blanks(p, end);
        if (end - p >= 2 && p[0] == 'k' && p[1] == 'B') {
                ret->kib = true;
                p = mx_skip_blanks(p + 2, end);
        }
        return mx_kv_ends_line(p, end) ? p : NULL;
}

/* Reads the whole line at p in the same way. The key starts at the first byte that is not blank and
 * ends before the first ':' or blank. */
static inline const char *mx_kv_scan(const char *p, const char *end, struct mx_kv *ret)
{
        const char *key;

        p = mx_skip_blanks(p, end);
        key = p;
        while (p < end && !mx_kv_ends_key(*p))
                p++;
        if (p == key)
                return NULL;
        ret->key = key;
        ret->key_len = (uint32_t)(p - key);
        return mx_kv_value(p, end, ret);
}

#endif
