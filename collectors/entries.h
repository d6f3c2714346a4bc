/* SPDX-License-Identifier: Apache-2.0 */
/* The names in a directory, the numbers in such names, and which failures of a file in it say that
 * there is no such value; for collectors that read many small files of a directory by name. */
#ifndef COLLECTORS_ENTRIES_H
#define COLLECTORS_ENTRIES_H

#include "mx/host.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/* Returns 0 to go on, or a negative errno to stop. `name` is valid during the call. */
typedef int (*mx_entry)(void *arg, const char *name);

/* Calls `each` for every name in dirfd/path but those that start with a dot, in the order of the
 * file system, which differs from one to the next. Allocates nothing. Returns 0, what `each`
 * returned, or what opening and listing the directory say. */
int mx_entries(const struct mx_host *host, int dirfd, const char *path, mx_entry each, void *arg)
        __attribute__((warn_unused_result));

/* "dimm17" with the prefix "dimm" -> 17. False for any other name, one with a leading zero
 * included, and above 2^32-1; *ret changes on success only. */
bool mx_index_parse(const char *name, const char *prefix, uint32_t *ret);

/* "node12" -> 12. False for any other name, and above 2^31-1, as the kernel's ids are ints; *ret
 * changes on success only. */
bool mx_node_name_parse(const char *name, uint32_t *ret);

/* The kernel lacks the file, keeps it from us, or has no value in it: nothing is amiss. EINVAL and
 * EOPNOTSUPP are what hugetlb's files say on a machine without huge pages (mm/hugetlb.c
 * hugetlb_sysctl_handler_common(), 6.18). */
static inline bool mx_is_lacking(int r)
{
        return r == -ENOENT || r == -EACCES || r == -EPERM || r == -ENODEV || r == -EISDIR ||
               r == -EINVAL || r == -EOPNOTSUPP || r == -ENOTDIR || r == -ENODATA;
}

/* Something is short that every file needs: the run has failed, and not this one value. */
static inline bool mx_is_shortage(int r)
{
        return r == -ENOMEM || r == -EMFILE || r == -ENFILE;
}

#endif
