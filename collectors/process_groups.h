/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of processes by name: what they hold in this run, and page faults counted since they were
 * met.
 *
 * A page fault is credited once, to the series that stands for its group at that time: the group's
 * own when it is shown, that of `other` when it is not. So neither counter goes back when a group
 * moves in or out of `other`, and their sum is all faults counted. */
#ifndef COLLECTORS_PROCESS_GROUPS_H
#define COLLECTORS_PROCESS_GROUPS_H

#include "process_table.h"

#include "mx/topn.h"

#define PROCESS_GROUPS_CAP  4096 /* remembered; what comes beyond is in `other` at once */
#define PROCESS_GROUP_OTHER 0    /* always there; a group whose own name is "other" is this one */
#define PROCESS_GROUP_FIELDS                                                                       \
        (MX_PROCESS_VALUES + 4) /* per group: values, processes, oom score, faults */

struct process_group {
        uint64_t processes;
        uint64_t value[MX_PROCESS_VALUES]; /* KiB */
        uint64_t oom_score;                /* the highest; MX_ABSENT when none is known */
        struct process_group_detail {
                uint64_t of_limit[PROCESS_LIMIT_KINDS]; /* the highest, thousandths; or MX_ABSENT */
                uint64_t of_max_maps;                   /* the same */
                uint64_t maps_age; /* microseconds, of the oldest counting; or MX_ABSENT */
                /* Of those that smaps_rollup has been read of, KiB; process_smaps.h. */
                uint64_t pss, private, swap_pss, read_resident;
                uint64_t age;      /* microseconds, of the oldest of these readings */
                uint64_t coverage; /* thousandths of resident memory; MX_ABSENT: not asked for */
        } detail;
        uint64_t faults[2];          /* credited to this group's series: minor, major */
        uint64_t pending[2];         /* not yet credited */
        uint32_t name_off, name_len; /* in the names buffer */
        uint32_t hash;
        uint32_t empty_runs;
        bool used;
        bool fixed; /* named by the configuration: always shown, never expires */
        bool shown; /* has series of its own since the last settling */
};

struct process_groups {
        struct process_group *group; /* PROCESS_GROUPS_CAP slots */
        uint32_t *bucket;            /* open addressing: index + 1; 0 is empty */
        struct mx_topn *ranked;
        uint32_t *order; /* the shown ones after settling, `other` last */
        uint32_t n_slots, n_shown, first_free;
        uint32_t n_used, n_fixed,
                n_folded; /* all without `other`; folded: with processes, summed in it */
        struct mx_buf names, spare;
};

/* Returns 0 or -ENOMEM; process_groups_done() is due either way. */
int process_groups_init(struct process_groups *g);
void process_groups_done(struct process_groups *g);

/* The index of the group of that name, made if need be; PROCESS_GROUP_OTHER when it cannot be. An
 * index is valid as long as the group has processes or is fixed. */
uint32_t process_groups_get(struct process_groups *g, const char *name, size_t len);
/* The same for a name of the configuration. */
uint32_t process_groups_fix(struct process_groups *g, const char *name);

const char *process_group_name(const struct process_groups *g, const struct process_group *group);

/* Starts a run: no group has a process. */
void process_groups_begin(struct process_groups *g);

/* Adds a process to a group. Sums stop at 2^64-2, which the sink refuses: nothing that big is true.
 */
void process_group_add(struct process_group *group, const uint64_t value[MX_PROCESS_VALUES],
                       uint64_t oom_score);

/* Raises *highest to `value`, either of which may be MX_ABSENT. */
void process_group_raise(uint64_t *highest, uint64_t value);

/* Adds what smaps_rollup said of more processes: a sum that lacks a value is absent. */
void process_group_add_smaps(struct process_group_detail *detail,
                             const struct process_group_detail *more);

/* Ends a run: drops groups that have been empty for more than `keep_empty` runs, chooses the `max`
 * largest by resident memory to be shown beside the fixed ones, adds the rest to `other` and
 * credits the faults. */
void process_groups_settle(struct process_groups *g, size_t max, uint64_t keep_empty);

#endif
