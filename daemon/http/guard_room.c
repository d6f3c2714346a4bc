/* SPDX-License-Identifier: Apache-2.0 */
/* Who makes room for whom. */
#include "guard_private.h"

static bool is_stale(const struct guard *g, const struct guard_slot *slot, uint64_t now)
{
        return slot && now - slot->since >= g->limits.stall_usec;
}

/* Of the longest in each state, who is of least worth; NULL when nobody can be asked to go. */
static struct guard_slot *least(const struct guard *g, struct guard_slot *waiting,
                                struct guard_slot *idle, struct guard_slot *busy, uint64_t now)
{
        return waiting ?: idle ?: is_stale(g, busy, now) ? busy : NULL;
}

static struct guard_slot *first_of(const struct client *c, enum guard_state state)
{
        return c ? TAILQ_FIRST(&c->slots[state]) : NULL;
}

static struct guard_slot *least_of_client(const struct guard *g, const struct client *c,
                                          uint64_t now)
{
        return least(g, first_of(c, GUARD_WAITING), first_of(c, GUARD_IDLE),
                     first_of(c, GUARD_BUSY), now);
}

/* Of those who have the most, so that a flood from one address puts out its own. */
static struct guard_slot *least_of_all(const struct guard *g, uint64_t now)
{
        const struct clients *cs = &g->clients;
        struct guard_slot *busy = first_of(clients_most(cs, GUARD_BUSY), GUARD_BUSY);

        if (!is_stale(g, busy, now))
                busy = TAILQ_FIRST(&g->slots[GUARD_BUSY]);
        return least(g, first_of(clients_most(cs, GUARD_WAITING), GUARD_WAITING),
                     first_of(clients_most(cs, GUARD_IDLE), GUARD_IDLE), busy, now);
}

bool guard_room_for_connection(struct guard *g, const struct client *client, uint64_t now,
                               enum guard_reason *reterr_reason)
{
        const struct guard_limits *l = &g->limits;
        enum guard_reason reason;
        struct guard_slot *victim;

        if (l->per_address > 0 && client->connections >= l->per_address) {
                reason = GUARD_ADDRESS;
                victim = least_of_client(g, client, now);
        } else if (l->connections > 0 && g->counts.connections >= l->connections) {
                reason = GUARD_CONNECTIONS;
                victim = least_of_all(g, now);
        } else
                return true;
        if (!victim) {
                *reterr_reason = reason;
                return false;
        }
        guard_put_out(g, victim, reason);
        return true;
}

/* An answer that is in flight when another request comes has not gone out in one piece: its client
 * does not keep up with reading. While it is young nobody can tell one that is slow from one that
 * stalls, but of two addresses the one with more in flight has the lesser claim to a place. Without
 * this, one address that stalls keeps all others from their answers for `stall_usec`, again and
 * again. */
static struct guard_slot *oldest_of_the_greedy(const struct guard *g, const struct client *client)
{
        const struct client *most = clients_most(&g->clients, GUARD_IN_FLIGHT);

        return most && most->in[GUARD_IN_FLIGHT] >= client->in[GUARD_IN_FLIGHT] + 2
                       ? first_of(most, GUARD_IN_FLIGHT)
                       : NULL;
}

bool guard_room_for_request(struct guard *g, const struct client *client, uint64_t now)
{
        struct guard_slot *victim = TAILQ_FIRST(&g->in_flight);

        if (g->limits.requests == 0 || g->counts.requests_in_flight < g->limits.requests)
                return true;
        /* Since it was admitted: before that it may have waited for us, as for bcrypt. */
        if (!victim || now - victim->admitted_since < g->limits.stall_usec)
                victim = oldest_of_the_greedy(g, client);
        if (!victim)
                return false;
        guard_put_out(g, victim, GUARD_STALLED);
        return true;
}
