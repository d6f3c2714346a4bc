/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that do not exist, for the fleet tests and for `make demo`: what a kernel 6.1 on x86_64
 * would say of the memory of a host under a load of its own, stepped through time. No I/O, no
 * allocation, no clock, and the same numbers for the same seed and steps on every machine.
 *
 * Everything is consistent as a kernel is: what is managed in the zones of a node is free or in use
 * as one of the kinds below; counters never go down but at a boot; memory that a zone loses was
 * counted as allocated from it. Memory is in pages of SIM_PAGE bytes where nothing else is said,
 * times are in seconds on the caller's clock, which begins at 0, and stall times in microseconds.
 *
 * A healthy host is lively: a daily load, deploys (the main unit drops its memory and fills it
 * again), jobs, reboots, page cache that fills what is free. None of that is a reason to page
 * anybody. What is one is injected. */
#ifndef FLEET_MODEL_H
#define FLEET_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_PAGE       4096u
#define SIM_NODES_MAX  4
#define SIM_UNITS_MAX  8
#define SIM_GROUPS_MAX 12
#define SIM_SLABS_MAX  8
#define SIM_KILLS_MAX  16
#define SIM_HUGE_PAGES 512u       /* pages in a huge page */
#define SIM_NO_LIMIT   UINT64_MAX /* of memory.max, memory.high */
#define SIM_NODE_CPUS  8          /* of each node */
#define SIM_PERCPU     2000u      /* Percpu: of every host, a part of what no field names */

enum sim_role {
        SIM_WEB,      /* memory follows the daily load; a deploy a day */
        SIM_DATABASE, /* two nodes, a hugepage pool that is mostly in use, page cache */
        SIM_CACHE,    /* much anonymous memory that hardly moves, under MemoryMax */
        SIM_BATCH,    /* jobs that come, take half of the memory, and go */
        SIM_STORAGE,  /* page cache fills the host: kswapd always at work, free memory near high */
        SIM_ROLES,
};

enum sim_fault {
        SIM_HEALTHY,
        SIM_LEAK,       /* the main unit's process group grows for hours until the host is full */
        SIM_SWAP_STORM, /* the working set is larger than memory: swapped in and out, stalls */
        SIM_BREACHES,   /* short dips below min, which gauges mostly miss, many times a minute */
        SIM_OOM_LOOP,   /* job.service is killed at its MemoryMax, restarts, and again */
        SIM_NUMA_SKEW,  /* node 0 is full, the others are not; allocations go where they should not.
                           Hosts with one node cannot have it: sim_inject() says so. */
        SIM_SLAB_LEAK,  /* one unreclaimable cache grows for hours */
        SIM_MISCONFIGURED, /* swappiness, watermark_scale_factor, dirty_ratio and THP are not as
                              those of the role */
        SIM_THROTTLED,     /* the main unit is held at its MemoryHigh, and stalls */
        SIM_DOWN,          /* is_down: nothing answers; the caller has to see to it */
        SIM_FAULTS,
};

enum sim_zone_kind {
        SIM_DMA,
        SIM_DMA32,
        SIM_NORMAL,
        SIM_ZONES
};

/* The watermarks, in the order of the watch collector. */
enum sim_mark {
        SIM_MIN,
        SIM_LOW,
        SIM_HIGH,
        SIM_MARKS
};

struct sim_zone {
        uint64_t managed; /* 0: the node has no such zone, and nothing else here means anything */
        uint64_t present, spanned, start_pfn;
        uint64_t free;
        uint64_t mark[SIM_MARKS];
        uint64_t reserve[SIM_ZONES]; /* lowmem_reserve ("protection") from each target */
        /* As the watch collector would have counted since the exporter started, which is taken to
         * be the boot. */
        uint64_t breaches[SIM_MARKS];
        uint64_t below_usec[SIM_MARKS];
        bool is_below[SIM_MARKS];
};

/* The managed pages of its zones = their free + anon + file + shmem + slab_reclaimable +
 * slab_unreclaimable + kernel_stack + page_tables + other + huge_pool * SIM_HUGE_PAGES. */
