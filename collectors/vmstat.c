/* SPDX-License-Identifier: Apache-2.0 */
/* Every line of /proc/vmstat.
 *
 *   nr_free_pages 1343487                (6.18, x86_64: a level, in pages)
 *   nr_kernel_stack 1444                 (a level, in KiB)
 *   nr_dirtied 947327                    (a counter, in pages)
 *   pgpgin 3442213                       (a counter, in KiB)
 *   pgfault 4987000                      (a counter, of events)
 *   nr_unstable 0                        (kept by the kernel for old readers)
 *
 * Sources: mm/vmstat.c from Linux 2.6.32 to 6.18, see vmstat_items.h. A line that the table lacks
 * becomes memory_vmstat_<key>, which claims no unit: a gauge when it starts with nr_, of unknown
 * type otherwise. */
#include "vmstat.h"

#include "vmstat_items.h"

#define FILE_MAX  65536 /* 6.18 prints 3.7 kB */
#define LINES_MAX 512   /* 6.18 prints 168; the table has 320 */

#define P "memory_vmstat_"

/* clang-format off */
#define EACH_ZONE(ROW, key, help) \
        ROW(P, key "_dma", key "_dma", help " the DMA zone.") \
        ROW(P, key "_dma32", key "_dma32", help " the DMA32 zone.") \
        ROW(P, key "_normal", key "_normal", help " the Normal zone.") \
        ROW(P, key "_high", key "_high", help " the HighMem zone.") \
        ROW(P, key "_movable", key "_movable", help " the Movable zone.") \
        ROW(P, key "_device", key "_device", help " the Device zone.")

#define EVENT(key, help) VM_TOTAL(P, key, key, help)
#define PAGES(key, help) VM_PAGES_TOTAL(P, key, key, help)

