/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of "key value", "key: value" and "key:value kB", as in /proc/meminfo, /proc/vmstat, memory.stat. */
#include "mx/keymap.h"
#include "mx/scan.h"

/* Splits one line. False when it is not "key number [kB]". The key starts at the first byte that is
 * not blank and ends before the first ':' or blank. */
static inline bool parse_line(const char *p, const char *end, struct mx_kv *ret)
{
        const char *key;

        p = mx_skip_blanks(p, end);
        key = p;
        while (p < end && *p != ':' && !mx_is_blank(*p))
                p++;
        if (p == key || p == end)
                return false;
        ret->key = key;
        ret->key_len = (uint32_t)(p - key);
        if (*p == ':')
                p++;
        p = mx_skip_blanks(p, end);
        if (mx_scan_u64(&p, end, &ret->value) < 0)
                return false;
        ret->kib = false;
        if (p == end)
                return true;
        if (!mx_is_blank(*p))
                return false;
        p = mx_skip_blanks(p, end);
        if (end - p >= 2 && p[0] == 'k' && p[1] == 'B') {
                ret->kib = true;
                p = mx_skip_blanks(p + 2, end);
        }
        return p == end;
}

int mx_kv_parse(const char *buf, size_t len, struct mx_kv *rows, size_t cap, size_t *ret_skipped,
                struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);
        size_t n = 0, skipped = 0;

        while (mx_lines_next(&it)) {
                if (it.len == 0)
                        continue;
                if (n == cap)
                        return mx_err_set(reterr, -E2BIG, "more lines than expected", NULL, it.nr);
                if (parse_line(it.line, it.line + it.len, &rows[n]))
                        n++;
                else
                        skipped++;
        }
        *ret_skipped = skipped;
        return (int)n;
}
