/* SPDX-License-Identifier: Apache-2.0 */
/* What the series of a cgroup take of the caps on a run, told before any is written, so that what
 * does not fit is chosen and goes into the remainder. */
#ifndef COLLECTORS_CGROUP_BUDGET_H
#define COLLECTORS_CGROUP_BUDGET_H

#include "cgroup_paths.h"
#include "cgroup_walk.h"

/* What is still free of the caps: series, bytes of text, bytes of label sets. */
struct cgroup_budget {
        size_t series, bytes, labels;
};

/* Upper bounds, close ones: a value counts as the longest there is, a byte that is not ASCII as
 * the three it may become. */
struct cgroup_cost {
        size_t series, names; /* that carry the cgroup's own labels; bytes beside the labels */
        size_t labels;        /* bytes of these labels */
        size_t numa_series, numa_bytes, numa_labels; /* that carry the node */
};

struct cgroup_prices {
        uint16_t width[CGROUP_N_FAMILIES]; /* bytes of a sample of each family, without labels */
        struct cgroup_cost *row;
        size_t size;
        /* The means of the leaves and of the parents priced last, the root left aside: for cgroups
         * not read yet. */
        struct cgroup_cost typical[2];
};

/* Prices every row that has an owner, labels and NUMA rows included. Returns 0 or -ENOMEM. */
int mx_cgroup_prices(struct cgroup_prices *p, const struct cgroup_walk *w);
void mx_cgroup_prices_done(struct cgroup_prices *p);

/* The cost of a node: of its row, or what it will be about. */
struct cgroup_cost mx_cgroup_price(const struct cgroup_prices *p, const struct cgroup_walk *w,
                                   uint32_t node);

/* Takes the cost off the budget; false, and nothing taken, when it does not fit. */
bool mx_cgroup_budget_take(struct cgroup_budget *b, const struct cgroup_cost *c);

/* The words of a cgroup's label set beside its path. Those that are left out have len 0: the unit
 * of a container that systemd runs as a scope (docker-<id>.scope) says no more than the
 * container. */
void mx_cgroup_label_words(const char *path, size_t len, struct mx_cgroup_names *ret);

#endif
