/* SPDX-License-Identifier: Apache-2.0 */
/* Family by family what the collectors make of the same facts. A field that the model does not have
 * is not here: its rules have cases of their own in tests/prometheus. */
#include "series_emit.h"

#include <string.h>

#define LABELS 200

static double bytes(uint64_t pages)
{
        return (double)pages * SIM_PAGE;
}

static double seconds(uint64_t usec)
{
        return (double)usec / 1e6;
}

static void put_meminfo(struct store *s, const struct sim_host *h)
{
        struct sim_node sum = sim_sum(h);
        struct sim_lru l = sim_lru(sum.anon, sum.shmem, sum.file);
        uint64_t buffers = sim_buffers(sum.file);
        uint64_t swap_free = h->swap_total - h->swap_used;
        const struct {
                const char *name;
                uint64_t pages;
        } rows[] = {
                { "memory_meminfo_mem_total_bytes", sim_mem_total(h) },
                { "memory_meminfo_mem_free_bytes", sim_mem_free(h) },
                { "memory_meminfo_mem_available_bytes", sim_mem_available(h) },
                { "memory_meminfo_buffers_bytes", buffers },
                { "memory_meminfo_cached_bytes", sum.file - buffers + sum.shmem },
                { "memory_meminfo_swap_cached_bytes", 0 },
                { "memory_meminfo_active_file_bytes", l.active_file },
                { "memory_meminfo_inactive_file_bytes", l.inactive_file },
                { "memory_meminfo_active_anon_bytes", l.active_anon },
                { "memory_meminfo_inactive_anon_bytes", l.inactive_anon },
                { "memory_meminfo_unevictable_bytes", 0 },
                { "memory_meminfo_swap_total_bytes", h->swap_total },
                { "memory_meminfo_swap_free_bytes", swap_free },
                { "memory_meminfo_dirty_bytes", h->dirty },
                { "memory_meminfo_writeback_bytes", h->writeback },
                { "memory_meminfo_anon_pages_bytes", sum.anon },
                { "memory_meminfo_mapped_bytes", h->mapped },
                { "memory_meminfo_shmem_bytes", sum.shmem },
                { "memory_meminfo_kernel_reclaimable_bytes", sum.slab_reclaimable },
                { "memory_meminfo_slab_bytes", sum.slab_reclaimable + sum.slab_unreclaimable },
                { "memory_meminfo_slab_reclaimable_bytes", sum.slab_reclaimable },
                { "memory_meminfo_slab_unreclaimable_bytes", sum.slab_unreclaimable },
                { "memory_meminfo_kernel_stack_bytes", sum.kernel_stack },
                { "memory_meminfo_page_tables_bytes", sum.page_tables },
                { "memory_meminfo_commit_limit_bytes", sim_commit_limit(h) },
                { "memory_meminfo_committed_as_bytes", h->committed },
                { "memory_meminfo_percpu_bytes", SIM_PERCPU },
                { "memory_meminfo_secondary_page_tables_bytes", 0 },
                { "memory_meminfo_hugetlb_bytes", sum.huge_pool * SIM_HUGE_PAGES },
                { "memory_meminfo_huge_page_size_bytes", SIM_HUGE_PAGES },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
                store_put(s, rows[i].name, "", bytes(rows[i].pages));
        store_put(s, "memory_meminfo_huge_pages", "", (double)sum.huge_pool);
        store_put(s, "memory_meminfo_huge_pages_free", "", (double)sum.huge_free);
        store_put(s, "memory_meminfo_huge_pages_reserved", "", 0);
        store_put(s, "memory_meminfo_huge_pages_surplus", "", 0);
}

static void put_vmstat(struct store *s, const struct sim_host *h)
{
        const struct sim_counters *c = &h->count;
        const struct {
                const char *name;
                uint64_t value;
        } rows[] = {
                { "memory_vmstat_pgscan_kswapd_pages_total", c->pgscan_kswapd },
                { "memory_vmstat_pgscan_direct_pages_total", c->pgscan_direct },
                { "memory_vmstat_pgscan_anon_pages_total", c->pgscan_anon },
                { "memory_vmstat_pgscan_file_pages_total", c->pgscan_file },
                { "memory_vmstat_pgsteal_kswapd_pages_total", c->pgsteal_kswapd },
                { "memory_vmstat_pgsteal_direct_pages_total", c->pgsteal_direct },
                { "memory_vmstat_pgsteal_anon_pages_total", c->pgsteal_anon },
                { "memory_vmstat_pgsteal_file_pages_total", c->pgsteal_file },
                { "memory_vmstat_allocstall_dma_total", c->allocstall[SIM_DMA] },
                { "memory_vmstat_allocstall_dma32_total", c->allocstall[SIM_DMA32] },
                { "memory_vmstat_allocstall_normal_total", c->allocstall[SIM_NORMAL] },
                { "memory_vmstat_allocstall_movable_total", c->allocstall_movable },
                { "memory_vmstat_pswpin_pages_total", c->pswpin },
                { "memory_vmstat_pswpout_pages_total", c->pswpout },
                { "memory_vmstat_pgfault_total", c->pgfault },
                { "memory_vmstat_pgmajfault_total", c->pgmajfault },
                { "memory_vmstat_workingset_refault_anon_pages_total", c->refault_anon },
                { "memory_vmstat_workingset_refault_file_pages_total", c->refault_file },
                { "memory_vmstat_workingset_activate_anon_pages_total", c->activate_anon },
                { "memory_vmstat_workingset_activate_file_pages_total", c->activate_file },
                { "memory_vmstat_oom_kill_total", c->oom_kill },
                { "memory_vmstat_allocstall_device_total", 0 },
                { "memory_vmstat_compact_stall_total", c->compact_stall },
                { "memory_vmstat_pgpgin_bytes_total", c->pgpgin * 1024 },
                { "memory_vmstat_pgpgout_bytes_total", c->pgpgout * 1024 },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
                store_put(s, rows[i].name, "", (double)rows[i].value);
        store_put(s, "memory_swap_in_bytes_total", "", bytes(c->pswpin));
        store_put(s, "memory_swap_out_bytes_total", "", bytes(c->pswpout));
        store_put(s, "memory_pressure_some_seconds_total", "", seconds(c->psi_some_usec));
        store_put(s, "memory_pressure_full_seconds_total", "", seconds(c->psi_full_usec));
}

static void put_zone(struct store *s, const struct sim_zone *z, size_t node, size_t kind)
{
        static const char *const names[SIM_ZONES] = { "DMA", "DMA32", "Normal" };
        static const struct {
                const char *at, *breaches, *below;
        } marks[SIM_MARKS] = {
                { "memory_zone_watermark_min_bytes", "memory_zone_watermark_min_breaches_total",
                  "memory_zone_watermark_min_below_seconds_total" },
                { "memory_zone_watermark_low_bytes", "memory_zone_watermark_low_breaches_total",
                  "memory_zone_watermark_low_below_seconds_total" },
                { "memory_zone_watermark_high_bytes", "memory_zone_watermark_high_breaches_total",
                  "memory_zone_watermark_high_below_seconds_total" },
        };
        char labels[LABELS];

        snprintf(labels, sizeof(labels), "node=\"%zu\",zone=\"%s\"", node, names[kind]);
        store_put(s, "memory_zone_free_bytes", labels, bytes(z->free));
        store_put(s, "memory_zone_managed_bytes", labels, bytes(z->managed));
        store_put(s, "memory_zone_present_bytes", labels, bytes(z->present));
        store_put(s, "memory_zone_free_cma_bytes", labels, 0);
        store_put(s, "memory_zone_populated", labels, 1);
        for (size_t m = 0; m < SIM_MARKS; m++) {
                store_put(s, marks[m].at, labels, bytes(z->mark[m]));
                store_put(s, marks[m].breaches, labels, (double)z->breaches[m]);
                store_put(s, marks[m].below, labels, seconds(z->below_usec[m]));
        }
        for (size_t target = kind + 1; target <= SIM_ZONES; target++) {
                snprintf(labels, sizeof(labels), "node=\"%zu\",zone=\"%s\",target_zone=\"%s\"",
                         node, names[kind], target < SIM_ZONES ? names[target] : "Movable");
                store_put(s, "memory_zone_lowmem_reserve_bytes", labels,
                          bytes(z->reserve[target < SIM_ZONES ? target : SIM_NORMAL]));
        }
}

static void put_node(struct store *s, const struct sim_node *n, size_t node)
{
        struct sim_lru l = sim_lru(n->anon, n->shmem, n->file);
        uint64_t total = 0, free = 0;
        char labels[LABELS];

        for (size_t z = 0; z < SIM_ZONES; z++) {
                if (n->zone[z].managed == 0)
                        continue;
                put_zone(s, &n->zone[z], node, z);
                total += n->zone[z].managed;
                free += n->zone[z].free;
        }
        snprintf(labels, sizeof(labels), "node=\"%zu\"", node);
        store_put(s, "memory_node_meminfo_mem_total_bytes", labels, bytes(total));
        store_put(s, "memory_node_meminfo_mem_free_bytes", labels, bytes(free));
        store_put(s, "memory_node_meminfo_mem_used_bytes", labels, bytes(total - free));
        store_put(s, "memory_node_meminfo_file_pages_bytes", labels, bytes(n->file + n->shmem));
        store_put(s, "memory_node_meminfo_active_file_bytes", labels, bytes(l.active_file));
        store_put(s, "memory_node_meminfo_inactive_file_bytes", labels, bytes(l.inactive_file));
        store_put(s, "memory_node_meminfo_anon_pages_bytes", labels, bytes(n->anon));
        store_put(s, "memory_node_meminfo_shmem_bytes", labels, bytes(n->shmem));
        store_put(s, "memory_node_meminfo_slab_reclaimable_bytes", labels,
                  bytes(n->slab_reclaimable));
        store_put(s, "memory_node_meminfo_huge_pages", labels, (double)n->huge_pool);
        store_put(s, "memory_node_meminfo_huge_pages_free", labels, (double)n->huge_free);
        store_put(s, "memory_numa_hit_pages_total", labels, (double)n->numa_hit);
        store_put(s, "memory_numa_miss_pages_total", labels, (double)n->numa_miss);
        store_put(s, "memory_numa_foreign_pages_total", labels, (double)n->numa_foreign);
        store_put(s, "memory_numa_interleave_hit_pages_total", labels, (double)n->numa_interleave);
        store_put(s, "memory_numa_local_pages_total", labels, (double)n->numa_local);
        store_put(s, "memory_numa_other_pages_total", labels, (double)n->numa_other);
        store_put(s, "memory_numa_cpus", labels, SIM_NODE_CPUS);
        store_put(s, "memory_numa_node_has_memory", labels, 1);
        snprintf(labels, sizeof(labels), "node=\"%zu\",page_size=\"2048kB\"", node);
        store_put(s, "memory_node_hugepages_pool_bytes", labels,
                  bytes(n->huge_pool * SIM_HUGE_PAGES));
        store_put(s, "memory_node_hugepages_free_bytes", labels,
                  bytes(n->huge_free * SIM_HUGE_PAGES));
        store_put(s, "memory_node_hugepages_surplus_bytes", labels, 0);
}

static void put_hugepages(struct store *s, const struct sim_host *h)
{
        static const char size[] = "page_size=\"2048kB\"";
        struct sim_node sum = sim_sum(h);

        store_put(s, "memory_hugepages_pool_bytes", size, bytes(sum.huge_pool * SIM_HUGE_PAGES));
        store_put(s, "memory_hugepages_free_bytes", size, bytes(sum.huge_free * SIM_HUGE_PAGES));
        store_put(s, "memory_hugepages_reserved_bytes", size, 0);
        store_put(s, "memory_hugepages_surplus_bytes", size, 0);
        store_put(s, "memory_hugepages_overcommit_bytes", size, 0);
}

static void put_limits(struct store *s, const struct sim_unit *u, const char *labels)
{
        store_put(s, "memory_cgroup_current_bytes", labels, bytes(sim_unit_current(u)));
        store_put(s, "memory_cgroup_peak_bytes", labels, bytes(u->peak));
        if (u->high != SIM_NO_LIMIT)
                store_put(s, "memory_cgroup_high_bytes", labels, bytes(u->high));
        if (u->max == SIM_NO_LIMIT)
                return;
        store_put(s, "memory_cgroup_max_bytes", labels, bytes(u->max));
        store_put(s, "memory_cgroup_effective_limit_bytes", labels, bytes(u->max));
}

/* With the fields of memory.stat that are served by default. */
static void put_unit(struct store *s, const struct sim_unit *u)
{
        char labels[LABELS];
        const struct {
                const char *name;
                double value;
        } rows[] = {
                { "memory_cgroup_swap_current_bytes", bytes(u->swap) },
                { "memory_cgroup_stat_anon_bytes", bytes(u->anon) },
                { "memory_cgroup_stat_file_bytes", bytes(u->file + u->shmem) },
                { "memory_cgroup_stat_kernel_bytes",
                  bytes(u->slab_reclaimable + u->slab_unreclaimable + u->kernel_stack +
                        u->page_tables) },
                { "memory_cgroup_stat_shmem_bytes", bytes(u->shmem) },
                { "memory_cgroup_stat_slab_reclaimable_bytes", bytes(u->slab_reclaimable) },
                { "memory_cgroup_stat_inactive_file_bytes",
                  bytes(sim_lru(u->anon, u->shmem, u->file).inactive_file) },
                { "memory_cgroup_stat_workingset_refault_anon_total", (double)u->refault_anon },
                { "memory_cgroup_stat_workingset_refault_file_total", (double)u->refault_file },
                { "memory_cgroup_stat_pgscan_total", (double)u->pgscan },
                { "memory_cgroup_stat_pgmajfault_total", (double)u->pgmajfault },
                { "memory_cgroup_low_events_total", (double)u->events_low },
                { "memory_cgroup_high_events_total", (double)u->events_high },
                { "memory_cgroup_max_events_total", (double)u->events_max },
                { "memory_cgroup_oom_events_total", (double)u->events_oom },
                { "memory_cgroup_oom_kill_events_total", (double)u->events_oom_kill },
                { "memory_cgroup_pressure_some_seconds_total", seconds(u->psi_some_usec) },
                { "memory_cgroup_pressure_full_seconds_total", seconds(u->psi_full_usec) },
        };

        /* The scope of init is below no slice. */
        if (*u->slice)
                snprintf(labels, sizeof(labels), "cgroup=\"/%s/%s\",unit=\"%s\",slice=\"%s\"",
                         u->slice, u->name, u->name, u->slice);
        else
                snprintf(labels, sizeof(labels), "cgroup=\"/%s\",unit=\"%s\"", u->name, u->name);
        put_limits(s, u, labels);
        for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
                store_put(s, rows[i].name, labels, rows[i].value);
}

/* The groups of the exporter are by comm: those of several units are one. */
static void put_group(struct store *s, const struct sim_host *h, size_t first)
{
        struct sim_group sum = { .comm = h->group[first].comm };
        char labels[LABELS];

        for (size_t i = 0; i < h->n_groups; i++) {
                const struct sim_group *g = &h->group[i];

                if (strcmp(g->comm, sum.comm) != 0)
                        continue;
                if (i < first)
                        return;
                sum.n_pids += g->n_pids;
                sum.anon += g->anon;
                sum.file += g->file;
                sum.shmem += g->shmem;
                sum.swap += g->swap;
                sum.huge += g->huge;
        }
        snprintf(labels, sizeof(labels), "group=\"%s\"", sum.comm);
        store_put(s, "memory_process_group_processes", labels, sum.n_pids);
        store_put(s, "memory_process_group_resident_bytes", labels,
                  bytes(sum.anon + sum.file + sum.shmem));
        store_put(s, "memory_process_group_anon_bytes", labels, bytes(sum.anon));
        store_put(s, "memory_process_group_file_bytes", labels, bytes(sum.file));
        store_put(s, "memory_process_group_shmem_bytes", labels, bytes(sum.shmem));
        store_put(s, "memory_process_group_swap_bytes", labels, bytes(sum.swap));
        store_put(s, "memory_process_group_hugetlb_bytes", labels,
                  bytes(sum.huge * SIM_HUGE_PAGES));
}

/* The victims of a unit, under the name of its first processes, and never of two. */
static void put_kills(struct store *s, const struct sim_host *h)
{
        uint64_t all = 0;

        for (size_t i = 0; i < h->n_units; i++) {
                const struct sim_unit *u = &h->unit[i];
                const char *comm = u->name;
                char labels[LABELS];

                for (size_t g = h->n_groups; g-- > 0;)
                        if (h->group[g].unit == i)
                                comm = h->group[g].comm;
                all += u->events_oom_kill;
                if (u->events_oom_kill == 0)
                        continue;
                snprintf(labels, sizeof(labels), "unit=\"%s\",comm=\"%s\"", u->name, comm);
                store_put(s, "memory_oom_kills_total", labels, (double)u->events_oom_kill);
        }
        store_put(s, "memory_oom_log_readable", "", 1);
        store_put(s, "memory_oom_named_kills_total", "", (double)all);
        store_put(s, "memory_oom_log_lost_records_total", "", 0);
}

static void put_slab(struct store *s, const struct sim_slab *slab)
{
        char labels[LABELS];

        snprintf(labels, sizeof(labels), "cache=\"%s\"", slab->name);
        store_put(s, "memory_slab_bytes", labels, bytes(slab->slabs * slab->pages_per_slab));
        store_put(s, "memory_slab_objects", labels, (double)slab->objects);
        store_put(s, "memory_slab_active_objects", labels, (double)slab->active);
        store_put(s, "memory_slab_object_size_bytes", labels, slab->object_size);
}

static void put_mode(struct store *s, const char *setting, const char *mode)
{
        char labels[LABELS];

        snprintf(labels, sizeof(labels), "setting=\"%s\",mode=\"%s\"", setting, mode);
        store_put(s, "memory_vm_mode_info", labels, 1);
}

static void put_settings(struct store *s, const struct sim_host *h)
{
        const struct sim_settings *vm = &h->vm;
        const struct {
                const char *name;
                double value;
        } rows[] = {
                { "memory_vm_min_free_bytes", (double)vm->min_free_kbytes * 1024 },
                { "memory_vm_watermark_scale_ratio", (double)vm->watermark_scale_factor / 10000 },
                { "memory_vm_watermark_boost_ratio", (double)vm->watermark_boost_factor / 10000 },
                { "memory_vm_swappiness", (double)vm->swappiness },
                { "memory_vm_overcommit_memory", (double)vm->overcommit_memory },
                { "memory_vm_overcommit_ratio", (double)vm->overcommit_ratio / 100 },
                { "memory_vm_dirty_ratio", (double)vm->dirty_ratio / 100 },
                { "memory_vm_dirty_background_ratio", (double)vm->dirty_background_ratio / 100 },
                { "memory_vm_dirty_expire_seconds", (double)vm->dirty_expire_centisecs / 100 },
                { "memory_vm_max_maps", (double)vm->max_map_count },
                { "memory_vm_zone_reclaim_mode", (double)vm->zone_reclaim_mode },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
                store_put(s, rows[i].name, "", rows[i].value);
        put_mode(s, "transparent_hugepage/enabled", vm->thp_enabled);
        put_mode(s, "transparent_hugepage/defrag", vm->thp_defrag);
}

static void put_exporter(struct store *s, const struct sim_host *h, double now)
{
        static const char *const collectors[] = { "meminfo", "zoneinfo", "process" };
        char labels[LABELS];

        for (size_t i = 0; i < sizeof(collectors) / sizeof(*collectors); i++) {
                snprintf(labels, sizeof(labels), "collector=\"%s\"", collectors[i]);
                store_put(s, "memory_exporter_collector_supported", labels, 1);
                store_put(s, "memory_exporter_collector_success", labels, 1);
                store_put(s, "memory_exporter_collector_overdue", labels, 0);
                store_put(s, "memory_exporter_collector_age_seconds", labels, 5);
                store_put(s, "memory_exporter_collector_last_success_timestamp_seconds", labels,
                          now - 5);
                store_put(s, "memory_exporter_collector_last_run_timestamp_seconds", labels,
                          now - 5);
                store_put(s, "memory_exporter_collector_failures_total", labels, 0);
                store_put(s, "memory_exporter_collector_timeouts_total", labels, 0);
                store_put(s, "memory_exporter_collector_dropped_series_total", labels, 0);
        }
        store_put(s, "memory_exporter_start_time_seconds", "", h->boot);
        store_put(s, "memory_exporter_config_last_reload_successful", "", 1);
        store_put(s, "memory_exporter_log_lines_lost_total", "", 0);
        store_put(s, "memory_watch_unobserved_seconds_total", "", 0);
}

void emit_host(struct store *s, const struct sim_host *h, double now)
{
        put_meminfo(s, h);
        put_vmstat(s, h);
        for (size_t i = 0; i < h->n_nodes; i++)
                put_node(s, &h->node[i], i);
        put_hugepages(s, h);
        for (size_t i = 0; i < h->n_units; i++)
                put_unit(s, &h->unit[i]);
        for (size_t i = 0; i < h->n_groups; i++)
                put_group(s, h, i);
        for (size_t i = 0; i < h->n_slabs; i++)
                put_slab(s, &h->slab[i]);
        put_kills(s, h);
        put_settings(s, h);
        put_exporter(s, h, now);
}
