/* SPDX-License-Identifier: Apache-2.0 */
/* What is injected. */
#include "model_parts.h"

#include <math.h>

#define LEAK_RATE 0.07   /* of memory in an hour */
#define KEPT      80000u /* pages of a unit at its limit that are not its workers' anonymous memory */
#define SLAB_RATE 0.03
#define SLAB_MOST 0.35 /* of memory */
#define LOOP_TIME 45.0 /* seconds from a start of job.service to its kill */

bool sim_is_faulty(const struct sim_host *h, enum sim_fault fault, double now)
{
        return h->fault == fault && now >= h->fault_start;
}

void sim_kill_group(struct sim_host *h, size_t group, double now, bool is_host)
{
        struct sim_group *g = &h->group[group];
        struct sim_unit *u = &h->unit[g->unit];

        h->kill[h->n_kills++ % SIM_KILLS_MAX] = (struct sim_kill){
                .time = now,
                .unit = g->unit,
                .pid = g->first_pid,
                .comm = g->comm,
                .anon = g->anon,
                .file = g->file,
                .page_tables = g->anon / 400 + 20,
                .is_host = is_host,
        };
        u->events_oom_kill++;
        h->count.oom_kill++;
        h->swap_used -= g->swap < h->swap_used ? g->swap : h->swap_used;
        g->anon /= 10;
        g->swap = 0;
        g->start = now;
        g->minflt = g->majflt = 0;
        g->first_pid = 1000 + (uint32_t)group * 100 + (g->first_pid + 10) % 100 / 10 * 10;
        if (group == GROUP_WORKER)
                h->own.leaked = 0;
}

/* Grows to its limit in LOOP_TIME; with long steps that happens several times in one. */
static void loop(struct sim_host *h, const struct sim_flow *f)
{
        struct sim_unit *u = &h->unit[UNIT_JOB];
        struct sim_group *g = &h->group[GROUP_JOB];
        double at;

        if (h->own.loop_start < h->fault_start || h->own.loop_start < h->boot)
                h->own.loop_start = fmax(fmax(h->fault_start, h->boot), f->now - f->dt);
        while (f->now >= h->own.loop_start + LOOP_TIME) {
                g->anon = u->max - g->file / 4 - 400;
                u->events_max += 20;
                u->events_oom++;
                u->peak = u->max;
                h->own.loop_start += LOOP_TIME;
                sim_kill_group(h, GROUP_JOB, h->own.loop_start, false);
        }
        at = (f->now - h->own.loop_start) / LOOP_TIME;
        g->anon = (uint64_t)((0.15 + 0.75 * at) * (double)u->max);
}

/* The main unit wants what is left of memory and most of swap. */
static void push(struct sim_host *h, const struct sim_flow *f)
{
        struct sim_group *g = &h->group[GROUP_WORKER];
        struct sim_node s = sim_sum(h);
        double total = (double)sim_mem_total(h), room;

        room = total - (double)(s.shmem + s.slab_reclaimable + s.slab_unreclaimable) -
               (double)(s.kernel_stack + s.page_tables + s.other + s.huge_pool * SIM_HUGE_PAGES) -
               0.6 * sim_plans[h->role].hot * total - 1.2 * (double)sim_mark_sum(h, SIM_HIGH) -
               (double)sim_zones_kept(h) + 0.7 * (double)h->swap_total - (double)g->swap;
        for (size_t i = 0; i < h->n_groups; i++)
                if (i != GROUP_WORKER)
                        room -= (double)h->group[i].anon;
        if ((double)g->anon < room)
                g->anon = (uint64_t)fmin(room, (double)g->anon + 0.004 * total * f->dt);
}

static void misconfigure(struct sim_host *h)
{
        h->vm.swappiness = 100;
        h->vm.watermark_scale_factor = 200;
        h->vm.dirty_ratio = 60;
        h->vm.zone_reclaim_mode = 1;
        h->vm.thp_enabled = h->role == SIM_BATCH ? "never" : "always";
        sim_zones_marks(h);
}

void sim_faults_before(struct sim_host *h, struct sim_flow *f)
{
        double total = (double)sim_mem_total(h), hours = f->dt / sim_hour(h);
        struct sim_unit *u = &h->unit[UNIT_MAIN];
        struct sim_group *g = &h->group[GROUP_WORKER];

        if (f->now < h->fault_start)
                return;
        h->is_down = h->fault == SIM_DOWN;
        switch (h->fault) {
        case SIM_LEAK:
                h->own.leaked += total * LEAK_RATE * hours;
                g->anon += (uint64_t)(total * LEAK_RATE * hours);
                if (u->max != SIM_NO_LIMIT && g->anon + KEPT > u->max) {
                        u->events_max += 50;
                        u->events_oom++;
                        u->peak = u->max;
                        sim_kill_group(h, GROUP_WORKER, f->now, false);
                }
                break;
        case SIM_SLAB_LEAK:
                h->own.slab_leaked =
                        fmin(h->own.slab_leaked + total * SLAB_RATE * hours, total * SLAB_MOST);
                break;
        case SIM_SWAP_STORM:
                push(h, f);
                break;
        case SIM_OOM_LOOP:
                loop(h, f);
                break;
        case SIM_MISCONFIGURED:
                if (h->vm.swappiness != 100)
                        misconfigure(h);
                break;
        case SIM_THROTTLED:
                if (u->high == SIM_NO_LIMIT)
                        u->high = sim_unit_current(u);
                if (g->anon > u->high - u->high / 20)
                        g->anon = u->high - u->high / 20;
                break;
        default:
                break;
        }
}

/* Stalls and traffic that the fault makes beyond what reclaim came to. */
void sim_faults_after(struct sim_host *h, struct sim_flow *f)
{
        double total = (double)sim_mem_total(h), rate;

        if (f->now < h->fault_start)
                return;
        switch (h->fault) {
        case SIM_SWAP_STORM:
                if (h->swap_used < h->swap_total / 3)
                        break;
                rate = fmin(total / 250, 40000) * (0.9 + 0.2 * sim_random(h)) * f->dt;
                f->swap_in += rate;
                f->swap_out += rate;
                f->refault_anon += rate;
                f->anon_steal += rate;
                f->steal += rate;
                f->scan += 4 * rate;
                f->direct = fmin(1, f->direct + 0.4);
                f->stalls += 30 * f->dt;
                f->full = fmax(f->full, 0.3 + 0.05 * sim_random(h));
                f->some = fmax(f->some, 0.6 + 0.1 * sim_random(h));
                break;
        case SIM_BREACHES:
                f->stalls += 0.4 * f->dt;
                f->some += 0.004;
                if (f->now > h->own.next_dip) {
                        h->own.dip_end = f->now + 0.2 + 1.3 * sim_random(h);
                        h->own.next_dip = h->own.dip_end + 8 + 10 * sim_random(h);
                }
                break;
        case SIM_THROTTLED:
                f->some += 0.05;
                break;
        default:
                break;
        }
}
