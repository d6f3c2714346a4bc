/* SPDX-License-Identifier: Apache-2.0 */
/* Zones, watermarks, and where on the nodes everything is. */
#include "model_parts.h"

#include <math.h>
#include <string.h>

#define DMA_PAGES   3840u
#define DMA32_PAGES 760000u /* of 3 GiB below the hole, without what the kernel took at boot */
#define RESERVE     256u    /* vm.lowmem_reserve_ratio of DMA and DMA32 */

void sim_zones_init(struct sim_host *h, uint64_t pages)
{
        uint64_t each = pages / h->n_nodes, pfn = 1;

        for (size_t i = 0; i < h->n_nodes; i++) {
                struct sim_node *n = &h->node[i];
                uint64_t low = i == 0 ? DMA_PAGES + DMA32_PAGES : 0;
                uint64_t managed[SIM_ZONES] = { i == 0 ? DMA_PAGES : 0, i == 0 ? DMA32_PAGES : 0,
                                                (each - low) / 64 * 63 };

                for (size_t k = 0; k < SIM_ZONES; k++) {
                        struct sim_zone *z = &n->zone[k];

                        z->managed = managed[k];
                        z->present = k == SIM_NORMAL ? each - low : managed[k] + managed[k] / 60;
                        z->spanned = z->present + (k == SIM_DMA32 ? 262144 : 0);
                        z->start_pfn = pfn;
                        pfn += managed[k] ? z->spanned : 0;
                }
        }
}

uint64_t sim_mem_total(const struct sim_host *h)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < h->n_nodes; i++)
                for (size_t k = 0; k < SIM_ZONES; k++)
                        sum += h->node[i].zone[k].managed;
        return sum;
}

uint64_t sim_mem_free(const struct sim_host *h)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < h->n_nodes; i++)
                for (size_t k = 0; k < SIM_ZONES; k++)
                        sum += h->node[i].zone[k].free;
        return sum;
}

uint64_t sim_mark_sum(const struct sim_host *h, enum sim_mark mark)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < h->n_nodes; i++)
                for (size_t k = 0; k < SIM_ZONES; k++)
                        sum += h->node[i].zone[k].mark[mark];
        return sum;
}

/* mm/page_alloc.c __setup_per_zone_wmarks(), setup_per_zone_lowmem_reserve(), 6.1. */
void sim_zones_marks(struct sim_host *h)
{
        uint64_t all = sim_mem_total(h), pages_min = h->vm.min_free_kbytes / 4;

        for (size_t i = 0; i < h->n_nodes; i++) {
                struct sim_zone *zone = h->node[i].zone;

                for (size_t k = 0; k < SIM_ZONES; k++) {
                        struct sim_zone *z = &zone[k];
                        uint64_t min = pages_min * z->managed / all;
                        uint64_t by = z->managed * h->vm.watermark_scale_factor / 10000;
                        uint64_t above = 0;

                        by = by > min / 4 ? by : min / 4;
                        z->mark[SIM_MIN] = min;
                        z->mark[SIM_LOW] = min + by;
                        z->mark[SIM_HIGH] = min + 2 * by;
                        memset(z->reserve, 0, sizeof(z->reserve));
                        for (size_t to = k + 1; to < SIM_ZONES; to++) {
                                above += zone[to].managed;
                                z->reserve[to] = z->managed ? above / RESERVE : 0;
                        }
                }
        }
}

uint64_t sim_mem_available(const struct sim_host *h)
{
        struct sim_node sum = sim_sum(h);
        uint64_t low = sim_mark_sum(h, SIM_LOW), reserve = 0, half, available;

        for (size_t i = 0; i < h->n_nodes; i++)
                for (size_t k = 0; k < SIM_ZONES; k++) {
                        const struct sim_zone *z = &h->node[i].zone[k];
                        uint64_t most = z->reserve[SIM_NORMAL] + z->mark[SIM_HIGH];

                        reserve += most < z->managed ? most : z->managed;
                }
        half = sum.file / 2;
        available = sim_mem_free(h) + sum.file - (half < low ? half : low);
        half = sum.slab_reclaimable / 2;
        available += sum.slab_reclaimable - (half < low ? half : low);
        return available > reserve ? available - reserve : 0;
}

uint64_t sim_zones_kept(const struct sim_host *h)
{
        return h->node[0].zone[SIM_DMA].managed + h->node[0].zone[SIM_DMA32].reserve[SIM_NORMAL];
}