struct sim_node {
        struct sim_zone zone[SIM_ZONES];
        uint64_t anon;
        uint64_t file; /* page cache with buffers, without shmem */
        uint64_t shmem;
        uint64_t slab_reclaimable, slab_unreclaimable;
        uint64_t kernel_stack, page_tables;
        uint64_t other;                /* vmalloc, per-CPU and what no field names */
        uint64_t huge_pool, huge_free; /* huge pages of 2 MiB: persistent, and free of them */
        uint64_t numa_hit, numa_miss, numa_foreign, numa_interleave, numa_local, numa_other;
};

/* Of /proc/vmstat and /proc/pressure/memory, since boot. */
struct sim_counters {
        uint64_t pgscan_kswapd, pgscan_direct, pgsteal_kswapd, pgsteal_direct;
        uint64_t pgscan_anon, pgscan_file, pgsteal_anon, pgsteal_file; /* add up to those above */
        uint64_t pgrefill, pgactivate, pgdeactivate;
        uint64_t allocstall[SIM_ZONES]; /* dma, dma32, normal */
        uint64_t allocstall_movable;
        uint64_t pgalloc[SIM_ZONES], pgfree;
        uint64_t pswpin, pswpout; /* pages */
        uint64_t pgpgin, pgpgout; /* KiB */
        uint64_t pgfault, pgmajfault;
        uint64_t refault_anon, refault_file, activate_anon, activate_file; /* workingset_ */
        uint64_t oom_kill;
        uint64_t kswapd_low_wmark_hit_quickly, pageoutrun, compact_stall, thp_fault_alloc;
        uint64_t psi_some_usec, psi_full_usec;
};

/* /proc/sys/vm, in the files' own units, and modes below /sys/kernel/mm/transparent_hugepage. */
struct sim_settings {
        uint64_t min_free_kbytes, watermark_scale_factor, watermark_boost_factor;
        uint64_t swappiness, overcommit_memory, overcommit_ratio, vfs_cache_pressure;
        uint64_t dirty_ratio, dirty_background_ratio, dirty_expire_centisecs;
        uint64_t dirty_writeback_centisecs, max_map_count, zone_reclaim_mode, page_cluster;
        const char *thp_enabled, *thp_defrag; /* "always", "madvise", "never" */
};

/* A cgroup v2 with memory controller: /<slice>/<name>. Its groups are the members of group[] with
 * its index; its anon is theirs. */
struct sim_unit {
        const char *slice; /* "system.slice" */
        const char *name;  /* "web.service" */
        uint64_t anon, file, shmem, slab_reclaimable, slab_unreclaimable, kernel_stack, page_tables;
        uint64_t swap;
        uint64_t max, high; /* SIM_NO_LIMIT */
        uint64_t peak;
        uint64_t events_low, events_high, events_max, events_oom, events_oom_kill;
        uint64_t pgfault, pgmajfault, pgscan, pgsteal, refault_anon, refault_file;
        uint64_t psi_some_usec, psi_full_usec;
};

/* Processes of one comm in one unit, with the pids first_pid, first_pid + 1, ... */
struct sim_group {
        const char *comm;
        uint32_t unit; /* index */
        uint32_t n_pids, first_pid;
        uint64_t anon, file, shmem, swap; /* of all of them together */
        uint64_t huge;                    /* huge pages mapped, of all together */
        uint64_t minflt, majflt;          /* of all together, since they started */
        double start;                     /* in seconds on the caller's clock; may be before 0 */
};

struct sim_slab {
        const char *name;
        bool is_reclaimable;
        uint32_t object_size, objects_per_slab, pages_per_slab;
        uint64_t objects, active,
                slabs; /* slabs * pages_per_slab add up to the nodes' slab pages */
};

struct sim_kill {
        double time;
        uint32_t unit; /* index */
        uint32_t pid;
        const char *comm;
        uint64_t anon, file, page_tables; /* pages it had */
        bool is_host;                     /* for want of memory on the host, not at memory.max */
};

struct sim_host {
        char name[32]; /* "web-07" */
        enum sim_role role;
        unsigned index;
        bool is_down;
        double boot; /* when it booted: later than at the last step if it has been rebooted since */
        unsigned boots;

