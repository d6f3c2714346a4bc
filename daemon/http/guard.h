/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and their limits. Every connection has a slot here that says since when it is in
 * which state; one that stays too long, or that has to make room for a newer one, is shut down
 * (shutdown(2)): its owner sees the end of the stream and closes it. Knows sockets and clocks,
 * nothing of HTTP. All functions: any thread.
 *
 * States: WAITING (no complete request yet) -> BUSY (a request is being answered) -> IDLE (kept for
 * the next request) -> BUSY ... An answer that is large or dear is counted among the requests in
 * flight while it is under way.
 *
 * Who makes room: with all connections taken, or all that one address may have, a new connection
 * puts out the one (of that address) that is of least worth: WAITING before IDLE before BUSY, and
 * the longest in its state first; with all connections taken, of the address that has the most in
 * that state, so that a flood from one address puts out its own. A client that asks and reads is
 * never the one put out while another is merely silent. A BUSY one goes only when its request is
 * older than `stall_usec`; with nobody to put out, the newcomer itself goes. */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define GUARD_ADDRESS_LEN 16

struct guard;
struct guard_slot;

struct guard_limits {         /* 0: any number, and for ever; an answer stalls at once */
        unsigned connections; /* at once, of all listeners */
        unsigned per_address; /* at once, of one IPv4 address or one IPv6 /64 */
        unsigned requests;    /* in flight at once */
        uint64_t header_usec; /* from the start of a connection to its first complete request */
        uint64_t idle_usec;   /* from the end of an answer to the next complete request */
        uint64_t answer_usec; /* from the complete request to the end of the answer */
        uint64_t stall_usec;  /* an answer this old makes room for a new request */
};

/* Starts a thread, which sleeps until the next deadline of a connection. Returns 0 or a negative
 * errno. */
int guard_new(struct guard **ret, const struct guard_limits *limits);
void guard_free(struct guard *g); /* accepts NULL; no slot is in use */

/* Connections and requests over a new limit of their number stay until they end; new limits of time
 * are those of all connections, at once. */
void guard_set_limits(struct guard *g, const struct guard_limits *limits);

/* A new connection. Never refuses: it takes the place of another. NULL only when out of memory:
 * such a connection is not counted. `fd` stays the caller's, who closes it
 * after guard_close(). */
struct guard_slot *guard_open(struct guard *g, int fd, const struct sockaddr *address);
void guard_close(struct guard *g, struct guard_slot *slot); /* accepts NULL */

/* These accept NULL, and a slot that has been put out in the meantime: then nothing happens, and
 * guard_admit() is false without being counted.
 *
 * A complete request has come. */
void guard_request(struct guard *g, struct guard_slot *slot);
/* It will be answered with something large or dear. With all places in flight taken, the answer
 * longest in flight makes room if it is older than `stall_usec`, or else the oldest of the address
 * that has the most in flight, if that has at least two more than the one that asks: one address
 * cannot keep others from their answers. False: too many are in flight. */
bool guard_admit(struct guard *g, struct guard_slot *slot);
/* The answer is out, or given up. Ends what guard_request() and guard_admit() began. A client that
 * has ended its side of the stream by now is read as ended once more (shutdown(2), SHUT_RD), for
 * owners who wait for edges and have missed that one. By the thread that owns `fd`. */
void guard_done(struct guard *g, struct guard_slot *slot);

/* The first line of a request has come. One thread at a time for each slot, without a lock. */
void guard_begun(struct guard_slot *slot);

/* The owner is about to end, and no more connections come. From now on a connection that is IDLE is
 * read as ended (shutdown(2), SHUT_RD), unless a part of a request has come on it: what the client
 * sends before the owner sees that is still read, and can be answered. WAITING and BUSY ones go on.
 * By the thread that owns the connections, as is guard_done() then. */
void guard_drain(struct guard *g);

/* The client's address as compared: an IPv4 address (also one mapped into IPv6), an IPv6 /64, or
 * all zeroes for a unix socket. */
void guard_address(const struct sockaddr *address, unsigned char ret[GUARD_ADDRESS_LEN]);
const unsigned char *guard_slot_address(const struct guard_slot *slot);

enum guard_reason {
        GUARD_HEADER_TIMEOUT,
        GUARD_IDLE_TIMEOUT,
        GUARD_ANSWER_TIMEOUT,
        GUARD_CONNECTIONS, /* put out for a newer connection */
        GUARD_ADDRESS,     /* ... of the same address */
        GUARD_STALLED,     /* its answer made room for a new request */
        GUARD_REASON_MAX_,
};
extern const char *const guard_reasons[GUARD_REASON_MAX_]; /* as label values */

struct guard_counts {
        unsigned connections, requests_in_flight; /* now */
        uint64_t closed[GUARD_REASON_MAX_];       /* put out, by reason */
        uint64_t turned_away;                     /* requests over the limit */
};
void guard_counts(struct guard *g, struct guard_counts *ret);

/* What the thread does when it wakes, as if it were that time on CLOCK_MONOTONIC. Returns the next
 * deadline, or UINT64_MAX. For tests. */
uint64_t guard_sweep(struct guard *g, uint64_t now_usec);

#endif
