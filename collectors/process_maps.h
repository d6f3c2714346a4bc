/* SPDX-License-Identifier: Apache-2.0 */
/* How many mappings processes have, of which vm.max_map_count allows so many: with one more,
 * mmap(2) fails, and whoever has called it most often dies. */
#ifndef COLLECTORS_PROCESS_MAPS_H
#define COLLECTORS_PROCESS_MAPS_H

#include "process_readings.h"
#include "process_top.h"

/* Counts the lines of maps: a process_read_fn for one value. */
int process_maps_read(struct process_reader *reader, uint64_t *value, void *arg);

/* vm.max_map_count, or MX_ABSENT. Uses the reader's buffer. */
uint64_t process_maps_max(struct process_reader *reader);

/* Sets rows and groups; `max` as above. */
void process_maps_fill(const struct process_readings *r, const struct process_table *table,
                       uint64_t max, struct process_top *top, struct process_groups *groups);

#endif
