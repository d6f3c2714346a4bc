/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_queue.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

static bool is_from(const unsigned char a[AUTH_ADDRESS_LEN],
                    const unsigned char b[AUTH_ADDRESS_LEN])
{
        return memcmp(a, b, AUTH_ADDRESS_LEN) == 0;
}

static unsigned waiters_of(const struct auth_queue *q, const unsigned char from[AUTH_ADDRESS_LEN])
{
        unsigned n = 0;

        for (size_t i = 0; i < AUTH_WAITERS_MAX; i++)
                n += q->waiters[i].job && is_from(q->waiters[i].from, from);
        return n;
}

static unsigned jobs_of(const struct auth_queue *q, const unsigned char from[AUTH_ADDRESS_LEN])
{
        unsigned n = 0;

        for (size_t i = 0; i < AUTH_JOBS_MAX; i++)
                n += q->jobs[i].state != AUTH_JOB_FREE && is_from(q->jobs[i].from, from);
        return n;
}

static struct auth_waiter *free_waiter(struct auth_queue *q)
{
        for (size_t i = 0; i < AUTH_WAITERS_MAX; i++)
                if (!q->waiters[i].job)
                        return &q->waiters[i];
        return NULL;
}

static struct auth_job *free_job(struct auth_queue *q)
{
        for (size_t i = 0; i < AUTH_JOBS_MAX; i++)
                if (q->jobs[i].state == AUTH_JOB_FREE)
                        return &q->jobs[i];
        return NULL;
}

/* The round in which this address has its next turn: the one that is under way, or the one after
 * the last it has asked for. */
static uint64_t next_round(const struct auth_queue *q, const unsigned char from[AUTH_ADDRESS_LEN])
{
        uint64_t round = q->round;

        for (size_t i = 0; i < AUTH_JOBS_MAX; i++)
                if (q->jobs[i].state != AUTH_JOB_FREE && is_from(q->jobs[i].from, from) &&
                    q->jobs[i].round >= round)
                        round = q->jobs[i].round + 1;
        return round;
}

static struct auth_job *find(struct auth_queue *q, const unsigned char digest[AUTH_DIGEST_LEN])
{
        struct auth_job *found = NULL;

        for (size_t i = 0; i < AUTH_JOBS_MAX; i++)
                if (q->jobs[i].state != AUTH_JOB_FREE &&
                    gnutls_memcmp(q->jobs[i].claim.digest, digest, AUTH_DIGEST_LEN) == 0)
                        found = &q->jobs[i];
        return found;
}

/* The newest waiter of the address that has the most, and two more than `own`; or NULL. */
static struct auth_waiter *spare_waiter(struct auth_queue *q, unsigned own)
{
        struct auth_waiter *spare = NULL;
        unsigned most = own + 1;

        for (size_t i = 0; i < AUTH_WAITERS_MAX; i++) {
                struct auth_waiter *w = &q->waiters[i];
                unsigned n = w->job ? waiters_of(q, w->from) : 0;

                if (n > most || (spare && n == most && w->number > spare->number)) {
                        spare = w;
                        most = n;
                }
        }
        return spare;
}

static bool is_shared(const struct auth_queue *q, const struct auth_job *job)
{
        bool shared = false;

        for (size_t i = 0; i < AUTH_WAITERS_MAX; i++)
                shared |= q->waiters[i].job == job && !is_from(q->waiters[i].from, job->from);
        return shared;
}

static bool is_sparer(const struct auth_queue *q, const struct auth_job *a,
                      const struct auth_job *b)
{
        bool a_shared = is_shared(q, a), b_shared = is_shared(q, b);

        return a_shared != b_shared ? b_shared : a->number > b->number;
}

/* Likewise. Who has two has one that waits, for one at most is under way. */
static struct auth_job *spare_job(struct auth_queue *q, unsigned own)
{
        struct auth_job *spare = NULL;
        unsigned most = own + 1;

        for (size_t i = 0; i < AUTH_JOBS_MAX; i++) {
                struct auth_job *job = &q->jobs[i];
                unsigned n = job->state == AUTH_JOB_WAITS ? jobs_of(q, job->from) : 0;

                if (n > most || (spare && n == most && is_sparer(q, job, spare))) {
                        spare = job;
                        most = n;
                }
        }
        return spare;
}