static const struct mx_family families[] = {
        VM_PAGES(P, "nr_free_pages", "free_pages", "Free memory of the page allocator, without what waits on per-CPU lists.")
        VM_ZONE_LRU(P "zone_")
        VM_ZONE(P)
        VM_NUMA(P)
        VM_NODE_LRU(P)
        VM_NODE_OLD(P)
        VM_NODE_NEW(P)
        VM_PAGES(P, "nr_dirty_threshold", "dirty_threshold", "Dirty memory at which writers have to wait.")
        VM_PAGES(P, "nr_dirty_background_threshold", "dirty_background_threshold", "Dirty memory at which writing starts in the background.")
        VM_PAGES(P, "nr_memmap_pages", "memmap_pages", "Memory of page descriptors, allocated after boot.")
        VM_PAGES(P, "nr_memmap_boot_pages", "memmap_boot_pages", "Memory of page descriptors, allocated at boot.")

        VM_KIB_TOTAL(P, "pgpgin", "pgpgin", "Data read from block devices.")
        VM_KIB_TOTAL(P, "pgpgout", "pgpgout", "Data written to block devices.")
        PAGES("pswpin", "Pages read from swap.")
        PAGES("pswpout", "Pages written to swap.")

        EACH_ZONE(VM_PAGES_TOTAL, "pgalloc", "Pages allocated from")
        EACH_ZONE(VM_PAGES_TOTAL, "pgskip", "Pages that reclaim passed over because what it worked for could not use")
        PAGES("pgfree", "Pages freed.")
        PAGES("pgactivate", "Pages moved to an active list.")
        PAGES("pgdeactivate", "Pages moved to an inactive list.")
        PAGES("pglazyfree", "Pages given up with MADV_FREE, to be taken when memory is short.")
        PAGES("pglazyfreed", "Pages given up with MADV_FREE that reclaim then took.")

        EVENT("pgfault", "Page faults, minor and major.")
        EVENT("pgmajfault", "Page faults that had to wait for a read from disk or swap.")
        PAGES("pgreuse", "Pages kept and made writable on a write fault, without a copy.")

        EVENT("allocstall", "Times a task had to reclaim memory itself before it got a page (before 4.10).")
        EACH_ZONE(VM_TOTAL, "allocstall", "Times a task had to reclaim memory itself for a request that could use zones up to")
        EVENT("pgscan_direct_throttle", "Times a task in direct reclaim was made to wait for kswapd.")
        VM_RECLAIM(P)
        PAGES("kswapd_steal", "Pages reclaimed by kswapd (before 3.5).")
        EACH_ZONE(VM_PAGES_TOTAL, "pgrefill", "Active pages looked at to refill the inactive lists (before 4.8) of")
        EACH_ZONE(VM_PAGES_TOTAL, "pgsteal", "Pages reclaimed (before 3.5) from")
        EACH_ZONE(VM_PAGES_TOTAL, "pgsteal_kswapd", "Pages reclaimed by kswapd (before 4.8) from")
        EACH_ZONE(VM_PAGES_TOTAL, "pgsteal_direct", "Pages reclaimed by tasks that had to wait for it (before 4.8) from")
        EACH_ZONE(VM_PAGES_TOTAL, "pgscan_kswapd", "Pages scanned by kswapd for reclaim (before 4.8) in")
        EACH_ZONE(VM_PAGES_TOTAL, "pgscan_direct", "Pages scanned for reclaim by tasks that had to wait for it (before 4.8) in")
        EVENT("zone_reclaim_success", "Reclaims on the wanted node (vm.zone_reclaim_mode) that freed enough.")
        EVENT("zone_reclaim_failed", "Reclaims on the wanted node (vm.zone_reclaim_mode) that did not free enough.")
        PAGES("pginodesteal", "Page cache pages freed along with their inodes by tasks that had to wait for it.")
        PAGES("kswapd_inodesteal", "Page cache pages freed along with their inodes by kswapd.")
        EVENT("slabs_scanned", "Objects that the shrinkers of slab caches scanned.")
        EVENT("pageoutrun", "Times kswapd set out to balance a node.")
        EVENT("kswapd_low_wmark_hit_quickly", "Times kswapd was woken from its first short sleep, as memory ran low again at once.")
        EVENT("kswapd_high_wmark_hit_quickly", "Times kswapd could not sleep on after its first short sleep, as free memory had fallen below the high watermark.")
        EVENT("kswapd_skip_congestion_wait", "Times kswapd did not wait for busy disks, as a zone was below its min watermark (2.6.33 to 3.7).")
        PAGES("pgrotated", "Pages moved to the end of the inactive list once they were written, to be reclaimed next.")

        EVENT("drop_pagecache", "Times the page cache was dropped through vm.drop_caches.")
        EVENT("drop_slab", "Times reclaimable slab was dropped through vm.drop_caches.")
        EVENT("oom_kill", "Processes killed by the OOM killer, for the host and for cgroups.")

        EVENT("numa_pte_updates", "Page table entries of base pages marked to fault, to learn which node uses them.")
        EVENT("numa_huge_pte_updates", "Page table entries of huge pages marked to fault, to learn which node uses them.")
        EVENT("numa_hint_faults", "Faults on pages marked to learn which node uses them.")
        EVENT("numa_hint_faults_local", "Faults on marked pages that were already on the node of the CPU.")
        EVENT("numa_pages_migrated", "Pages moved to the node that uses them.")
        PAGES("pgmigrate_success", "Pages moved to another place, by compaction, balancing or request.")
        PAGES("pgmigrate_fail", "Pages that could not be moved to another place.")
        EVENT("thp_migration_success", "Transparent huge pages moved in one piece.")
        EVENT("thp_migration_fail", "Transparent huge pages that could be neither moved nor split.")
        EVENT("thp_migration_split", "Transparent huge pages split so that their parts could be moved.")

        PAGES("compact_migrate_scanned", "Pages scanned by compaction for ones to move.")
        PAGES("compact_free_scanned", "Pages scanned by compaction for free ones to move to.")
        PAGES("compact_isolated", "Pages that compaction took off their lists, to move or to move to.")
        EVENT("compact_stall", "Times a task had to compact memory itself for a large allocation.")
        EVENT("compact_fail", "Compactions by tasks after which the allocation still failed.")
        EVENT("compact_success", "Compactions by tasks after which the allocation succeeded.")
        EVENT("compact_daemon_wake", "Times kcompactd was woken to compact a node.")
        PAGES("compact_daemon_migrate_scanned", "Pages scanned by kcompactd for ones to move.")
        PAGES("compact_daemon_free_scanned", "Pages scanned by kcompactd for free ones to move to.")
        EVENT("compact_blocks_moved", "Page blocks that compaction worked on (2.6.35 to 3.7).")
        EVENT("compact_pages_moved", "Pages that compaction moved (2.6.35 to 3.7).")
        EVENT("compact_pagemigrate_failed", "Pages that compaction could not move (2.6.35 to 3.7).")

        EVENT("htlb_buddy_alloc_success", "Huge pages that the hugetlb pools got from the page allocator.")
        EVENT("htlb_buddy_alloc_fail", "Huge pages that the hugetlb pools wanted and did not get.")
        EVENT("cma_alloc_success", "Contiguous allocations that succeeded.")
        EVENT("cma_alloc_fail", "Contiguous allocations that failed.")

        EVENT("unevictable_pgs_culled", "Pages moved to the unevictable list.")
        EVENT("unevictable_pgs_scanned", "Unevictable pages looked at again, to see whether they may be reclaimed.")
        EVENT("unevictable_pgs_rescued", "Pages moved off the unevictable list.")
        EVENT("unevictable_pgs_mlocked", "Pages locked with mlock.")
        EVENT("unevictable_pgs_munlocked", "Pages unlocked with munlock.")
        EVENT("unevictable_pgs_cleared", "Locked pages that lost their lock as they were freed or truncated.")
        EVENT("unevictable_pgs_stranded", "Pages left on the unevictable list by an unlock that could not take them off.")
        EVENT("unevictable_pgs_mlockfreed", "Pages freed while still locked with mlock (before 4.0).")

        EVENT("thp_fault_alloc", "Transparent huge pages allocated on a page fault.")
        EVENT("thp_fault_fallback", "Page faults that fell back to small pages for want of a huge one.")
        EVENT("thp_fault_fallback_charge", "Page faults that fell back to small pages because a cgroup's limit left no room for a huge one.")
        EVENT("thp_collapse_alloc", "Huge pages allocated by khugepaged to collapse small pages into.")
        EVENT("thp_collapse_alloc_failed", "Huge pages that khugepaged wanted and did not get.")
        EVENT("thp_file_alloc", "Huge pages allocated for shared memory or files.")
        EVENT("thp_file_fallback", "Allocations for shared memory or files that fell back to small pages.")
        EVENT("thp_file_fallback_charge", "Allocations for shared memory or files that fell back to small pages because of a cgroup's limit.")
        EVENT("thp_file_mapped", "Huge pages of shared memory or files mapped into processes.")
        EVENT("thp_split", "Transparent huge pages split into small pages (2.6.38 to 4.4).")
        EVENT("thp_split_page", "Transparent huge pages split into small pages.")
        EVENT("thp_split_page_failed", "Transparent huge pages that could not be split, as somebody held them.")
        EVENT("thp_deferred_split_page", "Transparent huge pages put on the list to be split when memory is short.")
        EVENT("thp_underused_split_page", "Transparent huge pages split because most of them was zeros.")
        EVENT("thp_split_pmd", "Huge mappings (PMD) split into small ones.")
        EVENT("thp_split_pud", "Huge mappings (PUD) split into smaller ones.")
        EVENT("thp_scan_exceed_none_pte", "Ranges not collapsed as more of their pages were not there than khugepaged allows.")
        EVENT("thp_scan_exceed_swap_pte", "Ranges not collapsed as more of their pages were in swap than khugepaged allows.")
        EVENT("thp_scan_exceed_share_pte", "Ranges not collapsed as more of their pages were shared than khugepaged allows.")
        EVENT("thp_zero_page_alloc", "Times a huge page of zeros was allocated, to serve reads of untouched memory.")
        EVENT("thp_zero_page_alloc_failed", "Times no huge page of zeros could be allocated.")
        EVENT("thp_swpout", "Huge pages swapped out in one piece.")
        EVENT("thp_swpout_fallback", "Huge pages split before they were swapped out.")

        PAGES("balloon_inflate", "Pages given to the hypervisor by the balloon driver.")
        PAGES("balloon_deflate", "Pages got back from the hypervisor by the balloon driver.")
        PAGES("balloon_migrate", "Pages of the balloon replaced by other ones, for compaction.")

        VM_TOTAL(P, "nr_tlb_remote_flush", "tlb_remote_flush", "TLB flushes that other CPUs were asked for.")
        VM_TOTAL(P, "nr_tlb_remote_flush_received", "tlb_remote_flush_received", "TLB flushes done because another CPU asked.")
        VM_TOTAL(P, "nr_tlb_local_flush_all", "tlb_local_flush_all", "TLB flushes of everything on the CPU itself.")
        VM_TOTAL(P, "nr_tlb_local_flush_one", "tlb_local_flush_one", "TLB flushes of one page on the CPU itself.")

        PAGES("swap_ra", "Pages read ahead from swap.")
        PAGES("swap_ra_hit", "Pages read ahead from swap that were then used.")
        PAGES("swpin_zero", "Pages of zeros brought back from swap without a read.")
        PAGES("swpout_zero", "Pages of zeros swapped out without a write.")
        PAGES("ksm_swpin_copy", "Pages shared by KSM that were copied as they came back from swap.")
        EVENT("cow_ksm", "Writes to pages shared by KSM, each of which made a copy.")
        PAGES("zswpin", "Pages brought back from zswap.")
        PAGES("zswpout", "Pages put into zswap.")
        PAGES("zswpwb", "Pages written from zswap to the swap device.")

        EVENT("direct_map_level2_splits", "Large pages of the kernel's direct mapping split into 4 KiB pages (x86).")
        EVENT("direct_map_level3_splits", "Gigantic pages of the kernel's direct mapping split into large pages (x86).")
        EVENT("direct_map_level2_collapses", "Large pages of the kernel's direct mapping made of 4 KiB pages again (x86).")
        EVENT("direct_map_level3_collapses", "Gigantic pages of the kernel's direct mapping made of large pages again (x86).")

        EVENT("vma_lock_success", "Page faults handled under the lock of one mapping.")
        EVENT("vma_lock_abort", "Page faults that could not use the lock of one mapping and took that of the whole address space.")
        EVENT("vma_lock_retry", "Page faults begun under the lock of one mapping that had to be tried again.")
        EVENT("vma_lock_miss", "Look-ups of a mapping to lock that raced with a change to it.")
        EVENT("vmacache_find_calls", "Look-ups in the cache of recently used mappings (3.15 to 6.0).")
        EVENT("vmacache_find_hits", "Look-ups in the cache of recently used mappings that found one (3.15 to 6.0).")
        EVENT("vmacache_full_flushes", "Times the caches of recently used mappings were emptied (3.15 to 4.18).")

        EVENT("kstack_1k", "Tasks that had used up to 1 KiB of kernel stack when they ended.")
        EVENT("kstack_2k", "Tasks that had used 1 to 2 KiB of kernel stack when they ended.")
        EVENT("kstack_4k", "Tasks that had used 2 to 4 KiB of kernel stack when they ended.")
        EVENT("kstack_8k", "Tasks that had used 4 to 8 KiB of kernel stack when they ended.")
        EVENT("kstack_16k", "Tasks that had used 8 to 16 KiB of kernel stack when they ended.")
        EVENT("kstack_32k", "Tasks that had used 16 to 32 KiB of kernel stack when they ended.")
        EVENT("kstack_64k", "Tasks that had used 32 to 64 KiB of kernel stack when they ended.")
        EVENT("kstack_rest", "Tasks that had used more than 64 KiB of kernel stack when they ended.")

        /* Beyond the keymap: made from a line above. */
        VM_LEVEL(P, "nr_kernel_stack", "kernel_stacks", "Kernel stacks of all tasks, as a number of stacks of the machine's stack size (before 4.8).")
};
/* clang-format on */

