/* SPDX-License-Identifier: Apache-2.0 */
/* The families of the cgroup collector.
 *
 * Keys and their units are those of Documentation/admin-guide/cgroup-v2.rst and of memory_stats[]
 * and memcg_vm_event_stat[] in mm/memcontrol.c, Linux 6.18; cgroup v1 names are from
 * mm/memcontrol-v1.c. Since 5.8 both versions print the same counters, so a v1 total_ line fills
 * the family of its v2 name. */
#include "cgroup_rows.h"

#define ROW(type, scale, member, name, source, help)                                               \
        {                                                                                          \
                "memory_cgroup_" name, help, NULL, source, type, scale,                            \
                        offsetof(struct cgroup_row, member)                                        \
        }
#define BYTES(member, name, source, help) ROW(MX_GAUGE, MX_ONE, member, name "_bytes", source, help)
#define COUNT(member, name, source, help)                                                          \
        ROW(MX_COUNTER, MX_ONE, member, name "_total", source, help)
#define NUMBER(member, name, source, help) ROW(MX_GAUGE, MX_ONE, member, name, source, help)
#define STALL(member, name, help)                                                                  \
        ROW(MX_COUNTER, MX_USEC, member, name "_seconds_total", "memory.pressure", help)
#define STAT(key, help)                                                                            \
        {                                                                                          \
                "memory_cgroup_stat_" key "_bytes", help, key, "memory.stat", MX_GAUGE, MX_ONE, 0  \
        }
#define EVENT(key, help)                                                                           \
        {                                                                                          \
                "memory_cgroup_stat_" key "_total", help, key, "memory.stat", MX_COUNTER, MX_ONE,  \
                        0                                                                          \
        }
#define EVENTS(prefix, source, key, help)                                                          \
        {                                                                                          \
                "memory_cgroup_" prefix key "_events_total", help, key, source, MX_COUNTER,        \
                        MX_ONE, 0                                                                  \
        }
#define HIERARCHICAL(key, help) EVENTS("", "memory.events", key, help)
#define LOCAL(key, help)        EVENTS("local_", "memory.events.local", key, help)
#define SWAP(key, help)         EVENTS("swap_", "memory.swap.events", key, help)
#define NUMA(scale, member, name, key, help)                                                       \
        {                                                                                          \
                "memory_cgroup_numa_" name "_bytes", help, key, "memory.numa_stat", MX_GAUGE,      \
                        scale, offsetof(struct cgroup_numa_row, member)                            \
        }
#define NUMA_EVENT(member, help)                                                                   \
        {                                                                                          \
                "memory_cgroup_numa_" #member "_total", help, #member, "memory.numa_stat",         \
                        MX_COUNTER, MX_ONE, offsetof(struct cgroup_numa_row, member)               \
        }
#define TOTAL(scale, member, name, source, help)                                                   \
        {                                                                                          \
                name, help, NULL, source, MX_GAUGE, scale, offsetof(struct cgroup_totals, member)  \
        }

