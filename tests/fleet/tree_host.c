/* SPDX-License-Identifier: Apache-2.0 */
/* The files of /proc that are about the host as a whole. */
#include "tree_parts.h"

#include <string.h>

static void add_huge_pages(struct text *x, const struct sim_node *s, uint64_t total)
{
        text_add(x, "HugePages_Total: " NR "\nHugePages_Free:  " NR "\n", ULL(s->huge_pool),
                 ULL(s->huge_free));
        text_add(x, "HugePages_Rsvd:        0\nHugePages_Surp:        0\n"
                    "Hugepagesize:       2048 kB\n");
        text_kb(x, "", "Hugetlb:", s->huge_pool * SIM_HUGE_PAGES);
        text_kb(x, "", "DirectMap4k:", 60000);
        text_kb(x, "", "DirectMap2M:", total - 60000);
        text_add(x, "DirectMap1G:           0 kB\n");
}

int tree_meminfo(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        struct sim_node s = sim_sum(h);
        struct sim_lru l = sim_lru(s.anon, s.shmem, s.file);
        uint64_t buffers = sim_buffers(s.file);
        const struct {
                const char *key;
                uint64_t pages;
        } rows[] = {
                { "MemTotal:", sim_mem_total(h) },
                { "MemFree:", sim_mem_free(h) },
                { "MemAvailable:", sim_mem_available(h) },
                { "Buffers:", buffers },
                { "Cached:", s.file - buffers + s.shmem },
                { "SwapCached:", 0 },
                { "Active:", l.active_anon + l.active_file },
                { "Inactive:", l.inactive_anon + l.inactive_file },
                { "Active(anon):", l.active_anon },
                { "Inactive(anon):", l.inactive_anon },
                { "Active(file):", l.active_file },
                { "Inactive(file):", l.inactive_file },
                { "Unevictable:", 0 },
                { "Mlocked:", 0 },
                { "SwapTotal:", h->swap_total },
                { "SwapFree:", h->swap_total - h->swap_used },
                { "Dirty:", h->dirty },
                { "Writeback:", h->writeback },
                { "AnonPages:", s.anon },
                { "Mapped:", h->mapped },
                { "Shmem:", s.shmem },
                { "KReclaimable:", s.slab_reclaimable },
                { "Slab:", s.slab_reclaimable + s.slab_unreclaimable },
                { "SReclaimable:", s.slab_reclaimable },
                { "SUnreclaim:", s.slab_unreclaimable },
                { "KernelStack:", s.kernel_stack },
                { "PageTables:", s.page_tables },
                { "SecPageTables:", 0 },
                { "NFS_Unstable:", 0 },
                { "Bounce:", 0 },
                { "WritebackTmp:", 0 },
                { "CommitLimit:", sim_commit_limit(h) },
                { "Committed_AS:", h->committed },
                { "VmallocTotal:", 8589934591 },
                { "VmallocUsed:", 12000 },
                { "VmallocChunk:", 0 },
                { "Percpu:", SIM_PERCPU },
                { "AnonHugePages:",
                  h->vm.thp_enabled[0] == 'a' ? s.anon / 2 / SIM_HUGE_PAGES * SIM_HUGE_PAGES : 0 },
                { "ShmemHugePages:", 0 },
                { "ShmemPmdMapped:", 0 },
                { "FileHugePages:", 0 },
                { "FilePmdMapped:", 0 },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                text_kb(x, "", rows[i].key, rows[i].pages);
        add_huge_pages(x, &s, sim_mem_total(h));
        return tree_put(t, "proc/meminfo", x);
}

/* clang-format off */
static const char *const after_nodes[] = {
        "nr_dirty_threshold", "nr_dirty_background_threshold", "pgpgin", "pgpgout", "pswpin", "pswpout", "pgalloc_dma",
        "pgalloc_dma32", "pgalloc_normal", "pgalloc_movable", "pgalloc_device", "allocstall_dma", "allocstall_dma32",
        "allocstall_normal", "allocstall_movable", "allocstall_device", "pgskip_dma", "pgskip_dma32", "pgskip_normal",
        "pgskip_movable", "pgskip_device", "pgfree", "pgactivate", "pgdeactivate", "pglazyfree", "pgfault", "pgmajfault",
        "pglazyfreed", "pgrefill", "pgreuse", "pgsteal_kswapd", "pgsteal_direct", "pgdemote_kswapd", "pgdemote_direct",
        "pgscan_kswapd", "pgscan_direct", "pgscan_direct_throttle", "pgscan_anon", "pgscan_file", "pgsteal_anon",
        "pgsteal_file", "zone_reclaim_failed", "pginodesteal", "slabs_scanned", "kswapd_inodesteal",
        "kswapd_low_wmark_hit_quickly", "kswapd_high_wmark_hit_quickly", "pageoutrun", "pgrotated", "drop_pagecache",
        "drop_slab", "oom_kill", "numa_pte_updates", "numa_huge_pte_updates", "numa_hint_faults", "numa_hint_faults_local",
        "numa_pages_migrated", "pgmigrate_success", "pgmigrate_fail", "compact_migrate_scanned", "compact_free_scanned",
        "compact_isolated", "compact_stall", "compact_fail", "compact_success", "compact_daemon_wake",
        "htlb_buddy_alloc_success", "htlb_buddy_alloc_fail", "unevictable_pgs_culled", "unevictable_pgs_scanned",
        "thp_fault_alloc", "thp_fault_fallback", "thp_collapse_alloc", "thp_collapse_alloc_failed", "thp_split_page",
        "thp_split_pmd", "thp_zero_page_alloc", "thp_swpout", "thp_swpout_fallback", "swap_ra", "swap_ra_hit", "nr_unstable",
};
/* clang-format on */

struct row {
        const char *key;
        uint64_t value;
};

static void add_rows(struct text *x, const struct row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++)
                text_add(x, "%s " NR "\n", rows[i].key, ULL(rows[i].value));
}

