/* SPDX-License-Identifier: Apache-2.0 */
#include "http_auth.h"

#include "auth_memory.h"
#include "auth_queue.h"
#include "auth_users.h"
#include "basic_credentials.h"
#include "bcrypt_thread.h"
#include "clock.h"
#include "mx/cleanup.h"
#include "thread.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <string.h>

#define LATE_MAX_USEC 10000000 /* no answer is put off for longer, whatever was measured */
#define TRIES_MAX     3        /* so often the users may change while one is verified */
#define REFUSAL_PACE  2
#define END_MAX_USEC  500000 /* of waiting for the threads; the daemon has 3 s to end */

/* Two threads: one minds the queue and tells the outcomes, at the priority of those it shares a
 * lock with; the other computes, and shares none. */
struct auth {
        pthread_mutex_t lock; /* held for microseconds; of all below but `key` and `bcrypt` */
        pthread_cond_t changed;
        struct auth_key key;
        struct auth_users *users;
        struct auth_memory good, bad;
        struct auth_queue queue;
        struct auth_counts counts;
        uint64_t took[AUTH_COST_MAX + 1]; /* the last verification of each cost; 0: none yet */
        pthread_t thread;
        struct bcrypt_thread *bcrypt; /* NULL: not started yet */
        bool has_thread, stopped, quit;
        bool ended, left; /* the thread is about to return; it frees all this then */
        unsigned telling; /* threads that are about to call done() */
};

int auth_new(struct auth **ret)
{
        struct auth *a = calloc(1, sizeof(*a));
        pthread_condattr_t attr;
        int e;

        if (!a)
                return -ENOMEM;
        pthread_mutex_init(&a->lock, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&a->changed, &attr);
        pthread_condattr_destroy(&attr);
        e = gnutls_rnd(GNUTLS_RND_KEY, a->key.bytes, sizeof(a->key.bytes)) < 0 ? -EIO : 0;
        if (e == 0)
                e = auth_users_new(&a->users, &a->key, &(struct web_config){ 0 }, NULL);
        if (e < 0) {
                auth_free(a);
                return e;
        }
        *ret = a;
        return 0;
}

/* No thread uses it any more. */
static void destroy(struct auth *a)
{
        bcrypt_thread_free(a->bcrypt); /* idle, or NULL */
        auth_users_free(a->users);
        pthread_cond_destroy(&a->changed);
        pthread_mutex_destroy(&a->lock);
        explicit_bzero(a, sizeof(*a));
        free(a);
}

/* False: it has been left behind, with all that is `a`'s. */
static bool end_thread(struct auth *a)
{
        uint64_t usec = clock_usec(CLOCK_MONOTONIC) + END_MAX_USEC;
        struct timespec until = { .tv_sec = (time_t)(usec / 1000000),
                                  .tv_nsec = (long)(usec % 1000000) * 1000 };
        pthread_t thread = a->thread;
        bool ended;

        pthread_mutex_lock(&a->lock);
        a->quit = true;
        pthread_cond_broadcast(&a->changed);
        while (!a->ended && clock_usec(CLOCK_MONOTONIC) < usec)
                pthread_cond_timedwait(&a->changed, &a->lock, &until);
        ended = a->ended;
        a->left = !ended;
        if (!ended)
                pthread_detach(thread);
        pthread_mutex_unlock(&a->lock);
        if (ended)
                pthread_join(thread, NULL);
        return ended;
}

void auth_free(struct auth *a)
{
        if (!a)
                return;
        auth_stop(a);
        if (!a->has_thread || end_thread(a))
                destroy(a);
}

int auth_set_users(struct auth *a, const struct web_config *c)
{
        struct auth_users *users = NULL, *old;
        int e;

        pthread_mutex_lock(&a->lock);
        e = auth_users_new(&users, &a->key, c, a->users);
        old = a->users;
        if (e == 0)
                a->users = users;
        pthread_mutex_unlock(&a->lock);
        if (e == 0)
                auth_users_free(old);
        return e < 0 ? -ENOMEM : 0;
}

static int parse(const char *header, struct basic_credentials *ret)
{
        if (!header)
                return -EINVAL;
        return basic_credentials_parse(header, strnlen(header, BASIC_HEADER_MAX + 1), ret);
}

