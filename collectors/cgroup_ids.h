/* SPDX-License-Identifier: Apache-2.0 */
/* A set of cgroup ids (inode numbers), kept from one run to the next. */
#ifndef COLLECTORS_CGROUP_IDS_H
#define COLLECTORS_CGROUP_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zeroed set is empty. Open addressing; 0 is no id and never a member. */
struct cgroup_ids {
        uint64_t *bucket;
        size_t n, n_buckets; /* a power of two, at least twice n */
};

bool mx_cgroup_ids_has(const struct cgroup_ids *s, uint64_t id);

/* Adds the id when it is new. Memory is kept when the set is cleared. Returns 0 or -ENOMEM. */
int mx_cgroup_ids_add(struct cgroup_ids *s, uint64_t id);
void mx_cgroup_ids_clear(struct cgroup_ids *s);
void mx_cgroup_ids_done(struct cgroup_ids *s);

#endif
