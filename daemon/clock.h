/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds of the given clock. */
static inline uint64_t clock_usec(clockid_t id)
{
        struct timespec ts;

        clock_gettime(id, &ts);
        return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static inline struct timespec clock_timespec(uint64_t usec)
{
        return (struct timespec){ .tv_sec = (time_t)(usec / 1000000),
                                  .tv_nsec = (long)(usec % 1000000) * 1000 };
}

#endif
