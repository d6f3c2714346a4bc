/* SPDX-License-Identifier: Apache-2.0 */
#include "watch_gap.h"

#include "mx/cleanup.h"

#define SLACK 3  /* usual gaps: a longer one was not observed */
#define DECAY 64 /* looks */

/* How long the daemon's pacing made the last look wait for this one: until the budget had paid for
 * it. Debts do not add up, as nobody in debt looks. */
static uint64_t wait_for_budget(const struct mx_watch_gap *g)
{
        uint64_t v;

        if (g->budget == 0)
                return 0;
        if (__builtin_mul_overflow(g->spent_nsec, 1000, &v))
                return MX_WATCH_WAIT_MAX;
        return MX_MIN(v / g->budget, MX_WATCH_WAIT_MAX);
}

/* The usual gap follows what the pacing makes of the period, and the longer gaps of an uneven pace:
 * it at most doubles each time, so that one late look does not pass for a habit, and falls slowly.
 */
bool mx_watch_gap_observed(struct mx_watch_gap *g, uint64_t usec)
{
        uint64_t usual = MX_MAX(g->usual_usec, g->period);
        bool late = usec > SLACK * usual + wait_for_budget(g);

        g->usual_usec = usec > usual ? MX_MIN(usec, 2 * usual) : usual - (usual - usec) / DECAY;
        return !late;
}
