/* SPDX-License-Identifier: Apache-2.0 */
/* What the units of a host want: its load of the day, deploys, jobs. */
#include "model_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MIB       256.0 /* pages */
#define JOB_USED  0.35  /* of job.service's MemoryMax */
#define REGROWTH  288   /* a day's part in which most of a change of memory has come about */
#define JOURNAL   (48 * MIB)
#define AGENT_MAX (1024 * MIB)
#define SLAB_R    0.03 /* of memory, while there is page cache */
#define SLAB_U    0.012

static void init_group(struct sim_host *h, size_t i, const char *comm, unsigned unit, unsigned pids)
{
        struct sim_group *g = &h->group[i];

        g->comm = comm;
        g->unit = unit;
        g->n_pids = pids;
}

static const struct {
        const char *name;
        bool is_reclaimable;
        uint32_t size, per_slab, pages;
        double part; /* of its kind */
} caches[SLABS] = {
        [SLAB_DENTRY] = { "dentry", true, 192, 21, 1, 0.35 },
        [SLAB_INODE] = { "ext4_inode_cache", true, 1192, 27, 8, 0.45 },
        [SLAB_RADIX] = { "radix_tree_node", true, 584, 28, 4, 0.20 },
        [SLAB_LEAKS] = { "kmalloc-2k", false, 2048, 16, 8, 0.25 },
        [SLAB_FILP] = { "filp", false, 256, 32, 2, 0.20 },
        [SLAB_TASK] = { "task_struct", false, 9536, 3, 8, 0.20 },
        [SLAB_SMALL] = { "kmalloc-64", false, 64, 64, 1, 0.35 },
};

void sim_load_init(struct sim_host *h)
{
        const struct sim_role_plan *p = &sim_plans[h->role];
        const char *const names[UNITS] = {
                [UNIT_MAIN] = p->unit,      [UNIT_AGENT] = "agent.service",
                [UNIT_SSH] = "ssh.service", [UNIT_JOURNAL] = "systemd-journald.service",
                [UNIT_JOB] = "job.service", [UNIT_INIT] = "init.scope",
        };
        double total = (double)sim_mem_total(h);

        h->n_units = UNITS;
        for (size_t i = 0; i < UNITS; i++)
                h->unit[i] = (struct sim_unit){ .slice = i == UNIT_INIT ? "" : "system.slice",
                                                .name = names[i],
                                                .max = SIM_NO_LIMIT,
                                                .high = SIM_NO_LIMIT };
        if (p->main_max > 0)
                h->unit[UNIT_MAIN].max = (uint64_t)(total * p->main_max);
        h->unit[UNIT_AGENT].max = (uint64_t)AGENT_MAX;
        h->unit[UNIT_JOB].max = (uint64_t)(total / 64);
        h->n_groups = GROUPS;
        init_group(h, GROUP_WORKER, p->worker, UNIT_MAIN, p->workers);
        init_group(h, GROUP_MASTER, p->master, UNIT_MAIN, 1);
        init_group(h, GROUP_AGENT, "agent", UNIT_AGENT, 1);
        init_group(h, GROUP_SSH, "sshd", UNIT_SSH, 1);
        init_group(h, GROUP_JOURNAL, "systemd-journal", UNIT_JOURNAL, 1);
        init_group(h, GROUP_JOB, "job", UNIT_JOB, 1);
        init_group(h, GROUP_INIT, "systemd", UNIT_INIT, 1);
        h->n_slabs = SLABS;
        for (size_t i = 0; i < SLABS; i++)
                h->slab[i] = (struct sim_slab){ .name = caches[i].name,
                                                .is_reclaimable = caches[i].is_reclaimable,
                                                .object_size = caches[i].size,
                                                .objects_per_slab = caches[i].per_slab,
                                                .pages_per_slab = caches[i].pages };
}

/* What a group wants, in pages, swapped out or not. */
static double target_of(const struct sim_host *h, size_t i, const struct sim_flow *f)
{
        const struct sim_role_plan *p = &sim_plans[h->role];
        double total = (double)sim_mem_total(h);

        switch (i) {
        case GROUP_WORKER:
                return total * h->own.size * (p->anon + p->anon_by_load * f->load) +
                       h->own.job_anon;
        case GROUP_MASTER:
                return 60 * MIB;
        case GROUP_AGENT:
                return 300 * MIB * h->own.size;
        case GROUP_SSH:
                return 8 * MIB;
        case GROUP_JOURNAL:
                return JOURNAL;
        case GROUP_JOB:
                return (double)h->unit[UNIT_JOB].max * JOB_USED * h->own.size;
        default:
                return 12 * MIB;
        }
}

