/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALIGNED(n) (((n) + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t))

struct free_item {
        struct free_item *next;
};

/* At the start of its page, so that an item finds it by its own address. */
struct pool_block {
        TAILQ_ENTRY(pool_block) links;
        struct free_item *free;
        size_t fresh; /* items from this one on have never been out */
        size_t used;
};

#define HEADER ALIGNED(sizeof(struct pool_block))

void pool_init(struct pool *p, size_t item_size)
{
        *p = (struct pool){ .page = (size_t)sysconf(_SC_PAGESIZE),
                            .item_size = ALIGNED(item_size) };
        p->per_block = (p->page - HEADER) / p->item_size;
        TAILQ_INIT(&p->roomy);
}

static struct pool_block *block_of(const struct pool *p, void *item)
{
        char *at = item;

        return (struct pool_block *)(void *)(at - ((uintptr_t)at & (p->page - 1)));
}

static void block_free(struct pool *p, struct pool_block *b)
{
        TAILQ_REMOVE(&p->roomy, b, links);
        munmap(b, p->page);
        p->blocks--;
}

void pool_done(struct pool *p)
{
        struct pool_block *b;

        if (p->page == 0)
                return;
        while ((b = TAILQ_FIRST(&p->roomy)))
                block_free(p, b);
}

static struct pool_block *block_new(struct pool *p)
{
        struct pool_block *b =
                mmap(NULL, p->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (b == MAP_FAILED)
                return NULL;
        TAILQ_INSERT_HEAD(&p->roomy, b, links);
        p->blocks++;
        p->empty++;
        return b;
}

void *pool_get(struct pool *p)
{
        struct pool_block *b = TAILQ_FIRST(&p->roomy) ?: block_new(p);
        void *item;

        if (!b)
                return NULL;
        if (b->free) {
                item = b->free;
                b->free = b->free->next;
        } else
                item = (char *)b + HEADER + b->fresh++ * p->item_size;
        if (b->used++ == 0)
                p->empty--;
        if (b->used == p->per_block)
                TAILQ_REMOVE(&p->roomy, b, links);
        return memset(item, 0, p->item_size);
}

void pool_put(struct pool *p, void *item)
{
        struct pool_block *b = block_of(p, item);
        struct free_item *f = item;

        f->next = b->free;
        b->free = f;
        /* The fullest blocks are first in line for the next item, so that the others run empty. */
        if (b->used-- == p->per_block)
                TAILQ_INSERT_HEAD(&p->roomy, b, links);
        if (b->used > 0)
                return;
        TAILQ_REMOVE(&p->roomy, b, links);
        TAILQ_INSERT_TAIL(&p->roomy, b, links);
        if (p->empty > 0)
                block_free(p, b);
        else
                p->empty++;
}
