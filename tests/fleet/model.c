/* SPDX-License-Identifier: Apache-2.0 */
#include "model_parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define GIB    (1ULL << 30)
#define WARMUP 180 /* steps of 480 s: a day */

/* clang-format off */
const struct sim_role_plan sim_plans[SIM_ROLES] = {
        [SIM_WEB] = { "web", "web.service", "gunicorn", "nginx", 6, 16, 0.125, 0, 0, 0.22, 0.20, 0.01, 0.05, 0.22, 300, 0, 60, 20, "madvise" },
        [SIM_DATABASE] = { "database", "postgresql.service", "postgres", "pg_logger", 5, 64, 0.0625, 0.25, 0.9, 0.14, 0.05, 0.01, 0.12, 0.60, 3000, 0, 10, 10, "never" },
        [SIM_CACHE] = { "cache", "redis.service", "redis-server", "redis-sentinel", 1, 32, 0, 0, 0, 0.60, 0.01, 0.002, 0.02, 0.08, 60, 0.8, 1, 20, "never" },
        [SIM_BATCH] = { "batch", "worker.service", "executor", "spark", 3, 32, 0.125, 0, 0, 0.06, 0.01, 0.005, 0.04, 0.30, 1500, 0, 60, 40, "always" },
        [SIM_STORAGE] = { "storage", "minio.service", "minio", "scanner", 2, 32, 0.125, 0, 0, 0.08, 0.02, 0.002, 0.25, 4, 12000, 0, 60, 20, "madvise" },
};
/* clang-format on */

static const char *const faults[SIM_FAULTS] = {
        [SIM_HEALTHY] = "healthy",       [SIM_LEAK] = "leak",
        [SIM_SWAP_STORM] = "swap storm", [SIM_BREACHES] = "breach bursts",
        [SIM_OOM_LOOP] = "OOM loop",     [SIM_NUMA_SKEW] = "NUMA skew",
        [SIM_SLAB_LEAK] = "slab leak",   [SIM_MISCONFIGURED] = "misconfigured",
        [SIM_THROTTLED] = "throttled",   [SIM_DOWN] = "down",
};

const char *sim_role_name(enum sim_role role)
{
        return sim_plans[role].name;
}

const char *sim_fault_name(enum sim_fault fault)
{
        return faults[fault];
}

