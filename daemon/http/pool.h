/* SPDX-License-Identifier: Apache-2.0 */
/* Items of one size, in blocks of one page that are mapped when needed and unmapped when their last
 * item has come back: a crowd that has gone leaves nothing behind, which malloc() does not promise.
 * One empty block is kept, so that a number that swings around a boundary maps nothing. Not for
 * several threads at once. */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>
#include <sys/queue.h>

struct pool_block;

struct pool {
        TAILQ_HEAD(pool_blocks, pool_block) roomy; /* blocks with room; an empty one last */
        size_t page, item_size, per_block;
        unsigned blocks, empty;
};

/* `item_size` is at least that of a pointer and far below a page (4 KiB). */
void pool_init(struct pool *p, size_t item_size);
void pool_done(struct pool *p); /* every item has come back */

void *pool_get(struct pool *p); /* zeroed; NULL when out of memory */
void pool_put(struct pool *p, void *item);

#endif
