/* SPDX-License-Identifier: Apache-2.0 */
#include "clients.h"

#include "clock.h"
#include "mx/cleanup.h"

#include <string.h>
#include <sys/random.h>

void clients_init(struct clients *cs)
{
        pool_init(&cs->pool, sizeof(struct client));
        /* Who may choose addresses (whole networks of IPv6) should not choose one bucket for all.
         */
        if (getrandom(&cs->seed, sizeof(cs->seed), GRND_NONBLOCK) != (ssize_t)sizeof(cs->seed))
                cs->seed = clock_usec(CLOCK_MONOTONIC) ^ (uintptr_t)cs;
}

void clients_done(struct clients *cs)
{
        pool_done(&cs->pool);
}

static struct client_list *bucket_of(struct clients *cs, const unsigned char *address)
{
        uint64_t half[2], h;

        _Static_assert(sizeof(half) == GUARD_ADDRESS_LEN, "an address is two words");
        memcpy(half, address, sizeof(half));
        h = (half[0] ^ cs->seed) * 0x9e3779b97f4a7c15U;
        h = (h ^ h >> 32 ^ half[1]) * 0xd6e8feb86659fd93U;
        h = (h ^ h >> 32) * 0xd6e8feb86659fd93U;
        return &cs->table[h >> 32 & (CLIENTS_BUCKETS - 1)];
}

struct client *clients_get(struct clients *cs, const unsigned char address[GUARD_ADDRESS_LEN])
{
        struct client_list *bucket = bucket_of(cs, address);
        struct client *c;

        LIST_FOREACH(c, bucket, chain)
        if (memcmp(c->address, address, GUARD_ADDRESS_LEN) == 0)
                break;
        if (!c) {
                c = pool_get(&cs->pool);
                if (!c)
                        return NULL;
                memcpy(c->address, address, GUARD_ADDRESS_LEN);
                for (size_t s = 0; s < GUARD_LISTS_; s++)
                        TAILQ_INIT(&c->slots[s]);
                LIST_INSERT_HEAD(bucket, c, chain);
        }
        c->refs++;
        return c;
}

void clients_put(struct clients *cs, struct client *c)
{
        if (--c->refs > 0)
                return;
        LIST_REMOVE(c, chain);
        pool_put(&cs->pool, c);
}

/* A count moves by one, so the highest level does: this is O(1), however many clients there are. */
void clients_count(struct clients *cs, struct client *c, enum guard_state state, bool more)
{
        struct client_list *levels = cs->levels[state];
        unsigned height;

        if (c->in[state] > 0)
                LIST_REMOVE(c, level[state]);
        c->in[state] += more ? 1 : -1U;
        height = MX_MIN(c->in[state], CLIENTS_LEVELS - 1U);
        if (height > 0)
                LIST_INSERT_HEAD(&levels[height], c, level[state]);
        if (height > cs->top[state])
                cs->top[state] = height;
        else if (cs->top[state] > 0 && LIST_EMPTY(&levels[cs->top[state]]))
                cs->top[state]--;
}

struct client *clients_most(const struct clients *cs, enum guard_state state)
{
        return LIST_FIRST(&cs->levels[state][cs->top[state]]);
}
