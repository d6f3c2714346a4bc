/* SPDX-License-Identifier: Apache-2.0 */
/* memory.numa_stat by cgroup and node.
 *
 *   anon N0=18071552 N1=0                                   (6.1, v2: bytes)
 *   hierarchical_total=14566 N0=14566                       (6.18, v1: pages)
 *
 * The lines of v1 without hierarchical_ are local and are left alone: they must not stand beside
 * hierarchical ones. A key that the table lacks repeats a line of memory.stat and is no news. */
#include "cgroup_numa.h"

#include "cgroup_values.h"

#define ROWS_MAX  8192
#define CELLS_MAX 8192 /* 27 lines of 300 nodes */

struct owned {
        struct cgroup_numa_row row;
        uint32_t owner, node;
};

struct cgroup_numa {
        struct owned *row;
        size_t n, size;
        struct mx_cgroup_numa cell[CELLS_MAX];
};

int mx_cgroup_numa_new(struct cgroup_numa **ret)
{
        *ret = calloc(1, sizeof(**ret));
        return *ret ? 0 : -ENOMEM;
}

void mx_cgroup_numa_free(struct cgroup_numa *n)
{
        if (!n)
                return;
        free(n->row);
        free(n);
}

void mx_cgroup_numa_begin(struct cgroup_numa *n)
{
        if (n)
                n->n = 0;
}

size_t mx_cgroup_numa_rows(const struct cgroup_numa *n)
{
        return n->n;
}

struct cgroup_numa_row *mx_cgroup_numa_row(struct cgroup_numa *n, size_t i, uint32_t *ret_owner,
                                           uint32_t *ret_node)
{
        *ret_owner = n->row[i].owner;
        *ret_node = n->row[i].node;
        return &n->row[i].row;
}

/* The row of the node among those from `first` on, made when it is new. */
static int row_of(struct cgroup_numa *n, size_t first, uint32_t owner, uint32_t node,
                  struct owned **ret)
{
        for (size_t i = first; i < n->n; i++)
                if (n->row[i].node == node) {
                        *ret = &n->row[i];
                        return 0;
                }
        if (n->n == n->size) {
                size_t size = n->size ? n->size * 2 : 64;
                struct owned *grown =
                        size > ROWS_MAX ? NULL : realloc(n->row, size * sizeof(*grown));

                if (!grown)
                        return size > ROWS_MAX ? -E2BIG : -ENOMEM;
                n->row = grown;
                n->size = size;
        }
        *ret = &n->row[n->n++];
        memset(&(*ret)->row, 0xff, sizeof((*ret)->row)); /* every byte of MX_ABSENT */
        (*ret)->owner = owner;
        (*ret)->node = node;
        return 0;
}

/* The family of the key; v1 keys are the hierarchical ones. */
static const struct mx_family *family_of(const struct mx_cgroup_numa *c)
{
        for (size_t i = 0; i < CGROUP_N_NUMA; i++) {
                const struct mx_family *f = &mx_cgroup_families[CGROUP_FIRST_NUMA + i];

                if (strlen(f->key) == c->key_len && memcmp(f->key, c->key, c->key_len) == 0)
                        return f;
        }
        return NULL;
}

static int take(struct cgroup_numa *n, struct cgroup_reader *r, uint32_t owner, int version)
{
        const struct mx_family *f = NULL;
        const char *key = NULL;
        size_t skipped, first = n->n;
        int cells =
                mx_cgroup_numa_parse(r->buf.data, r->buf.len, n->cell, CELLS_MAX, &skipped, NULL);

        if (cells < 0) {
                mx_sink_invalid(r->sink, 1);
                return 0;
        }
        mx_sink_invalid(r->sink, skipped);
        for (int i = 0; i < cells; i++) {
                const struct mx_cgroup_numa *c = &n->cell[i];
                struct owned *row;
                uint64_t *slot;
                int e;

                if (c->key != key)
                        f = family_of(c);
                key = c->key;
                if (!f || (f->scale == MX_PAGES) != (version == 1))
                        continue;
                e = row_of(n, first, owner, c->node, &row);
                if (e == -E2BIG)
                        mx_sink_dropped(r->sink, 1);
                if (e < 0)
                        return e == -E2BIG ? 0 : e;
                slot = (uint64_t *)(void *)((char *)&row->row + f->offset);
                if (*slot != MX_ABSENT)
                        mx_sink_invalid(r->sink, 1);
                else
                        *slot = c->value;
        }
        return 0;
}

int mx_cgroup_numa_read(struct cgroup_numa *n, struct cgroup_reader *r, int dirfd, uint32_t owner,
                        int version)
{
        int e = mx_read_small_at(r->host, dirfd, "memory.numa_stat", &r->buf);

        if (e == -ENOENT || e == -EACCES || e == -EPERM)
                return 0; /* without CONFIG_NUMA; a cgroup that has gone has lost its rows already
                           */
        if (e == -E2BIG) {
                mx_sink_invalid(r->sink, 1);
                return 0;
        }
        if (e < 0)
                return mx_cgroup_has_gone(e) ? -ENOENT : e;
        return take(n, r, owner, version);
}
