/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup mounts of /proc/self/mountinfo.
 *
 *   31 22 0:26 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw     (6.1, v2)
 *   35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory  (6.18, v1)
 *   41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw      (6.18, hybrid)
 *   61 60 0:29 /docker/4d1f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory (in a container)
 *
 * In the hybrid layout the v2 hierarchy has memory.pressure but not the memory controller, so what
 * a hierarchy can do is asked of cgroup.controllers and not concluded from files that happen to be
 * there. */
#include "cgroup_mounts.h"

#include "mountinfo.h"

#include <fcntl.h>

#define MOUNTS_MAX 256
#define POINT_MAX  1024

static bool has_option(const char *p, const char *end, const char *option)
{
        while (p < end) {
                const char *comma = memchr(p, ',', (size_t)(end - p));

                if (mx_is_word(p, (size_t)((comma ? comma : end) - p), option))
                        return true;
                p = comma ? comma + 1 : end;
        }
        return false;
}

static bool parse_line(const char *line, size_t len, struct mx_cgroup_mount *ret)
{
        struct mx_mount m;
        bool v2;

        if (!mx_mount_parse(line, len, &m) || m.root[0] != '/')
                return false;
        v2 = mx_is_word(m.type, m.type_len, "cgroup2");
        if (!v2 && !mx_is_word(m.type, m.type_len, "cgroup"))
                return false;
        *ret = (struct mx_cgroup_mount){ .root = m.root,
                                         .point = m.point,
                                         .root_len = (uint32_t)m.root_len,
                                         .point_len = (uint32_t)m.point_len,
                                         .v2 = v2 };
        ret->memory = !v2 && has_option(m.options, m.options + m.options_len, "memory");
        return true;
}

int mx_cgroup_mounts_parse(const char *buf, size_t len, struct mx_cgroup_mount *rows, size_t cap,
                           struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);
        size_t n = 0;

        while (mx_lines_next(&it)) {
                struct mx_cgroup_mount m;

                if (!parse_line(it.line, it.len, &m))
                        continue;
                if (n == cap)
                        return mx_err_set(reterr, -E2BIG, "more cgroup mounts than expected", NULL,
                                          it.nr);
                rows[n++] = m;
        }
        return (int)n;
}

/* The mount point relative to `base`; NULL when it is not at or below it. */
static const char *below(const char *point, const char *base)
{
        size_t n = strlen(base);

        while (n > 0 && base[n - 1] == '/')
                n--;
        if (strncmp(point, base, n) != 0 || (point[n] != '/' && point[n] != '\0'))
                return NULL;
        return point[n] == '\0' || point[n + 1] == '\0' ? "." : point + n + 1;
}

static int open_dir(const struct mx_host *host, int fd, const char *path)
{
        return mx_host_openat(host, fd, path, O_RDONLY | O_DIRECTORY);
}

/* Does the file, a list of words, name the memory controller? */
static bool names_memory(const struct mx_host *host, int fd, const char *path, struct mx_buf *buf)
{
        const char *p, *end, *word;
        size_t len;

        if (fd < 0 || mx_read_at(host, fd, path, buf) < 0 || buf->len == 0)
                return false;
        p = buf->data;
        end = p + buf->len;
        if (end[-1] == '\n')
                end--;
        while (mx_next_word(&p, end, &word, &len))
                if (mx_is_word(word, len, "memory"))
                        return true;
        return false;
}

static bool exists(const struct mx_host *host, int fd, const char *path)
{
        mx_cleanup_close_ int file = mx_host_openat(host, fd, path, O_RDONLY);

        return file >= 0;
}

/* Opens the last mount of a kind below `base`: a later mount covers an earlier one at the same
 * place. The whole hierarchy ("/") is preferred to a part of it, which is all that some containers
 * are given. */
static int open_mount(const struct mx_host *host, const struct mx_cgroup_mount *m, size_t n,
                      bool v2, const char *base, char *ret_root)
{
        char point[POINT_MAX] = "", root[MX_CGROUP_ROOT_MAX] = "";
        mx_cleanup_close_ int fd = -1;
        bool whole = false;

        for (size_t i = 0; i < n; i++) {
                const char *path;
                bool is_whole;
                int r;

                if (m[i].v2 != v2 || (!v2 && !m[i].memory))
                        continue;
                if (mx_mount_unescape(m[i].point, m[i].point_len, point, sizeof(point)) < 0 ||
                    mx_mount_unescape(m[i].root, m[i].root_len, root, sizeof(root)) < 0)
                        continue;
                /* From inside a cgroup namespace a mount of more than the namespace is "/..". */
                is_whole = strcmp(root, "/") == 0 || strncmp(root, "/..", 3) == 0;
                path = below(point, base);
                if (!path || (whole && !is_whole))
                        continue;
                r = open_dir(host, host->cgroup_fd, path);
                if (r < 0)
                        continue;
                mx_close(fd);
                fd = r;
                whole = is_whole;
                memcpy(ret_root, is_whole ? "" : root, is_whole ? 1 : strlen(root) + 1);
        }
        return MX_TAKE_FD(fd);
}

