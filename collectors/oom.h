/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_OOM_H
#define COLLECTORS_OOM_H

#include "oom_cgroups.h"
#include "oom_failure.h"
#include "oom_kmsg.h"
#include "oom_ledger.h"

#define OOM_FAMILIES     18
#define OOM_ROW_FAMILIES 7 /* of one victim */
#define OOM_FIXED_SERIES (OOM_PLACES_MAX + 20)

extern const struct mx_family oom_families[OOM_FAMILIES];

#define OOM_LATE_MAX 256

/* A kill whose cgroup is not known yet. */
struct oom_late {
        struct mx_oom_kill kill;
        char comm[MX_OOM_COMM_MAX];
        uint64_t since, wall_usec;
};

struct oom_options {
        uint64_t max_victims, keep, depth, budget;
};

/* Public for the tests, which put a read(2) of their own into kmsg. */
struct oom_state {
        const struct mx_host *host;
        const struct oom_options *options;
        struct oom_kmsg kmsg;
        struct pollfd wake; /* for it */
        struct mx_oom_report report;
        struct oom_ledger ledger;
        struct oom_cgroups cgroups;
        struct mx_labels *labels; /* of the ledger's rows, or of the places */
        struct mx_buf buf;        /* of /proc/<pid> */
        struct mx_buf vmstat;     /* read once more */
        char path[OOM_PATH_MAX];
        bool has_log;       /* it could be opened once */
        bool can_place;     /* procfs numbers processes as the log does */
        bool is_drained;    /* the log was read to its end */
        uint64_t now;       /* of the last look */
        uint64_t runs_left; /* before the log is tried again */

        uint64_t named, repeated, unplaced;
        uint64_t constraint[MX_OOM_CONSTRAINTS];
        uint64_t failures[MX_OOM_ORDERS]; /* allocations */

        struct oom_late late[OOM_LATE_MAX];
        size_t n_late;
        bool walk_due;   /* the counts of cgroups are to be read */
        uint64_t walked; /* `now` when they were last */
        bool is_muddled; /* since the last quiet moment, kills were whose place is not known */

        bool counts;         /* /proc/vmstat has oom_kill */
        uint64_t last_count; /* as it was read last */
        uint64_t kernel;     /* kills that it has counted since the start */
        uint64_t unexplained, unlocated, settled, folded_told;
        struct {
                bool set, timed;
                uint64_t kills, since; /* `kernel`, and when it was seen */
        } waiting;
};

/* Of oom_victims.c. Counts a kill that was read from the log; its texts need not outlive the call.
 */
void oom_take_kill(struct oom_state *s, struct mx_oom_kill *kill);

/* After the cgroups were walked: books what was put off, if the counts say where it was. */
void oom_place_late(struct oom_state *s);

/* Books without a place what was put off too long ago. True when there was any. */
bool oom_give_up_late(struct oom_state *s);

/* Emits everything. */
void oom_emit(struct oom_state *s, struct mx_sink *sink);

extern const struct mx_collector mx_oom;

#endif
