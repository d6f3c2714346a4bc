/* SPDX-License-Identifier: Apache-2.0 */
/* Zones and nodes: /proc/zoneinfo, /proc/buddyinfo, /sys/devices/system/node. */
#include "tree_parts.h"

#include <stdio.h>
#include <string.h>

#define ORDERS 11

static const char *const names[] = { "DMA", "DMA32", "Normal", "Movable", "Device" };

/* The statistics of a node, in zoneinfo and in its vmstat. */
static void add_node_stats(struct text *x, const struct sim_host *h, size_t i)
{
        const struct sim_node *n = &h->node[i];
        const struct sim_counters *c = &h->count;
        struct sim_lru l = sim_lru(n->anon, n->shmem, n->file);
        const struct {
                const char *key;
                uint64_t value;
        } rows[] = {
                { "nr_inactive_anon", l.inactive_anon },
                { "nr_active_anon", l.active_anon },
                { "nr_inactive_file", l.inactive_file },
                { "nr_active_file", l.active_file },
                { "nr_unevictable", 0 },
                { "nr_slab_reclaimable", n->slab_reclaimable },
                { "nr_slab_unreclaimable", n->slab_unreclaimable },
                { "nr_isolated_anon", 0 },
                { "nr_isolated_file", 0 },
                { "workingset_nodes", n->file / 640 },
                { "workingset_refault_anon", tree_part(h, i, c->refault_anon) },
                { "workingset_refault_file", tree_part(h, i, c->refault_file) },
                { "workingset_activate_anon", tree_part(h, i, c->activate_anon) },
                { "workingset_activate_file", tree_part(h, i, c->activate_file) },
                { "nr_anon_pages", n->anon },
                { "nr_mapped", tree_part(h, i, h->mapped) },
                { "nr_file_pages", n->file + n->shmem },
                { "nr_dirty", tree_part(h, i, h->dirty) },
                { "nr_writeback", tree_part(h, i, h->writeback) },
                { "nr_shmem", n->shmem },
                { "nr_kernel_stack", n->kernel_stack * (SIM_PAGE / 1024) },
                { "nr_page_table_pages", n->page_tables },
                { "nr_swapcached", 0 },
        };

        for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
                text_add(x, "      %-12s " NR "\n", rows[k].key, ULL(rows[k].value));
}

static void add_numa(struct text *x, const struct sim_node *n, bool all)
{
        text_add(x, "      numa_hit     " NR "\n", ULL(all ? n->numa_hit : 0));
        text_add(x, "      numa_miss    " NR "\n", ULL(all ? n->numa_miss : 0));
        text_add(x, "      numa_foreign " NR "\n", ULL(all ? n->numa_foreign : 0));
        text_add(x, "      numa_interleave " NR "\n", ULL(all ? n->numa_interleave : 0));
        text_add(x, "      numa_local   " NR "\n", ULL(all ? n->numa_local : 0));
        text_add(x, "      numa_other   " NR "\n", ULL(all ? n->numa_other : 0));
}

/* Everything that a zone counts is counted in the node's last one. */
static void add_zone_stats(struct text *x, const struct sim_node *n, const struct sim_zone *z,
                           bool all)
{
        struct sim_lru l = sim_lru(n->anon, n->shmem, n->file);

        text_add(x, "      nr_free_pages " NR "\n", ULL(z->free));
        text_add(x, "      nr_zone_inactive_anon " NR "\n", ULL(all ? l.inactive_anon : 0));
        text_add(x, "      nr_zone_active_anon " NR "\n", ULL(all ? l.active_anon : 0));
        text_add(x, "      nr_zone_inactive_file " NR "\n", ULL(all ? l.inactive_file : 0));
        text_add(x, "      nr_zone_active_file " NR "\n", ULL(all ? l.active_file : 0));
        text_add(x, "      nr_zone_unevictable 0\n      nr_zone_write_pending 0\n"
                    "      nr_mlock     0\n      nr_bounce    0\n      nr_zspages   0\n"
                    "      nr_free_cma  0\n");
        add_numa(x, n, all);
        text_add(x,
                 "  pagesets\n    cpu: 0\n              count: 0\n              high:  378\n"
                 "              batch: 63\n  vm stats threshold: 40\n"
                 "  node_unreclaimable:  0\n  start_pfn:           %llu\n",
                 ULL(z->start_pfn));
}

