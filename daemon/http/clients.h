/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of guard.h by their address, and who of them has the most connections in a state.
 * Under the guard's lock. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include "guard.h"
#include "pool.h"

#include <sys/queue.h>

/* In the order in which they make room. To be in flight is no state of its own, but is listed and
 * counted alike. */
enum guard_state {
        GUARD_WAITING,
        GUARD_IDLE,
        GUARD_BUSY,
        GUARD_STATES_,
        GUARD_IN_FLIGHT = GUARD_STATES_,
        GUARD_LISTS_,
};

#define CLIENTS_BUCKETS 512
#define CLIENTS_LEVELS  256 /* who has more than this - 1 connections in a state is all the same */

TAILQ_HEAD(guard_slots, guard_slot);

struct client {
        unsigned char address[GUARD_ADDRESS_LEN];
        unsigned refs;                          /* slots, also those that have been put out */
        unsigned connections;                   /* those that have not */
        unsigned in[GUARD_LISTS_];              /* of these */
        struct guard_slots slots[GUARD_LISTS_]; /* longest first */
        LIST_ENTRY(client) chain;
        LIST_ENTRY(client) level[GUARD_LISTS_];
};

LIST_HEAD(client_list, client);

struct clients {
        struct client_list table[CLIENTS_BUCKETS];
        struct client_list levels[GUARD_LISTS_][CLIENTS_LEVELS]; /* by client.in; 0 is not used */
        unsigned top[GUARD_LISTS_]; /* the highest level that is not empty, or 0 */
        struct pool pool;
        uint64_t seed;
};

/* Zeroed memory is enough for clients_done(). */
void clients_init(struct clients *cs);
void clients_done(struct clients *cs);

/* The client with this address, with one reference more; NULL when out of memory. */
struct client *clients_get(struct clients *cs, const unsigned char address[GUARD_ADDRESS_LEN]);
void clients_put(struct clients *cs, struct client *c);

/* One connection more, or one less, is in the state. */
void clients_count(struct clients *cs, struct client *c, enum guard_state state, bool more);

/* Who has the most connections in the state; NULL when nobody has one. */
struct client *clients_most(const struct clients *cs, enum guard_state state);

#endif
