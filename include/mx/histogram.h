/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of observations by size, for families of type MX_HISTOGRAM. */
#ifndef MX_HISTOGRAM_H
#define MX_HISTOGRAM_H

#include <stdint.h>
#include <stddef.h>

#define MX_BUCKETS_MAX 24

struct mx_histogram {
        const uint64_t *bounds; /* static, ascending, in the family's scale; a bucket takes what is
                                   not above its bound */
        uint32_t n;             /* of bounds, at most MX_BUCKETS_MAX */
        uint64_t count[MX_BUCKETS_MAX + 1]; /* each bucket's own, not the running sum; the last but
                                               one in use is the bound n - 1, the one after it has
                                               what is above all bounds */
        uint64_t sum;                       /* of all observations, in the family's scale */
};

/* Counts `weight` observations of `value`. O(log n). The sum stays at the largest number when it
 * would overflow. */
static inline void mx_histogram_add(struct mx_histogram *h, uint64_t value, uint64_t weight)
{
        uint32_t low = 0, high = h->n;
        uint64_t sum;

        while (low < high) {
                uint32_t middle = (low + high) / 2;

                if (value <= h->bounds[middle])
                        high = middle;
                else
                        low = middle + 1;
        }
        h->count[low] += weight;
        if (__builtin_mul_overflow(value, weight, &sum) ||
            __builtin_add_overflow(h->sum, sum, &h->sum))
                h->sum = UINT64_MAX - 1;
}

#endif
