/* SPDX-License-Identifier: Apache-2.0 */
#include "crew.h"

#include "clock.h"
#include "mx/cleanup.h"
#include "runner.h"
#include "thread.h"

#include <errno.h>
#include <sys/prctl.h>

#define NAME_AT_REST "collectors"

void crew_init(struct crew *c, atomic_uint *threads)
{
        *c = (struct crew){ .threads = threads };
        pthread_mutex_init(&c->lock, NULL);
        pthread_cond_init(&c->work, NULL);
        pthread_cond_init(&c->gone, NULL);
}

void crew_done(struct crew *c)
{
        pthread_mutex_destroy(&c->lock);
        pthread_cond_destroy(&c->work);
        pthread_cond_destroy(&c->gone);
}

static struct crew_place *place_of(struct runner *r)
{
        return &r->worker.place;
}

static void enqueue(struct crew *c, struct runner *r)
{
        struct runner **end = &c->first;

        while (*end)
                end = &place_of(*end)->next;
        *end = r;
        place_of(r)->next = NULL;
        place_of(r)->waits = true;
        c->n_waiting++;
}

static void dequeue(struct crew *c, struct runner *r)
{
        struct runner **at = &c->first;

        if (!place_of(r)->waits)
                return;
        while (*at != r)
                at = &place_of(*at)->next;
        *at = place_of(r)->next;
        place_of(r)->waits = false;
        c->n_waiting--;
}

/* The first who waits, but for those whose thread is not yet through with the run before. */
static struct runner *first_free(const struct crew *c)
{
        struct runner *r = c->first;

        while (r && place_of(r)->runs)
                r = place_of(r)->next;
        return r;
}

/* Rests until there is somebody to run. NULL: this thread is not needed any more. */
static struct runner *take_next(struct crew *c)
{
        struct runner *r;

        while (!(r = first_free(c))) {
                if (c->n_resting > 0 || c->n_collectors == 0)
                        return NULL;
                c->n_resting++;
                pthread_cond_wait(&c->work, &c->lock);
                c->n_resting--;
        }
        dequeue(c, r);
        place_of(r)->runs = true;
        c->moved_usec = clock_usec(CLOCK_BOOTTIME);
        return r;
}

static void name_thread(const char *name)
{
        (void)prctl(PR_SET_NAME, name); /* as far as it goes in */
}

/* The last that is done with a collector that has left while it ran. */
static void let_go(struct crew *c, struct runner *r)
{
        pthread_mutex_unlock(&c->lock);
        runner_leave(r);
        pthread_mutex_lock(&c->lock);
        place_of(r)->has_left = true;
        pthread_cond_broadcast(&c->gone);
        pthread_mutex_unlock(&c->lock);
        runner_unref(r);
        pthread_mutex_lock(&c->lock);
}

static void *crew_main(void *cls)
{
        struct crew *c = cls;
        struct runner *r;

        thread_yield_to_others();
        name_thread(NAME_AT_REST);
        pthread_mutex_lock(&c->lock);
        c->n_resting--; /* its place is taken up */
        while ((r = take_next(c))) {
                pthread_mutex_unlock(&c->lock);
                name_thread(r->config->collector->name);
                runner_begin(r);
                runner_run_worker(r, false);
                name_thread(NAME_AT_REST);
                pthread_mutex_lock(&c->lock);
                place_of(r)->runs = false;
                if (place_of(r)->leaves)
                        let_go(c, r);
        }
        atomic_fetch_sub(c->threads, 1);
        c->n_threads--;
        pthread_cond_broadcast(&c->gone);
        pthread_mutex_unlock(&c->lock); /* from here on, nothing that is shared is touched */
        return NULL;
}

/* The caller holds the lock, on which the new thread waits until its place is counted: a place that
 * came to nothing would have let the last thread end. */
