/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the process collector. */
#ifndef COLLECTORS_PROCESS_OPTIONS_H
#define COLLECTORS_PROCESS_OPTIONS_H

#include "mx/option.h"

#define PROCESS_OPTIONS 17

struct process_options {
        uint64_t group_by;
        struct mx_rules groups;
        uint64_t max_groups, empty_runs;
        uint64_t top_resident, top_oom_score;
        uint64_t reread;
        bool limits;
        bool smaps_rollup, smaps_groups;
        uint64_t smaps_max_rss, smaps_budget;
        bool map_counts;
        uint64_t maps_budget;
        bool numa_maps;
        uint64_t numa_max_rss, numa_budget;
};

extern const struct mx_option process_options[PROCESS_OPTIONS];

#endif
