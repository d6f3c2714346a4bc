/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_ARC_H
#define COLLECTORS_ARC_H

#include "mx/collector.h"
#include "mx/keymap.h"

#define MX_ARC_LINES_MAX 256 /* OpenZFS 2.2 prints 147 */

/* The numbers of an arcstats file. Keys point into the text. */
struct mx_arc {
        struct mx_kv line[MX_ARC_LINES_MAX];
        size_t n;
        int64_t available; /* memory_available_bytes, which is negative when ZFS is to shrink;
                              INT64_MIN: it is not there */
};

/* Parses /proc/spl/kstat/zfs/arcstats. A line that is not "name type data" with a number that its
 * type can hold is skipped and added to *ret_skipped, and so is a negative one whose name is not
 * known to have a sign; text (types 0 and 7) is passed over. Returns 0; -EBADMSG without the line
 * that names the columns; -E2BIG above MX_ARC_LINES_MAX lines. *ret is scratch on failure. Source:
 * kstat_seq_show_named() in module/os/linux/spl/spl-kstat.c, OpenZFS 2.2, and the same since 0.6.
 */
int mx_arcstats_parse(const char *buf, size_t len, struct mx_arc *ret, size_t *ret_skipped,
                      struct mx_err *reterr);

/* What the ARC gives back when the kernel asks for memory: what is clean and held by nobody, but no
 * more than what it has above its least size. Bytes; MX_ABSENT when one of them is not known.
 * Source: arc_evictable_memory() in module/os/linux/zfs/arc_os.c, OpenZFS 2.2, with
 * zfs_arc_pc_percent at its default of 0. */
uint64_t mx_arc_shrinkable(uint64_t size, uint64_t target_min, const uint64_t evictable[4]);

extern const struct mx_collector mx_arc;

#endif
