/* SPDX-License-Identifier: Apache-2.0 */
/* Which tmpfs there are is what the host's mount table says, that of pid 1, which anybody may read.
 * How to reach them is another matter: the host's own root (proc/1/root) takes CAP_SYS_PTRACE,
 * while a tmpfs is the same by whatever mount it is seen. So the exporter's own mounts are walked
 * first, from proc/self/root; in a service or a container these are fewer, and at other places.
 * Where a path leads is believed only when st_dev says so: what is covered by another mount, or has
 * been replaced since the table was read, is not mistaken for what covers it.
 *
 * Nothing here waits: paths that lead through a network file system, FUSE, or an overlay, which may
 * lie over either, are not walked (tmpfs_mounts.c), O_PATH opens nothing and mounts nothing, and of
 * a tmpfs the kernel knows the answer (shmem_statfs() in mm/shmem.c, 6.18). */
#include "tmpfs.h"

#include "entries.h"
#include "lines.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static const struct {
        const char *table, *root;
} views[MX_VIEWS] = {
        [MX_VIEW_OWN] = { "self/mountinfo", "self/root" },
        [MX_VIEW_INIT] = { "1/mountinfo", "1/root" },
};

static int list(struct mx_tmpfs_reader *t, enum mx_mount_view view)
{
        mx_cleanup_close_ int fd =
                mx_host_openat(t->host, t->host->proc_fd, views[view].table, O_RDONLY);
        struct mx_line_reader reader;
        const char *line;
        size_t len;
        int r;

        if (fd < 0)
                return fd;
        t->mounts.left_out = 0; /* of the view that counts: the last */
        reader = mx_line_reader(fd, t->line, MX_MOUNTINFO_MAX);
        while ((r = mx_line_next(&reader, &line, &len)) > 0) {
                struct mx_mount m;

                if (!mx_mount_parse(line, len, &m)) {
                        t->n_skipped++;
                        continue;
                }
                r = mx_tmpfs_mounts_add(&t->mounts, view, &m);
                if (r < 0)
                        return r;
        }
        t->n_skipped += reader.skipped;
        return r;
}

/* Where O_PATH descriptors have no fstatfs(2), before 3.12, the directory has to be opened. */
static int ask(const struct mx_host *host, int fd, struct statfs *ret)
{
        mx_cleanup_close_ int dir = -1;

        if (fstatfs(fd, ret) == 0)
                return 0;
        if (errno != EBADF)
                return -errno;
        dir = mx_host_openat(host, fd, ".", O_RDONLY | O_DIRECTORY);
        if (dir < 0)
                return dir;
        return fstatfs(dir, ret) < 0 ? -errno : 0;
}

static bool is_of(const struct stat *st, const struct mx_tmpfs *row)
{
        return major(st->st_dev) == row->major && minor(st->st_dev) == row->minor;
}

/* What it says to df. Without a limit (size=0) it does not say, nor count, what it holds. */
static bool take(const struct statfs *fs, struct mx_tmpfs *row)
{
        uint64_t block = fs->f_bsize > 0 ? (uint64_t)fs->f_bsize : 0;

        if (fs->f_type != TMPFS_MAGIC || fs->f_blocks == 0 || fs->f_bfree > fs->f_blocks ||
            __builtin_mul_overflow((uint64_t)fs->f_blocks, block, &row->size) ||
            row->size > INT64_MAX)
                return false;
        row->used = ((uint64_t)fs->f_blocks - fs->f_bfree) * block;
        row->inodes_max = row->inodes = MX_ABSENT;
        if (fs->f_files > 0 && fs->f_ffree <= fs->f_files) {
                row->inodes_max = fs->f_files;
                row->inodes = (uint64_t)fs->f_files - fs->f_ffree;
        }
        return true;
}

static int look(const struct mx_tmpfs_reader *t, int root, struct mx_tmpfs *row)
{
        const char *path = mx_tmpfs_text(&t->mounts, row->path) + 1; /* below the root */
        mx_cleanup_close_ int fd = -1;
        struct statfs fs;
        struct stat st;
        int r;

        if (!mx_tmpfs_may_walk(&t->mounts, row))
                return 0;
        fd = mx_host_openat(t->host, root, *path ? path : ".", O_PATH | O_NOFOLLOW);
        if (fd < 0)
                return mx_is_shortage(fd) ? fd : 0;
        if (fstat(fd, &st) < 0 || !is_of(&st, row))
                return 0;
        r = ask(t->host, fd, &fs);
        if (r == 0)
                row->is_read = take(&fs, row);
        return mx_is_shortage(r) ? r : 0;
}

static int look_at_all(struct mx_tmpfs_reader *t, bool is_host_listed, const int root[MX_VIEWS])
{
        size_t n;
        struct mx_tmpfs *row = mx_tmpfs_rows(&t->mounts, &n);

        t->n_all = t->n_unread = t->mounts.left_out;
        for (size_t i = 0; i < n; i++) {
                int r;

                row[i].is_seen |= !is_host_listed;
                if (!row[i].is_seen)
                        continue;
                r = look(t, root[row[i].view], &row[i]);
                if (r < 0)
                        return r;
                t->n_all++;
                t->n_unread += !row[i].is_read;
        }
        return 0;
}

int mx_tmpfs_read(struct mx_tmpfs_reader *t)
{
        mx_cleanup_close_ int own = mx_host_openat(t->host, t->host->proc_fd,
                                                   views[MX_VIEW_OWN].root, O_PATH | O_DIRECTORY);
        mx_cleanup_close_ int init = mx_host_openat(t->host, t->host->proc_fd,
                                                    views[MX_VIEW_INIT].root, O_PATH | O_DIRECTORY);
        int r, host;

        if (own < 0 && init < 0)
                return mx_is_shortage(own) ? own : -ENOENT;
        mx_tmpfs_mounts_reset(&t->mounts);
        t->n_skipped = 0;
        r = list(t, MX_VIEW_OWN);
        if (r < 0 && !mx_is_lacking(r))
                return r;
        /* Whatever else goes wrong: the exporter's private mounts are not to pass for the host's.
         */
        host = list(t, MX_VIEW_INIT);
        if (host < 0 && !mx_is_lacking(host))
                return host;
        if (host < 0 && r < 0)
                return -ENOENT;
        return look_at_all(t, host == 0, (const int[]){ own, init });
}