#define STACKS (MX_ARRAY_SIZE(families) - 1)

struct vmstat_state {
        const struct mx_host *host;
        struct mx_keymap *map;
        int kernel_stack, zone_write_pending; /* columns */
        uint64_t row[LINES_MAX];
};

int mx_vmstat_find(const struct mx_family *table, size_t n, const char *key)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(table[i].key, key) == 0)
                        return (int)i;
        return -ENOENT;
}

uint64_t mx_vmstat_take_stacks(uint64_t *kernel_stack, uint64_t zone_write_pending)
{
        uint64_t stacks = *kernel_stack;

        if (zone_write_pending != MX_ABSENT)
                return MX_ABSENT;
        *kernel_stack = MX_ABSENT;
        return stacks;
}

static int vmstat_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        bool level = kv->key_len > 3 && memcmp(kv->key, "nr_", 3) == 0;

        ret->help = "Line of the kernel's VM statistics that this version has no description of.";
        ret->type = level ? MX_GAUGE : MX_UNKNOWN;
        ret->scale = MX_ONE;
        return mx_name_append(name, "memory_vmstat_")
                       ?: mx_name_append_key(name, kv->key, kv->key_len);
}

static int vmstat_open(void *state, const struct mx_host *host, const void *options,
                       struct mx_err *reterr)
{
        struct vmstat_state *s = state;
        size_t n = STACKS; /* its key repeats */
        const struct mx_buf *buf;
        int r;

