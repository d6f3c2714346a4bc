/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Slots of a fixed size in blocks that never move, found by path through chains of a hash
 * table. A slot is 408 bytes, 328 of them the window: a thousand take 0.5 MiB with their paths and
 * the arrays by row.
 *
 * The key is the path and not the cgroup's id: a unit that is restarted is a new cgroup of the same
 * series. */
#include "cgroup_peak.h"

#include "mx/hash.h"

#include <sys/resource.h>

#define BLOCK 64

void mx_cgroup_peaks_open(struct cgroup_peaks *p, const struct cgroup_walk *walk)
{
        struct rlimit limit;

        p->walk = walk;
        p->fds_max = CGROUP_PEAK_FDS;
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
                p->fds_max = MX_MIN(p->fds_max, (size_t)(limit.rlim_cur / 8));
        p->free = CGROUP_NO_PEAK;
        p->longest = MX_ABSENT;
        mx_buf_init(&p->buf, 256U << 10);
}

struct cgroup_peak *mx_cgroup_peak_at(const struct cgroup_peaks *p, uint32_t i)
{
        return &p->block[i / BLOCK][i % BLOCK];
}

static uint32_t *bucket_of(const struct cgroup_peaks *p, uint32_t hash)
{
        return &p->bucket[hash & (p->n_buckets - 1)];
}

/* Empties the slot; the chain it is in is the caller's to mend. */
static void clear(struct cgroup_peak *e)
{
        mx_close(e->fd);
        free(e->path);
        *e = (struct cgroup_peak){ .fd = -1 };
}

void mx_cgroup_peaks_close(struct cgroup_peaks *p)
{
        for (size_t b = 0; b < p->n_blocks; b++) {
                for (size_t i = 0; i < BLOCK; i++)
                        clear(&p->block[b][i]);
                free(p->block[b]);
        }
        free(p->block);
        free(p->bucket);
        free(p->hot.peak);
        free(p->cold.peak);
        free(p->turn.peak);
        free(p->item);
        free(p->shown);
        mx_buf_done(&p->buf);
        *p = (struct cgroup_peaks){ 0 };
}

static int add_block(struct cgroup_peaks *p)
{
        uint32_t first = (uint32_t)(p->n_blocks * BLOCK);
        void *grown = realloc(p->block, (p->n_blocks + 1) * sizeof(*p->block));
        struct cgroup_peak *b;

        if (!grown)
                return -ENOMEM;
        p->block = grown;
        b = calloc(BLOCK, sizeof(*b));
        if (!b)
                return -ENOMEM;
        p->block[p->n_blocks++] = b;
        for (uint32_t i = BLOCK; i-- > 0; p->free = first + i) {
                b[i].fd = -1;
                b[i].next = p->free;
        }
        return 0;
}

static int grow_table(struct cgroup_peaks *p)
{
        size_t n = p->n_buckets ? 2 * p->n_buckets : BLOCK;
        uint32_t *bucket = malloc(n * sizeof(*bucket));

        if (!bucket)
                return -ENOMEM;
        memset(bucket, 0xff, n * sizeof(*bucket)); /* every byte of CGROUP_NO_PEAK */
        free(p->bucket);
        p->bucket = bucket;
        p->n_buckets = n;
        for (uint32_t i = 0; i < p->n_blocks * BLOCK; i++) {
                struct cgroup_peak *e = mx_cgroup_peak_at(p, i);

                if (!e->path)
                        continue;
                e->next = *bucket_of(p, e->hash);
                *bucket_of(p, e->hash) = i;
        }
        return 0;
}

/* The slot of the path, made when it is new. */
static int find(struct cgroup_peaks *p, const char *path, struct cgroup_peak **ret)
{
        uint32_t i, hash = mx_hash(path, strlen(path));
        struct cgroup_peak *e;

        for (i = p->n_buckets ? *bucket_of(p, hash) : CGROUP_NO_PEAK; i != CGROUP_NO_PEAK;
             i = e->next) {
                e = mx_cgroup_peak_at(p, i);
                if (e->hash == hash && strcmp(e->path, path) == 0) {
                        *ret = e;
                        return 0;
                }
        }
        if ((p->free == CGROUP_NO_PEAK && add_block(p) < 0) ||
            (p->n_used >= p->n_buckets && grow_table(p) < 0))
                return -ENOMEM;
        i = p->free;
        e = mx_cgroup_peak_at(p, i);
        e->path = strdup(path);
        if (!e->path)
                return -ENOMEM;
        p->free = e->next;
        p->n_used++;
        e->hash = hash;
        e->next = *bucket_of(p, hash);
        *bucket_of(p, hash) = i;
        mx_window_init(&e->anon, MX_HIGHEST);
        e->looked_at = p->now;
        *ret = e;
        return 0;
}

/* Frees the slots that were not shown for `keep`. */
static void forget(struct cgroup_peaks *p, uint64_t keep)
{
        for (size_t b = 0; b < p->n_buckets; b++)
                for (uint32_t *at = &p->bucket[b]; *at != CGROUP_NO_PEAK;) {
                        uint32_t i = *at;
                        struct cgroup_peak *e = mx_cgroup_peak_at(p, i);

                        if (e->shown || p->now - e->shown_at < keep) {
                                at = &e->next;
                                continue;
                        }
                        *at = e->next;
                        clear(e);
                        e->next = p->free;
                        p->free = i;
                        p->n_used--;
                }
}