static uint64_t find(const struct row *rows, size_t n, const char *key)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(rows[i].key, key) == 0)
                        return rows[i].value;
        return 0;
}

static void add_levels(struct text *x, const struct sim_host *h)
{
        struct sim_node s = sim_sum(h);
        struct sim_lru l = sim_lru(s.anon, s.shmem, s.file);
        const struct row rows[] = {
                { "nr_free_pages", sim_mem_free(h) },
                { "nr_zone_inactive_anon", l.inactive_anon },
                { "nr_zone_active_anon", l.active_anon },
                { "nr_zone_inactive_file", l.inactive_file },
                { "nr_zone_active_file", l.active_file },
                { "nr_zone_unevictable", 0 },
                { "nr_zone_write_pending", h->dirty + h->writeback },
                { "nr_mlock", 0 },
                { "nr_free_cma", 0 },
                { "numa_hit", s.numa_hit },
                { "numa_miss", s.numa_miss },
                { "numa_foreign", s.numa_foreign },
                { "numa_interleave", s.numa_interleave },
                { "numa_local", s.numa_local },
                { "numa_other", s.numa_other },
                { "nr_inactive_anon", l.inactive_anon },
                { "nr_active_anon", l.active_anon },
                { "nr_inactive_file", l.inactive_file },
                { "nr_active_file", l.active_file },
                { "nr_unevictable", 0 },
                { "nr_slab_reclaimable", s.slab_reclaimable },
                { "nr_slab_unreclaimable", s.slab_unreclaimable },
                { "workingset_nodes", s.file / 640 },
                { "workingset_refault_anon", h->count.refault_anon },
                { "workingset_refault_file", h->count.refault_file },
                { "workingset_activate_anon", h->count.activate_anon },
                { "workingset_activate_file", h->count.activate_file },
                { "workingset_restore_anon", h->count.activate_anon / 2 },
                { "workingset_restore_file", h->count.activate_file / 2 },
                { "workingset_nodereclaim", 0 },
                { "nr_anon_pages", s.anon },
                { "nr_mapped", h->mapped },
                { "nr_file_pages", s.file + s.shmem },
                { "nr_dirty", h->dirty },
                { "nr_writeback", h->writeback },
                { "nr_shmem", s.shmem },
                { "nr_kernel_stack", s.kernel_stack * (SIM_PAGE / 1024) },
                { "nr_page_table_pages", s.page_tables },
                { "nr_swapcached", 0 },
        };

        add_rows(x, rows, sizeof(rows) / sizeof(rows[0]));
}

