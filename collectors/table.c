/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

/* clang-format off */
extern const struct mx_collector
        mx_arc,
        mx_buddyinfo,
        mx_cgroup,
        mx_hugepages,
        mx_meminfo,
        mx_numastat,
        mx_oom,
        mx_pressure,
        mx_pressure_events,
        mx_process,
        mx_slabinfo,
        mx_swap,
        mx_vm_settings,
        mx_vmstat,
        mx_watch,
        mx_zoneinfo;

const struct mx_collector *const mx_collectors[] = {
        &mx_arc,
        &mx_buddyinfo,
        &mx_cgroup,
        &mx_hugepages,
        &mx_meminfo,
        &mx_numastat,
        &mx_oom,
        &mx_pressure,
        &mx_pressure_events,
        &mx_process,
        &mx_slabinfo,
        &mx_swap,
        &mx_vm_settings,
        &mx_vmstat,
        &mx_watch,
        &mx_zoneinfo,
};
/* clang-format on */

const size_t mx_n_collectors = MX_ARRAY_SIZE(mx_collectors);
