/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's VM counters as rows of a family table. /proc/vmstat prints them for the host,
 * /proc/zoneinfo the same ones for zones and nodes, so that each is described here once and named
 * by a prefix `p`.
 *
 * What a line counts is not to be guessed from its name: a nr_ line may be a level in pages, in
 * huge pages or in KiB, or a counter. Sources: mm/vmstat.c and include/linux/mmzone.h of
 * Linux 2.6.32, 3.10, 4.8, 4.18, 5.10, 6.1 and 6.18. Rows of lines that new kernels lack stay for
 * the old ones. */
#ifndef COLLECTORS_VMSTAT_ITEMS_H
#define COLLECTORS_VMSTAT_ITEMS_H

/* clang-format off */
#define VM_PAGES(p, key, name, help)       { p name "_bytes", help, key, NULL, MX_GAUGE, MX_PAGES, 0 },
#define VM_KIB(p, key, name, help)         { p name "_bytes", help, key, NULL, MX_GAUGE, MX_KIB, 0 },
#define VM_BYTES(p, key, name, help)       { p name "_bytes", help, key, NULL, MX_GAUGE, MX_ONE, 0 },
#define VM_LEVEL(p, key, name, help)       { p name, help, key, NULL, MX_GAUGE, MX_ONE, 0 },
#define VM_PAGES_TOTAL(p, key, name, help) { p name "_pages_total", help, key, NULL, MX_COUNTER, MX_ONE, 0 },
#define VM_KIB_TOTAL(p, key, name, help)   { p name "_bytes_total", help, key, NULL, MX_COUNTER, MX_KIB, 0 },
#define VM_TOTAL(p, key, name, help)       { p name "_total", help, key, NULL, MX_COUNTER, MX_ONE, 0 },

/* LRU sizes by zone. Before 4.8 zones had them under the names of VM_NODE_LRU. */
#define VM_ZONE_LRU(p) \
        VM_PAGES(p, "nr_zone_inactive_anon", "inactive_anon", "Anonymous and shared memory used less recently, by the zone it lies in.") \
        VM_PAGES(p, "nr_zone_active_anon", "active_anon", "Anonymous and shared memory used recently, by the zone it lies in.") \
        VM_PAGES(p, "nr_zone_inactive_file", "inactive_file", "Page cache used less recently, by the zone it lies in.") \
        VM_PAGES(p, "nr_zone_active_file", "active_file", "Page cache used recently, by the zone it lies in.") \
        VM_PAGES(p, "nr_zone_unevictable", "unevictable", "Memory that reclaim cannot take, by the zone it lies in.") \
        VM_PAGES(p, "nr_zone_write_pending", "write_pending", "Memory that is dirty or being written, by the zone it lies in.")

#define VM_ZONE(p) \
        VM_PAGES(p, "nr_free_pages_blocks", "free_pages_blocks", "Free memory in page blocks that are free as a whole.") \
        VM_PAGES(p, "nr_mlock", "mlock", "Memory locked with mlock.") \
        VM_PAGES(p, "nr_bounce", "bounce", "Bounce buffers for block devices.") \
        VM_PAGES(p, "nr_zspages", "zspages", "Memory that zsmalloc holds for zram and zswap.") \
        VM_PAGES(p, "nr_free_cma", "free_cma", "Free memory of the contiguous memory allocator.") \
        VM_PAGES(p, "nr_unaccepted", "unaccepted", "Memory that a confidential guest has not yet accepted from its host.") \
        VM_PAGES(p, "nr_alloc_batch", "alloc_batch", "Memory that may still be allocated from a zone before the next one has its turn (3.12 to 4.7).")

/* One for each allocation, whatever its order. */
#define VM_NUMA(p) \
        VM_TOTAL(p, "numa_hit", "numa_hit", "Page allocations served by the node that was wanted.") \
        VM_TOTAL(p, "numa_miss", "numa_miss", "Page allocations served by a node although another one was wanted.") \
        VM_TOTAL(p, "numa_foreign", "numa_foreign", "Page allocations that wanted a node and were served by another one.") \
        VM_TOTAL(p, "numa_interleave", "numa_interleave", "Page allocations served by the node that an interleaving policy wanted.") \
        VM_TOTAL(p, "numa_local", "numa_local", "Page allocations served by the node of the CPU that asked.") \
        VM_TOTAL(p, "numa_other", "numa_other", "Page allocations served by another node than that of the CPU that asked.")

