/* SPDX-License-Identifier: Apache-2.0 */
/* memory.numa_stat of the cgroups that have a row: opt-in, for it is the longest file of all. */
#ifndef COLLECTORS_CGROUP_NUMA_H
#define COLLECTORS_CGROUP_NUMA_H

#include "cgroup_read.h"

struct cgroup_numa;

int mx_cgroup_numa_new(struct cgroup_numa **ret);
void mx_cgroup_numa_free(struct cgroup_numa *n); /* accepts NULL */

/* Forgets the rows of the last run. Accepts NULL. */
void mx_cgroup_numa_begin(struct cgroup_numa *n);

/* Adds a row for each node that the cgroup `owner` has numbers for; none when it lacks the file.
 * Returns 0, -ENOENT when the cgroup has gone, or a negative errno that ends the run. */
int mx_cgroup_numa_read(struct cgroup_numa *n, struct cgroup_reader *r, int dirfd, uint32_t owner,
                        int version);

size_t mx_cgroup_numa_rows(const struct cgroup_numa *n);
struct cgroup_numa_row *mx_cgroup_numa_row(struct cgroup_numa *n, size_t i, uint32_t *ret_owner,
                                           uint32_t *ret_node);

#endif
