/* SPDX-License-Identifier: Apache-2.0 */
/* The NUMA nodes of a host with their files open; the inside of the numastat collector. */
#ifndef COLLECTORS_NUMASTAT_NODES_H
#define COLLECTORS_NUMASTAT_NODES_H

#include "mx/file.h"

#define NUMA_NODES_MAX     128 /* three descriptors each; nodes beyond are counted in `left_out` */
#define NUMA_DISTANCES_MAX 64  /* nodes up to which all n^2 distances are shown */

enum numa_file {
        NUMA_STAT,
        NUMA_MEMINFO,
        NUMA_CPULIST,
        NUMA_FILES,
};

struct numa_node {
        uint32_t id;
        struct mx_file file[NUMA_FILES]; /* closed where the kernel has no such file */
        char path[NUMA_FILES][64];
};

/* Invariants: nodes ascend by id; distance[i * n + j] is the one from node i to node j, MX_ABSENT
 * where it is not known; all of it is as it was when `online` read as `listed`. */
struct numa_nodes {
        const struct mx_host *host;
        struct mx_file online; /* changes when a node comes or goes; closed on kernels without it */
        struct mx_buf listed;
        struct mx_buf scratch;
        bool fresh; /* the list below was made and nothing has contradicted it since */
        size_t n, left_out;
        size_t bad_distances; /* lines of them that could not be read */
        struct numa_node *node;
        uint64_t *distance; /* NULL when there are more than NUMA_DISTANCES_MAX nodes */
};

/* Prepares a zeroed *nodes and lists for the first time. -ENOENT when the host has no node. */
int numa_nodes_open(struct numa_nodes *nodes, const struct mx_host *host, struct mx_err *reterr);

/* Reads `online`, and lists anew if it has changed or `fresh` is not set. *ret_changed is set if it
 * did. When it fails, nodes->n is 0. */
int numa_nodes_refresh(struct numa_nodes *nodes, bool *ret_changed, struct mx_err *reterr);

/* Accepts a zeroed or half-made one. */
void numa_nodes_close(struct numa_nodes *nodes);

#endif
