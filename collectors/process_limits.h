/* SPDX-License-Identifier: Apache-2.0 */
/* How near processes are to what setrlimit(2) allows them of memory: locked memory, whose end is an
 * mlock(2) that fails, and address space, whose end is an mmap(2) that fails. */
#ifndef COLLECTORS_PROCESS_LIMITS_H
#define COLLECTORS_PROCESS_LIMITS_H

#include "process_read.h"
#include "process_table.h"
#include "process_top.h"

/* Reads /proc/<pid>/limits of a process whose values are those of this run, when it is time to; the
 * reader is at it. `is_new`: met for the first time. What cannot be read is not known. Returns how
 * many values were invalid. */
uint64_t process_limits_read(struct process *p, struct process_reader *reader, uint32_t run,
                             bool is_new);

/* Thousandths of the limit that are used, rounded down. MX_ABSENT where it is not known, there is
 * none, it is 0, or, of locked memory, nothing is locked or the process may lock more than the
 * limit (CAP_IPC_LOCK; one that has it in a user namespace of its own may not, and cannot be told).
 */
uint64_t process_limit_used(const struct process *p, enum process_limit kind);

/* Fills the rows of the chosen processes: limits too only where a share of them is known. */
void process_limits_fill(struct process_top *top, const struct process_table *table);

#endif
