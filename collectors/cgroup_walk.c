/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. The list of nodes is its own queue: visiting node i appends its children at the end. So
 * one directory is open at a time however deep the tree is, a parent comes before its children, and
 * whatever a child takes from its parent (the effective limit) is there.
 *
 * The tree changes while it is walked. A directory that is no more is a node without a row, and a
 * row is taken only when its last file was read, so a cgroup that vanishes half way shows nothing.
 *
 * Listing a directory means passing over its 40 to 90 control files, and most cgroups are leaves.
 * On cgroup file systems a directory's link count is 2 plus its subdirectories
 * (kernfs_refresh_inode(), fs/kernfs/inode.c), so leaves are not listed. */
#include "cgroup_walk.h"

#include "cgroup_numa.h"
#include "cgroup_paths.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define PATHS_MAX    (8U << 20)
#define ENTRIES_SIZE 32768 /* one call for 1,000 children or for the files of a leaf */
#define LABEL_MAX    1024  /* longer paths get no series: 1,000 of them would not fit the text */

int mx_cgroup_walk_open(struct cgroup_walk *w, const struct mx_host *host,
                        const struct cgroup_options *o, struct mx_err *reterr)
{
        struct statfs fs;
        int r;

        w->options = o;
        w->host = host;
        mx_buf_init(&w->paths, PATHS_MAX);
        mx_buf_init(&w->entries, ENTRIES_SIZE);
        r = mx_cgroup_tree_open(&w->tree, host, reterr);
        if (r < 0)
                return r;
        if (fstatfs(w->tree.fd, &fs) == 0)
                w->kernfs = (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC ||
                            (unsigned long)fs.f_type == CGROUP_SUPER_MAGIC;
        r = mx_cgroup_reader_open(&w->reader, host, w->tree.version, o)
                    ?: mx_buf_reserve(&w->entries, ENTRIES_SIZE);
        if (r == 0 && o->numa_stat)
                r = mx_cgroup_numa_new(&w->numa);
        return r;
}

void mx_cgroup_walk_close(struct cgroup_walk *w)
{
        mx_cgroup_tree_close(&w->tree);
        mx_cgroup_reader_close(&w->reader);
        mx_cgroup_numa_free(w->numa);
        mx_buf_done(&w->paths);
        mx_buf_done(&w->entries);
        free(w->node);
        free(w->row);
        free(w->owner);
        mx_cgroup_ids_done(&w->parents);
        mx_cgroup_ids_done(&w->were_parents);
}

struct cgroup_ref mx_cgroup_walk_ref(const struct cgroup_walk *w, size_t i)
{
        struct cgroup_ref ref = { .row = &w->row[i] };

        for (size_t id = 0; id < CGROUP_BLOCKS; id++)
                if (w->reader.block[id].map)
                        ref.block[id] = w->reader.block[id].values + i * w->reader.block[id].width;
        return ref;
}

/* Makes room for one row more. Grown arrays are kept. */
static int grow_rows(struct cgroup_walk *w)
{
        size_t size = w->size_rows ? w->size_rows * 2 : 64;
        void *p;

        if (w->n_rows < w->size_rows)
                return 0;
        size = MX_MIN(size, (size_t)w->options->max_cgroups + 1);
        p = realloc(w->row, size * sizeof(*w->row));
        if (!p)
                return -ENOMEM;
        w->row = p;
        p = realloc(w->owner, size * sizeof(*w->owner));
        if (!p)
                return -ENOMEM;
        w->owner = p;
        for (size_t id = 0; id < CGROUP_BLOCKS; id++) {
                struct cgroup_block *b = &w->reader.block[id];

                if (!b->map)
                        continue;
                p = realloc(b->values, size * b->width * sizeof(uint64_t));
                if (!p)
                        return -ENOMEM;
                b->values = p;
        }
        w->size_rows = size;
        return 0;
}

int mx_cgroup_walk_add_row(struct cgroup_walk *w)
{
        int r = grow_rows(w);

        if (r == 0)
                w->owner[w->n_rows++] = CGROUP_NO_OWNER;
        return r;
}

static bool is_candidate(const struct cgroup_walk *w, uint32_t node)
{
        const struct cgroup_options *o = w->options;
        const struct cgroup_node *n = &w->node[node];
        const char *path = mx_cgroup_node_path(w, n);

        if (n->path_len > LABEL_MAX)
                return false;
        if (!o->sub_cgroups && node != 0) {
                struct mx_cgroup_names names;

                mx_cgroup_path_parse(path, n->path_len, &names);
                if (names.sub)
                        return false;
        }
        return mx_filter_pass(o->include, o->exclude, path, n->path_len);
}

/* Pressure of the same path in the v2 hierarchy beside a v1 one. */
static void read_v2_pressure(struct cgroup_walk *w, uint32_t node, struct cgroup_row *row)
{
        char path[CGROUP_PATH_MAX];
        const char *rel = mx_cgroup_node_relative(w, node);
        size_t len = strlen(rel);

        if (w->tree.psi_fd < 0 || !w->options->pressure)
                return;
        memcpy(path, rel, len + 1);
        memcpy(path + len, CGROUP_PSI_SUFFIX, sizeof(CGROUP_PSI_SUFFIX)); /* there is room for it */
        /* -ENOENT says nothing about what is below: a cgroup may hide its own. */
        if (mx_cgroup_read_pressure(&w->reader, w->tree.psi_fd, path, &row->pressure) ==
            -EOPNOTSUPP)
                w->tree.psi_fd = mx_close(w->tree.psi_fd); /* psi=0 on the command line */
}

/* Fills row `row` from the open directory and makes the node its owner. */
static int read_row(struct cgroup_walk *w, uint32_t node, uint32_t row, int fd)
{
        struct cgroup_node *n = &w->node[node];
        struct cgroup_ref ref = mx_cgroup_walk_ref(w, row);
        int r = mx_cgroup_read(&w->reader, fd, node == 0, mx_cgroup_ids_has(&w->parents, n->id),
                               &ref);

        if (r == 0 && mx_cgroup_has_dying(ref.row))
                r = mx_cgroup_ids_add(&w->parents, n->id);
        if (r < 0)
                return r;
        if (w->tree.version == 1)
                read_v2_pressure(w, node, ref.row);
        if (w->numa) {
                r = mx_cgroup_numa_read(w->numa, &w->reader, fd, node, w->tree.version);
                if (r < 0)
                        return r;
        }
        n->current = ref.row->current;
        if (w->tree.version == 2) {
                n->limit = MX_MIN(n->limit, ref.row->max); /* MX_ABSENT is the largest */
                ref.row->effective_limit = n->limit;
        }
        n->row = row;
        w->owner[row] = node;
        return 0;
}

/* What a node that gets no row is read for: its usage, and on v2 the limit that its children
 * inherit. */
static int read_little(struct cgroup_walk *w, uint32_t node, int fd, bool has_children)
{
        struct cgroup_node *n = &w->node[node];
        uint64_t max;
        int r = 0;

        if (n->candidate && node != 0)
                r = mx_cgroup_read_current(&w->reader, fd, &n->current);
        if (r < 0 || w->tree.version == 1 || !has_children)
                return r;
        r = mx_cgroup_read_limit(&w->reader, fd, "memory.max", &max);
        n->limit = MX_MIN(n->limit, max);
        return node == 0 && r == -ENOENT ? 0 : r;
}

static int read_node(struct cgroup_walk *w, uint32_t node, int fd, bool has_children)
{
        int r;

        /* The root stands for the whole and is never the one to go. */
        if (!w->node[node].candidate || (w->crowded && node != 0))
                return read_little(w, node, fd, has_children);
        if (w->n_rows >= w->options->max_cgroups) {
                w->crowded = true;
                return read_little(w, node, fd, has_children);
        }
        r = grow_rows(w);
        if (r < 0)
                return r;
        r = read_row(w, node, (uint32_t)w->n_rows, fd);
        if (r == 0)
                w->n_rows++;
        return r;
}

static int open_node(struct cgroup_walk *w, uint32_t node)
{
        return mx_host_openat(w->host, w->tree.fd, mx_cgroup_node_relative(w, node),
                              O_RDONLY | O_DIRECTORY);
}

static int visit(struct cgroup_walk *w, struct mx_sink *sink, uint32_t node)
{
        mx_cleanup_close_ int fd = open_node(w, node);
        size_t before = w->n_nodes;
        struct stat st;
        bool leaf;
        int r;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        w->node[node].id = st.st_ino;
        leaf = w->kernfs && st.st_nlink <= 2;
        if (!leaf && w->node[node].depth < w->options->max_depth) {
                r = mx_cgroup_add_children(w, sink, fd, node);
                if (r < 0)
                        return r;
                leaf = leaf || w->n_nodes == before;
        }
        w->node[node].candidate = is_candidate(w, node);
        if (!leaf || mx_cgroup_ids_has(&w->were_parents, st.st_ino)) {
                r = mx_cgroup_ids_add(&w->parents, st.st_ino);
                if (r < 0)
                        return r;
        }
        r = read_node(w, node, fd, !leaf);
        w->n_candidates += r == 0 && w->node[node].candidate;
        if (r < 0) {
                w->node[node].candidate = false;
                /* Without the controller here, or without the cgroup, there is none below. */
                w->n_nodes = before;
        }
        for (size_t i = before; i < w->n_nodes; i++)
                w->node[i].limit = w->node[node].limit;
        return r;
}

/* What was learned in the last run stands for those that are met again; the others are forgotten.
 */
static void age_parents(struct cgroup_walk *w)
{
        struct cgroup_ids last = w->parents;

        w->parents = w->were_parents;
        w->were_parents = last;
        mx_cgroup_ids_clear(&w->parents);
}

int mx_cgroup_walk_run(struct cgroup_walk *w, struct mx_sink *sink, struct mx_err *reterr)
{
        int r;

        w->n_nodes = w->n_rows = w->n_candidates = 0;
        mx_buf_reset(&w->paths);
        age_parents(w);
        mx_cgroup_reader_begin(&w->reader, sink);
        mx_cgroup_numa_begin(w->numa);
        r = mx_cgroup_add_root(w);
        for (uint32_t i = 0; r == 0 && i < w->n_nodes; i++) {
                r = visit(w, sink, i);
                if (i > 0 && (mx_cgroup_has_gone(r) || r == -EACCES || r == -EPERM))
                        r = 0;
        }
        if (r < 0)
                return mx_err_set(reterr, r, "cannot read a cgroup", NULL, 0);
        return 0;
}

int mx_cgroup_walk_revisit(struct cgroup_walk *w, uint32_t node, uint32_t row)
{
        mx_cleanup_close_ int fd = open_node(w, node);
        struct stat st;

        if (fd < 0)
                return mx_cgroup_has_gone(fd) ? -ENOENT : fd;
        if (fstat(fd, &st) < 0 || st.st_ino != w->node[node].id)
                return -ENOENT; /* another cgroup of that name by now */
        return read_row(w, node, row, fd);
}