/* Zones of a node are emptied alike; but the 16 MiB below are kept for who needs them. */
static void spread_free(struct sim_node *n, uint64_t pages)
{
        uint64_t least = n->zone[SIM_DMA32].mark[SIM_HIGH] + n->zone[SIM_DMA32].reserve[SIM_NORMAL];
        double marks = (double)(least + n->zone[SIM_NORMAL].mark[SIM_HIGH]);
        double all = (double)(n->zone[SIM_DMA32].managed + n->zone[SIM_NORMAL].managed);
        uint64_t dma = n->zone[SIM_DMA].managed, rest;
        double above;

        if (pages < 2 * dma)
                dma = pages / 2;
        n->zone[SIM_DMA].free = dma;
        rest = pages - dma;
        above = (double)rest - marks;
        if (above > 0)
                n->zone[SIM_DMA32].free =
                        least + (uint64_t)(above * (double)n->zone[SIM_DMA32].managed / all);
        else
                n->zone[SIM_DMA32].free = (uint64_t)((double)rest * (double)least / marks);
        if (n->zone[SIM_DMA32].free > n->zone[SIM_DMA32].managed)
                n->zone[SIM_DMA32].free = n->zone[SIM_DMA32].managed;
        if (n->zone[SIM_DMA32].free > rest)
                n->zone[SIM_DMA32].free = rest;
        n->zone[SIM_NORMAL].free = rest - n->zone[SIM_DMA32].free;
}

static uint64_t managed_of(const struct sim_node *n)
{
        return n->zone[SIM_DMA].managed + n->zone[SIM_DMA32].managed + n->zone[SIM_NORMAL].managed;
}

/* The i-th part of `sum`, so that all parts add up to it. */
static uint64_t part(uint64_t sum, const double *upto, size_t i)
{
        uint64_t end = (uint64_t)((double)sum * upto[i + 1]);

        return end - (uint64_t)((double)sum * upto[i]);
}

/* What is neither free nor page cache. */
static uint64_t used_of(const struct sim_node *n)
{
        return n->anon + n->shmem + n->slab_reclaimable + n->slab_unreclaimable + n->kernel_stack +
               n->page_tables + n->other + n->huge_pool * SIM_HUGE_PAGES;
}

static void spread_used(struct sim_host *h, const double *upto)
{
        struct sim_node sum = { 0 };
        uint64_t total = sim_mem_total(h);

        for (size_t i = 0; i < h->n_groups; i++)
                sum.anon += h->group[i].anon;
        for (size_t i = 0; i < h->n_units; i++)
                sum.shmem += h->unit[i].shmem;
        for (size_t i = 0; i < h->n_slabs; i++)
                *(h->slab[i].is_reclaimable ? &sum.slab_reclaimable : &sum.slab_unreclaimable) +=
                        h->slab[i].slabs * h->slab[i].pages_per_slab;
        sum.kernel_stack = 1600;
        sum.page_tables = 1000 + sum.anon / 400;
        sum.other = total / 125;
        sum.huge_pool = (uint64_t)((double)total * sim_plans[h->role].huge_pool) / SIM_HUGE_PAGES;
        for (size_t i = 0; i < h->n_groups; i++)
                sum.huge_free += h->group[i].huge;
        sum.huge_free = sum.huge_pool > sum.huge_free ? sum.huge_pool - sum.huge_free : 0;
        for (size_t i = 0; i < h->n_nodes; i++) {
                struct sim_node *n = &h->node[i];

                n->anon = part(sum.anon, upto, i);
                n->shmem = part(sum.shmem, upto, i);
                n->slab_reclaimable = part(sum.slab_reclaimable, upto, i);
                n->slab_unreclaimable = part(sum.slab_unreclaimable, upto, i);
                n->kernel_stack = part(sum.kernel_stack, upto, i);
                n->page_tables = part(sum.page_tables, upto, i);
                n->other = part(sum.other, upto, i);
                n->huge_pool = part(sum.huge_pool, upto, i);
                n->huge_free = part(sum.huge_free, upto, i);
                if (n->huge_free > n->huge_pool)
                        n->huge_free = n->huge_pool;
        }
}

/* Tasks that are bound to the first node: what they use there is no page cache, which would make
 * room for them, and other nodes have so much less of it. */
static void crowd_first_node(struct sim_host *h)
{
        struct sim_node *first = &h->node[0];
        uint64_t used = used_of(first) + managed_of(first) / 10;
        uint64_t room = managed_of(first) > used ? managed_of(first) - used : 0;

        for (size_t i = 1; i < h->n_nodes; i++) {
                uint64_t pages = h->node[i].anon < room ? h->node[i].anon : room;

                h->node[i].anon -= pages;
                first->anon += pages;
                room -= pages;
        }
        first->other += room; /* pinned, as by a virtual machine with a device of its own */
}

