/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the process collector, and the part of a run that reads every process. */
#ifndef COLLECTORS_PROCESS_WALK_H
#define COLLECTORS_PROCESS_WALK_H

#include "process_classify.h"
#include "process_detail.h"
#include "process_options.h"
#include "process_read.h"
#include "process_top.h"

struct process_state {
        const struct process_options *options;
        struct process_list list;
        struct process_reader reader;
        struct process_table table;
        struct process_groups groups;
        struct process_classifier classifier;
        struct process_top top;
        struct process_detail detail;
        struct process_group *rows; /* of the groups shown */
        struct mx_labels *labels;

        /* Of the run at work. */
        uint64_t processes, kernel_threads, zombies, denied, invalid, untracked;
        uint64_t total[MX_PROCESS_VALUES]; /* KiB, of all processes */
        uint32_t fields; /* bits by enum mx_process_value: lines that this kernel prints */
};

/* Lists and reads all processes: keeps them in the table, and counts their page faults. Fails for a
 * reason that is not a process's. */
int process_walk(struct process_state *s, struct mx_err *reterr);

/* Reads a process in full that has come to be shown alone since it was last read so. Should its
 * name or user be others by now, the next run will tell: it reads those in full that were shown. */
int process_refresh(struct process_state *s, struct process *p);

/* Adds a process to the sums. */
void process_add_up(struct process_state *s, const struct process *p);

#endif
