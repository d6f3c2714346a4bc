/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Resident memory of a group counts what its processes share once for each: a database with
 * 100 processes on 8 GiB of shared buffers is said to hold 800. The sum of the proportional sizes
 * is right, but only when it is the sum of all: with one process missing, pages that it shares are
 * still divided by its part, and the sum moves whenever readings come and go. So a group has its
 * sums when each of its processes has been read, and none otherwise; which share of it has been
 * read is always said, so that it can be seen why (no permission, a process above the ceiling, a
 * budget too small for the first round).
 *
 * Readings are of different times, and a process's proportional size changes when others come and
 * go: after a fork the child's reading is half of what both share, and the parent's is still all of
 * it until its turn comes. The age of the oldest reading says for how long that may last. */
#include "process_smaps.h"

enum {
        PSS,
        PRIVATE,
        SWAP_PSS
};

int process_smaps_read(struct process_reader *reader, uint64_t *value, void *arg)
{
        struct mx_process_smaps v = { MX_ABSENT, MX_ABSENT, MX_ABSENT };
        int r = process_reader_read(reader, "smaps_rollup");

        (void)arg;
        r = r ?: mx_process_smaps_parse(reader->buf.data, reader->buf.len, &v, NULL);
        if (r < 0)
                return r;
        value[PSS] = v.pss;
        value[PRIVATE] = v.private;
        value[SWAP_PSS] = v.swap_pss;
        return 0;
}

void process_smaps_fill(const struct process_readings *r, const struct process_table *table,
                        struct process_top *top)
{
        for (size_t i = 0; i < r->n; i++) {
                const struct process_reading *e = process_reading_at(r, i);
                const struct process *p = &table->process[e->index];
                struct process_row *row;

                if (!e->known || !(p->flags & PROCESS_SHOWN_ALONE))
                        continue;
                row = process_top_find(top, p);
                if (!row)
                        continue;
                row->detail.pss = e->value[PSS];
                row->detail.private = e->value[PRIVATE];
                row->detail.swap_pss = e->value[SWAP_PSS];
                row->detail.age = process_reading_age(e);
        }
}

void process_smaps_add(const struct process_readings *r, const struct process_table *table,
                       struct process_groups *groups)
{
        for (size_t i = 0; i < r->n; i++) {
                const struct process_reading *e = process_reading_at(r, i);
                const struct process *p = &table->process[e->index];

                /* One that went since it was matched is not counted in any group. */
                if (e->known && p->flags & PROCESS_LIVE)
                        process_group_add_smaps(
                                &groups->group[p->group].detail,
                                &(struct process_group_detail){
                                        .pss = e->value[PSS],
                                        .private = e->value[PRIVATE],
                                        .swap_pss = e->value[SWAP_PSS],
                                        .read_resident = p->value[MX_PROCESS_RESIDENT],
                                        .age = process_reading_age(e) });
        }
}

void process_smaps_none(struct process_group *group)
{
        struct process_group_detail *d = &group->detail;

        d->coverage = d->pss = d->private = d->swap_pss = d->age = MX_ABSENT;
}

void process_smaps_settle(struct process_group *group)
{
        struct process_group_detail *d = &group->detail;
        uint64_t all = group->value[MX_PROCESS_RESIDENT], read = d->read_resident;

        if (all == MX_ABSENT) /* the kernel prints no VmRSS, or no process has any memory */
                all = 0;
        if (read >= all) {
                d->coverage = 1000;
                return;
        }
        d->coverage = read > UINT64_MAX / 1000 ? read / (all / 1000) : read * 1000 / all;
        d->pss = d->private = d->swap_pss = d->age = MX_ABSENT;
}
