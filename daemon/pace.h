/* SPDX-License-Identifier: Apache-2.0 */
/* When a collector looks next, so that its looks keep their period and do not take more CPU time
 * than their budget gives.
 *
 * The budget earns at its rate and pays for each look. What is saved up is worth at most
 * PACE_SAVED_USEC of earning, for looks that are dear once in a while; whoever is in debt waits
 * until it is paid. Over any long time the looks thus take no more than the budget, and a single
 * one whatever it takes.
 *
 * Pure: knows no clock, allocates nothing. Times are CLOCK_MONOTONIC in microseconds. */
#ifndef PACE_H
#define PACE_H

#include "mx/collector.h"

#define PACE_SAVED_USEC 5000000ULL
#define PACE_BUDGET_MAX 1000000ULL /* a second a second: one thread has no more to spend */
#define PACE_RECENT     16         /* looks by the clock over which the period kept is the mean */

struct pace {
        uint64_t period, budget; /* as planned */
        uint64_t next;           /* the next look by the clock; 0: none */
        int64_t balance_nsec;    /* of CPU time; negative: in debt */
        uint64_t settled;        /* when the balance was last reckoned */

        uint64_t looks, cpu_nsec; /* in all, and what they took */
        uint64_t recent[PACE_RECENT];
        unsigned n_recent;
};

/* Takes over what the collector wants. A new period begins now. */
void pace_plan(struct pace *p, const struct mx_watch_plan *plan, uint64_t now);

/* No look from now on, until the next plan: the collector is closed. */
void pace_rest(struct pace *p);

/* Accounts for a look that began at `now` and took so much CPU time, the wake-up included. */
void pace_look(struct pace *p, bool by_clock, uint64_t now, uint64_t cpu_nsec);

/* When the budget allows a look: `now` or later. */
uint64_t pace_allowed(const struct pace *p, uint64_t now);

/* When the next look by the clock is due, the budget considered; UINT64_MAX: never. */
uint64_t pace_due(const struct pace *p, uint64_t now);

/* The period that is really kept: the mean of the latest, or the time from the last look to the
 * next when that is longer, as after one that was dear; 0 when it is not known yet. */
uint64_t pace_period(const struct pace *p);

#endif