        (void)options;
        s->host = host;
        r = mx_host_read_proc(host, "vmstat", FILE_MAX, &buf, reterr);
        if (r < 0)
                return r;
        s->kernel_stack = mx_vmstat_find(families, n, "nr_kernel_stack");
        s->zone_write_pending = mx_vmstat_find(families, n, "nr_zone_write_pending");
        if (s->kernel_stack < 0 || s->zone_write_pending < 0)
                return mx_err_set(reterr, -EINVAL, "the table lacks a row", "vmstat", 0);
        return mx_keymap_new(&s->map, families, 0, n, LINES_MAX, vmstat_rule);
}

static int vmstat_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct vmstat_state *s = state;
        const struct mx_buf *buf;
        uint64_t stacks;
        int n, r;

        r = mx_host_read_proc(s->host, "vmstat", FILE_MAX, &buf, reterr);
        if (r < 0)
                return r;
        n = mx_keymap_read(s->map, sink, buf->data, buf->len, s->row);
        if (n == 0)
                return mx_err_set(reterr, -EBADMSG, "no line could be read", "vmstat", 1);
        stacks = mx_vmstat_take_stacks(&s->row[s->kernel_stack], s->row[s->zone_write_pending]);
        mx_keymap_emit(s->map, sink, s->row, 1, NULL);
        mx_emit(sink, STACKS, stacks);
        return 0;
}

static void vmstat_close(void *state)
{
        struct vmstat_state *s = state;

        mx_keymap_free(s->map);
}

const struct mx_collector mx_vmstat = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "vmstat",
        .help = "What the kernel's memory management is doing: reclaim, faults, compaction, huge "
                "pages.",
        .source = "/proc/vmstat",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = LINES_MAX,
        .max_bytes = 128 * 1024,
        .state_size = sizeof(struct vmstat_state),
        .open = vmstat_open,
        .collect = vmstat_collect,
        .close = vmstat_close,
};
