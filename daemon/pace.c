/* SPDX-License-Identifier: Apache-2.0 */
#include "pace.h"

static int64_t most_saved(const struct pace *p)
{
        return (int64_t)(PACE_SAVED_USEC * p->budget / 1000);
}

/* Microseconds of CPU time a second are thousandths of a nanosecond a microsecond. */
static int64_t earned(const struct pace *p, uint64_t usec)
{
        return (int64_t)(MX_MIN(usec, 1000 * PACE_SAVED_USEC) * p->budget / 1000);
}

/* Without a budget there is nothing to owe, whatever comes later. */
static void settle(struct pace *p, uint64_t now)
{
        int64_t balance = p->balance_nsec + earned(p, now - p->settled);

        p->balance_nsec = p->budget > 0 ? MX_MIN(balance, most_saved(p)) : 0;
        p->settled = now;
}

void pace_plan(struct pace *p, const struct mx_watch_plan *plan, uint64_t now)
{
        if (p->settled == 0)
                p->settled = now;
        settle(p, now);
        p->budget = MX_MIN(plan->budget, PACE_BUDGET_MAX);
        if (p->period == plan->period && (p->next != 0) == (plan->period != 0))
                return;
        p->period = plan->period;
        p->next = plan->period ? now + plan->period : 0;
        p->n_recent = 0;
}

void pace_rest(struct pace *p)
{
        p->period = p->next = 0;
        p->n_recent = 0;
}

void pace_look(struct pace *p, bool by_clock, uint64_t now, uint64_t cpu_nsec)
{
        settle(p, now);
        p->balance_nsec -= (int64_t)MX_MIN(cpu_nsec, (uint64_t)INT64_MAX / 4);
        p->looks++;
        p->cpu_nsec += cpu_nsec;
        if (!by_clock || p->period == 0)
                return;
        p->recent[p->n_recent++ % PACE_RECENT] = now;
        if (p->n_recent == 2 * PACE_RECENT)
                p->n_recent = PACE_RECENT;
        /* On the grid of the period, and one look instead of a burst after a pause. */
        p->next += p->period;
        if (p->next <= now)
                p->next = now + p->period - (now - p->next) % p->period;
}

uint64_t pace_allowed(const struct pace *p, uint64_t now)
{
        int64_t balance = p->balance_nsec + earned(p, now - p->settled);

        if (p->budget == 0 || balance >= 0)
                return now;
        return now + ((uint64_t)-balance * 1000 + p->budget - 1) / p->budget;
}

uint64_t pace_due(const struct pace *p, uint64_t now)
{
        uint64_t allowed = pace_allowed(p, now);

        if (p->next == 0)
                return UINT64_MAX;
        return MX_MAX(p->next, allowed);
}

uint64_t pace_period(const struct pace *p)
{
        unsigned n = MX_MIN(p->n_recent, PACE_RECENT);
        uint64_t newest, oldest, mean, due;

        if (n < 2)
                return 0;
        newest = p->recent[(p->n_recent - 1) % PACE_RECENT];
        oldest = p->recent[p->n_recent > PACE_RECENT ? p->n_recent % PACE_RECENT : 0];
        mean = (newest - oldest) / (n - 1);
        due = pace_due(p, p->settled);
        return due > newest ? MX_MAX(mean, due - newest) : mean;
}
