/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the guard share: guard.c (states), guard_room.c (who makes room), and
 * guard_sweeper.c (whose time is up). All functions but the sweeper's start and stop: under the
 * lock. */
#ifndef GUARD_PRIVATE_H
#define GUARD_PRIVATE_H

#include "clients.h"
#include "guard.h"
#include "pool.h"

#include <pthread.h>

#define GUARD_NEVER UINT64_MAX

struct guard_slot {
        TAILQ_ENTRY(guard_slot) in_state, of_client, in_flight, in_flight_of_client;
        struct client *client;
        uint64_t since; /* in this state */
        int fd;
        enum guard_state state : 8;
        bool admitted; /* is in flight */
        uint64_t admitted_since;
        bool out;       /* put out: in no list, and not counted */
        bool has_begun; /* a request, of which the first line has come. The owner's, without the
                           lock */
};

struct guard {
        pthread_mutex_t lock; /* guards all below */
        pthread_cond_t wake;
        pthread_t thread;
        bool has_thread, quit, drains;
        uint64_t sleeps_until; /* the thread looks again then at the latest */
        struct guard_limits limits;
        struct guard_counts counts;
        struct guard_slots slots[GUARD_STATES_]; /* longest in the state first */
        struct guard_slots in_flight;            /* longest in flight first */
        struct clients clients;
        struct pool pool;
};

/* guard.c: shuts the connection down and counts it no more. */
void guard_put_out(struct guard *g, struct guard_slot *slot, enum guard_reason reason);

/* guard_room.c: makes room for one more, if there has to be some. False when nobody can be put out:
 * then *reterr_reason is set. */
bool guard_room_for_connection(struct guard *g, const struct client *client, uint64_t now,
                               enum guard_reason *reterr_reason);
bool guard_room_for_request(struct guard *g, const struct client *client, uint64_t now);

/* guard_sweeper.c */
int guard_sweeper_start(struct guard *g);
void guard_sweeper_stop(struct guard *g);
/* When a connection that enters the state at `since` is put out, or GUARD_NEVER. */
uint64_t guard_deadline(const struct guard *g, enum guard_state state, uint64_t since);
/* There is a new deadline. */
void guard_sweeper_expect(struct guard *g, uint64_t deadline);

#endif
