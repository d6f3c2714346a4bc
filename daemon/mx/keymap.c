/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Columns are found by position first: `guess[hint]` is the column met at this line last
 * time, and a comparison of the key confirms it. A miss goes to an open-addressing hash over the
 * keys. Columns are only ever added, so that a column's number may be kept by its user. */
#include "mx/keymap.h"

#include "kv_private.h"

#include "mx/cleanup.h"
#include "mx/hash.h"
#include "mx/scan.h"
#include "sink_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The rule left the key out: it is known, and has no column to show. */
#define NO_FAMILY UINT32_MAX

struct column {
        const char *key;
        uint32_t key_len;
        uint32_t family;
        bool kib;    /* the line has to end in kB, or has not to, where units are checked */
        bool met;    /* since the map was made: most rows of a table are other kernels' */
        char *owned; /* the key, when it was learned */
};

struct mx_keymap {
        const struct mx_family *table;
        mx_keymap_rule rule;
        bool checks_units;
        size_t n, cap;
        size_t n_guess;
        size_t n_buckets; /* a power of two, at least twice the cap */
        struct column *column;
        uint32_t *bucket; /* column + 1; 0 is empty */
        uint32_t *guess;  /* by hint: column + 1; 0 is none */
};

/* memcmp() for keys, without the call. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
        uint64_t x, y;

        if (n < sizeof(x))
                return memcmp(a, b, n) == 0;
        for (size_t i = 0; i + sizeof(x) < n; i += sizeof(x)) {
                memcpy(&x, a + i, sizeof(x));
                memcpy(&y, b + i, sizeof(y));
                if (x != y)
                        return false;
        }
        memcpy(&x, a + n - sizeof(x), sizeof(x));
        memcpy(&y, b + n - sizeof(y), sizeof(y));
        return x == y;
}

static inline bool is_key(const struct column *c, const char *key, size_t len)
{
        return c->key_len == len && same_bytes(c->key, key, len);
}

/* The bucket that holds the key, or the empty one where it belongs. */
static uint32_t *find_bucket(struct mx_keymap *m, const char *key, size_t len)
{
        size_t i = mx_hash(key, len) & (m->n_buckets - 1);

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
                                                   .family = (uint32_t)i,
                                                   .kib = table[i].scale == MX_KIB };
                *bucket = (uint32_t)++m->n;
        }
        *ret = MX_TAKE_PTR(m);
        return 0;
}

void mx_keymap_check_units(struct mx_keymap *m)
{
        m->checks_units = true;
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

/* Registers the family that the rule makes of the line. Returns its index, or NO_FAMILY when there
 * is none to be had: the key is then remembered as one to leave out, so that it is not tried again.
 */
static uint32_t add_family(struct mx_keymap *m, struct mx_sink *sink, const struct mx_kv *kv,
                           const char *key)
{
        char name[MX_KEYMAP_NAME_MAX] = "";
        struct mx_family f = { .name = name };
        uint32_t n = sink->registry->n;
        int r;

        if (!m->rule || m->rule(kv, name, &f) < 0)
                return NO_FAMILY;
        /* For the registry the key ends at a NUL, and what another key is up to there has this
         * family already: emitted twice, it would cost the run. */
        if (memchr(key, '\0', kv->key_len)) {
                mx_sink_unknown(sink, 1);
                return NO_FAMILY;
        }
        f.key = key;
        f.offset = 0;
        r = mx_sink_add_family(sink, &f);
        /* "FutureTotal: 7" would be a gauge in _total, "foo_count" claims to be of a histogram. */
        if (r == -EINVAL && mx_name_append(name, "_value") == 0)
                r = mx_sink_add_family(sink, &f);
        /* A collector that was closed and opened again meets its keys anew, and finds their
         * families. */
        if (r < 0 || sink->registry->n > n)
                mx_sink_unknown(sink, 1);
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
                                           .kib = kv->kib,
                                           .family = add_family(m, sink, kv, key) };
        *find_bucket(m, kv->key, kv->key_len) = (uint32_t)m->n + 1;
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
                m->column[column].met = true;
                if (guess)
                        *guess = (uint32_t)column + 1;
        }
        return m->column[column].family == NO_FAMILY ? -ENOENT : column;
}

static inline void set(struct mx_keymap *m, struct mx_sink *sink, uint64_t *row, int column,
                       const struct mx_kv *kv)
{
        if (column == -E2BIG || column == -ENOMEM)
                mx_sink_dropped(sink, 1);
        if (column < 0 || m->column[column].family == NO_FAMILY)
                return;
        if (row[column] != MX_ABSENT || (m->checks_units && m->column[column].kib != kv->kib))
                mx_sink_invalid(sink, 1);
        else
                row[column] = kv->value;
}

void mx_keymap_set(struct mx_keymap *m, struct mx_sink *sink, const struct mx_kv *kv, size_t hint,
                   uint64_t *row)
{
        set(m, sink, row, mx_keymap_column(m, sink, kv, hint), kv);
}

void mx_keymap_fill(struct mx_keymap *m, struct mx_sink *sink, const struct mx_kv *kv, size_t n,
                    uint64_t *row)
{
        memset(row, 0xff, m->cap * sizeof(*row)); /* every byte of MX_ABSENT */
        for (size_t i = 0; i < n; i++)
                set(m, sink, row, mx_keymap_column(m, sink, &kv[i], i), &kv[i]);
}

/* The column whose key was at this position last time, if it is there again, or -1. */
static inline int expected(const struct mx_keymap *m, const char *p, const char *end, size_t hint)
{
        const struct column *c;

        if (m->guess[hint] == 0)
                return -1;
        c = &m->column[m->guess[hint] - 1];
        if ((size_t)(end - p) <= c->key_len || !mx_kv_ends_key(p[c->key_len]) ||
            !same_bytes(p, c->key, c->key_len))
                return -1;
        return (int)m->guess[hint] - 1;
}

static uint64_t count_lines(const char *p, const char *end)
{
        struct mx_lines it = mx_lines(p, (size_t)(end - p));

        while (mx_lines_next(&it))
                ;
        return it.nr;
}

int mx_keymap_read(struct mx_keymap *m, struct mx_sink *sink, const char *buf, size_t len,
                   uint64_t *row)
{
        const char *p = buf, *end = buf + len, *eol;
        size_t n = 0;

        memset(row, 0xff, m->cap * sizeof(*row)); /* every byte of MX_ABSENT */
        for (; p < end; p = eol + 1) {
                struct mx_kv kv;
                int column;

                eol = p;
                if (*p == '\n')
                        continue;
                if (n ==
                    m->n_guess) { /* far more than columns: what is left is counted, not read */
                        mx_sink_dropped(sink, count_lines(p, end));
                        break;
                }
                column = expected(m, p, end, n);
                eol = column < 0 ? mx_kv_scan(p, end, &kv)
                                 : mx_kv_value(p + m->column[column].key_len, end, &kv);
                if (!eol) {
                        mx_sink_invalid(sink, 1);
                        eol = memchr(p, '\n', (size_t)(end - p)) ?: end;
                        continue;
                }
                set(m, sink, row, column < 0 ? mx_keymap_column(m, sink, &kv, n) : column, &kv);
                n++;
        }
        return (int)n;
}

void mx_keymap_emit(const struct mx_keymap *m, struct mx_sink *sink, const uint64_t *rows,
                    size_t nrows, const struct mx_labels *labels)
{
        for (size_t i = 0; i < m->n; i++)
                if (m->column[i].met && m->column[i].family != NO_FAMILY)
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
