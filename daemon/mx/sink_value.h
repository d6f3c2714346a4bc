/* SPDX-License-Identifier: Apache-2.0 */
/* From a row's number to text in base units, for the hot path of the sink. */
#ifndef MX_SINK_VALUE_H
#define MX_SINK_VALUE_H

#include "mx/scan.h"
#include "sink_private.h"
#include "text.h"

#include <string.h>

#define MX_SINK_VALUE_MAX 32 /* bytes of the longest value with its blank and newline */

/* Brings a value into base units. False when it is absent or cannot be true; the latter is counted.
 */
static inline bool mx_sink_to_base(struct mx_sink *s, enum mx_scale scale, uint64_t *v)
{
        uint64_t factor;

        if (*v == MX_ABSENT)
                return false;
        factor = scale == MX_KIB ? 1024 : scale == MX_PAGES ? s->page_size : 1;
        if (__builtin_mul_overflow(*v, factor, v) || *v > (uint64_t)INT64_MAX) {
                s->invalid++;
                return false;
        }
        return true;
}

static inline char *mx_sink_value(char *p, const struct mx_prepared *f, uint64_t v)
{
        switch (f->scale) {
        case MX_USEC:
                return mx_text_fixed(p, v, 6);
        case MX_NSEC:
                return mx_text_fixed(p, v, 9);
        case MX_MILLI:
                return mx_text_fixed(p, v, 3);
        case MX_INT:
        case MX_INT_MILLI:
                if ((int64_t)v < 0) {
                        *p++ = '-';
                        v = 0 - v;
                }
                return f->scale == MX_INT ? mx_text_u64(p, v) : mx_text_fixed(p, v, 3);
        case MX_ONE:
        case MX_KIB:
        case MX_PAGES:
                break;
        }
        return mx_text_u64(p, v);
}

/* name SUFFIX {labels,extra="value"}: what stands before a value whose family or labels are more
 * than the row's. `extra` is NULL for the row's alone; its value needs no escaping. The caller has
 * made room. */
static inline char *mx_sink_head(const struct mx_sink *s, char *p, const struct mx_prepared *f,
                                 const char *suffix, const struct mx_labels *labels,
                                 const char *extra, const char *value)
{
        size_t len = labels ? labels->len : 0;

        p = (char *)mempcpy(p, f->name, f->name_len);
        p = stpcpy(p, suffix);
        if (len > 0)
                p = (char *)mempcpy(p, s->labels.data + labels->off, len);
        if (!extra)
                return p;
        if (len > 0)
                p[-1] = ','; /* instead of the closing brace */
        else
                *p++ = '{';
        p = stpcpy(stpcpy(p, extra), "=\"");
        return stpcpy(stpcpy(p, value), "\"}");
}

#endif