int tree_vmstat(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        const struct sim_counters *c = &h->count;
        uint64_t dirty = sim_mem_available(h) * h->vm.dirty_ratio / 100;
        const struct row rows[] = {
                { "nr_dirty_threshold", dirty },
                { "nr_dirty_background_threshold", dirty / 2 },
                { "pgpgin", c->pgpgin },
                { "pgpgout", c->pgpgout },
                { "pswpin", c->pswpin },
                { "pswpout", c->pswpout },
                { "pgalloc_dma", c->pgalloc[SIM_DMA] },
                { "pgalloc_dma32", c->pgalloc[SIM_DMA32] },
                { "pgalloc_normal", c->pgalloc[SIM_NORMAL] },
                { "allocstall_dma", c->allocstall[SIM_DMA] },
                { "allocstall_dma32", c->allocstall[SIM_DMA32] },
                { "allocstall_normal", c->allocstall[SIM_NORMAL] },
                { "allocstall_movable", c->allocstall_movable },
                { "pgfree", c->pgfree },
                { "pgactivate", c->pgactivate },
                { "pgdeactivate", c->pgdeactivate },
                { "pgfault", c->pgfault },
                { "pgmajfault", c->pgmajfault },
                { "pgrefill", c->pgrefill },
                { "pgsteal_kswapd", c->pgsteal_kswapd },
                { "pgsteal_direct", c->pgsteal_direct },
                { "pgscan_kswapd", c->pgscan_kswapd },
                { "pgscan_direct", c->pgscan_direct },
                { "pgscan_anon", c->pgscan_anon },
                { "pgscan_file", c->pgscan_file },
                { "pgsteal_anon", c->pgsteal_anon },
                { "pgsteal_file", c->pgsteal_file },
                { "kswapd_low_wmark_hit_quickly", c->kswapd_low_wmark_hit_quickly },
                { "pageoutrun", c->pageoutrun },
                { "oom_kill", c->oom_kill },
                { "compact_stall", c->compact_stall },
                { "thp_fault_alloc", c->thp_fault_alloc },
        };

        add_levels(x, h);
        for (size_t i = 0; i < sizeof(after_nodes) / sizeof(after_nodes[0]); i++)
                text_add(x, "%s " NR "\n", after_nodes[i],
                         ULL(find(rows, sizeof(rows) / sizeof(rows[0]), after_nodes[i])));
        return tree_put(t, "proc/vmstat", x);
}

int tree_pressure(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        text_add(x, "some avg10=0.00 avg60=0.00 avg300=0.00 total=%015llu\n",
                 ULL(h->count.psi_some_usec));
        text_add(x, "full avg10=0.00 avg60=0.00 avg300=0.00 total=%015llu\n",
                 ULL(h->count.psi_full_usec));
        return tree_put(t, "proc/pressure/memory", x);
}

int tree_slabinfo(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        text_add(x, "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> "
                    "<objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : "
                    "slabdata <active_slabs> <num_slabs> <sharedavail>\n");
        for (size_t i = 0; i < h->n_slabs; i++) {
                const struct sim_slab *s = &h->slab[i];

                text_add(x, "%-17s " NR " " NR " %6u %4u %4u : tunables    0    0    0 : ", s->name,
                         ULL(s->active), ULL(s->objects), s->object_size, s->objects_per_slab,
                         s->pages_per_slab);
                text_add(x, "slabdata " NR " " NR "      0\n", ULL(s->slabs), ULL(s->slabs));
        }
        return tree_put(t, "proc/slabinfo", x);
}

int tree_swaps(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        text_add(x, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
        if (h->swap_total)
                text_add(x,
                         "/dev/vdb                                partition\t%llu\t\t" NR
                         "\t\t-2\n",
                         ULL(h->swap_total * 4), ULL(h->swap_used * 4));
        return tree_put(t, "proc/swaps", x);
}