#define VM_NODE_LRU(p) \
        VM_PAGES(p, "nr_inactive_anon", "inactive_anon", "Anonymous and shared memory used less recently, reclaimed first.") \
        VM_PAGES(p, "nr_active_anon", "active_anon", "Anonymous and shared memory used recently, reclaimed last.") \
        VM_PAGES(p, "nr_inactive_file", "inactive_file", "Page cache used less recently, reclaimed first.") \
        VM_PAGES(p, "nr_active_file", "active_file", "Page cache used recently, reclaimed last.") \
        VM_PAGES(p, "nr_unevictable", "unevictable", "Memory that reclaim cannot take: locked, ramfs, secret memory.")

/* By node since 4.8, by zone before; kernel stacks and page tables moved as late as 5.9 and 5.11. */
#define VM_NODE_OLD(p) \
        VM_PAGES(p, "nr_slab_reclaimable", "slab_reclaimable", "Slab memory that reclaim may take, such as dentries and inodes.") \
        VM_PAGES(p, "nr_slab_unreclaimable", "slab_unreclaimable", "Slab memory that reclaim cannot take.") \
        VM_PAGES(p, "nr_isolated_anon", "isolated_anon", "Anonymous and shared memory taken off the lists for a moment by reclaim or migration.") \
        VM_PAGES(p, "nr_isolated_file", "isolated_file", "Page cache taken off the lists for a moment by reclaim or migration.") \
        VM_PAGES_TOTAL(p, "workingset_refault", "workingset_refault", "Evicted pages that were needed again (3.15 to 5.8).") \
        VM_PAGES_TOTAL(p, "workingset_activate", "workingset_activate", "Refaulted pages made active at once, as they had been evicted too soon (3.15 to 5.8).") \
        VM_TOTAL(p, "workingset_nodereclaim", "workingset_nodereclaim", "Page cache tree nodes reclaimed because they held nothing but shadows of evicted pages.") \
        VM_PAGES(p, "nr_anon_pages", "anon_pages", "Anonymous memory mapped into processes.") \
        VM_PAGES(p, "nr_mapped", "mapped", "Page cache mapped into processes.") \
        VM_PAGES(p, "nr_file_pages", "file_pages", "Page cache, including shared memory and the swap cache.") \
        VM_PAGES(p, "nr_dirty", "dirty", "Memory waiting to be written to disk.") \
        VM_PAGES(p, "nr_writeback", "writeback", "Memory being written to disk.") \
        VM_PAGES(p, "nr_writeback_temp", "writeback_temp", "Temporary buffers of FUSE writeback.") \
        VM_PAGES(p, "nr_unstable", "unstable", "NFS pages sent but not yet on the server's disk; always 0 since 5.8.") \
        VM_PAGES(p, "nr_shmem", "shmem", "Shared memory and tmpfs.") \
        VM_LEVEL(p, "nr_anon_transparent_hugepages", "anon_transparent_huge_pages", "Transparent huge pages (of the PMD's size) of anonymous memory.") \
        VM_PAGES_TOTAL(p, "nr_vmscan_write", "vmscan_write", "Pages that reclaim itself wrote to disk or swap.") \
        VM_PAGES_TOTAL(p, "nr_vmscan_immediate_reclaim", "vmscan_immediate_reclaim", "Dirty or written pages that reclaim met and marked to be freed as soon as they are clean.") \
        VM_PAGES_TOTAL(p, "nr_dirtied", "dirtied", "Pages that became dirty.") \
        VM_PAGES_TOTAL(p, "nr_written", "written", "Pages whose writing was started.") \
        VM_KIB(p, "nr_kernel_stack", "kernel_stack", "Kernel stacks of all tasks (4.8 and later).") \
        VM_PAGES(p, "nr_page_table_pages", "page_table_pages", "Page tables of processes.") \
        VM_BYTES(p, "nr_shadow_call_stack_bytes", "shadow_call_stack_exact", "Shadow call stacks of all tasks (arm64 with 5.8).") \
        VM_LEVEL(p, "nr_pages_scanned", "pages_scanned", "Pages scanned since a page was last freed (3.17 to 4.10).")

