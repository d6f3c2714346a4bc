/* SPDX-License-Identifier: Apache-2.0 */
/* The list of nodes: paths in one arena, children found by getdents64(). */
#include "cgroup_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#define NODES_MAX 65536

/* Appends a node for `name` below `parent`, or for the root when name is NULL. */
static int add_node(struct cgroup_walk *w, uint32_t parent, const char *name)
{
        const struct cgroup_node *p = name ? &w->node[parent] : NULL;
        const char *root = w->tree.root;
        bool below_root = p && parent == 0;
        size_t base = !p || below_root ? strlen(root) : p->path_len, len = name ? strlen(name) : 0;
        struct cgroup_node *n;
        char *at;
        int r;

        if (base + len + 2 > CGROUP_PATH_MAX - sizeof(CGROUP_PSI_SUFFIX))
                return -E2BIG;
        if (w->n_nodes == w->size_nodes) {
                size_t size = w->size_nodes ? w->size_nodes * 2 : 256;
                void *grown = size > NODES_MAX ? NULL : realloc(w->node, size * sizeof(*w->node));

                if (!grown)
                        return size > NODES_MAX ? -E2BIG : -ENOMEM;
                w->node = grown;
                w->size_nodes = size;
                p = name ? &w->node[parent] : NULL;
        }
        r = mx_buf_reserve(&w->paths, base + len + 2);
        if (r < 0)
                return r;
        n = &w->node[w->n_nodes++];
        *n = (struct cgroup_node){ .current = MX_ABSENT,
                                   .limit = p ? p->limit : MX_ABSENT,
                                   .path = (uint32_t)w->paths.len,
                                   .parent = parent,
                                   .row = CGROUP_NO_ROW,
                                   .depth = p ? (uint16_t)(p->depth + 1) : 0 };
        at = w->paths.data + w->paths.len;
        memcpy(at, !p || below_root ? root : w->paths.data + p->path, base);
        at += base;
        if (name || base == 0)
                *at++ = '/';
        if (len > 0)
                memcpy(at, name, len);
        at[len] = '\0';
        n->path_len = (uint32_t)((size_t)(at - (w->paths.data + w->paths.len)) + len);
        w->paths.len += n->path_len + 1;
        return 0;
}

int mx_cgroup_add_root(struct cgroup_walk *w)
{
        return add_node(w, 0, NULL);
}

const char *mx_cgroup_node_relative(const struct cgroup_walk *w, uint32_t node)
{
        return node == 0 ? "." : mx_cgroup_node_path(w, &w->node[node]) + strlen(w->tree.root) + 1;
}

static bool is_directory(int fd, const struct dirent64 *d)
{
        struct stat st;

        if (d->d_name[0] == '.' &&
            (d->d_name[1] == '\0' || (d->d_name[1] == '.' && d->d_name[2] == '\0')))
                return false;
        if (d->d_type != DT_UNKNOWN)
                return d->d_type == DT_DIR;
        return fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

int mx_cgroup_add_children(struct cgroup_walk *w, struct mx_sink *sink, int fd, uint32_t node)
{
        for (;;) {
                ssize_t n = getdents64(fd, w->entries.data, w->entries.size);

                if (n < 0)
                        return mx_cgroup_has_gone(-errno) ? 0 : -errno;
                if (n == 0)
                        return 0;
                for (ssize_t at = 0; at < n;) {
                        const struct dirent64 *d = (const void *)(w->entries.data + at);
                        int r = is_directory(fd, d) ? add_node(w, node, d->d_name) : 0;

                        if (r == -E2BIG)
                                mx_sink_dropped(sink, 1);
                        else if (r < 0)
                                return r;
                        at += d->d_reclen;
                }
        }
}