/* clang-format off */
const struct mx_family mx_cgroup_families[] = {
        /* struct cgroup_row */
        BYTES(current, "current", "memory.current, v1 memory.usage_in_bytes", "Memory charged to the cgroup and its descendants, page cache and kernel memory included."),
        BYTES(peak, "peak", "memory.peak, v1 memory.max_usage_in_bytes", "Highest memory ever charged to the cgroup and its descendants, page cache included."),
        BYTES(min, "min", "memory.min", "Memory that reclaim never takes from the cgroup."),
        BYTES(low, "low", "memory.low", "Memory that reclaim takes from the cgroup only when nothing unprotected is left."),
        BYTES(high, "high", "memory.high", "Usage above which the cgroup is throttled and reclaimed from; absent when there is no such limit."),
        BYTES(max, "max", "memory.max, v1 memory.limit_in_bytes", "Usage at which the cgroup runs out of memory; absent when it has no limit of its own."),
        BYTES(effective_limit, "effective_limit", "lowest memory.max of the path, v1 memory.stat hierarchical_memory_limit", "Lowest limit among the cgroup and its ancestors that this mount shows; absent when none has one."),
        BYTES(swap_current, "swap_current", "memory.swap.current, v1 memory.stat total_swap", "Swap used by the cgroup and its descendants."),
        BYTES(swap_peak, "swap_peak", "memory.swap.peak", "Highest swap ever used by the cgroup and its descendants."),
        BYTES(swap_high, "swap_high", "memory.swap.high", "Swap usage above which the cgroup is throttled; absent when there is no such limit."),
        BYTES(swap_max, "swap_max", "memory.swap.max", "Swap that the cgroup may use; absent when it has no limit of its own."),
        BYTES(zswap_current, "zswap_current", "memory.zswap.current", "Memory that the cgroup's compressed pages in zswap take."),
        BYTES(zswap_max, "zswap_max", "memory.zswap.max", "Memory that the cgroup's compressed pages in zswap may take; absent when there is no limit."),
        STALL(pressure.some_usec, "pressure_some", "Time in which at least one task of the cgroup was stalled waiting for memory."),
        STALL(pressure.full_usec, "pressure_full", "Time in which all non-idle tasks of the cgroup were stalled waiting for memory at once."),
        NUMBER(descendants, "descendants", "cgroup.stat nr_descendants", "Living cgroups below this one; absent when it never was seen to have any."),
        NUMBER(dying, "dying_descendants", "cgroup.stat nr_dying_descendants", "Removed cgroups below this one that memory still refers to; absent when it never was seen to have children."),
        BYTES(soft_limit, "soft_limit", "v1 memory.soft_limit_in_bytes", "Usage down to which the cgroup is reclaimed first when memory is short; absent when it has none."),
        COUNT(failcnt, "limit_hits", "v1 memory.failcnt", "Charges that failed because memory usage was at the limit."),
        NUMBER(under_oom, "under_oom", "v1 memory.oom_control under_oom", "Whether tasks of the cgroup are stopped for lack of memory now, 1 for yes."),
        BYTES(memsw_current, "memsw_current", "v1 memory.memsw.usage_in_bytes", "Memory and swap charged to the cgroup and its descendants."),
        BYTES(memsw_peak, "memsw_peak", "v1 memory.memsw.max_usage_in_bytes", "Highest sum of memory and swap ever charged to the cgroup and its descendants."),
        BYTES(memsw_max, "memsw_max", "v1 memory.memsw.limit_in_bytes", "Sum of memory and swap that the cgroup may use; absent when it has no limit of its own."),
        BYTES(memsw_effective_limit, "memsw_effective_limit", "v1 memory.stat hierarchical_memsw_limit", "Lowest limit on memory and swap among the cgroup and its ancestors; absent when none has one."),
        COUNT(memsw_failcnt, "memsw_limit_hits", "v1 memory.memsw.failcnt", "Charges that failed because memory and swap usage was at the limit."),

        /* CGROUP_STAT, basic */
        STAT("anon", "Anonymous memory mapped into processes; on v1 total_rss."),
        STAT("file", "Page cache, with tmpfs and shared memory; on v1 total_cache."),
        STAT("kernel", "Kernel memory charged to the cgroup: stacks, page tables, slab, per-CPU and vmalloc; on v1 memory.kmem.usage_in_bytes."),
        STAT("shmem", "Shared memory and tmpfs; on v1 total_shmem."),
        STAT("slab_reclaimable", "Slab memory that reclaim may take, such as dentries and inodes."),
        STAT("inactive_file", "Page cache used less recently, reclaimed first; on v1 total_inactive_file."),
        EVENT("workingset_refault_anon", "Anonymous pages read back from swap while the kernel still knew of their eviction; the first with multi-gen LRU (6.1) counted recent evictions only."),
        EVENT("workingset_refault_file", "File pages read back while the kernel still knew of their eviction; the first with multi-gen LRU (6.1) counted recent evictions only."),
        EVENT("workingset_activate_anon", "Anonymous pages read back so soon that they belong to the working set, which does not fit."),
        EVENT("workingset_activate_file", "File pages read back so soon that they belong to the working set, which does not fit."),
        EVENT("pgscan", "Pages that reclaim looked at."),
        EVENT("pgmajfault", "Page faults that waited for a read from disk; on v1 total_pgmajfault."),

        /* CGROUP_STAT, detailed */
        STAT("active_file", "Page cache used recently."),
        STAT("inactive_anon", "Anonymous and shared memory used less recently."),
        STAT("active_anon", "Anonymous and shared memory used recently."),
        STAT("unevictable", "Memory that reclaim cannot take."),
        STAT("slab_unreclaimable", "Slab memory that reclaim cannot take."),
        STAT("slab", "Kernel objects in slab caches."),
        STAT("kernel_stack", "Kernel stacks of the cgroup's tasks."),
        STAT("pagetables", "Page tables of the cgroup's processes."),
        { "memory_cgroup_stat_secondary_pagetables_bytes", "Page tables of virtual machines and IOMMUs.", "sec_pagetables", "memory.stat", MX_GAUGE, MX_ONE, 0 },
        STAT("percpu", "Per-CPU kernel memory."),
        STAT("sock", "Buffers of network sockets."),
        STAT("vmalloc", "Kernel memory allocated with vmalloc."),
        STAT("zswap", "Memory that the compressed pages in zswap take."),
        STAT("zswapped", "Memory held in zswap, before compression."),
        STAT("zswap_incomp", "Memory in zswap that does not compress, before compression."),
        STAT("file_mapped", "Page cache mapped into processes; on v1 total_mapped_file."),
        STAT("file_dirty", "Page cache waiting to be written to disk; on v1 total_dirty."),
        STAT("file_writeback", "Page cache being written to disk; on v1 total_writeback."),
        STAT("swapcached", "Memory that is both in RAM and in swap."),
        STAT("anon_thp", "Anonymous memory in transparent huge pages; on v1 total_rss_huge."),
        STAT("file_thp", "Page cache in transparent huge pages."),
        STAT("shmem_thp", "Shared memory and tmpfs in transparent huge pages."),
        STAT("hugetlb", "Memory in huge pages of the hugetlb pools, where it is charged."),
        EVENT("workingset_refault", "Pages read back while the kernel still knew of their eviction (before 5.9)."),
        EVENT("workingset_activate", "Pages read back so soon that they belong to the working set, which does not fit (before 5.9)."),
        EVENT("workingset_restore", "Pages of the working set read back that had been in use again and again when evicted (before 5.9)."),
        EVENT("workingset_restore_anon", "Anonymous pages of the working set read back that had been in use again and again when evicted."),
        EVENT("workingset_restore_file", "File pages of the working set read back that had been in use again and again when evicted."),
        EVENT("workingset_nodereclaim", "Nodes of eviction records that were reclaimed."),
        EVENT("pgsteal", "Pages that reclaim freed."),
        EVENT("pgscan_kswapd", "Pages that background reclaim looked at."),
        EVENT("pgscan_direct", "Pages that allocating tasks looked at in direct reclaim."),
        EVENT("pgscan_khugepaged", "Pages that khugepaged looked at in reclaim."),
        EVENT("pgscan_proactive", "Pages that reclaim on request looked at."),
        EVENT("pgsteal_kswapd", "Pages that background reclaim freed."),
        EVENT("pgsteal_direct", "Pages that allocating tasks freed in direct reclaim."),
        EVENT("pgsteal_khugepaged", "Pages that khugepaged freed in reclaim."),
        EVENT("pgsteal_proactive", "Pages that reclaim on request freed."),
        EVENT("pgfault", "Page faults, minor and major; on v1 total_pgfault."),
        EVENT("pgrefill", "Pages that reclaim looked at on active lists."),
        EVENT("pgactivate", "Pages moved to active lists."),
        EVENT("pgdeactivate", "Pages moved to inactive lists."),
        EVENT("pglazyfree", "Pages marked to be freed when memory is short."),
        EVENT("pglazyfreed", "Pages marked to be freed that reclaim has freed."),
        EVENT("pgpgin", "Charges of pages to the cgroup; on v1 total_pgpgin."),
        EVENT("pgpgout", "Pages no longer charged to the cgroup; on v1 total_pgpgout."),
        EVENT("pgdemote_kswapd", "Pages moved to slower memory by background reclaim."),
        EVENT("pgdemote_direct", "Pages moved to slower memory by direct reclaim."),
        EVENT("pgdemote_khugepaged", "Pages moved to slower memory by khugepaged."),
        EVENT("pgdemote_proactive", "Pages moved to slower memory by reclaim on request."),
        EVENT("pgpromote_success", "Pages moved to faster memory."),
        EVENT("pswpin", "Pages swapped in."),
        EVENT("pswpout", "Pages swapped out."),
        EVENT("swpin_zero", "Pages of zeros swapped in without a read."),
        EVENT("swpout_zero", "Pages of zeros swapped out without a write."),
        EVENT("zswpin", "Pages moved from zswap into memory."),
        EVENT("zswpout", "Pages moved from memory into zswap."),
        EVENT("zswpwb", "Pages written from zswap to swap."),
        EVENT("thp_fault_alloc", "Transparent huge pages allocated at a page fault."),
        EVENT("thp_collapse_alloc", "Transparent huge pages allocated to collapse a range of pages."),
        EVENT("thp_swpout", "Transparent huge pages swapped out whole."),
        EVENT("thp_swpout_fallback", "Transparent huge pages split before they were swapped out."),
        EVENT("numa_pages_migrated", "Pages moved between nodes by NUMA balancing."),
        EVENT("numa_pte_updates", "Page table entries changed by NUMA balancing to catch the next access."),
        EVENT("numa_hint_faults", "Page faults that NUMA balancing caused to learn who uses a page."),
        EVENT("numa_task_migrated", "Tasks moved to another node by NUMA balancing."),
        EVENT("numa_task_swapped", "Tasks exchanged between nodes by NUMA balancing."),

        /* CGROUP_EVENTS */
        HIERARCHICAL("low", "Times the cgroup or a descendant was reclaimed from although it was below its low protection."),
        HIERARCHICAL("high", "Times tasks of the cgroup or a descendant were throttled because usage was above high."),
        HIERARCHICAL("max", "Times usage of the cgroup or a descendant was about to pass max."),
        HIERARCHICAL("oom", "Times an allocation of the cgroup or a descendant was about to fail at the limit."),
        HIERARCHICAL("oom_kill", "Processes of the cgroup or a descendant killed by any kind of OOM killer."),
        HIERARCHICAL("oom_group_kill", "Times the cgroup or a descendant was killed as a group."),
        HIERARCHICAL("sock_throttled", "Times network sockets of the cgroup or a descendant were throttled."),

        /* CGROUP_LOCAL_EVENTS */
        LOCAL("low", "Times the cgroup itself was reclaimed from although it was below its low protection."),
        LOCAL("high", "Times tasks of the cgroup were throttled because its own usage was above high."),
        LOCAL("max", "Times usage was about to pass the cgroup's own max."),
        LOCAL("oom", "Times an allocation was about to fail at the cgroup's own limit."),
        LOCAL("oom_kill", "Processes of the cgroup itself killed by any kind of OOM killer; on v1 from memory.oom_control."),
        LOCAL("oom_group_kill", "Times the cgroup itself was killed as a group."),
        LOCAL("sock_throttled", "Times network sockets of the cgroup itself were throttled."),

        /* CGROUP_SWAP_EVENTS */
        SWAP("high", "Times swap usage was above swap.high."),
        SWAP("max", "Times swap usage was about to pass swap.max and swapping out failed."),
        SWAP("fail", "Times swapping out failed, for the cgroup's limit or for want of swap on the host."),

        /* Windows. */
        { "memory_cgroup_anon_highest_bytes", "Highest anonymous memory of the cgroup in the window that ends now, sampled: it is read when usage has risen, is near its limit, or now and then; what was shorter than memory_cgroup_anon_look_seconds may be missed, and so may, for up to 30 s, what took the place of page cache while usage stood still; memory_cgroup_peak_bytes, which the kernel keeps, is another thing, as it has page cache in it.", "anon, v1 total_rss", "memory.stat", MX_GAUGE, MX_ONE, 0 },

        /* struct cgroup_numa_row */
        NUMA(MX_ONE, anon, "anon", "anon", "Anonymous memory mapped into processes, by node."),
        NUMA(MX_ONE, file, "file", "file", "Page cache with tmpfs and shared memory, by node."),
        NUMA(MX_ONE, shmem, "shmem", "shmem", "Shared memory and tmpfs, by node."),
        NUMA(MX_ONE, kernel_stack, "kernel_stack", "kernel_stack", "Kernel stacks, by node."),
        NUMA(MX_ONE, pagetables, "pagetables", "pagetables", "Page tables of processes, by node."),
        NUMA(MX_ONE, anon_thp, "anon_thp", "anon_thp", "Anonymous memory in transparent huge pages, by node."),
        NUMA(MX_ONE, inactive_anon, "inactive_anon", "inactive_anon", "Anonymous and shared memory used less recently, by node."),
        NUMA(MX_ONE, active_anon, "active_anon", "active_anon", "Anonymous and shared memory used recently, by node."),
        NUMA(MX_ONE, inactive_file, "inactive_file", "inactive_file", "Page cache used less recently, by node."),
        NUMA(MX_ONE, active_file, "active_file", "active_file", "Page cache used recently, by node."),
        NUMA(MX_ONE, unevictable, "unevictable", "unevictable", "Memory that reclaim cannot take, by node."),
        NUMA(MX_ONE, slab_reclaimable, "slab_reclaimable", "slab_reclaimable", "Slab memory that reclaim may take, by node."),
        NUMA(MX_ONE, slab_unreclaimable, "slab_unreclaimable", "slab_unreclaimable", "Slab memory that reclaim cannot take, by node."),
        NUMA_EVENT(workingset_refault_anon, "Anonymous pages read back from swap while the kernel still knew of their eviction, by node; the first with multi-gen LRU (6.1) counted recent evictions only."),
        NUMA_EVENT(workingset_refault_file, "File pages read back while the kernel still knew of their eviction, by node; the first with multi-gen LRU (6.1) counted recent evictions only."),
        NUMA_EVENT(workingset_activate_anon, "Anonymous pages read back so soon that they belong to the working set, which does not fit, by node."),
        NUMA_EVENT(workingset_activate_file, "File pages read back so soon that they belong to the working set, which does not fit, by node."),
        NUMA_EVENT(workingset_restore_anon, "Anonymous pages of the working set read back that had been in use again and again when evicted, by node."),
        NUMA_EVENT(workingset_restore_file, "File pages of the working set read back that had been in use again and again when evicted, by node."),
        NUMA_EVENT(pgdemote_kswapd, "Pages moved to slower memory by background reclaim, by node."),
        NUMA_EVENT(pgdemote_direct, "Pages moved to slower memory by direct reclaim, by node."),
        NUMA_EVENT(pgdemote_khugepaged, "Pages moved to slower memory by khugepaged, by node."),
        NUMA_EVENT(pgdemote_proactive, "Pages moved to slower memory by reclaim on request, by node."),
        NUMA_EVENT(pgpromote_success, "Pages moved to faster memory, by node."),
        NUMA(MX_PAGES, lru, "lru", "hierarchical_total", "Memory on all reclaim lists, by node (v1)."),
        NUMA(MX_PAGES, lru_anon, "lru_anon", "hierarchical_anon", "Anonymous and shared memory on reclaim lists, by node (v1)."),
        NUMA(MX_PAGES, lru_file, "lru_file", "hierarchical_file", "Page cache on reclaim lists, by node (v1)."),
        NUMA(MX_PAGES, lru_unevictable, "lru_unevictable", "hierarchical_unevictable", "Memory that reclaim cannot take, by node (v1)."),

        /* struct cgroup_totals */
        TOTAL(MX_ONE, version, "memory_cgroup_hierarchy_version", "/proc/self/mountinfo", "Version of the cgroup hierarchy that the memory controller is in, 1 or 2."),
        TOTAL(MX_ONE, found, "memory_cgroups", "", "Cgroups with the memory controller that the settings let pass (include, exclude, sub_cgroups, max_depth); others are counted nowhere."),
        TOTAL(MX_ONE, exported, "memory_cgroups_exported", "", "Cgroups that have series of their own."),
        TOTAL(MX_USEC, look, "memory_cgroup_anon_look_seconds", "", "Longest time between two readings of the usage of one of the cgroups, which tell whether its anonymous memory may have risen and is to be read, in the time between the last two runs; absent when there was none."),
};
/* clang-format on */

