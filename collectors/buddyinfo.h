/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_BUDDYINFO_H
#define COLLECTORS_BUDDYINFO_H

#include "mx/collector.h"

#define MX_BUDDY_ORDERS_MAX 32 /* x86 has 11; arm64 with 64 KiB pages 14; ppc64 up to 20 */

/* More pages than this in a zone are a lie: the kernel's own arithmetic in thousandths would
 * overflow, and so does ours. */
#define MX_BUDDY_PAGES_MAX (UINT64_MAX / 2000)

/* The free memory of one zone. The name points into the text. */
struct mx_buddy {
        uint64_t node;
        const char *name; /* letters and digits, at most MX_ZONE_NAME_MAX */
        uint32_t name_len;
        uint32_t n_orders;                    /* at least 1 */
        uint64_t blocks[MX_BUDDY_ORDERS_MAX]; /* free blocks of 2^order pages */
};

/* Parses the line at or after *pos and steps over it. Returns 1, or 0 when there is none before
 * `end`; *ret is scratch then. A line that cannot be read whole, has more than MX_BUDDY_ORDERS_MAX
 * numbers, or more than MX_BUDDY_PAGES_MAX pages, is left out and added to *skipped: a number more
 * or less would change every index of the zone. Source: frag_show_print() in mm/vmstat.c,
 * Linux 2.6.32 to 6.18. */
int mx_buddyinfo_next(const char **pos, const char *end, struct mx_buddy *ret, size_t *skipped);

/* The two measures that the kernel takes of a zone, for each of its orders, in thousandths and
 * rounded as it rounds. Sources: fill_contig_page_info(), unusable_free_index() and
 * __fragmentation_index() in mm/vmstat.c, Linux 2.6.35 to 6.18, which shows them with debugfs in
 * extfrag/unusable_index and extfrag/extfrag_index. */
struct mx_buddy_index {
        /* The share of free memory that is in blocks too small for a request of the order; 1000
         * where nothing is free. */
        uint64_t unusable;

        /* -1000 where a free block is large enough. Else why a request would fail: towards 1000 as
         * memory is in pieces, towards 0 or below (to -500, when a single block is left that is
         * half as large as what is asked for) as there is too little of it; 0 where nothing is
         * free. */
        int64_t fragmentation;
};
void mx_buddy_indexes(const struct mx_buddy *b, struct mx_buddy_index ret[MX_BUDDY_ORDERS_MAX]);

extern const struct mx_collector mx_buddyinfo;

#endif
