/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of one cgroup, and the families that show it. */
#ifndef COLLECTORS_CGROUP_ROWS_H
#define COLLECTORS_CGROUP_ROWS_H

#include "pressure.h"

#include "mx/collector.h"
#include "mx/keymap.h"

/* Bytes, events or microseconds; MX_ABSENT where the kernel says nothing or there is no limit. */
struct cgroup_row {
        uint64_t current, peak;
        uint64_t min, low, high, max;
        uint64_t effective_limit; /* the lowest max of the cgroup and its ancestors */
        uint64_t swap_current, swap_peak, swap_high, swap_max;
        uint64_t zswap_current, zswap_max;
        struct mx_pressure pressure;
        uint64_t descendants, dying;

        /* v1 only */
        uint64_t soft_limit, failcnt, under_oom;
        uint64_t memsw_current, memsw_peak, memsw_max, memsw_effective_limit, memsw_failcnt;
};

/* Flat-keyed files. Each has a keymap that gives its keys columns, and an array of values by row.
 */
enum cgroup_block_id {
        CGROUP_STAT,         /* memory.stat */
        CGROUP_EVENTS,       /* memory.events */
        CGROUP_LOCAL_EVENTS, /* memory.events.local; v1: what memory.oom_control counts */
        CGROUP_SWAP_EVENTS,  /* memory.swap.events */
        CGROUP_BLOCKS
};

enum cgroup_stat_level {
        CGROUP_STAT_BASIC,    /* the first CGROUP_N_STAT_BASIC families of the block */
        CGROUP_STAT_DETAILED, /* all of the table */
        CGROUP_STAT_ALL,      /* and keys that nobody has met */
};

enum cgroup_local_events {
        CGROUP_LOCAL_NONE,
        CGROUP_LOCAL_PARENTS, /* of cgroups that have children, or had some that we know of */
        CGROUP_LOCAL_ALL,
};

#define CGROUP_STAT_CAP 160 /* 6.18 prints 70 lines */

struct cgroup_span {
        size_t first, n, cap; /* of the families; columns in all */
        mx_keymap_rule rule;
};

extern const struct cgroup_span mx_cgroup_spans[CGROUP_BLOCKS];

/* Names a memory.stat key that the table lacks, or with `basic` and `detailed` leaves it out. */
int mx_cgroup_stat_rule(const struct mx_kv *kv, char *name, struct mx_family *ret);

/* memory.numa_stat of one cgroup on one node. v2 counts bytes by what a page is, and events; v1
 * counts pages by the list a page is on, which is another thing: anon there includes shared memory.
 */
struct cgroup_numa_row {
        uint64_t anon, file, shmem, kernel_stack, pagetables, anon_thp;
        uint64_t inactive_anon, active_anon, inactive_file, active_file, unevictable;
        uint64_t slab_reclaimable, slab_unreclaimable;
        uint64_t workingset_refault_anon, workingset_refault_file;
        uint64_t workingset_activate_anon, workingset_activate_file;
        uint64_t workingset_restore_anon, workingset_restore_file;
        uint64_t pgdemote_kswapd, pgdemote_direct, pgdemote_khugepaged, pgdemote_proactive;
        uint64_t pgpromote_success;
        uint64_t lru, lru_anon, lru_file, lru_unevictable;
};

/* Families without labels, the last of the table. */
struct cgroup_totals {
        uint64_t version, found, exported;
        uint64_t look; /* microseconds between two looks; cgroup_look.c */
};

/* How the table is laid out. */
enum {
        CGROUP_N_ROW = sizeof(struct cgroup_row) / sizeof(uint64_t),
        CGROUP_N_STAT_BASIC = 12,
        CGROUP_N_STAT = 79,
        CGROUP_N_EVENTS = 7,
        CGROUP_N_SWAP_EVENTS = 3,
        CGROUP_N_NUMA = sizeof(struct cgroup_numa_row) / sizeof(uint64_t),
        CGROUP_N_TOTAL = sizeof(struct cgroup_totals) / sizeof(uint64_t),

        CGROUP_FIRST_STAT = CGROUP_N_ROW,
        CGROUP_FIRST_EVENTS = CGROUP_FIRST_STAT + CGROUP_N_STAT,
        CGROUP_FIRST_LOCAL_EVENTS = CGROUP_FIRST_EVENTS + CGROUP_N_EVENTS,
        CGROUP_FIRST_SWAP_EVENTS = CGROUP_FIRST_LOCAL_EVENTS + CGROUP_N_EVENTS,
        CGROUP_PEAK = CGROUP_FIRST_SWAP_EVENTS + CGROUP_N_SWAP_EVENTS,
        CGROUP_FIRST_NUMA = CGROUP_PEAK + 1,
        CGROUP_FIRST_TOTAL = CGROUP_FIRST_NUMA + CGROUP_N_NUMA,
        CGROUP_N_FAMILIES = CGROUP_FIRST_TOTAL + CGROUP_N_TOTAL,
};

extern const struct mx_family mx_cgroup_families[CGROUP_N_FAMILIES];

#endif
