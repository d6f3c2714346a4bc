/* SPDX-License-Identifier: Apache-2.0 */
/* How full each tmpfs of a host is. */
#ifndef COLLECTORS_TMPFS_H
#define COLLECTORS_TMPFS_H

#include "mx/collector.h"
#include "tmpfs_mounts.h"

struct mx_tmpfs_reader {
        const struct mx_host *host;
        struct mx_buf *line; /* scratch, see lines.h */
        struct mx_tmpfs_mounts mounts;
        uint64_t n_all, n_unread; /* of the last run */
        uint64_t n_skipped;       /* lines of mount tables that could not be read */
};

/* Lists the tmpfs of the host and asks each how full it is. Rows of `mounts` with is_read hold what
 * is known; those with is_seen unset are none of the host's. Returns 0, -ENOENT where there is no
 * way to a root directory (a captured machine) or no mount table, or what reading a table says: the
 * exporter's stands for the host's only where that is not there or not to be read. */
int mx_tmpfs_read(struct mx_tmpfs_reader *t) __attribute__((warn_unused_result));

#endif
