/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_PAGE_TYPES_H
#define COLLECTORS_PAGE_TYPES_H

#include "mx/collector.h"

#define MX_PAGE_TYPES_MAX  16 /* 6.18 has up to 6 */
#define MX_PAGE_TYPE_NAME  23
#define MX_PAGE_ORDERS_MAX 32 /* arm64 with 64 KiB pages has 14 */

enum mx_page_types_line {
        MX_PAGE_TYPES_END,
        MX_PAGE_TYPES_FREE,   /* `type` with `pages` and `is_cut` */
        MX_PAGE_TYPES_BLOCKS, /* `value` for each of `name` */
        MX_PAGE_TYPES_MIXED,  /* the same, of mixed blocks */
};

struct mx_page_types_name {
        const char *at; /* letters and digits, in the text */
        uint32_t len;
};

/* One line of the file, and what the lines before it said of it. Zeroed before the first. */
struct mx_page_types {
        uint64_t node;
        struct mx_page_types_name zone, type;
        uint64_t pages; /* free pages of the type; a lower bound where... */
        bool is_cut;    /* ...the kernel stopped counting blocks of an order */

        uint32_t n_names;
        struct mx_page_types_name name[MX_PAGE_TYPES_MAX];
        uint64_t value[MX_PAGE_TYPES_MAX];

        uint64_t pages_per_block; /* 0: the file has not said it */
        enum mx_page_types_line section;
};

/* Parses the line at or after *pos and steps over it; what is in *p stays for the next call.
 * Returns the kind of line, MX_PAGE_TYPES_END when there is none before `end`. Lines that cannot be
 * read are left out and added to *skipped. Source: pagetypeinfo_show() in mm/vmstat.c,
 * Linux 2.6.32 to 6.18. */
enum mx_page_types_line mx_page_types_next(const char **pos, const char *end,
                                           struct mx_page_types *p, size_t *skipped);

extern const struct mx_collector mx_page_types;

#endif
