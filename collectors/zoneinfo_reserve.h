/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the zoneinfo collector: what it keeps of a zone, and what zones keep from whom. */
#ifndef COLLECTORS_ZONEINFO_RESERVE_H
#define COLLECTORS_ZONEINFO_RESERVE_H

#include "zoneinfo.h"

struct mx_zone_slot {
        uint64_t node;
        uint64_t populated, kernel_stacks; /* samples */
        uint32_t n_reserve;
        char name[MX_ZONE_NAME_MAX + 1];
        uint64_t reserve[MX_ZONE_TARGETS_MAX]; /* pages */
};

/* The samples of one run: `n` values in pages with their label sets. */
struct mx_zone_reserves {
        struct mx_zone_names names;
        struct mx_buf values, labels;
        size_t n;
};

void mx_zone_reserves_init(struct mx_zone_reserves *r, size_t max_zones);
void mx_zone_reserves_done(struct mx_zone_reserves *r);

/* Makes the samples of the `n` zones, which stand node by node. Lists of another length than the
 * first one are counted as invalid. */
void mx_zone_reserves_collect(struct mx_zone_reserves *r, struct mx_sink *sink,
                              const struct mx_zone_slot *slots, size_t n);

#endif