/* Takes the memory controller from v2 when it is there, else from v1. */
static int choose(struct mx_cgroup_tree *t, const struct mx_host *host, struct mx_buf *buf, int v1,
                  const char *v1_root, int v2, const char *v2_root)
{
        bool same = v1 >= 0 && strcmp(v1_root, v2_root) == 0;

        if (names_memory(host, v2, "cgroup.controllers", buf)) {
                *t = (struct mx_cgroup_tree){ .version = 2, .fd = v2, .psi_fd = -1 };
                memcpy(t->root, v2_root, strlen(v2_root) + 1);
                mx_close(v1);
                return 0;
        }
        if (v1 >= 0) {
                *t = (struct mx_cgroup_tree){ .version = 1, .fd = v1, .psi_fd = same ? v2 : -1 };
                memcpy(t->root, v1_root, strlen(v1_root) + 1);
                if (!same)
                        mx_close(v2);
                return 0;
        }
        mx_close(v2);
        return -ENODEV;
}

static int open_by_table(struct mx_cgroup_tree *t, const struct mx_host *host, struct mx_buf *buf)
{
        struct mx_cgroup_mount rows[MOUNTS_MAX];
        const char *const bases[] = { host->cgroup_path, "/sys/fs/cgroup" };
        int n, r = mx_read_at(host, host->proc_fd, "self/mountinfo", buf);

        if (r < 0)
                return r;
        n = mx_cgroup_mounts_parse(buf->data, buf->len, rows, MOUNTS_MAX, NULL);
        for (size_t i = 0; n > 0 && i < MX_ARRAY_SIZE(bases); i++) {
                char v1_root[MX_CGROUP_ROOT_MAX] = "", v2_root[MX_CGROUP_ROOT_MAX] = "";
                mx_cleanup_(mx_buf_done) struct mx_buf words = { 0 };
                int v1, v2;

                if (!bases[i])
                        continue;
                mx_buf_init(&words, 4096);
                v1 = open_mount(host, rows, (size_t)n, false, bases[i], v1_root);
                v2 = open_mount(host, rows, (size_t)n, true, bases[i], v2_root);
                if (choose(t, host, &words, v1, v1_root, v2, v2_root) == 0)
                        return 0;
        }
        return -ENODEV;
}

/* Without a mount table: where every distribution mounts them. */
static int open_by_looking(struct mx_cgroup_tree *t, const struct mx_host *host, struct mx_buf *buf)
{
        static const char *const v2_places[] = { ".", "unified" };
        static const char *const v1_places[] = { "memory", "." };
        int v1 = -1, v2 = -1;

        for (size_t i = 0; i < MX_ARRAY_SIZE(v2_places) && v2 < 0; i++) {
                v2 = open_dir(host, host->cgroup_fd, v2_places[i]);
                if (v2 >= 0 && !exists(host, v2, "cgroup.controllers"))
                        v2 = mx_close(v2);
        }
        for (size_t i = 0; i < MX_ARRAY_SIZE(v1_places) && v1 < 0; i++) {
                v1 = open_dir(host, host->cgroup_fd, v1_places[i]);
                if (v1 >= 0 &&
                    !(exists(host, v1, "memory.stat") && exists(host, v1, "memory.usage_in_bytes")))
                        v1 = mx_close(v1);
        }
        return choose(t, host, buf, v1, "", v2, "");
}

int mx_cgroup_tree_open(struct mx_cgroup_tree *t, const struct mx_host *host, struct mx_err *reterr)
{
        mx_cleanup_(mx_buf_done) struct mx_buf buf = { 0 };

        *t = (struct mx_cgroup_tree){ .fd = -1, .psi_fd = -1 };
        if (host->cgroup_fd < 0)
                return mx_err_set(reterr, -ENODEV, "no cgroup file system", NULL, 0);
        mx_buf_init(&buf, MX_MOUNTINFO_MAX);
        if (open_by_table(t, host, &buf) == 0 || open_by_looking(t, host, &buf) == 0)
                return 0;
        return mx_err_set(reterr, -ENODEV, "no cgroup hierarchy has the memory controller", NULL,
                          0);
}

void mx_cgroup_tree_close(struct mx_cgroup_tree *t)
{
        /* A zeroed tree was never opened: its descriptors mean nothing. */
        if (t->version == 0)
                return;
        t->fd = mx_close(t->fd);
        t->psi_fd = mx_close(t->psi_fd);
        t->version = 0;
}
