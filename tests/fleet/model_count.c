/* SPDX-License-Identifier: Apache-2.0 */
/* What the step comes to in counters, of the host and of its units. */
#include "model_parts.h"

#include <math.h>

#define JOURNAL_FILE 50000u /* pages */

static void count_reclaim(struct sim_host *h, const struct sim_flow *f)
{
        struct sim_counters *c = &h->count;
        uint64_t anon = 0, all = c->pgsteal_kswapd + c->pgsteal_direct;
        uint64_t scanned = c->pgscan_kswapd + c->pgscan_direct;

        sim_grow(h, &c->pgsteal_kswapd, f->steal * (1 - f->direct));
        sim_grow(h, &c->pgsteal_direct, f->steal * f->direct);
        sim_grow(h, &c->pgscan_kswapd, f->scan * (1 - f->direct));
        sim_grow(h, &c->pgscan_direct, f->scan * f->direct);
        all = c->pgsteal_kswapd + c->pgsteal_direct - all;
        scanned = c->pgscan_kswapd + c->pgscan_direct - scanned;
        if (f->steal > 0)
                anon = (uint64_t)((double)all * fmin(1, f->anon_steal / f->steal));
        c->pgsteal_anon += anon;
        c->pgsteal_file += all - anon;
        if (all > 0)
                anon = (uint64_t)((double)scanned * (double)anon / (double)all);
        c->pgscan_anon += anon;
        c->pgscan_file += scanned - anon;
        sim_grow(h, &c->pgrefill, f->scan / 3);
        sim_grow(h, &c->pgdeactivate, f->scan / 3);
        sim_grow(h, &c->pgactivate, f->scan / 8 + 20 * f->dt);
        sim_grow(h, &c->pageoutrun, f->steal / 4000);
        sim_grow(h, &c->kswapd_low_wmark_hit_quickly, f->steal / 9000);
        sim_grow(h, &c->allocstall[SIM_NORMAL], f->stalls * 0.6);
        sim_grow(h, &c->allocstall_movable, f->stalls * 0.4);
        sim_grow(h, &c->compact_stall, f->stalls * 0.02);
}

/* A zone that has less free than before has had allocations for it. */
static void count_alloc(struct sim_host *h, const struct sim_flow *f, double pages)
{
        double total = (double)sim_mem_total(h);

        for (size_t k = 0; k < SIM_ZONES; k++) {
                double managed = 0;

                for (size_t i = 0; i < h->n_nodes; i++)
                        managed += (double)h->node[i].zone[k].managed;
                sim_grow(h, &h->count.pgalloc[k], pages * managed / total);
        }
        sim_grow(h, &h->count.pgfree, pages);
        sim_grow(h, &h->count.thp_fault_alloc, h->vm.thp_enabled[0] == 'n' ? 0 : 0.2 * f->dt);
}

static void count_numa(struct sim_host *h, const struct sim_flow *f, double pages)
{
        double total = (double)sim_mem_total(h);
        bool is_skewed = sim_is_faulty(h, SIM_NUMA_SKEW, f->now) && h->n_nodes > 1;

        for (size_t i = 0; i < h->n_nodes; i++) {
                struct sim_node *n = &h->node[i];
                double part = (double)(n->zone[SIM_NORMAL].managed + n->zone[SIM_DMA32].managed);
                double mine = pages * part / total, missed = is_skewed && i > 0 ? 0.8 * mine : 0;
                uint64_t hit = n->numa_hit, miss = n->numa_miss, remote = 0;

                sim_grow(h, &n->numa_hit, mine - missed);
                sim_grow(h, &n->numa_miss, missed);
                hit = n->numa_hit - hit;
                miss = n->numa_miss - miss;
                sim_grow(h, &remote, h->n_nodes > 1 ? 0.02 * (mine - missed) : 0);
                remote = remote < hit ? remote : hit;
                h->node[0].numa_foreign += miss;
                n->numa_other += miss + remote;
                n->numa_local += hit - remote;
        }
}

void sim_count(struct sim_host *h, const struct sim_flow *f)
{
        struct sim_counters *c = &h->count;
        double scale = (double)sim_mem_total(h) / 4e6;
        double faults = (500 + 8000 * f->load * scale) * f->dt * (1 + 0.1 * sim_gauss(h));
        double pages = faults * 0.8 + f->reads + f->refault_file + f->swap_in + f->steal;
        struct sim_node sum = sim_sum(h);

        sim_grow(h, &c->pgfault, faults + f->swap_in);
        sim_grow(h, &c->pgmajfault, 0.2 * f->dt + f->swap_in / 4 + f->refault_file / 8);
        sim_grow(h, &c->pgpgin, 4 * (f->reads + f->refault_file + f->swap_in));
        sim_grow(h, &c->pgpgout, 4 * (0.1 * f->reads + f->swap_out) + 50 * f->dt);
        sim_grow(h, &c->pswpin, f->swap_in);
        sim_grow(h, &c->pswpout, f->swap_out);
        sim_grow(h, &c->refault_file, f->refault_file);
        sim_grow(h, &c->refault_anon, 0.9 * f->swap_in);
        sim_grow(h, &c->activate_file, f->refault_file / 2);
        sim_grow(h, &c->activate_anon, f->refault_anon / 4);
        sim_grow(h, &c->psi_some_usec, fmin(1, f->some) * f->dt * 1e6);
        sim_grow(h, &c->psi_full_usec, fmin(f->some, f->full) * f->dt * 1e6);
        count_reclaim(h, f);
        count_alloc(h, f, pages);
        count_numa(h, f, pages);
        h->committed = sum.anon + sum.anon / 4 + sum.shmem + h->swap_used + 40000;
        h->dirty = (uint64_t)(fmin(f->reads / f->dt / 4, (double)sum.file / 20) *
                              (0.5 + sim_random(h)));
        h->writeback = h->dirty / 64;
        h->mapped = sum.shmem + sum.file / 8;
}