static int add_thread(struct crew *c)
{
        pthread_t thread;
        int e = thread_start(&thread, NULL, crew_main, c);

        if (e < 0)
                return e;
        pthread_detach(thread);
        atomic_fetch_add(c->threads, 1);
        c->n_threads++;
        c->n_resting++;
        c->moved_usec = clock_usec(CLOCK_BOOTTIME);
        return 0;
}

int crew_join(struct crew *c, struct runner *r)
{
        int e = 0;

        pthread_mutex_lock(&c->lock);
        if (c->n_threads == 0)
                e = add_thread(c);
        if (e == 0)
                c->n_collectors++;
        pthread_mutex_unlock(&c->lock);
        if (e == 0)
                runner_ref(r);
        return e;
}

void crew_ask(struct crew *c, struct runner *r, uint64_t now)
{
        pthread_mutex_lock(&c->lock);
        place_of(r)->late_usec = now + MX_MIN(r->deadline / 2, CREW_PATIENCE_USEC);
        enqueue(c, r);
        pthread_cond_signal(&c->work);
        pthread_mutex_unlock(&c->lock);
}

bool crew_leave(struct crew *c, struct runner *r, uint64_t until_usec)
{
        struct timespec until = clock_timespec(until_usec);
        struct crew_place *p = place_of(r);
        bool is_mine = false, has_left;
        int e = 0;

        pthread_mutex_lock(&c->lock);
        if (!p->leaves) {
                p->leaves = true;
                c->n_collectors--;
                dequeue(c, r);
                is_mine = p->has_left = !p->runs;
                if (c->n_collectors == 0)
                        pthread_cond_broadcast(&c->work);
        }
        while (!p->has_left && e == 0)
                e = pthread_cond_clockwait(&c->gone, &c->lock, CLOCK_MONOTONIC, &until);
        has_left = p->has_left; /* it may have, even as the time ran out */
        pthread_mutex_unlock(&c->lock);
        if (is_mine) {
                runner_leave(r);
                runner_unref(r);
        }
        return has_left;
}

static uint64_t due_usec(const struct crew *c)
{
        uint64_t due = UINT64_MAX;

        if (c->n_waiting <= c->n_resting)
                return UINT64_MAX;
        for (struct runner *r = c->first; r; r = place_of(r)->next)
                due = MX_MIN(due, place_of(r)->late_usec);
        due = MX_MAX(due, c->moved_usec + CREW_GAP_USEC);
        return MX_MAX(due, c->retry_usec);
}

uint64_t crew_due(struct crew *c)
{
        uint64_t due;

        pthread_mutex_lock(&c->lock);
        due = due_usec(c);
        pthread_mutex_unlock(&c->lock);
        return due;
}

/* A thread at rest while somebody waits has been woken and lacks nothing but the CPU, which more
 * threads would share. */
void crew_relieve(struct crew *c, uint64_t now)
{
        int e = 0;

        pthread_mutex_lock(&c->lock);
        if (now < due_usec(c)) {
                pthread_mutex_unlock(&c->lock);
                return;
        }
        if (c->n_resting > 0)
                c->moved_usec = now;
        else
                e = add_thread(c);
        if (e < 0)
                c->retry_usec = now + CREW_RETRY_USEC;
        pthread_mutex_unlock(&c->lock);
        if (e < 0 && !c->lacks_thread)
                log_errno(LOG_LEVEL_ERROR, e, "cannot start a thread for collectors that wait",
                          NULL);
        c->lacks_thread = e < 0;
}

bool crew_stop(struct crew *c, uint64_t until_usec)
{
        struct timespec until = clock_timespec(until_usec);
        bool has_ended;
        int e = 0;

        pthread_mutex_lock(&c->lock);
        while (c->n_threads > 0 && e == 0)
                e = pthread_cond_clockwait(&c->gone, &c->lock, CLOCK_MONOTONIC, &until);
        has_ended = c->n_threads == 0;
        pthread_mutex_unlock(&c->lock);
        return has_ended;
}