static void add_zone(struct text *x, const struct sim_host *h, size_t i, size_t k, bool *is_first)
{
        static const struct sim_zone none;
        const struct sim_node *n = &h->node[i];
        const struct sim_zone *z = k < SIM_ZONES ? &n->zone[k] : &none;

        text_add(x, "Node %zu, zone %8s\n", i, names[k]);
        if (*is_first && z->managed) {
                text_add(x, "  per-node stats\n");
                add_node_stats(x, h, i);
                *is_first = false;
        }
        text_add(x, "  pages free     " NR "\n        boost    0\n", ULL(z->free));
        text_add(x, "        min      " NR "\n        low      " NR "\n        high     " NR "\n",
                 ULL(z->mark[SIM_MIN]), ULL(z->mark[SIM_LOW]), ULL(z->mark[SIM_HIGH]));
        text_add(x, "        spanned  %llu\n        present  %llu\n        managed  %llu\n",
                 ULL(z->managed ? z->spanned : 0), ULL(z->managed ? z->present : 0),
                 ULL(z->managed));
        text_add(x, "        cma      0\n        protection: (%llu, %llu, %llu, %llu, %llu)\n",
                 ULL(z->reserve[SIM_DMA]), ULL(z->reserve[SIM_DMA32]), ULL(z->reserve[SIM_NORMAL]),
                 ULL(z->reserve[SIM_NORMAL]), ULL(z->reserve[SIM_NORMAL]));
        if (z->managed)
                add_zone_stats(x, n, z, k == SIM_NORMAL);
}

int tree_zoneinfo(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        for (size_t i = 0; i < h->n_nodes; i++) {
                bool is_first = true;

                for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
                        add_zone(x, h, i, k, &is_first);
        }
        return tree_put(t, "proc/zoneinfo", x);
}

/* Memory that is short is in small pieces. */
int tree_buddyinfo(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        for (size_t i = 0; i < h->n_nodes; i++)
                for (size_t k = 0; k < SIM_ZONES; k++) {
                        const struct sim_zone *z = &h->node[i].zone[k];
                        uint64_t blocks[ORDERS], left = z->free;
                        bool is_roomy = z->free > 8 * z->mark[SIM_HIGH];

                        if (!z->managed)
                                continue;
                        for (size_t o = ORDERS - 1; o > 0; o--) {
                                blocks[o] = (is_roomy ? left / 4 * 3 : left / 16) >> o;
                                left -= blocks[o] << o;
                        }
                        blocks[0] = left;
                        text_add(x, "Node %zu, zone %8s ", i, names[k]);
                        for (size_t o = 0; o < ORDERS; o++)
                                text_add(x, "%10llu ", ULL(blocks[o]));
                        text_add(x, "\n");
                }
        return tree_put(t, "proc/buddyinfo", x);
}

static int node_meminfo(const struct sim_tree *t, const struct sim_host *h, size_t i,
                        struct text *x)
{
        const struct sim_node *n = &h->node[i];
        struct sim_lru l = sim_lru(n->anon, n->shmem, n->file);
        uint64_t free = n->zone[SIM_DMA].free + n->zone[SIM_DMA32].free + n->zone[SIM_NORMAL].free;
        char prefix[32], path[64];
        const struct {
                const char *key;
                uint64_t pages;
        } rows[] = {
                { "MemTotal:", tree_managed(n) },
                { "MemFree:", free },
                { "MemUsed:", tree_managed(n) - free },
                { "SwapCached:", 0 },
                { "Active:", l.active_anon + l.active_file },
                { "Inactive:", l.inactive_anon + l.inactive_file },
                { "Active(anon):", l.active_anon },
                { "Inactive(anon):", l.inactive_anon },
                { "Active(file):", l.active_file },
                { "Inactive(file):", l.inactive_file },
                { "Unevictable:", 0 },
                { "Mlocked:", 0 },
                { "Dirty:", tree_part(h, i, h->dirty) },
                { "Writeback:", tree_part(h, i, h->writeback) },
                { "FilePages:", n->file + n->shmem },
                { "Mapped:", tree_part(h, i, h->mapped) },
                { "AnonPages:", n->anon },
                { "Shmem:", n->shmem },
                { "KernelStack:", n->kernel_stack },
                { "PageTables:", n->page_tables },
                { "KReclaimable:", n->slab_reclaimable },
                { "Slab:", n->slab_reclaimable + n->slab_unreclaimable },
                { "SReclaimable:", n->slab_reclaimable },
                { "SUnreclaim:", n->slab_unreclaimable },
        };

