/* SPDX-License-Identifier: Apache-2.0 */
/* On which nodes the memory of the single processes lies. */
#ifndef COLLECTORS_PROCESS_NUMA_H
#define COLLECTORS_PROCESS_NUMA_H

#include "process_detail_parse.h"
#include "process_readings.h"

struct process_numa {
        struct process_readings readings; /* KiB by node, in the order of `id` */
        uint32_t id[MX_PROCESS_NODES_MAX];
        size_t n;                 /* nodes with memory */
        uint64_t *value;          /* rows to be emitted: KiB */
        struct mx_labels *labels; /* of the same */
        size_t n_rows, size;
        uint64_t invalid; /* of this run */
};

void process_numa_done(struct process_numa *numa); /* accepts a zeroed one */

/* Looks which nodes have memory: there is nothing to read with less than two. Then as
 * process_readings_run(). */
void process_numa_run(struct process_numa *numa, struct process_table *table,
                      struct process_reader *reader, const struct process_readings_want *want);

/* How many series it may need. */
size_t process_numa_series(const struct process_numa *numa);

/* Emits `family` with pid, comm and node, for nodes that hold some of the process. Without memory
 * for the rows none is emitted, and all count as dropped. */
void process_numa_emit(struct process_numa *numa, const struct process_table *table,
                       struct mx_sink *sink, size_t family);

#endif
