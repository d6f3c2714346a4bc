/* SPDX-License-Identifier: Apache-2.0 */
#include "tmpfs_top.h"

#include "mx/topn.h"
#include "sysvipc.h"

#define NAME_MAX_ 512 /* longer paths are in the remainder */

struct device {
        uint32_t major, minor;
};

void mx_tmpfs_top_init(struct mx_tmpfs_top *t)
{
        mx_buf_init(&t->rows, (MX_TMPFS_SHOWN_MAX + 1) * sizeof(struct mx_tmpfs));
        mx_buf_init(&t->items, MX_TMPFS_MAX * sizeof(struct mx_topn));
        mx_buf_init(&t->devices, MX_TMPFS_SHOWN_MAX * sizeof(struct device));
}

void mx_tmpfs_top_done(struct mx_tmpfs_top *t)
{
        mx_buf_done(&t->rows);
        mx_buf_done(&t->items);
        mx_buf_done(&t->devices);
}

static void fold(struct mx_tmpfs *other, const struct mx_tmpfs *row)
{
        other->is_read = true;
        mx_ipc_add(&other->used, row->used);
        if (row->inodes != MX_ABSENT)
                other->inodes = (other->inodes == MX_ABSENT ? 0 : other->inodes) + row->inodes;
}

static bool was_shown(const struct mx_tmpfs_top *t, const struct mx_tmpfs *row)
{
        const struct device *device = (const void *)t->devices.data;

        for (size_t i = 0; i < t->devices.len / sizeof(*device); i++)
                if (device[i].minor == row->minor && device[i].major == row->major)
                        return true;
        return false;
}

/* Two paths may be the same text where one mount covers the other and is found by another path; two
 * series may not. */
static bool has_name(const struct mx_tmpfs_top *t, const struct mx_tmpfs_mounts *mounts,
                     const char *name)
{
        const struct mx_tmpfs *row = (const void *)t->rows.data;

        for (size_t i = 0; i < t->rows.len / sizeof(*row); i++)
                if (strcmp(mx_tmpfs_text(mounts, row[i].name), name) == 0)
                        return true;
        return false;
}

/* Ranks those that may be shown; the others are in the remainder at once. */
static int rank(struct mx_tmpfs_top *t, const struct mx_tmpfs_mounts *mounts,
                struct mx_filter *include, struct mx_filter *exclude, struct mx_tmpfs *other)
{
        size_t n;
        const struct mx_tmpfs *row = mx_tmpfs_rows(mounts, &n);
        int r = 0;

        mx_buf_reset(&t->items);
        for (size_t i = 0; i < n && r == 0; i++) {
                const char *name = mx_tmpfs_text(mounts, row[i].name);
                size_t len = strlen(name);
                /* One that is empty may be shown, too: what is ranked is never 0. */
                struct mx_topn item = { .value = row[i].used + 1, .index = (uint32_t)i };

                if (!row[i].is_read)
                        continue;
                item.incumbent = was_shown(t, &row[i]);
                if (len <= NAME_MAX_ && mx_filter_pass(include, exclude, name, len))
                        r = mx_buf_add(&t->items, &item, sizeof(item));
                else
                        fold(other, &row[i]);
        }
        return r;
}

int mx_tmpfs_top_choose(struct mx_tmpfs_top *t, const struct mx_tmpfs_mounts *mounts, size_t max,
                        struct mx_filter *include, struct mx_filter *exclude)
{
        struct mx_tmpfs other = { .size = MX_ABSENT, .inodes_max = MX_ABSENT, .inodes = MX_ABSENT };
        struct mx_topn *item;
        size_t n_rows, n, chosen;
        const struct mx_tmpfs *row = mx_tmpfs_rows(mounts, &n_rows);
        int r = rank(t, mounts, include, exclude, &other);

        if (r < 0)
                return r;
        item = (void *)t->items.data;
        n = t->items.len / sizeof(*item);
        chosen = mx_topn_select(item, n, max < MX_TMPFS_SHOWN_MAX ? max : MX_TMPFS_SHOWN_MAX);
        mx_buf_reset(&t->rows);
        mx_buf_reset(&t->devices);
        for (size_t i = 0; i < n && r == 0; i++) {
                const struct mx_tmpfs *m = &row[item[i].index];
                struct device device = { m->major, m->minor };

                if (i >= chosen || has_name(t, mounts, mx_tmpfs_text(mounts, m->name)))
                        fold(&other, m);
                else
                        r = mx_buf_add(&t->rows, m, sizeof(*m))
                                    ?: mx_buf_add(&t->devices, &device, sizeof(device));
        }
        t->n_shown = t->rows.len / sizeof(*row);
        if (r == 0 && other.is_read)
                r = mx_buf_add(&t->rows, &other, sizeof(other));
        return r;
}
