/* SPDX-License-Identifier: Apache-2.0 */
/* The highest anonymous memory of the exported cgroups over fixed windows, looked for between the
 * runs: the kernel keeps a highest usage (memory.peak), page cache included, and none of anonymous
 * memory.
 *
 * Two parts: what is kept (cgroup_peak.c), by path and across the restart of a unit; and the looks
 * (cgroup_look.c), which say what is seen and what may be missed. */
#ifndef COLLECTORS_CGROUP_PEAK_H
#define COLLECTORS_CGROUP_PEAK_H

#include "cgroup_walk.h"

#include "mx/topn.h"

#define CGROUP_PEAK_KEEP MX_SECONDS(300) /* a cgroup that has gone keeps its window for so long */
/* Most descriptors that stay open, on the usage of the cgroups looked at most; and no more than an
 * eighth of what the process may have, as connections need them too. */
#define CGROUP_PEAK_FDS 1024
#define CGROUP_NO_PEAK  UINT32_MAX

/* What is kept of a cgroup. */
struct cgroup_peak {
        struct mx_window anon; /* bytes */
        char *path;            /* relative to the top of the hierarchy; NULL: the slot is free */
        uint64_t last;         /* anonymous memory when it was last read, bytes */
        uint64_t base;         /* lowest usage met since then, bytes */
        uint64_t limit;        /* lowest usage at which the cgroup is reclaimed from; MX_ABSENT */
        uint64_t moved;        /* bytes by which it rose or fell lately: halved at each run */
        uint64_t read_at;      /* microseconds of the looks' clock, as the next two: of `last` */
        uint64_t looked_at;
        uint64_t shown_at;
        uint32_t hash;
        uint32_t next;   /* in its bucket or in the list of free slots; CGROUP_NO_PEAK ends both */
        int fd;          /* of its usage; -1 when it is not kept open */
        bool shown, hot; /* exported by the last run; among those whose usage is kept open */
};

/* Some of them in turn: each look goes on where the one before has stopped. */
struct cgroup_ring {
        uint32_t *peak;
        size_t n, at;
};

struct cgroup_peaks {
        const struct cgroup_walk *walk;
        uint64_t now;     /* of the last look; 0 before the first */
        uint64_t longest; /* between two looks at one cgroup since the last run; MX_ABSENT */
        uint64_t turn_at; /* when some are read in turn again, moved or not */
        size_t fds_max;

        struct cgroup_peak **block; /* never moved, so that a window's address stays */
        size_t n_blocks, n_used;
        uint32_t free, *bucket;
        size_t n_buckets; /* a power of two */

        /* By size and movement the first `fds_max` of those shown, the others, and all. */
        struct cgroup_ring hot, cold, turn;
        struct mx_topn *item;
        const struct mx_window **shown; /* by row of the last run; NULL: none */
        size_t size_shown;              /* of the arrays by row */
        struct mx_buf buf;
};

/* `walk` outlives it. Allocates nothing that lasts while the period is 0. */
void mx_cgroup_peaks_open(struct cgroup_peaks *p, const struct cgroup_walk *walk);
void mx_cgroup_peaks_close(struct cgroup_peaks *p); /* accepts a zeroed one */

/* Has the cgroup of this row windows? It has to have a usage, which the root of v2 lacks: its
 * anonymous memory is the host's. */
static inline bool mx_cgroup_has_peak(const struct cgroup_walk *w, const struct cgroup_ref *ref)
{
        return w->options->period > 0 && ref->row->current != MX_ABSENT &&
               ref->block[CGROUP_STAT] && ref->block[CGROUP_STAT][0] != MX_ABSENT;
}

/* Takes the rows of a run that have an owner: their cgroups are looked at from now on, and what the
 * run has read counts as a look. Windows of cgroups that have not been shown for CGROUP_PEAK_KEEP
 * go, and at once when there are more than a quarter above max_cgroups. Returns 0 or -ENOMEM; the
 * rows that were taken before are then as they were. Allocates only for a cgroup it does not know.
 */
int mx_cgroup_peaks_run(struct cgroup_peaks *p);

/* The longest time between two looks at one of the cgroups shown, ending in the time since the run
 * before; microseconds, MX_ABSENT when there was no look. Starts anew. Before mx_cgroup_peaks_run()
 */
uint64_t mx_cgroup_peaks_longest(struct cgroup_peaks *p);

/* The look, and when to look; as mx_collector's. */
void mx_cgroup_peaks_look(struct cgroup_peaks *p, uint64_t now_usec);
void mx_cgroup_peaks_plan(const struct cgroup_peaks *p, struct mx_watch_plan *ret);

/* For cgroup_look.c. */
struct cgroup_peak *mx_cgroup_peak_at(const struct cgroup_peaks *p, uint32_t i);
/* Takes note of a reading. */
void mx_cgroup_peak_take(const struct cgroup_peaks *p, struct cgroup_peak *e, uint64_t usage,
                         uint64_t anon);

#endif
