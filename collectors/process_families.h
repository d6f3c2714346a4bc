/* SPDX-License-Identifier: Apache-2.0 */
/* The families of the process collector. */
#ifndef COLLECTORS_PROCESS_FAMILIES_H
#define COLLECTORS_PROCESS_FAMILIES_H

#include "mx/family.h"

enum process_family {
        HOST_PROCESSES,
        HOST_KTHREADS,
        HOST_ZOMBIES,
        HOST_HIDDEN,
        HOST_GROUPS,
        HOST_FOLDED,
        GROUP_PROCESSES,
        GROUP_RESIDENT,
        GROUP_ANON,
        GROUP_FILE,
        GROUP_SHMEM,
        GROUP_SWAP,
        GROUP_VIRTUAL,
        GROUP_LOCKED,
        GROUP_PAGE_TABLES,
        GROUP_HUGETLB,
        GROUP_OOM,
        GROUP_MINOR,
        GROUP_MAJOR,
        GROUP_LOCKED_RATIO,
        GROUP_VIRTUAL_RATIO,
        GROUP_MAPS_RATIO,
        GROUP_MAPS_AGE,
        GROUP_PSS,
        GROUP_USS,
        GROUP_SWAP_PSS,
        GROUP_AGE,
        GROUP_COVERAGE,
        TOP_RESIDENT,
        TOP_ANON,
        TOP_FILE,
        TOP_SHMEM,
        TOP_SWAP,
        TOP_OOM,
        TOP_OOM_ADJ,
        TOP_LOCKED_LIMIT,
        TOP_LOCKED_RATIO,
        TOP_VIRTUAL_LIMIT,
        TOP_VIRTUAL_RATIO,
        TOP_MAPS,
        TOP_MAPS_RATIO,
        TOP_MAPS_AGE,
        TOP_PSS,
        TOP_USS,
        TOP_SWAP_PSS,
        TOP_AGE,
        TOP_NODE,
        PROCESS_FAMILIES,
};

#define HOST_FAMILIES  (HOST_FOLDED + 1)
#define GROUP_FAMILIES (TOP_RESIDENT - GROUP_PROCESSES)
#define GROUP_ALWAYS   (GROUP_MAJOR + 1 - GROUP_PROCESSES) /* of every group; the others of few */
#define TOP_FAMILIES   (TOP_NODE - TOP_RESIDENT)

extern const struct mx_family process_families[PROCESS_FAMILIES];

#endif
