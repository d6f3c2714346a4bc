/* SPDX-License-Identifier: Apache-2.0 */
/* A file that holds one number and at most one newline after it, as sysfs has them. */
#ifndef COLLECTORS_NUMBER_H
#define COLLECTORS_NUMBER_H

#include "mx/scan.h"

/* Returns 0; -EBADMSG where it is not one number, -ERANGE where it is above 2^64-1; *ret changes on
 * success only. */
static inline int mx_number_u64(const char *buf, size_t len, uint64_t *ret)
{
        if (len > 0 && buf[len - 1] == '\n')
                len--;
        return mx_scan_only_u64(buf, buf + len, ret);
}

/* The same for a number that may be negative; -ERANGE outside of int64_t. */
static inline int mx_number_i64(const char *buf, size_t len, int64_t *ret)
{
        const char *p = buf, *end = buf + len;
        int64_t v;
        int r;

        if (len > 0 && end[-1] == '\n')
                end--;
        r = mx_scan_i64(&p, end, &v);
        if (r < 0)
                return r;
        if (p != end)
                return -EBADMSG;
        *ret = v;
        return 0;
}

#endif
