/* SPDX-License-Identifier: Apache-2.0 */
/* Which cgroups get series of their own when not all can: there are more than max_cgroups, or their
 * series would pass a cap of the run. */
#ifndef COLLECTORS_CGROUP_CHOOSE_H
#define COLLECTORS_CGROUP_CHOOSE_H

#include "cgroup_budget.h"
#include "cgroup_ids.h"

#include "mx/topn.h"

struct cgroup_chooser {
        struct mx_topn *item;
        size_t size;
        struct cgroup_ids chosen; /* last time */
        struct cgroup_prices prices;
};

/* Leaves rows to the root and to the largest by usage that fit the budget, reading those that were
 * not read yet. *ret_rest sums up the others: bytes charged to left-out cgroups, descendants of
 * left-out ones counted once; MX_ABSENT when none was left out. *ret_dropped is how many series
 * they would have had. Returns 0 or a negative errno. */
int mx_cgroup_choose(struct cgroup_chooser *c, struct cgroup_walk *w, struct cgroup_budget budget,
                     uint64_t *ret_rest, uint64_t *ret_dropped);
void mx_cgroup_chooser_done(struct cgroup_chooser *c);

#endif
