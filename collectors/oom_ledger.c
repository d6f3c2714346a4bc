/* SPDX-License-Identifier: Apache-2.0 */
#include "oom_ledger.h"

#include "cgroup_budget.h"
#include "mx/hash.h"

int oom_ledger_init(struct oom_ledger *l, size_t max)
{
        /* Rows that are never used are never touched, and cost no memory. */
        l->row = calloc(max + 1, sizeof(*l->row));
        l->max = max;
        return l->row ? 0 : -ENOMEM;
}

void oom_ledger_done(struct oom_ledger *l)
{
        free(l->row);
        l->row = NULL;
        l->n = 0;
}

static uint32_t hash_word(uint32_t h, const char *s, size_t len)
{
        for (size_t i = 0; i < len; i++)
                h = (h ^ (unsigned char)s[i]) * 16777619U;
        return (h ^ 0xffU) * 16777619U; /* where one word ends */
}

static uint16_t copy(char *dst, size_t size, const char *s, size_t len)
{
        len = MX_MIN(len, size);
        if (len > 0)
                memcpy(dst, s, len);
        return (uint16_t)len;
}

/* The outermost unit or container of a path: the innermost of the shortest head that has one. */
static struct mx_cgroup_names owner_of(struct mx_oom_text path)
{
        struct mx_cgroup_names names = { 0 };

        for (size_t i = 1; i <= path.len && names.unit.len + names.container.len == 0; i++)
                if (i == path.len || path.s[i] == '/')
                        mx_cgroup_label_words(path.s, i, &names);
        return names;
}

/* Fills in what a row is found by. */
static void make_key(struct oom_victim *v, const struct mx_cgroup_names *names,
                     struct mx_oom_text comm)
{
        v->unit_len = copy(v->unit, sizeof(v->unit), names->unit.s, names->unit.len);
        v->container_len =
                copy(v->container, sizeof(v->container), names->container.s, names->container.len);
        v->comm_len = copy(v->comm, sizeof(v->comm), comm.s, comm.len);
        v->hash = hash_word(2166136261U, v->unit, v->unit_len);
        v->hash = hash_word(v->hash, v->container, v->container_len);
        v->hash = hash_word(v->hash, v->comm, v->comm_len);
}

static bool same_key(const struct oom_victim *a, const struct oom_victim *b)
{
        return a->hash == b->hash && a->unit_len == b->unit_len &&
               a->container_len == b->container_len && a->comm_len == b->comm_len &&
               memcmp(a->unit, b->unit, a->unit_len) == 0 &&
               memcmp(a->container, b->container, a->container_len) == 0 &&
               memcmp(a->comm, b->comm, a->comm_len) == 0;
}

/* A path shows no unit, or one with a suffix: "other" cannot be one. */
static struct oom_victim *other_row(struct oom_ledger *l)
{
        struct oom_victim *v = &l->row[0];

        if (l->has_other)
                return v;
        if (l->n > 0)
                l->row[l->n] = *v;
        l->n++;
        l->has_other = true;
        *v = (struct oom_victim){ .one = MX_ABSENT };
        v->unit_len = copy(v->unit, sizeof(v->unit), "other", 5);
        v->comm_len = copy(v->comm, sizeof(v->comm), "other", 5);
        return v;
}

static struct oom_victim *find_row(struct oom_ledger *l, const struct oom_victim *key)
{
        for (size_t i = l->has_other; i < l->n; i++)
                if (same_key(&l->row[i], key))
                        return &l->row[i];
        return NULL;
}

/* Is all but the last of the owner's rows taken? */
static bool is_at_share(const struct oom_ledger *l, uint32_t owner)
{
        size_t share = MX_MAX(l->max / 4, (size_t)2), n = 0;

        for (size_t i = l->has_other; i < l->n; i++)
                n += l->row[i].owner == owner;
        return n + 1 >= share;
}

/* The row of a kill, which may be a new one, or one of others. */
static struct oom_victim *row_of(struct oom_ledger *l, const struct mx_oom_kill *k)
{
        struct mx_cgroup_names names = { 0 }, owner = owner_of(k->path);
        const struct mx_cgroup_word *word =
                owner.container.len > 0 ? &owner.container : &owner.unit;
        struct oom_victim key = { .one = 1, .owner = mx_hash(word->s, word->len) }, *v;
        bool folds;

        if (k->path.len > 0)
                mx_cgroup_label_words(k->path.s, k->path.len, &names);
        make_key(&key, &names, k->comm);
        v = find_row(l, &key);
        folds = !v && is_at_share(l, key.owner);
        if (folds) {
                make_key(&key, &owner, (struct mx_oom_text){ "other", 5 });
                v = find_row(l, &key);
        }
        if (!v && l->n - l->has_other < l->max) {
                v = &l->row[l->n++];
                *v = key;
        } else if (!v) {
                v = other_row(l);
                folds = true;
        }
        l->folded += folds;
        return v;
}

void oom_ledger_add(struct oom_ledger *l, const struct mx_oom_kill *k, uint64_t now_usec,
                    uint64_t wall_usec)
{
        struct oom_victim *v = row_of(l, k);

        v->kills++;
        v->seen_usec = now_usec;
        v->last_usec = wall_usec;
        v->anon = v->file = v->shmem = v->page_tables = MX_ABSENT;
        if (v->one == MX_ABSENT)
                return;
        v->anon = k->anon;
        v->file = k->file;
        v->shmem = k->shmem;
        v->page_tables = k->page_tables;
        v->pid = k->pid;
        v->uid = k->uid;
        v->constraint = k->constraint;
        v->cgroup_len = k->path.len > sizeof(v->cgroup)
                                ? 0
                                : copy(v->cgroup, sizeof(v->cgroup), k->path.s, k->path.len);
}

void oom_ledger_expire(struct oom_ledger *l, uint64_t now_usec, uint64_t keep)
{
        size_t kept = 0;

        for (size_t i = 0; i < l->n; i++) {
                const struct oom_victim *v = &l->row[i];

                if (now_usec >= v->seen_usec && now_usec - v->seen_usec >= keep) {
                        l->has_other = l->has_other && i > 0;
                        continue;
                }
                if (kept != i)
                        l->row[kept] = *v;
                kept++;
        }
        l->n = kept;
}
