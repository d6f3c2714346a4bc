/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the counts of a tree of cgroups into a list, parents before their children. The list is its
 * own queue: one directory is open at a time. */
#include "oom_cgroups.h"

#include "cgroup_values.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

uint64_t oom_hash_path(uint64_t h, const char *s, size_t len)
{
        for (size_t i = 0; i < len; i++)
                h = (h ^ (unsigned char)s[i]) * 1099511628211U;
        return h;
}

/* Reads `dir`/`file` of the hierarchy; MX_ABSENT when it says nothing. */
static uint64_t read_count(struct oom_cgroups *c, const char *dir, const char *file)
{
        char path[OOM_PATH_MAX + 64];
        size_t n = strlen(dir), k = strlen(file);
        uint64_t v = MX_ABSENT;

        memcpy(path, dir, n);
        path[n++] = '/';
        memcpy(path + n, file, k + 1);
        if (mx_read_at(c->host, c->tree.fd, path, &c->buf) < 0)
                return MX_ABSENT;
        (void)mx_cgroup_key_parse(c->buf.data, c->buf.len, "oom_kill", &v);
        return v;
}

/* Path of a node below the open directory: "." or "a/b". */
static const char *relative(const struct oom_cgroups *c, const struct oom_cgroup *n)
{
        return n->depth == 0 ? "." : c->paths[c->now].data + n->path + strlen(c->tree.root) + 1;
}

/* Appends a node for `name` below `parent`, or the root. Without room it is left out. */
static void add_node(struct oom_cgroups *c, uint32_t parent, const char *name)
{
        struct oom_cgroup *node = c->node[c->now], *n = &node[c->n[c->now]];
        struct mx_buf *paths = &c->paths[c->now];
        size_t base = name ? node[parent].path_len : strlen(c->tree.root);
        size_t len = name ? strlen(name) + 1 : 0;
        char *at;

        if (base + len > OOM_PATH_MAX)
                return; /* as in every walk */
        if (c->n[c->now] == OOM_CGROUPS_MAX || mx_buf_reserve(paths, base + len + 1) < 0) {
                c->full = true;
                return;
        }
        at = paths->data + paths->len;
        *n = (struct oom_cgroup){ .count = MX_ABSENT,
                                  .local = MX_ABSENT,
                                  .path = (uint32_t)paths->len,
                                  .path_len = (uint32_t)(base + len),
                                  .parent = name ? parent : 0,
                                  .depth = name ? node[parent].depth + 1 : 0 };
        memcpy(at, name ? paths->data + node[parent].path : c->tree.root, base);
        if (name) {
                at[base] = '/';
                memcpy(at + base + 1, name, len - 1);
        }
        at[base + len] = '\0';
        n->hash = name ? oom_hash_path(node[parent].hash, at + base, len)
                       : oom_hash_path(OOM_HASH_START, at, base);
        paths->len += base + len + 1;
        c->n[c->now]++;
}

static void add_children(struct oom_cgroups *c, uint32_t parent, int fd)
{
        ssize_t n;

        while (!(c->full && c->n[c->now] == OOM_CGROUPS_MAX) &&
               (n = getdents64(fd, c->entries.data, c->entries.size)) > 0) {
                for (ssize_t at = 0; at < n;) {
                        const struct dirent64 *d = (const void *)(c->entries.data + at);

                        if (d->d_type == DT_DIR && strcmp(d->d_name, ".") != 0 &&
                            strcmp(d->d_name, "..") != 0)
                                add_node(c, parent, d->d_name);
                        at += d->d_reclen;
                }
        }
}

/* Reads a node, and lists its children. False when it has gone. */
static bool visit(struct oom_cgroups *c, uint32_t i, uint64_t host_kills)
{
        struct oom_cgroup *n = &c->node[c->now][i];
        const char *dir = relative(c, n);
        mx_cleanup_close_ int fd = mx_host_openat(c->host, c->tree.fd, dir, O_RDONLY | O_DIRECTORY);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return false;
        n->id = st.st_ino;
        n->count =
                read_count(c, dir, c->tree.version == 2 ? "memory.events" : "memory.oom_control");
        if (n->count == MX_ABSENT && i == 0 && c->tree.version == 2 && c->tree.root[0] == '\0')
                n->count = host_kills;
        if (i > 0 && c->tree.version == 2)
                n->local = read_count(c, dir, "memory.events.local");
        c->hierarchy = c->hierarchy || n->local != MX_ABSENT;
        /* The root of v2 has the count of the whole host, or of all below it. */
        if (!c->hierarchy && (i > 0 || c->tree.version == 1))
                n->local = n->count;
        if (n->depth < c->max_depth)
                add_children(c, i, fd);
        return true;
}

void oom_tree_read(struct oom_cgroups *c, uint64_t host_kills)
{
        c->n[c->now] = 0;
        c->full = false;
        mx_buf_reset(&c->paths[c->now]);
        add_node(c, 0, NULL);
        for (uint32_t i = 0; i < c->n[c->now]; i++)
                (void)visit(c, i, host_kills);
}
