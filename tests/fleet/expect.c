/* SPDX-License-Identifier: Apache-2.0 */
/* expect DIR ROLE INDEX FAULT SECONDS: makes DIR, a host with that fault, and lets SECONDS of it go
 * by; then, for each line on standard input, another minute of it. Each time it prints what the
 * exporter has to say of it, "SERIES VALUE" a line, and an empty line. */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 7

static void bytes(const char *name, const char *labels, uint64_t pages)
{
        printf("%s%s %llu\n", name, labels, (unsigned long long)pages * SIM_PAGE);
}

static void count(const char *name, const char *labels, uint64_t n)
{
        printf("%s%s %llu\n", name, labels, (unsigned long long)n);
}

static void seconds(const char *name, const char *labels, uint64_t usec)
{
        printf("%s%s %llu.%06llu\n", name, labels, (unsigned long long)(usec / 1000000),
               (unsigned long long)(usec % 1000000));
}

static void expect_host(const struct sim_host *h)
{
        struct sim_node s = sim_sum(h);
        const struct sim_counters *c = &h->count;

        bytes("memory_meminfo_mem_total_bytes", "", sim_mem_total(h));
        bytes("memory_meminfo_mem_free_bytes", "", sim_mem_free(h));
        bytes("memory_meminfo_mem_available_bytes", "", sim_mem_available(h));
        bytes("memory_meminfo_anon_pages_bytes", "", s.anon);
        bytes("memory_meminfo_shmem_bytes", "", s.shmem);
        bytes("memory_meminfo_slab_unreclaimable_bytes", "", s.slab_unreclaimable);
        bytes("memory_meminfo_commit_limit_bytes", "", sim_commit_limit(h));
        bytes("memory_meminfo_committed_as_bytes", "", h->committed);
        count("memory_meminfo_huge_pages", "", s.huge_pool);
        count("memory_meminfo_huge_pages_free", "", s.huge_free);
        bytes("memory_swap_in_bytes_total", "", c->pswpin);
        bytes("memory_swap_out_bytes_total", "", c->pswpout);
        count("memory_swap_devices", "", h->swap_total > 0);
        count("memory_vmstat_pgfault_total", "", c->pgfault);
        count("memory_vmstat_pgmajfault_total", "", c->pgmajfault);
        count("memory_vmstat_pgscan_kswapd_pages_total", "", c->pgscan_kswapd);
        count("memory_vmstat_pgscan_direct_pages_total", "", c->pgscan_direct);
        count("memory_vmstat_pgsteal_kswapd_pages_total", "", c->pgsteal_kswapd);
        count("memory_vmstat_pgsteal_direct_pages_total", "", c->pgsteal_direct);
        count("memory_vmstat_workingset_refault_file_pages_total", "", c->refault_file);
        count("memory_vmstat_workingset_refault_anon_pages_total", "", c->refault_anon);
        count("memory_vmstat_allocstall_normal_total", "", c->allocstall[SIM_NORMAL]);
        count("memory_vmstat_oom_kill_total", "", c->oom_kill);
        seconds("memory_pressure_some_seconds_total", "", c->psi_some_usec);
        seconds("memory_pressure_full_seconds_total", "", c->psi_full_usec);
}

static void expect_zones(const struct sim_host *h)
{
        for (size_t i = 0; i < h->n_nodes; i++) {
                const struct sim_node *n = &h->node[i];
                const struct sim_zone *z = &n->zone[SIM_NORMAL];
                char labels[64];

                snprintf(labels, sizeof(labels), "{node=\"%zu\",zone=\"Normal\"}", i);
                bytes("memory_zone_free_bytes", labels, z->free);
                bytes("memory_zone_watermark_min_bytes", labels, z->mark[SIM_MIN]);
                bytes("memory_zone_watermark_high_bytes", labels, z->mark[SIM_HIGH]);
                bytes("memory_zone_managed_bytes", labels, z->managed);
                snprintf(labels, sizeof(labels), "{node=\"%zu\"}", i);
                count("memory_numa_hit_pages_total", labels, n->numa_hit);
                count("memory_numa_miss_pages_total", labels, n->numa_miss);
                count("memory_numa_other_pages_total", labels, n->numa_other);
                bytes("memory_node_meminfo_anon_pages_bytes", labels, n->anon);
        }
}

