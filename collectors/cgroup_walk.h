/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a cgroup hierarchy, parents before their children, and reads what is to be shown. */
#ifndef COLLECTORS_CGROUP_WALK_H
#define COLLECTORS_CGROUP_WALK_H

#include "cgroup.h"
#include "cgroup_ids.h"
#include "cgroup_mounts.h"
#include "cgroup_read.h"

#define CGROUP_NO_ROW   UINT32_MAX
#define CGROUP_NO_OWNER UINT32_MAX

/* One directory of the hierarchy. */
struct cgroup_node {
        uint64_t id;      /* inode number, which is the kernel's id of the cgroup */
        uint64_t current; /* bytes; MX_ABSENT when it was not read */
        uint64_t limit;   /* v2: the lowest memory.max so far */
        uint32_t path;    /* offset in the arena, NUL-terminated */
        uint32_t path_len;
        uint32_t parent; /* the root is its own */
        uint32_t row;    /* CGROUP_NO_ROW when it has none */
        uint16_t depth;
        bool candidate : 1; /* has memory files and passes the filters */
        bool left_out : 1;  /* no room for it */
        bool covered : 1;   /* an ancestor was left out: its usage is counted there */
};

struct cgroup_numa; /* cgroup_numa.h */

struct cgroup_walk {
        const struct cgroup_options *options;
        const struct mx_host *host;
        struct mx_cgroup_tree tree;
        struct cgroup_reader reader;
        struct cgroup_numa *numa; /* NULL when it is not wanted */
        bool kernfs;              /* a directory's link count tells whether it has children */
        bool crowded;             /* some were left out last time: choose before reading */

        struct cgroup_node *node;
        size_t n_nodes, size_nodes;
        struct mx_buf paths;   /* arena */
        struct mx_buf entries; /* of getdents64() */

        struct cgroup_row *row;
        uint32_t *owner; /* the node of each row, or CGROUP_NO_OWNER */
        size_t n_rows, size_rows;
        size_t n_candidates;

        /* Cgroups that have or had children, by id: of this run, and of the one before. What a
         * removed child left behind is looked for in them. */
        struct cgroup_ids parents, were_parents;
};

int mx_cgroup_walk_open(struct cgroup_walk *w, const struct mx_host *host,
                        const struct cgroup_options *o, struct mx_err *reterr);
void mx_cgroup_walk_close(struct cgroup_walk *w); /* accepts a zeroed walk */

/* Visits the whole hierarchy. Rows are filled as long as there is room (max_cgroups) and the last
 * run was not crowded; of the other candidates the usage alone is read. Returns 0 or a negative
 * errno. */
int mx_cgroup_walk_run(struct cgroup_walk *w, struct mx_sink *sink, struct mx_err *reterr);

/* Appends a row that nobody owns. There are never more than max_cgroups + 1. */
int mx_cgroup_walk_add_row(struct cgroup_walk *w);

/* Reads a candidate that was visited for its usage alone into row `row`, which nobody owns, and
 * makes it the owner. Returns as mx_cgroup_read() does. */
int mx_cgroup_walk_revisit(struct cgroup_walk *w, uint32_t node, uint32_t row);

/* The list of nodes (cgroup_nodes.c). Adding fails with -E2BIG or -ENOMEM; children that do not fit
 * are counted as dropped, and a directory that has gone has none. `fd` is the open directory of
 * `node`. */
int mx_cgroup_add_root(struct cgroup_walk *w);
int mx_cgroup_add_children(struct cgroup_walk *w, struct mx_sink *sink, int fd, uint32_t node);

/* The node's path relative to the mounted directory, short enough for the suffix in CGROUP_PATH_MAX
 * bytes. */
const char *mx_cgroup_node_relative(const struct cgroup_walk *w, uint32_t node);
#define CGROUP_PSI_SUFFIX "/memory.pressure"

/* Where the values of row `i` are. */
struct cgroup_ref mx_cgroup_walk_ref(const struct cgroup_walk *w, size_t i);

static inline const char *mx_cgroup_node_path(const struct cgroup_walk *w,
                                              const struct cgroup_node *n)
{
        return w->paths.data + n->path;
}

#endif