/* A day's worth of processes has gone by; pids begin where those of the last boot did not end. */
static void start_group(struct sim_host *h, size_t i, double now)
{
        struct sim_group *g = &h->group[i];

        g->first_pid = i == GROUP_INIT
                               ? 1
                               : 1000 + (uint32_t)i * 100 + (g->first_pid + 10) % 100 / 10 * 10;
        g->start = now;
        g->minflt = g->majflt = 0;
        h->swap_used -= g->swap < h->swap_used ? g->swap : h->swap_used;
        g->swap = 0;
        g->anon = (uint64_t)(target_of(h, i, &(struct sim_flow){ 0 }) / 8);
        g->file = 1500ULL * g->n_pids;
}

void sim_load_boot(struct sim_host *h, double now)
{
        const struct sim_role_plan *p = &sim_plans[h->role];
        double total = (double)sim_mem_total(h);

        h->own.job_anon = 0;
        h->own.job_end = now + sim_hour(h) * sim_random(h);
        for (size_t i = 0; i < h->n_groups; i++)
                start_group(h, i, now);
        h->group[GROUP_WORKER].huge =
                (uint64_t)(total * p->huge_pool * p->huge_used / SIM_HUGE_PAGES);
        for (size_t i = 0; i < h->n_units; i++) {
                struct sim_unit *u = &h->unit[i], empty = { 0 };

                empty.slice = u->slice;
                empty.name = u->name;
                empty.max = u->max;
                empty.high = u->high;
                *u = empty;
        }
        h->unit[UNIT_MAIN].shmem = (uint64_t)(total * p->shmem);
        h->group[GROUP_WORKER].shmem = (uint64_t)(total * p->shmem);
}

/* Jobs take a third of the host or so for an hour or so, and after a pause there is the next. A
 * working set that outgrows memory is no part of a job, and does not end with one. */
static void step_job(struct sim_host *h, const struct sim_flow *f)
{
        if (h->role != SIM_BATCH || f->now < h->own.job_end)
                return;
        if (h->own.job_anon > 0) {
                struct sim_group *g = &h->group[GROUP_WORKER];

                h->own.job_anon = 0;
                h->own.job_end = f->now + sim_hour(h) * (0.2 + 0.6 * sim_random(h));
                if (!sim_is_faulty(h, SIM_SWAP_STORM, f->now))
                        g->anon = (uint64_t)target_of(h, GROUP_WORKER, f); /* it has ended */
        } else {
                h->own.job_anon = (double)sim_mem_total(h) * (0.25 + 0.25 * sim_random(h));
                h->own.job_end = f->now + sim_hour(h) * (0.5 + 1.5 * sim_random(h));
        }
}

static void step_deploy(struct sim_host *h, const struct sim_flow *f)
{
        if (f->now < h->next_deploy)
                return;
        h->next_deploy += h->role == SIM_WEB ? h->day : 3 * h->day;
        h->own.deployed = f->now;
        h->own.leaked = 0;
        start_group(h, GROUP_WORKER, f->now);
        start_group(h, GROUP_MASTER, f->now);
}

void sim_load_step(struct sim_host *h, struct sim_flow *f)
{
        double rest = exp(-f->dt / (h->day / REGROWTH));

        step_deploy(h, f);
        step_job(h, f);
        for (size_t i = 0; i < h->n_groups; i++) {
                struct sim_group *g = &h->group[i];
                double to = target_of(h, i, f) - (double)g->swap;

                if (i == GROUP_WORKER)
                        to += h->own.leaked;
                to *= 1 + 0.002 * sim_gauss(h);
                if (i == GROUP_WORKER && sim_is_faulty(h, SIM_SWAP_STORM, f->now) &&
                    to < (double)g->anon)
                        to = (double)g->anon;
                to = to > 64 ? to : 64;
                g->anon = (uint64_t)(to + ((double)g->anon - to) * rest);
        }
        f->reads =
                sim_plans[h->role].reads * (0.3 + 0.7 * f->load) * f->dt * (1 + 0.1 * sim_gauss(h));
}

void sim_load_slab(struct sim_host *h, const struct sim_flow *f)
{
        double total = (double)sim_mem_total(h), cached = (double)sim_sum(h).file / total;
        double r = total * SLAB_R * fmin(1, 0.2 + 3 * cached) * h->own.size;
        double u = total * SLAB_U * h->own.size * (1 + 0.1 * f->load);

        for (size_t i = 0; i < h->n_slabs; i++) {
                struct sim_slab *s = &h->slab[i];
                double pages = caches[i].part * (s->is_reclaimable ? r : u);

                if (i == SLAB_LEAKS)
                        pages += h->own.slab_leaked;
                s->slabs = (uint64_t)pages / s->pages_per_slab;
                s->objects = s->slabs * s->objects_per_slab;
                s->active = s->objects - s->objects / 20;
        }
}
