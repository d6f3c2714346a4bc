/* SPDX-License-Identifier: Apache-2.0 */
/* A metric family as data. One row says everything there is to say about a metric; the parser's
 * key, the samples, HELP, TYPE and UNIT, `--list-metrics` and docs/metrics.md all come from it. */
#ifndef MX_FAMILY_H
#define MX_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mx_type {
        MX_GAUGE,
        MX_COUNTER,   /* name ends in _total */
        MX_INFO,      /* name ends in _info, value is always 1 */
        MX_UNKNOWN,   /* a line of a newer kernel: nobody has said yet what it counts */
        MX_HISTOGRAM, /* emitted by mx_emit_histograms() alone; no suffix, and not the word */
};

/* What the uint64_t of a row holds. The sink turns it into base units, in integers, exactly. */
enum mx_scale {
        MX_ONE,       /* as it is */
        MX_KIB,       /* x 1024 -> bytes */
        MX_PAGES,     /* x the host's page size -> bytes */
        MX_USEC,      /* microseconds -> seconds with six decimals */
        MX_NSEC,      /* nanoseconds -> seconds with nine decimals */
        MX_MILLI,     /* thousandths -> a ratio with three decimals */
        MX_INT,       /* an int64_t as it is; INT64_MIN is absent */
        MX_INT_MILLI, /* an int64_t in thousandths -> a ratio with three decimals; INT64_MIN is
                       * absent
                       */
};

/* Is the row an int64_t, whose mark of absence is INT64_MIN? */
static inline bool mx_scale_is_signed(enum mx_scale scale)
{
        return scale == MX_INT || scale == MX_INT_MILLI;
}

/* Most bytes of a family's strings, and of a collector's source; a family with more is refused. */
#define MX_FAMILY_NAME_MAX   200
#define MX_FAMILY_HELP_MAX   1000 /* a sentence, not a page */
#define MX_FAMILY_KEY_MAX    255
#define MX_FAMILY_SOURCE_MAX 255

struct mx_family {
        const char *name; /* complete, in base units; unique over all collectors */
        const char
                *help; /* one sentence without the source, which the sink appends: "(source key)" */
        const char *key;    /* the kernel's own name for it; scanners match it byte for byte */
        const char *source; /* the file, when it is not the collector's only one; else NULL */
        enum mx_type type;
        enum mx_scale scale;
        size_t offset; /* of the value in the row given to mx_emit_rows() */
};

#endif