/* By node from their beginning. */
#define VM_NODE_NEW(p) \
        VM_LEVEL(p, "workingset_nodes", "workingset_nodes", "Page cache tree nodes left with nothing but the shadows of evicted pages.") \
        VM_PAGES_TOTAL(p, "workingset_refault_anon", "workingset_refault_anon", "Evicted anonymous pages that were needed again.") \
        VM_PAGES_TOTAL(p, "workingset_refault_file", "workingset_refault_file", "Evicted page cache pages that were needed again.") \
        VM_PAGES_TOTAL(p, "workingset_activate_anon", "workingset_activate_anon", "Refaulted anonymous pages made active at once, as they had been evicted too soon.") \
        VM_PAGES_TOTAL(p, "workingset_activate_file", "workingset_activate_file", "Refaulted page cache pages made active at once, as they had been evicted too soon.") \
        VM_PAGES_TOTAL(p, "workingset_restore", "workingset_restore", "Refaulted pages that had been part of the working set when they were evicted (4.20 to 5.8).") \
        VM_PAGES_TOTAL(p, "workingset_restore_anon", "workingset_restore_anon", "Refaulted anonymous pages that had been part of the working set when they were evicted.") \
        VM_PAGES_TOTAL(p, "workingset_restore_file", "workingset_restore_file", "Refaulted page cache pages that had been part of the working set when they were evicted.") \
        VM_LEVEL(p, "nr_shmem_hugepages", "shmem_huge_pages", "Huge pages (of the PMD's size) in shared memory and tmpfs.") \
        VM_LEVEL(p, "nr_shmem_pmdmapped", "shmem_pmd_mapped_huge_pages", "Huge pages of shared memory that are mapped with one PMD entry.") \
        VM_LEVEL(p, "nr_file_hugepages", "file_huge_pages", "Huge pages (of the PMD's size) in the page cache.") \
        VM_LEVEL(p, "nr_file_pmdmapped", "file_pmd_mapped_huge_pages", "Huge pages of the page cache that are mapped with one PMD entry.") \
        VM_PAGES_TOTAL(p, "nr_throttled_written", "throttled_written", "Pages written while reclaim was throttled for them.") \
        VM_PAGES(p, "nr_kernel_misc_reclaimable", "kernel_misc_reclaimable", "Kernel memory outside of slab that reclaim may take.") \
        VM_BYTES(p, "nr_indirectly_reclaimable", "indirectly_reclaimable", "Kernel memory that is freed along with reclaimable slab objects (4.17, and 4.14 with updates).") \
        VM_PAGES_TOTAL(p, "nr_foll_pin_acquired", "foll_pin_acquired", "Pins taken on pages of user memory, as for direct I/O and RDMA.") \
        VM_PAGES_TOTAL(p, "nr_foll_pin_released", "foll_pin_released", "Pins released on pages of user memory.") \
        VM_KIB(p, "nr_shadow_call_stack", "shadow_call_stack", "Shadow call stacks of all tasks (arm64 and riscv).") \
        VM_PAGES(p, "nr_sec_page_table_pages", "secondary_page_table_pages", "Page tables of virtual machines and IOMMUs.") \
        VM_PAGES(p, "nr_iommu_pages", "iommu_pages", "Memory that IOMMU drivers allocated, mostly for page tables.") \
        VM_PAGES(p, "nr_swapcached", "swapcached", "Memory that is both in RAM and in swap, so that it can be evicted without writing.") \
        VM_PAGES_TOTAL(p, "pgpromote_success", "pgpromote_success", "Pages moved from slow to fast memory because they were used.") \
        VM_PAGES_TOTAL(p, "pgpromote_candidate", "pgpromote_candidate", "Pages in slow memory found hot enough to be moved to fast memory, under the rate limit.") \
        VM_PAGES_TOTAL(p, "pgpromote_candidate_nrl", "pgpromote_candidate_nrl", "Pages in slow memory to be moved to fast memory that had room for them, without a rate limit.") \
        VM_PAGES_TOTAL(p, "pgdemote_kswapd", "pgdemote_kswapd", "Pages that kswapd moved to slower memory.") \
        VM_PAGES_TOTAL(p, "pgdemote_direct", "pgdemote_direct", "Pages that direct reclaim moved to slower memory.") \
        VM_PAGES_TOTAL(p, "pgdemote_khugepaged", "pgdemote_khugepaged", "Pages that khugepaged's reclaim moved to slower memory.") \
        VM_PAGES_TOTAL(p, "pgdemote_proactive", "pgdemote_proactive", "Pages that reclaim asked for by user space moved to slower memory.") \
        VM_PAGES(p, "nr_hugetlb", "hugetlb", "Memory in huge pages that were taken from the hugetlb pools.") \
        VM_PAGES(p, "nr_balloon_pages", "balloon_pages", "Memory returned to the hypervisor by balloon drivers.") \
        VM_PAGES(p, "nr_kernel_file_pages", "kernel_file_pages", "Page cache of files that belong to the kernel itself.") \
        VM_PAGES(p, "nr_gpu_active", "gpu_active", "Memory allocated to GPU objects.") \
        VM_PAGES(p, "nr_gpu_reclaim", "gpu_reclaim", "Memory in GPU allocation pools that reclaim may take.") \
        VM_PAGES(p, "nr_memmap", "memmap", "Memory of page descriptors, allocated after boot (6.10).") \
        VM_PAGES(p, "nr_memmap_boot", "memmap_boot", "Memory of page descriptors, allocated at boot (6.10).")