/* splitmix64 */
double sim_random(struct sim_host *h)
{
        uint64_t z = (h->own.random += 0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        z ^= z >> 31;
        return (double)(z >> 11) / 9007199254740992.0;
}

double sim_gauss(struct sim_host *h)
{
        double sum = 0;

        for (int i = 0; i < 12; i++)
                sum += sim_random(h);
        return sum - 6;
}

void sim_grow(struct sim_host *h, uint64_t *counter, double by)
{
        double whole = floor(by);

        if (by <= 0)
                return;
        *counter += (uint64_t)whole + (sim_random(h) < by - whole);
}

double sim_hour(const struct sim_host *h)
{
        return h->day / 24;
}

static size_t nodes_of(enum sim_role role, unsigned index)
{
        if (role == SIM_DATABASE)
                return index % 5 == 0 ? 4 : 2;
        return index % 4 == 0 ? 2 : 1;
}

static void init_settings(struct sim_host *h)
{
        const struct sim_role_plan *p = &sim_plans[h->role];

        h->vm = (struct sim_settings){
                .min_free_kbytes = p->gib >= 64 ? 262144 : 67584,
                .watermark_scale_factor = 10,
                .watermark_boost_factor = 15000,
                .swappiness = p->swappiness,
                .overcommit_memory = h->role == SIM_CACHE,
                .overcommit_ratio = 50,
                .vfs_cache_pressure = 100,
                .dirty_ratio = p->dirty_ratio,
                .dirty_background_ratio = p->dirty_ratio / 2,
                .dirty_expire_centisecs = 3000,
                .dirty_writeback_centisecs = 500,
                .max_map_count = 65530,
                .page_cluster = 3,
                .thp_enabled = p->thp,
                .thp_defrag = "madvise",
        };
}

void sim_init(struct sim_host *h, enum sim_role role, unsigned index, uint64_t seed)
{
        const struct sim_role_plan *p = &sim_plans[role];
        uint64_t pages;

        memset(h, 0, sizeof(*h));
        snprintf(h->name, sizeof(h->name), "%s-%02u", p->name, index);
        h->role = role;
        h->index = index;
        h->day = 86400;
        h->own.random = seed * 1000003 + role * 7919 + index * 104729 + 1;
        h->n_nodes = nodes_of(role, index);
        h->own.size = 0.95 + 0.1 * sim_random(h);
        h->own.phase = 0.02 * sim_random(h) + 0.01 * (double)role;
        pages = p->gib * GIB / SIM_PAGE;
        h->swap_total = (uint64_t)((double)pages * p->swap) & ~255ULL;
        init_settings(h);
        sim_zones_init(h, pages);
        sim_zones_marks(h);
        sim_load_init(h);
        h->next_deploy = h->next_reboot = INFINITY;
        sim_reboot(h, -86400);
        h->boots = 0;
        for (int i = 1; i <= WARMUP; i++)
                sim_step(h, -86400 + i * 86400.0 / WARMUP, 86400.0 / WARMUP);
        /* The web is rolled out every day, host after host; the others every third, each in turn.
         */
        h->next_deploy = role == SIM_WEB ? 36000 + 90.0 * index
                                         : 86400.0 * (index % 3) + 40000 + 120.0 * index;
        if (index % 8 == 3)
                h->next_reboot = 7200 + 86400 * sim_random(h);
}

void sim_compress(struct sim_host *h, double day)
{
        double by = day / h->day;

        h->day = day;
        h->next_deploy *= by;
        h->next_reboot *= by;
        h->own.job_end *= by;
}

void sim_reboot(struct sim_host *h, double now)
{
        memset(&h->count, 0, sizeof(h->count));
        for (size_t i = 0; i < h->n_nodes; i++) {
                struct sim_node *n = &h->node[i];

                n->numa_hit = n->numa_miss = n->numa_foreign = 0;
                n->numa_interleave = n->numa_local = n->numa_other = 0;
                for (size_t k = 0; k < SIM_ZONES; k++) {
                        memset(n->zone[k].breaches, 0, sizeof(n->zone[k].breaches));
                        memset(n->zone[k].below_usec, 0, sizeof(n->zone[k].below_usec));
                        memset(n->zone[k].is_below, 0, sizeof(n->zone[k].is_below));
                }
        }
        h->boot = now;
        h->boots++;
        h->swap_used = 0;
        h->dirty = h->writeback = 0;
        h->own.leaked = h->own.slab_leaked = 0;
        h->own.dip_end = 0;
        sim_load_boot(h, now);
        sim_load_slab(h, &(struct sim_flow){ .now = now });
        sim_zones_spread(h, 0.9 * (double)sim_mem_total(h), false);
}

/* The load of the day: least at 4 in the morning, and a fifth of it less at the weekend. */
static double load_at(struct sim_host *h, double now, double dt)
{
        double day = now / h->day + h->own.phase;
        double keep = exp(-dt / (h->day / 96));
        double load = 0.5 - 0.5 * cos(2 * M_PI * (day - 4.0 / 24));

        h->own.noise = h->own.noise * keep + 0.04 * sqrt(1 - keep * keep) * sim_gauss(h);
        if (fmod(floor(day) + 700, 7) >= 5)
                load *= 0.8;
        return fmax(0, load + h->own.noise);
}

void sim_step(struct sim_host *h, double now, double dt)
{
        struct sim_flow f = { .now = now, .dt = dt };

        if (now >= h->next_reboot) {
                sim_reboot(h, now);
                h->next_reboot += 7 * h->day;
        }
        f.load = load_at(h, now, dt);
        sim_load_step(h, &f);
        sim_faults_before(h, &f);
        sim_load_slab(h, &f);
        sim_reclaim(h, &f);
        sim_faults_after(h, &f);
        sim_zones_dip(h, &f);
        sim_count(h, &f);
        sim_count_units(h, &f);
        sim_zones_watch(h, &f);
}

int sim_inject(struct sim_host *h, enum sim_fault fault, double start)
{
        if ((fault == SIM_NUMA_SKEW && h->n_nodes < 2) ||
            (fault == SIM_SWAP_STORM && h->swap_total == 0) || fault >= SIM_FAULTS)
                return -EINVAL;
        h->fault = fault;
        h->fault_start = start;
        h->is_down = false;
        h->unit[UNIT_MAIN].high = SIM_NO_LIMIT;
        init_settings(h);
        sim_zones_marks(h);
        return 0;
}