        size_t n_nodes, n_units, n_groups, n_slabs;
        struct sim_node node[SIM_NODES_MAX];
        struct sim_unit unit[SIM_UNITS_MAX]; /* [0] is the main one */
        struct sim_group group[SIM_GROUPS_MAX];
        struct sim_slab slab[SIM_SLABS_MAX];
        struct sim_counters count;
        struct sim_settings vm;
        uint64_t swap_total, swap_used;
        uint64_t committed; /* Committed_AS */
        uint64_t dirty, writeback, mapped;

        /* The last SIM_KILLS_MAX kills: the k-th of all (from 0) is kill[k % SIM_KILLS_MAX]. It
         * does not begin anew at a boot, unlike count.oom_kill. */
        struct sim_kill kill[SIM_KILLS_MAX];
        uint64_t n_kills;

        enum sim_fault fault;
        double fault_start;

        /* How long a day takes: 86400 unless sim_compress() says otherwise. What takes
         * hours (the daily load, jobs, leaks) is compressed with it; what takes seconds (rates, and
         * stalls as a share of time) is not. */
        double day;
        /* When the next of these is due; INFINITY for never. A caller may change them. */
        double next_deploy, next_reboot;

        /* For the model alone. */
        struct {
                uint64_t random;
                double noise, phase, size;  /* of the load; of the host's memory in use */
                double deployed, job_end;   /* times */
                double job_anon;            /* pages the job aims at, 0 without one */
                double leaked, slab_leaked; /* pages */
                double dip_end, next_dip;   /* of SIM_BREACHES */
                double loop_start;          /* of SIM_OOM_LOOP: when job.service last started */
        } own;
};

/* A host of a role that has been up for a day, healthy, at time 0. Hosts of a role differ by index
 * (and seed) in size and phase a little, and in nodes: databases have 2, every fifth of them 4, the
 * others 1, and every fourth of those 2. `index` is also in the name. */
void sim_init(struct sim_host *h, enum sim_role role, unsigned index, uint64_t seed);

/* To be called right after sim_init(): a day of the host takes so many seconds, at least 24, and
 * what was due within the day is due in proportion. */
void sim_compress(struct sim_host *h, double day);

/* What the host does in the dt seconds before `now`: call it with times that go up, dt from 0.05 to
 * 600. A dip of SIM_BREACHES is seen in the zones' free memory where dt is at most 2; with longer
 * steps it has come and gone, and only the counters know. */
void sim_step(struct sim_host *h, double now, double dt);

/* From `start` on the host has the fault, until another is injected, or SIM_HEALTHY, which ends it
 * at once: settings, MemoryHigh and whether it answers are as they were; what has leaked stays
 * until a boot or a kill. Returns 0, or -EINVAL where such a host cannot have it, and then changes
 * nothing. */
int sim_inject(struct sim_host *h, enum sim_fault fault, double start);

/* Boots it at `now`: counters 0, page cache empty, processes new. */
void sim_reboot(struct sim_host *h, double now);

const char *sim_role_name(enum sim_role role);    /* "web", ... */
const char *sim_fault_name(enum sim_fault fault); /* "leak", "swap storm", ...; "healthy" */

/* Sums over the nodes, in pages. */
uint64_t sim_mem_total(const struct sim_host *h);
uint64_t sim_mem_free(const struct sim_host *h);
uint64_t sim_mem_available(const struct sim_host *h); /* mm/show_mem.c si_mem_available(), 6.1 */
uint64_t sim_commit_limit(const struct sim_host *h);  /* mm/util.c vm_commit_limit() */

/* Sums of all nodes, except that zone[] are those of node 0. */
struct sim_node sim_sum(const struct sim_host *h);

/* memory.current of a unit: all its parts. */
uint64_t sim_unit_current(const struct sim_unit *u);

/* What the model does not step but splits, of the host, of a node and of a unit alike: whoever says
 * it takes it from here, so that a host is the same in its tree and in its series. The lists add up
 * to anon + shmem and to file. */
struct sim_lru {
        uint64_t active_anon, inactive_anon, active_file, inactive_file;
};
struct sim_lru sim_lru(uint64_t anon, uint64_t shmem, uint64_t file);
uint64_t sim_buffers(uint64_t file);

/* What the k-th of n has of a sum: all of them have all of it, and each part rises with the sum. */
uint64_t sim_part(uint64_t sum, uint32_t k, uint32_t n);

#endif
