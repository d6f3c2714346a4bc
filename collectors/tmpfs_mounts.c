/* SPDX-License-Identifier: Apache-2.0 */
/* A file system is known by its device number, which is the same in all mount namespaces: the
 * mounts of one tmpfs (bind mounts, PrivateTmp=, a container's /dev/shm) are one row, and a path is
 * proven right by the st_dev that it leads to.
 *
 * The kernel pins what leads to a mount point (the dentries) in memory, so that a walk there needs
 * no disk. Only file systems that check names with somebody else, each time, can make it wait: a
 * server, or a FUSE process. Those are told by what they are not: a block device, or one of the
 * types below. An overlay is none of them: it asks its lower file systems for names, which may be
 * remote, and its line says where they are but not what. */
#include "tmpfs_mounts.h"

#include "mx/cleanup.h"

#define ROWS_MAX   (MX_TMPFS_MAX * sizeof(struct mx_tmpfs))
#define TEXTS_MAX  (1U << 20)
#define BARRED_MAX (2048 * sizeof(struct barred))

struct barred {
        uint32_t path, len; /* in the texts */
};

/* Without a device of their own, and answered by this kernel alone (fs/, 6.18; zfs is OpenZFS). */
static const char *const local_types[] = {
        "btrfs",   "zfs",      "bcachefs", "ramfs",      "rootfs",    "proc",     "sysfs",
        "cgroup",  "cgroup2",  "cpuset",   "devpts",     "hugetlbfs", "mqueue",   "debugfs",
        "tracefs", "configfs", "pstore",   "securityfs", "bpf",       "efivarfs", "selinuxfs",
        "fusectl", "nsfs",     "ubifs",    "jffs2",      "smackfs",   "binder",   "resctrl",
        "nfsd",    "erofs",    "squashfs",
};

enum mx_mount_kind mx_mount_kind(const struct mx_mount *m)
{
        if (mx_is_word(m->type, m->type_len, "tmpfs") ||
            mx_is_word(m->type, m->type_len, "devtmpfs"))
                return MX_MOUNT_TMPFS;
        /* fuseblk has a device, and a process between it and us; the other two have one, and other
         * machines that may hold the lock of a directory. */
        if ((m->type_len >= 4 && memcmp(m->type, "fuse", 4) == 0 &&
             !mx_is_word(m->type, m->type_len, "fusectl")) ||
            mx_is_word(m->type, m->type_len, "ocfs2") || mx_is_word(m->type, m->type_len, "gfs2"))
                return MX_MOUNT_REMOTE;
        for (size_t i = 0; i < MX_ARRAY_SIZE(local_types); i++)
                if (mx_is_word(m->type, m->type_len, local_types[i]))
                        return MX_MOUNT_LOCAL;
        return m->major != 0 ? MX_MOUNT_LOCAL : MX_MOUNT_REMOTE;
}

/* Is its root mounted, and not a directory below? */
static bool is_whole(const struct mx_mount *m)
{
        return m->root_len == 1 && m->root[0] == '/';
}

void mx_tmpfs_mounts_init(struct mx_tmpfs_mounts *t)
{
        *t = (struct mx_tmpfs_mounts){ 0 };
        mx_buf_init(&t->rows, ROWS_MAX);
        mx_buf_init(&t->texts, TEXTS_MAX);
        mx_buf_init(&t->barred, BARRED_MAX);
}

void mx_tmpfs_mounts_reset(struct mx_tmpfs_mounts *t)
{
        mx_buf_reset(&t->rows);
        mx_buf_reset(&t->texts);
        mx_buf_reset(&t->barred);
        t->n_own_barred = 0;
        t->left_out = 0;
        t->is_all_barred = false;
}

void mx_tmpfs_mounts_done(struct mx_tmpfs_mounts *t)
{
        mx_buf_done(&t->rows);
        mx_buf_done(&t->texts);
        mx_buf_done(&t->barred);
}

/* Appends the path without its escapes. */
static int add_text(struct mx_tmpfs_mounts *t, const struct mx_mount *m, uint32_t *ret)
{
        size_t start = t->texts.len;
        int r = mx_buf_reserve(&t->texts, m->point_len + 1);

        if (r == 0)
                r = mx_mount_unescape(m->point, m->point_len, t->texts.data + start,
                                      m->point_len + 1);
        if (r < 0)
                return r;
        t->texts.len += (size_t)r + 1;
        *ret = (uint32_t)start;
        return 0;
}

