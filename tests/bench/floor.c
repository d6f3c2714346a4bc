/* SPDX-License-Identifier: Apache-2.0 */
#include "floor.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>

static char buffer[1 << 20];

#define FIRST_READ 4096

/* What follows `root` and its slash in `path`, "." for itself; NULL when it is elsewhere. */
static const char *below(const char *path, const char *root)
{
        size_t n = strlen(root);

        if (strncmp(path, root, n) != 0 || (path[n] != '/' && path[n] != '\0'))
                return NULL;
        return path[n] == '\0' ? "." : path + n + 1;
}

static int place(struct floor_file *f, const char *path, const struct mx_host *host)
{
        const char *slash;

        f->root = host->cgroup_fd;
        f->rel = below(path, host->cgroup_path);
        if (!f->rel) {
                f->root = host->sys_fd;
                f->rel = below(path, host->sys_path);
        }
        if (!f->rel) {
                f->root = host->proc_fd;
                f->rel = below(path, host->proc_path);
        }
        if (!f->rel)
                return -EXDEV;
        slash = strrchr(f->rel, '/');
        f->parent_len = slash ? (size_t)(slash - f->rel) : 0;
        return 0;
}

static bool same_parent(const struct floor_file *a, const struct floor_file *b)
{
        return a->root == b->root && a->parent_len == b->parent_len && a->parent_len > 0 &&
               memcmp(a->rel, b->rel, a->parent_len) == 0;
}

int floor_new(struct floor_list *ret, const struct accesses *a, const struct mx_host *host)
{
        struct floor_list f = { .v = calloc(a->n + 1, sizeof(*f.v)) };

        if (!f.v)
                return -ENOMEM;
        for (size_t i = 0; i < a->n; i++) {
                struct floor_file *e = &f.v[f.n];
                int r = place(e, a->v[i].path, host);

                if (r < 0) {
                        floor_done(&f);
                        return r;
                }
                e->is_dir = a->v[i].is_dir;
                e->once = a->v[i].reads == 1;
                e->kept_fd = -1;
                e->room = FIRST_READ;
                if (a->v[i].kept)
                        e->kept_fd = openat(e->root, e->rel, O_RDONLY | O_CLOEXEC);
                if (a->v[i].kept && e->kept_fd < 0) {
                        floor_done(&f);
                        return -errno;
                }
                f.n++;
                if (!a->v[i].kept && !e->is_dir && (f.n < 2 || !same_parent(e - 1, e)))
                        f.directories++;
        }
        *ret = f;
        return 0;
}

void floor_done(struct floor_list *f)
{
        for (size_t i = 0; i < f->n; i++)
                mx_close(f->v[i].kept_fd);
        free(f->v);
        *f = (struct floor_list){ 0 };
}

/* It asks for no more than collectors do: procfs allocates and clears as much for a file of
 * /proc/sys as there is room for (proc_sys_call_handler() in fs/proc/proc_sysctl.c, 6.18).
 * What was large last time is asked for at once. */
static void read_fd(struct floor_file *f, int fd)
{
        size_t off = 0, asked;
        ssize_t n;

        if (f->is_dir) {
                if (f->kept_fd >= 0)
                        (void)lseek(fd, 0, SEEK_SET);
                while (getdents64(fd, buffer, sizeof(buffer)) > 0)
                        ;
                return;
        }
        do {
                if (off == f->room)
                        f->room *= 2;
                asked = f->room - off;
                n = pread(fd, buffer + off, asked, (off_t)off);
                off += n > 0 ? (size_t)n : 0;
        } while (n > 0 && !(f->once && (size_t)n < asked) && off < sizeof(buffer));
}

static void read_at(struct floor_file *f, int dirfd, const char *path)
{
        int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return; /* it has gone: the collector would miss it too */
        read_fd(f, fd);
        close(fd);
}

/* From f, the files of one directory. Returns how many there are. */
static size_t run_of(const struct floor_file *f, const struct floor_file *end)
{
        size_t n = 1;

        while (f + n < end && f[n].kept_fd < 0 && same_parent(f, f + n))
                n++;
        return n;
}

static void read_run(struct floor_file *f, size_t n)
{
        char parent[PATH_MAX];
        int dirfd;

        memcpy(parent, f->rel, f->parent_len);
        parent[f->parent_len] = '\0';
        dirfd = openat(f->root, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; dirfd >= 0 && i < n; i++)
                read_at(&f[i], dirfd, f[i].rel + f->parent_len + 1);
        mx_close(dirfd);
}

void floor_run(const struct floor_list *list, bool by_parent)
{
        struct floor_file *f = list->v, *end = f + list->n;

        while (f < end) {
                size_t n = by_parent && f->kept_fd < 0 ? run_of(f, end) : 1;

                if (n > 1)
                        read_run(f, n);
                else if (f->kept_fd >= 0)
                        read_fd(f, f->kept_fd);
                else
                        read_at(f, f->root, f->rel);
                f += n;
        }
}
