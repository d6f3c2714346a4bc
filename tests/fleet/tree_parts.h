/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the trees: text, and the files of each kind. */
#ifndef FLEET_TREE_PARTS_H
#define FLEET_TREE_PARTS_H

#include "tree.h"

#define TEXT_MAX (64U << 10)

/* The content of one file. */
struct text {
        size_t len;
        char at[TEXT_MAX];
};

void text_add(struct text *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "key" and a number of pages, as so many kB. */
void text_kb(struct text *x, const char *prefix, const char *key, uint64_t pages);

/* Writes `x` to t->dir/path, which is made if it is not there, and empties it. */
int tree_put(const struct sim_tree *t, const char *path, struct text *x);
/* A file of one line. */
int tree_line(const struct sim_tree *t, const char *path, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Makes the directory and those above it, unless they are there. */
int tree_mkdir(const struct sim_tree *t, const char *path);

/* The part of a sum that a node has by its size: rises with the sum. */
uint64_t tree_part(const struct sim_host *h, size_t node, uint64_t sum);
uint64_t tree_managed(const struct sim_node *n);

/* Each: 0 or a negative errno. */
int tree_meminfo(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_vmstat(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_pressure(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_slabinfo(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_swaps(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_zoneinfo(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_buddyinfo(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_nodes(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_settings(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_mounts(const struct sim_tree *t);
int tree_cgroups(const struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_processes(struct sim_tree *t, const struct sim_host *h, struct text *x);
int tree_log(struct sim_tree *t, const struct sim_host *h);

#define ULL(v) ((unsigned long long)(v))
#define NR     "%12llu" /* a number that moves */

#endif
