/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

/* clang-format off */
extern const struct mx_collector
        mx_arc,
        mx_buddyinfo,
        mx_cgroup,
        mx_edac,
        mx_hugepages,
        mx_kernel_memory,
        mx_ksm,
        mx_meminfo,
        mx_memory_blocks,
        mx_numastat,
        mx_oom,
        mx_overcommit,
        mx_page_types,
        mx_pressure,
        mx_pressure_events,
        mx_process,
        mx_shm,
        mx_slabinfo,
        mx_swap,
        mx_thp,
        mx_vm_settings,
        mx_vmstat,
        mx_watch,
        mx_zoneinfo,
        mx_zram,
        mx_zswap;

const struct mx_collector *const mx_collectors[] = {
        &mx_arc,
        &mx_buddyinfo,
        &mx_cgroup,
        &mx_edac,
        &mx_hugepages,
        &mx_kernel_memory,
        &mx_ksm,
        &mx_meminfo,
        &mx_memory_blocks,
        &mx_numastat,
        &mx_oom,
        &mx_overcommit,
        &mx_page_types,
        &mx_pressure,
        &mx_pressure_events,
        &mx_process,
        &mx_shm,
        &mx_slabinfo,
        &mx_swap,
        &mx_thp,
        &mx_vm_settings,
        &mx_vmstat,
        &mx_watch,
        &mx_zoneinfo,
        &mx_zram,
        &mx_zswap,
};
/* clang-format on */

const size_t mx_n_collectors = MX_ARRAY_SIZE(mx_collectors);