static void expect_units(const struct sim_host *h)
{
        for (size_t i = 0; i < h->n_units; i++) {
                const struct sim_unit *u = &h->unit[i];
                char labels[192];

                if (!u->slice[0])
                        continue;
                snprintf(labels, sizeof(labels), "{cgroup=\"/%s/%s\",unit=\"%s\",slice=\"%s\"}",
                         u->slice, u->name, u->name, u->slice);
                bytes("memory_cgroup_current_bytes", labels, sim_unit_current(u));
                bytes("memory_cgroup_stat_anon_bytes", labels, u->anon);
                count("memory_cgroup_high_events_total", labels, u->events_high);
                count("memory_cgroup_oom_kill_events_total", labels, u->events_oom_kill);
                if (u->max != SIM_NO_LIMIT)
                        bytes("memory_cgroup_max_bytes", labels, u->max);
                if (u->high != SIM_NO_LIMIT)
                        bytes("memory_cgroup_high_bytes", labels, u->high);
                seconds("memory_cgroup_pressure_full_seconds_total", labels, u->psi_full_usec);
        }
        for (size_t i = 0; i < h->n_groups; i++) {
                const struct sim_group *g = &h->group[i];
                char labels[64];

                snprintf(labels, sizeof(labels), "{group=\"%s\"}", g->comm);
                count("memory_process_group_processes", labels, g->n_pids);
                bytes("memory_process_group_anon_bytes", labels, g->anon);
                bytes("memory_process_group_swap_bytes", labels, g->swap);
        }
}

static void expect_slabs(const struct sim_host *h)
{
        for (size_t i = 0; i < h->n_slabs; i++) {
                const struct sim_slab *s = &h->slab[i];
                char labels[64];

                snprintf(labels, sizeof(labels), "{cache=\"%s\"}", s->name);
                bytes("memory_slab_bytes", labels, s->slabs * s->pages_per_slab);
        }
}

static void expect(const struct sim_host *h, uint64_t kills)
{
        uint64_t all = h->n_kills - kills;

        expect_host(h);
        expect_zones(h);
        expect_units(h);
        expect_slabs(h);
        count("memory_oom_kernel_kills_total", "", all);
        count("memory_oom_named_kills_total", "", all);
        printf("\n");
        fflush(stdout);
}

static int find(const char *name, const char *(*name_of)(unsigned), unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                if (strcmp(name, name_of(i)) == 0)
                        return (int)i;
        return -1;
}

static const char *role_name(unsigned i)
{
        return sim_role_name((enum sim_role)i);
}

static const char *fault_name(unsigned i)
{
        return sim_fault_name((enum sim_fault)i);
}

int main(int argc, char **argv)
{
        int role = argc > 2 ? find(argv[2], role_name, SIM_ROLES) : -1;
        int fault = argc > 4 ? find(argv[4], fault_name, SIM_FAULTS) : -1;
        double now = argc > 5 ? strtod(argv[5], NULL) : 0;
        struct sim_tree tree = { 0 };
        struct sim_host h;
        uint64_t kills;
        int r = 0;

        if (role < 0 || fault < 0) {
                fprintf(stderr, "usage: expect DIR ROLE INDEX FAULT SECONDS\n");
                return 2;
        }
        sim_init(&h, (enum sim_role)role, (unsigned)strtoul(argv[3], NULL, 10), SEED);
        if (sim_inject(&h, (enum sim_fault)fault, 0) < 0)
                return 3;
        for (int minute = 1; minute <= (int)(now / 60); minute++)
                sim_step(&h, 60 * minute, 60);
        kills = h.n_kills;
        r = sim_tree_make(&tree, argv[1], &h);
        expect(&h, kills);
        while (r == 0 && getchar() != EOF) {
                now += 60;
                sim_step(&h, now, 60);
                r = sim_tree_write(&tree, &h, SIM_TREE_ALL);
                expect(&h, kills);
        }
        sim_tree_close(&tree);
        return r < 0;
}
