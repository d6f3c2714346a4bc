/* SPDX-License-Identifier: Apache-2.0 */
/* What fragments say, read back into structs for people. A fragment is the one place where a result
 * stays, as text; this reads the few families that the page at "/" shows and passes over the rest.
 *
 * Pure: looks at nothing but the fragments given, allocates nothing, keeps nothing. Linear in the
 * samples of the families it wants. Texts point into the fragments and live as long as these.
 *
 * A value that is not there, or does not fit, is MX_ABSENT; never 0. */
#ifndef VIEW_H
#define VIEW_H

#include "fragment.h"
#include "mx/scan.h"

#define VIEW_ROWS_MAX  15 /* of processes and of cgroups: the largest */
#define VIEW_ZONES_MAX 64 /* sixteen nodes with four zones each; more are counted, not shown */

/* As the exposition has it: backslash, quote and newline are escaped. */
struct view_text {
        const char *data; /* NULL: not there */
        size_t len;
};

/* What scalars are collected together. */
enum view_source {
        VIEW_MEMINFO,
        VIEW_SWAP,
        VIEW_VMSTAT,
        VIEW_PRESSURE,
        VIEW_SOURCES,
};

/* /proc/meminfo, in bytes. */
struct view_meminfo {
        uint64_t total, free, available, buffers, cached, shmem, anon, swap_total, swap_free,
                slab_reclaimable, slab_unreclaimable, kernel_reclaimable, page_tables,
                secondary_page_tables, kernel_stack, percpu, hugetlb, huge_pages, huge_page_size,
                zswap, zswapped, gpu_active, gpu_reclaim;
};

/* What other collectors say of the host as a whole; of several devices the sum. */
struct view_host {
        uint64_t cpu_lists;                             /* bytes, free and not in meminfo.free */
        uint64_t zram_used, zram_original;              /* bytes */
        uint64_t ksm_saved;                             /* bytes */
        uint64_t unattached_segments, unattached_bytes; /* of System V; in memory */
        uint64_t ecc_uncorrected;                       /* errors since they are counted */
};

/* The smaller ones are not looked at: systemd makes one for each service's secrets, which is as
 * large as they are. */
#define VIEW_TMPFS_MIN (16ULL << 20)

struct view_tmpfs {
        struct view_text labels; /* data NULL: none is known */
        uint64_t used, size;     /* bytes */
};

/* Counters since the boot. */
struct view_counters {
        uint64_t swap_in, swap_out;            /* bytes */
        uint64_t major_faults, oom_kills;      /* events */
        uint64_t pressure_some, pressure_full; /* microseconds */
};

struct view_zone {
        struct view_text node, zone;
        uint64_t free, min, low, high, managed, present; /* bytes; watermarks include the boost */
        uint64_t reserve;   /* the largest that is kept from allocations for a higher zone */
        uint64_t populated; /* 0 or 1 */
};

/* What rows of tables start with. */
struct view_row {
        struct view_text labels; /* all of them, as between the braces */
        uint64_t size;           /* what they are chosen and sorted by: resident, or charged */
        uint64_t hash;           /* of `labels` */
};

struct view_process {
        struct view_row row;
        uint64_t anon, swap, oom_score;
        int64_t oom_score_adj; /* INT64_MIN: absent */
};

struct view_cgroup {
        struct view_row row;
        uint64_t swap, limit; /* the lowest of its own and its ancestors' */
        uint64_t oom_kills;
};

struct view {
        struct view_meminfo meminfo;
        struct view_counters counters;
        struct view_host host;
        struct view_tmpfs tmpfs; /* the fullest */
        /* CLOCK_BOOTTIME at which each source was read; 0: it was not. */
        uint64_t read_usec[VIEW_SOURCES];

        struct view_zone zone[VIEW_ZONES_MAX];
        size_t n_zones, more_zones;

        /* Descending by size. `n_all`: rows there were to choose from. */
        struct view_process process[VIEW_ROWS_MAX];
        size_t n_processes, n_all_processes;
        struct view_cgroup cgroup[VIEW_ROWS_MAX];
        size_t n_cgroups, n_all_cgroups;

        /* Highest oom_score of all processes there are samples of, and the process that has it; of
         * several the largest of those shown, else the first. `labels` NULL: not known. */
        struct view_process oom;
};

/* Reads `n` fragments in any order. Of a family that is there twice the last one counts. */
void view_read(struct view *ret, struct fragment *const *fragment, size_t n);

/* The value of a label in a set of labels; data is NULL when there is none. */
struct view_text view_label(struct view_text labels, const char *name);

/* Takes the escapes back. Writes at most `size` bytes, cutting off the rest, and returns how many.
 */
size_t view_unescape(struct view_text text, char *ret, size_t size);

#endif
