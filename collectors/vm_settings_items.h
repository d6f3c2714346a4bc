/* SPDX-License-Identifier: Apache-2.0 */
/* The settings that are known, as rows: the file, the kind of its number, the metric's name after
 * memory_vm_, and HELP.
 *
 * Sources: Documentation/admin-guide/sysctl/vm.rst, Documentation/admin-guide/mm/{transhuge,ksm,
 * multigen_lru,zswap}.rst and the tables of struct ctl_table, Linux 2.6.32 to 6.18. Rows of files
 * that new kernels lack stay for the old ones. A name differs from the file's where the unit does,
 * where a prefix says nothing (nr_), and where it would end in what stands for a type or a unit
 * (max_map_count, mmap_rnd_bits). */
#ifndef COLLECTORS_VM_SETTINGS_ITEMS_H
#define COLLECTORS_VM_SETTINGS_ITEMS_H

/* clang-format off */

/* Files of /proc/sys/vm, in the order of strcmp(). */
#define VM_SETTINGS_PROC(ROW) \
        ROW(VM_KIB, "admin_reserve_kbytes", "admin_reserve_bytes", "Free memory kept for processes with CAP_SYS_ADMIN when memory is committed.") \
        ROW(VM_PLAIN, "block_dump", "block_dump", "Whether reads and writes of block devices are logged, for debugging (before 5.14).") \
        ROW(VM_PLAIN, "compact_unevictable_allowed", "compact_unevictable_allowed", "Whether compaction may move locked pages (1) or not (0).") \
        ROW(VM_PLAIN, "compaction_proactiveness", "compaction_proactiveness", "How hard compaction works in the background, from 0 (not at all) to 100.") \
        ROW(VM_PLAIN, "defrag_mode", "defrag_mode", "Whether the page allocator reclaims and compacts rather than mixes kinds of pages in a block (1) or not (0).") \
        ROW(VM_BYTES, "dirty_background_bytes", "dirty_background_bytes", "Dirty memory at which writing starts in the background; 0: dirty_background_ratio decides.") \
        ROW(VM_PERCENT, "dirty_background_ratio", "dirty_background_ratio", "Share of the available memory that may be dirty before writing starts in the background; 0: dirty_background_bytes decides.") \
        ROW(VM_BYTES, "dirty_bytes", "dirty_bytes", "Dirty memory at which a writing process has to write itself; 0: dirty_ratio decides.") \
        ROW(VM_CENTISECOND, "dirty_expire_centisecs", "dirty_expire_seconds", "Age at which dirty memory is written out.") \
        ROW(VM_PERCENT, "dirty_ratio", "dirty_ratio", "Share of the available memory that may be dirty before a writing process has to write itself; 0: dirty_bytes decides.") \
        ROW(VM_CENTISECOND, "dirty_writeback_centisecs", "dirty_writeback_seconds", "Time between two rounds of periodic writing; 0: there are none.") \
        ROW(VM_PLAIN, "dirtytime_expire_seconds", "dirtytime_expire_seconds", "Age at which an inode is written of which only times have changed (lazytime).") \
        ROW(VM_PLAIN, "enable_soft_offline", "enable_soft_offline", "Whether pages with corrected errors may be taken out of use (1) or not (0).") \
        ROW(VM_PER_1000, "extfrag_threshold", "extfrag_threshold_ratio", "Fragmentation index, from 0 to 1, up to which a large allocation reclaims rather than compacts.") \
        ROW(VM_KIB, "extra_free_kbytes", "extra_free_bytes", "Memory kept free above the min watermark (kernels of some distributions).") \
        ROW(VM_PLAIN, "highmem_is_dirtyable", "highmem_is_dirtyable", "Whether memory beyond the direct mapping counts as dirtyable (1) or not (0) (32-bit).") \
        ROW(VM_PLAIN, "hugepages_treat_as_movable", "hugepages_treat_as_movable", "Whether huge pages are allocated from zone Movable (not 0) or not (0) (before 4.16).") \
        ROW(VM_PLAIN, "hugetlb_optimize_vmemmap", "hugetlb_optimize_vmemmap", "Whether page descriptors of huge pages are given back (1) or not (0).") \
        ROW(VM_PLAIN, "hugetlb_shm_group", "hugetlb_shm_group", "Group id that may make System V shared memory of huge pages.") \
        ROW(VM_PLAIN, "laptop_mode", "laptop_mode_seconds", "Time after a read at which dirty memory is written too, as the disk turns; 0: laptop mode is off.") \
        ROW(VM_PLAIN, "legacy_va_layout", "legacy_va_layout", "Whether processes get the old layout of mappings, bottom up (not 0), or not (0).") \
        ROW(VM_PLAIN, "max_map_count", "max_maps", "How many mappings a process may have; mmap fails with ENOMEM above it.") \
        ROW(VM_PLAIN, "mem_profiling", "mem_profiling", "Whether the kernel's allocations are accounted by place in the code (1) or not (0).") \
        ROW(VM_PLAIN, "memfd_noexec", "memfd_noexec", "Whether memfds are executable: unless asked not to be (0), only when asked for (1), never (2).") \
        ROW(VM_PLAIN, "memory_failure_early_kill", "memory_failure_early_kill", "Whether processes that map a broken page are killed at once (1) or when they use it (0).") \
        ROW(VM_PLAIN, "memory_failure_recovery", "memory_failure_recovery", "Whether the kernel survives a broken page where it can (1) or panics (0).") \
        ROW(VM_KIB, "min_free_kbytes", "min_free_bytes", "Memory kept free on the whole host, of which each zone's min watermark is a share.") \
        ROW(VM_PERCENT, "min_slab_ratio", "min_slab_ratio", "Share of a node in reclaimable slab above which reclaim on the wanted node takes slab.") \
        ROW(VM_PERCENT, "min_unmapped_ratio", "min_unmapped_ratio", "Share of a node in unmapped file pages above which reclaim happens on the wanted node.") \
        ROW(VM_PLAIN, "mmap_min_addr", "mmap_min_addr", "Lowest address that a process may map.") \
        ROW(VM_PLAIN, "mmap_rnd_bits", "mmap_rnd_width", "How many bits of the address of mappings are random; only root can read it.") \
        ROW(VM_PLAIN, "mmap_rnd_compat_bits", "mmap_rnd_compat_width", "How many bits of the address of mappings of 32-bit processes are random; only root can read it.") \
        ROW(VM_PLAIN, "movable_gigantic_pages", "movable_gigantic_pages", "Whether gigantic pages may be allocated from zone Movable (1) or not (0).") \
        ROW(VM_PLAIN, "nr_hugepages", "hugepages", "Set size of the pool of huge pages of the default size, in pages, without surplus pages.") \
        ROW(VM_PLAIN, "nr_overcommit_hugepages", "overcommit_hugepages", "How many surplus pages the pool of huge pages of the default size may have.") \
        ROW(VM_PLAIN, "nr_trim_pages", "trim_pages", "Pages in excess of a mapping from which on they are given back (without an MMU).") \
        ROW(VM_PLAIN, "numa_stat", "numa_stat", "Whether NUMA allocations are counted (1) or not (0), in which case numa_hit and the like stand still.") \
        ROW(VM_PLAIN, "oom_dump_tasks", "oom_dump_tasks", "Whether the OOM killer logs all processes (not 0) or not (0).") \
        ROW(VM_PLAIN, "oom_kill_allocating_task", "oom_kill_allocating_task", "Whether the OOM killer kills the process that asked for memory (not 0) or the one with the highest score (0).") \
        ROW(VM_KIB, "overcommit_kbytes", "overcommit_bytes", "RAM that counts for the commit limit; 0: overcommit_ratio decides.") \
        ROW(VM_PLAIN, "overcommit_memory", "overcommit_memory", "How commitments are checked: by a guess (0), not at all (1), strictly against the commit limit (2).") \
        ROW(VM_PERCENT, "overcommit_ratio", "overcommit_ratio", "Share of RAM that counts for the commit limit; 0: overcommit_kbytes decides.") \
        ROW(VM_PLAIN, "page-cluster", "page_cluster", "Binary logarithm of the pages read ahead from swap at a time; 0: one page, no readahead.") \
        ROW(VM_PLAIN, "page_lock_unfairness", "page_lock_unfairness", "How often a waiter for a page's lock may be passed over before it is handed the lock.") \
        ROW(VM_PLAIN, "panic_on_oom", "panic_on_oom", "Whether the kernel panics when memory runs out: no (0), unless only a part of the host has (1), always (2).") \
        ROW(VM_PLAIN, "percpu_pagelist_fraction", "percpu_pagelist_fraction", "Divisor of a zone's pages that gives the high mark of per-CPU lists; 0: the kernel decides (before 5.14).") \
        ROW(VM_PLAIN, "percpu_pagelist_high_fraction", "percpu_pagelist_high_fraction", "Divisor of a zone's pages that gives the high mark of all its per-CPU lists; 0: the kernel decides.") \
        ROW(VM_PLAIN, "stat_interval", "stat_interval_seconds", "Time between two foldings of per-CPU counters into those of /proc/vmstat and /proc/zoneinfo.") \
        ROW(VM_PLAIN, "swappiness", "swappiness", "How readily memory is swapped out rather than page cache reclaimed, from 0 (hardly ever) over 100 (alike) to 200.") \
        ROW(VM_PLAIN, "unprivileged_userfaultfd", "unprivileged_userfaultfd", "Whether any user may handle faults of the kernel with userfaultfd (1) or only those with CAP_SYS_PTRACE (0).") \
        ROW(VM_KIB, "user_reserve_kbytes", "user_reserve_bytes", "Memory that a process leaves free for others under strict commitment.") \
        ROW(VM_PLAIN, "vdso_enabled", "vdso_enabled", "Whether processes get a vDSO (not 0) or not (0) (32-bit).") \
        ROW(VM_PLAIN, "vfs_cache_pressure", "vfs_cache_pressure", "How readily dentries and inodes are reclaimed: as page cache is at 100, or at vfs_cache_pressure_denom; never at 0.") \
        ROW(VM_PLAIN, "vfs_cache_pressure_denom", "vfs_cache_pressure_denom", "What vfs_cache_pressure is a fraction of.") \
        ROW(VM_PER_10000, "watermark_boost_factor", "watermark_boost_ratio", "Share of a zone's high watermark by which watermarks are raised at most, for a while, when kinds of pages were mixed in a block; 0: never.") \
        ROW(VM_PER_10000, "watermark_scale_factor", "watermark_scale_ratio", "Share of a zone's memory by which its watermarks are apart, if that is more than min_free_kbytes makes it.") \
        ROW(VM_PLAIN, "zone_reclaim_mode", "zone_reclaim_mode", "What is reclaimed on the wanted node before another is used, as a sum: reclaim at all (1), write pages (2), swap (4).")