enum auth_verdict auth_check(struct auth *a, const char *header)
{
        struct basic_credentials c = { 0 };
        struct auth_claim claim = { 0 };
        enum auth_verdict verdict = AUTH_REFUSED;
        bool is_claim = parse(header, &c) == 0;

        pthread_mutex_lock(&a->lock);
        if (!auth_users_any(a->users)) {
                verdict = AUTH_OK;
        } else if (is_claim && auth_users_claim(a->users, &a->key, &c, &claim) == 0) {
                verdict = auth_memory_has(&a->good, claim.digest) ? AUTH_OK : AUTH_ASK;
                a->counts.verified += verdict == AUTH_OK;
        }
        pthread_mutex_unlock(&a->lock);
        explicit_bzero(&c, sizeof(c));
        explicit_bzero(&claim, sizeof(claim));
        return verdict;
}

/* How long a verification of this cost takes: as long as the last one, or, without any, as one of
 * another cost says, for each step doubles the work. */
static uint64_t expected(const struct auth *a, unsigned cost)
{
        uint64_t usec = 0;
        unsigned from = cost;

        for (unsigned away = 0; away <= AUTH_COST_MAX && usec == 0; away++) {
                if (away <= cost && a->took[cost - away])
                        from = cost - away;
                else if (cost + away <= AUTH_COST_MAX && a->took[cost + away])
                        from = cost + away;
                else
                        continue;
                usec = a->took[from];
        }
        for (; from < cost && usec < LATE_MAX_USEC; from++)
                usec *= 2;
        for (; from > cost; from--)
                usec /= 2;
        return MX_MIN(usec, (uint64_t)LATE_MAX_USEC);
}

static bool verify(struct auth *a, const struct auth_claim *claim, const char *hash)
{
        uint64_t usec;
        bool good;

        pthread_mutex_unlock(&a->lock);
        good = bcrypt_thread_verify(a->bcrypt, hash, claim->password, &usec);
        pthread_mutex_lock(&a->lock);
        a->counts.computed++;
        a->took[auth_hash_cost(hash)] = MX_MAX(usec, (uint64_t)1);
        return good;
}

static void wait_until(struct auth *a, uint64_t usec)
{
        struct timespec until = { .tv_sec = (time_t)(usec / 1000000),
                                  .tv_nsec = (long)(usec % 1000000) * 1000 };

        while (!a->stopped && clock_usec(CLOCK_MONOTONIC) < usec)
                pthread_cond_timedwait(&a->changed, &a->lock, &until);
}

/* Is the claim true against this hash? What is false takes REFUSAL_PACE times as long as the
 * dearest of all users' hashes, whoever is named and whether or not it is remembered: a flood of
 * wrong passwords gets half a processor at most, and that at the lowest priority. */
static bool settle_for(struct auth *a, const struct auth_claim *claim, const char *hash, bool known)
{
        /* The digest is about the hash that the user had then. */
        bool same = strcmp(hash, claim->hash) == 0, good;
        uint64_t begin = clock_usec(CLOCK_MONOTONIC);

        if (same && auth_memory_has(&a->good, claim->digest))
                return true;
        if (!same || !auth_memory_has(&a->bad, claim->digest)) {
                good = verify(a, claim, hash) && known;
                if (same)
                        auth_memory_add(good ? &a->good : &a->bad, claim->digest);
                if (good)
                        return true;
        }
        wait_until(a, begin + REFUSAL_PACE * expected(a, auth_users_cost(a->users)));
        return false;
}

/* The outcome for the users as they are when it is told. Called with the lock, which is given up in
 * between. */
static bool settle(struct auth *a, const struct auth_claim *claim)
{
        char hash[AUTH_HASH_LEN + 1];
        bool known, good = false, settled = false;

        for (unsigned i = 0; i < TRIES_MAX && !settled && !a->stopped; i++) {
                if (!auth_users_any(a->users))
                        return true;
                memcpy(hash, auth_users_hash(a->users, claim->user, &known), sizeof(hash));
                good = settle_for(a, claim, hash, known);
                settled = strcmp(hash, auth_users_hash(a->users, claim->user, &known)) == 0;
        }
        explicit_bzero(hash, sizeof(hash));
        return settled && good;
}

