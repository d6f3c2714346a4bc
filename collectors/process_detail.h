/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of processes only where the configuration asks for it, within a budget. */
#ifndef COLLECTORS_PROCESS_DETAIL_H
#define COLLECTORS_PROCESS_DETAIL_H

#include "process_maps.h"
#include "process_numa.h"
#include "process_options.h"
#include "process_smaps.h"

struct process_detail {
        const struct process_options *options;
        struct process_readings smaps, maps;
        struct process_numa numa;
        uint64_t max_maps; /* vm.max_map_count */
        uint64_t invalid;  /* in this run */
        uint64_t left_out; /* processes that there is no room to keep readings of, in this run */
};

/* Makes a zeroed one ready. Nothing is allocated for what is not asked for. */
void process_detail_init(struct process_detail *d, const struct process_options *options);
void process_detail_done(struct process_detail *d);

/* Reads, once it is known which processes are shown alone. */
void process_detail_run(struct process_detail *d, struct process_table *table,
                        struct process_reader *reader);

/* Puts what has been read into the rows, and into the groups, before these are settled. */
void process_detail_fill(const struct process_detail *d, const struct process_table *table,
                         struct process_top *top, struct process_groups *groups);

/* Finishes a group that is shown. */
void process_detail_settle(const struct process_detail *d, struct process_group *group);

#endif