/* Files of sysfs: directory and file. */
#define VM_SETTINGS_SYS(ROW) \
        ROW(VM_PERCENT, "kernel/mm/ksm", "advisor_max_cpu", "ksm_advisor_max_cpu_ratio", "Share of a CPU that KSM may take at most while advisor_mode is scan-time.") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "advisor_max_pages_to_scan", "ksm_advisor_max_pages_to_scan", "Most pages that KSM scans before it sleeps while advisor_mode is scan-time.") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "advisor_min_pages_to_scan", "ksm_advisor_min_pages_to_scan", "Fewest pages that KSM scans before it sleeps while advisor_mode is scan-time.") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "advisor_target_scan_time", "ksm_advisor_target_scan_seconds", "Time in which KSM tries to scan all of its pages while advisor_mode is scan-time.") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "max_page_sharing", "ksm_max_page_sharing", "How many mappings may share one page of KSM.") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "merge_across_nodes", "ksm_merge_across_nodes", "Whether KSM merges pages of different NUMA nodes (1) or not (0).") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "pages_to_scan", "ksm_pages_to_scan", "Pages that KSM scans before it sleeps.") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "run", "ksm_run", "Whether KSM runs (1), has stopped and keeps what is merged (0), or has stopped and unmerged all (2).") \
        ROW(VM_MILLISECOND, "kernel/mm/ksm", "sleep_millisecs", "ksm_sleep_seconds", "Time that KSM sleeps between two scans.") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "smart_scan", "ksm_smart_scan", "Whether KSM passes over pages that it could not merge before (1) or not (0).") \
        ROW(VM_MILLISECOND, "kernel/mm/ksm", "stable_node_chains_prune_millisecs", "ksm_stable_node_chains_prune_seconds", "Time between two looks of KSM for stale entries of merged pages that have reached max_page_sharing.") \
        ROW(VM_PLAIN, "kernel/mm/ksm", "use_zero_pages", "ksm_use_zero_pages", "Whether KSM merges pages of zeros with the zero page (1) or not (0).") \
        ROW(VM_MILLISECOND, "kernel/mm/lru_gen", "min_ttl_ms", "lru_gen_min_ttl_seconds", "Age of a working set that multi-gen LRU does not reclaim from, but kills for; 0: none.") \
        ROW(VM_MILLISECOND, "kernel/mm/transparent_hugepage/khugepaged", "alloc_sleep_millisecs", "khugepaged_alloc_sleep_seconds", "Time that khugepaged waits after it could not get a huge page.") \
        ROW(VM_PLAIN, "kernel/mm/transparent_hugepage/khugepaged", "defrag", "khugepaged_defrag", "Whether khugepaged reclaims and compacts to get a huge page (1) or not (0).") \
        ROW(VM_PLAIN, "kernel/mm/transparent_hugepage/khugepaged", "max_ptes_none", "khugepaged_max_ptes_none", "How many pages of a huge page may be missing for khugepaged to collapse the others into one; each costs memory.") \
        ROW(VM_PLAIN, "kernel/mm/transparent_hugepage/khugepaged", "max_ptes_shared", "khugepaged_max_ptes_shared", "How many pages of a huge page may be shared for khugepaged to collapse them.") \
        ROW(VM_PLAIN, "kernel/mm/transparent_hugepage/khugepaged", "max_ptes_swap", "khugepaged_max_ptes_swap", "How many pages of a huge page khugepaged reads from swap to collapse them.") \
        ROW(VM_PLAIN, "kernel/mm/transparent_hugepage/khugepaged", "pages_to_scan", "khugepaged_pages_to_scan", "Pages that khugepaged scans before it sleeps.") \
        ROW(VM_MILLISECOND, "kernel/mm/transparent_hugepage/khugepaged", "scan_sleep_millisecs", "khugepaged_scan_sleep_seconds", "Time that khugepaged sleeps between two scans.") \
        ROW(VM_PLAIN, "kernel/mm/transparent_hugepage", "shrink_underused", "thp_shrink_underused", "Whether huge pages that are mostly zeros are split under pressure (1) or not (0).") \
        ROW(VM_PLAIN, "kernel/mm/transparent_hugepage", "use_zero_page", "thp_use_zero_page", "Whether a read of untouched memory gets a huge page of zeros (1) or not (0).") \
        ROW(VM_PERCENT, "module/zswap/parameters", "accept_threshold_percent", "zswap_accept_threshold_ratio", "How full, of its largest size, zswap has to be at most to take pages again once it was full.") \
        ROW(VM_PERCENT, "module/zswap/parameters", "max_pool_percent", "zswap_max_pool_ratio", "Share of RAM that zswap may take.")

/* clang-format on */

#endif
