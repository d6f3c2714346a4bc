/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_SLABINFO_H
#define COLLECTORS_SLABINFO_H

#include "mx/collector.h"

/* One cache. The name points into the buffer that was parsed. A value the file's version does not
 * print is MX_ABSENT. */
struct mx_slab {
        const char *name;
        uint32_t name_len;
        uint64_t active, objects; /* objects in use, and all that the slabs hold */
        uint64_t object_size;     /* bytes, with padding and the allocator's own data */
        uint64_t pages_per_slab;
        uint64_t slabs;
};

/* Parses /proc/slabinfo into at most `cap` rows. Columns are taken from the line that starts with
 * "# name" where there is one, else from the version (1.0, 1.1, 2.x). A line that does not fit is
 * skipped and added to *ret_skipped. Names may repeat, and may hold any byte but a newline. Returns
 * the number of rows; -E2BIG above `cap`; -EBADMSG when there is no version line, when neither
 * header nor version tells the columns, or when no line is readable. Rows are scratch up to the
 * returned number. Source: mm/slab_common.c print_slabinfo_header() and cache_show(), Linux 6.18;
 * mm/slab.c of 2.2 to 6.7. */
int mx_slabinfo_parse(const char *buf, size_t len, struct mx_slab *rows, size_t cap,
                      size_t *ret_skipped, struct mx_err *reterr);

extern const struct mx_collector mx_slabinfo;

#endif