static struct mx_tmpfs *find(const struct mx_tmpfs_mounts *t, const struct mx_mount *m)
{
        size_t n;
        struct mx_tmpfs *row = mx_tmpfs_rows(t, &n);

        for (size_t i = 0; i < n; i++)
                if (row[i].minor == m->minor && row[i].major == m->major)
                        return &row[i];
        return NULL;
}

static int add_row(struct mx_tmpfs_mounts *t, enum mx_mount_view view, const struct mx_mount *m)
{
        struct mx_tmpfs row = { .major = m->major,
                                .minor = m->minor,
                                .view = view,
                                .is_seen = view == MX_VIEW_INIT,
                                .is_name_whole = is_whole(m) };
        int r = mx_buf_reserve(&t->rows, sizeof(row));

        r = r ?: add_text(t, m, &row.path);
        if (r < 0)
                return r;
        row.name = row.path;
        return mx_buf_add(&t->rows, &row, sizeof(row));
}

/* Another mount of a file system that there is: it may have a better name. */
static int rename_row(struct mx_tmpfs_mounts *t, enum mx_mount_view view, const struct mx_mount *m,
                      struct mx_tmpfs *row)
{
        bool is_first_of_host = view == MX_VIEW_INIT && !row->is_seen;
        size_t len = t->texts.len;
        uint32_t text;
        int r;

        if (!is_first_of_host && (row->is_name_whole || !is_whole(m)))
                return 0;
        r = add_text(t, m, &text);
        if (r < 0)
                return r;
        if (strcmp(mx_tmpfs_text(t, text), mx_tmpfs_text(t, row->path)) == 0) {
                t->texts.len = len;
                text = row->path;
        }
        if (row->view == view)
                row->path = text;
        row->name = text;
        row->is_name_whole = is_whole(m);
        row->is_seen = view == MX_VIEW_INIT;
        return 0;
}

static bool is_barred(const struct mx_tmpfs_mounts *t, enum mx_mount_view view, uint32_t text)
{
        const struct barred *barred = (const void *)t->barred.data;
        size_t first = view == MX_VIEW_OWN ? 0 : t->n_own_barred;
        size_t n = view == MX_VIEW_OWN ? t->n_own_barred : t->barred.len / sizeof(*barred);
        const char *path = mx_tmpfs_text(t, text);
        size_t len = strlen(path);

        for (size_t i = first; i < n; i++)
                if (barred[i].len <= len &&
                    (path[barred[i].len] == '/' || path[barred[i].len] == '\0') &&
                    memcmp(path, mx_tmpfs_text(t, barred[i].path), barred[i].len) == 0)
                        return true;
        return false;
}

/* One below another that is barred need not be noted. */
static int bar(struct mx_tmpfs_mounts *t, enum mx_mount_view view, const struct mx_mount *m)
{
        struct barred b;
        int r;

        if (m->point_len == 1)
                return 0; /* the root */
        r = add_text(t, m, &b.path);
        if (r < 0)
                return r;
        b.len = (uint32_t)(t->texts.len - b.path - 1);
        r = is_barred(t, view, b.path) ? -EEXIST : mx_buf_add(&t->barred, &b, sizeof(b));
        if (r < 0)
                t->texts.len = b.path;
        else if (view == MX_VIEW_OWN)
                t->n_own_barred++;
        return r == -EEXIST ? 0 : r;
}

int mx_tmpfs_mounts_add(struct mx_tmpfs_mounts *t, enum mx_mount_view view,
                        const struct mx_mount *m)
{
        enum mx_mount_kind kind = mx_mount_kind(m);
        struct mx_tmpfs *row;
        int r;

        if (kind == MX_MOUNT_REMOTE) {
                r = bar(t, view, m);
                t->is_all_barred |= r == -E2BIG;
                return r == -E2BIG ? 0 : r;
        }
        if (kind != MX_MOUNT_TMPFS)
                return 0;
        row = find(t, m);
        r = row ? rename_row(t, view, m, row) : add_row(t, view, m);
        if (r != -E2BIG)
                return r;
        if (row)
                row->is_seen |= view == MX_VIEW_INIT;
        else
                t->left_out++;
        return 0;
}

bool mx_tmpfs_may_walk(const struct mx_tmpfs_mounts *t, const struct mx_tmpfs *row)
{
        return !t->is_all_barred && !is_barred(t, row->view, row->path);
}
