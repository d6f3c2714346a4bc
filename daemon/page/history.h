/* SPDX-License-Identifier: Apache-2.0 */
/* The last ten minutes of a few numbers, for the graphs of the page. Fixed memory; one thread at a
 * time. */
#ifndef HISTORY_H
#define HISTORY_H

#include "view.h"

#define HISTORY_USEC      (600 * 1000000ULL)
#define HISTORY_STEP_USEC (2 * 1000000ULL) /* points are at least so far apart */
#define HISTORY_BREAK_USEC                                                                         \
        (60 * 1000000ULL) /* neighbours that are further apart are not joined                      \
                           */
#define HISTORY_POINTS_MAX 300

enum history_series {
        HISTORY_AVAILABLE, /* a gauge, in bytes; the others count */
        HISTORY_SWAP_IN,   /* bytes */
        HISTORY_SWAP_OUT,
        HISTORY_MAJOR_FAULTS,
        HISTORY_OOM_KILLS,
        HISTORY_SOME, /* microseconds */
        HISTORY_FULL,
        HISTORY_SERIES,
};

struct history {
        struct {
                uint64_t read_usec[VIEW_SOURCES];
                uint64_t value[HISTORY_SERIES];
        } point[HISTORY_POINTS_MAX];
        size_t first, n; /* a ring */
};

/* Keeps what the view says, when something in it has been read since the last point and that was at
 * least HISTORY_STEP_USEC ago. True when a point was taken. */
bool history_add(struct history *h, const struct view *v);

/* A value of a gauge as it is; of a counter its rate since the value before, in thousandths a
 * second. */
struct history_sample {
        uint64_t usec; /* CLOCK_BOOTTIME */
        uint64_t value;
        bool joined; /* to the sample before: nothing is missing in between */
};

/* The samples of one series since `since_usec`, by time. A counter has none where it went back, was
 * absent, or was read for the first time. Returns how many; `ret` has room for
 * HISTORY_POINTS_MAX. */
size_t history_samples(const struct history *h, enum history_series series, uint64_t since_usec,
                       struct history_sample *ret);

/* By how much a counter grew since `since_usec`, as far as it was seen; MX_ABSENT when no two
 * values are there. */
uint64_t history_growth(const struct history *h, enum history_series series, uint64_t since_usec);

#endif
