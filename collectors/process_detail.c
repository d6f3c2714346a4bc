/* SPDX-License-Identifier: Apache-2.0 */
#include "process_detail.h"

void process_detail_init(struct process_detail *d, const struct process_options *options)
{
        *d = (struct process_detail){ .options = options, .max_maps = MX_ABSENT };
        process_readings_init(&d->smaps, PROCESS_SMAPS_VALUES);
        process_readings_init(&d->maps, 1);
}

void process_detail_done(struct process_detail *d)
{
        process_readings_done(&d->smaps);
        process_readings_done(&d->maps);
        process_numa_done(&d->numa);
}

void process_detail_run(struct process_detail *d, struct process_table *table,
                        struct process_reader *reader)
{
        const struct process_options *o = d->options;
        const struct process_readings_want smaps = { o->smaps_max_rss / 1024, o->smaps_budget,
                                                     o->smaps_groups };
        const struct process_readings_want maps = { UINT64_MAX, o->maps_budget, true };
        const struct process_readings_want numa = { o->numa_max_rss / 1024, o->numa_budget, false };

        d->invalid = d->left_out = 0;
        if (o->smaps_rollup || o->smaps_groups) {
                process_readings_run(&d->smaps, table, reader, &smaps, process_smaps_read, NULL);
                d->invalid += d->smaps.invalid;
                d->left_out += d->smaps.left_out;
        }
        if (o->map_counts) {
                d->max_maps = process_maps_max(reader);
                process_readings_run(&d->maps, table, reader, &maps, process_maps_read, NULL);
                d->invalid += d->maps.invalid;
                d->left_out += d->maps.left_out;
        }
        if (o->numa_maps) {
                process_numa_run(&d->numa, table, reader, &numa);
                d->invalid += d->numa.invalid;
                d->left_out += d->numa.readings.left_out;
        }
}

void process_detail_fill(const struct process_detail *d, const struct process_table *table,
                         struct process_top *top, struct process_groups *groups)
{
        process_smaps_fill(&d->smaps, table, top);
        if (d->options->smaps_groups)
                process_smaps_add(&d->smaps, table, groups);
        process_maps_fill(&d->maps, table, d->max_maps, top, groups);
}

void process_detail_settle(const struct process_detail *d, struct process_group *group)
{
        if (d->options->smaps_groups)
                process_smaps_settle(group);
        else
                process_smaps_none(group);
}