_Static_assert(MX_ARRAY_SIZE(mx_cgroup_families) == CGROUP_N_FAMILIES,
               "the table has another size");

/* The kernel does not say whether a new key counts bytes or events, so neither does its name. */
int mx_cgroup_stat_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        ret->help = "Line of memory.stat that this version has no description of.";
        ret->source = "memory.stat";
        ret->type = MX_UNKNOWN;
        return mx_name_append(name, "memory_cgroup_stat_")
                       ?: mx_name_append_key(name, kv->key, kv->key_len);
}

static int events_rule(const char *prefix, const char *source, const struct mx_kv *kv, char *name,
                       struct mx_family *ret)
{
        ret->help = "Events that this version has no description of.";
        ret->source = source;
        ret->type = MX_COUNTER;
        return mx_name_append(name, prefix) ?: mx_name_append_key(name, kv->key, kv->key_len)
                ?: mx_name_append(name, "_events_total");
}

static int hierarchical_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        return events_rule("memory_cgroup_", "memory.events", kv, name, ret);
}

static int local_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        return events_rule("memory_cgroup_local_", "memory.events.local", kv, name, ret);
}

static int swap_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        return events_rule("memory_cgroup_swap_", "memory.swap.events", kv, name, ret);
}

const struct cgroup_span mx_cgroup_spans[CGROUP_BLOCKS] = {
        [CGROUP_STAT] = { CGROUP_FIRST_STAT, CGROUP_N_STAT, CGROUP_STAT_CAP, mx_cgroup_stat_rule },
        [CGROUP_EVENTS] = { CGROUP_FIRST_EVENTS, CGROUP_N_EVENTS, 12, hierarchical_rule },
        [CGROUP_LOCAL_EVENTS] = { CGROUP_FIRST_LOCAL_EVENTS, CGROUP_N_EVENTS, 12, local_rule },
        [CGROUP_SWAP_EVENTS] = { CGROUP_FIRST_SWAP_EVENTS, CGROUP_N_SWAP_EVENTS, 6, swap_rule },
};
