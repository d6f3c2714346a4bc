/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that puts out whose time is up. In each state the limit is the same for all, so a list
 * in the order of arrival is also one in the order of deadlines, and only its head is looked at. */
#include "guard_private.h"

#include "clock.h"
#include "mx/cleanup.h"
#include "thread.h"

#include <sched.h>

#define SWEEP_BATCH 64 /* put out in one go: shutdown() costs microseconds, and others wait */

uint64_t guard_deadline(const struct guard *g, enum guard_state state, uint64_t since)
{
        uint64_t limit = state == GUARD_WAITING ? g->limits.header_usec
                         : state == GUARD_IDLE  ? g->limits.idle_usec
                                                : g->limits.answer_usec;

        return limit == 0 || limit > GUARD_NEVER - since ? GUARD_NEVER : since + limit;
}

/* A deadline later than the one that the thread sleeps for is found when it wakes: it is woken for
 * an earlier one alone, which is about never when all that happens is scrapes. */
void guard_sweeper_expect(struct guard *g, uint64_t deadline)
{
        if (deadline >= g->sleeps_until)
                return;
        g->sleeps_until = deadline;
        pthread_cond_signal(&g->wake);
}

/* Puts out whose time is up, `max` at most. Returns the next deadline, which may have passed. */
static uint64_t sweep(struct guard *g, uint64_t now, unsigned max)
{
        static const enum guard_reason reasons[] = { [GUARD_WAITING] = GUARD_HEADER_TIMEOUT,
                                                     [GUARD_IDLE] = GUARD_IDLE_TIMEOUT,
                                                     [GUARD_BUSY] = GUARD_ANSWER_TIMEOUT };
        uint64_t next = GUARD_NEVER;

        for (enum guard_state s = 0; s < GUARD_STATES_; s++) {
                struct guard_slot *slot;

                while ((slot = TAILQ_FIRST(&g->slots[s]))) {
                        uint64_t deadline = guard_deadline(g, s, slot->since);

                        if (deadline > now || max == 0) {
                                next = MX_MIN(next, deadline);
                                break;
                        }
                        guard_put_out(g, slot, reasons[s]);
                        max--;
                }
        }
        return next;
}

static void sleep_until(struct guard *g, uint64_t usec)
{
        struct timespec until = { .tv_sec = (time_t)(usec / 1000000),
                                  .tv_nsec = (long)(usec % 1000000) * 1000 };

        g->sleeps_until = usec;
        if (usec == GUARD_NEVER)
                pthread_cond_wait(&g->wake, &g->lock);
        else
                pthread_cond_timedwait(&g->wake, &g->lock, &until);
}

static void *sweeper_main(void *cls)
{
        struct guard *g = cls;

        pthread_mutex_lock(&g->lock);
        while (!g->quit) {
                uint64_t now = clock_usec(CLOCK_MONOTONIC), next = sweep(g, now, SWEEP_BATCH);

                if (next > now) {
                        sleep_until(g, next);
                        continue;
                }
                pthread_mutex_unlock(&g->lock);
                sched_yield();
                pthread_mutex_lock(&g->lock);
        }
        pthread_mutex_unlock(&g->lock);
        return NULL;
}

uint64_t guard_sweep(struct guard *g, uint64_t now_usec)
{
        uint64_t next;

        pthread_mutex_lock(&g->lock);
        next = sweep(g, now_usec, UINT32_MAX);
        pthread_mutex_unlock(&g->lock);
        return next;
}

/* Signals are the main thread's. */
int guard_sweeper_start(struct guard *g)
{
        int r = thread_start(&g->thread, "guard", sweeper_main, g);

        g->has_thread = r == 0;
        return r;
}

void guard_sweeper_stop(struct guard *g)
{
        if (!g->has_thread)
                return;
        pthread_mutex_lock(&g->lock);
        g->quit = true;
        pthread_cond_signal(&g->wake);
        pthread_mutex_unlock(&g->lock);
        pthread_join(g->thread, NULL);
        g->has_thread = false;
}
