/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Caches of one name are found with an open-addressing hash over the rows of this run. The
 * same hash answers which of them were chosen last time: their names are kept as text, as the file
 * is overwritten, and looked up one by one, at most as many as are shown. */
#include "slabinfo_rank.h"

#include "mx/hash.h"

#include <errno.h>

#define ROWS_MIN       128   /* doubled as needed: 6.18 prints 235 caches on a small guest */
#define ROWS_MAX       65536 /* 1 MiB of lines of 16 bytes */
#define NAME_MAX_      1024 /* bytes of a name that are remembered; the kernel's own are below 32 */
#define INCUMBENTS_MAX (4U << 20)

static void free_arrays(struct slab_rank *k)
{
        free(k->parsed);
        free(k->rows);
        free(k->shown);
        free(k->labels);
        free(k->items);
        free(k->bucket);
        k->parsed = NULL;
        k->rows = k->shown = NULL;
        k->labels = NULL;
        k->items = NULL;
        k->bucket = NULL;
        k->size = 0;
}

static int resize(struct slab_rank *k, size_t size)
{
        free_arrays(k);
        k->parsed = calloc(size, sizeof(*k->parsed));
        k->rows = calloc(size, sizeof(*k->rows));
        k->shown = calloc(size + 1, sizeof(*k->shown));
        k->labels = calloc(size + 1, sizeof(*k->labels));
        k->items = calloc(size, sizeof(*k->items));
        k->bucket = calloc(2 * size, sizeof(*k->bucket));
        if (k->parsed && k->rows && k->shown && k->labels && k->items && k->bucket) {
                k->size = size;
                return 0;
        }
        free_arrays(k);
        return -ENOMEM;
}

/* Over the last 16 bytes at most and the length: names differ at their end (kmalloc-8,
 * kmalloc-16), and a comparison follows. */
static uint32_t hash_name(const char *name, size_t len)
{
        size_t skip = len > 16 ? len - 16 : 0;
        uint32_t h = mx_hash(name + skip, len - skip) ^ (uint32_t)len;

        return h ^ h >> 15;
}

/* The bucket that holds the name, or the empty one where it belongs. */
static uint32_t *find(const struct slab_rank *k, const char *name, size_t len)
{
        size_t mask = 2 * k->size - 1, i = hash_name(name, len) & mask;

        while (k->bucket[i] != 0) {
                const struct slab_row *row = &k->rows[k->bucket[i] - 1];

                if (row->name_len == len && memcmp(row->name, name, len) == 0)
                        break;
                i = (i + 1) & mask;
        }
        return &k->bucket[i];
}

static uint64_t add(uint64_t a, uint64_t b)
{
        uint64_t sum;

        if (a == MX_ABSENT || b == MX_ABSENT || __builtin_add_overflow(a, b, &sum))
                return MX_ABSENT;
        return sum;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
        uint64_t product;

        if (a == MX_ABSENT || b == MX_ABSENT || __builtin_mul_overflow(a, b, &product))
                return MX_ABSENT;
        return product;
}

static void add_row(struct slab_rank *k, const struct mx_slab *slab)
{
        uint32_t *bucket = find(k, slab->name, slab->name_len);
        uint64_t pages = multiply(slab->slabs, slab->pages_per_slab);
        struct slab_row *row;

        if (*bucket != 0) {
                row = &k->rows[*bucket - 1];
                row->active = add(row->active, slab->active);
                row->objects = add(row->objects, slab->objects);
                row->pages = add(row->pages, pages);
                if (row->object_size != slab->object_size)
                        row->object_size = MX_ABSENT;
                return;
        }
        k->rows[k->n_rows++] = (struct slab_row){ .name = slab->name,
                                                  .name_len = slab->name_len,
                                                  .active = slab->active,
                                                  .objects = slab->objects,
                                                  .object_size = slab->object_size,
                                                  .pages = pages };
        *bucket = (uint32_t)k->n_rows;
}