uint64_t sim_commit_limit(const struct sim_host *h)
{
        struct sim_node sum = sim_sum(h);
        uint64_t pages = sim_mem_total(h) - sum.huge_pool * SIM_HUGE_PAGES;

        return pages * h->vm.overcommit_ratio / 100 + h->swap_total;
}

uint64_t sim_unit_current(const struct sim_unit *u)
{
        return u->anon + u->file + u->shmem + u->slab_reclaimable + u->slab_unreclaimable +
               u->kernel_stack + u->page_tables;
}

/* The main unit reads most of the page cache, and a limit holds whatever is in it. */
static double file_of(const struct sim_host *h, size_t i, double all)
{
        const struct sim_unit *u = &h->unit[i];
        double most = all, part = i == UNIT_MAIN ? 0.7 : 0.01;

        if (i == UNIT_JOURNAL)
                return fmin(all * 0.05, JOURNAL_FILE);
        if (u->max != SIM_NO_LIMIT) {
                uint64_t used = u->anon + u->shmem + 4000;

                most = u->max > used ? (double)(u->max - used) / 2 : 0;
        }
        if (u->high != SIM_NO_LIMIT && u->high < u->max)
                most = fmin(most, (double)u->high / 50);
        return fmin(all * part, most);
}

static void count_unit(struct sim_host *h, size_t i, const struct sim_flow *f)
{
        struct sim_unit *u = &h->unit[i];
        double part = i == UNIT_MAIN ? 0.8 : 0.02;
        uint64_t current;

        sim_grow(h, &u->pgfault, (100 + 5000 * f->load) * f->dt * part);
        sim_grow(h, &u->pgmajfault, (f->swap_in / 4 + f->refault_file / 8) * part);
        sim_grow(h, &u->pgscan, f->scan * part);
        sim_grow(h, &u->pgsteal, f->steal * part);
        sim_grow(h, &u->refault_file, f->refault_file * part);
        sim_grow(h, &u->refault_anon, f->swap_in * 0.9 * part);
        sim_grow(h, &u->psi_some_usec, fmin(1, f->some) * f->dt * 1e6 * part);
        sim_grow(h, &u->psi_full_usec, fmin(f->some, f->full) * f->dt * 1e6 * part);
        if (i == UNIT_MAIN && sim_is_faulty(h, SIM_THROTTLED, f->now)) {
                sim_grow(h, &u->events_high, 40 * f->dt);
                sim_grow(h, &u->psi_some_usec, 0.4 * f->dt * 1e6);
                sim_grow(h, &u->psi_full_usec, 0.3 * f->dt * 1e6);
        }
        if (i == UNIT_JOB && sim_is_faulty(h, SIM_OOM_LOOP, f->now))
                sim_grow(h, &u->psi_some_usec, 0.02 * f->dt * 1e6);
        current = sim_unit_current(u);
        u->peak = current > u->peak ? current : u->peak;
}

static void count_groups(struct sim_host *h, const struct sim_flow *f)
{
        for (size_t i = 0; i < h->n_groups; i++) {
                struct sim_group *g = &h->group[i];
                double part = i == GROUP_WORKER ? 0.8 : 0.02;

                sim_grow(h, &g->minflt, (100 + 5000 * f->load) * f->dt * part);
                sim_grow(h, &g->majflt, (f->swap_in / 4 + f->refault_file / 8) * part);
        }
}

void sim_count_units(struct sim_host *h, const struct sim_flow *f)
{
        double file = (double)sim_sum(h).file;

        for (size_t i = 0; i < h->n_units; i++) {
                struct sim_unit *u = &h->unit[i];
                unsigned pids = 0;

                u->anon = u->swap = 0;
                for (size_t k = 0; k < h->n_groups; k++)
                        if (h->group[k].unit == i) {
                                u->anon += h->group[k].anon;
                                u->swap += h->group[k].swap;
                                pids += h->group[k].n_pids;
                        }
                u->file = (uint64_t)file_of(h, i, file);
                u->kernel_stack = 4ULL * pids;
                u->page_tables = u->anon / 400;
                u->slab_reclaimable = u->file / 60;
                u->slab_unreclaimable = 100 + u->anon / 4000;
                count_unit(h, i, f);
        }
        count_groups(h, f);
}
