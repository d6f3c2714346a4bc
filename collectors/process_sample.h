/* SPDX-License-Identifier: Apache-2.0 */
/* One process as it is read. */
#ifndef COLLECTORS_PROCESS_SAMPLE_H
#define COLLECTORS_PROCESS_SAMPLE_H

#include "process_read.h"
#include "process_table.h"

struct process_sample {
        char comm[PROCESS_COMM_MAX + 1]; /* padded with NUL */
        uint8_t comm_len;
        struct mx_process_stat stat; /* without its comm: the buffer has other content by now */
        struct mx_process_status status;
        uint64_t stat_hash;   /* of stat's content */
        uint64_t oom_score;   /* MX_ABSENT when not known */
        uint64_t cgroup_hash; /* of the cgroup file's content; 0 when it was not read */
        struct mx_process_cgroup
                cgroup;   /* points into the reader's buffer; all NULL when not read */
        uint64_t invalid; /* values that were skipped */
        bool may_lock;    /* memory is locked, and CAP_IPC_LOCK in effect */
};

enum process_outcome {
        PROCESS_READ,
        PROCESS_IS_KTHREAD,   /* nothing more was read */
        PROCESS_HAS_GONE,     /* between listing and reading */
        PROCESS_IS_DENIED,    /* hidepid=1, or a security module */
        PROCESS_IS_MALFORMED, /* stat or status cannot be read, or is not what it should be */
};

/* Reads stat: fills comm, stat and stat_hash when the outcome is PROCESS_READ, and makes the rest
 * absent. Any other failure is a negative errno and about this program (EMFILE, ENOMEM): a sum
 * without the process would be wrong. Leaves the reader at this process. */
int process_sample_begin(struct process_sample *v, struct process_reader *rd, uint32_t pid);

/* Reads status and oom_score of the process that the reader is at. The outcome as above. */
int process_sample_finish(struct process_sample *v, struct process_reader *rd, uint32_t pid);

/* Reads its cgroup, which is not known when that fails. */
void process_sample_cgroup(struct process_sample *v, struct process_reader *rd);

/* Reads stat of the process that the reader is at: is it still the one that started then? */
bool process_sample_is_still(struct process_reader *rd, uint64_t start_time);

#endif
