/* SPDX-License-Identifier: Apache-2.0 */
/* The tmpfs that are shown one by one: those that hold the most. */
#ifndef COLLECTORS_TMPFS_TOP_H
#define COLLECTORS_TMPFS_TOP_H

#include "mx/filter.h"
#include "tmpfs_mounts.h"

#define MX_TMPFS_SHOWN_MAX 200

struct mx_tmpfs_top {
        struct mx_buf
                rows;   /* struct mx_tmpfs, the one that holds the most first, the remainder last */
        size_t n_shown; /* rows without the remainder */
        struct mx_buf items;   /* struct mx_topn, scratch */
        struct mx_buf devices; /* of those shown, for the next time */
};

/* Allocates nothing. */
void mx_tmpfs_top_init(struct mx_tmpfs_top *t);
void mx_tmpfs_top_done(struct mx_tmpfs_top *t);

/* Fills `rows` with at most `max` (and MX_TMPFS_SHOWN_MAX) of the rows that have been read and
 * whose name passes, and one more with the sums of all others that have been read, if there are
 * any. Who was shown gives way only to who holds more by a tenth. No two rows have the same name.
 * Returns 0 or -ENOMEM. */
int mx_tmpfs_top_choose(struct mx_tmpfs_top *t, const struct mx_tmpfs_mounts *mounts, size_t max,
                        struct mx_filter *include, struct mx_filter *exclude)
        __attribute__((warn_unused_result));

#endif