int slab_rank_load(struct slab_rank *k, const char *buf, size_t len, size_t *ret_skipped,
                   struct mx_err *reterr)
{
        struct mx_err err = { 0 };
        int n = -E2BIG;

        if (k->incumbents.cap == 0)
                mx_buf_init(&k->incumbents, INCUMBENTS_MAX);
        for (size_t size = k->size ? k->size : ROWS_MIN; n == -E2BIG && size <= ROWS_MAX;
             size *= 2) {
                int r = size == k->size ? 0 : resize(k, size);

                if (r < 0)
                        return mx_err_set(reterr, r, "out of memory", "slabinfo", 0);
                n = mx_slabinfo_parse(buf, len, k->parsed, k->size, ret_skipped, &err);
        }
        if (n < 0)
                return mx_err_set(reterr, n, err.what, "slabinfo", err.line);
        k->n_rows = 0;
        memset(k->bucket, 0, 2 * k->size * sizeof(*k->bucket));
        for (int i = 0; i < n; i++)
                add_row(k, &k->parsed[i]);
        return 0;
}

static void mark_incumbents(struct slab_rank *k)
{
        const unsigned char *p = (const unsigned char *)k->incumbents.data;
        const unsigned char *end = p + k->incumbents.len;

        while (p < end) {
                size_t len = (size_t)p[0] | (size_t)p[1] << 8;
                uint32_t row = *find(k, (const char *)p + 2, len);

                if (row != 0)
                        k->rows[row - 1].incumbent = true;
                p += 2 + len;
        }
}

size_t slab_rank_choose(struct slab_rank *k, size_t n,
                        bool (*may_show)(void *arg, const char *name, size_t len), void *arg)
{
        mark_incumbents(k);
        k->n_items = 0;
        for (size_t i = 0; i < k->n_rows; i++) {
                const struct slab_row *row = &k->rows[i];
                uint64_t value = row->pages;

                if (value == MX_ABSENT) /* version 1.0 has no sizes: the most objects come first */
                        value = row->objects == MX_ABSENT ? 0 : row->objects;
                if (value > 0 && may_show(arg, row->name, row->name_len))
                        k->items[k->n_items++] = (struct mx_topn){ .value = value,
                                                                   .index = (uint32_t)i,
                                                                   .incumbent = row->incumbent };
        }
        return mx_topn_select(k->items, k->n_items, n);
}

static int remember(struct slab_rank *k, const struct slab_row *row)
{
        const char len[2] = { (char)(row->name_len & 0xff), (char)(row->name_len >> 8) };
        int r;

        if (row->name_len > NAME_MAX_)
                return 0;
        r = mx_buf_reserve(&k->incumbents, sizeof(len) + row->name_len);
        return r ?: mx_buf_add(&k->incumbents, len, sizeof(len))
                ?: mx_buf_add(&k->incumbents, row->name, row->name_len);
}

int slab_rank_settle(struct slab_rank *k, size_t n)
{
        struct slab_row other = { .name = "other", .name_len = 5, .object_size = MX_ABSENT };
        int r = 0;

        mx_buf_reset(&k->incumbents);
        for (size_t i = 0; i < n && r == 0; i++) {
                struct slab_row *row = &k->rows[k->items[i].index];

                k->shown[i] = *row;
                r = remember(k, row);
                row->name = NULL; /* it is not part of the remainder */
        }
        for (size_t i = 0; i < k->n_rows; i++) {
                const struct slab_row *row = &k->rows[i];

                if (!row->name)
                        continue;
                other.active = add(other.active, row->active);
                other.objects = add(other.objects, row->objects);
                other.pages = add(other.pages, row->pages);
        }
        k->shown[n] = other;
        return r;
}

void slab_rank_done(struct slab_rank *k)
{
        free_arrays(k);
        mx_buf_done(&k->incumbents);
}
