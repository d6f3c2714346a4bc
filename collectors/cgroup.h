/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_CGROUP_H
#define COLLECTORS_CGROUP_H

#include "mx/collector.h"

struct cgroup_options {
        struct mx_filter *include, *exclude; /* over the cgroup's path */
        uint64_t max_depth, max_cgroups;
        uint64_t stat;         /* enum cgroup_stat_level */
        uint64_t events_local; /* enum cgroup_local_events */
        uint64_t period;       /* microseconds between two looks at anonymous memory; 0: none */
        uint64_t budget;       /* microseconds of CPU time a second for them */
        bool sub_cgroups, numa_stat, pressure;
};

extern const struct mx_collector mx_cgroup;

#endif
