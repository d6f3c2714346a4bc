/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: a running selection of the largest rows, and their other columns. A label set is
 * compared as text: all families of a collector carry the same one for the same row. */
#include "view_private.h"

#include "mx/cleanup.h"

#include <string.h>

/* The rows of one kind, whatever follows their common head. */
struct rows {
        char *first;
        size_t size, *n, *n_all;
};

static struct rows rows_of(struct view *v, enum view_kind kind)
{
        if (kind == VIEW_PROCESS)
                return (struct rows){ (char *)v->process, sizeof(v->process[0]), &v->n_processes,
                                      &v->n_all_processes };
        return (struct rows){ (char *)v->cgroup, sizeof(v->cgroup[0]), &v->n_cgroups,
                              &v->n_all_cgroups };
}

static struct view_row *row_at(const struct rows *t, size_t i)
{
        return (struct view_row *)(void *)(t->first + i * t->size);
}

/* Eight bytes a step: cgroup labels are a hundred bytes long and there may be thousands. */
uint64_t view_hash(struct view_text labels)
{
        uint64_t h = labels.len, chunk;
        size_t i = 0;

        for (; i + 8 <= labels.len; i += 8) {
                memcpy(&chunk, labels.data + i, 8);
                h = (h ^ chunk) * 0x9e3779b97f4a7c15ULL;
                h ^= h >> 29;
        }
        chunk = 0;
        if (i < labels.len)
                memcpy(&chunk, labels.data + i, labels.len - i);
        h = (h ^ chunk) * 0x9e3779b97f4a7c15ULL;
        return h ^ h >> 32;
}

/* All bits set is absent, for an unsigned column. */
static void make_row(char *row, enum view_kind kind, struct view_text labels, uint64_t size)
{
        if (kind == VIEW_PROCESS)
                *(struct view_process *)(void *)row =
                        (struct view_process){ .anon = MX_ABSENT,
                                               .swap = MX_ABSENT,
                                               .oom_score = MX_ABSENT,
                                               .oom_score_adj = INT64_MIN };
        else
                *(struct view_cgroup *)(void *)row = (struct view_cgroup){ .swap = MX_ABSENT,
                                                                           .limit = MX_ABSENT,
                                                                           .oom_kills = MX_ABSENT };
        *(struct view_row *)(void *)row = (struct view_row){ .labels = labels, .size = size };
}

/* Not one among others: the remainder of what is over the cap, which is "other" and has no pid, and
 * the cgroup "/", which holds all others. */
static bool is_sum(enum view_kind kind, struct view_text labels)
{
        struct view_text path;

        if (kind == VIEW_PROCESS)
                return view_label(labels, "pid").len == 0;
        path = view_label(labels, "cgroup");
        return path.len <= 1 || path.data[0] != '/';
}

void view_take_sizes(struct view *v, const struct view_family *family, struct view_samples it)
{
        struct rows t = rows_of(v, family->kind);
        struct view_sample s;

        *t.n = *t.n_all = 0;
        while (view_next(&it, &s)) {
                uint64_t size = view_number(s.value, 0);
                size_t at = *t.n;

                if (size == MX_ABSENT || !s.labels.data || is_sum(family->kind, s.labels))
                        continue;
                ++*t.n_all;
                while (at > 0 && row_at(&t, at - 1)->size < size)
                        at--;
                if (at == VIEW_ROWS_MAX)
                        continue;
                if (*t.n < VIEW_ROWS_MAX)
                        ++*t.n;
                memmove(row_at(&t, at + 1), row_at(&t, at), (*t.n - at - 1) * t.size);
                make_row((char *)row_at(&t, at), family->kind, s.labels, size);
        }
        for (size_t i = 0; i < *t.n; i++)
                row_at(&t, i)->hash = view_hash(row_at(&t, i)->labels);
}

static bool is_row(const struct view_row *row, uint64_t hash, struct view_text labels)
{
        return row->hash == hash && row->labels.len == labels.len &&
               memcmp(row->labels.data, labels.data, labels.len) == 0;
}

static uint64_t signed_number(struct view_text value)
{
        const char *p = value.data, *end = p + value.len;
        int64_t v;

        if (mx_scan_i64(&p, end, &v) < 0 || p != end)
                v = INT64_MIN;
        return (uint64_t)v;
}

void view_take_column(struct view *v, const struct view_family *family, struct view_samples it)
{
        struct rows t = rows_of(v, family->kind);
        struct view_sample s;

        while (view_next(&it, &s)) {
                uint64_t hash = s.labels.data ? view_hash(s.labels) : 0;

                for (size_t i = 0; s.labels.data && i < *t.n; i++) {
                        if (!is_row(row_at(&t, i), hash, s.labels))
                                continue;
                        *(uint64_t *)(void *)(t.first + i * t.size + family->offset) =
                                family->is_signed ? signed_number(s.value)
                                                  : view_number(s.value, family->decimals);
                        break;
                }
        }
}

/* What the kernel weighs, but for page tables. */
static uint64_t weight(const struct view_process *p)
{
        return p->row.size + (p->swap == MX_ABSENT ? 0 : p->swap);
}

void view_take_oom(struct view *v, struct view_samples scores, struct view_samples sizes)
{
        struct view_text labels = { 0 };
        struct view_sample s;
        uint64_t highest = 0, hash;

        while (view_next(&scores, &s)) {
                uint64_t score = view_number(s.value, 0);

                if (score == MX_ABSENT || !s.labels.data || (labels.data && score <= highest))
                        continue;
                highest = score;
                labels = s.labels;
        }
        v->oom = (struct view_process){ .row = { .size = MX_ABSENT } };
        if (!labels.data)
                return;
        make_row((char *)&v->oom, VIEW_PROCESS, labels, MX_ABSENT);
        v->oom.oom_score = highest;
        for (size_t i = 0; i < v->n_processes; i++)
                if (v->process[i].oom_score == highest &&
                    (v->oom.row.size == MX_ABSENT || weight(&v->process[i]) > weight(&v->oom)))
                        v->oom = v->process[i];
        if (v->oom.row.size != MX_ABSENT || !sizes.lines.next)
                return;
        hash = v->oom.row.hash = view_hash(labels);
        while (view_next(&sizes, &s))
                if (s.labels.data && view_hash(s.labels) == hash &&
                    is_row(&v->oom.row, hash, s.labels))
                        v->oom.row.size = view_number(s.value, 0);
}
