/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the thp collector. */
#ifndef COLLECTORS_THP_H
#define COLLECTORS_THP_H

#include "mx/collector.h"
#include "mx/keymap.h"

#define MX_THP_SOURCE       "/sys/kernel/mm/transparent_hugepage"
#define MX_THP_STATS_SOURCE MX_THP_SOURCE "/hugepages-*kB/stats"

/* Does a size's enabled or shmem_enabled say "never", so that no huge page of it is asked for?
 * False for what cannot be understood. */
bool mx_thp_is_never(const char *buf, size_t len);

/* Turns what a file of a size's statistics says into the value that its family takes: huge pages
 * (nr_anon, nr_anon_partially_mapped) into KiB of `kib` each, a count as it is. False where the KiB
 * overflow; *value changes on success only. */
bool mx_thp_convert(const char *file, uint64_t kib, uint64_t *value);

/* What a file of a size's statistics that the table lacks becomes: memory_thp_<name>, a gauge as it
 * stands where its name starts with nr_, and otherwise a counter, memory_thp_<name>_total. That is
 * how the kernel names them: enum mthp_stat_item, include/linux/huge_mm.h, 6.18. */
int mx_thp_rule(const struct mx_kv *kv, char *name, struct mx_family *ret);

extern const struct mx_collector mx_thp;

#endif
