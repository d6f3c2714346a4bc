/* SPDX-License-Identifier: Apache-2.0 */
/* Verifications that wait for their turn, and who waits for each. Addresses take turns: however
 * many one has waiting, the first of another waits for at most one of them. Nor can a few addresses
 * take all places: when there is none left, the one that has the most makes room for who has fewer.
 * No lock of its own, no allocation. */
#ifndef AUTH_QUEUE_H
#define AUTH_QUEUE_H

#include "auth_users.h"

#define AUTH_ADDRESS_LEN         16
#define AUTH_JOBS_MAX            32 /* different verifications, the one under way among them */
#define AUTH_JOBS_PER_ADDRESS    4
#define AUTH_WAITERS_MAX         64
#define AUTH_WAITERS_PER_ADDRESS 16 /* or one address could take all places with one password */

struct auth_waiter {
        void (*done)(void *cls, bool good);
        void *cls;
        unsigned char from[AUTH_ADDRESS_LEN];
        struct auth_job *job; /* NULL: a free place */
        uint64_t number;
};

struct auth_job {
        enum {
                AUTH_JOB_FREE,
                AUTH_JOB_WAITS,
                AUTH_JOB_RUNS
        } state; /* somebody waits for each that waits */
        struct auth_claim claim;
        unsigned char from[AUTH_ADDRESS_LEN]; /* of who asked first */
        uint64_t round, number; /* its turn: the lowest round, then the lowest number */
};

struct auth_queue { /* all zero: empty */
        struct auth_job jobs[AUTH_JOBS_MAX];
        struct auth_waiter waiters[AUTH_WAITERS_MAX];
        uint64_t round, number; /* of the last one begun; of the last one added */
};

/* Adds a verification, or a waiter for one that is there already. When all places are taken, the
 * newest waiter, or the newest verification that waits, of the address that has the most is put out
 * for it, provided that this one has at least two more than `from` has: so nobody puts out another
 * and is put out by him in turn. Of its verifications, those for which no other address waits go
 * first. Who was waiting is copied to `ret`. Returns how many were put out, or -EBUSY with nothing
 * changed. */
int auth_queue_add(struct auth_queue *q, const struct auth_claim *claim,
                   const unsigned char from[AUTH_ADDRESS_LEN], void (*done)(void *cls, bool good),
                   void *cls, struct auth_waiter ret[AUTH_WAITERS_MAX]);
/* Begins the next one; NULL when there is none. */
struct auth_job *auth_queue_next(struct auth_queue *q);
/* Ends it: who waited is copied to `ret`, the job is wiped. Returns how many. */
size_t auth_queue_end(struct auth_queue *q, struct auth_job *job,
                      struct auth_waiter ret[AUTH_WAITERS_MAX]);
/* Copies all that wait for anything to `ret` and wipes what has not begun; the one under way goes
 * on with nobody waiting for it. Returns how many. */
size_t auth_queue_empty(struct auth_queue *q, struct auth_waiter ret[AUTH_WAITERS_MAX]);

#endif
