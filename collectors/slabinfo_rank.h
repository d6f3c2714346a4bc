/* SPDX-License-Identifier: Apache-2.0 */
/* Which slab caches are shown; the inside of the slabinfo collector. Arrays grow to the largest
 * file seen and stay, so that a run allocates nothing once warm. */
#ifndef COLLECTORS_SLABINFO_RANK_H
#define COLLECTORS_SLABINFO_RANK_H

#include "mx/topn.h"
#include "slabinfo.h"

/* A cache as it is emitted. */
struct slab_row {
        const char *name;
        uint32_t name_len;
        bool incumbent; /* was chosen last time */
        uint64_t active, objects, object_size, pages;
};

struct slab_rank {
        size_t size; /* elements of each of the arrays, less one of `shown` and `labels` */
        struct mx_slab *parsed;
        struct slab_row *rows;  /* n_rows of them, no two of one name */
        struct slab_row *shown; /* those chosen, the largest first, and the remainder after them */
        struct mx_labels *labels; /* of `shown` */
        struct mx_topn *items;    /* n_items candidates */
        uint32_t *bucket; /* by hash of the name: index into rows + 1; 0 is empty; 2 * size, a power
                             of two */
        size_t n_rows, n_items;

        struct mx_buf incumbents; /* names chosen last time: for each its length in two bytes, then
                                     itself */
};

/* Parses a file and unites the caches of one name: what can be added is, an object size that
 * differs is absent. Names point into `buf`. Returns 0; -E2BIG above 65536 caches, -ENOMEM, or what
 * mx_slabinfo_parse() says. */
int slab_rank_load(struct slab_rank *k, const char *buf, size_t len, size_t *ret_skipped,
                   struct mx_err *reterr);

/* Orders the caches that `may_show` accepts so that the first are the largest, with hysteresis in
 * favour of the last run's. Returns how many are chosen, at most `n`. */
size_t slab_rank_choose(struct slab_rank *k, size_t n,
                        bool (*may_show)(void *arg, const char *name, size_t len), void *arg);

/* Fills `shown` with the first `n` of those chosen and one remainder, and keeps their names for the
 * next run. Returns 0, -ENOMEM or -E2BIG. */
int slab_rank_settle(struct slab_rank *k, size_t n);

/* Accepts a zeroed one. */
void slab_rank_done(struct slab_rank *k);

#endif
