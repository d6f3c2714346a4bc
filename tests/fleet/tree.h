/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated host as files: below one directory (on a tmpfs, as they change all the time) what
 * Linux 6.1 has in /proc, /sys and /dev of it, as far as the exporter reads it.
 *
 * A file is changed in place with one write of the same length, as the exporter keeps some open:
 * numbers that move are padded to one width, so that a read that falls into a write may find old
 * numbers beside new ones, but no number or line cut in two. dev/kmsg is a FIFO of packets. */
#ifndef FLEET_TREE_H
#define FLEET_TREE_H

#include "model.h"

struct sim_tree {
        int dir;         /* of the host */
        int kmsg;        /* its log, held open so that it does not end */
        uint64_t kills;  /* of the model's that are in the log */
        uint64_t record; /* number of the next in the log */
        /* Which process directories there are, by group. */
        uint32_t first_pid[SIM_GROUPS_MAX], n_pids[SIM_GROUPS_MAX];
};

/* What sim_tree_write() writes. */
enum {
        SIM_TREE_HOST = 1 << 0,  /* meminfo, vmstat, zoneinfo, pressure: what is looked at often */
        SIM_TREE_UNITS = 1 << 1, /* cgroups and processes */
        SIM_TREE_REST = 1 << 2,  /* nodes, slab caches, swap, settings, free blocks */
        SIM_TREE_LOG = 1 << 3,   /* kills since the last time */
        SIM_TREE_ALL = 15,
};

/* Makes `path`, which does not exist, and in it everything of the host. Returns 0 or a negative
 * errno; t is then to be closed all the same. Kills that have been are not in the log. */
int sim_tree_make(struct sim_tree *t, const char *path, const struct sim_host *h);

/* Brings the files up to date. A host that is down keeps its last. Returns 0 or a negative errno,
 * and then some files may be newer than others. */
int sim_tree_write(struct sim_tree *t, const struct sim_host *h, unsigned what);

/* Leaves the files. Accepts a zeroed one. */
void sim_tree_close(struct sim_tree *t);

#endif
