/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the model: what its files share. */
#ifndef FLEET_MODEL_PARTS_H
#define FLEET_MODEL_PARTS_H

#include "model.h"

/* What a role is like; fractions are of all memory of the host. */
struct sim_role_plan {
        const char *name, *unit, *worker, *master;
        unsigned workers;
        unsigned gib;                /* memory of the smallest */
        double swap;                 /* of memory; 0: none */
        double huge_pool, huge_used; /* of memory; of the pool */
        double anon, anon_by_load;   /* of the main unit */
        double shmem;
        double hot, dataset; /* page cache that is read all the time; all that there is to read */
        double reads;        /* pages of page cache that are new, per second, at full load */
        double main_max;     /* MemoryMax of the main unit; 0: none */
        uint64_t swappiness, dirty_ratio;
        const char *thp;
};

extern const struct sim_role_plan sim_plans[SIM_ROLES];

/* The units of every host, in this order. */
enum {
        UNIT_MAIN,
        UNIT_AGENT,
        UNIT_SSH,
        UNIT_JOURNAL,
        UNIT_JOB,
        UNIT_INIT,
        UNITS
};
/* And its groups. */
enum {
        GROUP_WORKER,
        GROUP_MASTER,
        GROUP_AGENT,
        GROUP_SSH,
        GROUP_JOURNAL,
        GROUP_JOB,
        GROUP_INIT,
        GROUPS
};
/* And its slab caches; the leak is in SLAB_LEAKS. */
enum {
        SLAB_DENTRY,
        SLAB_INODE,
        SLAB_RADIX,
        SLAB_LEAKS,
        SLAB_FILP,
        SLAB_TASK,
        SLAB_SMALL,
        SLABS
};

/* What one step comes to, on its way through the parts. */
struct sim_flow {
        double now, dt, load; /* load from 0 to 1 and a little around it */
        double full, some;    /* share of the time that is stalled */
        double steal, scan;   /* pages, in this step */
        double direct;        /* the share of steal and scan that tasks did themselves */
        double stalls;        /* allocstall */
        double swap_in, swap_out, refault_file, refault_anon; /* pages */
        double reads;                                         /* pages of page cache read in */
        double anon_steal;                                    /* the part of steal that was anon */
};

/* From 0 up to 1, and around 0 with deviation 1. */
double sim_random(struct sim_host *h);
double sim_gauss(struct sim_host *h);
/* Adds to a counter; what is less than 1 comes as often as it should. Nothing where by <= 0. */
void sim_grow(struct sim_host *h, uint64_t *counter, double by);
double sim_hour(const struct sim_host *h);

/* model_zones.c */
void sim_zones_init(struct sim_host *h, uint64_t pages);
void sim_zones_marks(struct sim_host *h); /* from the settings */
uint64_t sim_mark_sum(const struct sim_host *h, enum sim_mark mark);
/* Free memory that allocations for the Normal zone leave alone: DMA, and what DMA32 reserves. */
uint64_t sim_zones_kept(const struct sim_host *h);
/* Gives each node its part of what units, slab caches and `free` come to. What is left over is
 * page cache. */
void sim_zones_spread(struct sim_host *h, double free, bool is_skewed);
void sim_zones_dip(struct sim_host *h, const struct sim_flow *f);
void sim_zones_watch(struct sim_host *h, const struct sim_flow *f);

/* model_load.c */
void sim_load_init(struct sim_host *h);
void sim_load_boot(struct sim_host *h, double now);
void sim_load_step(struct sim_host *h, struct sim_flow *f);
void sim_load_slab(struct sim_host *h, const struct sim_flow *f);

/* model_faults.c: what the fault does to groups and caches, before reclaim, and to the flow after
 * it. */
bool sim_is_faulty(const struct sim_host *h, enum sim_fault fault, double now);
void sim_faults_before(struct sim_host *h, struct sim_flow *f);
void sim_faults_after(struct sim_host *h, struct sim_flow *f);
void sim_kill_group(struct sim_host *h, size_t group, double now, bool is_host);

/* model_reclaim.c */
void sim_reclaim(struct sim_host *h, struct sim_flow *f);
/* model_count.c */
void sim_count(struct sim_host *h, const struct sim_flow *f);
void sim_count_units(struct sim_host *h, const struct sim_flow *f);

#endif