/* What nobody waits for any more is not begun, unless it is about to be joined. */
static size_t put_out(struct auth_waiter *w, const struct auth_job *joined, struct auth_queue *q,
                      struct auth_waiter *ret)
{
        struct auth_job *job = w->job;
        bool wanted = job == joined || job->state != AUTH_JOB_WAITS;

        *ret = *w;
        w->job = NULL;
        for (size_t i = 0; i < AUTH_WAITERS_MAX; i++)
                wanted |= q->waiters[i].job == job;
        if (!wanted)
                explicit_bzero(job, sizeof(*job));
        return 1;
}

/* A place for a waiter and, unless it joins one, for a verification. Returns how many were put out:
 * none if there is room, or if none can be made. */
static size_t make_room(struct auth_queue *q, const unsigned char from[AUTH_ADDRESS_LEN],
                        const struct auth_job *joined, struct auth_waiter ret[AUTH_WAITERS_MAX])
{
        if (!joined && !free_job(q)) {
                struct auth_job *job = spare_job(q, jobs_of(q, from));

                return job ? auth_queue_end(q, job, ret) : 0; /* its waiters leave places, too */
        }
        if (!free_waiter(q)) {
                struct auth_waiter *w = spare_waiter(q, waiters_of(q, from));

                return w ? put_out(w, joined, q, ret) : 0;
        }
        return 0;
}

int auth_queue_add(struct auth_queue *q, const struct auth_claim *claim,
                   const unsigned char from[AUTH_ADDRESS_LEN], void (*done)(void *cls, bool good),
                   void *cls, struct auth_waiter ret[AUTH_WAITERS_MAX])
{
        struct auth_job *joined = find(q, claim->digest), *job;
        struct auth_waiter *w;
        uint64_t round;
        size_t n;

        if (waiters_of(q, from) >= AUTH_WAITERS_PER_ADDRESS ||
            (!joined && jobs_of(q, from) >= AUTH_JOBS_PER_ADDRESS))
                return -EBUSY;
        n = make_room(q, from, joined, ret);
        w = free_waiter(q);
        job = joined ? joined : free_job(q);
        if (!w || !job)
                return -EBUSY;
        round = next_round(q, from);
        q->number++;
        if (!joined) {
                job->state = AUTH_JOB_WAITS;
                job->claim = *claim;
                memcpy(job->from, from, AUTH_ADDRESS_LEN);
                job->round = round;
                job->number = q->number;
        } else if (round < job->round) {
                job->round = round; /* who joins is not made to wait for the turn of another */
        }
        *w = (struct auth_waiter){ .done = done, .cls = cls, .job = job, .number = q->number };
        memcpy(w->from, from, AUTH_ADDRESS_LEN);
        return (int)n;
}

struct auth_job *auth_queue_next(struct auth_queue *q)
{
        struct auth_job *next = NULL;

        for (size_t i = 0; i < AUTH_JOBS_MAX; i++) {
                struct auth_job *job = &q->jobs[i];

                if (job->state == AUTH_JOB_WAITS &&
                    (!next || job->round < next->round ||
                     (job->round == next->round && job->number < next->number)))
                        next = job;
        }
        if (next) {
                next->state = AUTH_JOB_RUNS;
                q->round = next->round;
        }
        return next;
}

size_t auth_queue_end(struct auth_queue *q, struct auth_job *job,
                      struct auth_waiter ret[AUTH_WAITERS_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < AUTH_WAITERS_MAX; i++)
                if (q->waiters[i].job == job) {
                        ret[n++] = q->waiters[i];
                        q->waiters[i].job = NULL;
                }
        explicit_bzero(job, sizeof(*job));
        return n;
}

size_t auth_queue_empty(struct auth_queue *q, struct auth_waiter ret[AUTH_WAITERS_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < AUTH_WAITERS_MAX; i++)
                if (q->waiters[i].job) {
                        ret[n++] = q->waiters[i];
                        q->waiters[i].job = NULL;
                }
        for (size_t i = 0; i < AUTH_JOBS_MAX; i++)
                if (q->jobs[i].state == AUTH_JOB_WAITS)
                        explicit_bzero(&q->jobs[i], sizeof(q->jobs[i]));
        return n;
}
