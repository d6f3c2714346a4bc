/* SPDX-License-Identifier: Apache-2.0 */
/* Page cache fills what is free, kswapd takes it back; and where that is not enough, swap, tasks
 * that reclaim themselves, and the OOM killer, in that order. */
#include "model_parts.h"

#include <math.h>

#define SPARE      1.08  /* free memory that kswapd leaves, of all high watermarks */
#define COLD       0.93  /* pages stolen of those scanned where the cache is cold */
#define HOT        0.30  /* and where it is in use */
#define FILE_LEAST 0.008 /* of memory: code that runs */
#define SWAP_RATE  60000 /* pages a second that swap takes */

static double anon_of(const struct sim_host *h)
{
        double sum = 0;

        for (size_t i = 0; i < h->n_groups; i++)
                sum += (double)h->group[i].anon;
        return sum;
}

/* Takes from the largest group, which is the only one that has as much. */
static double swap_out(struct sim_host *h, const struct sim_flow *f, double want)
{
        struct sim_group *g = &h->group[GROUP_WORKER];
        double room = (double)(h->swap_total - h->swap_used);
        double n = fmin(fmin(want, room), fmin(SWAP_RATE * f->dt, (double)g->anon * 0.8));

        if (n < 1)
                return 0;
        g->anon -= (uint64_t)n;
        g->swap += (uint64_t)n;
        h->swap_used += (uint64_t)n;
        return floor(n);
}

/* What was swapped out and is wanted again, where there is room for it. */
static double swap_in(struct sim_host *h, const struct sim_flow *f, double free)
{
        struct sim_group *g = &h->group[GROUP_WORKER];
        double n = fmin((double)g->swap / 3600 * f->dt, free / 8);

        if (n < 1 || free < 2 * (double)(sim_mark_sum(h, SIM_HIGH) + sim_zones_kept(h)))
                return 0;
        n = floor(fmin(n, (double)g->swap));
        g->swap -= (uint64_t)n;
        g->anon += (uint64_t)n;
        h->swap_used -= (uint64_t)n < h->swap_used ? (uint64_t)n : h->swap_used;
        return n;
}

/* What is neither free, nor page cache, nor anonymous, after the parts are spread once. */
static double fixed_of(struct sim_host *h)
{
        struct sim_node s;

        sim_zones_spread(h, 0, false);
        s = sim_sum(h);
        return (double)(s.shmem + s.slab_reclaimable + s.slab_unreclaimable + s.kernel_stack +
                        s.page_tables + s.other + s.huge_pool * SIM_HUGE_PAGES);
}

/* File pages go, hot ones (below `hot`) with refaults. Returns what is still missing. */
static double take_file(struct sim_flow *f, double *file, double hot, double least, double need)
{
        double cold = fmin(need, fmax(0, *file - hot)), warm;

        *file -= cold;
        need -= cold;
        warm = fmin(need, fmax(0, *file - least));
        *file -= warm;
        need -= warm;
        f->steal += cold + warm;
        f->scan += cold / COLD + warm / HOT;
        f->refault_file += 0.02 * cold + 0.8 * warm;
        return need;
}

static size_t largest_group(const struct sim_host *h)
{
        size_t best = 0;

        for (size_t i = 1; i < h->n_groups; i++)
                if (h->group[i].anon > h->group[best].anon)
                        best = i;
        return best;
}

/* Returns free pages once everything there is has been tried. */
static double squeeze(struct sim_host *h, struct sim_flow *f, double *file, double free,
                      double want)
{
        double total = (double)sim_mem_total(h), need = want - free, n;
        double hot = sim_plans[h->role].hot * total;

        /* A part of what is hot is kept at the price of swap. */
        n = need - take_file(f, file, hot, hot * 0.6, need);
        free += n;
        need -= n;
        if (need > 0) {
                n = swap_out(h, f, need);
                f->swap_out += n;
                f->anon_steal += n;
                f->steal += n;
                f->scan += n / HOT;
                free += n;
                need -= n;
        }
        if (need > 0) {
                n = need - take_file(f, file, hot * 0.6, total * FILE_LEAST, need);
                free += n;
                f->direct = 0.5;
                f->stalls += 15 * f->dt;
                f->some = 0.25;
                f->full = 0.1;
        }
        if (free < (double)(sim_mark_sum(h, SIM_MIN) + sim_zones_kept(h))) {
                size_t victim = largest_group(h);
                double before = (double)h->group[victim].anon;

                sim_kill_group(h, victim, f->now, true);
                free += before - (double)h->group[victim].anon;
        }
        return free;
}

void sim_reclaim(struct sim_host *h, struct sim_flow *f)
{
        const struct sim_role_plan *p = &sim_plans[h->role];
        bool is_skewed = sim_is_faulty(h, SIM_NUMA_SKEW, f->now);
        double total = (double)sim_mem_total(h), file = (double)sim_sum(h).file;
        double high = (double)sim_mark_sum(h, SIM_HIGH), low = (double)sim_mark_sum(h, SIM_LOW);
        double want, free, fixed, most = p->dataset * total * (is_skewed ? 0.5 : 1);
        double room = fmax(0, most - file);
        double kept = (double)sim_zones_kept(h);

        f->some = 0.0004 * f->load;
        fixed = fixed_of(h);
        /* What is cached already is not read again. */
        file += fmin(f->reads, room);
        if (file > most)
                file = most;
        f->reads = fmin(f->reads, room) + 0.02 * f->reads;
        free = total - fixed - anon_of(h) - file;
        want = f->dt > 2 ? high * SPARE : low + (high * SPARE - low) * fabs(sin(f->now / 7));
        want += low * 0.02 + kept;
        if (free < want)
                free = squeeze(h, f, &file, free, want);
        f->swap_in = swap_in(h, f, free);
        free -= f->swap_in;
        if (f->steal > 0 && f->direct <= 0)
                f->some += 0.001;
        if (free > want && f->refault_file > 0)
                f->some += 0.0005;
        sim_zones_spread(h, fmin(free, total - fixed - anon_of(h)), is_skewed);
}
