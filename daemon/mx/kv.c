/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of "key value", "key: value" and "key:value kB", as in /proc/meminfo, /proc/vmstat,
 * memory.stat. */
#include "kv_private.h"

bool mx_kv_line(const char *p, const char *end, struct mx_kv *ret)
{
        return mx_kv_scan(p, end, ret) == end;
}

int mx_kv_parse(const char *buf, size_t len, struct mx_kv *rows, size_t cap, size_t *ret_skipped,
                struct mx_err *reterr)
{
        const char *p = buf, *end = buf + len;
        size_t n = 0, skipped = 0;

        for (unsigned nr = 1; p < end; nr++, p++) {
                const char *eol;

                if (*p == '\n')
                        continue;
                if (n == cap)
                        return mx_err_set(reterr, -E2BIG, "more lines than expected", NULL, nr);
                eol = mx_kv_scan(p, end, &rows[n]);
                if (eol) {
                        n++;
                } else {
                        skipped++;
                        eol = memchr(p, '\n', (size_t)(end - p)) ?: end;
                }
                p = eol;
        }
        *ret_skipped = skipped;
        return (int)n;
}