void mx_cgroup_peak_take(const struct cgroup_peaks *p, struct cgroup_peak *e, uint64_t usage,
                         uint64_t anon)
{
        e->moved += anon > e->last ? anon - e->last : e->last - anon;
        e->last = anon;
        e->base = usage;
        e->read_at = p->now;
        mx_window_add(&e->anon, p->now, anon);
}

static int reserve(struct cgroup_peaks *p, size_t rows)
{
        void *const old[] = { p->item, p->shown, p->hot.peak, p->cold.peak, p->turn.peak };
        const size_t size[] = { sizeof(*p->item), sizeof(const void *), sizeof(uint32_t),
                                sizeof(uint32_t), sizeof(uint32_t) };
        void *now[MX_ARRAY_SIZE(old)];
        size_t n = rows + rows / 4;
        int r = 0;

        if (rows <= p->size_shown)
                return 0;
        for (size_t i = 0; i < MX_ARRAY_SIZE(old); i++) {
                void *grown = realloc(old[i], n * size[i]);

                now[i] = grown ?: old[i];
                r = grown ? r : -ENOMEM;
        }
        p->item = now[0];
        p->shown = now[1];
        p->hot.peak = now[2];
        p->cold.peak = now[3];
        p->turn.peak = now[4];
        p->size_shown = r == 0 ? n : p->size_shown;
        return r;
}

static int take_row(struct cgroup_peaks *p, size_t i)
{
        const struct cgroup_walk *w = p->walk;
        struct cgroup_ref ref = mx_cgroup_walk_ref(w, i);
        struct cgroup_peak *e;
        int r;

        p->shown[i] = NULL;
        if (w->owner[i] == CGROUP_NO_OWNER || !mx_cgroup_has_peak(w, &ref))
                return 0;
        r = find(p, mx_cgroup_node_relative(w, w->owner[i]), &e);
        if (r < 0)
                return r;
        e->limit = MX_MIN(ref.row->effective_limit, ref.row->high);
        e->moved /= 2;
        mx_cgroup_peak_take(p, e, ref.row->current, ref.block[CGROUP_STAT][0]);
        e->looked_at = e->shown_at = p->now;
        e->shown = true;
        p->shown[i] = &e->anon;
        return 0;
}

static void forget_shown(struct cgroup_peaks *p)
{
        for (size_t i = 0; i < p->turn.n; i++)
                mx_cgroup_peak_at(p, p->turn.peak[i])->shown = false;
        p->turn.n = p->hot.n = p->cold.n = 0;
}

/* Who is looked at most: those that moved, and the largest, as they can move most. */
static void make_rings(struct cgroup_peaks *p)
{
        for (uint32_t i = 0; i < p->n_blocks * BLOCK; i++) {
                struct cgroup_peak *e = mx_cgroup_peak_at(p, i);

                if (e->shown) {
                        p->item[p->turn.n] = (struct mx_topn){ .value = e->moved + e->last / 8 + 1,
                                                               .index = i,
                                                               .incumbent = e->hot };
                        p->turn.peak[p->turn.n++] = i;
                }
                e->hot = false;
        }
        p->hot.n = mx_topn_select(p->item, p->turn.n, p->fds_max);
        p->cold.n = p->turn.n - p->hot.n;
        for (size_t i = 0; i < p->turn.n; i++)
                if (i < p->hot.n)
                        p->hot.peak[i] = p->item[i].index;
                else
                        p->cold.peak[i - p->hot.n] = p->item[i].index;
        for (size_t i = 0; i < p->hot.n; i++)
                mx_cgroup_peak_at(p, p->hot.peak[i])->hot = true;
        for (uint32_t i = 0; i < p->n_blocks * BLOCK; i++) {
                struct cgroup_peak *e = mx_cgroup_peak_at(p, i);

                if (!e->hot)
                        e->fd = mx_close(e->fd);
        }
}

uint64_t mx_cgroup_peaks_longest(struct cgroup_peaks *p)
{
        uint64_t longest = p->longest;

        for (size_t i = 0; longest != MX_ABSENT && i < p->turn.n; i++)
                longest =
                        MX_MAX(longest, p->now - mx_cgroup_peak_at(p, p->turn.peak[i])->looked_at);
        p->longest = MX_ABSENT;
        return longest;
}

int mx_cgroup_peaks_run(struct cgroup_peaks *p)
{
        const struct cgroup_walk *w = p->walk;
        uint64_t most = w->options->max_cgroups + w->options->max_cgroups / 4;
        int r = w->options->period > 0 ? reserve(p, w->n_rows) : 0;

        if (r < 0 || w->options->period == 0)
                return r;
        forget_shown(p);
        for (size_t i = 0; i < w->n_rows && r == 0; i++)
                r = take_row(p, i);
        forget(p, p->n_used > most ? 0 : CGROUP_PEAK_KEEP);
        make_rings(p);
        return r;
}