static void tell(const struct auth_waiter *waiters, size_t n, bool good)
{
        for (size_t i = 0; i < n; i++)
                if (waiters[i].done)
                        waiters[i].done(waiters[i].cls, good);
}

/* Tells those that are no longer in the queue. Called with the lock, which is given up for it. */
static void tell_unlocked(struct auth *a, const struct auth_waiter *waiters, size_t n, bool good)
{
        a->telling++;
        pthread_mutex_unlock(&a->lock);
        tell(waiters, n, good);
        pthread_mutex_lock(&a->lock);
        a->telling--;
        pthread_cond_broadcast(&a->changed);
}

/* Ends the other thread as well: however long that takes, it is waited for here. */
static void *end(struct auth *a)
{
        bool left;

        bcrypt_thread_free(MX_TAKE_PTR(a->bcrypt));
        pthread_mutex_lock(&a->lock);
        a->ended = true;
        left = a->left;
        pthread_cond_broadcast(&a->changed);
        pthread_mutex_unlock(&a->lock);
        if (left)
                destroy(a);
        return NULL;
}

static void *auth_main(void *cls)
{
        struct auth *a = cls;
        struct auth_waiter waiters[AUTH_WAITERS_MAX] = { { 0 } };

        pthread_mutex_lock(&a->lock);
        while (!a->quit) {
                struct auth_job *job = auth_queue_next(&a->queue);
                bool good;
                size_t n;

                if (!job) {
                        pthread_cond_wait(&a->changed, &a->lock);
                        continue;
                }
                good = settle(a, &job->claim);
                n = auth_queue_end(&a->queue, job, waiters);
                *(good ? &a->counts.verified : &a->counts.refused) += n;
                tell_unlocked(a, waiters, n, good);
        }
        pthread_mutex_unlock(&a->lock);
        return end(a);
}

/* With the first question, for most daemons have no users. */
static int start(struct auth *a)
{
        int e = a->bcrypt ? 0 : bcrypt_thread_new(&a->bcrypt);

        if (e == 0 && !a->has_thread) {
                e = thread_start(&a->thread, "auth", auth_main, a);
                a->has_thread = e == 0;
        }
        return e;
}

int auth_submit(struct auth *a, const char *header, const unsigned char from[16],
                void (*done)(void *cls, bool good), void *cls)
{
        struct basic_credentials c = { 0 };
        struct auth_claim claim = { 0 };
        struct auth_waiter out[AUTH_WAITERS_MAX] = { { 0 } };
        int e = parse(header, &c);

        if (e == 0) {
                pthread_mutex_lock(&a->lock);
                e = a->stopped ? -EBUSY : start(a);
                if (e == 0 && auth_users_claim(a->users, &a->key, &c, &claim) < 0)
                        e = -ENOMEM;
                if (e == 0)
                        e = auth_queue_add(&a->queue, &claim, from, done, cls, out);
                if (e >= 0)
                        pthread_cond_broadcast(&a->changed);
                a->counts.busy += e == -EBUSY ? 1 : (uint64_t)MX_MAX(e, 0);
                if (e > 0)
                        tell_unlocked(a, out, (size_t)e, false);
                pthread_mutex_unlock(&a->lock);
        }
        explicit_bzero(&c, sizeof(c));
        explicit_bzero(&claim, sizeof(claim));
        return MX_MIN(e, 0);
}

void auth_stop(struct auth *a)
{
        struct auth_waiter waiters[AUTH_WAITERS_MAX] = { { 0 } };
        size_t n;

        pthread_mutex_lock(&a->lock);
        a->stopped = true;
        n = auth_queue_empty(&a->queue, waiters);
        a->counts.busy += n;
        pthread_cond_broadcast(&a->changed);
        while (a->telling)
                pthread_cond_wait(&a->changed, &a->lock);
        pthread_mutex_unlock(&a->lock);
        tell(waiters, n, false);
}

struct auth_counts auth_counts(struct auth *a)
{
        struct auth_counts counts;

        pthread_mutex_lock(&a->lock);
        counts = a->counts;
        pthread_mutex_unlock(&a->lock);
        return counts;
}
