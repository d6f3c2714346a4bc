/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the N largest of many, without flapping: an item that was chosen last time is displaced
 * only by one that is larger by more than a tenth. */
#ifndef MX_TOPN_H
#define MX_TOPN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_topn {
        uint64_t value; /* what is ranked */
        uint32_t index; /* the caller's */
        bool incumbent; /* was chosen last time */
};

/* Reorders `items` so that the chosen come first, the largest first, and returns how many are
 * chosen: at most `n`, and none whose value is 0. Ties go to the lower index. O(len + n log n), no
 * allocation. */
size_t mx_topn_select(struct mx_topn *items, size_t len, size_t n);

#endif
