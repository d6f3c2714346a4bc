/* SPDX-License-Identifier: Apache-2.0 */
/* Proportional and unique set sizes, where they are asked for. Reading smaps_rollup walks the page
 * tables of the process under its mmap lock: it costs about 20 ms for each GiB, makes the process
 * wait when it maps memory meanwhile, and waits itself when the lock is held. */
#ifndef COLLECTORS_PROCESS_SMAPS_H
#define COLLECTORS_PROCESS_SMAPS_H

#include "process_top.h"

struct process_smaps {
        struct process_reading {
                uint32_t pid;
                uint64_t start_time;
                uint64_t at; /* microseconds of CLOCK_BOOTTIME */
                struct mx_process_smaps value;
                bool wanted; /* is among the rows of this run */
        } * reading;         /* PROCESS_TOP_ROWS */
        size_t n;
};

struct process_smaps_limits {
        uint64_t max_kib;     /* larger processes are not read */
        uint64_t budget_usec; /* no process is begun after this much time */
};

int process_smaps_init(struct process_smaps *s);
void process_smaps_done(struct process_smaps *s);

/* Reads smaps_rollup of the chosen processes, one at a time, those without a reading first, then
 * the oldest reading first, until the time is up or all are read. Sets pss, private and age of
 * every row that has a reading, of this run or an earlier one. */
void process_smaps_read(struct process_smaps *s, struct process_top *top,
                        struct process_reader *reader, const struct process_smaps_limits *limits);

#endif