        snprintf(prefix, sizeof(prefix), "Node %zu ", i);
        for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
                text_kb(x, prefix, rows[k].key, rows[k].pages);
        text_add(x, "Node %zu HugePages_Total: " NR "\n", i, ULL(n->huge_pool));
        text_add(x, "Node %zu HugePages_Free:  " NR "\n", i, ULL(n->huge_free));
        text_add(x, "Node %zu HugePages_Surp:      0\n", i);
        snprintf(path, sizeof(path), "sys/devices/system/node/node%zu/meminfo", i);
        return tree_put(t, path, x);
}

static int node_numastat(const struct sim_tree *t, const struct sim_node *n, size_t i,
                         struct text *x)
{
        char path[64];

        snprintf(path, sizeof(path), "sys/devices/system/node/node%zu/numastat", i);
        text_add(x, "numa_hit " NR "\nnuma_miss " NR "\nnuma_foreign " NR "\n", ULL(n->numa_hit),
                 ULL(n->numa_miss), ULL(n->numa_foreign));
        text_add(x, "interleave_hit " NR "\nlocal_node " NR "\nother_node " NR "\n",
                 ULL(n->numa_interleave), ULL(n->numa_local), ULL(n->numa_other));
        return tree_put(t, path, x);
}

static int node_pools(const struct sim_tree *t, const struct sim_node *n, size_t i)
{
        static const char dir[] = "sys/devices/system/node/node%zu/hugepages/hugepages-2048kB%s";
        char path[128];
        int r;

        snprintf(path, sizeof(path), dir, i, "");
        r = tree_mkdir(t, path);
        snprintf(path, sizeof(path), dir, i, "/nr_hugepages");
        r = r ?: tree_line(t, path, NR "\n", ULL(n->huge_pool));
        snprintf(path, sizeof(path), dir, i, "/free_hugepages");
        r = r ?: tree_line(t, path, NR "\n", ULL(n->huge_free));
        snprintf(path, sizeof(path), dir, i, "/surplus_hugepages");
        return r ?: tree_line(t, path, "0\n");
}

static int node_place(const struct sim_tree *t, const struct sim_host *h, size_t i, struct text *x)
{
        char path[64];
        int r;

        for (size_t k = 0; k < h->n_nodes; k++)
                text_add(x, "%s%d", k ? " " : "", k == i ? 10 : 21);
        text_add(x, "\n");
        snprintf(path, sizeof(path), "sys/devices/system/node/node%zu/distance", i);
        r = tree_put(t, path, x);
        snprintf(path, sizeof(path), "sys/devices/system/node/node%zu/cpulist", i);
        return r ?: tree_line(t, path, "%zu-%zu\n", i * SIM_NODE_CPUS, (i + 1) * SIM_NODE_CPUS - 1);
}

int tree_nodes(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        static const char *const lists[] = { "has_cpu", "has_memory", "online", "possible" };
        int r = 0;

        for (size_t i = 0; i < h->n_nodes && r == 0; i++) {
                r = node_pools(t, &h->node[i], i);
                r = r ?: node_meminfo(t, h, i, x);
                r = r ?: node_numastat(t, &h->node[i], i, x);
                r = r ?: node_place(t, h, i, x);
        }
        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && r == 0; i++) {
                char path[64];

                snprintf(path, sizeof(path), "sys/devices/system/node/%s", lists[i]);
                r = h->n_nodes == 1 ? tree_line(t, path, "0\n")
                                    : tree_line(t, path, "0-%zu\n", h->n_nodes - 1);
        }
        return r;
}
