/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Columns are found by position first: `guess[hint]` is the column met at this line last time,
 * and a comparison of the key confirms it. A miss goes to an open-addressing hash over the keys. Columns
 * are only ever added, so that a column's number may be kept by its user. */
#include "mx/keymap.h"

#include "mx/cleanup.h"
#include "mx/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_FAMILY UINT32_MAX /* the rule left the key out: it is known, and has no column to show */

struct column {
        const char *key;
        uint32_t key_len;
        uint32_t family;
        char *owned; /* the key, when it was learned */
};

struct mx_keymap {
        const struct mx_family *table;
        mx_keymap_rule rule;
        size_t n, cap;
        size_t n_guess;
        size_t n_buckets; /* a power of two, at least twice the cap */
        struct column *column;
        uint32_t *bucket; /* column + 1; 0 is empty */
        uint32_t *guess;  /* by hint: column + 1; 0 is none */
};

static uint32_t hash_key(const char *key, size_t len)
{
        uint32_t h = 2166136261U; /* FNV-1a: short keys, and only on a miss */

        for (size_t i = 0; i < len; i++)
                h = (h ^ (unsigned char)key[i]) * 16777619U;
        return h;
}

static bool is_key(const struct column *c, const char *key, size_t len)
{
        return c->key_len == len && memcmp(c->key, key, len) == 0;
}

/* The bucket that holds the key, or the empty one where it belongs. */
static uint32_t *find_bucket(struct mx_keymap *m, const char *key, size_t len)
{
        size_t i = hash_key(key, len) & (m->n_buckets - 1);

        while (m->bucket[i] != 0 && !is_key(&m->column[m->bucket[i] - 1], key, len))
                i = (i + 1) & (m->n_buckets - 1);
        return &m->bucket[i];
}

static void keymap_freep(struct mx_keymap **m)
{
        mx_keymap_free(*m);
}

static int allocate(struct mx_keymap *m)
{
        m->n_guess = 2 * m->cap;
        for (m->n_buckets = 16; m->n_buckets < 2 * m->cap;)
                m->n_buckets *= 2;
        m->column = calloc(m->cap, sizeof(*m->column));
        m->bucket = calloc(m->n_buckets, sizeof(*m->bucket));
        m->guess = calloc(m->n_guess, sizeof(*m->guess));
        return m->column && m->bucket && m->guess ? 0 : -ENOMEM;
}

int mx_keymap_new(struct mx_keymap **ret, const struct mx_family *table, size_t first, size_t n,
                  size_t cap, mx_keymap_rule rule)
{
        mx_cleanup_(keymap_freep) struct mx_keymap *m = calloc(1, sizeof(*m));

        if (!m)
                return -ENOMEM;
        if (n > cap || cap == 0)
                return -EINVAL;
        m->table = table;
        m->rule = rule;
        m->cap = cap;
        if (allocate(m) < 0)
                return -ENOMEM;
        for (size_t i = first; i < first + n; i++) {
                const char *key = table[i].key;
                uint32_t *bucket = find_bucket(m, key, strlen(key));

                if (*bucket != 0)
                        return -EINVAL;
                m->column[m->n] = (struct column){ .key = key,
                                                   .key_len = (uint32_t)strlen(key),
                                                   .family = (uint32_t)i };
                *bucket = (uint32_t)++m->n;
        }
        *ret = MX_TAKE_PTR(m);
        return 0;
}

void mx_keymap_free(struct mx_keymap *m)
{
        if (!m)
                return;
        for (size_t i = 0; m->column && i < m->n; i++)
                free(m->column[i].owned);
        free(m->column);
        free(m->bucket);
        free(m->guess);
        free(m);
}

/* Registers the family that the rule makes of the line. Returns its index, or NO_FAMILY when there is
 * none to be had: the key is then remembered as one to leave out, so that it is not tried again. */
static uint32_t add_family(struct mx_keymap *m, struct mx_sink *sink, const struct mx_kv *kv,
                           const char *key)
{
        char name[MX_KEYMAP_NAME_MAX] = "";
        struct mx_family f = { .name = name };
        int r;

        if (!m->rule || m->rule(kv, name, &f) < 0)
                return NO_FAMILY;
        f.key = key;
        f.offset = 0;
        r = mx_sink_add_family(sink, &f);
        return r < 0 ? NO_FAMILY : (uint32_t)r;
}

static int learn(struct mx_keymap *m, struct mx_sink *sink, const struct mx_kv *kv)
{
        char *key;

        if (m->n == m->cap)
                return -E2BIG;
        key = malloc((size_t)kv->key_len + 1);
        if (!key)
                return -ENOMEM;
        memcpy(key, kv->key, kv->key_len); /* not strndup(): a NUL inside is part of the key */
        key[kv->key_len] = '\0';
        m->column[m->n] = (struct column){ .key = key,
                                           .owned = key,
                                           .key_len = kv->key_len,
                                           .family = add_family(m, sink, kv, key) };
        *find_bucket(m, kv->key, kv->key_len) = (uint32_t)m->n + 1;
        mx_sink_unknown(sink, 1);
        return (int)m->n++;
}

int mx_keymap_column(struct mx_keymap *m, struct mx_sink *sink, const struct mx_kv *kv, size_t hint)
{
        uint32_t *guess = hint < m->n_guess ? &m->guess[hint] : NULL;
        int column;

        if (guess && *guess != 0 && is_key(&m->column[*guess - 1], kv->key, kv->key_len)) {
                column = (int)*guess - 1;
        } else {
                uint32_t *bucket = find_bucket(m, kv->key, kv->key_len);

                column = *bucket != 0 ? (int)*bucket - 1 : learn(m, sink, kv);
                if (column < 0)
                        return column;
                if (guess)
                        *guess = (uint32_t)column + 1;
        }
        return m->column[column].family == NO_FAMILY ? -ENOENT : column;
}

void mx_keymap_fill(struct mx_keymap *m, struct mx_sink *sink, const struct mx_kv *kv, size_t n,
                    uint64_t *row)
{
        memset(row, 0xff, m->cap * sizeof(*row)); /* every byte of MX_ABSENT */
        for (size_t i = 0; i < n; i++) {
                int c = mx_keymap_column(m, sink, &kv[i], i);

                if (c < 0)
                        continue;
                if (row[c] != MX_ABSENT)
                        mx_sink_invalid(sink, 1);
                else
                        row[c] = kv[i].value;
        }
}

void mx_keymap_emit(const struct mx_keymap *m, struct mx_sink *sink, const uint64_t *rows,
                    size_t nrows, const struct mx_labels *labels)
{
        for (size_t i = 0; i < m->n; i++)
                if (m->column[i].family != NO_FAMILY)
                        mx_emit_column(sink, m->column[i].family, rows + i, nrows,
                                       m->cap * sizeof(*rows), labels);
}

size_t mx_keymap_columns(const struct mx_keymap *m)
{
        return m->n;
}

size_t mx_keymap_width(const struct mx_keymap *m)
{
        return m->cap;
}