void sim_zones_spread(struct sim_host *h, double free, bool is_skewed)
{
        double upto[SIM_NODES_MAX + 1] = { 0 }, all = (double)sim_mem_total(h);
        uint64_t left = free > 0 ? (uint64_t)free : 0;
        double kept = fmin((double)sim_zones_kept(h), (double)left);

        for (size_t i = 0; i < h->n_nodes; i++)
                upto[i + 1] = upto[i] + (double)managed_of(&h->node[i]) / all;
        upto[h->n_nodes] = 1;
        spread_used(h, upto);
        if (is_skewed)
                crowd_first_node(h);
        for (size_t i = 0; i < h->n_nodes; i++) {
                struct sim_node *n = &h->node[i];
                uint64_t room = managed_of(n) > used_of(n) ? managed_of(n) - used_of(n) : 0;
                uint64_t pages = (uint64_t)((i == 0 ? kept : 0) +
                                            (fmax(free, 0) - kept) * (upto[i + 1] - upto[i]));

                if (is_skewed)
                        pages = i == 0 ? n->zone[SIM_DMA32].mark[SIM_HIGH] +
                                                 n->zone[SIM_NORMAL].mark[SIM_HIGH] +
                                                 sim_zones_kept(h)
                                       : left / (h->n_nodes - i);
                pages = pages < room ? pages : room;
                left -= pages < left ? pages : left;
                spread_free(n, pages);
                n->file = room - pages;
        }
}

/* Something takes the free memory of the first node's largest zone for a moment. */
void sim_zones_dip(struct sim_host *h, const struct sim_flow *f)
{
        struct sim_zone *z = &h->node[0].zone[SIM_NORMAL];
        uint64_t to = z->mark[SIM_MIN] * 3 / 4;

        if (!sim_is_faulty(h, SIM_BREACHES, f->now) || f->dt > 2 || f->now > h->own.dip_end)
                return;
        if (z->free <= to)
                return;
        h->node[0].other += z->free - to;
        z->free = to;
}

static void watch_mark(struct sim_zone *z, size_t m, double dt)
{
        if (z->free < z->mark[m]) {
                z->breaches[m] += !z->is_below[m];
                z->is_below[m] = true;
                z->below_usec[m] += (uint64_t)(dt * 1e6);
        } else if (z->free >= z->mark[m] + z->mark[m] / 8) {
                z->is_below[m] = false;
        }
}

/* Looked at in short steps; in long ones kswapd has gone from low to high many times in between,
 * and dips have come and gone. */
void sim_zones_watch(struct sim_host *h, const struct sim_flow *f)
{
        double steal = f->steal * (1 - f->direct), gap;
        struct sim_zone *dips = &h->node[0].zone[SIM_NORMAL];

        gap = (double)(sim_mark_sum(h, SIM_HIGH) - sim_mark_sum(h, SIM_LOW));
        for (size_t i = 0; i < h->n_nodes; i++)
                for (size_t k = SIM_DMA32; k < SIM_ZONES; k++) {
                        struct sim_zone *z = &h->node[i].zone[k];

                        if (!z->managed)
                                continue;
                        for (size_t m = 0; m < SIM_MARKS; m++)
                                if (f->dt <= 2 || (m == SIM_MIN && z->free < z->mark[m]))
                                        watch_mark(z, m, f->dt);
                        if (f->dt <= 2 || steal <= 0)
                                continue;
                        sim_grow(h, &z->breaches[SIM_LOW], fmin(steal / gap, f->dt * 4));
                        sim_grow(h, &z->breaches[SIM_HIGH], fmin(steal / gap, f->dt * 4) / 4);
                        z->below_usec[SIM_HIGH] += (uint64_t)(f->dt * 1e6 * 0.6);
                }
        if (f->dt > 2 && sim_is_faulty(h, SIM_BREACHES, f->now))
                for (size_t m = 0; m < SIM_MARKS; m++) {
                        uint64_t before = dips->breaches[m];

                        sim_grow(h, &dips->breaches[m], f->dt / 15);
                        dips->below_usec[m] += (dips->breaches[m] - before) * 700000;
                }
}

struct sim_node sim_sum(const struct sim_host *h)
{
        struct sim_node sum = h->node[0];

        for (size_t i = 1; i < h->n_nodes; i++) {
                const struct sim_node *n = &h->node[i];

                sum.anon += n->anon;
                sum.file += n->file;
                sum.shmem += n->shmem;
                sum.slab_reclaimable += n->slab_reclaimable;
                sum.slab_unreclaimable += n->slab_unreclaimable;
                sum.kernel_stack += n->kernel_stack;
                sum.page_tables += n->page_tables;
                sum.other += n->other;
                sum.huge_pool += n->huge_pool;
                sum.huge_free += n->huge_free;
                sum.numa_hit += n->numa_hit;
                sum.numa_miss += n->numa_miss;
                sum.numa_foreign += n->numa_foreign;
                sum.numa_interleave += n->numa_interleave;
                sum.numa_local += n->numa_local;
                sum.numa_other += n->numa_other;
        }
        return sum;
}
