/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCALE_H
#define SCALE_H

#include <stdint.h>

/* v * by / of, rounded down, without overflow on the way; the largest number that is not MX_ABSENT
 * when it does not fit. `of` is not 0. */
static inline uint64_t scale(uint64_t v, uint64_t by, uint64_t of)
{
        __extension__ unsigned __int128 r = (unsigned __int128)v * by / of;

        return r < UINT64_MAX - 1 ? (uint64_t)r : UINT64_MAX - 1;
}

#endif
