/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the watch collector: whether the time between two looks was observed. Pure: knows no
 * clock. */
#ifndef COLLECTORS_WATCH_GAP_H
#define COLLECTORS_WATCH_GAP_H

#include <stdbool.h>
#include <stdint.h>

/* Longest time that the budget is taken to explain. Above it a look was not dear but stuck, in
 * reclaim for one, and what it has found need not have lasted. */
#define MX_WATCH_WAIT_MAX 5000000U /* microseconds */

struct mx_watch_gap {
        uint64_t period, budget; /* as planned, microseconds; not 0, and 0 for no limit */
        uint64_t usual_usec;     /* from one look to the next; starts as the period */
        uint64_t spent_nsec;     /* of CPU time by the last look */
};

/* Takes a gap into account. False when it is longer than the daemon's pacing makes it: more than
 * three times the usual, and what the last look has to wait for the budget. */
bool mx_watch_gap_observed(struct mx_watch_gap *g, uint64_t usec);

#endif
