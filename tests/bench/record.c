/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>

#define FDS_MAX 4096

static struct {
        bool on;
        int err;
        struct accesses list;
        size_t of_fd[FDS_MAX]; /* index in the list, plus one */
} rec;

int __real_mx_host_openat(const struct mx_host *host, int dirfd, const char *path, int flags);
ssize_t __real_pread(int fd, void *buf, size_t n, off_t off);
ssize_t __real_read(int fd, void *buf, size_t n);
ssize_t __real_getdents64(int fd, void *buf, size_t n);

int __wrap_mx_host_openat(const struct mx_host *host, int dirfd, const char *path, int flags);
ssize_t __wrap_pread(int fd, void *buf, size_t n, off_t off);
ssize_t __wrap_read(int fd, void *buf, size_t n);
ssize_t __wrap_getdents64(int fd, void *buf, size_t n);

static void add(int fd, bool kept)
{
        struct accesses *a = &rec.list;
        char link[32], path[PATH_MAX];
        ssize_t n;

        if (fd >= FDS_MAX) {
                rec.err = -E2BIG;
                return;
        }
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, path, sizeof(path) - 1);
        if (n <= 0) {
                rec.err = -errno;
                return;
        }
        path[n] = '\0';
        if (a->n == a->size) {
                size_t size = a->size ? a->size * 2 : 1024;
                struct access *v = realloc(a->v, size * sizeof(*v));

                if (!v) {
                        rec.err = -ENOMEM;
                        return;
                }
                a->v = v;
                a->size = size;
        }
        a->v[a->n++] = (struct access){ .path = strdup(path), .kept = kept };
        rec.of_fd[fd] = a->n;
}

static void touch(int fd, ssize_t n, bool is_dir)
{
        if (!rec.on || n < 0 || fd < 0)
                return;
        if (fd >= FDS_MAX || rec.of_fd[fd] == 0)
                add(fd, true);
        if (fd < FDS_MAX && rec.of_fd[fd] != 0) {
                struct access *a = &rec.list.v[rec.of_fd[fd] - 1];

                a->reads++;
                a->is_dir = is_dir;
        }
}

int __wrap_mx_host_openat(const struct mx_host *host, int dirfd, const char *path, int flags)
{
        int fd = __real_mx_host_openat(host, dirfd, path, flags);

        if (rec.on && fd >= 0)
                add(fd, false);
        return fd;
}

ssize_t __wrap_pread(int fd, void *buf, size_t n, off_t off)
{
        ssize_t r = __real_pread(fd, buf, n, off);

        touch(fd, r, false);
        return r;
}

ssize_t __wrap_read(int fd, void *buf, size_t n)
{
        ssize_t r = __real_read(fd, buf, n);

        touch(fd, r, false);
        return r;
}

ssize_t __wrap_getdents64(int fd, void *buf, size_t n)
{
        ssize_t r = __real_getdents64(fd, buf, n);

        touch(fd, r, true);
        return r;
}

void record_begin(void)
{
        memset(&rec, 0, sizeof(rec));
        rec.on = true;
}

static int by_path(const void *a, const void *b)
{
        return strcmp(((const struct access *)a)->path, ((const struct access *)b)->path);
}

int record_end(struct accesses *ret, unsigned runs)
{
        struct accesses *a = &rec.list;
        size_t n = 0;

        rec.on = false;
        if (a->n > 0)
                qsort(a->v, a->n, sizeof(*a->v), by_path);
        for (size_t i = 0; i < a->n; i++) {
                struct access *e = &a->v[i];

                if (e->kept) /* noted once, not once a run */
                        e->reads = (e->reads + runs - 1) / runs;
                if (e->reads == 0 || (n > 0 && strcmp(a->v[n - 1].path, e->path) == 0))
                        free(e->path);
                else
                        a->v[n++] = *e;
        }
        a->n = n;
        *ret = *a;
        rec.list = (struct accesses){ 0 };
        if (rec.err < 0)
                accesses_done(ret);
        return rec.err;
}

void accesses_done(struct accesses *a)
{
        for (size_t i = 0; i < a->n; i++)
                free(a->v[i].path);
        free(a->v);
        *a = (struct accesses){ 0 };
}
