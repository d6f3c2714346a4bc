/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of the last run: what must be remembered of each to count its page faults once,
 * what is ranked, and what its status and oom_score said when they were last read. Keyed by pid; a
 * pid that comes back with another start time is another process. */
#ifndef COLLECTORS_PROCESS_TABLE_H
#define COLLECTORS_PROCESS_TABLE_H

#include "process_parse.h"

#define PROCESS_COMM_MAX 15 /* TASK_COMM_LEN - 1: only kernel threads show more */
#define PROCESS_TABLE_CAP                                                                          \
        (1U << 18) /* processes remembered; 50 MiB with all that goes with them                    \
                    */
#define PROCESS_NO_GROUP UINT32_MAX

enum process_flag {
        PROCESS_TOP_RESIDENT = 1, /* was among the largest last time: for hysteresis */
        PROCESS_TOP_OOM = 2,
        PROCESS_SHOWN_ALONE = PROCESS_TOP_RESIDENT | PROCESS_TOP_OOM,
        PROCESS_LIVE = 4,  /* is counted, with the values here */
        PROCESS_FRESH = 8, /* its values were read in this run */
        PROCESS_ZOMBIE = 16,
        PROCESS_MAY_LOCK = 32, /* whatever its limit: see process_limits.h */
        PROCESS_LIMITS = 64,   /* `limit` is known */
        PROCESS_MATCHED = 128, /* for process_readings.c: has a reading */
};

/* What is limited of a process's memory. */
enum process_limit {
        PROCESS_LIMIT_LOCKED,
        PROCESS_LIMIT_VIRTUAL,
        PROCESS_LIMIT_KINDS,
};

struct process {
        uint32_t pid;
        uint32_t group; /* it is counted in; PROCESS_NO_GROUP: to be classified anew */
        uint64_t start_time;
        uint64_t faults[2];                /* minor, major: as last seen */
        uint64_t value[MX_PROCESS_VALUES]; /* KiB; 0 where there is no such line */
        uint64_t stat_hash;                /* of stat's content when the values were read */
        uint64_t cgroup_hash;              /* of the file's content; 0 when it is not read */
        uint32_t oom_score;                /* UINT32_MAX: not known */
        uint32_t uid;
        uint32_t run;        /* it was last met in */
        uint32_t due;        /* the run in which the values are read whatever stat says */
        uint32_t limits_due; /* the run from which on a full reading takes the limits too */
        uint64_t limit[PROCESS_LIMIT_KINDS]; /* bytes; MX_ABSENT: unlimited */
        uint16_t fields; /* bits by enum mx_process_value: lines that were there */
        uint8_t flags;
        uint8_t comm_len;
        char comm[PROCESS_COMM_MAX + 1]; /* padded with NUL */
};

struct process_table {
        struct process *process; /* dense */
        uint32_t *bucket;        /* open addressing: index + 1; 0 is empty */
        uint32_t n, size, n_buckets;
        uint32_t run;
};

/* Starts a run. */
void process_table_begin(struct process_table *t);

/* The entry of pid, or NULL. */
struct process *process_table_find(const struct process_table *t, uint32_t pid);

/* Adds an entry for a pid that is not there; zeroed but for pid and group. NULL at the cap or
 * without memory. Pointers into the table are valid until the next call. Allocates only when there
 * are more processes than ever before. */
struct process *process_table_add(struct process_table *t, uint32_t pid);

/* Drops every entry that this run has not met. O(n). */
void process_table_sweep(struct process_table *t);

void process_table_done(struct process_table *t);

#endif