/* Reclaim's work, which kernels after 6.18 count by node as well. */
#define VM_RECLAIM(p) \
        VM_PAGES_TOTAL(p, "pgrefill", "pgrefill", "Active pages looked at to refill the inactive lists.") \
        VM_PAGES_TOTAL(p, "pgsteal_kswapd", "pgsteal_kswapd", "Pages reclaimed by kswapd.") \
        VM_PAGES_TOTAL(p, "pgsteal_direct", "pgsteal_direct", "Pages reclaimed by tasks that had to wait for it.") \
        VM_PAGES_TOTAL(p, "pgsteal_khugepaged", "pgsteal_khugepaged", "Pages reclaimed by khugepaged.") \
        VM_PAGES_TOTAL(p, "pgsteal_proactive", "pgsteal_proactive", "Pages reclaimed because user space asked for it.") \
        VM_PAGES_TOTAL(p, "pgsteal_anon", "pgsteal_anon", "Anonymous pages reclaimed.") \
        VM_PAGES_TOTAL(p, "pgsteal_file", "pgsteal_file", "Page cache pages reclaimed.") \
        VM_PAGES_TOTAL(p, "pgscan_kswapd", "pgscan_kswapd", "Pages scanned by kswapd for reclaim.") \
        VM_PAGES_TOTAL(p, "pgscan_direct", "pgscan_direct", "Pages scanned for reclaim by tasks that had to wait for it.") \
        VM_PAGES_TOTAL(p, "pgscan_khugepaged", "pgscan_khugepaged", "Pages scanned for reclaim by khugepaged.") \
        VM_PAGES_TOTAL(p, "pgscan_proactive", "pgscan_proactive", "Pages scanned for reclaim because user space asked for it.") \
        VM_PAGES_TOTAL(p, "pgscan_anon", "pgscan_anon", "Anonymous pages scanned for reclaim.") \
        VM_PAGES_TOTAL(p, "pgscan_file", "pgscan_file", "Page cache pages scanned for reclaim.")
/* clang-format on */

#endif
