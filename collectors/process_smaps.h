/* SPDX-License-Identifier: Apache-2.0 */
/* Proportional and unique set sizes, of single processes and of groups, where they are asked for.
 * Reading smaps_rollup walks the page tables of the process under its mmap lock: it costs about
 * 20 ms for each GiB. */
#ifndef COLLECTORS_PROCESS_SMAPS_H
#define COLLECTORS_PROCESS_SMAPS_H

#include "process_readings.h"
#include "process_top.h"

#define PROCESS_SMAPS_VALUES 3

/* Reads smaps_rollup: a process_read_fn. */
int process_smaps_read(struct process_reader *reader, uint64_t *value, void *arg);

/* Sets the sizes of the rows that have a reading, of this run or an earlier one. */
void process_smaps_fill(const struct process_readings *r, const struct process_table *table,
                        struct process_top *top);

/* Adds every reading to its process's group. */
void process_smaps_add(const struct process_readings *r, const struct process_table *table,
                       struct process_groups *groups);

/* Finishes a group to be shown: its coverage, and the sums when there is a reading of every process
 * with resident memory; else they are made absent. */
void process_smaps_settle(struct process_group *group);

/* Makes all of it absent. */
void process_smaps_none(struct process_group *group);

#endif
