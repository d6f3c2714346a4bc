/* SPDX-License-Identifier: Apache-2.0 */
/* The tmpfs of a mount table, each once, however often it is mounted, and by which path each can be
 * asked how full it is without waiting for anybody. Does no I/O. */
#ifndef COLLECTORS_TMPFS_MOUNTS_H
#define COLLECTORS_TMPFS_MOUNTS_H

#include "mountinfo.h"

#include "mx/buf.h"

#define MX_TMPFS_MAX 1024 /* more are counted and not looked at */

enum mx_mount_kind {
        MX_MOUNT_TMPFS,  /* tmpfs, or devtmpfs, which is one */
        MX_MOUNT_LOCAL,  /* a walk through it waits for nobody else */
        MX_MOUNT_REMOTE, /* another machine or a process answers, or we do not know */
};

enum mx_mount_kind mx_mount_kind(const struct mx_mount *m);

/* Whose mount table it is, and with that, from which root its paths are walked. */
enum mx_mount_view {
        MX_VIEW_OWN,  /* the exporter's */
        MX_VIEW_INIT, /* pid 1's: the host's */
        MX_VIEWS
};

struct mx_tmpfs {
        uint32_t major, minor;
        uint32_t name, path;     /* offsets in the texts: where the host has it, where to find it */
        enum mx_mount_view view; /* of `path` */
        bool is_seen;            /* it is in the host's table */
        bool is_name_whole;      /* its root is mounted at `name` */
        bool is_read;            /* the rest is known */
        uint64_t size, used;     /* bytes */
        uint64_t inodes_max, inodes; /* MX_ABSENT: no limit, and then nobody counts them */
};

struct mx_tmpfs_mounts {
        struct mx_buf rows;    /* struct mx_tmpfs */
        struct mx_buf texts;   /* paths, each with a final NUL */
        struct mx_buf barred;  /* paths that lead into something remote */
        uint32_t n_own_barred; /* as many of these are of the exporter's view, and come first */
        uint64_t left_out;     /* beyond the caps */
        bool is_all_barred;    /* more is remote than could be noted */
};

void mx_tmpfs_mounts_init(struct mx_tmpfs_mounts *t);
void mx_tmpfs_mounts_reset(struct mx_tmpfs_mounts *t);
void mx_tmpfs_mounts_done(struct mx_tmpfs_mounts *t);

/* Takes a mount of the table of `view`; the exporter's mounts all come before the host's. Returns 0
 * or -ENOMEM; what passes a cap is counted. */
int mx_tmpfs_mounts_add(struct mx_tmpfs_mounts *t, enum mx_mount_view view,
                        const struct mx_mount *m);

/* May the path be walked? Not where it passes through, or ends at, the mount of something remote in
 * its view. The root itself is exempt: where that hangs, so does the host. */
bool mx_tmpfs_may_walk(const struct mx_tmpfs_mounts *t, const struct mx_tmpfs *row);

static inline struct mx_tmpfs *mx_tmpfs_rows(const struct mx_tmpfs_mounts *t, size_t *ret_n)
{
        *ret_n = t->rows.len / sizeof(struct mx_tmpfs);
        return (void *)t->rows.data;
}

static inline const char *mx_tmpfs_text(const struct mx_tmpfs_mounts *t, uint32_t off)
{
        return t->texts.data + off;
}

#endif
